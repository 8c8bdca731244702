//! Outputs of dependencies for the configuration: which unit is meant, where its state is, what it says.

use super::locator::{Locator, fault};
use super::outputs::Outputs;
use crate::config::{OutputFault, OutputSource};
use crate::hcl::Value;
use std::path::Path;
use std::sync::Arc;

/// Reads outputs straight from states.
pub struct StateOutputs {
    locator: Arc<Locator>,
    outputs: Outputs,
}

impl OutputSource for StateOutputs {
    fn outputs(&self, config_path: &Path) -> Result<Option<Value>, OutputFault> {
        self.outputs.read(&self.locator.target(config_path)?).map_err(fault)
    }

    fn forget(&self, unit_dir: &Path) {
        self.outputs.invalidate(unit_dir);
    }

    fn sweep(&self) {
        self.outputs.sweep();
    }
}

impl StateOutputs {
    #[must_use]
    pub fn new(locator: Arc<Locator>) -> Self {
        Self { locator, outputs: Outputs::default() }
    }
}
