//! `stack`: stack files and what they generate.

use super::run::CommonArgs;
use super::shared::Shared;
use clap::{Args, Subcommand, ValueEnum};

/// Commands of `stack`.
#[derive(Clone, Debug, Subcommand)]
pub enum StackCommand {
    Generate(Box<StackGenerateArgs>),
    Run(Box<StackRunArgs>),
    Output(Box<StackOutputArgs>),
    Clean(StackCleanArgs),
}

impl StackCommand {
    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::Generate(args) => args.common.shared(),
            Self::Run(args) => {
                let mut shared = args.common.shared();
                shared.all.all = true;
                shared
            }
            Self::Output(args) => args.common.shared(),
            Self::Clean(_) => Shared::default(),
        }
    }
}

/// Write the units that the stack files describe
#[derive(Args, Clone, Debug, Default)]
pub struct StackGenerateArgs {
    /// Do not check what was written
    #[arg(long, hide = true, help_heading = "Output")]
    pub no_stack_validate: bool,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Generate the stacks, then run terraform in all units
#[derive(Args, Clone, Debug, Default)]
pub struct StackRunArgs {
    #[command(flatten)]
    pub common: CommonArgs,
}

/// How `stack output` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StackFormat {
    #[default]
    Default,
    Json,
    Raw,
}

/// Print the outputs of a stack's units
#[derive(Args, Clone, Debug, Default)]
pub struct StackOutputArgs {
    /// default, json or raw
    #[arg(long, value_name = "FORMAT", help_heading = "Output", value_parser = clap::value_parser!(StackFormat))]
    pub format: Option<StackFormat>,
    /// The same as --format json
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// The same as --format raw
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
    #[command(flatten)]
    pub common: CommonArgs,
    /// Only this output: stack.unit.output
    #[arg(value_name = "ADDRESS")]
    pub address: Option<String>,
}

/// Remove what `stack generate` wrote
#[derive(Args, Clone, Debug, Default)]
pub struct StackCleanArgs {}
