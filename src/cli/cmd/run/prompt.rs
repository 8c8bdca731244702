//! The one question before many units change something.

use super::reporter;
use crate::cli::args::{LogFormat, LogLevel};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::diag::Code;
use crate::graph::queue::Direction;
use crate::host::os;
use crate::run::settings::Action;
use std::io::IsTerminal;

/// Shows what will run and, for commands that change things, asks. `--non-interactive` says yes.
///
/// # Errors
/// When the answer is no, or there is none.
pub(super) fn agree(
    context: &Context,
    (action, direction): (&Action, Direction),
    listing: &str,
) -> Result<(), Failure> {
    let log = &context.settings.log;
    let question = question(action, direction).filter(|_| !context.settings.non_interactive);
    // Nobody should say yes to what is not shown.
    if question.is_some() || (!log.disabled && log.level >= LogLevel::Info) {
        show(context, &format!("{} will run in {}", action.word(), listing.trim_end()));
    }
    question.map_or(Ok(()), |question| ask(context, question))
}

/// Shows a text and asks. `--non-interactive` says yes.
///
/// # Errors
/// When the answer is no, or there is none.
pub(in crate::cli::cmd) fn agree_to(context: &Context, text: &str, question: &str) -> Result<(), Failure> {
    show(context, text);
    if context.settings.non_interactive { Ok(()) } else { ask(context, question) }
}

/// For people a block of text, for programs log records.
fn show(context: &Context, text: &str) {
    let by_line = || text.lines().for_each(|line| context.screen.put(&reporter::notice(context, line)));
    match context.settings.log.format {
        _ if context.settings.log.template.is_some() => by_line(),
        LogFormat::Pretty | LogFormat::Bare => context.screen.say(text),
        LogFormat::Json => context.screen.put(&reporter::notice(context, text)),
        LogFormat::KeyValue => by_line(),
    }
}

fn question(action: &Action, direction: Direction) -> Option<&'static str> {
    match (action.word(), direction) {
        ("apply" | "destroy", Direction::Down) => Some("Destroy everything in these units?"),
        ("apply", Direction::Up) => Some("Apply in these units?"),
        ("state", _) => Some("Run in the state of each of these units?"),
        _ => None,
    }
}

fn ask(context: &Context, question: &str) -> Result<(), Failure> {
    context.screen.ask(&format!("{question} (y/n) "));
    let read = os::read_stdin_line();
    if !read.as_ref().is_ok_and(|answer| answer.ends_with('\n')) || !std::io::stdin().is_terminal() {
        // The line that the question stands on has no end yet.
        context.screen.say("");
    }
    let answer =
        read.map_err(|error| Failure::new(Kind::Machine, format!("cannot read the answer: {error}")))?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "" if answer.is_empty() => {
            Err(Failure::new(Kind::Usage, "the question got no answer: stdin is at its end")
                .coded(Code::NoAnswer)
                .hint("answer with y, or give --non-interactive to answer every question with yes"))
        }
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Kind::Declined, "nothing was run: the answer was no")),
    }
}
