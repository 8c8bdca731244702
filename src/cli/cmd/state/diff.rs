//! `state diff`. 0: equal; 2: they differ.

use super::super::states;
use super::{failure, lines, object};
use crate::cli::args::StateDiffArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::history::read_edition;
use crate::custody::inventory::{Inventory, compare, parse};
use crate::custody::trouble::Trouble;
use crate::host::fs;
use serde_json::Value as Json;

/// Prints the differences.
///
/// # Errors
/// A word that names no state; a state that cannot be read.
pub(super) fn run(args: &StateDiffArgs, context: &Context) -> Result<u8, Failure> {
    let (before, after) = match (&args.before, &args.after) {
        (Some(before), Some(after)) => (before.as_str(), after.as_str()),
        (Some(before), None) => match before.rsplit_once('@') {
            Some((unit, _)) => (before.as_str(), unit),
            None => return Err(unclear()),
        },
        (None, _) => return Err(unclear()),
    };
    let found = compare(&read(context, before)?, &read(context, after)?);
    if args.json {
        context.screen.print(&states::json_text(&Json::Array(found.iter().map(object).collect())))?;
    } else {
        context.screen.print(&lines(&found))?;
        if found.is_empty() {
            context.screen.say("both hold the same resources and outputs");
        }
    }
    Ok(if found.is_empty() { exit::SUCCESS } else { exit::CHANGES })
}

fn unclear() -> Failure {
    Failure::usage("which two states are meant is not said")
        .hint("write `terrace state diff UNIT@VERSION` or `terrace state diff BEFORE AFTER`")
}

/// A file, a unit's present state, or a version of it.
fn read(context: &Context, word: &str) -> Result<Inventory, Failure> {
    let path = fs::clean(&context.session.root.join(word));
    let is_unit_file = path.extension().is_some_and(|ending| ending == "hcl");
    if fs::is_file(&path) && !is_unit_file {
        let bytes = fs::read(&path).map_err(|error| Failure::from_error(Kind::Machine, &error))?;
        return understood(word, &bytes);
    }
    let (unit, version) = match states::config_of(context, Some(word)) {
        Ok(_) => (word, None),
        Err(failure) => match word.rsplit_once('@') {
            Some((unit, version)) => (if unit.is_empty() { "." } else { unit }, Some(version.to_owned())),
            None => return Err(failure),
        },
    };
    let (stores, kept) = states::named(context, Some(unit))?;
    let store = kept.store.clone();
    let bytes = states::wait(&stores, async move {
        match version {
            Some(version) => read_edition(&*store, &version).await.map(|bytes| bytes.to_vec()),
            None => Ok(store.read().await?.map(|object| object.body.to_vec()).unwrap_or_default()),
        }
    })?;
    understood(word, &bytes.map_err(|trouble: Trouble| failure(&kept.unit, &trouble))?)
}

fn understood(word: &str, bytes: &[u8]) -> Result<Inventory, Failure> {
    let parsed = parse(bytes).map_err(|error| Failure::new(Kind::Machine, format!("{word}: {error}")))?;
    Ok(parsed.unwrap_or_default())
}
