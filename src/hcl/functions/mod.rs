//! The pure functions, as one table: a row says name, parameters and what runs. Arity, null, unknown, sensitive and
//! conversion are handled once, here, from the row.

pub mod args;
pub mod collection;
pub mod date;
pub mod encoding;
pub mod hash;
pub mod network;
pub mod number;
pub mod path;
pub mod string;

use super::{FunctionError, Type, Value};

/// What a parameter takes. The argument is converted to it before the function runs.
#[derive(Clone, Debug)]
pub enum ParamType {
    Any,
    Is(Type),
    /// A list of anything; a set or tuple is converted.
    ListOf(Type),
    SetOf(Type),
    MapOf(Type),
}

/// One parameter of a row.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: ParamType,
    pub null: bool,
    pub unknown: bool,
    pub sensitive: bool,
}

/// One row: `run` gets converted, known, non-null, unmarked arguments unless its parameters say otherwise.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: &'static str,
    pub params: Vec<Param>,
    pub rest: Option<Param>,
    pub run: fn(&[Value]) -> Result<Value, FunctionError>,
}
