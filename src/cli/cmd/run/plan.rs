//! What will run: the units, their places and their queue.

use super::super::pick::Changes;
use crate::cli::args::Command;
use crate::cli::context::Context;
use crate::event::{PlannedUnit, UnitReport};
use crate::graph::queue::Queue;
use crate::graph::unit::UnitId;
use crate::host::env;
use crate::run::argv::Scope;
use crate::run::preparer::UnitPlace;
use std::collections::{BTreeSet, HashMap};

/// How many units are listed by name before a run; more than this nobody reads.
pub(super) const TREE_LIMIT: usize = 60;

/// A run, ready to be executed.
pub(super) struct RunPlan {
    pub units: Vec<PlannedUnit>,
    pub places: HashMap<UnitId, UnitPlace>,
    pub queue: Queue,
    /// Units that an exclude block keeps out.
    pub excluded: Vec<UnitReport>,
    pub scope: Scope,
    /// Units that a git filter found removed: they are destroyed.
    pub departed: BTreeSet<UnitId>,
    /// The work trees that units run in; they go with it.
    pub changes: Option<Changes>,
}

/// How many units run at the same time: terraform keeps a processor busy while it starts, and waits for the
/// network afterwards.
pub(super) fn parallelism(context: &Context) -> usize {
    let given = context.settings.queue.parallelism.map(|given| given.get() as usize);
    given.unwrap_or_else(|| (2 * env::parallelism()).max(4))
}

/// Whether `exec` runs where terraform would.
pub(super) fn in_download_dir(context: &Context) -> bool {
    matches!(&context.settings.command, Command::Exec(args) if args.in_download_dir)
}

/// The names of the units, for the report file: the working folder itself goes by its own name, and a unit outside of
/// it by its whole path, as programs know it from the reference.
pub(super) fn names(units: &[PlannedUnit]) -> HashMap<UnitId, String> {
    units.iter().map(|unit| (unit.unit, name_in_report(unit))).collect()
}

fn name_in_report(unit: &PlannedUnit) -> String {
    if unit.name == ".." || unit.name.starts_with("../") {
        return unit.dir.to_string_lossy().into_owned();
    }
    let own = unit.dir.file_name().filter(|_| unit.name == ".");
    own.map_or_else(|| unit.name.clone(), |name| name.to_string_lossy().into_owned())
}
