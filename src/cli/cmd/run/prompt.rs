//! The one question before many units change something.

use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::run::settings::Action;
use std::io::BufRead;

/// Shows what will run and, for commands that change things, asks. `--non-interactive` says yes.
///
/// # Errors
/// When the answer is no, or there is none.
pub(super) fn agree(context: &Context, action: &Action, listing: &str) -> Result<(), Failure> {
    if context.settings.log.disabled {
        return ask(context, action);
    }
    context.screen.say(&format!("{} will run in {}", action.word(), listing.trim_end()));
    ask(context, action)
}

fn ask(context: &Context, action: &Action) -> Result<(), Failure> {
    if context.settings.non_interactive || !matches!(action.word(), "apply" | "destroy" | "state") {
        return Ok(());
    }
    let what = match action.word() {
        "destroy" => "Destroy everything in these units?",
        "apply" => "Apply in these units?",
        _ => "Run in the state of each of these units?",
    };
    context.screen.say(&format!("{what} (y/n) "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read.map_err(|error| Failure::new(Kind::Machine, format!("cannot read the answer: {error}")))? {
        0 => Err(Failure::new(Kind::Usage, "the question got no answer: stdin is at its end")
            .hint("answer with y, or give --non-interactive to answer every question with yes")),
        _ if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => Err(Failure::new(Kind::Declined, "nothing was run: the answer was no")),
    }
}
