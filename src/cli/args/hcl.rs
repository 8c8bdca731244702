//! `hcl fmt` and `hcl validate`.

use super::discover::IgnoreArgs;
use super::files::FilesArgs;
use super::shared::{FilterArgs, QueueArgs, QueueSelectArgs, Shared, ToolArgs};
use clap::{ArgAction, Args, Subcommand};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Commands of `hcl`.
#[derive(Clone, Debug, Subcommand)]
pub enum HclCommand {
    #[command(name = "fmt", visible_alias = "format")]
    Fmt(FmtArgs),
    Validate(ValidateArgs),
}

/// Rewrite configuration files in the usual style
#[derive(Args, Clone, Debug, Default)]
pub struct FmtArgs {
    /// Only this file
    #[arg(long, value_name = "FILE", help_heading = "Which files", conflicts_with = "files")]
    pub file: Option<PathBuf>,
    /// No folders of this name; may be repeated
    #[arg(long, value_name = "NAME", action = ArgAction::Append, help_heading = "Which files")]
    pub exclude_dir: Vec<String>,
    /// Read from stdin, write to stdout
    #[arg(long, help_heading = "Which files", conflicts_with_all = ["file", "files"])]
    pub stdin: bool,
    #[command(flatten)]
    pub files: FilesArgs,
    /// Write nothing; fail if a file would change
    #[arg(long, help_heading = "Output")]
    pub check: bool,
    /// Show what changes
    #[arg(long, help_heading = "Output")]
    pub diff: bool,
    /// How many files are read at the same time
    #[arg(long, value_name = "N", help_heading = "Output", value_parser = super::shared::parse_parallelism)]
    pub parallelism: Option<NonZeroU32>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub queue_select: QueueSelectArgs,
    #[command(flatten)]
    pub queue: IgnoreArgs,
}

impl FmtArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            filter: self.filter.clone(),
            queue_select: self.queue_select.clone(),
            queue: QueueArgs { parallelism: self.parallelism, ..QueueArgs::default() },
            ..Shared::default()
        }
    }
}

/// Read every unit and stack and report each fault
#[derive(Args, Clone, Debug, Default)]
pub struct ValidateArgs {
    /// Faults as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Only the paths of faulty files
    #[arg(long, help_heading = "Output")]
    pub show_config_path: bool,
    /// Compare inputs with the variables of the module
    #[arg(long, help_heading = "What is checked")]
    pub inputs: bool,
    /// An input that no variable takes is an error, too (needs --inputs)
    #[arg(long, help_heading = "What is checked")]
    pub strict: bool,
    #[command(flatten)]
    pub files: FilesArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub queue_select: QueueSelectArgs,
    #[command(flatten)]
    pub tool: ToolArgs,
    #[command(flatten)]
    pub queue: IgnoreArgs,
}

impl ValidateArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            filter: self.filter.clone(),
            queue_select: self.queue_select.clone(),
            tool: self.tool.clone(),
            ..Shared::default()
        }
    }
}
