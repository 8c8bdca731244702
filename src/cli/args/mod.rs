//! Every command and flag as clap structs: the one place where a flag is defined. The doc comments are the help
//! texts. It knows no environment and no file; `settings` turns the structs into values.

mod backend;
mod catalog;
mod completion;
mod controls;
mod discover;
mod explain;
mod files;
mod global;
mod hcl;
mod info;
mod lock;
mod outputs;
mod pins;
mod render;
mod run;
mod shared;
mod stack;
mod standing;
mod state;
mod values;

pub use backend::{BackendCommand, BootstrapArgs, DeleteArgs, MigrateArgs};
pub use catalog::{CatalogArgs, ScaffoldArgs, TemplateArgs};
pub use completion::{CompletionArgs, Shell};
pub use controls::{EXPERIMENTS, Enabled, Names, STRICT_CONTROLS, TIPS, strict_meaning};
pub use discover::{BrowseArgs, DagCommand, DagGraphArgs, FindArgs, FindFormat, ListArgs, ListFormat};
pub use explain::ExplainArgs;
pub use files::FilesArgs;
pub use global::GlobalArgs;
pub use hcl::{FmtArgs, HclCommand, ValidateArgs};
pub use info::{InfoCommand, PrintArgs, StrictCommand, StrictListArgs};
pub use lock::{
    LockCommand, LockDoctorArgs, LockListArgs, LockReleaseArgs, LockShowArgs, StateArgs, StatesArgs,
};
pub use outputs::OutputsArgs;
pub use pins::{
    PackagesArgs, PinsCheckArgs, PinsCommand, PinsFormat, PinsListArgs, PinsLockArgs, PinsOutdatedArgs,
    PinsUpgradeArgs, PinsVerifyArgs, SurveyArgs,
};
pub use render::{RenderArgs, RenderFormat};
pub use run::{CommonArgs, ExecArgs, ProviderPatchArgs, RunArgs};
pub use shared::{
    AllArgs, AuthArgs, AutoArgs, BackendArgs, CacheArgs, ConfigArgs, DebugArgs, EngineArgs, FeatureArgs,
    FilterArgs, GraphArgs, HookArgs, IamArgs, LockArgs, OutputArgs, ProviderCacheArgs, QueueArgs,
    QueueSelectArgs, Shared, SourceArgs, ToolArgs,
};
pub use stack::{
    StackCleanArgs, StackCommand, StackFormat, StackGenerateArgs, StackOutputArgs, StackRunArgs,
};
pub use standing::{Standing, standing_of_command, standing_of_flag};
pub use state::{StateCommand, StateDiffArgs, StateHistoryArgs, StateRestoreArgs, StateSnapshotArgs};
pub use values::{LogFormat, LogLevel, Pair, ReportFormat};

use clap::{CommandFactory, Parser, Subcommand};

/// Runs terraform or tofu over a tree of units, in the order of their dependencies
#[derive(Debug, Parser)]
#[command(
    name = "terrace",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do, with the flags of that command alone.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(Box<RunArgs>),
    Exec(Box<ExecArgs>),
    /// Work on stack files
    #[command(subcommand)]
    Stack(StackCommand),
    /// Work on the places where states are kept
    #[command(subcommand)]
    Backend(BackendCommand),
    /// See who holds the locks of states, and release dead ones
    #[command(subcommand)]
    Lock(LockCommand),
    Outputs(Box<OutputsArgs>),
    /// See what is pinned to which version, and what should be
    #[command(subcommand)]
    Pins(PinsCommand),
    /// Look at versions of states, compare them and bring them back (all else of `state` is terraform's own)
    #[command(subcommand)]
    State(StateCommand),
    Find(FindArgs),
    List(ListArgs),
    /// Work on the dependency graph
    #[command(subcommand)]
    Dag(DagCommand),
    /// Work on configuration files
    #[command(subcommand)]
    Hcl(HclCommand),
    Render(Box<RenderArgs>),
    Explain(Box<ExplainArgs>),
    /// Show what terrace knows
    #[command(subcommand)]
    Info(InfoCommand),
    Catalog(CatalogArgs),
    Scaffold(ScaffoldArgs),
    Browse(discover::BrowseArgs),
    Completion(CompletionArgs),
    AwsProviderPatch(Box<ProviderPatchArgs>),
    /// Print terrace's version
    Version,
}

/// The whole tree of commands, built for reading: names, flags, help texts.
#[must_use]
pub fn tree() -> clap::Command {
    Cli::command()
}

impl Command {
    /// Whether only some files count; `None` for a command that takes no files.
    #[must_use]
    pub fn files(&self) -> Option<&FilesArgs> {
        match self {
            Self::Hcl(HclCommand::Fmt(args)) => Some(&args.files),
            Self::Hcl(HclCommand::Validate(args)) => Some(&args.files),
            Self::Pins(command) => command.files(),
            _ => None,
        }
    }

    /// The groups of flags that this command shares with others; those it lacks are at their defaults.
    #[must_use]
    pub fn shared(&self) -> Shared {
        match self {
            Self::Run(args) => args.shared(),
            Self::Exec(args) => args.shared(),
            Self::Stack(command) => command.shared(),
            Self::Backend(command) => command.shared(),
            Self::Lock(command) => command.shared(),
            Self::Outputs(args) => args.shared(),
            Self::Pins(command) => command.shared(),
            Self::State(command) => command.shared(),
            Self::Find(args) => args.look.shared(),
            Self::List(args) => args.look.shared(),
            Self::Dag(DagCommand::Graph(args)) => args.shared(),
            Self::Hcl(HclCommand::Fmt(args)) => args.shared(),
            Self::Hcl(HclCommand::Validate(args)) => args.shared(),
            Self::Render(args) => args.shared(),
            Self::Explain(args) => args.shared(),
            Self::Info(InfoCommand::Print(args)) => args.shared(),
            Self::AwsProviderPatch(args) => args.run.shared(),
            Self::Info(InfoCommand::Strict(_))
            | Self::Catalog(_)
            | Self::Scaffold(_)
            | Self::Browse(_)
            | Self::Completion(_)
            | Self::Version => Shared::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definitions_are_sound() {
        super::tree().debug_assert();
    }
}
