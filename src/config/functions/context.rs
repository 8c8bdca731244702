//! The command, the environment, and facts that never change.

use super::Cx;
use crate::config::Reach;
use crate::config::retryable::DEFAULT_RETRYABLE_ERRORS;
use crate::diag::Code;
use crate::hcl::{Data, Fault, Value};
use crate::host::clock;
use crate::provider;
use std::sync::Arc;

pub(super) fn get_env(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=2)?;
    let name = args[0].as_str();
    if name.is_empty() {
        return Err(cx.fault_of(0, "the name of the variable is empty"));
    }
    let session = cx.scope.evaluation.session;
    match (cx.scope.evaluation.env.get(name), args.get(1)) {
        (Some(value), _) => Ok(Value::string(value)),
        // The credentials command might set it.
        (None, _) if session.reach == Reach::Files && session.auth.is_some() => Ok(Value::UNKNOWN),
        (None, Some(default)) => Ok(Value::string(default.as_str())),
        (None, None) => {
            let message = format!("the environment variable `{name}` is not set");
            let fault = cx.fault_with_hint(message, "set it, or give a default as second argument");
            Err(Box::new(fault.coded(Code::EnvironmentMissing)))
        }
    }
}

pub(super) fn get_platform(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    Ok(Value::string(match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }))
}

pub(super) fn get_terraform_command(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    Ok(Value::string(cx.scope.evaluation.session.invoked.command()))
}

pub(super) fn get_terraform_cli_args(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    let words = &cx.scope.evaluation.session.invoked.terraform;
    Ok(Value::strings(words.iter().map(String::as_str)))
}

pub(super) fn get_terragrunt_source_cli_flag(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    Ok(Value::string(cx.scope.evaluation.session.invoked.source.as_str()))
}

fn words(cx: &Cx<'_>, words: &[&'static str]) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    Ok(Value::strings(words.iter().copied()))
}

pub(super) fn commands_that_need_vars(cx: &Cx<'_>) -> Result<Value, Fault> {
    words(cx, &["apply", "console", "destroy", "import", "plan", "push", "refresh"])
}

pub(super) fn commands_that_need_input(cx: &Cx<'_>) -> Result<Value, Fault> {
    words(cx, &["apply", "import", "init", "plan", "refresh"])
}

pub(super) fn commands_that_need_locking(cx: &Cx<'_>) -> Result<Value, Fault> {
    words(cx, &["apply", "destroy", "import", "plan", "refresh", "taint", "untaint"])
}

pub(super) fn commands_that_need_parallelism(cx: &Cx<'_>) -> Result<Value, Fault> {
    words(cx, &["apply", "plan", "destroy"])
}

pub(super) fn default_retryable_errors(cx: &Cx<'_>) -> Result<Value, Fault> {
    words(cx, DEFAULT_RETRYABLE_ERRORS)
}

pub(super) fn constraint_check(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(2..=2)?;
    let version = provider::Version::parse(&args[0]).map_err(|error| cx.fault_of(0, error))?;
    let constraint = provider::Constraints::parse(&args[1]).map_err(|error| cx.fault_of(1, error))?;
    Ok(Value::bool(constraint.allows(&version)))
}

/// Later maps win, nulls are passed over, maps merge, lists append.
pub(super) fn deep_merge(cx: &Cx<'_>) -> Result<Value, Fault> {
    if !cx.scope.evaluation.session.invoked.has_experiment("deep-merge") {
        return Err(cx.fault_with_hint("it is an experiment", "turn it on with `--experiment deep-merge`"));
    }
    let mut merged = Value::object::<Arc<str>>([]);
    for (index, arg) in cx.call.args.iter().enumerate() {
        if arg.is_null() {
            continue;
        }
        if arg.entries().is_none() {
            return Err(cx.fault_of(index, format!("argument {} must be a map", index + 1)));
        }
        merged = merge_into(&merged, arg);
    }
    Ok(merged)
}

fn merge_into(base: &Value, over: &Value) -> Value {
    if let (Some(below), Some(above)) = (base.entries(), over.entries()) {
        let mut merged = below.clone();
        for (key, value) in above {
            let value = merged.get(key).map_or_else(|| value.clone(), |present| merge_into(present, value));
            merged.insert(key.clone(), value);
        }
        return Data::Object(Arc::new(merged)).into();
    }
    if let (Some(first), Some(more)) = (base.items(), over.items()) {
        return Value::tuple(first.iter().chain(more).cloned());
    }
    over.clone()
}

pub(super) fn timestamp(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    Ok(Value::string(clock::rfc3339(clock::now())))
}

pub(super) fn uuid(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    crate::host::random::uuid().map(Value::string).map_err(|error| cx.fault(error))
}
