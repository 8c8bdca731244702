//! Names, attributes and indexes: `local.a["b"].c[count]`.

use super::frame::Env;
use super::{Fault, Outcome, eval_in, fault};
use crate::diag::Span;
use crate::hcl::ast::{Expr, ExprKind};
use crate::hcl::{Data, Number, Reference, Resolved, Step, Type, Value, convert};

/// A variable, attribute or index expression. The chain of steps is walked in a loop, so its length costs no stack.
pub(super) fn eval_path(expr: &Expr, env: Env<'_>) -> Outcome {
    let (base, links) = unchain(expr);
    let (mut value, used) = match &base.kind {
        ExprKind::Variable(name) => match env.find(name) {
            Some(value) => (value.clone(), 0),
            None => {
                let Resolved { value, used } = resolve(name, base.span, &links, env)?;
                (value, used)
            }
        },
        _ => (eval_in(base, env)?, 0),
    };
    for link in links.iter().skip(used) {
        value = follow(&value, link, env)?;
    }
    Ok(value)
}

/// The base and the attribute and index expressions on top of it, innermost first.
fn unchain(expr: &Expr) -> (&Expr, Vec<&Expr>) {
    let mut links = Vec::new();
    let mut at = expr;
    while let ExprKind::Attr { base, .. } | ExprKind::Index { base, .. } = &at.kind {
        links.push(at);
        at = base;
    }
    links.reverse();
    (at, links)
}

/// Whether this is a variable with at least one step on it, every step written out.
pub(super) fn is_plain_path(expr: &Expr) -> bool {
    let (base, links) = unchain(expr);
    let is_written_out = |link: &&Expr| match &link.kind {
        ExprKind::Index { key, .. } => matches!(key.kind, ExprKind::String(_) | ExprKind::Number(_)),
        _ => true,
    };
    matches!(base.kind, ExprKind::Variable(_)) && !links.is_empty() && links.iter().all(is_written_out)
}

fn resolve(root: &str, root_span: Span, links: &[&Expr], env: Env<'_>) -> Result<Resolved, Fault> {
    let steps: Vec<Step<'_>> = links.iter().map_while(|link| constant_step(link)).collect();
    let span = steps.last().map_or(root_span, |step| root_span.to(step.span));
    env.scope.resolve(&Reference { root, root_span, steps: &steps, span })
}

/// The name of a step that needs no evaluation.
pub(in crate::hcl) fn constant_step(link: &Expr) -> Option<Step<'_>> {
    match &link.kind {
        ExprKind::Attr { name, .. } => Some(Step { name: &name.name, span: name.span }),
        ExprKind::Index { key, .. } => match &key.kind {
            ExprKind::String(name) => Some(Step { name, span: key.span }),
            _ => None,
        },
        _ => None,
    }
}

fn follow(value: &Value, link: &Expr, env: Env<'_>) -> Outcome {
    match &link.kind {
        ExprKind::Attr { name, .. } => attribute(value, &name.name, name.span),
        ExprKind::Index { key, .. } => index(value, &eval_in(key, env)?, key.span),
        _ => Ok(value.clone()),
    }
}

/// `value.name`
pub(super) fn attribute(value: &Value, name: &str, span: Span) -> Outcome {
    let found = match &value.data {
        Data::Unknown(kind) => {
            Value::unknown(unknown_member(kind, name).ok_or_else(|| fault::no_attribute(value, name, span))?)
        }
        _ => value.find(name).cloned().ok_or_else(|| fault::no_attribute(value, name, span))?,
    };
    Ok(found.with_mark(value.sensitive))
}

/// The type of a member of something unknown; `None` if there can be no such member.
fn unknown_member(kind: &Type, name: &str) -> Option<Type> {
    match kind {
        Type::Dynamic => Some(Type::Dynamic),
        Type::Map(element) => Some((**element).clone()),
        Type::Object(attributes) => attributes.get(name).cloned(),
        _ => None,
    }
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value, span: Span) -> Outcome {
    if value.is_null() {
        return Err(fault::index_of_null(span));
    }
    if key.is_null() {
        return Err(fault::null_index(span));
    }
    let found = match &value.data {
        _ if key.is_unknown() => Value::unknown(value.type_of().element().cloned().unwrap_or(Type::Dynamic)),
        Data::List(_) | Data::Tuple(_) => element(value, key, span)?,
        Data::Map(_) | Data::Object(_) => entry(value, key, span)?,
        Data::Unknown(kind) => Value::unknown(kind.element().cloned().unwrap_or(Type::Dynamic)),
        _ => return Err(fault::no_index(value, span)),
    };
    Ok(found.with_mark(value.sensitive || key.sensitive))
}

fn element(value: &Value, key: &Value, span: Span) -> Outcome {
    let number = convert(key, &Type::Number).map_err(|misfit| fault::bad_index(value, &misfit, span))?;
    let items = value.items().unwrap_or_default();
    let position = number.as_number().and_then(Number::to_usize);
    match position.and_then(|at| items.get(at)) {
        Some(item) => Ok(item.clone()),
        None => Err(fault::out_of_range(value, &number, span)),
    }
}

fn entry(value: &Value, key: &Value, span: Span) -> Outcome {
    let text = convert(key, &Type::String).map_err(|misfit| fault::bad_index(value, &misfit, span))?;
    let name = text.as_str().unwrap_or_default();
    match value.find(name) {
        Some(item) => Ok(item.clone()),
        None => Err(fault::no_key(value, &text, span)),
    }
}
