//! `condition ? yes : no`. One branch gives the value, both give the type: `true ? 1 : "a"` is `"1"`.

use super::condition::eval_condition;
use super::frame::Env;
use super::outline::outline;
use super::{Outcome, call, eval_in, fault};
use crate::diag::Span;
use crate::hcl::ast::Expr;
use crate::hcl::{Casts, Data, Type, Value, convert, unify};

pub(super) fn eval_conditional(condition: &Expr, yes: &Expr, no: &Expr, env: Env<'_>) -> Outcome {
    let test = eval_condition(condition, env)?;
    let Some(answer) = test.as_bool() else {
        let either = [yes, no].map(|branch| eval_in(branch, env).unwrap_or(Value::UNKNOWN));
        let kind = unify(&either.each_ref().map(Value::type_of), Casts::Any).unwrap_or(Type::Dynamic);
        let sensitive = test.sensitive || either.iter().any(|value| value.sensitive);
        return Ok(Value::unknown(kind).with_mark(sensitive));
    };
    let (taken, other) = if answer { (yes, no) } else { (no, yes) };
    let value = eval_in(taken, env)?;
    let value = if call::calls_only_free(other, env.scope) {
        let other = outline(other, env);
        as_one_type(value, &other, yes.span.to(no.span))?.with_mark(other.sensitive)
    } else {
        value
    };
    Ok(value.with_mark(test.sensitive))
}

/// The value of a part that does not decide. `None` if it has a fault, or if it calls a function that does something
/// or is costly.
pub(super) fn speculate(expr: &Expr, env: Env<'_>) -> Option<Value> {
    if call::calls_only_free(expr, env.scope) { eval_in(expr, env).ok() } else { None }
}

fn as_one_type(value: Value, other: &Value, span: Span) -> Outcome {
    let untyped =
        |value: &Value| matches!(value.data, Data::Null(Type::Dynamic) | Data::Unknown(Type::Dynamic));
    if untyped(other) || matches!(value.data, Data::Unknown(Type::Dynamic)) || same_primitive(&value, other) {
        return Ok(value);
    }
    if untyped(&value) {
        return Ok(Value::null(other.type_of()).with_mark(value.sensitive));
    }
    let (own, others) = (value.type_of(), other.type_of());
    if own == others {
        return Ok(value);
    }
    // Beside a collection of anything, elements stay as they are.
    let beside_collection = others.element().is_some();
    let unified = unify(&[own, others], Casts::Any);
    let unified = unified.filter(|kind| !beside_collection || !leaves_open(kind) || is_even(&value));
    let unified = unified.and_then(|kind| convert(&value, &kind).ok());
    match unified {
        Some(value) => Ok(value),
        None => Err(fault::branches(&value, other, span)),
    }
}

/// A collection of anything.
fn leaves_open(kind: &Type) -> bool {
    matches!(kind, Type::List(element) | Type::Map(element) if **element == Type::Dynamic)
}

/// Whether the elements are of one type as they are.
fn is_even(value: &Value) -> bool {
    let mut types = value.children().map(Value::type_of);
    let first = types.next();
    types.all(|other| Some(&other) == first.as_ref())
}

fn same_primitive(left: &Value, right: &Value) -> bool {
    matches!(
        (&left.data, &right.data),
        (Data::Bool(_), Data::Bool(_))
            | (Data::Number(_), Data::Number(_))
            | (Data::String(_), Data::String(_))
    )
}
