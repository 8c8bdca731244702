//! Filters to a selection. Positive filters are united, then the negative ones take away, each looking only at
//! what is still selected; with no positive filter everything inside the working root is selected at first.

use super::{Attribute, Expr, Extent, Filter, Graph, Keep, PathPattern};
use crate::graph::dag::{Links, Way};
use crate::graph::unit::{Component, Components, Place, UnitId};
use crate::host::fs::{clean, relative};
use std::path::{Path, PathBuf};

/// What filters choose from. Everything that [`super::needs`] names must be known.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    pub components: &'a Components,
    pub links: &'a Links,
    /// The working root: absolute and clean.
    pub root: &'a Path,
}

/// Why filters could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    #[error("filter '{filter}': selecting what changed between git references is not there yet")]
    ChangesNotYet { filter: String },
}

/// The selected components, sorted by path. Neighbours outside the working root are selected if a graph
/// expression reaches them.
///
/// # Errors
/// When a filter asks for what changed between git references.
pub fn evaluate(filters: &[Filter], candidates: &Candidates<'_>) -> Result<Vec<UnitId>, EvaluateError> {
    let evaluator = Evaluator::new(*candidates);
    let inside = evaluator.inside();
    let (negative, positive): (Vec<&Filter>, Vec<&Filter>) =
        filters.iter().partition(|filter| filter.is_negative());
    let mut selected = if positive.is_empty() { inside.clone() } else { vec![false; inside.len()] };
    for filter in positive {
        unite(&mut selected, &evaluator.select(filter, &inside)?);
    }
    for filter in negative {
        selected = evaluator.select(filter, &selected)?;
    }
    let mut ids = members(&selected);
    candidates.components.sort(&mut ids);
    Ok(ids)
}

/// One flag for each component.
type Set = Vec<bool>;

struct Evaluator<'a> {
    candidates: Candidates<'a>,
    /// Paths as patterns see them: from the working root, and whole.
    paths: Vec<(String, String)>,
}

impl<'a> Evaluator<'a> {
    fn new(candidates: Candidates<'a>) -> Self {
        let texts = |(_, component): (UnitId, &Component)| {
            (slashed(&relative(candidates.root, &component.path)), slashed(&component.path))
        };
        Self { candidates, paths: candidates.components.iter().map(texts).collect() }
    }

    fn inside(&self) -> Set {
        self.candidates.components.iter().map(|(_, component)| component.place == Place::Inside).collect()
    }

    fn select(&self, filter: &Filter, from: &Set) -> Result<Set, EvaluateError> {
        self.eval(&filter.expr, from)
            .map_err(|ChangesNotYet| EvaluateError::ChangesNotYet { filter: filter.text.clone() })
    }

    fn eval(&self, expr: &Expr, from: &Set) -> Result<Set, ChangesNotYet> {
        match expr {
            Expr::Match(attribute) => Ok(self.matching(attribute, from)),
            Expr::Not(inner) => {
                let without = self.eval(inner, from)?;
                Ok(from.iter().zip(without).map(|(given, taken)| *given && !taken).collect())
            }
            Expr::Pipe(left, right) => self.eval(right, &self.eval(left, from)?),
            Expr::Graph(graph) => self.neighbours(graph, from),
            Expr::Changed(_) => Err(ChangesNotYet),
        }
    }

    fn matching(&self, attribute: &Attribute, from: &Set) -> Set {
        let rows = self.candidates.components.iter().zip(from);
        rows.map(|((id, component), given)| *given && self.is_match(attribute, id, component)).collect()
    }

    fn is_match(&self, attribute: &Attribute, id: UnitId, component: &Component) -> bool {
        match attribute {
            Attribute::Name(glob) => glob.is_match(&component.name().to_string_lossy()),
            Attribute::Path(pattern) => self.paths.get(id.index()).is_some_and(|(seen, whole)| {
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
        pattern.glob.is_match(&slashed(&relative(self.candidates.root, file)))
    }

    /// Targets are looked for among `from`; their neighbours may be anything.
    fn neighbours(&self, graph: &Graph, from: &Set) -> Result<Set, ChangesNotYet> {
        let targets = self.eval(&graph.target, from)?;
        let seeds = members(&targets);
        let mut selected = targets.clone();
        let ways = [(&graph.dependents, Way::ToDependents), (&graph.dependencies, Way::ToDependencies)];
        for (extent, way) in ways {
            for id in extent.iter().flat_map(|extent| self.reached(&seeds, extent, way)) {
                if let Some(flag) = selected.get_mut(id.index()) {
                    *flag = true;
                }
            }
        }
        if graph.keep == Keep::Neighbours {
            for (flag, is_target) in selected.iter_mut().zip(targets) {
                *flag &= !is_target;
            }
        }
        Ok(selected)
    }

    fn reached(&self, seeds: &[UnitId], extent: &Extent, way: Way) -> Vec<UnitId> {
        let boundary: Option<PathBuf> =
            extent.boundary.as_ref().map(|dir| clean(&self.candidates.root.join(dir)));
        let within = |id: UnitId| {
            boundary.as_ref().is_none_or(|boundary| self.candidates.components.path(id).starts_with(boundary))
        };
        self.candidates.links.reach(seeds, (way, extent.depth), within)
    }
}

struct ChangesNotYet;

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
