//! `terragrunt.autoinclude.hcl`: what a stack laid beside a unit. It is merged over the unit file, shallowly, before
//! the includes come under both. It sees `values` and outputs; locals, includes and features are the unit's own.

use super::evaluation::{Evaluation, Layer, LayerId};
use super::merge;
use super::stack::AUTOINCLUDE_FILE;
use super::unit::UnitConfig;
use crate::hcl::Fault;

/// Opens the file, if there is one beside the unit file. Only a unit file has one.
pub(super) fn open(evaluation: &Evaluation<'_>) -> Result<Option<Layer>, Fault> {
    let path = evaluation.dir.join(AUTOINCLUDE_FILE);
    if path == evaluation.config_path
        || !evaluation.session.memory.listings.is_file(&path)
        || !evaluation.is_unit()
    {
        return Ok(None);
    }
    let file = evaluation.session.files.load(&path)?;
    if let Some(fault) = file.faults.iter().find(|fault| fault.is_error()) {
        return Err(Box::new(fault.clone()));
    }
    for fault in &file.schema_faults {
        evaluation.fault(fault.clone());
    }
    Ok(Some(Layer::new(file)))
}

/// The unit's own members with those that lie beside it on top; `decode` reads one file.
pub(super) fn over_own(
    evaluation: &Evaluation<'_>,
    decode: impl Fn(LayerId) -> UnitConfig,
) -> Result<UnitConfig, Fault> {
    let own = decode(LayerId::Own);
    if evaluation.has_beside()? { merge::shallow(own, decode(LayerId::Beside)) } else { Ok(own) }
}
