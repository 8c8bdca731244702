//! Sameness and order of values: what `==` says, and how the elements of a set are lined up.

use super::{Data, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// What `==` says: `None` if it hangs on something unknown. Values of different types differ, `1` and `"1"` too;
/// two nulls are equal whatever their types. Marks are not looked at.
#[must_use]
pub fn equals(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => None,
        (Data::Null(_), Data::Null(_)) => Some(true),
        (Data::Bool(left), Data::Bool(right)) => Some(left == right),
        (Data::Number(left), Data::Number(right)) => Some(left == right),
        (Data::String(left), Data::String(right)) => Some(left == right),
        (Data::List(left), Data::List(right)) | (Data::Set(left), Data::Set(right)) => {
            if left.element == right.element { all_equal(&left.items, &right.items) } else { Some(false) }
        }
        (Data::Tuple(left), Data::Tuple(right)) => all_equal(left, right),
        (Data::Map(left), Data::Map(right)) => {
            if left.element == right.element {
                entries_equal(&left.items, &right.items)
            } else {
                Some(false)
            }
        }
        (Data::Object(left), Data::Object(right)) => entries_equal(left, right),
        _ => Some(false),
    }
}

fn all_equal(left: &[Value], right: &[Value]) -> Option<bool> {
    if left.len() != right.len() {
        return Some(false);
    }
    combine(left.iter().zip(right).map(|(left, right)| equals(left, right)))
}

fn entries_equal(left: &BTreeMap<Arc<str>, Value>, right: &BTreeMap<Arc<str>, Value>) -> Option<bool> {
    if !left.keys().eq(right.keys()) {
        return Some(false);
    }
    combine(left.values().zip(right.values()).map(|(left, right)| equals(left, right)))
}

/// One certain difference decides, whatever is unknown beside it.
fn combine(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for part in parts {
        match part {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// Whether a set keeps only one of the two.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    equals(left, right) == Some(true)
}

/// The order of elements in a set: strings by bytes, numbers by size, false before true, then nulls, then what is
/// unknown. Compound values go by a text of theirs, as in Terraform.
#[must_use]
pub fn compare(left: &Value, right: &Value) -> Ordering {
    match (&left.data, &right.data) {
        (Data::String(left), Data::String(right)) => left.cmp(right),
        (Data::Number(left), Data::Number(right)) => left.cmp(right),
        (Data::Bool(left), Data::Bool(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)).then_with(|| digest(left).cmp(&digest(right))),
    }
}

fn rank(value: &Value) -> u8 {
    match value.data {
        Data::Unknown(_) => 2,
        Data::Null(_) => 1,
        _ => 0,
    }
}

fn digest(value: &Value) -> String {
    let mut text = String::new();
    write_digest(value, &mut text);
    text
}

fn write_digest(value: &Value, text: &mut String) {
    match &value.data {
        // Behind every letter.
        Data::Null(_) => text.push('~'),
        Data::Unknown(_) => text.push('?'),
        Data::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Data::String(value) => {
            let _ = write!(text, "{value:?}");
        }
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            text.push('[');
            for item in value.items().unwrap_or_default() {
                write_digest(item, text);
                text.push(';');
            }
            text.push(']');
        }
        Data::Map(mapping) => {
            text.push('{');
            for (key, item) in &mapping.items {
                let _ = write!(text, "{key:?}:");
                write_digest(item, text);
                text.push(';');
            }
            text.push('}');
        }
        Data::Object(items) => {
            text.push('<');
            for item in items.values() {
                write_digest(item, text);
                text.push(';');
            }
            text.push('>');
        }
    }
}
