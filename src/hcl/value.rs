//! Values: cheap to clone (shared behind `Arc`), typed as Terraform types them.

use super::{Number, Type, order};
use std::collections::BTreeMap;
use std::sync::Arc;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

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

/// A value is too large or too deep to be worked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heavy;

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

    /// A string put into the normal form (NFC) in which the language compares strings.
    #[must_use]
    pub fn normalized(text: &str) -> Self {
        if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
            Self::string(text)
        } else {
            Self::string(text.nfc().collect::<String>())
        }
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

    /// A list; the items are of type `element`.
    #[must_use]
    pub fn list(element: Type, items: Vec<Value>) -> Self {
        Data::List(Arc::new(Sequence { element, items })).into()
    }

    /// A set: sorts the items, which are of type `element`, and drops repeats. A mark on an item becomes one on the
    /// set, since a set cannot say which of its elements is meant.
    #[must_use]
    pub fn set(element: Type, items: Vec<Value>) -> Self {
        let sensitive = items.iter().any(Value::has_sensitive);
        let mut items = if sensitive { items.iter().map(Value::unmarked).collect() } else { items };
        items.sort_by(order::compare);
        items.dedup_by(|next, previous| order::is_same(next, previous));
        Self { data: Data::Set(Arc::new(Sequence { element, items })), sensitive }
    }

    /// A map; the values are of type `element`.
    #[must_use]
    pub fn map(element: Type, items: BTreeMap<Arc<str>, Value>) -> Self {
        Data::Map(Arc::new(Mapping { element, items })).into()
    }

    #[must_use]
    pub fn null(kind: Type) -> Self {
        Data::Null(kind).into()
    }

    #[must_use]
    pub fn unknown(kind: Type) -> Self {
        Data::Unknown(kind).into()
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

    /// Its type; that of a tuple or object is built from its elements.
    #[must_use]
    pub fn type_of(&self) -> Type {
        match &self.data {
            Data::Null(kind) | Data::Unknown(kind) => kind.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(sequence) => Type::list(sequence.element.clone()),
            Data::Set(sequence) => Type::set(sequence.element.clone()),
            Data::Map(mapping) => Type::map(mapping.element.clone()),
            Data::Tuple(items) => Type::Tuple(items.iter().map(Value::type_of).collect()),
            Data::Object(items) => {
                Type::object(items.iter().map(|(key, item)| (key.clone(), item.type_of())))
            }
        }
    }

    /// The same value, marked if `sensitive`; a mark that it has stays.
    #[must_use]
    pub fn with_mark(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// Whether it or anything inside it is marked.
    #[must_use]
    pub fn has_sensitive(&self) -> bool {
        self.sensitive || self.children().any(Value::has_sensitive)
    }

    /// Whether it is known, and everything inside it.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && self.children().all(Value::is_wholly_known)
    }

    /// The same value without any mark, at any depth.
    #[must_use]
    pub fn unmarked(&self) -> Self {
        if !self.has_sensitive() {
            return self.clone();
        }
        let items = |items: &[Value]| items.iter().map(Value::unmarked).collect();
        let entries = |entries: &BTreeMap<Arc<str>, Value>| {
            entries.iter().map(|(key, item)| (key.clone(), item.unmarked())).collect()
        };
        match &self.data {
            Data::List(sequence) => Self::list(sequence.element.clone(), items(&sequence.items)),
            Data::Tuple(all) => Self::tuple(all.iter().map(Value::unmarked)),
            Data::Map(mapping) => Self::map(mapping.element.clone(), entries(&mapping.items)),
            Data::Object(all) => Data::Object(Arc::new(entries(all))).into(),
            data => data.clone().into(),
        }
    }

    /// The same value with tuples and objects in the place of lists, sets and maps, at any depth, as a value has them
    /// that was written out and read again.
    #[must_use]
    pub fn restructured(&self) -> Self {
        if !self.has_collections() {
            return self.clone();
        }
        let inner = match (self.entries(), self.items()) {
            (Some(entries), _) => {
                Self::object(entries.iter().map(|(key, item)| (key.clone(), item.restructured())))
            }
            (_, items) => Self::tuple(items.unwrap_or_default().iter().map(Self::restructured)),
        };
        inner.with_mark(self.sensitive)
    }

    fn has_collections(&self) -> bool {
        matches!(self.data, Data::List(_) | Data::Set(_) | Data::Map(_))
            || self.children().any(Self::has_collections)
    }

    /// Takes from `left` what it weighs with all that is in it: one for each element, and text by its length.
    ///
    /// # Errors
    /// It weighs more (and `left` is 0), or nests deeper than `depth`.
    pub fn weigh(&self, left: &mut u64, depth: usize) -> Result<(), Heavy> {
        let own = 1 + self.as_str().map_or(0, str::len) as u64 / 16;
        match left.checked_sub(own) {
            Some(rest) => *left = rest,
            None => *left = 0,
        }
        if *left == 0 {
            return Err(Heavy);
        }
        let Some(depth) = depth.checked_sub(1) else { return Err(Heavy) };
        self.children().try_for_each(|child| child.weigh(left, depth))
    }

    /// The elements of any collection, without their keys.
    pub fn children(&self) -> impl Iterator<Item = &Value> {
        let items = self.items().unwrap_or_default().iter();
        items.chain(self.entries().into_iter().flat_map(BTreeMap::values))
    }

    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(number) => Some(number),
            _ => None,
        }
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
