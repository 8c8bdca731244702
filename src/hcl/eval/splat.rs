//! `base[*].name`: one result for each element.

use super::frame::Env;
use super::{Outcome, access, eval_in, fault};
use crate::diag::Span;
use crate::hcl::ast::{Expr, SplatStep};
use crate::hcl::{Data, Type, Value};

pub(super) fn eval_splat(base: &Expr, steps: &[SplatStep], env: Env<'_>) -> Outcome {
    over_elements(&eval_in(base, env)?, base.span, steps, env)
}

/// A single value counts as a tuple of one, null as a tuple of none.
fn over_elements(base: &Value, span: Span, steps: &[SplatStep], env: Env<'_>) -> Outcome {
    let result = match &base.data {
        Data::Null(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => return Err(fault::splat_of_null(span)),
        Data::Null(_) => Value::tuple([]),
        Data::Unknown(_) => Value::UNKNOWN,
        Data::List(sequence) | Data::Set(sequence) => {
            as_list(each(&sequence.items, steps, env)?, &sequence.element, steps, env)
        }
        Data::Tuple(items) => Value::tuple(each(items, steps, env)?),
        _ => Value::tuple([walk(base, steps, env)?]),
    };
    Ok(result.with_mark(base.sensitive))
}

fn each(items: &[Value], steps: &[SplatStep], env: Env<'_>) -> Result<Vec<Value>, super::Fault> {
    items.iter().map(|item| walk(item, steps, env)).collect()
}

/// The results over a list or set are a list, as far as they are of one type.
fn as_list(items: Vec<Value>, element: &Type, steps: &[SplatStep], env: Env<'_>) -> Value {
    let Some(first) = items.first() else {
        let kind = walk(&Value::unknown(element.clone()), steps, env).map(|item| item.type_of());
        return Value::list(kind.unwrap_or(Type::Dynamic), items);
    };
    let kind = first.type_of();
    if items.iter().all(|item| item.type_of() == kind) {
        Value::list(kind, items)
    } else {
        Value::tuple(items)
    }
}

fn walk(value: &Value, steps: &[SplatStep], env: Env<'_>) -> Outcome {
    let mut value = value.clone();
    for step in steps {
        value = match step {
            SplatStep::Attr(name) => access::attribute(&value, &name.name, name.span)?,
            SplatStep::Index(key) => access::index(&value, &eval_in(key, env)?, key.span)?,
            SplatStep::Splat { steps, span, .. } => over_elements(&value, *span, steps, env)?,
        };
    }
    Ok(value)
}
