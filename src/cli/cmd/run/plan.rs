//! What will run: the units, their places and their queue.

use crate::cli::args::Command;
use crate::cli::context::Context;
use crate::event::{PlannedUnit, UnitReport};
use crate::graph::queue::Queue;
use crate::graph::unit::UnitId;
use crate::host::env;
use crate::run::argv::Scope;
use crate::run::preparer::UnitPlace;
use std::collections::HashMap;

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

/// The names of the units, for the report file: the working folder itself goes by its own name.
pub(super) fn names(units: &[PlannedUnit]) -> HashMap<UnitId, String> {
    let own = |unit: &PlannedUnit| {
        unit.dir.file_name().filter(|_| unit.name == ".").map(|name| name.to_string_lossy().into_owned())
    };
    units.iter().map(|unit| (unit.unit, own(unit).unwrap_or_else(|| unit.name.clone()))).collect()
}
