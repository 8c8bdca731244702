//! `explain`: where values come from, and what a code means.

use super::shared::{ConfigArgs, FeatureArgs, Shared, SourceArgs, ToolArgs};
use clap::Args;

/// Tell where a unit's values come from, or what the code of a fault means
#[derive(Args, Clone, Debug, Default)]
pub struct ExplainArgs {
    /// As JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Every code with one line about it
    #[arg(long, help_heading = "Output")]
    pub codes: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub tool: ToolArgs,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub feature: FeatureArgs,
    /// A unit's folder or name, or a code such as TRC0203
    #[arg(value_name = "UNIT")]
    pub unit: Option<String>,
    /// A path such as inputs.tags.env, remote_state.config.bucket or locals.region
    #[arg(value_name = "ATTRIBUTE")]
    pub attribute: Option<String>,
}

impl ExplainArgs {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            config: self.config.clone(),
            tool: self.tool.clone(),
            source: self.source.clone(),
            feature: self.feature.clone(),
            ..Shared::default()
        }
    }
}
