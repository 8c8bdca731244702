//! Who depends on whom: links as they were written, the cycles among them, and the DAG that is left when there
//! are none. An edge goes from a unit to its dependency and remembers the line that asks for it.

use super::unit::{Components, UnitId};
use crate::diag::{Code, Diagnostic, Span};
use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::{HashMap, VecDeque};

/// How many edges the search for the shortest cycles may look at before it takes the best so far.
const CYCLE_BUDGET: usize = 200_000;

/// Which way to follow links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    ToDependencies,
    ToDependents,
}

impl Way {
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::ToDependencies => Self::ToDependents,
            Self::ToDependents => Self::ToDependencies,
        }
    }

    fn direction(self) -> Direction {
        match self {
            Self::ToDependencies => Direction::Outgoing,
            Self::ToDependents => Direction::Incoming,
        }
    }
}

/// How to follow links: which way, and over how many of them (no limit if `None`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Follow {
    pub way: Way,
    pub depth: Option<u32>,
}

/// One edge of a cycle with the place that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub from: UnitId,
    pub to: UnitId,
    pub span: Option<Span>,
}

/// A closed path: each step ends where the next begins, the last where the first began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<Step>);

/// What is left of some members when cycles are taken out.
#[derive(Clone, Debug, Default)]
pub struct Untangled {
    /// The links among those that are kept.
    pub dag: Dag,
    /// In the order given.
    pub kept: Vec<UnitId>,
    pub dropped: Vec<UnitId>,
}

impl Cycle {
    /// The whole path, with a label on the line of each edge. `name` says how people see a component.
    #[must_use]
    pub fn to_diagnostic(&self, name: impl Fn(UnitId) -> String) -> Diagnostic {
        let ends = self.0.iter().map(|step| step.from).chain(self.0.first().map(|step| step.from));
        let path: Vec<String> = ends.map(&name).collect();
        let mut diagnostic =
            Diagnostic::error(Code::Cycle, format!("dependencies form a cycle: {}", path.join(" -> "))).hint(
                "remove one of these dependencies, or move what both sides need into a unit of its own",
            );
        for step in &self.0 {
            let Some(span) = step.span else { continue };
            let text = format!("{} needs {}", name(step.from), name(step.to));
            diagnostic = match diagnostic.primary {
                None => diagnostic.at(span, text),
                Some(_) => diagnostic.label(span, text),
            };
        }
        diagnostic
    }
}

/// The links of an estate; there may be cycles.
#[derive(Clone, Debug, Default)]
pub struct Links {
    graph: DiGraph<(), Option<Span>, u32>,
}

impl Links {
    /// Says that `from` depends on `to`. A second link between the same two is ignored: the first place is kept.
    pub fn add(&mut self, from: UnitId, to: UnitId, span: Option<Span>) {
        while self.graph.node_count() <= from.index().max(to.index()) {
            self.graph.add_node(());
        }
        let (from, to) = (node(from), node(to));
        if !self.graph.contains_edge(from, to) {
            self.graph.add_edge(from, to, span);
        }
    }

    /// The direct neighbours, by id.
    #[must_use]
    pub fn neighbours(&self, unit: UnitId, way: Way) -> Vec<UnitId> {
        let mut found: Vec<UnitId> = self.next(unit, way).collect();
        found.sort_unstable();
        found
    }

    /// Where `from` asks for `to`.
    #[must_use]
    pub fn span(&self, from: UnitId, to: UnitId) -> Option<Span> {
        let edge = self.graph.find_edge(node(from), node(to))?;
        self.graph.edge_weight(edge).copied().flatten()
    }

    /// Every edge, from a unit to its dependency.
    pub fn edges(&self) -> impl Iterator<Item = (UnitId, UnitId)> {
        self.graph.edge_references().map(|edge| (unit(edge.source()), unit(edge.target())))
    }

    /// Everything that can be reached from the seeds over components that are `allowed`. A seed is in it only if
    /// a path leads back to it or from another seed; sorted by id.
    #[must_use]
    pub fn reach(&self, seeds: &[UnitId], follow: Follow, allowed: impl Fn(UnitId) -> bool) -> Vec<UnitId> {
        let size = seeds.iter().map(|id| id.index() + 1).max().unwrap_or(0).max(self.graph.node_count());
        let (mut seen, mut reached) = (vec![false; size], vec![false; size]);
        for seed in seeds {
            seen[seed.index()] = true;
        }
        let mut todo: VecDeque<(UnitId, u32)> = seeds.iter().map(|seed| (*seed, 0)).collect();
        while let Some((here, hops)) = todo.pop_front() {
            if follow.depth.is_some_and(|most| hops >= most) {
                continue;
            }
            for next in self.next(here, follow.way).filter(|next| allowed(*next)) {
                reached[next.index()] = true;
                if !std::mem::replace(&mut seen[next.index()], true) {
                    todo.push_back((next, hops + 1));
                }
            }
        }
        let ids = reached.iter().enumerate().filter(|(_, is_reached)| **is_reached);
        ids.map(|(index, _)| UnitId::new(index)).collect()
    }

    /// One cycle for each knot of units that reach each other: the shortest, starting at its first path.
    #[must_use]
    pub fn cycles(&self, components: &Components) -> Vec<Cycle> {
        let mut cycles: Vec<Cycle> = kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|knot| self.is_knot(knot))
            .filter_map(|knot| self.shortest_cycle(knot.into_iter().map(unit).collect(), components))
            .collect();
        cycles.sort_by(|left, right| {
            let first = |cycle: &Cycle| cycle.0.first().map(|step| step.from);
            let path =
                |cycle: &Cycle| first(cycle).map(|id| components.path(id).as_os_str().as_encoded_bytes());
            path(left).cmp(&path(right))
        });
        cycles
    }

    /// The proof that there is no cycle, or the cycles.
    ///
    /// # Errors
    /// With one cycle for each knot.
    pub fn into_dag(self, components: &Components) -> Result<Dag, Vec<Cycle>> {
        let cycles = self.cycles(components);
        if cycles.is_empty() { Ok(Dag(self)) } else { Err(cycles) }
    }

    /// For commands that go on in spite of cycles: drops every member that is on a cycle among members, or
    /// depends on one.
    #[must_use]
    pub fn without_cycles(&self, members: &[UnitId]) -> Untangled {
        let layers = self.peel(members, Way::ToDependencies);
        let is_kept = |id: &UnitId| layers.get(id.index()).is_some_and(Option::is_some);
        let (kept, dropped) = members.iter().partition(|id| is_kept(id));
        let mut links = Self::default();
        for edge in self.graph.edge_references() {
            let (from, to) = (unit(edge.source()), unit(edge.target()));
            if is_kept(&from) && is_kept(&to) {
                links.add(from, to, *edge.weight());
            }
        }
        Untangled { dag: Dag(links), kept, dropped }
    }

    /// Takes away members as long as one has no neighbour left that way: the layer of each that went, by index.
    fn peel(&self, members: &[UnitId], way: Way) -> Vec<Option<usize>> {
        let size = members.iter().map(|id| id.index() + 1).max().unwrap_or(0).max(self.graph.node_count());
        // How many neighbours a member still waits for; `None` for everyone else.
        let mut waiting: Vec<Option<usize>> = vec![None; size];
        for id in members {
            waiting[id.index()] = Some(0);
        }
        let mut todo: VecDeque<UnitId> = VecDeque::new();
        for id in members {
            let needs = self.next(*id, way).filter(|to| waiting[to.index()].is_some()).count();
            if needs == 0 {
                todo.push_back(*id);
            }
            waiting[id.index()] = Some(needs);
        }
        let mut layers: Vec<Option<usize>> = vec![None; size];
        for id in &todo {
            layers[id.index()] = Some(0);
        }
        while let Some(done) = todo.pop_front() {
            let layer = layers[done.index()].unwrap_or_default();
            for waiter in self.next(done, way.reversed()) {
                let Some(needs) = waiting[waiter.index()].as_mut() else { continue };
                *needs = needs.saturating_sub(1);
                if *needs == 0 && layers[waiter.index()].is_none() {
                    layers[waiter.index()] = Some(layer + 1);
                    todo.push_back(waiter);
                }
            }
        }
        layers
    }

    fn next(&self, from: UnitId, way: Way) -> impl Iterator<Item = UnitId> {
        let known = from.index() < self.graph.node_count();
        known
            .then(|| self.graph.neighbors_directed(node(from), way.direction()))
            .into_iter()
            .flatten()
            .map(unit)
    }

    fn is_knot(&self, nodes: &[NodeIndex<u32>]) -> bool {
        match nodes {
            [alone] => self.graph.contains_edge(*alone, *alone),
            _ => nodes.len() > 1,
        }
    }

    /// Breadth first from every member, never deeper than the best found, so equal cycles go to the first path.
    fn shortest_cycle(&self, mut knot: Vec<UnitId>, components: &Components) -> Option<Cycle> {
        components.sort(&mut knot);
        let rank: HashMap<UnitId, usize> = knot.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let mut best: Option<Vec<UnitId>> = None;
        let mut budget = CYCLE_BUDGET;
        for start in &knot {
            let limit = best.as_ref().map_or(usize::MAX, |path| path.len() - 1);
            if limit == 0 || budget == 0 {
                break;
            }
            if let Some(path) = self.way_back(*start, (&rank, limit), &mut budget) {
                best = Some(path);
            }
        }
        let path = best?;
        let ends = path.iter().copied().cycle().skip(1);
        let step = |(from, to)| Step { from, to, span: self.span(from, to) };
        Some(Cycle(path.iter().copied().zip(ends).map(step).collect()))
    }

    /// The shortest way from `start` back to itself within the knot, of at most `limit` units.
    fn way_back(
        &self,
        start: UnitId,
        (rank, limit): (&HashMap<UnitId, usize>, usize),
        budget: &mut usize,
    ) -> Option<Vec<UnitId>> {
        let mut before: HashMap<UnitId, (UnitId, usize)> = HashMap::new();
        let mut todo = VecDeque::from([(start, 1)]);
        while let Some((here, length)) = todo.pop_front() {
            let mut next: Vec<UnitId> =
                self.next(here, Way::ToDependencies).filter(|id| rank.contains_key(id)).collect();
            next.sort_unstable_by_key(|id| rank.get(id).copied());
            *budget = budget.saturating_sub(next.len());
            for to in next {
                if to == start {
                    return Some(trace(&before, start, here));
                }
                if length < limit && !before.contains_key(&to) {
                    before.insert(to, (here, length));
                    todo.push_back((to, length + 1));
                }
            }
            if *budget == 0 {
                return None;
            }
        }
        None
    }
}

/// Links without a cycle.
#[derive(Clone, Debug, Default)]
pub struct Dag(Links);

impl Dag {
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.0
    }

    /// The members in layers: each waits only for earlier layers, and stands one after the last it waits for.
    /// It waits for its neighbours that `way`: for its dependencies to be built, for its dependents to be
    /// destroyed. Links to and through non-members do not count. Sorted by path within a layer.
    #[must_use]
    pub fn layers(&self, members: &[UnitId], way: Way, components: &Components) -> Vec<Vec<UnitId>> {
        let by_index = self.0.peel(members, way);
        let count = by_index.iter().flatten().max().map_or(0, |deepest| deepest + 1);
        let mut layers = vec![Vec::new(); count];
        for (index, layer) in by_index.into_iter().enumerate() {
            if let Some(layer) = layer {
                layers[layer].push(UnitId::new(index));
            }
        }
        for layer in &mut layers {
            components.sort(layer);
        }
        layers
    }
}

fn node(unit: UnitId) -> NodeIndex<u32> {
    NodeIndex::new(unit.index())
}

fn unit(node: NodeIndex<u32>) -> UnitId {
    UnitId::new(node.index())
}

fn trace(before: &HashMap<UnitId, (UnitId, usize)>, start: UnitId, end: UnitId) -> Vec<UnitId> {
    let mut path = vec![end];
    let mut here = end;
    while here != start {
        let Some((from, _)) = before.get(&here) else { break };
        here = *from;
        path.push(here);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests;
