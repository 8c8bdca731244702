//! `render`: a unit's configuration after all is resolved.

use super::run::CommonArgs;
use super::shared::{AllArgs, Shared};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How `render` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RenderFormat {
    #[default]
    Hcl,
    Json,
}

/// Print a unit's configuration with everything resolved
#[derive(Args, Clone, Debug, Default)]
pub struct RenderArgs {
    /// hcl or json (default hcl)
    #[arg(long, value_name = "FORMAT", help_heading = "Output", value_parser = clap::value_parser!(RenderFormat))]
    pub format: Option<RenderFormat>,
    /// The same as --format json
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Write a file beside the unit instead of printing
    #[arg(long, short = 'w', help_heading = "Output")]
    pub write: bool,
    /// The name of that file (default terragrunt.rendered.hcl or .json)
    #[arg(long, alias = "json-out", value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// With the file that each value comes from (json)
    #[arg(long, help_heading = "Output")]
    pub with_metadata: bool,
    /// No effect: dependents are never looked for
    #[arg(long, hide = true, help_heading = "Output")]
    pub disable_dependent_modules: bool,
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

impl RenderArgs {
    #[must_use]
    pub fn format(&self) -> RenderFormat {
        if self.json { RenderFormat::Json } else { self.format.unwrap_or_default() }
    }

    pub(super) fn shared(&self) -> Shared {
        Shared { all: self.all.clone(), ..self.common.shared() }
    }
}
