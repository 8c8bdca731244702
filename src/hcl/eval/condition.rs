//! What decides: the condition of `?:`, of `%{if}` and of a `for`.

use super::frame::Env;
use super::{Outcome, eval_in, fault};
use crate::hcl::ast::Expr;
use crate::hcl::{Type, convert};

/// A bool that is not null, for `?:` and `%{if}`.
pub(super) fn eval_condition(condition: &Expr, env: Env<'_>) -> Outcome {
    let value = eval_in(condition, env)?;
    if value.is_null() {
        return Err(fault::null_condition(condition.span));
    }
    convert(&value, &Type::Bool).map_err(|misfit| fault::condition(&misfit, condition.span))
}
