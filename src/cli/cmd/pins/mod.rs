//! `pins`: a command is a file; what all of them look at is found here.

mod check;
mod code;
mod gate;
mod list;
mod lock;
mod mending;
mod mirrors;
mod outdated;
mod registries;
mod upgrade;
mod verify;

pub(super) use gate::require;

use super::pick::{self, Picked};
use super::touched::Commit;
use super::units;
use crate::cli::args::PinsCommand;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::config::{FactsDepth, load_estate_file};
use crate::diag::{Diagnostic, Diagnostics, distinct};
use crate::estate::{Estate, Wanted};
use crate::graph::discover::Hidden;
use crate::graph::filter;
use crate::graph::unit;
use crate::pins::{Extent, Places, Policy, Survey, ToolTelling};
use crate::provider::Flavour;
use crate::provider::code::{Counting, Dialect};
use crate::run::tools::Wish;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Runs one of them. Whatever it is, it works on a session that starts nothing and asks nobody.
///
/// # Errors
/// How it ended, if not well.
pub(super) fn run(command: &PinsCommand, mut context: Context) -> Result<u8, Failure> {
    context = context.of_files_only();
    match command {
        PinsCommand::Check(args) => check::run(args, &mut context),
        PinsCommand::List(args) => list::run(args, &context),
        PinsCommand::Outdated(args) => outdated::run(args, &context),
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
    let chosen = chosen(context)?;
    let dialect = |telling: &ToolTelling<'_>| dialect(context, telling);
    let places = Places {
        units: &chosen.units,
        stacks: &chosen.stacks,
        dialect: &dialect,
        extent: chosen.extent,
        others: &neighbours(context, &chosen),
        named: context.settings.files.as_deref().unwrap_or_default(),
        counting: chosen.counting,
    };
    let mut survey = Survey::of(&context.session, &places);
    if !chosen.faults.is_empty() {
        survey.faults = distinct(chosen.faults.into_iter().chain(survey.faults));
    }
    Ok(survey)
}

/// More neighbours than this are not compared with: a hook is to take no time.
const MOST_NEIGHBOURS: usize = 2_000;

/// Units that a commit does not concern and that share an environment with one that it does.
fn neighbours(context: &Context, chosen: &Chosen) -> Vec<PathBuf> {
    let root = &context.session.root;
    // A faulty policy is told by whoever goes by it.
    let file = load_estate_file(&context.session, root).ok().flatten();
    let Ok(policy) = Policy::of(file.as_ref(), root) else { return Vec::new() };
    let dirs = chosen.units.iter().filter_map(|file| file.parent());
    let environments: HashSet<_> = dirs.map(|dir| policy.environment_of(dir)).collect();
    let is_near = |dir: &&PathBuf| environments.contains(&policy.environment_of(dir));
    let near: Vec<PathBuf> = chosen.others.iter().filter(is_near).cloned().collect();
    if near.len() > MOST_NEIGHBOURS { Vec::new() } else { near }
}

/// What a command works on: files of units, folders of stacks.
struct Chosen {
    units: Vec<PathBuf>,
    /// Folders of units that a commit does not concern.
    others: Vec<PathBuf>,
    stacks: Vec<PathBuf>,
    extent: Extent,
    /// What is wrong with the tree, and with the commit that they are chosen by.
    faults: Diagnostics,
    /// Which files are part of it.
    counting: Option<Counting>,
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
    let is_by_path = filter::needs(&filters) == filter::Needs::default() && context.settings.files.is_none();
    let depth = (!is_by_path).then_some(FactsDepth::Reading);
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth, from: None };
    let Picked { estate, units: picked, changes, commit } = pick::pick(context, &filters, &wanted)?;
    let faults = commit.as_ref().map(|commit| commit.faults(context, (&estate, &picked)));
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
    let mut faults = faults.unwrap_or_default();
    // Folders that cannot be read may hold units.
    faults.extend(estate.faults.iter().filter(|fault| fault.is_error()).cloned());
    let is_whole = filters.is_empty() && context.settings.files.is_none();
    let others = match context.settings.files {
        Some(_) => others(&estate, &of_units),
        None => Vec::new(),
    };
    Ok(Chosen {
        units: of_units,
        others,
        stacks: of_stacks,
        extent: if is_whole { Extent::All } else { Extent::Picked },
        faults,
        counting: commit.and_then(Commit::counting),
        _work_trees: changes,
    })
}

/// The folders of units that are not among those of these files.
fn others(estate: &Estate, files: &[PathBuf]) -> Vec<PathBuf> {
    let dirs: HashSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let all = estate.components.iter().map(|(_, found)| found);
    let units = all.filter(|found| found.kind == unit::Kind::Unit);
    units.map(|found| &found.path).filter(|path| !dirs.contains(path.as_path())).cloned().collect()
}

/// Which of the two tools a unit runs, by names and pins, else by its lock file: what is checked is the same on every
/// machine. Only where nothing tells, it is the one that this machine has.
fn dialect(context: &Context, telling: &ToolTelling<'_>) -> Dialect {
    let wish = Wish { named: telling.named, ..Wish::of_dir(telling.dir) };
    let said = context.tools.flavour_said(&wish).map(Flavour::dialect).or(telling.locked);
    said.unwrap_or_else(|| context.tools.flavour_of(&wish).dialect())
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
