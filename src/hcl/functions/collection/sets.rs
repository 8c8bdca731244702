//! Sets: union, intersection, difference, product.

use crate::hcl::functions::Function;
use crate::hcl::functions::ParamType;
use crate::hcl::functions::args::{Outcome, any, as_type, fits_many, param, row};
use crate::hcl::order::compare;
use crate::hcl::{Casts, Data, FunctionError, Type, Value, unify};

pub fn rows() -> Vec<Function> {
    let set = |name| param(name, ParamType::SetOf(Type::Dynamic));
    vec![
        row("setintersection", vec![set("first_set")], |args| combine(args, intersection))
            .rest(set("other_sets")),
        row("setproduct", vec![], setproduct).rest(any("sets").raw()),
        row("setsubtract", vec![set("a"), set("b")], |args| combine(args, difference)),
        row("setunion", vec![set("first_set")], |args| combine(args, union)).rest(set("other_sets")),
    ]
}

fn union(left: Vec<Value>, right: &[Value]) -> Vec<Value> {
    [left.as_slice(), right].concat()
}

fn intersection(left: Vec<Value>, right: &[Value]) -> Vec<Value> {
    left.into_iter().filter(|item| has(right, item)).collect()
}

fn difference(left: Vec<Value>, right: &[Value]) -> Vec<Value> {
    left.into_iter().filter(|item| !has(right, item)).collect()
}

/// Looks into the elements of a set, which are in order.
fn has(set: &[Value], item: &Value) -> bool {
    set.binary_search_by(|other| compare(other, item)).is_ok()
}

fn element_of(value: &Value) -> Type {
    match &value.data {
        Data::List(sequence) | Data::Set(sequence) => sequence.element.clone(),
        _ => Type::Dynamic,
    }
}

/// Folds sets, brought to one type.
fn combine(args: &[Value], fold: fn(Vec<Value>, &[Value]) -> Vec<Value>) -> Outcome {
    // An empty set of no type fits everywhere; one of a type has its say.
    let is_blank =
        |set: &&Value| element_of(set) == Type::Dynamic && set.items().is_some_and(<[_]>::is_empty);
    let elements: Vec<Type> = args.iter().filter(|set| !is_blank(set)).map(element_of).collect();
    let fault = || FunctionError::new("the elements of all sets must be of one type");
    let element = match elements.as_slice() {
        [] => args.first().map_or(Type::Dynamic, element_of),
        elements => unify(elements, Casts::Any).ok_or_else(fault)?,
    };
    if element == Type::Dynamic && elements.iter().any(|own| *own != Type::Dynamic) {
        // Bare nulls beside structures.
        return Err(fault());
    }
    if args.iter().any(|arg| !arg.is_wholly_known()) {
        return Ok(Value::unknown(Type::set(element)));
    }
    let mut result: Option<Vec<Value>> = None;
    for set in args {
        let items = set.items().unwrap_or_default().iter().map(|item| as_type(item, &element));
        let set = Value::set(element.clone(), items.collect::<Option<_>>().ok_or_else(fault)?);
        let items = set.items().unwrap_or_default();
        result = Some(match result {
            None => items.to_vec(),
            Some(before) => fold(before, items),
        });
    }
    Ok(Value::set(element, result.unwrap_or_default()))
}

/// Every combination, the last set running fastest; a set if one of the arguments is one.
fn setproduct(args: &[Value]) -> Outcome {
    if args.len() < 2 {
        return Err(FunctionError::new("at least two sets are needed"));
    }
    let mark = args.iter().any(|arg| arg.sensitive);
    if args.iter().any(Value::is_unknown) {
        return Ok(Value::UNKNOWN.with_mark(mark));
    }
    let ordered = !args.iter().any(|arg| matches!(arg.type_of(), Type::Set(_)));
    let mut columns: Vec<Vec<Value>> = Vec::with_capacity(args.len());
    let mut elements = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        let Some(column) = as_type(arg, &Type::list(Type::Dynamic)) else {
            return Err(FunctionError::argument(index, "a list or set is needed"));
        };
        elements.push(element_of(&column));
        columns.push(column.items().unwrap_or_default().to_vec());
    }
    let count = columns.iter().try_fold(1usize, |count, column| count.checked_mul(column.len()));
    fits_many(count.and_then(|count| count.checked_mul(columns.len())))?;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for column in &columns {
        let longer = |row: &Vec<Value>, item: &Value| [row.as_slice(), std::slice::from_ref(item)].concat();
        rows = rows.iter().flat_map(|row| column.iter().map(move |item| longer(row, item))).collect();
    }
    let tuple = Type::Tuple(elements.into());
    let rows = rows.into_iter().map(Value::tuple).collect();
    let product = if ordered { Value::list(tuple, rows) } else { Value::set(tuple, rows) };
    Ok(product.with_mark(mark))
}
