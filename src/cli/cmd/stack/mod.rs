//! `stack`: stack files and what they generate. A command is a file; what they share stands here.

mod choice;
mod clean;
mod generate;
mod output;

pub(super) use generate::{before_run, in_worktree};

use super::run as running;
use crate::cli::args::{LogLevel, StackCommand};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Warning};

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

/// Says something in the log.
fn note(context: &Context, level: LogLevel, text: &str) {
    let log = &context.settings.log;
    if log.level < level || log.disabled {
        return;
    }
    if level == LogLevel::Warn {
        context.screen.warn(&Warning::new(text));
    } else {
        context.screen.put(&running::notice(context, text));
    }
}
