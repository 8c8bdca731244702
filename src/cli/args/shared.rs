//! Groups of flags that several commands share. A command flattens the groups it takes; `Shared` is their union,
//! from which the settings are made, so that a group that a command lacks has its defaults.

use super::values::{Pair, ReportFormat};
use crate::config::RunLockMode;
use crate::hcl::functions::date::parse_duration;
use clap::{ArgAction, Args};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Every group there is.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    pub graph_root: Option<PathBuf>,
    pub all: AllArgs,
    pub graph: GraphArgs,
    pub filter: FilterArgs,
    pub queue_select: QueueSelectArgs,
    pub queue: QueueArgs,
    pub config: ConfigArgs,
    pub tool: ToolArgs,
    pub source: SourceArgs,
    pub feature: FeatureArgs,
    pub auto: AutoArgs,
    pub hooks: HookArgs,
    pub debug: DebugArgs,
    pub output: OutputArgs,
    pub auth: AuthArgs,
    pub iam: IamArgs,
    pub backend: BackendArgs,
    pub locks: LockArgs,
    pub provider_cache: ProviderCacheArgs,
    pub cache: CacheArgs,
    pub engine: EngineArgs,
}

/// Many units instead of one.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which units")]
pub struct AllArgs {
    /// Every unit below the working folder, in the order of their dependencies
    #[arg(long, short = 'a')]
    pub all: bool,
}

/// A unit and what needs it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which units")]
pub struct GraphArgs {
    /// This unit and every unit that depends on it
    #[arg(long)]
    pub graph: bool,
}

/// The filter language.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which units")]
pub struct FilterArgs {
    /// Only units that this filter selects; may be repeated, then any of them selects. Implies --all
    #[arg(long, value_name = "QUERY", action = ArgAction::Append)]
    pub filter: Vec<String>,
    /// Only units that changed between the default branch and HEAD
    #[arg(long)]
    pub filter_affected: bool,
    /// Read filters from this file, one a line (default .terragrunt-filters, if there is one)
    #[arg(long, value_name = "FILE")]
    pub filters_file: Option<PathBuf>,
    /// Do not read .terragrunt-filters
    #[arg(long)]
    pub no_filters_file: bool,
    /// Let a git filter destroy units that were removed
    #[arg(long)]
    pub filter_allow_destroy: bool,
    /// Look for dependents only below this folder, not in the whole repository
    #[arg(long, value_name = "DIR")]
    pub discovery_boundary: Option<PathBuf>,
}

/// The former flags of selection, each an alias of a filter.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which units, older flags (each stands for a filter)")]
pub struct QueueSelectArgs {
    /// Only units in folders that match; may be repeated
    #[arg(long, value_name = "GLOB", action = ArgAction::Append)]
    pub queue_include_dir: Vec<String>,
    /// No units in folders that match; may be repeated
    #[arg(long, value_name = "GLOB", action = ArgAction::Append)]
    pub queue_exclude_dir: Vec<String>,
    /// No units that match a line of this file (default .terragrunt-excludes, if there is one)
    #[arg(long, value_name = "FILE")]
    pub queue_excludes_file: Option<PathBuf>,
    /// Only units that read this file; may be repeated
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub queue_include_units_reading: Vec<String>,
    /// Also run dependencies outside of the working folder
    #[arg(long, alias = "external")]
    pub queue_include_external: bool,
    /// No effect: dependencies outside of the working folder do not run unless asked for
    #[arg(long, hide = true)]
    pub queue_exclude_external: bool,
    /// No effect: a filter never selects more than it says
    #[arg(long, hide = true)]
    pub queue_strict_include: bool,
    /// Only units that include this file; may be repeated
    #[arg(long, value_name = "FILE", hide = true, action = ArgAction::Append)]
    pub units_that_include: Vec<String>,
}

/// How the run queue moves on.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Order and failures")]
pub struct QueueArgs {
    /// How many units run at the same time
    #[arg(long, value_name = "N", value_parser = parse_parallelism)]
    pub parallelism: Option<NonZeroU32>,
    /// Start nothing more after the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Run a unit even if one that it depends on failed
    #[arg(long)]
    pub queue_ignore_errors: bool,
    /// Run everything at once, whatever depends on what
    #[arg(long)]
    pub queue_ignore_dag_order: bool,
}

/// Where configuration is read and work is done.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration and source")]
pub struct ConfigArgs {
    /// The unit's configuration file (default terragrunt.hcl)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where working directories are made (default .terragrunt-cache beside each unit)
    #[arg(long, value_name = "DIR")]
    pub download_dir: Option<PathBuf>,
}

/// Which terraform.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration and source")]
pub struct ToolArgs {
    /// The terraform or tofu to run (default: the first of tofu, terraform on PATH)
    #[arg(long, value_name = "PATH")]
    pub tf_path: Option<PathBuf>,
}

/// Module sources.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration and source")]
pub struct SourceArgs {
    /// Take the module from here instead of terraform.source; with --all the base of each unit's `//` folder
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Fetch sources again, whatever the working directory holds
    #[arg(long)]
    pub source_update: bool,
    /// Replace one source by another: old=new; may be repeated
    #[arg(long, value_name = "OLD=NEW", action = ArgAction::Append, value_parser = Pair::parse_sources)]
    pub source_map: Vec<Pair>,
}

/// Feature flags of the configuration.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration and source")]
pub struct FeatureArgs {
    /// Give a `feature` block its value: name=value; may be repeated
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub feature: Vec<Pair>,
}

/// What is done unasked, and how to stop it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What happens by itself")]
pub struct AutoArgs {
    /// Never run init by ourselves
    #[arg(long)]
    pub no_auto_init: bool,
    /// Never repeat a command that failed by a passing fault
    #[arg(long)]
    pub no_auto_retry: bool,
    /// Let terraform ask before it applies or destroys; units then run one at a time
    #[arg(long)]
    pub no_auto_approve: bool,
    /// Share no provider packages between units by ourselves
    #[arg(long)]
    pub no_auto_provider_cache_dir: bool,
    /// Do not generate stacks first
    #[arg(long)]
    pub no_stack_generate: bool,
    /// Keep no copy of a state before it is applied or destroyed where its store keeps no versions
    #[arg(long)]
    pub no_state_snapshot: bool,
    /// Before a destroy, look for units that depend on this one and ask
    #[arg(long)]
    pub destroy_dependencies_check: bool,
    /// Run nothing while `pins check` finds anything in these units
    #[arg(long)]
    pub require_pins: bool,
    /// No effect: dependents are looked for only if asked for
    #[arg(long, hide = true)]
    pub no_destroy_dependencies_check: bool,
    /// No effect: commands are never checked
    #[arg(long, hide = true)]
    pub disable_command_validation: bool,
}

/// Hooks and dependency outputs, left out.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What happens by itself")]
pub struct HookArgs {
    /// Run no hooks (experiment optional-hooks)
    #[arg(long)]
    pub no_hooks: bool,
    /// Read no outputs of dependencies (experiment optional-dependency-outputs)
    #[arg(long)]
    pub no_dependency_outputs: bool,
    /// Read outputs of dependencies from their state, without starting terraform
    #[arg(long)]
    pub dependency_fetch_output_from_state: bool,
    /// Read outputs of dependencies through terraform alone
    #[arg(long)]
    pub no_dependency_fetch_output_from_state: bool,
}

/// Looking into inputs.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct DebugArgs {
    /// Write each unit's inputs into a file beside it, to run terraform by hand
    #[arg(long)]
    pub inputs_debug: bool,
}

/// What a run leaves and says.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Keep each unit's plan file below this folder; apply takes them from there
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Also write each unit's plan as JSON below this folder
    #[arg(long, value_name = "DIR")]
    pub json_out_dir: Option<PathBuf>,
    /// Pass terraform's output on as it is, without prefixes
    #[arg(long)]
    pub tf_forward_stdout: bool,
    /// Write what became of each unit into this file
    #[arg(long, value_name = "FILE")]
    pub report_file: Option<PathBuf>,
    /// csv or json (default: by the file's ending, else csv)
    #[arg(long, value_name = "FORMAT", value_parser = clap::value_parser!(ReportFormat))]
    pub report_format: Option<ReportFormat>,
    /// Write the JSON schema of the report into this file
    #[arg(long, value_name = "FILE")]
    pub report_schema_file: Option<PathBuf>,
    /// No summary at the end
    #[arg(long)]
    pub summary_disable: bool,
    /// A line for each unit in the summary, with its time
    #[arg(long)]
    pub summary_per_unit: bool,
}

/// Credentials by command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct AuthArgs {
    /// A command that prints credentials as JSON; it runs before each unit
    #[arg(long, value_name = "COMMAND")]
    pub auth_provider_cmd: Option<String>,
    /// Do not run that command while units are looked for
    #[arg(long)]
    pub no_discovery_auth_provider_cmd: bool,
}

/// AWS roles.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Credentials")]
pub struct IamArgs {
    /// Assume this AWS role first
    #[arg(long, value_name = "ARN")]
    pub iam_assume_role: Option<String>,
    /// How long the role is assumed, in seconds (default 3600)
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub iam_assume_role_duration: Option<u64>,
    /// The name of the session
    #[arg(long, value_name = "NAME")]
    pub iam_assume_role_session_name: Option<String>,
    /// Assume the role with this web identity token, or the file that holds it
    #[arg(long, value_name = "TOKEN")]
    pub iam_assume_role_web_identity_token: Option<String>,
}

/// The places of states.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Remote state")]
pub struct BackendArgs {
    /// Create the bucket or container of a state if it is missing
    #[arg(long)]
    pub backend_bootstrap: bool,
    /// Fail if the bucket or container would have to be created
    #[arg(long)]
    pub backend_require_bootstrap: bool,
    /// Never change the settings of an existing bucket
    #[arg(long)]
    pub disable_bucket_update: bool,
}

/// Locks that others hold.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Locks")]
pub struct LockArgs {
    /// Let a unit whose state is locked wait and try again, while others go on (default 10m)
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, value_parser = parse_wait)]
    pub wait_for_locks: Option<Duration>,
    /// Whether the run takes the lock that `run_lock` in terrace.hcl describes: require, auto or off
    #[arg(long, value_name = "WHEN", value_parser = parse_run_lock)]
    pub run_lock: Option<RunLockMode>,
}

/// How packages of providers are shared.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Caches")]
pub struct ProviderCacheArgs {
    /// Share provider packages, and relay the questions of a single unit to registries, too
    #[arg(long)]
    pub provider_cache: bool,
    /// Where provider packages are kept
    #[arg(long, value_name = "DIR")]
    pub provider_cache_dir: Option<PathBuf>,
    /// The host name that the relay to registries listens on (default localhost)
    #[arg(long, value_name = "HOST")]
    pub provider_cache_hostname: Option<String>,
    /// The port that it listens on (default: any that is free)
    #[arg(long, value_name = "PORT")]
    pub provider_cache_port: Option<u16>,
    /// The token that opens it (default: one that nobody can guess)
    #[arg(long, value_name = "TOKEN")]
    pub provider_cache_token: Option<String>,
    /// A registry that is relayed; may be repeated (default: all)
    #[arg(long, value_name = "HOST", action = ArgAction::Append)]
    pub provider_cache_registry_names: Vec<String>,
}

/// Caches of parsing and fetching.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Caches")]
pub struct CacheArgs {
    /// Keep no content-addressed store of sources
    #[arg(long)]
    pub no_cas: bool,
    /// How many commits a clone brings (default 1; negative: all)
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = parse_depth)]
    pub cas_clone_depth: Option<i32>,
    /// No effect: a file is always parsed once
    #[arg(long)]
    pub use_partial_parse_config_cache: bool,
    /// A file that a version manager reads; may be repeated
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub version_manager_file_name: Vec<String>,
}

/// Engines.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Engines")]
pub struct EngineArgs {
    /// Run through the unit's `engine` block
    #[arg(long, hide = true)]
    pub experimental_engine: bool,
    /// Where engines are kept
    #[arg(long, value_name = "DIR", hide = true)]
    pub engine_cache_path: Option<PathBuf>,
    /// Do not check an engine's digest
    #[arg(long, hide = true)]
    pub engine_skip_check: bool,
    /// How much an engine logs
    #[arg(long, value_name = "LEVEL", hide = true)]
    pub engine_log_level: Option<String>,
    /// Ignore `engine` blocks
    #[arg(long, hide = true)]
    pub no_engine: bool,
}

pub(super) fn parse_parallelism(text: &str) -> Result<NonZeroU32, String> {
    let number: i32 = text.parse().map_err(|_| "write a whole number".to_owned())?;
    u32::try_from(number).ok().and_then(NonZeroU32::new).ok_or_else(|| "at least 1 unit must run".to_owned())
}

/// How long a unit waits if nobody says how long.
const USUAL_WAIT: Duration = Duration::from_secs(600);

fn parse_wait(text: &str) -> Result<Duration, String> {
    match text {
        "true" => Ok(USUAL_WAIT),
        "false" => Ok(Duration::ZERO),
        text => parse_duration(text).ok_or_else(|| "write it as 30s, 10m or 1h30m".to_owned()),
    }
}

fn parse_run_lock(text: &str) -> Result<RunLockMode, String> {
    RunLockMode::parse(text).ok_or_else(|| format!("write one of {}", RunLockMode::WORDS.join(", ")))
}

fn parse_seconds(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "write a whole number of seconds".to_owned())
}

fn parse_depth(text: &str) -> Result<i32, String> {
    match text.parse() {
        Ok(0) => Err("a clone of no commits is empty; -1 brings all".to_owned()),
        Ok(depth) => Ok(depth),
        Err(_) => Err("write a whole number".to_owned()),
    }
}
