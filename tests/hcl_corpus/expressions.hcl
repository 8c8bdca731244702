a1 = 1 + 2 * 3 - 4 / 5 % 6
a2 = !a || b && c == d != e
a3 = a < b && a <= b && a > b && a >= b
a4 = -a.b["c"].d[0].e[f.g]
a5 = (
  a
  + b
)
a6 = [
  1,
  "two", # second
  [3, [4]],
]
a7 = {
  a = 1
  b : 2, "c" = 3
  (d) = 4
  5   = null
  a   = true
}
a8  = [for k, v in { a = 1 } : "${k}=${v}" if v > 0]
a9  = { for x in xs : x.name => x... }
a10 = f(g(h(1, 2), [3]...), {})
a11 = provider::ns::f("x")
a12 = a[*].b[*].c.d[0]
a13 = a.*.b.0.c
a14 = a ? b ? 1 : 2 : c ? 3 : 4
a15 = 123456789012345678901234567890.5e-7
a16 = ünïcode-näme.x
