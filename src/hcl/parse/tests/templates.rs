use super::{body, expr, shape::shape, template};

/// Quoted strings; what they mean was asked of `terraform console`.
const QUOTED: &[(&str, &str)] = &[
    (r#""""#, r#""""#),
    (r#""a\n\t\"\\\r""#, r#""a\n\t\"\\\r""#),
    (r#""\u00e9\U0001F600""#, r#""é😀""#),
    ("\"e\u{301}\"", "\"é\""),
    (r#""$${1}""#, r#""${1}""#),
    (r#""$$${1}""#, r#""$${1}""#),
    (r#""$$$${1}""#, r#""$$${1}""#),
    (r#""%%{ if }""#, r#""%{ if }""#),
    (r#""a$ b% $$ %%""#, r#""a$ b% $$ %%""#),
    (r#""${a}""#, "${a}"),
    (r#""${~ a ~}""#, "${a}"),
    (r#"" ${~ a }""#, "t(a)"),
    (r#""x ${ a } y""#, r#"t("x " a " y")"#),
    (r#""x ${~ a ~} y""#, r#"t("x" a "y")"#),
    (r#""${a}${b}""#, "t(a b)"),
    (r#""${"${"x"}"}""#, r#"${${"x"}}"#),
    (r#""${{a = "}"}.a}""#, r#"${{a = "}"}.a}"#),
    ("\"${\n a\n +\n b\n}\"", "${(a + b)}"),
    (r#""%{ if a }b%{ else }c%{ endif }""#, r#"t(if(a | "b" | "c"))"#),
    (r#""%{ if a }b%{ endif }""#, r#"t(if(a | "b" | ))"#),
    (r#""%{ for x in xs }${x}, %{ endfor }""#, r#"t(for(x in xs | x ", "))"#),
    (r#""%{ for k, v in m ~} ${k}%{~ endfor }""#, "t(for(k, v in m | k))"),
    (
        r#""%{ if a }%{ for x in b }%{ if c }d%{ endif }%{ endfor }%{ endif }""#,
        r#"t(if(a | for(x in b | if(c | "d" | )) | ))"#,
    ),
];

#[test]
fn quoted_strings_have_their_shape() {
    for (text, wanted) in QUOTED {
        assert_eq!(shape(&expr(text)), *wanted, "{text}");
    }
}

/// Heredocs as the value of an attribute; what they mean was asked of Terraform.
const HEREDOCS: &[(&str, &str)] = &[
    ("<<EOT\n x\n  EOT  \n", r#"" x\n""#),
    ("<<EOT\r\n x\r\n  EOT\r\n", r#"" x\r\n""#),
    ("<<EOT\nEOT\n", r#""""#),
    ("<<EOT\n x\n EOTX\n EOT\n", r#"" x\n EOTX\n""#),
    ("<<E-T\n  a\nE-T\n", r#""  a\n""#),
    ("<<EOT\na\\n$${x} $ % %%{\nEOT\n", r#""a\\n${x} $ % %{\n""#),
    ("<<EOT\n${a}\nEOT\n", r#"t(a "\n")"#),
    ("<<EOT\n${~ 1 ~}\nEOT\n", "t(1)"),
    ("<<-EOT\n   x\n\n     ${y} z\n  w\n      EOT\n", r#"t(" x\n\n   " y " z\nw\n")"#),
    ("<<-EOT\n   ${y} z\n  w\n \n      EOT\n", r#"t(" " y " z\nw\n \n")"#),
    ("<<EOT\n   ${~ y ~}\n\n\n  w\n EOT\n", r#"t(y "\n\n  w\n")"#),
    ("<<EOT\na\n\n\n ${~ y ~} \n\n\n  w\n EOT\n", r#"t("a\n\n\n" y "\n\n  w\n")"#),
    (
        "<<-EOT\n    %{ if a ~}\n      x\n    %{ endif ~}\n    y\nEOT\n",
        r#"t(if(a | "      x\n" | ) "    y\n")"#,
    ),
    ("<<-EOT\n\t\ta\n\t b\nEOT\n", r#""a\nb\n""#),
    ("<<-EOT\n    x\n  ${1}\n    EOT\n", r#"t("  x\n" 1 "\n")"#),
    (
        "<<EOT\n  %{ for x in xs ~}\n  - ${x}\n  %{ endfor ~}\nEOT\n",
        r#"t("  " for(x in xs | "  - " x "\n  "))"#,
    ),
    ("<<EOT\n${\"${<<IN\nEOT\nIN\n}\"}\nEOT\n", r#"t(${"EOT\n"} "\n")"#),
    ("[<<EOT\n x\nEOT\n, 2]\n", r#"[" x\n", 2]"#),
];

#[test]
fn heredocs_have_their_shape() {
    for (text, wanted) in HEREDOCS {
        let text = format!("a = {text}b = 1\n");
        let body = body(&text);
        assert_eq!(shape(&body.attributes[0].expr), *wanted, "{text}");
    }
}

const RAW: &[(&str, &str)] = &[
    ("", r#""""#),
    ("a \"b\" \\n\n", r#""a \"b\" \\n\n""#),
    ("${a}", "${a}"),
    ("${a}\n", r#"t(a "\n")"#),
    ("%{ for x in xs ~}\n${x}\n%{ endfor ~}\n", r#"t(for(x in xs | x "\n"))"#),
    ("$${a} %%{b}", r#""${a} %{b}""#),
];

#[test]
fn raw_templates_have_their_shape() {
    for (text, wanted) in RAW {
        assert_eq!(shape(&template(text)), *wanted, "{text}");
    }
}
