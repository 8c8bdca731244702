//! Files as if a stack had laid them where they go already: what a stack generates can be looked at without generating it.

use super::{PinnedUnit, gather};
use crate::config::evaluation::{Evaluation, Place, Stage};
use crate::config::session::{Credentials, Session};
use crate::diag::{Diagnostic, Diagnostics};
use crate::hcl::Value;
use std::path::PathBuf;

/// A unit or stack file and where it will lie.
#[derive(Clone, Debug)]
pub struct Laid {
    /// Where it is now.
    pub file: PathBuf,
    /// The folder that it goes to; absolute and clean.
    pub dir: PathBuf,
    /// What it is handed.
    pub values: Option<Value>,
}

/// Loads what a unit pins once it is laid there. What is wrong with it may only be that it is not there yet.
#[must_use]
pub fn load_laid_unit(session: &Session, laid: &Laid) -> PinnedUnit {
    let mut unit =
        PinnedUnit { config_path: laid.file.clone(), dir: laid.dir.clone(), ..PinnedUnit::default() };
    match open(session, laid) {
        Ok(evaluation) => gather(&evaluation, &mut unit),
        Err(faults) => unit.faults = faults,
    }
    unit.unclear.append(&mut unit.faults);
    unit
}

/// Opens the file in its place.
pub(super) fn open<'s>(session: &'s Session, laid: &Laid) -> Result<Evaluation<'s>, Diagnostics> {
    let file = session.files.load(&laid.file).map_err(|fault| vec![*fault])?;
    if !file.is_sound() {
        return Err(file.faults.iter().filter(|fault| Diagnostic::is_error(fault)).cloned().collect());
    }
    let place = Place {
        dir: laid.dir.clone(),
        original_dir: laid.dir.clone(),
        stage: Stage::Graph,
        readers: Vec::new(),
        env: session.env.clone(),
        credentials: Credentials::Absent,
    };
    let evaluation = Evaluation::of_file(session, file, place);
    // Nothing has asked for them yet.
    let _ = evaluation.own.values.set(Ok(laid.values.clone()));
    Ok(evaluation)
}
