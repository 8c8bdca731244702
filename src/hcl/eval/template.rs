//! Templates: text with interpolations and directives.

use super::collection::Rounds;
use super::condition::eval_condition;
use super::frame::Env;
use super::{Fault, Outcome, budget, eval_in, fault};
use crate::hcl::ast::{Expr, TemplatePart};
use crate::hcl::{Type, Value, convert};

/// Always a string; unknown if a part is.
pub(super) fn eval_template(parts: &[TemplatePart], env: Env<'_>) -> Outcome {
    let mut out = Rendering::default();
    render(parts, env, &mut out)?;
    let text = if out.unknown { Value::unknown(Type::String) } else { Value::normalized(&out.text) };
    Ok(text.with_mark(out.sensitive))
}

#[derive(Default)]
struct Rendering {
    text: String,
    unknown: bool,
    sensitive: bool,
}

fn render(parts: &[TemplatePart], env: Env<'_>, out: &mut Rendering) -> Result<(), Fault> {
    for part in parts {
        match part {
            TemplatePart::Text(text) => out.text.push_str(text),
            TemplatePart::Interpolation(expr) => interpolate(expr, env, out)?,
            TemplatePart::If { condition, yes, no } => {
                let test = eval_condition(condition, env)?;
                out.sensitive |= test.sensitive;
                match test.as_bool() {
                    Some(true) => render(yes, env, out)?,
                    Some(false) => render(no, env, out)?,
                    None => out.unknown = true,
                }
            }
            TemplatePart::For { key, value, collection, body } => {
                let Some(rounds) = Rounds::of(collection, env)? else {
                    out.unknown = true;
                    continue;
                };
                out.sensitive |= rounds.sensitive();
                rounds.each(|item| {
                    let frame = env.frame((key.as_ref(), value), item);
                    let before = out.text.len();
                    render(body, env.inside(&frame), out)?;
                    budget::spend(1, collection.span)?;
                    budget::spend_text(out.text.len() - before, collection.span)
                })?;
            }
        }
    }
    Ok(())
}

fn interpolate(expr: &Expr, env: Env<'_>, out: &mut Rendering) -> Result<(), Fault> {
    let value = eval_in(expr, env)?;
    if value.is_null() {
        return Err(fault::null_in_template(expr.span));
    }
    let text = convert(&value, &Type::String).map_err(|misfit| fault::in_template(&misfit, expr.span))?;
    out.sensitive |= text.sensitive;
    match text.as_str() {
        Some(text) => {
            budget::spend_text(text.len(), expr.span)?;
            out.text.push_str(text);
        }
        None => out.unknown = true,
    }
    Ok(())
}
