//! Rows in few words, and reading the arguments that a row has already converted. Knows no function.

use super::{Function, Param, ParamType};
use crate::hcl::order::equals;
use crate::hcl::{Data, FunctionError, Number, Type, Value, convert};
use std::sync::Arc;

/// What every function answers.
pub type Outcome = Result<Value, FunctionError>;

pub fn row(name: &'static str, params: Vec<Param>, run: fn(&[Value]) -> Outcome) -> Function {
    Function { name, params, rest: None, run }
}

/// A parameter that refuses null and is handed known, unmarked values.
pub fn param(name: &'static str, kind: ParamType) -> Param {
    Param { name, kind, null: false, unknown: false, sensitive: false }
}

pub fn text(name: &'static str) -> Param {
    param(name, ParamType::Is(Type::String))
}

pub fn number(name: &'static str) -> Param {
    param(name, ParamType::Is(Type::Number))
}

pub fn any(name: &'static str) -> Param {
    param(name, ParamType::Any)
}

pub fn list_of(name: &'static str, element: Type) -> Param {
    param(name, ParamType::ListOf(element))
}

impl Function {
    /// The same row with any number of further arguments.
    #[must_use]
    pub fn rest(mut self, param: Param) -> Self {
        self.rest = Some(param);
        self
    }
}

impl Param {
    /// The same parameter, also for null.
    #[must_use]
    pub fn or_null(mut self) -> Self {
        self.null = true;
        self
    }

    /// The same parameter, for a function that looks at unknowns itself.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.unknown = true;
        self
    }

    /// The same parameter, for a function that minds unknowns and marks itself.
    #[must_use]
    pub fn raw(mut self) -> Self {
        self.unknown = true;
        self.sensitive = true;
        self
    }
}

/// The value as one of a type, if it fits.
pub fn as_type(value: &Value, kind: &Type) -> Option<Value> {
    convert(value, kind).ok()
}

/// Whether two values are known to be equal.
pub fn same(left: &Value, right: &Value) -> bool {
    equals(left, right) == Some(true)
}

/// The text of an argument that the row made a string.
pub fn text_of(args: &[Value], index: usize) -> &str {
    args.get(index).and_then(Value::as_str).unwrap_or_default()
}

/// The number of an argument that the row made one.
pub fn number_of(args: &[Value], index: usize) -> &Number {
    args.get(index).and_then(Value::as_number).unwrap_or(&Number::ZERO)
}

/// A number that must be whole.
///
/// # Errors
/// A fraction, or more than 64 bits.
pub fn whole(args: &[Value], index: usize) -> Result<i64, FunctionError> {
    number_of(args, index)
        .to_i64()
        .ok_or_else(|| FunctionError::argument(index, "a whole number of at most 64 bits is needed"))
}

/// The longest text that a function makes.
const LONGEST: usize = 80_000_000;

/// The most elements that a function makes from few.
const MOST: usize = 2_000_000;

/// Whether a text of this length may be made.
///
/// # Errors
/// It is too long, or longer than any number.
pub fn fits(length: Option<usize>) -> Result<(), FunctionError> {
    match length {
        Some(length) if length <= LONGEST => Ok(()),
        _ => Err(FunctionError::new("the result would be longer than 80 megabytes")),
    }
}

/// Whether so many elements may be made.
///
/// # Errors
/// There are too many.
pub fn fits_many(count: Option<usize>) -> Result<(), FunctionError> {
    match count {
        Some(count) if count <= MOST => Ok(()),
        _ => Err(FunctionError::new("the result would have more than two million elements")),
    }
}

/// The elements of an argument that the row made a list or set.
pub fn items_of(args: &[Value], index: usize) -> &[Value] {
    args.get(index).and_then(Value::items).unwrap_or_default()
}

/// The normal form in which the language compares strings.
pub fn normal(text: &str) -> Arc<str> {
    match Value::normalized(text).data {
        Data::String(text) => text,
        _ => Arc::from(text),
    }
}
