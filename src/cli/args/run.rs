//! `run`, `exec` and the hidden `aws-provider-patch`: a command in each selected unit.

use super::shared::{
    AllArgs, AuthArgs, AutoArgs, BackendArgs, CacheArgs, ConfigArgs, DebugArgs, EngineArgs, FeatureArgs,
    FilterArgs, GraphArgs, HookArgs, IamArgs, LockArgs, OutputArgs, ProviderCacheArgs, QueueArgs,
    QueueSelectArgs, Shared, SourceArgs, ToolArgs,
};
use super::values::Pair;
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// Run terraform in a unit, or in many
///
/// Everything after `--` goes to terraform. The usual terraform commands have shortcuts: `terrace plan` is
/// `terrace run -- plan`, and takes terraform's flags among ours.
#[derive(Args, Clone, Debug, Default)]
pub struct RunArgs {
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub graph: GraphArgs,
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What every command takes that runs terraform.
#[derive(Args, Clone, Debug, Default)]
pub struct CommonArgs {
    /// Where --graph looks for dependents (default: the root of the git repository)
    #[arg(long, value_name = "DIR", help_heading = "Which units")]
    pub graph_root: Option<PathBuf>,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub queue_select: QueueSelectArgs,
    #[command(flatten)]
    pub queue: QueueArgs,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub tool: ToolArgs,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    #[command(flatten)]
    pub auto: AutoArgs,
    #[command(flatten)]
    pub hooks: HookArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub debug: DebugArgs,
    #[command(flatten)]
    pub auth: AuthArgs,
    #[command(flatten)]
    pub iam: IamArgs,
    #[command(flatten)]
    pub backend: BackendArgs,
    #[command(flatten)]
    pub locks: LockArgs,
    #[command(flatten)]
    pub provider_cache: ProviderCacheArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}

impl CommonArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            graph_root: self.graph_root.clone(),
            filter: self.filter.clone(),
            queue_select: self.queue_select.clone(),
            queue: self.queue.clone(),
            config: self.config.clone(),
            tool: self.tool.clone(),
            source: self.source.clone(),
            feature: self.feature.clone(),
            auto: self.auto.clone(),
            hooks: self.hooks.clone(),
            output: self.output.clone(),
            debug: self.debug.clone(),
            auth: self.auth.clone(),
            iam: self.iam.clone(),
            backend: self.backend.clone(),
            locks: self.locks.clone(),
            provider_cache: self.provider_cache.clone(),
            cache: self.cache.clone(),
            engine: self.engine.clone(),
            ..Shared::default()
        }
    }
}

impl RunArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared { all: self.all.clone(), graph: self.graph.clone(), ..self.common.shared() }
    }
}

/// Run any program with a unit's inputs and credentials
///
/// The inputs arrive as TF_VAR_ variables. Everything after `--` is the program and its arguments.
#[derive(Args, Clone, Debug, Default)]
pub struct ExecArgs {
    /// Run in the unit's working directory, after init, instead of beside its file
    #[arg(long, help_heading = "Where")]
    pub in_download_dir: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub tool: ToolArgs,
    #[command(flatten)]
    pub debug: DebugArgs,
    /// A command that prints credentials as JSON; it runs first
    #[arg(long, value_name = "COMMAND", help_heading = "Credentials")]
    pub auth_provider_cmd: Option<String>,
    #[command(flatten)]
    pub iam: IamArgs,
}

impl ExecArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            tool: self.tool.clone(),
            debug: self.debug.clone(),
            auth: AuthArgs { auth_provider_cmd: self.auth_provider_cmd.clone(), ..AuthArgs::default() },
            iam: self.iam.clone(),
            ..Shared::default()
        }
    }
}

/// Overwrite attributes of the AWS provider inside fetched modules
#[derive(Args, Clone, Debug, Default)]
#[command(hide = true)]
pub struct ProviderPatchArgs {
    /// An attribute and its value; may be repeated
    #[arg(long, value_name = "ATTR=VALUE", action = ArgAction::Append, help_heading = "Output")]
    pub override_attr: Vec<Pair>,
    #[command(flatten)]
    pub run: RunArgs,
}
