//! `backend`: the places where states are kept.

use super::shared::{AllArgs, BackendArgs, ConfigArgs, FeatureArgs, QueueArgs, Shared};
use clap::{Args, Subcommand};

/// Commands of `backend`.
#[derive(Clone, Debug, Subcommand)]
pub enum BackendCommand {
    Bootstrap(BootstrapArgs),
    Delete(DeleteArgs),
    Migrate(MigrateArgs),
}

impl BackendCommand {
    pub(super) fn shared(&self) -> Shared {
        let (all, fail, common) = match self {
            Self::Bootstrap(args) => (args.all.all, args.fail.fail_fast, &args.common),
            Self::Delete(args) => (args.all.all, args.fail.fail_fast, &args.common),
            Self::Migrate(args) => (false, false, &args.common),
        };
        Shared {
            all: AllArgs { all },
            queue: QueueArgs { fail_fast: fail, ..QueueArgs::default() },
            config: common.config.clone(),
            feature: common.feature.clone(),
            backend: common.backend.clone(),
            ..Shared::default()
        }
    }
}

/// Create the bucket or container of a unit's state, or make it as the settings say
///
/// Each container is worked on once, however many units share it. What is missing is created; what differs in one that is
/// there is shown, and changed after a question (--disable-bucket-update: never).
#[derive(Args, Clone, Debug, Default)]
pub struct BootstrapArgs {
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub fail: FailArgs,
    #[command(flatten)]
    pub common: BackendCommonArgs,
}

/// Delete a unit's state
///
/// A state that holds resources, or whose store keeps no versions, is only deleted with --force; a copy stays then, if the
/// store keeps none. terraform's own lock is held meanwhile.
#[derive(Args, Clone, Debug, Default)]
pub struct DeleteArgs {
    /// Even where the bucket keeps no older versions, or the state is not empty
    #[arg(long, help_heading = "Remote state")]
    pub force: bool,
    /// Delete the bucket, too
    #[arg(long, hide = true, help_heading = "Remote state")]
    pub bucket: bool,
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub fail: FailArgs,
    #[command(flatten)]
    pub common: BackendCommonArgs,
}

/// Move a unit's state to where another unit keeps its own
///
/// Both locks are held meanwhile, a state at the target is never written over, and the copy is read back byte for byte
/// before the source goes.
#[derive(Args, Clone, Debug, Default)]
pub struct MigrateArgs {
    /// Even where the bucket keeps no older versions
    #[arg(long, help_heading = "Remote state")]
    pub force: bool,
    #[command(flatten)]
    pub common: BackendCommonArgs,
    /// The unit whose state moves
    #[arg(value_name = "FROM")]
    pub from: Option<String>,
    /// The unit where it goes
    #[arg(value_name = "TO")]
    pub to: Option<String>,
}

/// What the commands share.
#[derive(Args, Clone, Debug, Default)]
pub struct BackendCommonArgs {
    /// Only show what would be done
    #[arg(long, help_heading = "Remote state")]
    pub dry_run: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    #[command(flatten)]
    pub backend: BackendArgs,
}

/// What a failure means for the rest.
#[derive(Args, Clone, Debug, Default)]
pub struct FailArgs {
    /// Start nothing more after the first failure
    #[arg(long, help_heading = "Order and failures")]
    pub fail_fast: bool,
}
