a = "${ {a=1} }"
b = "${{}}"
c = "${~{a=1}~}"
d = "%{if {a=1} }%{endif}"
e = "%{for k in {a=1} }%{endfor}"
f = "${ [1] }"
g = "${ f({a=1}) }"
h = "${ {a=1}.a }"
i = {for k,v in b: k => - c}
j = "${- c}${~- c~}"
k = !- c
l = - - - c
m = x ? - c:- c
n = f( - c,-c )
o = [for x in - c : - c if - c]
p = x|| - c
q = (
      - c
  )
r = a.0 .b[ * ].c [ 0 ]
s = ns :: f ( 1 , 2 ... )
t {
      a = /* x */ - c
  /* x */  cc = /* y */ 3 /* z
  end */
      ddd = f( /* a */ b /* c */ , /* d */ e /* f */ )
  e = [ /* a */ ]
  f = { /* a */ }
  /* a */ }
u {
  a = [ # foo
   1, # bar
   222 # baz
   , 3
  ] # x
  bb = 2 # y
  # z
  cé = 3 # yy
}
v "x"   "y z"   w { # foo
 a = 1 # c
   }
