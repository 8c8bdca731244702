//! `stack`: stack files and what they generate. A command is a file; what they share stands here.

mod choice;
mod clean;
mod generate;
mod output;

pub(super) use generate::{before_run, in_worktree};

use super::run::{self as running, note};
use crate::cli::args::StackCommand;
use crate::cli::context::Context;
use crate::cli::failure::Failure;

/// Runs one of them.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &StackCommand, context: Context) -> Result<u8, Failure> {
    match command {
        StackCommand::Generate(args) => generate::run(args, &context),
        StackCommand::Run(_) => running::run(context),
        StackCommand::Output(args) => {
            let args = args.clone();
            output::run(&args, context)
        }
        StackCommand::Clean(_) => clean::run(&context),
    }
}
