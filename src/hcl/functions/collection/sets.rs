//! Sets: union, intersection, difference, product.

use crate::hcl::functions::Function;
use crate::hcl::functions::ParamType;
use crate::hcl::functions::args::{Outcome, any, as_type, kind_of, list, param, row, unify, unknown_as};
use crate::hcl::{Data, FunctionError, Type, Value};
use std::sync::Arc;

pub fn rows() -> Vec<Function> {
    let set = |name| param(name, ParamType::SetOf(Type::Dynamic));
    vec![
        row("setintersection", vec![set("first_set")], |args| {
            combine(args, |left, right| left.into_iter().filter(|item| right.contains(item)).collect())
        })
        .rest(set("other_sets")),
        row("setproduct", vec![], setproduct).rest(any("sets")),
        row("setsubtract", vec![set("a"), set("b")], |args| {
            combine(args, |left, right| left.into_iter().filter(|item| !right.contains(item)).collect())
        }),
        row("setunion", vec![set("first_set")], |args| {
            combine(args, |mut left, right| {
                left.extend(right);
                left
            })
        })
        .rest(set("other_sets")),
    ]
}

fn element_of(value: &Value) -> Type {
    match &value.data {
        Data::List(sequence) | Data::Set(sequence) => sequence.element.clone(),
        _ => Type::Dynamic,
    }
}

/// A set of these elements, ordered and without repeats.
fn set_of(element: Type, items: Vec<Value>) -> Outcome {
    as_type(&list(element.clone(), items), &Type::Set(Arc::new(element)))
        .ok_or_else(|| FunctionError::new("the elements do not make a set"))
}

/// Folds sets of one type.
fn combine(args: &[Value], fold: fn(Vec<Value>, Vec<Value>) -> Vec<Value>) -> Outcome {
    let elements: Vec<Type> =
        args.iter().filter(|set| set.items().is_some_and(|items| !items.is_empty())).map(element_of).collect();
    let fault = || FunctionError::new("the elements of all sets must be of one type");
    let element = if elements.is_empty() { Type::Dynamic } else { unify(&elements).ok_or_else(fault)? };
    if args.iter().any(|arg| !arg.is_known()) {
        return Ok(unknown_as(Type::Set(Arc::new(element))));
    }
    let mut sets = Vec::with_capacity(args.len());
    for set in args {
        let items = set.items().unwrap_or_default().iter().map(|item| as_type(item, &element));
        sets.push(items.collect::<Option<Vec<_>>>().ok_or_else(fault)?);
    }
    set_of(element, sets.into_iter().reduce(fold).unwrap_or_default())
}

/// Every combination, the last set running fastest; a set if one of the arguments is one.
fn setproduct(args: &[Value]) -> Outcome {
    if args.len() < 2 {
        return Err(FunctionError::new("at least two sets are needed"));
    }
    let ordered = !args.iter().any(|arg| matches!(kind_of(arg), Type::Set(_)));
    let mut columns: Vec<Vec<Value>> = Vec::with_capacity(args.len());
    let mut elements = Vec::with_capacity(args.len());
    for (index, arg) in args.iter().enumerate() {
        let Some(column) = as_type(arg, &Type::List(Arc::new(Type::Dynamic))) else {
            return Err(FunctionError::argument(index, "a list or set is needed"));
        };
        elements.push(element_of(&column));
        columns.push(column.items().unwrap_or_default().to_vec());
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for column in &columns {
        let longer = |row: &Vec<Value>, item: &Value| [row.as_slice(), std::slice::from_ref(item)].concat();
        rows = rows.iter().flat_map(|row| column.iter().map(move |item| longer(row, item))).collect();
    }
    let tuple = Type::Tuple(elements.into());
    let rows = rows.into_iter().map(Value::tuple).collect();
    if ordered { Ok(list(tuple, rows)) } else { set_of(tuple, rows) }
}
