//! Outputs of dependencies for the configuration: which unit is meant, where its state is, what it says.

use super::locator::Locator;
use super::outputs::{OutputError, Outputs, Target};
use crate::config::{OutputFault, OutputSource};
use crate::hcl::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads outputs straight from states.
pub struct StateOutputs {
    locator: Arc<Locator>,
    outputs: Outputs,
    containers: Containers,
}

/// What a bucket or container that is not there means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containers {
    /// Nothing was ever applied: a run may be about to make it.
    MayBeMissing,
    /// A fault: whoever asks wants to see what is there.
    MustBeThere,
}

impl OutputSource for StateOutputs {
    fn outputs(&self, config_path: &Path) -> Result<Option<Value>, OutputFault> {
        let target = self.locator.target(config_path)?;
        match self.outputs.read(&target) {
            Err(error) if self.containers == Containers::MayBeMissing && error.is_of_container() => Ok(None),
            answer => answer.map_err(|error| fault(&error, &target)),
        }
    }

    /// What was read is remembered, so nobody is asked again.
    fn obstacle(&self, config_path: &Path) -> Option<OutputFault> {
        let target = self.locator.target(config_path).ok()?;
        let error = self.outputs.read(&target).err().filter(OutputError::is_of_container)?;
        Some(fault(&error, &target))
    }

    fn forget(&self, unit_dir: &Path) {
        self.outputs.invalidate(unit_dir);
    }

    fn sweep(&self) {
        self.outputs.sweep();
    }
}

fn fault(error: &OutputError, target: &Target) -> OutputFault {
    OutputFault { hint: error.hint(&target.unit_dir), message: error.to_string() }
}

impl StateOutputs {
    #[must_use]
    pub fn new(locator: Arc<Locator>, outputs: Outputs, containers: Containers) -> Self {
        Self { locator, outputs, containers }
    }

    /// The units for which terraform had to be asked, by folder, and why.
    #[must_use]
    pub fn fallbacks(&self) -> BTreeMap<PathBuf, String> {
        self.outputs.fallbacks()
    }
}
