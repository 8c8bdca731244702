//! Whatever the text, the parser ends, does not overflow, and every span it gives lies inside its parent's.

use super::{file, template};
use crate::diag::{Diagnostics, Span};
use crate::hcl::ast::{Body, Expr, ExprKind, ForExpr, Ident, ObjectKey, SplatStep, TemplatePart};
use crate::hcl::parse::{json_blocks, parse_body, parse_expression, parse_json_body, parse_template};

const CORPUS: &[&str] = &[
    include_str!("../../../../tests/hcl_corpus/root.hcl"),
    include_str!("../../../../tests/hcl_corpus/unit.hcl"),
    include_str!("../../../../tests/hcl_corpus/expressions.hcl"),
    include_str!("../../../../tests/hcl_corpus/templates.hcl"),
    include_str!("../../../../tests/hcl_corpus/unit.hcl.json"),
];

/// A fixed sequence, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "<<E\n",
    "<<-E\n",
    "\nE\n",
    "\n",
    "\r\n",
    "\\",
    "'",
    ",",
    "=",
    ":",
    "=>",
    "...",
    ".",
    "*",
    "[*]",
    ".*",
    "?",
    "&&",
    "|",
    "for x in ",
    " if ",
    "else",
    "endif",
    "endfor",
    "/*",
    "*/",
    "#",
    "é",
    "\u{301}",
    "0",
    "1e9",
    "-",
    "!",
    "::",
    ";",
    "\u{feff}",
    "%{ if a }",
    "%{ endif }",
    "//",
    "\t",
    "\\u12",
];

#[test]
fn mutated_texts_never_break_the_parser() {
    let mut dice = Dice(7);
    for round in 0..4_000 {
        let mut text = CORPUS[round % CORPUS.len()].to_owned();
        for _ in 0..=dice.roll(4) {
            mutate(&mut text, &mut dice);
        }
        check_all(&text);
    }
}

fn mutate(text: &mut String, dice: &mut Dice) {
    let start = text.floor_char_boundary(dice.roll(text.len() + 1));
    let end = text.ceil_char_boundary((start + dice.roll(12)).min(text.len()));
    match dice.roll(4) {
        0 => text.replace_range(start..end, ""),
        1 => text.insert_str(start, PIECES[dice.roll(PIECES.len())]),
        2 => text.replace_range(start..end, PIECES[dice.roll(PIECES.len())]),
        _ => text.truncate(start.max(text.len() / 2 / 2 * 3).min(text.len())),
    }
    while !text.is_char_boundary(text.len()) {
        text.pop();
    }
}

fn check_all(text: &str) {
    let (parsed, faults) = parse_body(text, file());
    check_faults(&faults, text);
    check_body(&parsed.unwrap(), whole(text), text);
    for (parsed, faults) in [parse_expression(text, file()), parse_template(text, file())] {
        assert!(parsed.is_some() || !faults.is_empty(), "no fault told in {text}");
        check_faults(&faults, text);
        parsed.iter().for_each(|expr| check(expr, whole(text), text));
    }
    let (parsed, faults) = parse_json_body(text, file());
    check_faults(&faults, text);
    if let Some(body) = parsed {
        check_body(&body, whole(text), text);
        for attribute in &body.attributes {
            for block in json_blocks(attribute, 1) {
                check_body(&block.body, block.span, text);
            }
        }
    }
}

fn whole(text: &str) -> Span {
    Span::new(file(), 0, text.len())
}

fn check_faults(faults: &Diagnostics, text: &str) {
    for fault in faults {
        let primary = fault.primary.as_ref().expect("a syntax fault has a place");
        for label in fault.labels.iter().chain([primary]) {
            inside(label.span, whole(text), text);
        }
    }
}

fn inside(span: Span, parent: Span, text: &str) {
    assert!(span.start <= span.end, "{span:?} in {text}");
    assert!(parent.start <= span.start && span.end <= parent.end, "{span:?} outside {parent:?} in {text}");
    assert!(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize));
}

fn check_body(body: &Body, parent: Span, text: &str) {
    inside(body.span, parent, text);
    for attribute in &body.attributes {
        inside(attribute.span, body.span, text);
        inside(attribute.name.span, attribute.span, text);
        check(&attribute.expr, attribute.span, text);
    }
    for block in &body.blocks {
        inside(block.span, body.span, text);
        inside(block.header, block.span, text);
        for name in block.labels.iter().chain([&block.kind]) {
            inside(name.span, block.header, text);
        }
        check_body(&block.body, block.span, text);
    }
}

fn check(expr: &Expr, parent: Span, text: &str) {
    inside(expr.span, parent, text);
    let span = expr.span;
    let child = |expr: &Expr| check(expr, span, text);
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_) => {}
        ExprKind::Template(parts) => check_parts(parts, span, text),
        ExprKind::Interpolation(inner) | ExprKind::Parens(inner) | ExprKind::Unary { operand: inner, .. } => {
            child(inner)
        }
        ExprKind::Tuple(items) => items.iter().for_each(child),
        ExprKind::Object(items) => {
            for item in items {
                match &item.key {
                    ObjectKey::Bare(name) => inside(name.span, span, text),
                    ObjectKey::Expr(key) => child(key),
                }
                child(&item.value);
            }
        }
        ExprKind::Attr { base, name } => {
            child(base);
            inside(name.span, span, text);
        }
        ExprKind::Index { base, key } => [base, key].into_iter().for_each(|part| child(part)),
        ExprKind::Splat { base, steps, .. } => {
            child(base);
            check_steps(steps, span, text);
        }
        ExprKind::Binary { op_span, left, right, .. } => {
            inside(*op_span, span, text);
            child(left);
            child(right);
        }
        ExprKind::Conditional { condition, yes, no } => {
            [condition, yes, no].into_iter().for_each(|part| child(part))
        }
        ExprKind::ForTuple(source) => check_for(source, span, text),
        ExprKind::ForObject { source, key, .. } => {
            check_for(source, span, text);
            child(key);
        }
        ExprKind::Call { name, args, .. } => {
            inside(name.span, span, text);
            args.iter().for_each(child);
        }
    }
}

fn check_steps(steps: &[SplatStep], parent: Span, text: &str) {
    for step in steps {
        match step {
            SplatStep::Attr(name) => inside(name.span, parent, text),
            SplatStep::Index(key) => check(key, parent, text),
            SplatStep::Splat { steps, span, .. } => {
                inside(*span, parent, text);
                check_steps(steps, *span, text);
            }
        }
    }
}

fn check_for(source: &ForExpr, parent: Span, text: &str) {
    names(source.key.iter().chain([&source.value]), parent, text);
    [&source.collection, &source.body]
        .into_iter()
        .chain(&source.condition)
        .for_each(|part| check(part, parent, text));
}

fn names<'a>(names: impl Iterator<Item = &'a Ident>, parent: Span, text: &str) {
    names.for_each(|name| inside(name.span, parent, text));
}

fn check_parts(parts: &[TemplatePart], parent: Span, text: &str) {
    for part in parts {
        match part {
            TemplatePart::Text(_) => {}
            TemplatePart::Interpolation(inner) => check(inner, parent, text),
            TemplatePart::If { condition, yes, no } => {
                check(condition, parent, text);
                check_parts(yes, parent, text);
                check_parts(no, parent, text);
            }
            TemplatePart::For { key, value, collection, body } => {
                names(key.iter().chain([value]), parent, text);
                check(collection, parent, text);
                check_parts(body, parent, text);
            }
        }
    }
}

#[test]
fn the_corpus_is_sound() {
    for text in CORPUS {
        let (_, faults) =
            if text.starts_with('{') { parse_json_body(text, file()) } else { parse_body(text, file()) };
        assert_eq!(faults, []);
        check_all(text);
    }
}

#[test]
fn hostile_depth_is_a_fault_and_not_an_overflow() {
    let many = 100_000;
    let openers =
        ["(", "[", "{a=", "-", "!", "\"${", "f(", "a?", "a[", "x[*]", "[for a in ", "(1+", "a ? b : "];
    for opener in openers {
        let text = opener.repeat(many);
        assert!(!parse_expression(&text, file()).1.is_empty(), "{opener}");
        assert!(!parse_body(&format!("a = {text}"), file()).1.is_empty(), "{opener}");
    }
    let chains = ["+1", ".a", ".0", "[0]", "[*]", ".*", "[*].a", " == 1", ".*.a[0]"];
    for chain in chains {
        assert!(!parse_expression(&format!("a{}", chain.repeat(many)), file()).1.is_empty(), "{chain}");
    }
    for template in ["%{ if a }", "%{ for a in b }", "${\"", "%{ if a }%{ else }"] {
        assert!(!parse_template(&template.repeat(many), file()).1.is_empty(), "{template}");
    }
    assert!(!parse_body(&"a {\n".repeat(many), file()).1.is_empty());
    for json in ["[", "{\"a\":"] {
        assert!(!parse_json_body(&format!("{{\"a\":{}", json.repeat(many)), file()).1.is_empty());
    }
}

#[test]
fn depth_that_people_reach_is_accepted() {
    let nested = format!("{}1{}", "[".repeat(350), "]".repeat(350));
    let chained = format!("1{}", "+1".repeat(1_900));
    let both = format!("{}1{}", "(".repeat(300), "+1)".repeat(300));
    let calls = format!("{}1{}", "merge({a = [".repeat(100), "]}, {})".repeat(100));
    for text in [nested, chained, both, calls] {
        let tree = super::expr(&text);
        assert!(tree.clone() == tree, "a deep tree can be copied and compared");
    }
    template(&"${a}%{ if b }c%{ endif }".repeat(20_000));
}
