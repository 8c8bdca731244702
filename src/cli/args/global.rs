//! Flags that every command takes, before or after its name.

use super::values::{LogFormat, LogLevel};
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// Global flags.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global flags")]
pub struct GlobalArgs {
    /// Work from this folder instead of the current one; a file there is taken as the configuration file
    #[arg(long, value_name = "DIR", global = true)]
    pub working_dir: Option<PathBuf>,
    /// How much to log: stderr, stdout, error, warn, info, debug or trace (default info)
    #[arg(long, value_name = "LEVEL", global = true, ignore_case = true, value_parser = clap::value_parser!(LogLevel))]
    pub log_level: Option<LogLevel>,
    /// How log lines look: pretty, bare, json or key-value (default pretty)
    #[arg(long, value_name = "FORMAT", global = true, value_parser = clap::value_parser!(LogFormat))]
    pub log_format: Option<LogFormat>,
    /// A template for log lines, in place of a named format
    #[arg(long, value_name = "TEMPLATE", global = true)]
    pub log_custom_format: Option<String>,
    /// Log nothing; terraform's output passes unchanged
    #[arg(long, global = true)]
    pub log_disable: bool,
    /// Show absolute paths in log lines
    #[arg(long, global = true)]
    pub log_show_abs_paths: bool,
    /// No colours, ours or terraform's
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Answer every question with yes
    #[arg(long, global = true)]
    pub non_interactive: bool,
    /// Turn on every strict control: what is deprecated becomes an error
    #[arg(long, global = true)]
    pub strict_mode: bool,
    /// Turn on one strict control; may be repeated
    #[arg(long, value_name = "NAME", global = true, action = ArgAction::Append)]
    pub strict_control: Vec<String>,
    /// Turn on every experiment
    #[arg(long, global = true)]
    pub experiment_mode: bool,
    /// Turn on one experiment; may be repeated
    #[arg(long, value_name = "NAME", global = true, action = ArgAction::Append)]
    pub experiment: Vec<String>,
    /// Give no tips
    #[arg(long, global = true)]
    pub no_tips: bool,
    /// Do not give this tip; may be repeated
    #[arg(long, value_name = "NAME", global = true, action = ArgAction::Append)]
    pub no_tip: Vec<String>,
    /// Write a CPU profile of terrace itself
    #[arg(long, value_name = "FILE", global = true, hide = true)]
    pub profile_cpu: Option<PathBuf>,
    /// Write a memory profile of terrace itself
    #[arg(long, value_name = "FILE", global = true, hide = true)]
    pub profile_mem: Option<PathBuf>,
    /// Write a profile of what waits inside terrace
    #[arg(long, value_name = "FILE", global = true, hide = true)]
    pub profile_goroutine: Option<PathBuf>,
    /// Write every profile into this folder
    #[arg(long, value_name = "DIR", global = true, hide = true)]
    pub profile_dir: Option<PathBuf>,
}
