//! Types of values, as Terraform's type system has them.

use std::collections::BTreeMap;
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
