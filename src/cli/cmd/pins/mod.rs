//! `pins`: a command is a file; what all of them look at is found here.

mod check;
mod list;
mod outdated;

use super::pick::{self, Picked};
use super::touched::Commit;
use super::units;
use crate::cli::args::PinsCommand;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::config::{FactsDepth, load_estate_file};
use crate::diag::{Diagnostic, distinct};
use crate::estate::Wanted;
use crate::graph::discover::Hidden;
use crate::graph::filter;
use crate::graph::unit;
use crate::pins::{Places, Policy, Survey};
use crate::provider::code::Dialect;

/// Runs one of them. Whatever it is, it works on a session that starts nothing and asks nobody.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &PinsCommand, mut context: Context) -> Result<u8, Failure> {
    context.session = context.session.of_files_only();
    match command {
        PinsCommand::Check(args) => check::run(args, &context),
        PinsCommand::List(args) => list::run(args, &context),
        PinsCommand::Outdated(args) => outdated::run(args, &context),
    }
}

/// Surveys the units and stacks below the working folder that the filters pick; without filters, all.
///
/// # Errors
/// A filter that cannot be understood.
fn survey(context: &Context) -> Result<Survey, Failure> {
    let filters = pick::filters(context)?;
    // What a path tells needs nothing to be loaded.
    let is_by_path = filter::needs(&filters) == filter::Needs::default() && context.settings.files.is_none();
    let depth = (!is_by_path).then_some(FactsDepth::Reading);
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth, from: None };
    let Picked { estate, units: picked, changes: _work_trees, commit } =
        pick::pick(context, &filters, &wanted)?;
    let of_commit = commit.as_ref().map(|commit| commit.faults(context, (&estate, &picked)));
    let (mut of_units, mut of_stacks) = (Vec::new(), Vec::new());
    for id in picked {
        match estate.components.get(id) {
            Some(found) if found.kind == unit::Kind::Unit => {
                of_units.push(context.session.config_in(&found.path))
            }
            Some(found) => of_stacks.push(found.path.clone()),
            None => {}
        }
    }
    let dialect = |named: Option<&str>| dialect(context, named);
    let counting = commit.and_then(Commit::counting);
    let places = Places { units: &of_units, stacks: &of_stacks, dialect: &dialect, counting };
    let mut survey = Survey::of(&context.session, &places);
    if let Some(faults) = of_commit {
        survey.faults = distinct(faults.into_iter().chain(std::mem::take(&mut survey.faults)));
    }
    Ok(survey)
}

/// Which of the two tools a unit runs, by the name of the program alone.
fn dialect(context: &Context, named: Option<&str>) -> Dialect {
    let tool = context.tools.of_unit(named);
    let name = tool.map_or_else(|_| named.unwrap_or_default().to_owned(), |tool| tool.name);
    if name.contains("tofu") { Dialect::Tofu } else { Dialect::Terraform }
}

/// The policy of the estate around the working folder.
///
/// # Errors
/// Every fault of terrace.hcl.
fn policy(context: &Context) -> Result<Policy, Failure> {
    let root = &context.session.root;
    let refuse = |faults: Vec<Diagnostic>| {
        units::diagnose(context, &faults);
        Failure::new(Kind::Config, "the policy in terrace.hcl is faulty")
    };
    let file = load_estate_file(&context.session, root).map_err(refuse)?;
    Policy::of(file.as_ref(), root).map_err(refuse)
}
