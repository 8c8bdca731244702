//! `lock`: a command is a file; how a lock is shown stands here.

mod doctor;
mod list;
mod release;

use super::states;
use crate::cli::args::LockCommand;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::custody::doctor::age_text;
use crate::custody::locks::paste;
use crate::state::lock_info::escaped;
use crate::state::{Holder, Life, Part};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// Runs one of them.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &LockCommand, context: &Context) -> Result<u8, Failure> {
    match command {
        LockCommand::List(args) => list::run(args, context),
        LockCommand::Show(args) => list::show(args, context),
        LockCommand::Release(args) => release::run(args, context),
        LockCommand::Doctor(args) => doctor::run(args, context),
    }
}

/// Whether its holder still runs, in a word.
fn life_text(life: Life) -> String {
    match life {
        Life::Alive { pid } => format!("alive (process {pid})"),
        Life::Gone => "gone".to_owned(),
        Life::Unknown => "unknown".to_owned(),
    }
}

fn part_text(part: Part) -> &'static str {
    match part {
        Part::Object => "object",
        Part::Table => "table",
        Part::Lease => "lease",
        Part::File => "file",
    }
}

/// A text that a lock states, for people.
fn field(holder: &Holder, get: impl Fn(&crate::state::LockInfo) -> &String) -> String {
    let text = holder.info.as_ref().map(|info| escaped(get(info))).unwrap_or_default();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Everything about a lock, a line each.
fn sheet(unit: &str, backend: &str, holder: &Holder) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<10}  {value}");
    };
    line("unit", unit);
    line("backend", backend);
    line("place", &escaped(&holder.place));
    line("kind", part_text(holder.part));
    line("id", &shown_id(holder));
    line("who", &field(holder, |info| &info.who));
    line("operation", &field(holder, |info| &info.operation));
    line("info", &field(holder, |info| &info.info));
    line("version", &field(holder, |info| &info.version));
    line("since", &holder.since().map_or_else(|| "-".to_owned(), states::time_text));
    line("age", &holder.age().map_or_else(|| "-".to_owned(), age_text));
    line("holder", &life_text(holder.life));
    if let Some(command) = paste(unit, holder) {
        line("release", &command);
    }
    text
}

fn shown_id(holder: &Holder) -> String {
    if holder.id.is_empty() { "-".to_owned() } else { escaped(&holder.id) }
}

/// The same for programs.
fn object(unit: &str, backend: &str, holder: &Holder) -> Json {
    let info = holder.info.as_ref();
    let text = |get: fn(&crate::state::LockInfo) -> &String| info.map(|info| get(info).clone());
    json!({
        "unit": unit,
        "backend": backend,
        "place": holder.place,
        "kind": part_text(holder.part),
        "id": holder.id,
        "who": text(|info| &info.who),
        "operation": text(|info| &info.operation),
        "info": text(|info| &info.info),
        "version": text(|info| &info.version),
        "created": text(|info| &info.created),
        "since": holder.since().map(states::time_text),
        "age_seconds": holder.age().map(|age| age.as_secs()),
        "life": match holder.life {
            Life::Alive { .. } => "alive",
            Life::Gone => "gone",
            Life::Unknown => "unknown",
        },
        "pid": match holder.life {
            Life::Alive { pid } => Some(pid),
            Life::Gone | Life::Unknown => None,
        },
        "release": paste(unit, holder),
    })
}
