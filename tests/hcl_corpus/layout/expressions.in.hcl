a = 1 # x
bbbb = <<EOT
x ${  b  }
  EOT
cc = 1 # yyy
d = 1

eee = 2 // c
f = [ # open
1, # one
222, # two
]
g = { x = 1 } # z
hhhhhhhh = -1
é = 1
ii = "é" # w
jj = "eeee" # w
m = { a = 1, bb = 2
ccc = 3 }
n = a == b ? c : d
o = a=="x"||b!="y"&&!c
p = (a)
q = "${a}-${ b } %{ if  x  ~} y %{~endif}"
r = a[b[0]] [1]
s = f (a) [0]
t = x > 1 && y < 2
u = [for x in [1,2]: x]
v = [for x in (y): -x]
w = { for k,v in {a=1}: (k)=>v }
x = { (a)=1, "b":2, c :3 }
y = a %2 * 3/ 4
z = -(1)
aa = f(-1, - 1, !a, a-1, a - 1)
ab = [-1]
ac = a ? -1 : -2
ad = a == -1
ae = a && -1 > 2
af = [ { a=1 }, [ ] ]
ag = f( )
ah = ! ! a
ai = ((1))
aj = a.b [ * ] . c
ak = a
     /* multi
   line */
al = [
  1,
      2 ]
am = f(a, {
b = 1
})
an = true?1:2
ao = <<-EOT
 a
EOT
block {
/* c */
// d
  a = 1 /* x */ # y
bcd = "a" // z
}
