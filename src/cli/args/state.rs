//! `state`: versions of a unit's state. terraform's own `state list`, `mv`, … are not here: they go to terraform.

use super::lock::{StateArgs, StatesArgs};
use super::shared::Shared;
use clap::{Args, Subcommand};
use std::num::NonZeroU32;

/// Commands of `state`.
#[derive(Clone, Debug, Subcommand)]
pub enum StateCommand {
    History(Box<StateHistoryArgs>),
    Diff(Box<StateDiffArgs>),
    Restore(Box<StateRestoreArgs>),
    Snapshot(Box<StateSnapshotArgs>),
}

impl StateCommand {
    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::History(args) => args.state.shared(),
            Self::Diff(args) => args.state.shared(),
            Self::Restore(args) => args.state.shared(),
            Self::Snapshot(args) => args.states.shared(),
        }
    }
}

/// List the versions of a unit's state that its store keeps, and our copies of it
#[derive(Args, Clone, Debug, Default)]
pub struct StateHistoryArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// How many of the newest (default 20); each is read for its serial and its size
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub limit: Option<NonZeroU32>,
    #[command(flatten)]
    pub state: StateArgs,
    /// The unit's folder (default: the working folder)
    #[arg(value_name = "UNIT")]
    pub unit: Option<String>,
}

/// Tell how two states differ, by resource address
///
/// Each is a unit's folder, UNIT@VERSION, or the file of a state. Of resources only the names of attributes are printed,
/// never values; of outputs those that are not sensitive. Exit code 0: they are equal. 2: they differ.
#[derive(Args, Clone, Debug, Default)]
pub struct StateDiffArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub state: StateArgs,
    /// What it was: UNIT, UNIT@VERSION or a file
    #[arg(value_name = "BEFORE")]
    pub before: Option<String>,
    /// What it is (default: the present state of the same unit)
    #[arg(value_name = "AFTER")]
    pub after: Option<String>,
}

/// Bring a version of a unit's state back, as a new version on top
///
/// It shows what would change and asks. terraform's own lock is held meanwhile, nothing is written if the state changed
/// since it was shown, and a version of another lineage is refused. Resources themselves are not touched.
#[derive(Args, Clone, Debug, Default)]
pub struct StateRestoreArgs {
    /// The version, as `state history` lists it
    #[arg(long, value_name = "ID", help_heading = "Remote state")]
    pub version: Option<String>,
    /// Only show what would change
    #[arg(long, help_heading = "Remote state")]
    pub dry_run: bool,
    #[command(flatten)]
    pub state: StateArgs,
    /// The unit's folder (default: the working folder)
    #[arg(value_name = "UNIT")]
    pub unit: Option<String>,
}

/// Keep a copy of a unit's state beside it, in the same store
///
/// The newest ten copies are kept. Before an apply or a destroy this happens by itself where the store keeps no versions.
#[derive(Args, Clone, Debug, Default)]
pub struct StateSnapshotArgs {
    #[command(flatten)]
    pub states: StatesArgs,
    /// The unit's folder (default: the working folder)
    #[arg(value_name = "UNIT")]
    pub unit: Option<String>,
}
