//! The place in a file that sets a path of the unit: through blocks and labels, then through written-out objects.

use crate::diag::Span;
use crate::hcl::ast::{Block, Body, Expr, ExprKind, ObjectItem, ObjectKey};

/// What sets a path.
pub(super) struct Found<'a> {
    pub span: Span,
    /// Absent where the path names a whole block.
    pub expr: Option<&'a Expr>,
    /// The steps that are not written out, but lie within the value of the expression.
    pub rest: Vec<String>,
}

impl Found<'_> {
    /// Whether entries below it have places of their own.
    pub fn has_entries(&self) -> bool {
        self.rest.is_empty() && self.expr.is_none_or(|expr| matches!(expr.kind, ExprKind::Object(_)))
    }
}

/// Looks a path up in a body.
pub(super) fn find<'a>(body: &'a Body, path: &[String]) -> Option<Found<'a>> {
    let (name, rest) = path.split_first()?;
    if let Some(attribute) = body.find_attribute(name) {
        let (expr, rest) = narrow(&attribute.expr, rest);
        return Some(Found { span: expr.span, expr: Some(expr), rest: rest.to_vec() });
    }
    body.blocks.iter().filter(|block| *block.kind.name == **name).find_map(|block| in_block(block, rest))
}

fn in_block<'a>(block: &'a Block, path: &[String]) -> Option<Found<'a>> {
    let whole = || Some(Found { span: block.header, expr: None, rest: Vec::new() });
    let inside = match (block.labels.first(), path.split_first()) {
        (_, None) => return whole(),
        (Some(label), Some((name, rest))) if *label.name == **name => rest,
        (Some(_), Some(_)) => return None,
        (None, Some(_)) => path,
    };
    if inside.is_empty() { whole() } else { find(&block.body, inside) }
}

/// As deep into an expression as its text goes along the path.
pub(super) fn narrow<'a, 'p>(expr: &'a Expr, path: &'p [String]) -> (&'a Expr, &'p [String]) {
    let (mut expr, mut path) = (expr, path);
    loop {
        let inner = match (&expr.kind, path.first()) {
            (ExprKind::Parens(inner) | ExprKind::Interpolation(inner), _) => {
                expr = inner;
                continue;
            }
            (ExprKind::Object(items), Some(step)) => items.iter().rev().find(|item| is_key(item, step)),
            (ExprKind::Tuple(items), Some(step)) => {
                let Some(item) = step.parse::<usize>().ok().and_then(|at| items.get(at)) else {
                    return (expr, path);
                };
                (expr, path) = (item, &path[1..]);
                continue;
            }
            _ => None,
        };
        let Some(item) = inner else { return (expr, path) };
        (expr, path) = (&item.value, &path[1..]);
    }
}

fn is_key(item: &ObjectItem, step: &str) -> bool {
    match &item.key {
        ObjectKey::Bare(name) => &*name.name == step,
        ObjectKey::Expr(key) => matches!(&key.kind, ExprKind::String(text) if &**text == step),
    }
}
