//! `pins`: a command is a file; what several of them need stands here.

mod code;
mod lock;
mod mirrors;
mod upgrade;
mod verify;

use crate::cli::args::PinsCommand;
use crate::cli::context::Context;
use crate::cli::failure::Failure;

/// Runs one of them.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &PinsCommand, context: &Context) -> Result<u8, Failure> {
    match command {
        PinsCommand::Lock(args) => lock::run(args, context),
        PinsCommand::Upgrade(args) => upgrade::run(args, context),
        PinsCommand::Verify(args) => verify::run(args, context),
    }
}

/// `1 unit`, `2 units`.
fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
