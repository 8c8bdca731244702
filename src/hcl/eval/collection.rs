//! Objects, and `for` expressions over collections.

use super::condition::eval_condition;
use super::frame::Env;
use super::{Fault, Outcome, access, eval_in, fault};
use crate::diag::Span;
use crate::hcl::ast::{Expr, ForExpr, ObjectItem, ObjectKey};
use crate::hcl::{Data, Type, Value, convert};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// `{ key = value }`. Of repeated keys the last one wins.
pub(super) fn eval_object(items: &[ObjectItem], env: Env<'_>) -> Outcome {
    eval_object_with(items, env, eval_in)
}

/// The same, with another way to work out the values.
pub(super) fn eval_object_with(
    items: &[ObjectItem],
    env: Env<'_>,
    eval_value: fn(&Expr, Env<'_>) -> Outcome,
) -> Outcome {
    let mut entries = BTreeMap::new();
    let (mut unknown, mut sensitive) = (false, false);
    for item in items {
        let key = match &item.key {
            ObjectKey::Bare(name) => Key::Known(name.name.clone(), false),
            ObjectKey::Expr(expr) if access::is_plain_path(expr) => {
                return Err(fault::ambiguous_key(expr.span));
            }
            ObjectKey::Expr(expr) => eval_key(expr, env)?,
        };
        let value = eval_value(&item.value, env)?;
        match key {
            Key::Known(name, marked) => {
                sensitive |= marked;
                entries.insert(name, value);
            }
            Key::Unknown => unknown = true,
        }
    }
    let object = if unknown { Value::UNKNOWN } else { Data::Object(Arc::new(entries)).into() };
    Ok(object.with_mark(sensitive))
}

enum Key {
    /// The name, and whether it must never be shown.
    Known(Arc<str>, bool),
    Unknown,
}

fn eval_key(expr: &Expr, env: Env<'_>) -> Result<Key, Fault> {
    let value = eval_in(expr, env)?;
    if value.is_null() {
        return Err(fault::null_key(expr.span));
    }
    let text = convert(&value, &Type::String).map_err(|misfit| fault::key(&misfit, expr.span))?;
    Ok(match text.data {
        Data::String(name) => Key::Known(name, text.sensitive),
        _ => Key::Unknown,
    })
}

/// The collection of a `for`, known and not null.
pub(super) struct Rounds(Value);

impl Rounds {
    /// `None` if the collection is unknown.
    pub fn of(collection: &Expr, env: Env<'_>) -> Result<Option<Self>, Fault> {
        let value = eval_in(collection, env)?;
        match &value.data {
            Data::Null(_) => Err(fault::for_over_null(collection.span)),
            Data::Unknown(_) => Ok(None),
            Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                Err(fault::for_over(&value, collection.span))
            }
            _ => Ok(Some(Self(value))),
        }
    }

    pub fn sensitive(&self) -> bool {
        self.0.sensitive
    }

    /// Hands key and value of each element to `work`, in order; an element of a set is its own key.
    pub fn each(&self, mut work: impl FnMut((Value, Value)) -> Result<(), Fault>) -> Result<(), Fault> {
        if let Some(entries) = self.0.entries() {
            for (key, value) in entries {
                work((Value::string(key.clone()), value.clone()))?;
            }
            return Ok(());
        }
        let is_set = matches!(self.0.data, Data::Set(_));
        for (at, item) in self.0.items().unwrap_or_default().iter().enumerate() {
            let key = if is_set { item.clone() } else { Value::number(at) };
            work((key, item.clone()))?;
        }
        Ok(())
    }
}

/// What a `for` collects beside its elements.
struct Notes {
    unknown: bool,
    sensitive: bool,
}

impl Notes {
    /// Whether the round counts.
    fn admit(&mut self, condition: Option<&Expr>, env: Env<'_>) -> Result<bool, Fault> {
        let Some(condition) = condition else { return Ok(true) };
        let test = eval_condition(condition, env)?;
        self.sensitive |= test.sensitive;
        self.unknown |= test.is_unknown();
        Ok(test.as_bool().unwrap_or(false))
    }

    fn finish(&self, value: Value) -> Value {
        let value = if self.unknown { Value::UNKNOWN } else { value };
        value.with_mark(self.sensitive)
    }
}

pub(super) fn eval_for_tuple(source: &ForExpr, env: Env<'_>) -> Outcome {
    let Some(rounds) = Rounds::of(&source.collection, env)? else { return Ok(Value::UNKNOWN) };
    let mut notes = Notes { unknown: false, sensitive: rounds.sensitive() };
    let mut results = Vec::new();
    rounds.each(|item| {
        let frame = env.frame((source.key.as_ref(), &source.value), item);
        let inner = env.inside(&frame);
        if notes.admit(source.condition.as_ref(), inner)? {
            results.push(eval_in(&source.body, inner)?);
        }
        Ok(())
    })?;
    Ok(notes.finish(Value::tuple(results)))
}

pub(super) fn eval_for_object(source: &ForExpr, key: &Expr, group: bool, env: Env<'_>) -> Outcome {
    let Some(rounds) = Rounds::of(&source.collection, env)? else { return Ok(Value::UNKNOWN) };
    let mut notes = Notes { unknown: false, sensitive: rounds.sensitive() };
    let mut results = Gathered { entries: BTreeMap::new(), group };
    rounds.each(|item| {
        let frame = env.frame((source.key.as_ref(), &source.value), item);
        let inner = env.inside(&frame);
        if !notes.admit(source.condition.as_ref(), inner)? {
            return Ok(());
        }
        let name = eval_key(key, inner)?;
        let value = eval_in(&source.body, inner)?;
        match name {
            Key::Known(name, marked) => {
                notes.sensitive |= marked;
                results.add(name, value, (key.span, notes.sensitive))?;
            }
            Key::Unknown => notes.unknown = true,
        }
        Ok(())
    })?;
    Ok(notes.finish(results.into_object()))
}

/// The values of an object `for`, several under one key if it groups.
struct Gathered {
    entries: BTreeMap<Arc<str>, Vec<Value>>,
    group: bool,
}

impl Gathered {
    fn add(&mut self, name: Arc<str>, value: Value, (span, secret): (Span, bool)) -> Result<(), Fault> {
        match self.entries.entry(name) {
            Entry::Occupied(entry) if !self.group => {
                Err(fault::duplicate_key(if secret { None } else { Some(&**entry.key()) }, span))
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().push(value);
                Ok(())
            }
            Entry::Vacant(entry) => {
                entry.insert(vec![value]);
                Ok(())
            }
        }
    }

    fn into_object(self) -> Value {
        let group = self.group;
        let entries = self.entries.into_iter().map(|(name, mut values)| {
            let value = if group { None } else { values.pop() };
            (name, value.unwrap_or_else(|| Value::tuple(values)))
        });
        Data::Object(Arc::new(entries.collect())).into()
    }
}
