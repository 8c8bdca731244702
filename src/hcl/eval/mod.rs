//! Expressions to values. Lazy where the language is: `&&`, `||`, `?:`, `try` and `can` leave alone what they do not
//! need. Names and host functions come from a [`Scope`]; memoisation is the scope's affair.

mod access;
mod budget;
mod call;
mod collection;
mod condition;
mod conditional;
mod depth;
mod fault;
mod frame;
mod operator;
mod outline;
mod splat;
mod template;
#[cfg(test)]
mod tests;

use super::ast::{Expr, ExprKind};
use super::{Fault, Scope, Value};
use frame::Env;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use access::constant_step;
pub use call::is_lazy_builtin;
pub use frame::{Bare, Variables};

type Outcome = Result<Value, Fault>;

/// The value of an expression in a scope.
///
/// # Errors
/// The first fault met, with its span.
pub fn eval(expr: &Expr, scope: &dyn Scope) -> Result<Value, Fault> {
    depth::enter(|| eval_in(expr, Env::new(scope)))
}

/// The value of a template (or any expression) that sees these variables and nothing else; calls go to `functions`.
///
/// # Errors
/// The first fault met, with its span.
pub fn eval_template(
    expr: &Expr,
    variables: &BTreeMap<Arc<str>, Value>,
    functions: &dyn Scope,
) -> Result<Value, Fault> {
    eval(expr, &Variables::new(variables, functions))
}

fn eval_in(expr: &Expr, env: Env<'_>) -> Outcome {
    depth::check(expr.span)?;
    budget::spend(1, expr.span)?;
    match &expr.kind {
        ExprKind::Null => Ok(Value::NULL),
        ExprKind::Bool(value) => Ok(Value::bool(*value)),
        ExprKind::Number(number) => Ok(Value::number(number.clone())),
        ExprKind::String(text) => Ok(Value::string(text.clone())),
        ExprKind::Template(parts) => template::eval_template(parts, env),
        ExprKind::Interpolation(inner) | ExprKind::Parens(inner) => eval_in(inner, env),
        ExprKind::Tuple(items) => {
            let items = items.iter().map(|item| eval_in(item, env)).collect::<Result<Vec<_>, _>>()?;
            budget::weigh(Value::tuple(items), expr.span)
        }
        ExprKind::Object(items) => budget::weigh(collection::eval_object(items, env)?, expr.span),
        ExprKind::Variable(_) | ExprKind::Attr { .. } | ExprKind::Index { .. } => {
            access::eval_path(expr, env)
        }
        ExprKind::Splat { base, steps, .. } => budget::weigh(splat::eval_splat(base, steps, env)?, expr.span),
        ExprKind::Unary { op, operand } => operator::eval_unary(*op, operand, env),
        ExprKind::Binary { .. } => operator::eval_binary(expr, env),
        ExprKind::Conditional { condition, yes, no } => {
            conditional::eval_conditional(condition, yes, no, env)
        }
        ExprKind::ForTuple(source) => budget::weigh(collection::eval_for_tuple(source, env)?, expr.span),
        ExprKind::ForObject { source, key, group } => {
            budget::weigh(collection::eval_for_object(source, key, *group, env)?, expr.span)
        }
        ExprKind::Call { name, args, expand } => {
            let site = call::Site { name, args, expand: *expand, span: expr.span };
            budget::weigh(call::eval_call(&site, env)?, expr.span)
        }
    }
}
