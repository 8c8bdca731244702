//! `state history`.

use super::super::states;
use super::super::table::table;
use super::failure;
use crate::cli::args::StateHistoryArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::custody::history::{Edition, Keeper, editions};
use serde_json::{Value as Json, json};

/// So many versions are listed unless told otherwise.
const USUAL: usize = 20;

/// Lists the versions.
///
/// # Errors
/// No such unit, or a store that does not answer.
pub(super) fn run(args: &StateHistoryArgs, context: &Context) -> Result<u8, Failure> {
    let (stores, kept) = states::named(context, args.unit.as_deref())?;
    let limit = args.limit.map_or(USUAL, |limit| limit.get() as usize);
    let store = kept.store.clone();
    let found = states::wait(&stores, async move { editions(&store, limit).await })?;
    let found = found.map_err(|trouble| failure(&kept.unit, &trouble))?;
    if args.json {
        let all = found.iter().map(object).collect();
        context.screen.print(&states::json_text(&Json::Array(all)))?;
    } else if found.is_empty() {
        context.screen.say(&format!("{}: there is no state yet, and no older version", kept.unit));
    } else {
        let rows: Vec<[String; 7]> = found.iter().map(cells).collect();
        let heading = ["WHEN", "SERIAL", "RESOURCES", "OUTPUTS", "BYTES", "KEPT BY", "VERSION"];
        context.screen.print(&table(heading, &rows))?;
    }
    Ok(exit::SUCCESS)
}

fn keeper(edition: &Edition) -> &'static str {
    match edition.keeper {
        Keeper::Store => "store",
        Keeper::Copy => "copy",
    }
}

fn cells(edition: &Edition) -> [String; 7] {
    let said = |get: fn(&crate::custody::history::Said) -> String| {
        edition.said.as_ref().map_or_else(|| "-".to_owned(), get)
    };
    let current = if edition.is_current { " (present)" } else { "" };
    [
        edition.modified.map_or_else(|| "-".to_owned(), states::time_text),
        said(|said| said.serial.to_string()),
        said(|said| said.resources.to_string()),
        said(|said| said.outputs.to_string()),
        edition.size.to_string(),
        keeper(edition).to_owned(),
        format!("{}{current}", crate::state::lock_info::escaped(&edition.id)),
    ]
}

fn object(edition: &Edition) -> Json {
    let said = edition.said.as_ref();
    json!({
        "version": edition.id,
        "kept_by": keeper(edition),
        "current": edition.is_current,
        "modified": edition.modified.map(states::time_text),
        "size": edition.size,
        "serial": said.map(|said| said.serial),
        "lineage": said.map(|said| said.lineage.clone()),
        "resources": said.map(|said| said.resources),
        "outputs": said.map(|said| said.outputs),
    })
}
