t1 = "plain"
t2 = "esc \n \r \t \" \\ \u00e9 \U0001F600 $${x} %%{y} $ % $$ %%"
t3 = "${a}"
t4 = "a ${b} c ${~ d ~} e ${"nested ${"deep"}"}"
t5 = "%{ if a }yes%{ else }no%{ endif }"
t6 = "%{ for i, x in xs ~} ${i}: ${x} %{~ endfor }"
t7 = <<EOT
  kept
    ${a}
  \n $${b}
EOT
t8 = <<-EOT
    flush
      ${a}

    %{ for x in xs ~}
    - ${x}
    %{ endfor ~}
  EOT
t9 = [<<A
x
A
, <<-B
  y
  B
]
t10 = "e\u0301 é"
block "with" "labels" bare {
  inner { one = "line" }
  empty {}
}
