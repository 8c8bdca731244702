//! `backend`: a command is a file.

mod bootstrap;
mod delete;
mod migrate;

use crate::cli::args::BackendCommand;
use crate::cli::context::Context;
use crate::cli::failure::Failure;

/// Runs one of them.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &BackendCommand, context: &Context) -> Result<u8, Failure> {
    match command {
        BackendCommand::Bootstrap(args) => bootstrap::run(args, context),
        BackendCommand::Delete(args) => delete::run(args, context),
        BackendCommand::Migrate(args) => migrate::run(args, context),
    }
}
