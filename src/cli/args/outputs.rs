//! `outputs`: what units have to say, read from their states.

use super::lock::StatesArgs;
use super::shared::Shared;
use clap::Args;

/// Print the outputs of units, read straight from their states
///
/// Of every unit below the working folder, of those that filters select, or of the one that is named. Where only terraform
/// itself can read a state, it is started, which is said. A state that cannot be read makes the exit code 1.
#[derive(Args, Clone, Debug, Default)]
pub struct OutputsArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Print sensitive outputs, too
    #[arg(long, help_heading = "Output")]
    pub show_sensitive: bool,
    #[command(flatten)]
    pub states: StatesArgs,
    /// A unit's folder, with `.NAME` behind it for one output
    #[arg(value_name = "UNIT[.NAME]")]
    pub address: Option<String>,
}

impl OutputsArgs {
    pub(super) fn shared(&self) -> Shared {
        self.states.shared()
    }
}
