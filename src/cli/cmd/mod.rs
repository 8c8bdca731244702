//! One command, one file; this one only dispatches.

mod backend;
mod catalog;
mod completion;
mod dag;
mod explain;
mod find;
mod fmt;
mod info;
mod list;
mod lock;
mod look;
mod modules;
mod outputs;
mod pick;
mod pins;
mod render;
mod run;
mod scaffold;
mod stack;
mod state;
mod states;
mod table;
mod touched;
mod units;
mod validate;

pub use completion::answer as answer_completion;

use super::args::{Command, DagCommand, HclCommand, InfoCommand, StrictCommand};
use super::context::Context;
use super::failure::{Failure, Kind};
use crate::diag::Code;

/// Runs the command and answers with its exit code.
///
/// # Errors
/// How it ended, if not well.
pub fn run(context: Context) -> Result<u8, Failure> {
    match &context.settings.command {
        Command::Run(_) | Command::Exec(_) => run::run(context),
        Command::Completion(args) => completion::run(args, context.screen),
        Command::Backend(command) => backend::run(command, &context),
        Command::Lock(command) => lock::run(command, &context),
        Command::State(command) => state::run(command, &context),
        Command::Outputs(args) => {
            let args = args.clone();
            outputs::run(&args, context)
        }
        Command::Pins(command) => {
            let command = command.clone();
            pins::run(&command, context)
        }
        Command::Find(args) => find::run(args, &context),
        Command::List(args) => list::run(args, &context),
        Command::Dag(DagCommand::Graph(args)) => dag::run(args, &context),
        Command::Hcl(HclCommand::Fmt(args)) => fmt::run(args, &context),
        Command::Hcl(HclCommand::Validate(args)) => {
            let args = args.clone();
            validate::run(&args, context)
        }
        Command::Render(args) => {
            let args = args.clone();
            render::run(&args, context)
        }
        Command::Explain(args) => {
            let args = args.clone();
            explain::run(&args, context)
        }
        Command::Catalog(args) => catalog::run(args, &context),
        Command::Scaffold(args) => scaffold::run(args, &context),
        Command::Stack(command) => {
            let command = command.clone();
            stack::run(&command, context)
        }
        Command::Info(InfoCommand::Print(_)) => info::print(&context),
        Command::Info(InfoCommand::Strict(StrictCommand::List(args))) => info::strict_list(args, &context),
        _ => Err(Failure::new(Kind::NotYet, "this command is not yet supported").coded(Code::CommandNotYet)),
    }
}
