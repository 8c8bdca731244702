//! `lock list` and `lock show`. A store that does not answer is a row, and makes the exit code 1.

use super::super::states::{self, Lost, States};
use super::super::table::table;
use super::{field, life_text, object, sheet, shown_id};
use crate::cli::args::{LockListArgs, LockShowArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::doctor::age_text;
use crate::custody::{Answered, locks};
use crate::state::{Holder, StoreError};
use serde_json::{Value as Json, json};

type Row = Answered<Vec<Holder>>;

/// Lists the held locks.
///
/// # Errors
/// A filter that cannot be understood, or a stdout that cannot be written.
pub(super) fn run(args: &LockListArgs, context: &Context) -> Result<u8, Failure> {
    let States { stores, kept, lost, .. } = &states::selected(context)?;
    let rows = states::wait(stores, locks::holders(kept.clone()))?;
    let asked = rows.len();
    let silent = lost.len() + rows.iter().filter(|row| row.answer.is_err()).count();
    if args.json {
        context.screen.print(&states::json_text(&as_json(&rows, lost)))?;
    } else {
        say(context, &rows, lost)?;
        let held: usize = rows.iter().flat_map(|row| &row.answer).map(Vec::len).sum();
        if held == 0 {
            let states = match asked + lost.len() - silent {
                1 => "one state".to_owned(),
                number => format!("{number} states"),
            };
            context.screen.say(&format!("no lock is held on the {states} that answered"));
        }
    }
    Ok(if silent > 0 { exit::FAILURE } else { exit::SUCCESS })
}

fn as_json(rows: &[Row], lost: &[Lost]) -> Json {
    let mut all: Vec<Json> = Vec::new();
    for Row { kept, answer } in rows {
        let (unit, backend) = (kept.unit.as_str(), kept.store.backend());
        match answer {
            Ok(holders) => all.extend(holders.iter().map(|holder| object(unit, backend, holder))),
            Err(error) => all.push(json!({
                "unit": unit,
                "backend": backend,
                "error": error.to_string(),
                "hint": error.hint(),
            })),
        }
    }
    all.extend(lost.iter().map(|lost| json!({"unit": lost.unit, "error": lost.why, "hint": lost.hint})));
    Json::Array(all)
}

fn say(context: &Context, rows: &[Row], lost: &[Lost]) -> Result<(), Failure> {
    let mut held: Vec<[String; 7]> = Vec::new();
    for Row { kept, answer } in rows {
        let holders = answer.iter().flatten();
        held.extend(holders.map(|holder| cells(&kept.unit, kept.store.backend(), holder)));
    }
    if !held.is_empty() {
        let heading = ["UNIT", "BACKEND", "WHO", "OPERATION", "AGE", "HOLDER", "ID"];
        context.screen.print(&table(heading, &held))?;
    }
    let commands = rows.iter().flat_map(|row| {
        row.answer.iter().flatten().filter_map(|holder| locks::paste(&row.kept.unit, holder))
    });
    let commands: Vec<String> = commands.map(|command| format!("  {command}")).collect();
    if !commands.is_empty() {
        context
            .screen
            .say(&format!("if a holder is dead, its lock is released with:\n{}", commands.join("\n")));
    }
    for Row { kept, answer } in rows {
        if let Err(error) = answer {
            context.screen.say(&unanswered(&kept.unit, error));
        }
    }
    for lost in lost {
        let hint = lost.hint.as_ref().map_or_else(String::new, |hint| format!("\n  {hint}"));
        context.screen.say(&format!("{}: its state cannot be asked: {}{hint}", lost.unit, lost.why));
    }
    Ok(())
}

fn unanswered(unit: &str, error: &StoreError) -> String {
    let hint = error.hint().map_or_else(String::new, |hint| format!("\n  {hint}"));
    format!("{unit}: its store does not answer: {error}{hint}")
}

fn cells(unit: &str, backend: &str, holder: &Holder) -> [String; 7] {
    [
        unit.to_owned(),
        backend.to_owned(),
        field(holder, |info| &info.who),
        field(holder, |info| &info.operation),
        holder.age().map_or_else(|| "-".to_owned(), age_text),
        life_text(holder.life),
        shown_id(holder),
    ]
}

/// Shows the lock of one unit.
///
/// # Errors
/// No such unit, or a store that does not answer.
pub(super) fn show(args: &LockShowArgs, context: &Context) -> Result<u8, Failure> {
    let (stores, kept) = states::named(context, args.name.as_deref())?;
    let asked = kept.clone();
    let holders = states::wait(&stores, async move { asked.holders().await })?;
    let holders = holders.map_err(|error| store_failure(&kept.unit, &error))?;
    let backend = kept.store.backend();
    if args.json {
        let all = holders.iter().map(|holder| object(&kept.unit, backend, holder)).collect();
        context.screen.print(&states::json_text(&Json::Array(all)))?;
    } else if holders.is_empty() {
        context.screen.say(&format!("{} is not locked", kept.unit));
    } else {
        let sheets: Vec<String> = holders.iter().map(|holder| sheet(&kept.unit, backend, holder)).collect();
        context.screen.print(&sheets.join("\n"))?;
    }
    Ok(exit::SUCCESS)
}

/// A store that refused a question about one unit.
pub(in crate::cli::cmd) fn store_failure(unit: &str, error: &StoreError) -> Failure {
    Failure::new(Kind::Machine, format!("{unit}: {error}")).hint_if(error.hint().map(str::to_owned))
}
