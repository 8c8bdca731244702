//! Types of values, as Terraform's type system has them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A type. `Dynamic` is "any", the type of an untyped null and of what is wholly unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    Dynamic,
    Bool,
    Number,
    String,
    List(Arc<Type>),
    Set(Arc<Type>),
    Map(Arc<Type>),
    Tuple(Arc<[Type]>),
    Object(Arc<BTreeMap<Arc<str>, Type>>),
}

impl Type {
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    #[must_use]
    pub fn set(element: Self) -> Self {
        Self::Set(Arc::new(element))
    }

    #[must_use]
    pub fn map(element: Self) -> Self {
        Self::Map(Arc::new(element))
    }

    #[must_use]
    pub fn tuple(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(elements.into_iter().collect())
    }

    #[must_use]
    pub fn object<K: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(Arc::new(attributes.into_iter().map(|(name, kind)| (name.into(), kind)).collect()))
    }

    /// Bool, number or string.
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// Whether "any" stands anywhere in it.
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
        }
    }

    /// The element type of a list, set or map.
    #[must_use]
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// With an article, for messages: "a string", "an object", "a list of numbers".
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Dynamic => "any value".to_owned(),
            Self::Bool => "a bool".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::String => "a string".to_owned(),
            Self::Tuple(_) => "a tuple".to_owned(),
            Self::Object(_) => "an object".to_owned(),
            Self::List(element) => format!("a list{}", element.plural()),
            Self::Set(element) => format!("a set{}", element.plural()),
            Self::Map(element) => format!("a map{}", element.plural()),
        }
    }

    fn plural(&self) -> &'static str {
        match self {
            Self::Dynamic => "",
            Self::Bool => " of bools",
            Self::Number => " of numbers",
            Self::String => " of strings",
            Self::List(_) => " of lists",
            Self::Set(_) => " of sets",
            Self::Map(_) => " of maps",
            Self::Tuple(_) => " of tuples",
            Self::Object(_) => " of objects",
        }
    }
}

/// As a type constraint is written: `list(string)`, `object({a=number})`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("])")
            }
            Self::Object(attributes) => {
                f.write_str("object({")?;
                for (at, (name, kind)) in attributes.iter().enumerate() {
                    write!(f, "{}{name}={kind}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("})")
            }
        }
    }
}
