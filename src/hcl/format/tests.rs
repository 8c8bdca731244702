use super::{BodyWriter, format_source, quote, write_value};
use crate::diag::SourceMap;
use crate::hcl::Value;
use crate::hcl::parse::parse_body;
use regex::Regex;
use std::path::Path;

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
    (
        include_str!("../../../tests/hcl_corpus/layout/heredocs.in.hcl"),
        include_str!("../../../tests/hcl_corpus/layout/heredocs.out.hcl"),
    ),
    (
        include_str!("../../../tests/hcl_corpus/layout/sequences.in.hcl"),
        include_str!("../../../tests/hcl_corpus/layout/sequences.out.hcl"),
    ),
    ("", ""),
    ("\u{feff}a=1\r\nbb  =2\r\n", "a  = 1\r\nbb = 2\r\n"),
    ("#if  ", "#if  "),
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

/// The tree of a text that parses, without places.
fn tree(text: &str) -> Option<String> {
    let file = SourceMap::default().add(Path::new("test.hcl"), text.into());
    let (body, faults) = parse_body(text, file);
    let spans = Regex::new(r"Span \{[^}]*\}").unwrap();
    faults.is_empty().then(|| spans.replace_all(&format!("{body:?}"), "").into_owned())
}

/// Blanks and comments that may stand between tokens, so that most texts stay sound.
const GAPS: &[&str] =
    &["", "  ", "\t", "\n", " \n", "\n\n", " # c\n", "/* c */", "// x\n", "\r\n", "/* a\n b */"];

#[test]
fn a_laid_out_text_means_the_same_and_stays() {
    let mut seed = 11_u64;
    let mut roll = |sides: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % sides
    };
    let mut sound = 0;
    for round in 0..600 {
        let (given, _) = LAYOUTS[round % 5];
        let mut text = given.to_owned();
        for _ in 0..=roll(6) {
            let gaps: Vec<(usize, &str)> = text.match_indices([' ', '=', ',', '{', '\n']).collect();
            let (at, found) = gaps[roll(gaps.len())];
            let end = at + usize::from(found.trim().is_empty());
            text.replace_range(at..end, GAPS[roll(GAPS.len())]);
        }
        let Some(meant) = tree(&text) else { continue };
        sound += 1;
        let layout = format_source(&text);
        assert_eq!(tree(&layout).as_ref(), Some(&meant), "means the same:\n{text}\n---\n{layout}");
        assert_eq!(format_source(&layout), layout, "stays:\n{text}");
    }
    assert!(sound > 200, "only {sound} texts were sound");
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
