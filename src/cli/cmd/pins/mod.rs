//! `pins`: a command is a file; what all of them look at is found here.

mod check;
mod code;
mod gate;
mod lock;
mod mending;
mod mirrors;
mod upgrade;
mod verify;

pub(super) use gate::require;

use super::pick::{self, Picked};
use super::units;
use crate::cli::args::PinsCommand;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::config::{FactsDepth, load_estate_file};
use crate::diag::{Diagnostic, Diagnostics};
use crate::estate::Wanted;
use crate::graph::discover::Hidden;
use crate::graph::filter;
use crate::graph::unit;
use crate::pins::{Extent, Places, Policy, Survey};
use crate::provider::code::Dialect;
use crate::run::tools::Wish;
use std::path::{Path, PathBuf};

/// Runs one of them. Whatever it is, it works on a session that starts nothing and asks nobody.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &PinsCommand, mut context: Context) -> Result<u8, Failure> {
    context.session = context.session.of_files_only();
    match command {
        PinsCommand::Check(args) => check::run(args, &mut context),
        PinsCommand::Lock(args) => lock::run(args, &context),
        PinsCommand::Upgrade(args) => upgrade::run(args, &context),
        PinsCommand::Verify(args) => verify::run(args, &context),
    }
}

/// Surveys the units and stacks below the working folder that the filters pick; without filters, all.
///
/// # Errors
/// A filter that cannot be understood.
fn survey(context: &Context) -> Result<Survey, Failure> {
    let Chosen { units: of_units, stacks: of_stacks, extent, faults, _work_trees } = chosen(context)?;
    let dialect = |dir: &Path, named: Option<&str>| dialect(context, (dir, named));
    let places = Places { units: &of_units, stacks: &of_stacks, dialect: &dialect, extent };
    let mut survey = Survey::of(&context.session, &places);
    survey.faults.extend(faults);
    Ok(survey)
}

/// What a command works on: files of units, folders of stacks.
struct Chosen {
    units: Vec<PathBuf>,
    stacks: Vec<PathBuf>,
    extent: Extent,
    /// Folders that cannot be read may hold units.
    faults: Diagnostics,
    /// The work trees that some of them are in.
    _work_trees: Option<pick::Changes>,
}

/// The units and stacks below the working folder that the filters pick; without filters, all.
///
/// # Errors
/// A filter that cannot be understood.
fn chosen(context: &Context) -> Result<Chosen, Failure> {
    let filters = pick::filters(context)?;
    // What a path tells needs nothing to be loaded.
    let is_by_path = filter::needs(&filters) == filter::Needs::default();
    let depth = (!is_by_path).then_some(FactsDepth::Reading);
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth, from: None };
    let Picked { estate, units: picked, changes } = pick::pick(context, &filters, &wanted)?;
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
    let extent = if filters.is_empty() { Extent::All } else { Extent::Picked };
    let faults = estate.faults.iter().filter(|fault| fault.is_error()).cloned().collect();
    Ok(Chosen { units: of_units, stacks: of_stacks, extent, faults, _work_trees: changes })
}

/// Which of the two tools a unit runs, by the name of the program alone, whether it is installed or not.
fn dialect(context: &Context, (dir, named): (&Path, Option<&str>)) -> Dialect {
    let wish = Wish { named, ..Wish::of_dir(dir) };
    context.tools.flavour_of(&wish).dialect()
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

/// `1 unit`, `2 units`.
fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
