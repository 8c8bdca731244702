//! Outputs of dependencies for the configuration: which unit is meant, where its state is, what it says.

use super::locator::Locator;
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
        let target = self.locator.target(config_path)?;
        self.outputs.read(&target).map_err(|error| OutputFault {
            hint: error.hint().map(str::to_owned),
            message: error.to_string(),
        })
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
    pub fn new(locator: Arc<Locator>, outputs: Outputs) -> Self {
        Self { locator, outputs }
    }
}
