//! `pins`: what is pinned to which version, and whether it is as it should be.

use super::files::FilesArgs;
use super::shared::{
    AllArgs, AuthArgs, ConfigArgs, FeatureArgs, FilterArgs, QueueSelectArgs, Shared, SourceArgs, ToolArgs,
};
use crate::provider::Platform;
use clap::{ArgAction, Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// How `pins check` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PinsFormat {
    #[default]
    Human,
    Json,
    Sarif,
    #[value(name = "junit")]
    JUnit,
    #[value(name = "github")]
    GitHub,
}

/// Commands of `pins`.
#[derive(Clone, Debug, Subcommand)]
pub enum PinsCommand {
    Check(Box<PinsCheckArgs>),
    List(Box<PinsListArgs>),
    Lock(Box<PinsLockArgs>),
    Outdated(Box<PinsOutdatedArgs>),
    Upgrade(Box<PinsUpgradeArgs>),
    Verify(Box<PinsVerifyArgs>),
}

impl PinsCommand {
    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::Check(args) => args.survey.shared(),
            Self::List(args) => args.survey.shared(),
            Self::Lock(args) => args.survey.shared(),
            Self::Outdated(args) => args.survey.shared(),
            Self::Upgrade(args) => args.survey.shared(),
            Self::Verify(args) => args.survey.shared(),
        }
    }

    pub(super) fn files(&self) -> Option<&FilesArgs> {
        match self {
            Self::Check(args) => Some(&args.files),
            Self::Lock(args) => Some(&args.files),
            _ => None,
        }
    }
}

/// Flags of commands that look at what units pin.
#[derive(Args, Clone, Debug, Default)]
pub struct SurveyArgs {
    #[command(flatten)]
    pub all: AllArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub select: QueueSelectArgs,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub tool: ToolArgs,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    #[command(flatten)]
    pub auth: AuthArgs,
}

impl SurveyArgs {
    fn shared(&self) -> Shared {
        Shared {
            all: self.all.clone(),
            filter: self.filter.clone(),
            queue_select: self.select.clone(),
            config: self.config.clone(),
            tool: self.tool.clone(),
            source: self.source.clone(),
            feature: self.feature.clone(),
            auth: self.auth.clone(),
            ..Shared::default()
        }
    }
}

/// Check that tools, providers, modules and sources are pinned as the policy demands
///
/// Looks at every unit and stack below the working folder, or those that the filters pick. Nothing is executed and nobody is
/// asked. Exit code 0: all is pinned. 3: something is not. 1: a file is faulty. The policy is the `pins` block of terrace.hcl.
#[derive(Args, Clone, Debug, Default)]
pub struct PinsCheckArgs {
    /// How the report is printed
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub format: PinsFormat,
    /// Write the report into this file, and print the one for people
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Mend what cannot change which version runs; shows what it changes
    #[arg(long)]
    pub fix: bool,
    /// With --fix: show the changes and write nothing
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub files: FilesArgs,
}

/// Show what is pinned to which version, where, and how far environments differ
#[derive(Args, Clone, Debug, Default)]
pub struct PinsListArgs {
    /// Every pin as JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
}

/// Show which pins lag behind what registries and repositories have
///
/// The one command of `pins` that uses the network. A registry that does not answer hides no other; the exit code is then 1.
#[derive(Args, Clone, Debug, Default)]
pub struct PinsOutdatedArgs {
    /// Every pin as JSON, the newest included
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
}

/// Where packages of providers are looked for.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Packages")]
pub struct PackagesArgs {
    /// A folder of packages, packed or unpacked, instead of what terraform's own settings name
    #[arg(long, value_name = "DIR")]
    pub fs_mirror: Option<PathBuf>,
    /// A server of packages, instead of what terraform's own settings name
    #[arg(long, value_name = "URL")]
    pub net_mirror: Option<String>,
}

/// Complete the lock files of units, as `terraform providers lock` would, each package read once
///
/// Packages come from --fs-mirror, --net-mirror, or from the mirrors and the plugin cache that terraform's own settings
/// name. Registries are asked with --from-registry only, and no terraform runs. A provider that is not locked yet gets
/// the newest version that the whole tree of modules allows.
#[derive(Args, Clone, Debug, Default)]
pub struct PinsLockArgs {
    /// A platform to lock for, such as linux_amd64; may be repeated (default: those of the policy, or the one that we run on)
    #[arg(long, value_name = "OS_ARCH", action = ArgAction::Append, value_parser = parse_platform, help_heading = "Packages")]
    pub platform: Vec<Platform>,
    #[command(flatten)]
    pub packages: PackagesArgs,
    /// Take packages from the registries of providers, and the sums that these tell; signatures are not checked
    #[arg(long, help_heading = "Packages")]
    pub from_registry: bool,
    /// Take packages that no recorded hash vouches for
    #[arg(long, help_heading = "Packages")]
    pub trust_mirror: bool,
    /// Lock the newest version that the code allows, whatever is locked
    #[arg(long, help_heading = "Packages")]
    pub upgrade: bool,
    /// Show what would change, and change nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// The same, and end with exit code 3 if something would change; an entry with a hash for each platform is complete
    #[arg(long, help_heading = "Output")]
    pub check: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
    #[command(flatten)]
    pub files: FilesArgs,
}

/// Move a provider to another version: the constraints that do not allow it, and the lock files with them
///
/// Constraints change where they are written, and no more than they must; comments and layout stay. Code and lock files
/// change together or not at all, after a look at all changes. A lock file of another provider's packages stays as it is.
#[derive(Args, Clone, Debug, Default)]
pub struct PinsUpgradeArgs {
    /// A platform to lock for, such as linux_amd64; may be repeated (default: those of the policy, or the one that we run on)
    #[arg(long, value_name = "OS_ARCH", action = ArgAction::Append, value_parser = parse_platform, help_heading = "Packages")]
    pub platform: Vec<Platform>,
    #[command(flatten)]
    pub packages: PackagesArgs,
    /// Take packages that no recorded hash vouches for
    #[arg(long, help_heading = "Packages")]
    pub trust_mirror: bool,
    /// Show what would change, and change nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
    /// Only units of this environment of the policy
    #[arg(long, value_name = "NAME", help_heading = "Which units")]
    pub env: Option<String>,
    #[command(flatten)]
    pub survey: SurveyArgs,
    /// The provider and its version, such as hashicorp/aws@5.100.0
    #[arg(value_name = "PROVIDER@VERSION", required = true)]
    pub target: String,
}

/// Compare packages on this machine with lock files, and name what was tampered with
///
/// Looks at the packages of each unit's working folder, at the plugin cache, and at the mirrors that terraform's own
/// settings name or that are given. Exit code 3: a package is not the one that was locked.
#[derive(Args, Clone, Debug, Default)]
pub struct PinsVerifyArgs {
    #[command(flatten)]
    pub packages: PackagesArgs,
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub survey: SurveyArgs,
}

fn parse_platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text).ok_or_else(|| "write a platform such as linux_amd64 or darwin_arm64".to_owned())
}
