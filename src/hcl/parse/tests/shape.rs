//! Trees as short text, so that a table can show them.

use crate::hcl::ast::{
    BinaryOp, Body, Expr, ExprKind, ForExpr, ObjectItem, ObjectKey, SplatStep, SplatStyle, TemplatePart,
    UnaryOp,
};
use std::fmt::Write;

/// A body: attributes, then blocks, each on a line.
pub(super) fn body_shape(body: &Body) -> String {
    let mut out = String::new();
    write_body(&mut out, body, 0);
    out
}

fn write_body(out: &mut String, body: &Body, depth: usize) {
    let pad = "  ".repeat(depth);
    for attribute in &body.attributes {
        writeln!(out, "{pad}{} = {}", attribute.name.name, shape(&attribute.expr)).unwrap();
    }
    for block in &body.blocks {
        let labels: String = block.labels.iter().map(|label| format!(" {:?}", &*label.name)).collect();
        writeln!(out, "{pad}{}{labels}:", block.kind.name).unwrap();
        write_body(out, &block.body, depth + 1);
    }
}

/// An expression, every operation in parentheses.
pub(super) fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(number) => number.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Template(parts) => format!("t({})", parts_shape(parts)),
        ExprKind::Interpolation(inner) => format!("${{{}}}", shape(inner)),
        ExprKind::Parens(inner) => format!("paren({})", shape(inner)),
        ExprKind::Tuple(items) => format!("[{}]", joined(items)),
        ExprKind::Object(items) => {
            format!("{{{}}}", items.iter().map(item_shape).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Attr { base, name } => format!("{}.{}", shape(base), name.name),
        ExprKind::Index { base, key } => format!("{}[{}]", shape(base), shape(key)),
        ExprKind::Splat { base, style, steps } => format!("{}{}", shape(base), splat_shape(*style, steps)),
        ExprKind::Unary { op, operand } => format!("({}{})", unary(*op), shape(operand)),
        ExprKind::Binary { op, left, right, .. } => {
            format!("({} {} {})", shape(left), binary(*op), shape(right))
        }
        ExprKind::Conditional { condition, yes, no } => {
            format!("({} ? {} : {})", shape(condition), shape(yes), shape(no))
        }
        ExprKind::ForTuple(source) => format!("[for {}]", for_shape(source, ("", ""))),
        ExprKind::ForObject { source, key, group } => {
            let tail = if *group { "..." } else { "" };
            format!("{{for {}}}", for_shape(source, (&format!("{} => ", shape(key)), tail)))
        }
        ExprKind::Call { name, args, expand } => {
            format!("{}({}{})", name.name, joined(args), if *expand { "..." } else { "" })
        }
    }
}

fn joined(items: &[Expr]) -> String {
    items.iter().map(shape).collect::<Vec<_>>().join(", ")
}

fn item_shape(item: &ObjectItem) -> String {
    let key = match &item.key {
        ObjectKey::Bare(name) => name.name.to_string(),
        ObjectKey::Expr(key) => shape(key),
    };
    format!("{key} = {}", shape(&item.value))
}

fn splat_shape(style: SplatStyle, steps: &[SplatStep]) -> String {
    let steps: String = steps
        .iter()
        .map(|step| match step {
            SplatStep::Attr(name) => format!(".{}", name.name),
            SplatStep::Index(key) => format!("[{}]", shape(key)),
            SplatStep::Splat { style, steps, .. } => splat_shape(*style, steps),
        })
        .collect();
    match style {
        SplatStyle::Full => format!("[*]<{steps}>"),
        SplatStyle::AttrOnly => format!(".*<{steps}>"),
    }
}

fn for_shape(source: &ForExpr, (key, tail): (&str, &str)) -> String {
    let names =
        source.key.iter().chain([&source.value]).map(|name| &*name.name).collect::<Vec<_>>().join(", ");
    let condition = source.condition.as_ref().map_or(String::new(), |test| format!(" if {}", shape(test)));
    format!("{names} in {}: {key}{}{tail}{condition}", shape(&source.collection), shape(&source.body))
}

fn parts_shape(parts: &[TemplatePart]) -> String {
    let parts = parts.iter().map(|part| match part {
        TemplatePart::Text(text) => format!("{text:?}"),
        TemplatePart::Interpolation(inner) => shape(inner),
        TemplatePart::If { condition, yes, no } => {
            format!("if({} | {} | {})", shape(condition), parts_shape(yes), parts_shape(no))
        }
        TemplatePart::For { key, value, collection, body } => {
            let names = key.iter().chain([value]).map(|name| &*name.name).collect::<Vec<_>>().join(", ");
            format!("for({names} in {} | {})", shape(collection), parts_shape(body))
        }
    });
    parts.collect::<Vec<_>>().join(" ")
}

fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Not => "!",
        UnaryOp::Negate => "-",
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
    }
}
