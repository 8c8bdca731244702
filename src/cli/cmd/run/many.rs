//! The plan of a run over many units: who takes part, in which order, and whether the user agrees.

use super::super::{look, stack};
use super::plan::{RunPlan, TREE_LIMIT};
use super::{check, prompt};
use crate::cli::args::Command;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::cli::selection::Scope as Selected;
use crate::config::FactsDepth;
use crate::diag::{Code, Diagnostic};
use crate::estate::{Estate, Wanted, cycle_fault};
use crate::event::{Outcome, PlannedUnit, Reason, Status, UnitReport};
use crate::graph::dag::{Follow, Way};
use crate::graph::discover::Hidden;
use crate::graph::filter::{self, Filter};
use crate::graph::listing::{Paint, Row, Standing};
use crate::graph::queue::{Direction, Member, OnFailure, Options, Ordering, Priority, Queue};
use crate::graph::tree::render_tree_by_links;
use crate::graph::unit::{Kind as ComponentKind, UnitId};
use crate::run::argv::Scope;
use crate::run::preparer::UnitPlace;
use crate::run::settings::Action;
use std::collections::HashSet;

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
    generate_stacks(context)?;
    let estate = discover(context, &filters)?;
    let mut units = look::select(&estate, &filters)?;
    units.retain(|id| {
        estate.components.get(*id).is_some_and(|component| component.kind == ComponentKind::Unit)
    });
    check_all(context, &estate, &units)?;
    let excluded = excluded(&estate, &units, action);
    let is_excluded: HashSet<UnitId> = excluded.iter().copied().collect();
    let direction = direction(action);
    let way = if direction == Direction::Down { Way::ToDependents } else { Way::ToDependencies };
    let dag = estate.links.without_cycles(&units).dag;
    let ordered = dag.layers(&units, way, &estate.components).concat();
    let members: Vec<UnitId> = ordered.into_iter().filter(|unit| !is_excluded.contains(unit)).collect();
    if members.is_empty() && excluded.is_empty() {
        context.screen.say("no units were found below the working folder: there is nothing to run");
        return Ok(Answer::Nothing);
    }
    let listed = Listed { members: &members, direction, left_out: excluded.len() };
    prompt::agree(context, (action, direction), &listing(context, &estate, &listed))?;
    Ok(Answer::Run(Box::new(assemble(context, &estate, (&members, excluded), direction))))
}

/// The filters of the command line; `--graph` is one of them.
fn filters(context: &Context) -> Result<Vec<Filter>, Failure> {
    let mut filters = look::parse_filters(context)?;
    if let Selected::Graph { .. } = context.settings.selection.scope {
        let text = format!("...{{{}}}", context.session.root.display());
        let filter = filter::parse_filter(&text)
            .map_err(|error| Failure::usage(error.render()).coded(Code::FilterSyntax))?;
        filters.push(filter);
    }
    Ok(filters)
}

fn discover(context: &Context, filters: &[Filter]) -> Result<Estate, Failure> {
    let from = match &context.settings.selection.scope {
        Selected::Graph { root: Some(root) } => Some(root.clone()),
        Selected::Graph { root: None } => Some(look::repository(context).ok_or_else(|| {
            Failure::new(
                Kind::Usage,
                "--graph looks for dependents in the whole git repository, and this folder is in none",
            )
            .hint("name the folder to look in with --graph-root")
        })?),
        _ if filter::needs(filters).outside_dependents => look::repository(context),
        _ => None,
    };
    Ok(Estate::discover(
        &context.session,
        &Wanted { hidden: Hidden::Search, depth: Some(FactsDepth::Run), from },
    ))
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

fn check_all(context: &Context, estate: &Estate, units: &[UnitId]) -> Result<(), Failure> {
    let facts: Vec<_> = units.iter().filter_map(|id| estate.facts_of(*id)).collect();
    let selected: HashSet<UnitId> = units.iter().copied().collect();
    let of_units = facts.iter().flat_map(|facts| facts.faults.iter().cloned());
    let mut faults: Vec<Diagnostic> = estate.faults.iter().cloned().chain(of_units).collect();
    let cycles = estate.links.cycles(&estate.components);
    let among_selected =
        cycles.iter().filter(|cycle| cycle.0.iter().any(|step| selected.contains(&step.from)));
    faults.extend(among_selected.map(|cycle| cycle_fault(cycle, estate)));
    faults.extend(check::versions(context, &facts));
    check::refuse(context, &crate::estate::distinct(faults))
}

/// Units that do not take part: excluded ones, and for a destroy what must not be destroyed with all it needs.
fn excluded(estate: &Estate, units: &[UnitId], action: &Action) -> Vec<UnitId> {
    let destroys = direction(action) == Direction::Down;
    let mut kept_out: Vec<UnitId> = Vec::new();
    for unit in units {
        let Some(facts) = estate.facts_of(*unit) else { continue };
        if let Some(exclude) = facts.exclude.as_ref().filter(|exclude| exclude.applies(action.word())) {
            kept_out.push(*unit);
            if exclude.exclude_dependencies == Some(true) {
                kept_out.extend(estate.links.neighbours(*unit, Way::ToDependencies));
            }
        }
        if facts.prevent_destroy && destroys {
            let follow = Follow { way: Way::ToDependencies, depth: None };
            kept_out.push(*unit);
            kept_out.extend(estate.links.reach(&[*unit], follow, |_| true));
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
    let Listed { members, direction, left_out } = *listed;
    let order = match direction {
        Direction::Down => "dependents before what they need",
        Direction::Up => "dependencies first",
    };
    let units = if members.len() == 1 { "unit" } else { "units" };
    let left_out = if left_out == 0 { String::new() } else { format!("; {left_out} more excluded") };
    let mut text = format!("{} {units}, {order}{left_out}:\n", members.len());
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

fn assemble(
    context: &Context,
    estate: &Estate,
    (members, excluded): (&[UnitId], Vec<UnitId>),
    direction: Direction,
) -> RunPlan {
    let queued: Vec<Member> = members.iter().map(|unit| Member { unit: *unit, direction }).collect();
    let all = members.iter().chain(&excluded);
    RunPlan {
        units: all.map(|unit| planned(estate, *unit)).collect(),
        places: members.iter().filter_map(|unit| Some((*unit, place(estate, *unit)?))).collect(),
        queue: Queue::new(&queued, estate.links.edges(), queue_options(context)),
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
