//! `values.…`: what a stack hands to a unit, read from the file beside the unit file. An included file has the values
//! that lie beside itself, if there are any, not those of the unit that includes it.

use super::evaluation::{Evaluation, Layer, LayerId, Place, fault_at};
use super::file::VALUES_FILE;
use super::scope::{LayerScope, Phase};
use crate::diag::{Code, Diagnostic};
use crate::hcl::{Fault, Reference, Resolved, Value};
use crate::host::fs;

/// Resolves `values…`.
///
/// # Errors
/// No values file, or a fault in it.
pub(super) fn resolve(scope: &LayerScope<'_>, reference: &Reference<'_>) -> Result<Resolved, Fault> {
    let layer = scope.evaluation.layer(scope.layer);
    let values = layer.values.get_or_init(|| read(scope.evaluation, layer)).clone()?;
    if let Some(value) = values {
        return Ok(Resolved { value, used: 0 });
    }
    let fault = Diagnostic::error(Code::NoValues, "there are no values here").at(reference.root_span, "");
    Err(Box::new(match scope.layer {
        LayerId::Included(_) => fault.hint(format!(
            "an included file sees the `{VALUES_FILE}` beside itself only: use `values` in the unit and hand on what \
             the included file needs, or read the file of the unit with `read_terragrunt_config`"
        )),
        _ => fault.hint(format!(
            "values come from a stack, through `{VALUES_FILE}` beside the unit or stack file"
        )),
    }))
}

fn read(evaluation: &Evaluation<'_>, layer: &Layer) -> Result<Option<Value>, Fault> {
    let path = layer.file.dir().join(VALUES_FILE);
    if !fs::is_file(&path) {
        return Ok(None);
    }
    let file = evaluation.session.files.load(&path)?;
    if let Some(fault) = file.faults.first() {
        return Err(Box::new(fault.clone()));
    }
    let place = Place {
        dir: evaluation.dir.clone(),
        original_dir: evaluation.original_dir.clone(),
        stage: evaluation.stage,
        readers: evaluation.readers.clone(),
        env: evaluation.env.clone(),
        credentials: evaluation.credentials,
    };
    let inner = Evaluation::of_file(evaluation.session, file.clone(), place);
    object(&inner).map(Some)
}

/// A values file as an object.
pub(super) fn object(evaluation: &Evaluation<'_>) -> Result<Value, Fault> {
    let scope = LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Include };
    let Layer { file, .. } = &evaluation.own;
    if let Some(block) = file.body.blocks.first() {
        return Err(Box::new(fault_at(
            Code::ValuesFile,
            block.header,
            "a values file holds attributes only",
        )));
    }
    let entries = file
        .body
        .attributes
        .iter()
        .map(|attribute| Ok((attribute.name.name.clone(), scope.eval(&attribute.expr)?)));
    Ok(Value::object(entries.collect::<Result<Vec<_>, Fault>>()?))
}
