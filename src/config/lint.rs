//! Faults that show without evaluating: functions that do not exist, locals and dependencies that are not declared.
//! They are found in every member of a unit, those included that are evaluated only when the unit runs.

use super::dependency;
use super::evaluation::{Evaluation, LayerId, fault_at};
use super::functions;
use crate::diag::{Code, Diagnostic, Diagnostics, closest};
use crate::hcl::ast::{BinaryOp, Body, Expr, ExprKind, Ident, TemplatePart};
use crate::hcl::refs::references;
use crate::hcl::{Fault, functions as pure};

/// Outputs where they cannot be had: in a source, which is fetched before, and of the removed kind `inputs`.
pub(super) fn check_outputs(body: &Body, faults: &mut Diagnostics) {
    let source = body.blocks_of("terraform").next().and_then(|block| block.body.find_attribute("source"));
    let mentioned = source.map(|source| references(&source.expr)).unwrap_or_default();
    if let Some(guilty) = mentioned.iter().find(|reference| reference.root == "dependency") {
        let fault =
            fault_at(Code::NeededEarlier, guilty.span, "a source cannot depend on another unit's outputs");
        faults.push(fault.hint("sources are fetched before outputs are read; use a local or a feature"));
    }
    for reference in references(body).iter().filter(|reference| reference.root == "dependency") {
        if reference.steps.get(1).is_some_and(|step| step.name == "inputs") {
            let fault =
                fault_at(Code::DependencyInputs, reference.span, "the inputs of a dependency cannot be read");
            faults.push(fault.hint("make the dependency output what you need"));
        }
    }
}

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
    match &expr.kind {
        ExprKind::Call { name, .. } => check_function(evaluation, layer, name),
        ExprKind::Attr { base, name } => check_name(evaluation, layer, (base, name))?,
        _ => {}
    }
    certain_children(expr).into_iter().try_for_each(|child| check_expr(evaluation, layer, child))
}

/// The parts that are evaluated whenever the whole is: not the branches of a condition, the right side of `&&` and
/// `||`, the arguments of `try` and `can`, or the body of a loop.
fn certain_children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Template(parts) => parts.iter().filter_map(certain_part).collect(),
        ExprKind::Interpolation(inner) | ExprKind::Parens(inner) => vec![inner],
        ExprKind::Tuple(items) => items.iter().collect(),
        ExprKind::Object(items) => items.iter().map(|item| &item.value).collect(),
        ExprKind::Attr { base, .. } | ExprKind::Splat { base, .. } => vec![base],
        ExprKind::Index { base, key } => vec![base, key],
        ExprKind::Unary { operand, .. } => vec![operand],
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, .. } => vec![left],
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::Conditional { condition, .. } => vec![condition],
        ExprKind::ForTuple(source) | ExprKind::ForObject { source, .. } => vec![&source.collection],
        ExprKind::Call { name, args, .. } if !matches!(&*name.name, "try" | "can") => args.iter().collect(),
        _ => Vec::new(),
    }
}

fn certain_part(part: &TemplatePart) -> Option<&Expr> {
    match part {
        TemplatePart::Text(_) => None,
        TemplatePart::Interpolation(inner) => Some(inner),
        TemplatePart::If { condition, .. } => Some(condition),
        TemplatePart::For { collection, .. } => Some(collection),
    }
}

fn check_function(evaluation: &Evaluation<'_>, layer: LayerId, name: &Ident) {
    let lazy = matches!(&*name.name, "try" | "can");
    if lazy || functions::is_known(&name.name) || pure::find(&name.name).is_some() {
        return;
    }
    let fault = Diagnostic::error(Code::UnknownFunction, format!("there is no function `{}`", name.name))
        .at(name.span, "");
    let fault = match closest(&name.name, functions::names().into_iter().chain(pure::names())) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault
            .hint("terraform's functions and Terragrunt's can be called; a unit file cannot define its own"),
    };
    evaluation.fault(*evaluation.frame(layer, Box::new(fault)));
}

fn check_name(
    evaluation: &Evaluation<'_>,
    layer: LayerId,
    (base, name): (&Expr, &Ident),
) -> Result<(), Fault> {
    let ExprKind::Variable(root) = &base.kind else { return Ok(()) };
    let file = &evaluation.layer(layer).file;
    let fault = match &**root {
        "local" if file.find_local(&name.name).is_none() => {
            undeclared(name, file.locals().iter().map(|local| &*local.name.name))
        }
        "dependency" => {
            let declared = dependency::declared(evaluation)?;
            if declared.iter().any(|known| *known.label() == name.name) {
                return Ok(());
            }
            dependency::unknown((&name.name, name.span), declared)
        }
        _ => return Ok(()),
    };
    evaluation.fault(*evaluation.frame(layer, Box::new(fault)));
    Ok(())
}

fn undeclared<'a>(name: &Ident, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let fault = Diagnostic::error(Code::UnknownLocal, format!("`local.{}` is not declared", name.name))
        .at(name.span, "not declared");
    match closest(&name.name, known) {
        Some(near) => fault.hint(format!("did you mean `local.{near}`?")),
        None => fault.hint("declare it in this file, or check the name behind `local.`"),
    }
}
