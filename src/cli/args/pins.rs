//! `pins`: what is pinned to which version, and whether it is as it should be.

use super::shared::{
    AllArgs, AuthArgs, ConfigArgs, FeatureArgs, FilterArgs, QueueSelectArgs, Shared, ToolArgs,
};
use clap::{Args, Subcommand};

/// Commands of `pins`.
#[derive(Clone, Debug, Subcommand)]
pub enum PinsCommand {
    Check(Box<PinsCheckArgs>),
}

impl PinsCommand {
    pub(super) fn shared(&self) -> Shared {
        match self {
            Self::Check(args) => args.survey.shared(),
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
}
