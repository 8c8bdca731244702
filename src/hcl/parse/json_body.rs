//! JSON attributes re-read as blocks. JSON has no blocks of its own: only who knows the schema can tell.

use crate::diag::Span;
use crate::hcl::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, ObjectItem, ObjectKey};

/// The blocks that an attribute of a JSON body stands for: one level of objects for each label, then one body an
/// object; an array of objects means several blocks at any level. What is no object yields no block.
#[must_use]
pub fn json_blocks(attribute: &Attribute, labels: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut path = Path { kind: &attribute.name, labels: Vec::new(), missing: labels };
    path.collect(&attribute.expr, &mut blocks);
    blocks
}

/// An object of JSON re-read as a body: its properties in order as attributes, without `"//"` comments.
#[must_use]
pub fn json_body(expr: &Expr) -> Option<Body> {
    let ExprKind::Object(items) = &expr.kind else { return None };
    let named = items.iter().filter_map(|item| Some((plain_name(item)?, item)));
    let attributes = named
        .filter(|(name, _)| &*name.name != "//")
        .map(|(name, item)| {
            let span = name.span.to(item.value.span);
            Attribute { name, expr: item.value.clone(), span }
        })
        .collect();
    let Span { file, start, end } = expr.span;
    let inside = Span { file, start: start + 1, end: end.saturating_sub(1).max(start + 1) };
    Some(Body { attributes, blocks: Vec::new(), span: inside })
}

/// The labels on the way down.
struct Path<'a> {
    kind: &'a Ident,
    labels: Vec<Ident>,
    missing: usize,
}

impl Path<'_> {
    fn collect(&mut self, expr: &Expr, blocks: &mut Vec<Block>) {
        match &expr.kind {
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.collect(item, blocks)),
            ExprKind::Object(items) if self.missing > 0 => self.collect_labelled(items, blocks),
            ExprKind::Object(_) => blocks.extend(json_body(expr).map(|body| self.block(body, expr.span))),
            _ => {}
        }
    }

    fn collect_labelled(&mut self, items: &[ObjectItem], blocks: &mut Vec<Block>) {
        for item in items {
            let Some(name) = plain_name(item) else { continue };
            if &*name.name == "//" {
                continue;
            }
            self.labels.push(name);
            self.missing -= 1;
            self.collect(&item.value, blocks);
            self.missing += 1;
            self.labels.pop();
        }
    }

    fn block(&self, body: Body, span: Span) -> Block {
        let kind = self.kind.clone();
        let header = self.labels.last().map_or(kind.span, |label| kind.span.to(label.span));
        let span = kind.span.to(span);
        Block { labels: self.labels.clone(), body, header, span, kind }
    }
}

/// The key of an item, if it is plain text.
fn plain_name(item: &ObjectItem) -> Option<Ident> {
    match &item.key {
        ObjectKey::Bare(name) => Some(name.clone()),
        ObjectKey::Expr(Expr { kind: ExprKind::String(name), span }) => {
            Some(Ident { name: name.clone(), span: *span })
        }
        ObjectKey::Expr(_) => None,
    }
}
