//! What must have happened before terraform can run in a unit, and the contract with whoever makes it happen.

use super::rescue::Owner;
use super::wire::Wire;
use crate::config::unit::{Errors, ReadyUnit};
use crate::diag::Code;
use crate::event::Fault;
use crate::host::env::Env;
use crate::provider::Version;
use std::path::PathBuf;

pub use crate::provider::Flavour;

/// The terraform or tofu that a unit runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Absolute, or a name for the PATH of the unit's environment.
    pub program: PathBuf,
    /// As it is shown: the file name.
    pub name: String,
    /// `1.11.4`; empty where nobody asked.
    pub version: String,
    pub flavour: Flavour,
}

impl Tool {
    /// OpenTofu 1.10 was the first that lets several processes write one cache of packages at the same time.
    #[must_use]
    pub fn locks_plugin_cache(&self) -> bool {
        let version = Version::parse(&self.version).ok();
        let first = Version::parse("1.10.0").ok();
        self.flavour == Flavour::Tofu && version.is_some() && version >= first
    }
}

/// A unit with its working directory in place: source fetched and copied, nothing generated yet.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub ready: ReadyUnit,
    /// Relative to the working root; for plan folders.
    pub name: String,
    /// Where terraform runs.
    pub working_dir: PathBuf,
    pub tool: Tool,
    /// What its children get: the process's own environment and what credentials add.
    pub env: Env,
    /// The module source as the unit wrote it; empty without one.
    pub source: String,
    /// The source was fetched anew. Whether that matters to init, init tells by itself.
    pub fetched_anew: bool,
}

impl Prepared {
    /// The unit, for what is rescued from it.
    #[must_use]
    pub fn owner(&self) -> Owner<'_> {
        Owner { dir: &self.ready.dir, config_path: &self.ready.config_path }
    }
}

/// Why a unit cannot run. The message is complete: rendered diagnostics, or one line.
#[derive(Clone, Debug, Default)]
pub struct PrepareError {
    pub message: String,
    /// What the message is made of, where it is about the unit's files.
    pub faults: Vec<Fault>,
    /// The kind of failure of a child, where it has one.
    pub code: Option<Code>,
    /// Of the child that failed, if it was one.
    pub exit_code: Option<i32>,
    /// The unit's own rules about errors, if it came far enough to have any.
    pub errors: Option<Errors>,
    /// Whether another try may help: a network was involved.
    pub transient: bool,
}

/// Reads dependencies' outputs, decodes the unit fully and puts its working directory in place.
///
/// May block: it is called on a bounded pool of blocking threads, once for each try of each unit, for many units at
/// once. It must say what it does through the wire, and must not run terraform in any unit's directory.
pub trait Prepare: Send + Sync {
    /// # Errors
    /// When the unit cannot run.
    fn prepare(&self, wire: &Wire) -> Result<Prepared, PrepareError>;

    /// Hears that a unit ran: its outputs, if they were read before, are stale. Must not block.
    fn forget_outputs(&self, prepared: &Prepared);
}
