//! `--destroy-dependencies-check`: who still needs the one unit that is to be destroyed.

use super::prompt;
use crate::cli::cmd::look;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::config::FactsDepth;
use crate::estate::{Estate, Wanted};
use crate::graph::dag::{Follow, Way};
use crate::graph::discover::Hidden;
use crate::host::fs;
use crate::run::settings::Action;
use std::path::Path;

/// Asks before a destroy that would leave dependents without what they need.
///
/// # Errors
/// When the answer is no, or there is none.
pub(super) fn agree(context: &Context, action: &Action, unit_dir: &Path) -> Result<(), Failure> {
    let destroys = matches!(action, Action::Terraform(command) if command.name == "destroy");
    if !destroys || !context.settings.auto.check_dependents {
        return Ok(());
    }
    let names = dependents(context, unit_dir);
    if names.is_empty() {
        return Ok(());
    }
    let listed: String = names.iter().map(|name| format!("\n  {name}")).collect();
    prompt::agree_to(context, &format!("these units depend on this one:{listed}"), "Destroy it all the same?")
}

/// By name; searched for in the whole repository, or below the working folder where there is none.
fn dependents(context: &Context, unit_dir: &Path) -> Vec<String> {
    let from = look::repository(context);
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth: Some(FactsDepth::Edges), from };
    let estate = Estate::discover(&context.session, &wanted);
    let found = estate.components.find(unit_dir).or_else(|| {
        let real = fs::canonicalize(unit_dir).ok()?;
        estate.components.find(&real)
    });
    let Some(unit) = found else { return Vec::new() };
    let follow = Follow { way: Way::ToDependents, depth: None };
    let mut names: Vec<String> = estate
        .links
        .reach(&[unit], follow, |_| true)
        .into_iter()
        .filter(|id| *id != unit)
        .map(|id| estate.name_of(id))
        .collect();
    names.sort();
    names
}
