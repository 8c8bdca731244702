//! Conversions and marks. `try` and `can` are not here: they take their arguments unevaluated.

use super::{Function, Param, ParamType};
use crate::hcl::{FunctionError, Type, Value, convert};

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![
        // Ephemeral are only values of a running terraform, and none of those comes here.
        row("ephemeralasnull", |args| on(args, |value| Ok(value.clone()))),
        row("issensitive", |args| on(args, |value| Ok(Value::bool(value.sensitive)))),
        row("nonsensitive", |args| on(args, |value| Ok(value.data.clone().into()))),
        row("sensitive", |args| on(args, |value| Ok(value.clone().with_mark(true)))),
        row("tobool", |args| to(args, &Type::Bool)),
        row("tolist", |args| to(args, &Type::list(Type::Dynamic))),
        row("tomap", |args| to(args, &Type::map(Type::Dynamic))),
        row("tonumber", |args| to(args, &Type::Number)),
        row("toset", |args| to(args, &Type::set(Type::Dynamic))),
        row("tostring", |args| to(args, &Type::String)),
    ]
}

/// A function of one value as it is, whatever its type: null, unknown or marked.
fn row(name: &'static str, run: fn(&[Value]) -> Result<Value, FunctionError>) -> Function {
    let param = Param { name: "value", kind: ParamType::Any, null: true, unknown: true, sensitive: true };
    Function { name, params: vec![param], rest: None, run }
}

fn on(args: &[Value], work: fn(&Value) -> Result<Value, FunctionError>) -> Result<Value, FunctionError> {
    work(args.first().unwrap_or(&Value::NULL))
}

fn to(args: &[Value], kind: &Type) -> Result<Value, FunctionError> {
    let value = args.first().unwrap_or(&Value::NULL);
    convert(value, kind).map_err(|misfit| FunctionError::argument(0, misfit.to_string()))
}
