//! `include.<label>.…`: what an exposed parent lets the unit see.

use super::evaluation::{Evaluation, LayerId, Thunk, fault_at};
use super::include::Include;
use super::scope::{LayerScope, Phase};
use crate::diag::{Code, Diagnostic, closest};
use crate::hcl::{Fault, Reference, Resolved, Step, Value, refs};

/// Resolves `include…` in the unit's own file.
///
/// # Errors
/// An unknown or unexposed label, or the parent's own fault.
pub(super) fn resolve(scope: &LayerScope<'_>, reference: &Reference<'_>) -> Result<Resolved, Fault> {
    let evaluation = scope.evaluation;
    if scope.layer != LayerId::Own {
        let fault = Diagnostic::error(Code::NestedInclude, "an included file has no includes of its own")
            .at(reference.root_span, "");
        return Err(Box::new(
            fault.hint("use `include` in the unit; an included file sees its own `local` only"),
        ));
    }
    let includes = evaluation.includes()?;
    if let [only] = includes
        && only.label.is_empty()
    {
        require_exposed(only, reference)?;
        return member(evaluation, 0, reference.steps, 0);
    }
    let Some(label) = reference.steps.first() else {
        return Ok(Resolved { value: every_exposed(evaluation, includes)?, used: 0 });
    };
    let found = includes.iter().position(|include| &*include.label == label.name);
    let Some(index) = found else { return Err(unknown_label(includes, label)) };
    require_exposed(&includes[index], reference)?;
    member(evaluation, index, &reference.steps[1..], 1)
}

/// `.locals.name` stays lazy; any other member needs the parent decoded.
fn member(
    evaluation: &Evaluation<'_>,
    index: usize,
    steps: &[Step<'_>],
    used: usize,
) -> Result<Resolved, Fault> {
    if steps.first().is_some_and(|step| step.name == "locals") {
        let scope = LayerScope { evaluation, layer: LayerId::Included(index), phase: Phase::Base };
        if let Some(name) = steps.get(1) {
            if let Some(value) = scope.local(name.name) {
                return Ok(Resolved { value: value?.restructured(), used: used + 2 });
            }
            return Err(unknown_member(evaluation, index, name));
        }
        let value = scope.all_locals()?.map_or(Value::NULL, |value| value.restructured());
        return Ok(Resolved { value, used: used + 1 });
    }
    Ok(Resolved { value: exposed(evaluation, index)?, used })
}

/// Functions that say which files go into a unit.
const READERS: [&str; 5] =
    ["mark_as_read", "mark_glob_as_read", "read_terragrunt_config", "read_tfvars_file", "sops_decrypt_file"];

/// An exposed parent is read as a whole: what its inputs read goes into the unit, even if they end in a fault. Inputs
/// that read nothing are left alone.
pub(super) fn mark_reads(evaluation: &Evaluation<'_>) -> Result<(), Fault> {
    let exposed = evaluation.includes()?.iter().enumerate().filter(|(_, include)| include.expose);
    for (index, _) in exposed {
        let layer = LayerId::Included(index);
        let body = &evaluation.layer(layer).file.body;
        let Some(inputs) = body.find_attribute("inputs") else { continue };
        if refs::calls(&inputs.expr).iter().any(|call| READERS.contains(&&*call.name.name)) {
            let scope = LayerScope { evaluation, layer, phase: Phase::Whole };
            let _ = scope.eval(&inputs.expr);
        }
    }
    Ok(())
}

/// A whole parent as an object, worked out at most once.
fn exposed(evaluation: &Evaluation<'_>, index: usize) -> Result<Value, Fault> {
    match evaluation.exposed.borrow().get(&index) {
        Some(Thunk::Done(result)) => return result.clone(),
        Some(Thunk::Running) => {
            return Err(Box::new(Diagnostic::error(
                Code::IncludeCycle,
                "an included file needs itself through `include`",
            )));
        }
        None => {}
    }
    evaluation.exposed.borrow_mut().insert(index, Thunk::Running);
    let result = super::decode::layer_object(evaluation, LayerId::Included(index));
    evaluation.exposed.borrow_mut().insert(index, Thunk::Done(result.clone()));
    result
}

fn every_exposed(evaluation: &Evaluation<'_>, includes: &[Include]) -> Result<Value, Fault> {
    let visible = includes.iter().enumerate().filter(|(_, include)| include.expose);
    let entries = visible.map(|(index, include)| Ok((include.label.clone(), exposed(evaluation, index)?)));
    Ok(Value::object(entries.collect::<Result<Vec<_>, Fault>>()?))
}

fn require_exposed(include: &Include, reference: &Reference<'_>) -> Result<(), Fault> {
    if include.expose {
        return Ok(());
    }
    let fault = Diagnostic::error(Code::NotExposed, format!("{} is not exposed", include.described()))
        .at(reference.span, "its members cannot be seen")
        .label(include.span, "included here")
        .hint("add `expose = true` to the include");
    Err(Box::new(fault))
}

fn unknown_label(includes: &[Include], label: &Step<'_>) -> Fault {
    let fault = fault_at(Code::UnknownInclude, label.span, format!("there is no include \"{}\"", label.name));
    Box::new(match closest(label.name, includes.iter().map(|include| &*include.label)) {
        Some(near) => fault.hint(format!("did you mean `include.{near}`?")),
        None => fault,
    })
}

fn unknown_member(evaluation: &Evaluation<'_>, index: usize, step: &Step<'_>) -> Fault {
    let file = &evaluation.layer(LayerId::Included(index)).file;
    let name = file.path.file_name().unwrap_or_default().display();
    let fault = fault_at(Code::MemberNotExposed, step.span, format!("`{name}` has no `{}`", step.name));
    let known = file.locals().iter().map(|attribute| &*attribute.name.name);
    Box::new(match closest(step.name, known) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault,
    })
}
