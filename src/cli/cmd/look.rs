//! What `find`, `list` and `dag graph` share: discover, select, order. Faulty files do not stop them.

use super::pick;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::config::FactsDepth;
use crate::diag::Severity;
use crate::estate::{Estate, Wanted, cycle_fault};
use crate::graph::dag::{Dag, Way};
use crate::graph::discover::Hidden;
use crate::graph::filter;
use crate::graph::unit::{UnitId, by_path};

/// What a listing asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Question<'a> {
    /// In the order of the run queue.
    pub dag: bool,
    /// Edges are shown.
    pub dependencies: bool,
    /// Excludes or read files are shown.
    pub details: bool,
    /// Includes are shown.
    pub includes: bool,
    pub no_hidden: bool,
    /// As if this command were run.
    pub construct_as: Option<&'a str>,
    /// Units that exclude that command are shown, too.
    pub keep_excluded: bool,
}

/// An estate with the components to show, in order.
pub(super) struct Listing {
    pub estate: Estate,
    pub shown: Vec<UnitId>,
    /// Without cycles; only where edges were asked for.
    pub dag: Option<Dag>,
}

/// Discovers, selects and orders; warnings and faults go to stderr.
///
/// # Errors
/// A filter that cannot be understood.
pub(super) fn look(context: &Context, question: &Question<'_>) -> Result<Listing, Failure> {
    let filters = pick::filters(context)?;
    let needs = filter::needs(&filters);
    let graph = question.dag || question.dependencies || question.construct_as.is_some() || needs.links;
    let details = question.details || question.construct_as.is_some() || needs.reading || needs.source;
    let depth = match (details, graph || question.includes) {
        (true, _) => Some(FactsDepth::Reading),
        (false, true) => Some(FactsDepth::Edges),
        (false, false) => None,
    };
    let hidden = if question.no_hidden { Hidden::Skip } else { Hidden::Search };
    let from = filter::search_root(&filters, &context.session.root, || repository(context));
    let picked = pick::pick(context, &filters, &Wanted { root: None, hidden, depth, from })?;
    let (estate, mut shown) = (picked.estate, picked.units);
    let sources = &context.session.files.sources;
    context.screen.diagnose(&estate.all_faults(), (sources, &context.session.root));
    let dag = graph.then(|| drop_cycles(context, &estate, &mut shown));
    order(&estate, dag.as_ref(), question, &mut shown);
    if let Some(command) = question.construct_as.filter(|_| !question.keep_excluded) {
        shown.retain(|id| !excludes(&estate, *id, command));
    }
    Ok(Listing { estate, shown, dag })
}

/// The repository around the working root, where dependents may be.
pub(super) fn repository(context: &Context) -> Option<std::path::PathBuf> {
    context.session.memory.repo_root(&context.session.root)
}

/// Whether the unit's exclude block names this command, whatever its condition says.
pub(super) fn excludes(estate: &Estate, id: UnitId, command: &str) -> bool {
    let exclude = estate.facts_of(id).and_then(|facts| facts.exclude.as_ref());
    exclude.is_some_and(|exclude| exclude.names(command))
}

fn drop_cycles(context: &Context, estate: &Estate, shown: &mut Vec<UnitId>) -> Dag {
    let cycles = estate.links.cycles(&estate.components);
    let warnings: Vec<_> = cycles
        .iter()
        .map(|cycle| {
            let mut fault = cycle_fault(cycle, estate);
            fault.severity = Severity::Warning;
            fault.detail("units in a circle, and those that need them, are left out")
        })
        .collect();
    context.screen.diagnose(&warnings, (&context.session.files.sources, &context.session.root));
    let all: Vec<UnitId> = estate.components.iter().map(|(id, _)| id).collect();
    let untangled = estate.links.without_cycles(&all);
    shown.retain(|id| !untangled.dropped.contains(id));
    untangled.dag
}

fn order(estate: &Estate, dag: Option<&Dag>, question: &Question<'_>, shown: &mut Vec<UnitId>) {
    if let Some(dag) = dag.filter(|_| question.dag || question.construct_as.is_some()) {
        let way =
            if question.construct_as == Some("destroy") { Way::ToDependents } else { Way::ToDependencies };
        *shown = dag.layers(shown, way, &estate.components).concat();
        return;
    }
    shown.sort_by(|left, right| by_path(estate.components.path(*left), estate.components.path(*right)));
}
