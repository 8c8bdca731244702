//! Calls: functions of the surroundings first, then `try` and `can`, then the table of pure functions.

use super::frame::Env;
use super::{Fault, Outcome, eval_in, fault};
use crate::diag::Span;
use crate::hcl::ast::{Expr, Ident};
use crate::hcl::refs;
use crate::hcl::{Call, Data, Scope, Value, functions};

/// A call as it stands in the text.
pub(super) struct Site<'a> {
    pub name: &'a Ident,
    pub args: &'a [Expr],
    /// The last argument is a list of arguments.
    pub expand: bool,
    pub span: Span,
}

/// The functions that decide themselves what to evaluate.
const LAZY: [&str; 2] = ["can", "try"];

/// Whether a name is a built-in function that takes its arguments unevaluated.
#[must_use]
pub fn is_lazy_builtin(name: &str) -> bool {
    LAZY.contains(&name)
}

pub(super) fn eval_call(site: &Site<'_>, env: Env<'_>) -> Outcome {
    if let Some(result) = env.scope.call_lazy(&site.name.name, site.args) {
        return result;
    }
    match &*site.name.name {
        "try" => return eval_try(site, env),
        "can" => return eval_can(site, env),
        _ => {}
    }
    let function = functions::find(&site.name.name);
    let args = Args::eval(site, env)?;
    if args.unknown {
        // How many arguments there are is not known.
        return Ok(Value::UNKNOWN.with_mark(args.sensitive));
    }
    let call = Call {
        name: &site.name.name,
        name_span: site.name.span,
        args: &args.values,
        arg_spans: &args.spans,
        span: site.span,
    };
    let result = match (env.scope.call(&call), function) {
        (Some(result), _) => result?,
        (None, Some(function)) => functions::call(function, &args.values)
            .map_err(|refusal| fault::refusal(function, &refusal, &call))?,
        (None, None) => return Err(unknown_function(site, env.scope)),
    };
    Ok(result.with_mark(args.sensitive))
}

fn unknown_function(site: &Site<'_>, scope: &dyn Scope) -> Fault {
    let known = functions::names().chain(LAZY).chain(scope.function_names());
    fault::unknown_function(&site.name.name, site.name.span, known)
}

/// Evaluated arguments, a last `list...` spread out.
struct Args {
    values: Vec<Value>,
    spans: Vec<Span>,
    /// The expanded list is unknown.
    unknown: bool,
    /// The expanded list is marked.
    sensitive: bool,
}

impl Args {
    fn eval(site: &Site<'_>, env: Env<'_>) -> Result<Self, Fault> {
        let mut args = Self { values: Vec::new(), spans: Vec::new(), unknown: false, sensitive: false };
        for (at, expr) in site.args.iter().enumerate() {
            let value = eval_in(expr, env)?;
            if site.expand && at + 1 == site.args.len() {
                args.expand(&value, expr.span)?;
            } else {
                args.values.push(value);
                args.spans.push(expr.span);
            }
        }
        Ok(args)
    }

    fn expand(&mut self, list: &Value, span: Span) -> Result<(), Fault> {
        self.sensitive = list.sensitive;
        match &list.data {
            Data::Unknown(_) => self.unknown = true,
            Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
                let items = list.items().unwrap_or_default();
                self.values.extend_from_slice(items);
                self.spans.resize(self.values.len(), span);
            }
            _ => return Err(fault::expand(list, span)),
        }
        Ok(())
    }
}

/// The first argument that has no fault. What is not wholly known yet may still turn out to have one.
fn eval_try(site: &Site<'_>, env: Env<'_>) -> Outcome {
    let mut faults = Vec::new();
    for arg in site.args {
        match eval_in(arg, env) {
            Ok(value) if value.is_wholly_known() => return Ok(value),
            Ok(value) => return Ok(Value::UNKNOWN.with_mark(value.has_sensitive())),
            Err(fault) => faults.push(fault),
        }
    }
    Err(fault::nothing_worked(site.name.span, &faults))
}

fn eval_can(site: &Site<'_>, env: Env<'_>) -> Outcome {
    let [arg] = site.args else {
        return Err(fault::can_takes_one(site.span, site.args.len()));
    };
    Ok(match eval_in(arg, env) {
        Ok(value) if value.is_wholly_known() => Value::bool(true),
        Ok(_) => Value::unknown(crate::hcl::Type::Bool),
        Err(_) => Value::bool(false),
    })
}

/// Whether evaluating the expression calls nothing that has an effect or a cost.
pub(super) fn calls_only_free(expr: &Expr, scope: &dyn Scope) -> bool {
    refs::calls(expr).iter().all(|call| {
        let name = &*call.name.name;
        functions::find(name).is_some() || is_lazy_builtin(name) || scope.is_free(name)
    })
}
