//! The plan of a run over many units: who takes part, in which order, and whether the user agrees.

use super::super::pick::{self, Changes, Picked};
use super::super::{look, pins, stack, units};
use super::plan::{RunPlan, TREE_LIMIT};
use super::{check, prompt};
use crate::cli::args::Command;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Warning};
use crate::cli::selection::Scope as Selected;
use crate::config::FactsDepth;
use crate::diag::{Code, Diagnostic, closest};
use crate::estate::{Estate, Wanted, cycle_fault};
use crate::event::{Outcome, PlannedUnit, Reason, Status, UnitReport};
use crate::graph::dag::{Follow, Way};
use crate::graph::discover::Hidden;
use crate::graph::filter::{self, Filter};
use crate::graph::listing::{Paint, Row, Standing};
use crate::graph::queue::{Direction, Member, OnFailure, Options, Ordering, Priority, Queue};
use crate::graph::tree::render_tree_by_links;
use crate::graph::unit::{Kind as ComponentKind, UnitId};
use crate::host::fs;
use crate::run::argv::Scope;
use crate::run::preparer::UnitPlace;
use crate::run::settings::Action;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// What is to be done.
pub(super) enum Answer {
    Run(Box<RunPlan>),
    /// There is no unit to run in.
    Nothing,
}

/// Makes the plan: discover, select, check, exclude, order, ask.
///
/// # Errors
/// Faults of any selected unit, a cycle, a command that makes no sense over many units, a declined question.
pub(super) fn plan(context: &Context, action: &Action) -> Result<Answer, Failure> {
    if let Action::Terraform(command) = action
        && let Some(reason) = command.refusal_for_many()
    {
        return Err(Failure::usage(format!("`{}` cannot run over many units: {reason}", command.name))
            .coded(Code::NotForMany)
            .hint("run it in the folder of the one unit that is meant"));
    }
    let filters = filters(context)?;
    refuse_changes(&filters, action)?;
    generate_stacks(context)?;
    let Picked { estate, mut units, changes, .. } = discover(context, &filters)?;
    units.retain(|id| {
        estate.components.get(*id).is_some_and(|component| component.kind == ComponentKind::Unit)
    });
    check_all(context, action, (&estate, &units))?;
    let direction = direction(action);
    let departures = Departures::of(context, (&estate, &units), changes.as_ref());
    let destroyed = |unit: UnitId| direction == Direction::Down || departures.destroyed.contains(&unit);
    let is_excluded: HashSet<UnitId> = excluded(&estate, &units, (action, &destroyed))
        .into_iter()
        .chain(departures.spared.clone())
        .collect();
    let excluded: Vec<UnitId> = units.iter().copied().filter(|unit| is_excluded.contains(unit)).collect();
    let way = if direction == Direction::Down { Way::ToDependents } else { Way::ToDependencies };
    units.retain(|unit| !is_excluded.contains(unit));
    let dag = estate.links.without_cycles(&units).dag;
    let members = dag.layers(&units, way, &estate.components).concat();
    if members.is_empty() && excluded.is_empty() {
        context.screen.say(&why_nothing(&filters, &estate));
        return Ok(Answer::Nothing);
    }
    let listed =
        Listed { members: &members, direction, left_out: excluded.len(), departed: &departures.destroyed };
    prompt::agree(context, (action, direction), &listing(context, &estate, &listed))?;
    let members: Vec<Member> = members
        .into_iter()
        .map(|unit| Member { unit, direction: if destroyed(unit) { Direction::Down } else { Direction::Up } })
        .collect();
    let mut plan = assemble(context, &estate, &members, excluded);
    plan.departed = departures.all;
    plan.changes = changes;
    Ok(Answer::Run(Box::new(plan)))
}

/// Why there is nothing to run; what looks like a slip in a filter is named.
fn why_nothing(filters: &[Filter], estate: &Estate) -> String {
    if filters.is_empty() {
        return "no units were found below the working folder: there is nothing to run".to_owned();
    }
    let texts: Vec<String> = filters.iter().map(|filter| format!("`{}`", filter.text)).collect();
    let mut said = format!("no unit is selected by {}: there is nothing to run", texts.join(", "));
    let paths: Vec<String> = estate.components.iter().map(|(id, _)| estate.name_of(id)).collect();
    let known = || paths.iter().flat_map(|path| [path.as_str(), path.rsplit('/').next().unwrap_or(path)]);
    let is_of_word = |c: char| c.is_alphanumeric() || "-_/".contains(c);
    let words = filters.iter().flat_map(|filter| filter.text.split(|c| !is_of_word(c)));
    let words = words.map(|word| word.trim_matches('/')).filter(|word| word.len() > 2);
    let slips = words.filter(|word| known().all(|known| known != *word));
    if let Some(meant) = slips.filter_map(|word| closest(word, known())).next() {
        said.push_str(&format!("; did you mean `{meant}`?"));
    }
    said
}

/// The filters of the command line; `--graph` is one of them.
fn filters(context: &Context) -> Result<Vec<Filter>, Failure> {
    let mut filters = pick::filters(context)?;
    if let Selected::Graph { .. } = context.settings.selection.scope {
        let text = format!("...{{{}}}", context.session.root.display());
        let filter = filter::parse_filter(&text)
            .map_err(|error| Failure::usage(error.render()).coded(Code::FilterSyntax))?;
        filters.push(filter);
    }
    Ok(filters)
}

/// What changed may be planned and applied. Anything else would not mean the same for what was removed.
fn refuse_changes(filters: &[Filter], action: &Action) -> Result<(), Failure> {
    let suits = match action {
        Action::Terraform(command) => matches!(&*command.name, "plan" | "apply") && !command.destroys(),
        Action::Exec { .. } => false,
    };
    match filters.iter().find(|filter| !filter.ranges().is_empty()).filter(|_| !suits) {
        None => Ok(()),
        Some(filter) => Err(Failure::usage(format!(
            "`{}` cannot run over what changed between git references ('{}')",
            action.word(),
            filter.text
        ))
        .coded(Code::NotOverChanges)
        .hint("only plan and apply can, without -destroy; `find` lists the units to run anything else in")),
    }
}

/// Units that the newer version does not have any more.
#[derive(Default)]
struct Departures {
    all: BTreeSet<UnitId>,
    /// They are destroyed from the version that has them.
    destroyed: BTreeSet<UnitId>,
    /// They would be, but nobody allowed it.
    spared: BTreeSet<UnitId>,
}

impl Departures {
    /// Warns about what may surprise.
    fn of(context: &Context, (estate, units): (&Estate, &[UnitId]), changes: Option<&Changes>) -> Self {
        let Some(changes) = changes else { return Self::default() };
        let all: BTreeSet<UnitId> =
            units.iter().copied().filter(|unit| changes.removed.contains(unit)).collect();
        warn_of_states(context, estate, changes);
        if context.settings.selection.allow_destroy {
            return Self { destroyed: all.clone(), all, ..Self::default() };
        }
        for unit in &all {
            let reference = changes.references.get(unit).map_or("", String::as_str);
            let name = estate.name_of(*unit);
            let text =
                format!("{name} is only in `{reference}`; it is left out, and what it made stays as it is");
            context.warn_of(&Warning::new(text).hint("--filter-allow-destroy destroys what was removed"));
        }
        Self { spared: all.clone(), all, ..Self::default() }
    }
}

/// A state beside the unit would be another one in a work tree, and go with it.
fn warn_of_states(context: &Context, estate: &Estate, changes: &Changes) {
    let keeps_here = |unit: &&UnitId| estate.facts_of(**unit).is_some_and(|facts| !facts.has_remote_state);
    let mut names: Vec<String> =
        changes.references.keys().filter(keeps_here).map(|unit| estate.name_of(*unit)).collect();
    names.sort();
    if let Some(first) = names.first() {
        let others = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
        context.warn_of(
            &Warning::new(format!("{first}{others} may keep no state outside of the folder that it runs in"))
                .hint("what changed runs in a temporary work tree: without a remote state, its state is not seen there and not kept"),
        );
    }
}

fn discover(context: &Context, filters: &[Filter]) -> Result<Picked, Failure> {
    let root = graph_root(context)?;
    let from = match root {
        Some(_) => None,
        None => filter::search_root(filters, &context.session.root, || look::repository(context)),
    };
    let wanted = Wanted { root, hidden: Hidden::Search, depth: Some(FactsDepth::Run), from };
    pick::pick(context, filters, &wanted)
}

/// Where `--graph` looks for dependents, and what units are named by then; `None` without the flag.
fn graph_root(context: &Context) -> Result<Option<PathBuf>, Failure> {
    let Selected::Graph { root } = &context.settings.selection.scope else { return Ok(None) };
    units::own_config(context)?;
    let unit = &context.session.root;
    let Some(root) = root.clone().or_else(|| written_like(unit, look::repository(context)?)) else {
        let text = "--graph looks for dependents in the whole git repository, and this folder is in none";
        return Err(Failure::usage(text).hint("name the folder to look in with --graph-root"));
    };
    if unit.starts_with(&root) {
        return Ok(Some(root));
    }
    Err(Failure::usage(format!(
        "--graph-root {} does not hold the unit in {}",
        root.display(),
        unit.display()
    ))
    .coded(Code::WrongValue)
    .hint("name a folder above the unit; its dependents are looked for there"))
}

/// A folder above the unit in the unit's own words, should links lead there.
fn written_like(unit: &Path, real: PathBuf) -> Option<PathBuf> {
    let same = |above: &&Path| fs::canonicalize(above).is_ok_and(|at| at == real);
    unit.ancestors().find(same).map(Path::to_path_buf)
}

/// Units that stack files ask for are generated before anything is looked for; not for `exec`, and not for `--graph`.
fn generate_stacks(context: &Context) -> Result<(), Failure> {
    let runs = matches!(&context.settings.command, Command::Run(_) | Command::Stack(_));
    let wanted = runs && context.settings.auto.generate_stacks;
    if wanted && context.settings.selection.scope == Selected::All {
        stack::before_run(context)?;
    }
    Ok(())
}

fn check_all(
    context: &Context,
    action: &Action,
    (estate, units): (&Estate, &[UnitId]),
) -> Result<(), Failure> {
    let facts: Vec<_> = units.iter().filter_map(|id| estate.facts_of(*id)).collect();
    let selected: HashSet<UnitId> = units.iter().copied().collect();
    let of_units = facts.iter().flat_map(|facts| facts.faults.iter().cloned());
    let mut faults: Vec<Diagnostic> = estate.faults.iter().cloned().chain(of_units).collect();
    let cycles = estate.links.cycles(&estate.components);
    let among_selected =
        cycles.iter().filter(|cycle| cycle.0.iter().any(|step| selected.contains(&step.from)));
    faults.extend(among_selected.map(|cycle| cycle_fault(cycle, estate)));
    faults.extend(check::versions(context, action, &facts));
    check::refuse(context, &crate::estate::distinct(faults))?;
    check::tools_are_there(context, action, &facts)?;
    let configs: Vec<PathBuf> = facts.iter().map(|facts| facts.config_path.clone()).collect();
    pins::require(context, &configs)
}

/// Units that do not take part: excluded ones, and for a destroy what must not be destroyed with all it needs.
fn excluded(
    estate: &Estate,
    units: &[UnitId],
    (action, destroyed): (&Action, &dyn Fn(UnitId) -> bool),
) -> Vec<UnitId> {
    let mut kept_out: Vec<UnitId> = Vec::new();
    for unit in units {
        let Some(facts) = estate.facts_of(*unit) else { continue };
        if let Some(exclude) = facts.exclude.as_ref().filter(|exclude| exclude.applies(action.word())) {
            kept_out.push(*unit);
            if exclude.exclude_dependencies == Some(true) {
                kept_out.extend(estate.links.neighbours(*unit, Way::ToDependencies));
            }
        }
        if facts.prevent_destroy && destroyed(*unit) {
            let follow = Follow { way: Way::ToDependencies, depth: None };
            kept_out.push(*unit);
            let needed = estate.links.reach(&[*unit], follow, |_| true);
            kept_out.extend(needed.into_iter().filter(|unit| destroyed(*unit)));
        }
    }
    let kept_out: HashSet<UnitId> = kept_out.into_iter().collect();
    units.iter().copied().filter(|unit| kept_out.contains(unit)).collect()
}

fn direction(action: &Action) -> Direction {
    match action {
        Action::Terraform(command) if command.destroys() => Direction::Down,
        _ => Direction::Up,
    }
}

/// The units in order: as a tree while that is readable, else by name.
fn listing(context: &Context, estate: &Estate, listed: &Listed<'_>) -> String {
    let Listed { members, direction, left_out, departed } = *listed;
    let order = match direction {
        Direction::Down => "dependents before what they need",
        Direction::Up => "dependencies first",
    };
    let units = if members.len() == 1 { "unit" } else { "units" };
    let left_out = if left_out == 0 { String::new() } else { format!("; {left_out} more excluded") };
    let mut text = format!("{} {units}, {order}{left_out}:\n", members.len());
    let gone: Vec<String> =
        members.iter().filter(|unit| departed.contains(unit)).map(|unit| estate.name_of(*unit)).collect();
    if !gone.is_empty() {
        text.push_str(&format!("removed, so to be destroyed: {}\n", gone.join(", ")));
    }
    let paint = if context.screen.stderr_color { Paint::Colour } else { Paint::Plain };
    if members.len() <= TREE_LIMIT {
        let tree = render_tree_by_links(&rows(estate, members, direction), paint);
        text.push_str(tree.strip_prefix(".\n").unwrap_or(&tree));
        return text;
    }
    for id in members.iter().take(TREE_LIMIT) {
        text.push_str(&format!("  {}\n", paint.name(ComponentKind::Unit, &estate.name_of(*id))));
    }
    text.push_str(&format!("  … and {} more\n", members.len() - TREE_LIMIT));
    text
}

/// What the user is told before a run.
#[derive(Clone, Copy)]
struct Listed<'a> {
    members: &'a [UnitId],
    direction: Direction,
    /// How many an exclude block keeps out.
    left_out: usize,
    /// Those that are destroyed because they were removed.
    departed: &'a BTreeSet<UnitId>,
}

/// Each unit with those that it waits for, unless it waits for them anyway because it waits for another.
fn rows(estate: &Estate, members: &[UnitId], direction: Direction) -> Vec<Row> {
    let way = if direction == Direction::Down { Way::ToDependents } else { Way::ToDependencies };
    let beyond = |unit: UnitId| estate.links.reach(&[unit], Follow { way, depth: None }, |_| true);
    let row = |unit: &UnitId| {
        let direct = estate.links.neighbours(*unit, way);
        let implied: HashSet<UnitId> =
            direct.iter().flat_map(|near| beyond(*near).into_iter().filter(move |far| far != near)).collect();
        let links = direct.iter().filter(|near| !implied.contains(near));
        Row {
            kind: ComponentKind::Unit,
            name: estate.name_of(*unit),
            links: links.map(|near| estate.name_of(*near)).collect(),
            standing: Standing::TakesPart,
        }
    };
    members.iter().map(row).collect()
}

fn assemble(context: &Context, estate: &Estate, queued: &[Member], excluded: Vec<UnitId>) -> RunPlan {
    let members = || queued.iter().map(|member| member.unit);
    let all = members().chain(excluded.iter().copied());
    RunPlan {
        units: all.map(|unit| planned(estate, unit)).collect(),
        places: members().filter_map(|unit| Some((unit, place(estate, unit)?))).collect(),
        queue: Queue::new(queued, estate.links.edges(), queue_options(context)),
        departed: BTreeSet::new(),
        changes: None,
        excluded: excluded.into_iter().map(kept_out).collect(),
        scope: Scope::Many,
    }
}

fn planned(estate: &Estate, unit: UnitId) -> PlannedUnit {
    PlannedUnit {
        unit,
        name: estate.name_of(unit),
        dir: estate.components.path(unit).to_path_buf(),
        tool: String::new(),
    }
}

fn place(estate: &Estate, unit: UnitId) -> Option<UnitPlace> {
    let facts = estate.facts_of(unit)?;
    Some(UnitPlace { config_path: facts.config_path.clone(), name: estate.name_of(unit) })
}

fn queue_options(context: &Context) -> Options {
    let queue = &context.settings.queue;
    Options {
        on_failure: match (queue.fail_fast, queue.ignore_errors) {
            (true, _) => OnFailure::StopAll,
            (false, true) => OnFailure::Ignore,
            (false, false) => OnFailure::StopWaiting,
        },
        ordering: if queue.ignore_dag_order { Ordering::None } else { Ordering::ByLinks },
        priority: Priority::Listed,
    }
}

fn kept_out(unit: UnitId) -> UnitReport {
    let outcome = Outcome { status: Status::Excluded, reason: Some(Reason::ExcludeBlock), cause: None };
    UnitReport::never_ran(unit, outcome)
}
