//! Keys, values, look-up and merging.

use crate::hcl::functions::Function;
use crate::hcl::functions::ParamType;
use crate::hcl::functions::args::{Outcome, any, as_type, items_of, list_of, param, row, text, text_of};
use crate::hcl::value::Mapping;
use crate::hcl::{Data, FunctionError, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn rows() -> Vec<Function> {
    vec![
        row("keys", vec![any("inputMap").raw()], keys),
        row("lookup", vec![any("inputMap").raw(), text("key")], lookup).rest(any("default").or_null().raw()),
        row("merge", vec![], merge).rest(any("maps").or_null().raw()),
        row("transpose", vec![param("values", ParamType::MapOf(Type::list(Type::String)))], transpose),
        row("values", vec![any("mapping").raw()], values),
        row("zipmap", vec![list_of("keys", Type::String), any("values").raw()], zipmap),
    ]
}

fn needs_map(index: usize, value: &Value) -> FunctionError {
    let message = format!("a map or object is needed, this is {}", value.type_of().describe());
    FunctionError::argument(index, message)
}

fn keys(args: &[Value]) -> Outcome {
    let map = &args[0];
    let names =
        |entries: &BTreeMap<Arc<str>, Value>| entries.keys().cloned().map(Value::string).collect::<Vec<_>>();
    let keys = match &map.data {
        Data::Map(mapping) => Value::list(Type::String, names(&mapping.items)),
        Data::Object(entries) => Value::tuple(names(entries)),
        Data::Unknown(Type::Object(members)) => Value::tuple(members.keys().cloned().map(Value::string)),
        Data::Unknown(Type::Map(_)) => Value::unknown(Type::list(Type::String)),
        Data::Unknown(Type::Dynamic) => Value::UNKNOWN,
        _ => return Err(needs_map(0, map)),
    };
    Ok(keys.with_mark(map.sensitive))
}

fn values(args: &[Value]) -> Outcome {
    let map = &args[0];
    let values = match &map.data {
        Data::Map(mapping) => Value::list(mapping.element.clone(), mapping.items.values().cloned().collect()),
        Data::Object(entries) => Value::tuple(entries.values().cloned()),
        Data::Unknown(Type::Map(element)) => Value::unknown(Type::List(element.clone())),
        Data::Unknown(Type::Dynamic | Type::Object(_)) => Value::UNKNOWN,
        _ => return Err(needs_map(0, map)),
    };
    Ok(values.with_mark(map.sensitive))
}

fn lookup(args: &[Value]) -> Outcome {
    let (map, key) = (&args[0], text_of(args, 1));
    if args.len() > 3 {
        return Err(FunctionError::new(format!(
            "two or three arguments are wanted, {} were given",
            args.len()
        )));
    }
    let default = args.get(2);
    let mark = map.sensitive || default.is_some_and(|default| default.sensitive);
    let found = match &map.data {
        Data::Object(entries) => entries.get(key).or(default).cloned(),
        Data::Map(mapping) => {
            // Both ways must lead to one type, whichever is taken.
            let default = default.map(|default| default_for(default, &mapping.element)).transpose()?;
            mapping.items.get(key).cloned().or(default)
        }
        Data::Unknown(Type::Map(element)) => Some(Value::unknown(Type::clone(element))),
        Data::Unknown(Type::Dynamic | Type::Object(_)) => Some(Value::UNKNOWN),
        _ => return Err(needs_map(0, map)),
    };
    let found = found.ok_or_else(|| FunctionError {
        hint: Some("give a default as the third argument".into()),
        ..FunctionError::argument(1, format!("there is no key `{key}`"))
    })?;
    Ok(found.with_mark(mark))
}

fn default_for(default: &Value, element: &Type) -> Outcome {
    as_type(default, element).ok_or_else(|| {
        let message = format!("the default must be {}, like the elements of the map", element.describe());
        FunctionError::argument(2, message)
    })
}

/// Maps of one type make such a map, anything else an object. Null adds nothing.
fn merge(args: &[Value]) -> Outcome {
    let mark = args.iter().any(|arg| arg.sensitive);
    for (index, arg) in args.iter().enumerate() {
        match &arg.data {
            Data::Map(_) | Data::Object(_) | Data::Null(Type::Dynamic | Type::Map(_) | Type::Object(_)) => {}
            Data::Unknown(Type::Dynamic | Type::Map(_) | Type::Object(_)) => {
                return Ok(Value::UNKNOWN.with_mark(mark));
            }
            _ => return Err(needs_map(index, arg)),
        }
    }
    let mut entries = BTreeMap::new();
    for (index, part) in args.iter().filter_map(Value::entries).enumerate() {
        if index == 0 {
            entries.clone_from(part);
        } else {
            entries.extend(part.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    let data = match element_of_all(args) {
        Some(element) => Data::Map(Arc::new(Mapping { element, items: entries })),
        None => Data::Object(Arc::new(entries)),
    };
    Ok(Value::from(data).with_mark(mark))
}

fn element_of_all(maps: &[Value]) -> Option<Type> {
    let element = |value: &Value| match value.type_of() {
        Type::Map(element) => Some(Type::clone(&element)),
        _ => None,
    };
    let (first, rest) = maps.split_first()?;
    let wanted = element(first)?;
    rest.iter().all(|map| element(map).as_ref() == Some(&wanted)).then_some(wanted)
}

fn zipmap(args: &[Value]) -> Outcome {
    let (keys, values) = (items_of(args, 0), &args[1]);
    let element = match &values.data {
        Data::List(sequence) => Some(sequence.element.clone()),
        Data::Tuple(_) => None,
        Data::Unknown(_) => return Ok(Value::UNKNOWN.with_mark(values.sensitive)),
        _ => return Err(FunctionError::argument(1, "a list or tuple is needed")),
    };
    let items = values.items().unwrap_or_default();
    if keys.len() != items.len() {
        let message = format!("there are {} keys, but {} values", keys.len(), items.len());
        return Err(FunctionError::new(message));
    }
    let mut entries = BTreeMap::new();
    for (index, (key, value)) in keys.iter().zip(items).enumerate() {
        let Data::String(key) = &key.data else {
            if key.is_unknown() {
                return Ok(Value::UNKNOWN.with_mark(values.sensitive));
            }
            return Err(FunctionError::argument(0, format!("key {index} is null")));
        };
        entries.insert(key.clone(), value.clone());
    }
    let data = match element {
        Some(element) => Data::Map(Arc::new(Mapping { element, items: entries })),
        None => Data::Object(Arc::new(entries)),
    };
    Ok(Value::from(data).with_mark(values.sensitive))
}

fn transpose(args: &[Value]) -> Outcome {
    let mut names: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, texts) in args[0].entries().into_iter().flatten() {
        let Some(texts) = texts.items() else {
            return Err(FunctionError::argument(0, format!("the list of `{key}` is null")));
        };
        for text in texts {
            let Data::String(text) = &text.data else {
                return Err(FunctionError::argument(
                    0,
                    format!("the list of `{key}` has an element that is null"),
                ));
            };
            names.entry(text.clone()).or_default().push(Value::string(key.clone()));
        }
    }
    let items = names.into_iter().map(|(text, keys)| (text, Value::list(Type::String, keys))).collect();
    let element = Type::list(Type::String);
    Ok(Data::Map(Arc::new(Mapping { element, items })).into())
}
