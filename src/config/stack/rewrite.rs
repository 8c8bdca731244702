//! An expression with everything worked out that can be: what names outputs stays as it is written, each part of it
//! that does not becomes the literal of its value. Knows nothing of files and blocks.

use super::scope::StackScope;
use crate::config::evaluation::fault_at;
use crate::diag::{Code, SourceFile, Span};
use crate::hcl::ast::{Block, Expr, ExprKind, ForExpr, ObjectItem, ObjectKey, SplatStep, TemplatePart};
use crate::hcl::format::{quote, write_value};
use crate::hcl::refs::references;
use crate::hcl::{Fault, Type, Value, convert};
use std::sync::Arc;

/// The root that is known only when units run.
const LATER: &str = "dependency";

/// Rewrites expressions of one file.
pub(super) struct Rewriter<'a> {
    scope: &'a StackScope<'a>,
    file: Option<Arc<SourceFile>>,
}

/// The `for` variables around a place.
type Bound<'a> = Vec<&'a str>;

/// A part of an expression, and the `for` around it whose variables it sees.
type Child<'a> = (&'a Expr, Option<&'a ForExpr>);

impl<'a> Rewriter<'a> {
    /// For the expressions of a block.
    pub fn new(scope: &'a StackScope<'a>, block: &Block) -> Self {
        let sources = &scope.layer.evaluation.session.files.sources;
        Self { scope, file: sources.get(block.header.file) }
    }

    /// The value of an expression; `None` while it names outputs.
    ///
    /// # Errors
    /// The fault of the expression, or that it is not known.
    pub fn value_of(&self, expr: &Expr) -> Result<Option<Value>, Fault> {
        if is_later(expr, &Vec::new()) { Ok(None) } else { self.known(expr).map(Some) }
    }

    /// The text of an expression.
    ///
    /// # Errors
    /// The fault of a part that can be worked out, but is wrong.
    pub fn text_of(&self, expr: &Expr) -> Result<String, Fault> {
        self.rewrite(expr, &mut Vec::new())
    }

    fn known(&self, expr: &Expr) -> Result<Value, Fault> {
        let value = self.scope.eval(expr)?;
        if value.is_wholly_known() {
            return Ok(value);
        }
        Err(Box::new(fault_at(
            Code::NeededEarlier,
            expr.span,
            "this is not known when the stack is generated",
        )))
    }

    fn rewrite<'b>(&self, expr: &'b Expr, bound: &mut Bound<'b>) -> Result<String, Fault> {
        if !is_later(expr, bound) {
            return Ok(write_value(&self.known(expr)?));
        }
        match &expr.kind {
            ExprKind::Interpolation(inner) => self.rewrite(inner, bound),
            ExprKind::Template(parts) => self.template(expr, parts, bound),
            ExprKind::Conditional { condition, yes, no } if !is_later(condition, bound) => {
                let chosen = convert::convert(&self.known(condition)?, &Type::Bool);
                match chosen.ok().and_then(|chosen| chosen.as_bool()) {
                    Some(true) => self.rewrite(yes, bound),
                    Some(false) => self.rewrite(no, bound),
                    None => Err(Box::new(fault_at(
                        Code::WrongCondition,
                        condition.span,
                        "a condition must be true or false",
                    ))),
                }
            }
            _ => self.patched(expr, bound),
        }
    }

    /// The source text with each part rewritten in its place.
    fn patched<'b>(&self, expr: &'b Expr, bound: &mut Bound<'b>) -> Result<String, Fault> {
        let mut parts = children(expr, bound);
        parts.sort_by_key(|(child, _)| child.span.start);
        let (mut out, mut at) = (String::new(), expr.span.start);
        for (child, around) in parts {
            out.push_str(self.source(Span { start: at, end: child.span.start, ..expr.span }));
            let outside = bound.len();
            bound.extend(around.into_iter().flat_map(variables));
            let text = self.rewrite(child, bound);
            bound.truncate(outside);
            out.push_str(&text?);
            at = child.span.end;
        }
        out.push_str(self.source(Span { start: at, ..expr.span }));
        Ok(out)
    }

    fn source(&self, span: Span) -> &str {
        let text = self.file.as_ref().map_or("", |file| &*file.text);
        text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A string on one line; one with directives that must wait stays as it is written.
    fn template<'b>(
        &self,
        expr: &'b Expr,
        parts: &'b [TemplatePart],
        bound: &mut Bound<'b>,
    ) -> Result<String, Fault> {
        let mut out = String::from("\"");
        for part in parts {
            let alone = Expr { kind: ExprKind::Template(vec![part.clone()]), span: expr.span };
            match part {
                _ if !is_later(&alone, bound) => {
                    let value = self.known(&alone)?;
                    out.push_str(inside(&quote(value.as_str().unwrap_or_default())));
                }
                TemplatePart::Interpolation(inner) => {
                    out.push_str(&format!("${{{}}}", self.rewrite(inner, bound)?));
                }
                _ => return self.patched(expr, bound),
            }
        }
        out.push('"');
        Ok(out)
    }
}

/// A quoted text without its quotes.
fn inside(quoted: &str) -> &str {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    inner.strip_suffix('"').unwrap_or(inner)
}

/// Whether an expression names outputs, or a variable of a `for` that does.
fn is_later(expr: &Expr, bound: &Bound<'_>) -> bool {
    references(expr).iter().any(|reference| reference.root == LATER || bound.contains(&reference.root))
}

fn variables(source: &ForExpr) -> impl Iterator<Item = &str> {
    source.key.iter().chain([&source.value]).map(|name| &*name.name)
}

/// The parts of an expression that can be rewritten by themselves.
fn children<'a>(expr: &'a Expr, bound: &Bound<'_>) -> Vec<Child<'a>> {
    let plain = |expr: &'a Expr| (expr, None);
    match &expr.kind {
        ExprKind::Template(parts) => template_children(parts),
        ExprKind::Interpolation(inner) | ExprKind::Parens(inner) => vec![plain(inner)],
        ExprKind::Unary { operand, .. } => vec![plain(operand)],
        ExprKind::Tuple(items) | ExprKind::Call { args: items, .. } => items.iter().map(plain).collect(),
        ExprKind::Object(items) => items.iter().flat_map(item_children).map(plain).collect(),
        ExprKind::Attr { .. } | ExprKind::Index { .. } => path_children(expr),
        ExprKind::Splat { base, steps, .. } => {
            let mut found = vec![plain(base)];
            step_children(steps, &mut found);
            found
        }
        ExprKind::Binary { .. } => operands(expr, bound),
        ExprKind::Conditional { condition, yes, no } => vec![plain(condition), plain(yes), plain(no)],
        ExprKind::ForTuple(source) => for_children(source, None),
        ExprKind::ForObject { source, key, .. } => for_children(source, Some(key)),
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_) => Vec::new(),
    }
}

fn item_children(item: &ObjectItem) -> impl Iterator<Item = &Expr> {
    let key = match &item.key {
        ObjectKey::Bare(_) => None,
        ObjectKey::Expr(key) => Some(key),
    };
    key.into_iter().chain([&item.value])
}

/// The root of a chain of steps, if it is more than a name, and the keys on the way.
fn path_children(expr: &Expr) -> Vec<Child<'_>> {
    let (mut found, mut at) = (Vec::new(), expr);
    loop {
        match &at.kind {
            ExprKind::Attr { base, .. } => at = base,
            ExprKind::Index { base, key } => {
                found.push((&**key, None));
                at = base;
            }
            ExprKind::Variable(_) => return found,
            _ => {
                found.push((at, None));
                return found;
            }
        }
    }
}

fn step_children<'a>(steps: &'a [SplatStep], found: &mut Vec<Child<'a>>) {
    for step in steps {
        match step {
            SplatStep::Attr(_) => {}
            SplatStep::Index(key) => found.push((key, None)),
            SplatStep::Splat { steps, .. } => step_children(steps, found),
        }
    }
}

/// Chains such as `a + b + c` lean to the left; the loop keeps their length off the stack.
fn operands<'a>(expr: &'a Expr, bound: &Bound<'_>) -> Vec<Child<'a>> {
    let (mut found, mut at) = (Vec::new(), expr);
    while let ExprKind::Binary { left, right, .. } = &at.kind {
        found.push((&**right, None));
        at = left;
        if !is_later(at, bound) {
            break;
        }
    }
    found.push((at, None));
    found
}

fn for_children<'a>(source: &'a ForExpr, key: Option<&'a Expr>) -> Vec<Child<'a>> {
    let inside = key.into_iter().chain([&source.body]).chain(&source.condition);
    [(&source.collection, None)].into_iter().chain(inside.map(|child| (child, Some(source)))).collect()
}

/// Where a directive has variables of its own, what is below it is left alone.
fn template_children(parts: &[TemplatePart]) -> Vec<Child<'_>> {
    let mut found = Vec::new();
    for part in parts {
        match part {
            TemplatePart::Text(_) => {}
            TemplatePart::Interpolation(inner) => found.push((inner, None)),
            TemplatePart::If { condition, yes, no } => {
                found.push((condition, None));
                found.extend(template_children(yes));
                found.extend(template_children(no));
            }
            TemplatePart::For { collection, .. } => found.push((collection, None)),
        }
    }
    found
}
