//! Finding, counting and cutting out elements.

use super::super::string;
use crate::hcl::functions::Function;
use crate::hcl::functions::args::{Outcome, any, as_type, items_of, list_of, number, row, same, whole};
use crate::hcl::{Casts, Data, FunctionError, Type, Value, unify};

pub fn rows() -> Vec<Function> {
    vec![
        row("contains", vec![any("list"), any("value")], contains),
        row("element", vec![any("list").raw(), number("index")], element),
        row("index", vec![any("list"), any("value")], index),
        row("length", vec![any("value").raw()], length),
        row(
            "matchkeys",
            vec![
                list_of("values", Type::Dynamic),
                list_of("keys", Type::Dynamic),
                list_of("searchset", Type::Dynamic),
            ],
            matchkeys,
        ),
        row("slice", vec![any("list").raw(), number("start_index"), number("end_index")], slice),
    ]
}

fn contains(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else {
        return Err(FunctionError::argument(0, "a list, set or tuple is needed"));
    };
    if items.iter().any(|item| same(item, &args[1])) {
        return Ok(Value::bool(true));
    }
    let open = items.iter().chain([&args[1]]).any(|value| !value.is_wholly_known());
    Ok(if open { Value::unknown(Type::Bool) } else { Value::bool(false) })
}

fn index(args: &[Value]) -> Outcome {
    let items = match &args[0].data {
        Data::List(_) | Data::Tuple(_) => items_of(args, 0),
        _ => return Err(FunctionError::argument(0, "a list or tuple is needed")),
    };
    if let Some(at) = items.iter().position(|item| same(item, &args[1])) {
        return Ok(Value::number(at));
    }
    if items.iter().any(|item| !item.is_wholly_known()) {
        return Ok(Value::unknown(Type::Number));
    }
    Err(FunctionError::argument(1, "the list has no such element"))
}

/// Beyond the end it starts over; a negative index counts from the end.
fn element(args: &[Value]) -> Outcome {
    let value = &args[0];
    let items = match &value.data {
        Data::List(_) | Data::Tuple(_) => items_of(args, 0),
        Data::Unknown(Type::List(element)) => {
            return Ok(Value::unknown(Type::clone(element)).with_mark(value.sensitive));
        }
        Data::Unknown(_) => return Ok(Value::UNKNOWN.with_mark(value.sensitive)),
        _ => {
            let message = format!("a list or tuple is needed, this is {}", value.type_of().describe());
            return Err(FunctionError::argument(0, message));
        }
    };
    let index = whole(args, 1)?;
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Err(FunctionError::argument(0, "an empty list has no elements"));
    }
    let at = usize::try_from(index.rem_euclid(count)).unwrap_or(0);
    Ok(items.get(at).cloned().unwrap_or(Value::NULL).with_mark(value.sensitive))
}

fn length(args: &[Value]) -> Outcome {
    let value = &args[0];
    let count = match &value.data {
        Data::String(text) => string::length(text),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => items_of(args, 0).len(),
        Data::Map(_) | Data::Object(_) => value.entries().map_or(0, |entries| entries.len()),
        Data::Unknown(Type::Tuple(items)) => items.len(),
        Data::Unknown(Type::Object(members)) => members.len(),
        Data::Unknown(Type::Bool | Type::Number) | Data::Bool(_) | Data::Number(_) | Data::Null(_) => {
            let message = format!("{} has no length", value.type_of().describe());
            return Err(FunctionError::argument(0, message));
        }
        Data::Unknown(_) => return Ok(Value::unknown(Type::Number).with_mark(value.sensitive)),
    };
    Ok(Value::number(count).with_mark(value.sensitive))
}

/// The values at those places where the key is in the search set.
fn matchkeys(args: &[Value]) -> Outcome {
    let (values, keys, wanted) = (items_of(args, 0), items_of(args, 1), items_of(args, 2));
    let element = |index: usize| match &args[index].data {
        Data::List(sequence) => sequence.element.clone(),
        _ => Type::Dynamic,
    };
    let common = unify(&[element(1), element(2)], Casts::Any)
        .ok_or_else(|| FunctionError::argument(2, "the search set and the keys must be of one type"))?;
    if values.len() != keys.len() {
        let message = format!("there are {} values, but {} keys", values.len(), keys.len());
        return Err(FunctionError::new(message));
    }
    let convert =
        |items: &[Value]| items.iter().map(|item| as_type(item, &common)).collect::<Option<Vec<_>>>();
    let (Some(keys), Some(wanted)) = (convert(keys), convert(wanted)) else {
        return Err(FunctionError::argument(2, "the search set and the keys must be of one type"));
    };
    let matching = values.iter().zip(&keys).filter(|(_, key)| wanted.iter().any(|other| same(other, key)));
    Ok(Value::list(element(0), matching.map(|(value, _)| value.clone()).collect()))
}

fn slice(args: &[Value]) -> Outcome {
    let value = &args[0];
    let items = match &value.data {
        Data::List(_) | Data::Tuple(_) => items_of(args, 0),
        Data::Unknown(Type::List(element)) => {
            return Ok(Value::unknown(Type::List(element.clone())).with_mark(value.sensitive));
        }
        Data::Unknown(_) => return Ok(Value::UNKNOWN.with_mark(value.sensitive)),
        Data::Set(_) => {
            return Err(FunctionError {
                hint: Some("convert it with tolist first".into()),
                ..FunctionError::argument(0, "the elements of a set have no places to cut at")
            });
        }
        _ => return Err(FunctionError::argument(0, "a list or tuple is needed")),
    };
    let place = |index: usize| -> Result<usize, FunctionError> {
        usize::try_from(whole(args, index)?).ok().filter(|at| *at <= items.len()).ok_or_else(|| {
            FunctionError::argument(index, format!("the index must lie between 0 and {}", items.len()))
        })
    };
    let (start, end) = (place(1)?, place(2)?);
    if start > end {
        return Err(FunctionError::argument(1, "the start must not lie behind the end"));
    }
    let part = &items[start..end];
    let cut = match &value.data {
        Data::List(sequence) => Value::list(sequence.element.clone(), part.to_vec()),
        _ => Value::tuple(part.iter().cloned()),
    };
    Ok(cut.with_mark(value.sensitive))
}
