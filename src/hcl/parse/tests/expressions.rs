use super::{expr, file, shape::shape};
use crate::hcl::parse::parse_expression;

/// Source and the tree it must have; the accepted forms were tried on Terraform.
const SHAPES: &[(&str, &str)] = &[
    ("1 + 2 * 3", "(1 + (2 * 3))"),
    ("1 - 2 - 3", "((1 - 2) - 3)"),
    ("a || b && c == d < e + f * g", "(a || (b && (c == (d < (e + (f * g))))))"),
    ("a * b + c < d == e && f || g", "((((((a * b) + c) < d) == e) && f) || g)"),
    ("-a + b", "((-a) + b)"),
    ("!a.b[0]", "(!a.b[0])"),
    ("-1 - -1", "((-1) - (-1))"),
    ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
    ("a == b ? c + 1 : d", "((a == b) ? (c + 1) : d)"),
    ("5-3", "(5 - 3)"),
    ("a-b", "a-b"),
    ("a -b", "(a - b)"),
    ("(1)", "paren(1)"),
    ("(\n1\n+\n2\n)", "paren((1 + 2))"),
    ("[1, 2,\n 3,\n]", "[1, 2, 3]"),
    ("[]", "[]"),
    ("{}", "{}"),
    (
        "{a = 1, \"b\" : 2, (c) = 3, 4 = 5, \"x${d}\" = 6}",
        "{a = 1, \"b\" = 2, paren(c) = 3, 4 = 5, t(\"x\" d) = 6}",
    ),
    ("{\n a = 1\n\n b = 2, \n c = 3\n}", "{a = 1, b = 2, c = 3}"),
    ("{a = 1, a = 2}", "{a = 1, a = 2}"),
    ("{true = 1, null = 2, if = 3, for = 4}", "{true = 1, null = 2, if = 3, for = 4}"),
    ("{local.a = 1, -1 = 2}", "{local.a = 1, (-1) = 2}"),
    ("a.b.0.c", "a.b[0].c"),
    ("a[b.c][\"d\"]", "a[b.c][\"d\"]"),
    ("a[*].b[0].c", "a[*]<.b[0].c>"),
    ("a[*]", "a[*]<>"),
    ("a.*.b.0", "a.*<.b[0]>"),
    ("a.*.b[0]", "a.*<.b>[0]"),
    ("a[*].b[*].c", "a[*]<.b[*]<.c>>"),
    ("a.*.b[*].c", "a.*<.b>[*]<.c>"),
    ("[1, 2].0", "[1, 2][0]"),
    ("f(1)[0].x", "f(1)[0].x"),
    ("f()", "f()"),
    ("f(1, 2,)", "f(1, 2)"),
    ("f(1, xs...)", "f(1, xs...)"),
    ("f(\n  1,\n  xs...\n)", "f(1, xs...)"),
    ("a::b::f(1)", "a::b::f(1)"),
    ("core :: max(1)", "core::max(1)"),
    ("[for x in xs : x.y if x.z]", "[for x in xs: x.y if x.z]"),
    ("[for k, v in m : \"${k}\"]", "[for k, v in m: ${k}]"),
    ("{for k, v in m : k => v... if v != null}", "{for k, v in m: k => v... if (v != null)}"),
    ("{\n  for v in m :\n  v => 1\n}", "{for v in m: v => 1}"),
    ("true", "true"),
    ("nullx", "nullx"),
    ("é-1.ü", "é-1.ü"),
    ("/* a */ 1 # b", "1"),
    ("1 == 1 == true", "((1 == 1) == true)"),
    ("\u{feff}1", "1"),
];

#[test]
fn expressions_have_their_shape() {
    for (text, wanted) in SHAPES {
        assert_eq!(shape(&expr(text)), *wanted, "{text}");
    }
}

/// Each is refused by Terraform, too.
const REFUSED: &[&str] = &[
    "",
    "1 2",
    "1 +",
    "(1",
    "[1",
    "{a = 1",
    "[,]",
    "{,}",
    "[1,,2]",
    "{a=1 b=2}",
    "{a=1,,b=2}",
    "{a = 1\n, b = 2}",
    "f(1,,2)",
    "f(xs..., 1)",
    "f(xs...,)",
    "a.",
    "a..b",
    "a[",
    "a[]",
    ".5",
    "1.",
    "1e",
    "0x10",
    "a ? b",
    "a ? b :",
    "'a'",
    "“a”",
    "a & b",
    "a | b",
    "{a =\n 1}",
    "{\"a\" :\n 1}",
    "a ?\n b : c",
    "[for x in y]",
    "[for x y : z]",
    "{for x in y : z}",
    "[for x in y : a => b]",
    "[for x in y : a...]",
    "a.*.b.*.c",
    "a::b",
    "a::(1)",
    "%",
    "1 % ",
    "<< EOT\nEOT\n",
    "<<EOT\nx\nEOT",
    "{a}",
    "{a, b}",
    "\"a",
    "\"a\nb\"",
    "\"\\q\"",
    "\"\\uD800\"",
    "\"${\"",
    "\"${}\"",
    "a\u{a0}",
    "1 /* ",
    "a.b c",
    "{a.b}",
];

#[test]
fn broken_expressions_are_refused() {
    for text in REFUSED {
        let (_, faults) = parse_expression(text, file());
        assert!(!faults.is_empty(), "{text:?} was accepted");
        for fault in faults {
            let span = fault.primary.unwrap().span;
            assert!(span.end as usize <= text.len() && span.start <= span.end, "{text:?}: {span:?}");
        }
    }
}
