//! `state`: a command is a file; what they share stands here.

mod diff;
mod history;
mod restore;
mod snapshot;

use crate::cli::args::StateCommand;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::custody::inventory::{Change, Difference};
use crate::custody::locked::Signature;
use crate::custody::trouble::Trouble;
use crate::host;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// Runs one of them.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &StateCommand, context: &Context) -> Result<u8, Failure> {
    match command {
        StateCommand::History(args) => history::run(args, context),
        StateCommand::Diff(args) => diff::run(args, context),
        StateCommand::Restore(args) => restore::run(args, context),
        StateCommand::Snapshot(args) => snapshot::run(args, context),
    }
}

/// What went wrong with a unit's state.
pub(super) fn failure(unit: &str, trouble: &Trouble) -> Failure {
    Failure::new(Kind::Machine, format!("{unit}: {trouble}")).hint_if(trouble.hint())
}

/// Who our locks say we are: as terraform writes it.
pub(super) fn signature(context: &Context) -> Signature {
    let env = &context.session.env;
    let named =
        ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| env.get_filled(name)).map(str::to_owned);
    let home = || Some(env.home_dir()?.file_name()?.to_string_lossy().into_owned());
    let unknown = || "unknown".to_owned();
    let user = named.or_else(home).unwrap_or_else(unknown);
    Signature { who: format!("{user}@{}", host::env::host_name(env).unwrap_or_else(unknown)) }
}

/// A difference in a line.
fn line(difference: &Difference) -> String {
    let sign = match difference.change {
        Change::Added => '+',
        Change::Removed => '-',
        Change::Changed => '~',
    };
    let mut text = format!("{sign} {}", difference.address);
    if !difference.attributes.is_empty() {
        let _ = write!(text, ": {}", difference.attributes.join(", "));
    }
    if let Some((before, after)) = &difference.values {
        let _ = write!(text, ": {before} -> {after}");
    }
    crate::state::lock_info::escaped(&text)
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("{}\n", line(difference))).collect()
}

fn object(difference: &Difference) -> Json {
    let change = match difference.change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
    };
    let (before, after) = difference.values.clone().unzip();
    json!({
        "change": change,
        "address": difference.address,
        "attributes": difference.attributes,
        "before": before,
        "after": after,
    })
}
