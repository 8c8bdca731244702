use super::{BodyWriter, format_source, quote, write_value};
use crate::hcl::Value;

/// Untidy sources and their layout as the reference writes it.
const LAYOUTS: &[(&str, &str)] = &[
    (
        include_str!("../../../tests/hcl_corpus/layout/blocks.in.hcl"),
        include_str!("../../../tests/hcl_corpus/layout/blocks.out.hcl"),
    ),
    (
        include_str!("../../../tests/hcl_corpus/layout/expressions.in.hcl"),
        include_str!("../../../tests/hcl_corpus/layout/expressions.out.hcl"),
    ),
    (
        include_str!("../../../tests/hcl_corpus/layout/spacing.in.hcl"),
        include_str!("../../../tests/hcl_corpus/layout/spacing.out.hcl"),
    ),
    ("", ""),
    ("a=1", "a = 1"),
    ("\n\n\na = 1\n\n\n\nb=2\n\n\n", "\n\n\na = 1\n\n\n\nb = 2\n\n\n"),
    ("a=1\n \n\t\nb=1 \n", "a = 1\n\n\nb = 1\n"),
    ("a=1   ", "a = 1   "),
    // Faulty texts are laid out as far as their brackets tell.
    ("a=1\nbb  =  2\nfoo {\nx=1\n", "a  = 1\nbb = 2\nfoo {\n  x = 1\n"),
    ("locals {\n\ta   =   \"$${x}\"}", "locals {\na = \"$${x}\" }"),
];

#[test]
fn sources_get_the_canonical_layout() {
    for (text, wanted) in LAYOUTS {
        assert_eq!(format_source(text), *wanted);
        assert_eq!(format_source(wanted), *wanted, "a laid out text stays");
    }
}

#[test]
fn layout_never_changes_what_a_text_says() {
    let glued = |text: &str| text.chars().filter(|letter| !matches!(letter, ' ' | '\t')).collect::<String>();
    let texts = [
        include_str!("../../../tests/hcl_corpus/root.hcl"),
        include_str!("../../../tests/hcl_corpus/unit.hcl"),
        include_str!("../../../tests/hcl_corpus/expressions.hcl"),
        include_str!("../../../tests/hcl_corpus/templates.hcl"),
    ];
    for text in texts {
        for cut in (0..text.len()).step_by(11).filter(|at| text.is_char_boundary(*at)) {
            for part in [&text[cut..], &text[..cut]] {
                assert_eq!(glued(&format_source(part)), glued(part));
            }
        }
    }
}

#[test]
fn values_are_written_as_canonical_expressions() {
    let inner = Value::object([("b", Value::number(1_i64)), ("cc", Value::number(2_i64))]);
    let value = Value::object([
        ("list", Value::tuple([Value::string("a"), inner.clone(), Value::object::<&str>([])])),
        ("x y", Value::tuple([])),
        ("for", Value::NULL),
        ("é", Value::bool(true)),
        ("ccc", inner),
    ]);
    let wanted = "{\n  ccc = {\n    b  = 1\n    cc = 2\n  }\n  for = null\n  list = [\"a\", {\n    b  = 1\n    cc = 2\n  }, {}]\n  \
                  \"x y\" = []\n  é     = true\n}";
    assert_eq!(write_value(&value), wanted);
    assert_eq!(write_value(&Value::number(-5_i64)), "-5");
}

#[test]
fn strings_are_quoted_so_that_they_read_back() {
    for (text, wanted) in [
        ("a\"b\\c\n\r\t", r#""a\"b\\c\n\r\t""#),
        ("${a} %{b} $ % $$ ${", r#""$${a} %%{b} $ % $$ $${""#),
        ("é 😀", "\"é 😀\""),
        ("\u{1}\u{200b}\u{a0}\u{10ffff}", r#""\u0001\u200b\u00a0\U0010ffff""#),
    ] {
        assert_eq!(quote(text), wanted);
        let file = crate::diag::SourceMap::default().add(std::path::Path::new("x"), "".into());
        let (expr, faults) = crate::hcl::parse::parse_expression(wanted, file);
        assert_eq!(faults, []);
        assert_eq!(expr.unwrap().kind, crate::hcl::ast::ExprKind::String(text.into()));
    }
}

#[test]
fn blocks_are_written_in_order() {
    let mut body = BodyWriter::new();
    body.block("terraform", &[], |body| {
        body.block("backend", &["s3"], |body| {
            body.attribute("bucket", &Value::string("b"));
            body.attribute("n", &Value::number(1_i64));
            body.expression("key", "key_provider.a.b");
        });
    });
    let wanted = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    n      = 1\n    key    = key_provider.a.b\n  }\n}\n";
    assert_eq!(body.finish(), wanted);
}
