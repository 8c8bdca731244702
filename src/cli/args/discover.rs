//! `find`, `list`, `dag graph`, `browse`: what is there, without running anything.

use super::shared::{BackendArgs, FeatureArgs, FilterArgs, QueueSelectArgs, Shared};
use clap::{Args, Subcommand, ValueEnum};

/// How `find` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FindFormat {
    #[default]
    Text,
    Json,
}

/// How `list` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    #[default]
    Text,
    Tree,
    Long,
    Dot,
}

/// Print the units and stacks below the working folder
#[derive(Args, Clone, Debug, Default)]
#[command(visible_alias = "fd")]
pub struct FindArgs {
    /// text or json (default text)
    #[arg(long, value_name = "FORMAT", help_heading = "Output", value_parser = clap::value_parser!(FindFormat))]
    pub format: Option<FindFormat>,
    /// The same as --format json
    #[arg(long, short = 'j', help_heading = "Output")]
    pub json: bool,
    /// In the order of dependencies instead of by name
    #[arg(long, help_heading = "Output")]
    pub dag: bool,
    /// With the dependencies of each (json)
    #[arg(long, help_heading = "Output")]
    pub dependencies: bool,
    /// With the exclude block of each (json)
    #[arg(long, help_heading = "Output")]
    pub exclude: bool,
    /// With the includes of each (json)
    #[arg(long, help_heading = "Output")]
    pub include: bool,
    /// With the files that each reads (json)
    #[arg(long, help_heading = "Output")]
    pub reading: bool,
    #[command(flatten)]
    pub look: LookArgs,
}

impl FindArgs {
    #[must_use]
    pub fn format(&self) -> FindFormat {
        if self.json { FindFormat::Json } else { self.format.unwrap_or_default() }
    }

    /// Whether the order is that of dependencies; naming a command implies it.
    #[must_use]
    pub fn in_order(&self) -> bool {
        self.dag || self.look.queue_construct_as.is_some()
    }
}

/// Print the units and stacks as columns, a table, a tree or a graph
#[derive(Args, Clone, Debug, Default)]
#[command(visible_alias = "ls")]
pub struct ListArgs {
    /// text, tree, long or dot (default text)
    #[arg(long, value_name = "FORMAT", help_heading = "Output", value_parser = clap::value_parser!(ListFormat))]
    pub format: Option<ListFormat>,
    /// The same as --format tree
    #[arg(long, short = 'T', help_heading = "Output")]
    pub tree: bool,
    /// The same as --format long
    #[arg(long, short = 'l', help_heading = "Output")]
    pub long: bool,
    /// In the order of dependencies instead of by name
    #[arg(long, help_heading = "Output")]
    pub dag: bool,
    /// With the dependencies of each
    #[arg(long, help_heading = "Output")]
    pub dependencies: bool,
    #[command(flatten)]
    pub look: LookArgs,
}

impl ListArgs {
    #[must_use]
    pub fn format(&self) -> ListFormat {
        match (self.long, self.tree) {
            (true, _) => ListFormat::Long,
            (_, true) => ListFormat::Tree,
            _ => self.format.unwrap_or_default(),
        }
    }

    /// Whether the order is that of dependencies; naming a command implies it.
    #[must_use]
    pub fn in_order(&self) -> bool {
        self.dag || self.look.queue_construct_as.is_some()
    }
}

/// What `find` and `list` share.
#[derive(Args, Clone, Debug, Default)]
pub struct LookArgs {
    /// As if this command were run: its order, without the units that exclude it
    #[arg(long, visible_alias = "as", value_name = "COMMAND", help_heading = "Output")]
    pub queue_construct_as: Option<String>,
    /// Skip hidden folders
    #[arg(long, help_heading = "Which units")]
    pub no_hidden: bool,
    /// No effect: hidden folders are looked into unless --no-hidden is given
    #[arg(long, hide = true, help_heading = "Which units")]
    pub hidden: bool,
    /// Also dependencies outside of the working folder
    #[arg(long, hide = true, help_heading = "Which units")]
    pub external: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    /// Do not run the credentials command while units are looked for
    #[arg(long, help_heading = "Credentials")]
    pub no_discovery_auth_provider_cmd: bool,
    #[command(flatten)]
    pub backend: BackendArgs,
}

impl LookArgs {
    pub(super) fn shared(&self) -> Shared {
        let mut shared = Shared {
            filter: self.filter.clone(),
            feature: self.feature.clone(),
            backend: self.backend.clone(),
            queue_select: QueueSelectArgs {
                queue_include_external: self.external,
                ..QueueSelectArgs::default()
            },
            ..Shared::default()
        };
        shared.auth.no_discovery_auth_provider_cmd = self.no_discovery_auth_provider_cmd;
        shared
    }
}

/// Commands of `dag`.
#[derive(Clone, Debug, Subcommand)]
pub enum DagCommand {
    Graph(DagGraphArgs),
}

/// Print the dependency graph in the DOT language
#[derive(Args, Clone, Debug, Default)]
pub struct DagGraphArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub queue_select: QueueSelectArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    #[command(flatten)]
    pub backend: BackendArgs,
    #[command(flatten)]
    pub queue: IgnoreArgs,
}

/// Accepted where the reference accepts them, for commands that have no queue.
#[derive(Args, Clone, Debug, Default)]
pub struct IgnoreArgs {
    /// No effect here
    #[arg(long, hide = true)]
    pub queue_ignore_errors: bool,
    /// No effect here
    #[arg(long, hide = true)]
    pub queue_ignore_dag_order: bool,
}

impl DagGraphArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            filter: self.filter.clone(),
            queue_select: self.queue_select.clone(),
            feature: self.feature.clone(),
            backend: self.backend.clone(),
            ..Shared::default()
        }
    }
}

/// Walk through the units on screen
#[derive(Args, Clone, Debug, Default)]
#[command(hide = true)]
pub struct BrowseArgs {
    #[command(flatten)]
    pub feature: FeatureArgs,
    /// Do not run the credentials command while units are looked for
    #[arg(long, help_heading = "Credentials")]
    pub no_discovery_auth_provider_cmd: bool,
}
