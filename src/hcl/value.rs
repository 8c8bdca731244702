//! Values: cheap to clone (shared behind `Arc`), typed as Terraform types them.

use super::{Number, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value and whether it must never be shown. The mark sits on the value itself and on any value inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    pub data: Data,
    pub sensitive: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Absent, of a type (`Dynamic` for the bare `null`).
    Null(Type),
    /// Not known yet: an output of a unit that was not read. Never the same as null.
    Unknown(Type),
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    List(Arc<Sequence>),
    /// In Terraform's order of elements, without repeats.
    Set(Arc<Sequence>),
    Map(Arc<Mapping>),
    Tuple(Arc<[Value]>),
    Object(Arc<BTreeMap<Arc<str>, Value>>),
}

/// Elements of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub element: Type,
    pub items: Vec<Value>,
}

/// String keys, in order, to values of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    pub element: Type,
    pub items: BTreeMap<Arc<str>, Value>,
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, sensitive: false }
    }
}

impl Value {
    pub const NULL: Self = Self { data: Data::Null(Type::Dynamic), sensitive: false };
    pub const UNKNOWN: Self = Self { data: Data::Unknown(Type::Dynamic), sensitive: false };

    #[must_use]
    pub fn bool(value: bool) -> Self {
        Data::Bool(value).into()
    }

    #[must_use]
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Data::String(text.into()).into()
    }

    #[must_use]
    pub fn number(number: impl Into<Number>) -> Self {
        Data::Number(number.into()).into()
    }

    #[must_use]
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        Data::Tuple(items.into_iter().collect()).into()
    }

    #[must_use]
    pub fn object<K: Into<Arc<str>>>(items: impl IntoIterator<Item = (K, Value)>) -> Self {
        Data::Object(Arc::new(items.into_iter().map(|(key, value)| (key.into(), value)).collect())).into()
    }

    /// A list of strings.
    #[must_use]
    pub fn strings<S: Into<Arc<str>>>(items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(Value::string).collect();
        Data::List(Arc::new(Sequence { element: Type::String, items })).into()
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown(_))
    }

    /// The text of a known string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The elements of a list, set or tuple.
    #[must_use]
    pub fn items(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(sequence) | Data::Set(sequence) => Some(&sequence.items),
            Data::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map or object.
    #[must_use]
    pub fn entries(&self) -> Option<&BTreeMap<Arc<str>, Value>> {
        match &self.data {
            Data::Map(mapping) => Some(&mapping.items),
            Data::Object(items) => Some(items),
            _ => None,
        }
    }

    /// The attribute or map element of this name.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Value> {
        self.entries().and_then(|entries| entries.get(key))
    }
}
