//! `pins`: what is pinned to which version, and whether it is as it should be.

use super::files::FilesArgs;
use super::shared::{
    AllArgs, AuthArgs, ConfigArgs, FeatureArgs, FilterArgs, QueueSelectArgs, Shared, ToolArgs,
};
use clap::{Args, Subcommand};

/// Commands of `pins`.
#[derive(Clone, Debug, Subcommand)]
pub enum PinsCommand {
    Check(Box<PinsCheckArgs>),
    List(Box<PinsListArgs>),
    Outdated(Box<PinsOutdatedArgs>),
}

impl PinsCommand {
    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::Check(args) => args.survey.shared(),
            Self::List(args) => args.survey.shared(),
            Self::Outdated(args) => args.survey.shared(),
        }
    }

    pub(super) fn files(&self) -> Option<&FilesArgs> {
        match self {
            Self::Check(args) => Some(&args.files),
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
