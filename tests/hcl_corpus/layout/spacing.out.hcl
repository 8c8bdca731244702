a = [for x in [1] : x]
b = { for x in { a = 1 } : x => 1 }
c = 1 /* x */ + 2
d = (/* x */ 1)
e = f(/*a*/ x, /*b*/)
f = -a
g = "a" [0]
h = x[0].y
j = {}.a
k = "x" == "y"
l = ["a", "b"]
m = { "a" = "b" }
n = ("x")
o = [/* a */]
p = -"3"
q = !"true"
s = a.b["c"].d
t = {
  "a" : 1
  "bb" : 2
  c : 3 # x
}
u = {
  "a"  = 1
  "bb" = 2 # y
  (c)  = 3 # x
}
v = [
  "a",  # x
  "bbb" # y
]
w  = a.*.b
x  = 1 - 1
y  = a >= -1
aa = a(-1)
ab = "${- 1}${- a}"
ac = "${!a}"
ad = [-1, -1]
ae = { -1 = 2 }
ag = "${"x"}"
ah = f("a", "b")
ai = "a" == "b" && "c" != "d"
aj = "%{for a, b in c}${a}%{endfor}"
ak = ["${a}"]
al = a["x"]
am = 1 * -1
an = { a : "x" }
ap = f()[0]
aq = (a)[0]
ar = { a = 1 }[0]
as = [1][0]
av = for
aw = a(1)
ay = a - 1
az = a.0
ba = [for k in "x" : k]
bb = { for k in "x" : k => "v" if k }
bc = f("a"...)
bd = <<EOT
  x
EOT
be = [<<-EOT
     a ${b + c} d
   EOT
, 2]
bf = f(<<EOT
  a
EOT
)
bg = "a${"b${c}"}"
bh = a == "x" ? "y" : "z"
bi = [
  {
    a = 1
  },
  {
  bbb = 2 }
]
bj = [for x in y :
  x
if z]
bk = a[
  0
]
bl = (
  a
  && b
)
bm = { for a in b :
  a => c
}
bn = {
  a = [
    b, {
      c = 1
  }]
  d = 1
}
bo = merge({
  a = 1 }, { b = 2
})
bp = "x" # c1

# c2
bq = 1 # c3
# c4
br = 12 # c5
foo {   # c6
  a = 1 # c7
}       # c8
bs = -(1)
bt = "${~a~}"
bu = a.b[*].c[0]
bv = [[1, 2], [3, 4]]
bw = { a = { b = {} } }
by = "%{~if a~}x%{~endif~}"
bz = in(1)
ca = [for in in [1] : in]
cb = "$${a} %%{ b"
cc = a ? "b" : "c"
cd = [1, 2, 3]
ce = f((1))
cf = f([1], { a = 1 })
cg = !(a)
ch = ![a]
ci = f(-(1))
cj = a && !b
ck = a - -b
cl = (-1)
cm = f(a) - 1
cn = a[0] - 1
co = "a" - 1
cp = 2 - 1
