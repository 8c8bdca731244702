b {
  a = <<EOT
   x${f(
  1,
  2
  )} y${ {
  a = 1
b = 3 } }
EOT
c = 1
d = 2
}
b {
  a = {
    x = <<EOT
   x${f(
    1,
    2
)} y
EOT  
xx = <<EOT
EOT
}
c = 1
}
b {
  a = [
    f(<<-EOT
 ${g({
      y = 1
      z = 2
})}
     EOT
),
3
]
c = 1
}
x {
  b {
    a = [[[{
      c = 1
      }]], <<EOT
  foo ${g(h(i(j(
1))))} ${g(
1)}
EOT
, 2]
}
}
x {
  a513 = { for k, v in ["",
    "\"${"${a}"}$$$${x}", ] : "#${(1e3
      + x)}${ { "${a}b" = var.x[0] } }" => <<-EOT
${~a.0}  
    %{if(0.5
      ? x
      : z)}y%{else}n%{endif}  
  ${~(null
    + x)}x y日本,
   EOT
  ... }
}
b {
  a = "x${<<EOT
    foo ${f([
    1,
2])}
EOT
}"
c = 1
}
