//! The units that a command works on: the one in the working directory, or those that the filters pick.

use super::look;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::cli::selection::Scope;
use crate::config::FactsDepth;
use crate::diag::{Code, Diagnostic};
use crate::estate::{Estate, Wanted};
use crate::graph::discover::Hidden;
use crate::graph::unit;
use crate::host::fs;
use std::path::PathBuf;

/// The unit files that a command without a queue works on, by path.
///
/// # Errors
/// No unit in the working directory, or a filter that cannot be understood.
pub(super) fn selected(context: &Context) -> Result<Vec<PathBuf>, Failure> {
    if context.settings.selection.scope == Scope::One {
        return Ok(vec![own_config(context)?]);
    }
    let filters = look::parse_filters(context)?;
    let wanted = Wanted { hidden: Hidden::Search, depth: Some(FactsDepth::Reading), from: None };
    let estate = Estate::discover(&context.session, &wanted);
    let mut ids = look::select(&estate, &filters)?;
    estate.components.sort(&mut ids);
    ids.retain(|id| estate.components.get(*id).is_some_and(|component| component.kind == unit::Kind::Unit));
    Ok(ids.iter().filter_map(|id| Some(estate.facts_of(*id)?.config_path.clone())).collect())
}

/// The unit file of the working directory.
///
/// # Errors
/// When there is none.
pub(super) fn own_config(context: &Context) -> Result<PathBuf, Failure> {
    let given = context.settings.config.file.clone();
    let config_path = given.unwrap_or_else(|| context.session.config_in(&context.session.root));
    if fs::exists(&config_path) {
        return Ok(config_path);
    }
    let failure = Failure::new(
        Kind::Machine,
        format!("there is no unit here: {} does not exist", config_path.display()),
    )
    .coded(Code::NoUnitHere);
    Err(failure
        .hint("go to a unit's folder, name one with --working-dir, or add --all to work on every unit below"))
}

/// Shows diagnostics with paths relative to the working root.
pub(super) fn diagnose(context: &Context, faults: &[Diagnostic]) {
    context.screen.diagnose(faults, (&context.session.files.sources, &context.session.root));
}
