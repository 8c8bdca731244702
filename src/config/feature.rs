//! `feature.<label>.value`: flags with a default, set on the command line.

use super::evaluation::{Evaluation, LayerId, fault_at};
use super::include::MergeStrategy;
use super::merge;
use super::scope::{LayerScope, Phase};
use crate::diag::{Code, Diagnostic, closest};
use crate::hcl::ast::Block;
use crate::hcl::{Data, Fault, Reference, Resolved, Value};
use std::sync::Arc;

/// Resolves `feature.<label>`; a flag given on the command line need not be declared.
///
/// # Errors
/// An undeclared flag, or the fault of its default.
pub(super) fn resolve(scope: &LayerScope<'_>, reference: &Reference<'_>) -> Result<Resolved, Fault> {
    let evaluation = scope.evaluation;
    let Some(label) = reference.steps.first() else {
        let labels = declared(evaluation, scope.phase)?;
        let entries = labels.iter().map(|(layer, block)| {
            let name = block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
            Ok((name, flag(value(evaluation, *layer, block)?)))
        });
        return Ok(Resolved { value: Value::object(entries.collect::<Result<Vec<_>, Fault>>()?), used: 0 });
    };
    let blocks = declared(evaluation, scope.phase)?;
    let mut named =
        blocks.iter().filter(|(_, block)| block.labels.iter().any(|name| &*name.name == label.name));
    // An included file has its own default, whatever the unit says, unless the two are merged.
    let own = named.clone().find(|(layer, _)| *layer == scope.layer && !is_deep(evaluation, *layer));
    if let Some((layer, block)) = own.filter(|_| scope.layer != LayerId::Own) {
        return Ok(Resolved { value: flag(value(evaluation, *layer, block)?), used: 1 });
    }
    if let Some((layer, block)) = named.next() {
        let mut value = value(evaluation, *layer, block)?;
        for (layer, parent) in
            blocks.iter().filter(|(layer, other)| is_deep(evaluation, *layer) && is_same(other, block))
        {
            value = merge::deep_default(&default(evaluation, *layer, parent)?, &value);
        }
        return Ok(Resolved { value: flag(value), used: 1 });
    }
    if let Some(given) = evaluation.session.invoked.features.get(label.name) {
        return Ok(Resolved { value: flag(Value::string(given.as_str())), used: 1 });
    }
    let fault = fault_at(Code::UnknownFeature, label.span, format!("there is no feature \"{}\"", label.name));
    let names = blocks.iter().flat_map(|(_, block)| block.labels.iter().map(|name| &*name.name));
    Err(Box::new(match closest(label.name, names) {
        Some(near) => fault.hint(format!("did you mean `feature.{near}`?")),
        None => fault.hint(format!("declare it: `feature \"{}\" {{ default = … }}`", label.name)),
    }))
}

/// Whether the file is an include that is merged deeply.
fn is_deep(evaluation: &Evaluation<'_>, layer: LayerId) -> bool {
    let LayerId::Included(index) = layer else { return false };
    evaluation
        .includes()
        .is_ok_and(|all| all.get(index).is_some_and(|include| include.strategy == MergeStrategy::Deep))
}

/// Another block with the same label.
fn is_same(one: &Block, other: &Block) -> bool {
    let label = |block: &Block| block.labels.first().map(|label| label.name.clone());
    one.header != other.header && label(one) == label(other)
}

fn flag(value: Value) -> Value {
    Value::object([("value", value)])
}

/// The declared flags, the unit's own before those of its includes.
fn declared<'e>(evaluation: &'e Evaluation<'_>, phase: Phase) -> Result<Vec<(LayerId, &'e Block)>, Fault> {
    let layers = if phase == Phase::Include { vec![LayerId::Own] } else { evaluation.layer_ids()? };
    let blocks =
        |layer| evaluation.layer(layer).file.body.blocks_of("feature").map(move |block| (layer, block));
    Ok(layers.into_iter().flat_map(blocks).collect())
}

/// The declared default.
///
/// # Errors
/// The fault of its expression.
pub(super) fn default(evaluation: &Evaluation<'_>, layer: LayerId, block: &Block) -> Result<Value, Fault> {
    let scope = LayerScope { evaluation, layer, phase: Phase::Base };
    block.body.find_attribute("default").map_or(Ok(Value::NULL), |attribute| scope.eval(&attribute.expr))
}

/// What the flag is: as given on the command line, else its default.
///
/// # Errors
/// The fault of the default, or a word that is no boolean where the default is one.
fn value(evaluation: &Evaluation<'_>, layer: LayerId, block: &Block) -> Result<Value, Fault> {
    let default = default(evaluation, layer, block)?;
    let given = block.labels.first().and_then(|label| evaluation.session.invoked.features.get(&*label.name));
    let Some(given) = given else { return Ok(default) };
    if !matches!(default.data, Data::Bool(_)) {
        return Ok(Value::string(given.as_str()));
    }
    match given.as_str() {
        "true" | "1" | "t" | "T" | "TRUE" | "True" => Ok(Value::bool(true)),
        "false" | "0" | "f" | "F" | "FALSE" | "False" => Ok(Value::bool(false)),
        _ => Err(Box::new(
            Diagnostic::error(
                Code::WrongFlagValue,
                format!("the flag given on the command line, `{given}`, is not true or false"),
            )
            .at(block.header, "the default is a boolean")
            .hint("give it true or false"),
        )),
    }
}
