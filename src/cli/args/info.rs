//! `info print` and `info strict list`.

use super::run::CommonArgs;
use super::shared::{AllArgs, Shared};
use clap::{Args, Subcommand};

/// Commands of `info`.
#[derive(Clone, Debug, Subcommand)]
pub enum InfoCommand {
    Print(Box<PrintArgs>),
    /// Strict controls
    #[command(subcommand)]
    Strict(StrictCommand),
}

/// Commands of `info strict`.
#[derive(Clone, Debug, Subcommand)]
pub enum StrictCommand {
    List(StrictListArgs),
}

/// Print the paths and the command that a unit would run with, as JSON
#[derive(Args, Clone, Debug, Default)]
pub struct PrintArgs {
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

impl PrintArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared { all: self.all.clone(), ..self.common.shared() }
    }
}

/// Print the strict controls
#[derive(Args, Clone, Debug, Default)]
pub struct StrictListArgs {
    /// With those that are completed and have no effect any more
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// Only this control
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}
