a=1
bb   =   2 # x
ccc= [1,2 , 3]   # yyy
d = {a=1,b=2}
e = {
a=1
bbb = 2 # foo
c   = { x=1 } // bar

dddd = [
1,
2,
]
eeeeeee = 3
}
blk "x"   "y"   {
a=f( 1,2 ,g (3) )
bb = ! a  &&  b||-c+ 1
c = a?b:c
/* foo */ d = 1 /* bar */
e = "a  ${ b+c }  d"
f = "${a}"
f2 = "%{if a}b%{ else   }c%{endif}"
g = <<-EOT
   foo ${ a+b }
  EOT
h = [for x in y:x if x>1]
hh = {for k,v in y:k=>v...}
i = a [ 0 ] . b
i2 = a[*] . b
i3 = a.*.b
j = ( 1+2 )*3
k = [ ]
l = { }
m = a ["x"]
n = - 1
o = -  a
p = 1 - -1
q = a.0.b
# comment
r = 1
   # comment 2

   s = 1


   t = 2
u = f(a ...)
v = a::b :: c(1)
w = !  x
inner {
a = 1
}
inner2 { a=1 }
inner3 {}
inner4 {

}
x = [{
a = 1
},{
b=2
}]
y = f({
a = 1
}, [
1,2
])
z = f(
1,
  2
)
}
foo bar baz{}
