//! One out of many: the first that is there, the only one, whether all or any are true, the sum.

use crate::hcl::functions::Function;
use crate::hcl::functions::args::{Outcome, any, as_type, items_of, list_of, row};
use crate::hcl::{Casts, Data, FunctionError, Number, Type, Value, unify};

pub fn rows() -> Vec<Function> {
    vec![
        row("alltrue", vec![list_of("list", Type::Bool)], |args| quantify(args, false)),
        row("anytrue", vec![list_of("list", Type::Bool)], |args| quantify(args, true)),
        row("coalesce", vec![], coalesce).rest(any("vals").or_null().open()),
        row("coalescelist", vec![], coalescelist).rest(any("vals").or_null().open()),
        row("one", vec![any("list")], one),
        row("sum", vec![any("list")], sum),
    ]
}

/// The element that decides, or else its opposite; null is false.
fn quantify(args: &[Value], decisive: bool) -> Outcome {
    let items = items_of(args, 0);
    if items.iter().any(|item| !item.is_unknown() && item.as_bool().unwrap_or(false) == decisive) {
        return Ok(Value::bool(decisive));
    }
    let open = items.iter().any(Value::is_unknown);
    Ok(if open { Value::unknown(Type::Bool) } else { Value::bool(!decisive) })
}

fn coalesce(args: &[Value]) -> Outcome {
    let kinds: Vec<Type> = args.iter().map(Value::type_of).collect();
    let fault = || FunctionError::new("the arguments must be of one type");
    let common = unify(&kinds, Casts::Any).ok_or_else(fault)?;
    for arg in args {
        if arg.is_unknown() {
            return Ok(Value::unknown(common));
        }
        let value = as_type(arg, &common).ok_or_else(fault)?;
        if !value.is_null() && (common != Type::String || value.as_str() != Some("")) {
            return Ok(value);
        }
    }
    Err(FunctionError::new("every argument is null or an empty string"))
}

fn coalescelist(args: &[Value]) -> Outcome {
    if args.is_empty() {
        return Err(FunctionError::new("at least one list is needed"));
    }
    for (index, arg) in args.iter().enumerate() {
        match arg.type_of() {
            Type::List(_) | Type::Tuple(_) => {}
            _ if arg.is_unknown() => {}
            _ => return Err(FunctionError::argument(index, "a list or tuple is needed")),
        }
    }
    for arg in args {
        if arg.is_unknown() || arg.items().is_some_and(|items| !items.is_empty()) {
            return Ok(arg.clone());
        }
    }
    Err(FunctionError::new("every list is null or empty"))
}

fn one(args: &[Value]) -> Outcome {
    match args[0].items() {
        Some([]) => Ok(match &args[0].data {
            Data::List(sequence) | Data::Set(sequence) => Data::Null(sequence.element.clone()).into(),
            _ => Value::NULL,
        }),
        Some([only]) => Ok(only.clone()),
        Some(items) => Err(FunctionError::argument(
            0,
            format!("none or one element is wanted, there are {}", items.len()),
        )),
        None => Err(FunctionError::argument(0, "a list, set or tuple is needed")),
    }
}

fn sum(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else {
        let message =
            format!("a list, set or tuple of numbers is needed, this is {}", args[0].type_of().describe());
        return Err(FunctionError::argument(0, message));
    };
    if items.is_empty() {
        return Err(FunctionError::argument(0, "an empty list has no sum"));
    }
    let mut total: Option<Number> = None;
    let mut open = false;
    for (index, item) in items.iter().enumerate() {
        match as_type(item, &Type::Number).map(|item| item.data) {
            Some(Data::Number(number)) => {
                total = Some(match total {
                    None => number,
                    Some(total) => {
                        total.add(&number).map_err(|fault| FunctionError::new(fault.to_string()))?
                    }
                });
            }
            Some(Data::Unknown(_)) => open = true,
            _ => return Err(FunctionError::argument(0, format!("element {index} is not a number"))),
        }
    }
    Ok(match total {
        Some(total) if !open => Value::number(total),
        _ => Value::unknown(Type::Number),
    })
}
