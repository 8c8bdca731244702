//! Building and rearranging lists.

use crate::hcl::functions::Function;
use crate::hcl::functions::args::{
    Outcome, any, as_type, items_of, list_of, number, number_of, row, same, whole,
};
use crate::hcl::{Casts, Data, FunctionError, Number, Type, Value, unify};
use std::collections::HashSet;

pub fn rows() -> Vec<Function> {
    vec![
        row("chunklist", vec![list_of("list", Type::Dynamic).raw(), number("size")], chunklist),
        row("compact", vec![list_of("list", Type::String)], compact),
        row("concat", vec![], concat).rest(any("seqs").raw()),
        row("distinct", vec![list_of("list", Type::Dynamic)], distinct),
        row("flatten", vec![any("list").raw()], flatten),
        row("list", vec![], |_| gone("list", "tolist([…])")).rest(any("vals").or_null().raw()),
        row("map", vec![], |_| gone("map", "tomap({…})")).rest(any("vals").or_null().raw()),
        row("range", vec![], range).rest(number("params")),
        row("reverse", vec![any("list").raw()], reverse),
        row("sort", vec![list_of("list", Type::String)], sort),
    ]
}

fn gone(name: &str, instead: &str) -> Outcome {
    let hint = Some(format!("write {instead}"));
    Err(FunctionError { hint, ..FunctionError::new(format!("{name} is no longer part of the language")) })
}

fn element_of(value: &Value) -> Type {
    match &value.data {
        Data::List(sequence) | Data::Set(sequence) => sequence.element.clone(),
        _ => Type::Dynamic,
    }
}

fn chunklist(args: &[Value]) -> Outcome {
    if args[0].is_unknown() {
        return Ok(Value::UNKNOWN.with_mark(args[0].sensitive));
    }
    let items = items_of(args, 0);
    let size = usize::try_from(whole(args, 1)?)
        .map_err(|_| FunctionError::argument(1, "the size of a chunk must not be negative"))?;
    let element = element_of(&args[0]);
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(element.clone(), chunk.to_vec())).collect();
    Ok(Value::list(Type::list(element), chunks).with_mark(args[0].sensitive))
}

fn compact(args: &[Value]) -> Outcome {
    let items = items_of(args, 0);
    if items.iter().any(Value::is_unknown) {
        return Ok(Value::unknown(Type::list(Type::String)));
    }
    Ok(Value::list(
        Type::String,
        items.iter().filter(|item| item.as_str().is_some_and(|text| !text.is_empty())).cloned().collect(),
    ))
}

/// Lists whose elements agree make a list, anything else a tuple.
fn concat(args: &[Value]) -> Outcome {
    if args.is_empty() {
        return Err(FunctionError::new("at least one list is needed"));
    }
    let mark = args.iter().any(|arg| arg.sensitive);
    let mut elements = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        match &arg.data {
            Data::List(sequence) => elements.push(sequence.element.clone()),
            Data::Tuple(_) => {}
            Data::Unknown(Type::Dynamic | Type::List(_) | Type::Tuple(_)) => {
                return Ok(Value::UNKNOWN.with_mark(mark));
            }
            _ => {
                let message = format!("lists and tuples can be joined, this is {}", arg.type_of().describe());
                return Err(FunctionError::argument(index, message));
            }
        }
    }
    let items = || args.iter().filter_map(Value::items).flatten();
    if elements.len() == args.len()
        && let Some(element) = unify(&elements, Casts::Any)
    {
        let same = elements.iter().all(|other| *other == element);
        let converted = if same {
            Some(items().cloned().collect())
        } else {
            items().map(|item| as_type(item, &element)).collect()
        };
        if let Some(converted) = converted {
            return Ok(Value::list(element, converted).with_mark(mark));
        }
    }
    Ok(Value::tuple(items().cloned()).with_mark(mark))
}

fn distinct(args: &[Value]) -> Outcome {
    let items = items_of(args, 0);
    let mut texts = HashSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let new = match item.as_str() {
            Some(text) => texts.insert(text),
            None => !kept.iter().any(|other| same(other, item)),
        };
        if new {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(element_of(&args[0]), kept))
}

/// Lists in lists, at any depth, become one tuple.
fn flatten(args: &[Value]) -> Outcome {
    let mut flat = Vec::new();
    let mut state = Flattened { mark: false, known: true };
    match args[0].data {
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => state.collect(&args[0], &mut flat),
        Data::Unknown(_) => return Ok(args[0].clone()),
        _ => {
            let message = format!("a list, set or tuple is needed, this is {}", args[0].type_of().describe());
            return Err(FunctionError::argument(0, message));
        }
    }
    Ok((if state.known { Value::tuple(flat) } else { Value::UNKNOWN }).with_mark(state.mark))
}

struct Flattened {
    mark: bool,
    known: bool,
}

impl Flattened {
    fn collect(&mut self, list: &Value, flat: &mut Vec<Value>) {
        self.mark |= list.sensitive;
        for item in list.items().unwrap_or_default() {
            match &item.data {
                Data::List(_) | Data::Set(_) | Data::Tuple(_) => self.collect(item, flat),
                // It may turn out to be a list.
                Data::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                    self.known = false
                }
                _ => flat.push(item.clone()),
            }
        }
    }
}

/// More than this is a slip.
const LONGEST_RANGE: usize = 1024;

fn range(args: &[Value]) -> Outcome {
    let number = |index| number_of(args, index).clone();
    let zero = Number::ZERO;
    let (start, end) = match args.len() {
        1 => (zero.clone(), number(0)),
        2 | 3 => (number(0), number(1)),
        _ => {
            return Err(FunctionError::new(
                "one to three numbers are wanted: an end, or a start, an end and a step",
            ));
        }
    };
    let down = end < start;
    let step = if args.len() == 3 { number(2) } else { Number::from(if down { -1_i64 } else { 1 }) };
    if down && step > zero {
        return Err(FunctionError::argument(
            1,
            "the end must be greater than the start when the step is positive",
        ));
    }
    if !down && step < zero && start != end {
        return Err(FunctionError::argument(
            1,
            "the end must be less than the start when the step is negative",
        ));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if items.len() == LONGEST_RANGE {
            let message = format!("a range has at most {LONGEST_RANGE} numbers");
            return Err(FunctionError {
                hint: Some("use a greater step or a nearer end".into()),
                ..FunctionError::new(message)
            });
        }
        items.push(Value::number(next.clone()));
        next = next.add(&step).map_err(|fault| FunctionError::new(fault.to_string()))?;
    }
    Ok(Value::list(Type::Number, items))
}

fn reverse(args: &[Value]) -> Outcome {
    let value = &args[0];
    let backwards = || value.items().unwrap_or_default().iter().rev().cloned();
    let reversed = match &value.data {
        Data::List(sequence) | Data::Set(sequence) => {
            Value::list(sequence.element.clone(), backwards().collect())
        }
        Data::Tuple(_) => Value::tuple(backwards()),
        Data::Unknown(_) => Value::UNKNOWN,
        _ => {
            let message = format!("a list or tuple is needed, this is {}", value.type_of().describe());
            return Err(FunctionError::argument(0, message));
        }
    };
    Ok(reversed.with_mark(value.sensitive))
}

fn sort(args: &[Value]) -> Outcome {
    let items = items_of(args, 0);
    if items.iter().any(Value::is_unknown) {
        return Ok(Value::unknown(Type::list(Type::String)));
    }
    if let Some(index) = items.iter().position(Value::is_null) {
        return Err(FunctionError::argument(
            0,
            format!("element {index} is null and has no place in an order"),
        ));
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
    Ok(Value::list(Type::String, sorted))
}
