//! Filters to a selection. Positive filters are united, then the negative ones take away, each looking only at
//! what is still selected; with no positive filter everything inside the working root is selected at first.
//!
//! What a pipeline refuses by name, path or type (`./prod/** | !vpc`) is no candidate for the other filters either,
//! unless a graph expression leads to it: the reference does so, and a filter more must not bring back more than
//! people are used to.

use super::{Attribute, Changed, Expr, Extent, Filter, Graph, Keep, PathPattern};
use crate::graph::dag::{Follow, Links, Way};
use crate::graph::unit::{Component, Components, Place, UnitId};
use crate::host::fs::{clean, relative};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What filters choose from. Everything that [`super::needs`] names must be known.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    pub components: &'a Components,
    pub links: &'a Links,
    /// The folders that paths are seen from: the working root, or the work trees of git references. A component is
    /// seen from the one that it lies in, or else from the first. Absolute and clean; there is at least one.
    pub roots: &'a [PathBuf],
    /// What changed between two references; nothing did if they are not in it.
    pub changed: &'a HashMap<Changed, Vec<UnitId>>,
}

impl Candidates<'_> {
    fn root_of(&self, path: &Path) -> &Path {
        let around = self.roots.iter().find(|root| path.starts_with(root));
        around.or(self.roots.first()).map_or(Path::new(""), PathBuf::as_path)
    }

    fn seen(&self, path: &Path) -> String {
        slashed(&relative(self.root_of(path), path))
    }
}

/// The selected components, sorted by path. Neighbours outside the working root are selected if a graph
/// expression reaches them.
#[must_use]
pub fn evaluate(filters: &[&Filter], candidates: &Candidates<'_>) -> Vec<UnitId> {
    let evaluator = Evaluator::new(*candidates);
    let inside = evaluator.inside();
    let (negative, positive): (Vec<&Filter>, Vec<&Filter>) =
        filters.iter().copied().partition(|filter| filter.is_negative());
    let mut selected = if positive.is_empty() { inside.clone() } else { vec![false; inside.len()] };
    let base = evaluator.base(&positive, inside);
    for filter in positive {
        unite(&mut selected, &evaluator.eval(&filter.expr, &base));
    }
    for filter in negative {
        selected = evaluator.eval(&filter.expr, &selected);
    }
    let mut ids = members(&selected);
    candidates.components.sort(&mut ids);
    ids
}

/// One flag for each component.
type Set = Vec<bool>;

struct Evaluator<'a> {
    candidates: Candidates<'a>,
    /// Paths as patterns see them, made when first asked for: from the working root, and whole.
    paths: OnceCell<Vec<(String, String)>>,
}

impl<'a> Evaluator<'a> {
    fn new(candidates: Candidates<'a>) -> Self {
        Self { candidates, paths: OnceCell::new() }
    }

    fn paths(&self) -> &[(String, String)] {
        let texts = |(_, component): (UnitId, &Component)| {
            (self.candidates.seen(&component.path), slashed(&component.path))
        };
        self.paths.get_or_init(|| self.candidates.components.iter().map(texts).collect())
    }

    fn inside(&self) -> Set {
        self.candidates.components.iter().map(|(_, component)| component.place == Place::Inside).collect()
    }

    /// What is inside, without what is refused anywhere, but with all that graph expressions lead to.
    fn base(&self, filters: &[&Filter], inside: Set) -> Set {
        let mut base = inside.clone();
        for filter in filters {
            for refused in filter.expr.refused() {
                for (flag, taken) in base.iter_mut().zip(self.matching(refused, &inside)) {
                    *flag &= !taken;
                }
            }
        }
        if base == inside {
            return base;
        }
        let mut reached = vec![false; inside.len()];
        for filter in filters {
            for graph in filter.expr.graphs() {
                unite(&mut reached, &self.neighbours(graph, &inside));
            }
        }
        let kept = inside.iter().zip(&base).zip(reached);
        kept.map(|((inside, base), reached)| *base || (*inside && reached)).collect()
    }

    fn eval(&self, expr: &Expr, from: &Set) -> Set {
        match expr {
            Expr::Match(attribute) => self.matching(attribute, from),
            Expr::Not(inner) => {
                let without = self.eval(inner, from);
                from.iter().zip(without).map(|(given, taken)| *given && !taken).collect()
            }
            Expr::Pipe(left, right) => self.eval(right, &self.eval(left, from)),
            Expr::Graph(graph) => self.neighbours(graph, from),
            Expr::Changed(range) => self.changed(range, from),
        }
    }

    fn changed(&self, range: &Changed, from: &Set) -> Set {
        let mut changed = vec![false; from.len()];
        for id in self.candidates.changed.get(range).into_iter().flatten() {
            if let (Some(flag), Some(true)) = (changed.get_mut(id.index()), from.get(id.index())) {
                *flag = true;
            }
        }
        changed
    }

    fn matching(&self, attribute: &Attribute, from: &Set) -> Set {
        let rows = self.candidates.components.iter().zip(from);
        rows.map(|((id, component), given)| *given && self.is_match(attribute, id, component)).collect()
    }

    fn is_match(&self, attribute: &Attribute, id: UnitId, component: &Component) -> bool {
        match attribute {
            Attribute::Name(glob) => glob.is_match(&component.name().to_string_lossy()),
            Attribute::Path(pattern) => self.paths().get(id.index()).is_some_and(|(seen, whole)| {
                pattern.glob.is_match(if pattern.is_absolute { whole } else { seen })
            }),
            Attribute::Type(kind) => component.kind == *kind,
            Attribute::External(wanted) => (component.place == Place::External) == *wanted,
            Attribute::Reading(pattern) => component.reading.iter().any(|file| self.reads(pattern, file)),
            Attribute::Source(glob) => {
                component.source.as_deref().is_some_and(|source| glob.is_match(source))
            }
        }
    }

    fn reads(&self, pattern: &PathPattern, file: &Path) -> bool {
        if pattern.is_absolute {
            return pattern.glob.is_match(&slashed(file));
        }
        pattern.glob.is_match(&self.candidates.seen(file))
    }

    /// Targets are looked for among `from`; their neighbours may be anything.
    fn neighbours(&self, graph: &Graph, from: &Set) -> Set {
        let targets = self.eval(&graph.target, from);
        let seeds = members(&targets);
        // With `^`, a target that another target leads to is still selected.
        let mut selected = match graph.keep {
            Keep::Target => targets,
            Keep::Neighbours => vec![false; targets.len()],
        };
        let ways = [(&graph.dependents, Way::ToDependents), (&graph.dependencies, Way::ToDependencies)];
        for (extent, way) in ways {
            for id in extent.iter().flat_map(|extent| self.reached(&seeds, extent, way)) {
                if let Some(flag) = selected.get_mut(id.index()) {
                    *flag = true;
                }
            }
        }
        selected
    }

    fn reached(&self, seeds: &[UnitId], extent: &Extent, way: Way) -> Vec<UnitId> {
        let within = |id: UnitId| {
            let path = self.candidates.components.path(id);
            let bound = extent.boundary.as_ref().map(|dir| clean(&self.candidates.root_of(path).join(dir)));
            bound.is_none_or(|bound| path.starts_with(bound))
        };
        self.candidates.links.reach(seeds, Follow { way, depth: extent.depth }, within)
    }
}

impl Expr {
    /// What it negates that needs no more than the walk to be known.
    fn refused(&self) -> Vec<&Attribute> {
        match self {
            Self::Not(inner) => match &**inner {
                Self::Match(Attribute::Reading(_) | Attribute::Source(_)) => Vec::new(),
                Self::Match(attribute) => vec![attribute],
                _ => Vec::new(),
            },
            Self::Pipe(left, right) => [left.refused(), right.refused()].concat(),
            Self::Match(_) | Self::Graph(_) | Self::Changed(_) => Vec::new(),
        }
    }
}

fn unite(set: &mut Set, other: &Set) {
    for (flag, also) in set.iter_mut().zip(other) {
        *flag |= also;
    }
}

fn members(set: &Set) -> Vec<UnitId> {
    set.iter().enumerate().filter(|(_, flag)| **flag).map(|(index, _)| UnitId::new(index)).collect()
}

/// The path as text with `/` between its segments, on every system.
fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}
