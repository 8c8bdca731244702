//! `--files`: what commands that are hooks of git share.

use clap::Args;
use std::path::PathBuf;

/// The files that changed, as pre-commit names them.
#[derive(Args, Clone, Debug, Default)]
pub struct FilesArgs {
    /// Only the files that are named behind `--`, and what reads them
    #[arg(long, help_heading = "Which files")]
    pub files: bool,
    /// Never filled from here: names need not be text. See [`Settings::files`](crate::cli::settings::Settings::files).
    #[arg(value_name = "FILE", num_args = 0..)]
    pub names: Vec<PathBuf>,
}
