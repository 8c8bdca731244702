//! What one run is asked to do: the same for every unit, resolved once. Data only.

use super::argv::{Approval, Colour, Scope};
use super::command::TerraformCommand;
use super::init::goes_without;
use super::lines::Cut;
use super::rescue::Rescues;
use super::run_lock::RunLock;
use crate::custody::journal::Journal;
use crate::host::process::{Channel, Group, Io, Stdin};
use crate::state::StoresInWaiting;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What runs in each unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Terraform(TerraformCommand),
    /// Any other program, with the unit's inputs in its environment. The first word is not empty.
    Exec {
        argv: Vec<String>,
        place: ExecPlace,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecPlace {
    /// Beside the unit file; terraform is not initialised.
    UnitDir,
    /// Where terraform runs, initialised.
    WorkingDir,
}

impl Action {
    /// Whether the module must be one that the tool can read.
    #[must_use]
    pub fn reads_module(&self) -> bool {
        match self {
            Self::Terraform(command) => command.name == "init" || !goes_without(&command.name),
            Self::Exec { place, .. } => *place == ExecPlace::WorkingDir,
        }
    }

    /// The word that hooks, extra arguments, mocks and excludes go by.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Terraform(command) => &command.name,
            Self::Exec { .. } => "exec",
        }
    }
}

/// Whom the terminal belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// The one unit: it reads our stdin and writes our stdout itself.
    Given,
    /// The one unit may be asked, but all it says goes through the reporter.
    Followed,
    /// Nobody: many run beside each other.
    Apart,
}

impl Terminal {
    /// The wiring of a unit's child.
    #[must_use]
    pub fn io(self) -> Io {
        let (stdin, stdout, group) = match self {
            Self::Given => (Stdin::Inherit, Channel::Inherit, Group::Shared),
            Self::Followed => (Stdin::Inherit, Channel::Follow, Group::Shared),
            Self::Apart => (Stdin::Null, Channel::Follow, Group::Own),
        };
        // stderr is always followed: errors are matched, quoted and counted.
        Io { stdin, stdout, stderr: Channel::Follow, group }
    }

    /// How its words are cut.
    #[must_use]
    pub fn cut(self) -> Cut {
        if self == Self::Apart { Cut::Lines } else { Cut::AsItComes }
    }

    /// The same, but so that we hear all of it.
    #[must_use]
    pub fn heard(self) -> Self {
        if self == Self::Given { Self::Followed } else { self }
    }
}

/// Whether something that is done by itself is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    On,
    Off,
}

/// Everything about a run that is no unit's own.
#[derive(Clone, Debug)]
pub struct RunSettings {
    pub action: Action,
    pub scope: Scope,
    pub terminal: Terminal,
    pub approval: Approval,
    pub colour: Colour,
    pub auto_init: Automatic,
    pub auto_retry: Automatic,
    /// `--out-dir`, absolute; only used over many units.
    pub out_dir: Option<PathBuf>,
    /// `--json-out-dir`, absolute; only used over many units.
    pub json_out_dir: Option<PathBuf>,
    /// Leave a file with the inputs beside the unit.
    pub inputs_debug: bool,
    /// How long a unit may wait for a lock that somebody else holds; `None` not to wait.
    pub wait_for_locks: Option<Duration>,
    /// Where states and their locks are asked for; `None` where nothing is to be asked.
    pub stores: Option<Arc<StoresInWaiting>>,
    /// The lock of the whole run, if it has one.
    pub run_lock: Option<Arc<RunLock>>,
    /// Where states go that could not be stored.
    pub rescues: Rescues,
    /// Where children are noted that may take a lock.
    pub journal: Journal,
}
