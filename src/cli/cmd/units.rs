//! The units that a command works on: the one in the working directory, or those that the filters pick.

use super::look;
use super::pick::{self, Changes, Picked};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::cli::selection::Scope;
use crate::config::FactsDepth;
use crate::diag::{Code, Diagnostic, habits_once};
use crate::estate::Wanted;
use crate::graph::discover::Hidden;
use crate::graph::filter::{self, Filter};
use crate::graph::unit::{self, UnitId};
use crate::host::fs;
use std::path::PathBuf;

/// The unit files that a command without a queue works on, by path.
pub(super) struct Selected {
    pub paths: Vec<PathBuf>,
    /// The work trees that some of them are in.
    _changes: Option<Changes>,
}

/// Finds them.
///
/// # Errors
/// No unit in the working directory, or a filter that cannot be understood.
pub(super) fn selected(context: &Context) -> Result<Selected, Failure> {
    if context.settings.selection.scope == Scope::One && context.settings.files.is_none() {
        return Ok(Selected { paths: vec![own_config(context)?], _changes: None });
    }
    below(context, &pick::filters(context)?)
}

/// The units below the working folder that the filters pick.
///
/// # Errors
/// When git cannot say what changed.
pub(super) fn below(context: &Context, filters: &[Filter]) -> Result<Selected, Failure> {
    let from = filter::search_root(filters, &context.session.root, || look::repository(context));
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth: Some(FactsDepth::Reading), from };
    let Picked { estate, units, changes, .. } = pick::pick(context, filters, &wanted)?;
    let is_unit =
        |id: &UnitId| estate.components.get(*id).is_some_and(|component| component.kind == unit::Kind::Unit);
    let paths = units.into_iter().filter(is_unit);
    let paths = paths.filter_map(|id| Some(estate.facts_of(id)?.config_path.clone())).collect();
    Ok(Selected { paths, _changes: changes })
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
    context.screen.diagnose(&habits_once(faults), (&context.session.files.sources, &context.session.root));
}
