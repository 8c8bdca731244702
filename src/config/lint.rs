//! Faults that show without evaluating: functions that do not exist, locals and dependencies that are not declared.
//! They are found in every member of a unit, those included that are evaluated only when the unit runs.

use super::dependency;
use super::evaluation::{Evaluation, LayerId};
use super::functions;
use crate::diag::{Diagnostic, closest};
use crate::hcl::ast::{Body, Expr};
use crate::hcl::{Fault, functions as pure, refs};

/// Reports what is certainly wrong in the unit file and its includes.
pub(super) fn check(evaluation: &Evaluation<'_>) -> Result<(), Fault> {
    for layer in evaluation.layer_ids()? {
        let file = evaluation.layer(layer).file.clone();
        check_body(evaluation, layer, &file.body)?;
    }
    Ok(())
}

fn check_body(evaluation: &Evaluation<'_>, layer: LayerId, body: &Body) -> Result<(), Fault> {
    for attribute in &body.attributes {
        check_expr(evaluation, layer, &attribute.expr)?;
    }
    body.blocks.iter().try_for_each(|block| check_body(evaluation, layer, &block.body))
}

fn check_expr(evaluation: &Evaluation<'_>, layer: LayerId, expr: &Expr) -> Result<(), Fault> {
    for call in refs::calls(expr) {
        if !functions::is_known(&call.name) && pure::find(&call.name).is_none() && !call.guarded {
            let fault = pure::unknown_function(&call.name, call.span, &functions::names());
            evaluation.fault(*evaluation.frame(layer, fault));
        }
    }
    for reference in refs::references(expr).iter().filter(|reference| !reference.guarded) {
        let Some(step) = reference.steps.first() else { continue };
        let file = &evaluation.layer(layer).file;
        if &*reference.root == "local" && file.find_local(&step.name).is_none() {
            let fault = undeclared("local", &step.name, file.locals().iter().map(|local| &*local.name.name));
            evaluation.fault(*evaluation.frame(layer, Box::new(fault.at(step.span, "not declared in this file"))));
        }
        if &*reference.root == "dependency" {
            let declared = dependency::declared(evaluation)?;
            if !declared.iter().any(|known| known.name == step.name) {
                let fault = undeclared("dependency", &step.name, declared.iter().map(|known| &*known.name));
                evaluation.fault(*evaluation.frame(layer, Box::new(fault.at(step.span, "not declared"))));
            }
        }
    }
    Ok(())
}

fn undeclared<'a>(root: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let fault = Diagnostic::error(format!("`{root}.{name}` is not declared"));
    match closest(name, known) {
        Some(near) => fault.hint(format!("did you mean `{root}.{near}`?")),
        None => fault,
    }
}
