//! The pure functions, as one table: a row says name, parameters and what runs. Arity, null, unknown, sensitive and
//! conversion are handled once, here, from the row. Knows no expressions and no scopes.

mod args;
mod collection;
mod control;
pub mod date;
mod encoding;
mod float;
mod hash;
mod network;
mod number;
pub mod path;
mod secret;
mod string;

use super::{FunctionError, Type, Value, convert};
pub use hash::hex;
use std::collections::HashMap;
use std::sync::OnceLock;

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

/// One parameter of a row. What is not allowed is handled before the function runs: null is refused, an argument that
/// is not wholly known makes the result unknown, marks are taken off (at any depth) and put on the result.
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

impl Function {
    /// The parameter that takes the argument of this position, from 0.
    #[must_use]
    pub fn param(&self, at: usize) -> Option<&Param> {
        self.params.get(at).or(self.rest.as_ref())
    }

    fn check_arity(&self, count: usize) -> Result<(), FunctionError> {
        let fixed = self.params.len();
        if let Some(missing) = self.params.get(count) {
            return Err(FunctionError::new(format!(
                "argument {} (`{}`) is missing",
                count + 1,
                missing.name
            )));
        }
        if count > fixed && self.rest.is_none() {
            let takes = match fixed {
                0 => "no argument".to_owned(),
                1 => "one argument".to_owned(),
                _ => format!("{fixed} arguments"),
            };
            return Err(FunctionError::argument(fixed, format!("is one too many; it takes {takes}")));
        }
        Ok(())
    }
}

impl Param {
    fn wanted(&self) -> Type {
        match &self.kind {
            ParamType::Any => Type::Dynamic,
            ParamType::Is(kind) => kind.clone(),
            ParamType::ListOf(element) => Type::list(element.clone()),
            ParamType::SetOf(element) => Type::set(element.clone()),
            ParamType::MapOf(element) => Type::map(element.clone()),
        }
    }

    fn prepare(&self, arg: &Value) -> Result<Value, String> {
        let wanted = self.wanted();
        match (&wanted, arg.is_null() && !self.null) {
            (Type::Dynamic, true) => return Err("must not be null".to_owned()),
            (wanted, true) => return Err(format!("must be {}, not null", wanted.describe())),
            _ => {}
        }
        convert(arg, &wanted).map_err(|misfit| misfit.to_string())
    }
}

/// Runs a row on arguments as they were written: checks their number, converts them, minds nulls, unknowns, marks.
///
/// # Errors
/// What the function, or its row, has against the arguments.
pub fn call(function: &Function, args: &[Value]) -> Result<Value, FunctionError> {
    function.check_arity(args.len())?;
    let (mut sensitive, mut unknown) = (false, false);
    let mut prepared = Vec::with_capacity(args.len());
    for (at, arg) in args.iter().enumerate() {
        let Some(param) = function.param(at) else { continue };
        let mut value = param.prepare(arg).map_err(|message| FunctionError::argument(at, message))?;
        unknown |= !param.unknown && !value.is_wholly_known();
        if !param.sensitive && value.has_sensitive() {
            sensitive = true;
            value = value.unmarked();
        }
        prepared.push(value);
    }
    let result =
        if unknown { Value::UNKNOWN } else { (function.run)(&prepared).map_err(|e| hushed(e, sensitive))? };
    Ok(result.with_mark(sensitive))
}

/// A message that might quote a sensitive argument is replaced.
fn hushed(error: FunctionError, sensitive: bool) -> FunctionError {
    if !sensitive {
        return error;
    }
    let message = "the value is refused; it is sensitive, so the reason is not shown".to_owned();
    FunctionError { message, ..error }
}

/// The function of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    table().get(name)
}

/// All names, in no order.
pub fn names() -> impl Iterator<Item = &'static str> {
    table().keys().copied()
}

fn table() -> &'static HashMap<&'static str, Function> {
    static TABLE: OnceLock<HashMap<&'static str, Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let groups = [
            collection::rows,
            control::rows,
            date::rows,
            encoding::rows,
            hash::rows,
            secret::rows,
            network::rows,
            number::rows,
            path::rows,
            string::rows,
        ];
        groups.into_iter().flat_map(|rows| rows()).map(|row| (row.name, row)).collect()
    })
}
