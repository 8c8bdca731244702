//! The filter language: which components take part. Text becomes a [`Filter`] here and a selection in
//! [`evaluate()`]; nothing is read from disk, so who asks must have loaded what [`needs`] names.

mod error;
mod evaluate;
mod legacy;
mod parse;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod tests;

use super::glob::Glob;
use super::unit::Kind;
use crate::host::fs::clean;
use std::path::{Path, PathBuf};

pub use error::{FilterError, FilterFault};
pub use evaluate::{Candidates, evaluate};
pub use legacy::{LineError, exclude_dir, exclude_line, include_dir, include_external, parse_lines, reading};
pub use parse::parse_filter;

/// One filter: what was written and what it means.
#[derive(Clone, Debug)]
pub struct Filter {
    pub text: String,
    pub expr: Expr,
}

/// The meaning of a filter.
#[derive(Clone, Debug)]
pub enum Expr {
    Match(Attribute),
    /// What the operand does not select.
    Not(Box<Expr>),
    /// `left | right`: the right side chooses among what the left side selects.
    Pipe(Box<Expr>, Box<Expr>),
    Graph(Box<Graph>),
    /// `[from...to]`: what changed between two git references.
    Changed(Changed),
}

/// A test of one component.
#[derive(Clone, Debug)]
pub enum Attribute {
    /// The folder's own name.
    Name(Glob),
    Path(PathPattern),
    Type(Kind),
    External(bool),
    /// Any file that the configuration reads.
    Reading(PathPattern),
    Source(Glob),
}

/// A pattern for paths: against the absolute path if it starts with `/`, else against the path as seen from the
/// working root.
#[derive(Clone, Debug)]
pub struct PathPattern {
    pub glob: Glob,
    pub is_absolute: bool,
}

/// A target with what it needs, what needs it, or both.
#[derive(Clone, Debug)]
pub struct Graph {
    pub target: Expr,
    pub dependents: Option<Extent>,
    pub dependencies: Option<Extent>,
    pub keep: Keep,
}

/// Whether the target itself is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Target,
    /// `^`: only its neighbours (another target may be one).
    Neighbours,
}

/// How far to follow links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Counted in links from each target; no limit if `None`.
    pub depth: Option<u32>,
    /// `(dir)`: never outside this folder.
    pub boundary: Option<String>,
}

/// Two git references.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Changed {
    pub from: String,
    pub to: String,
}

/// What must be known about the components before filters can be evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Who depends on whom.
    pub links: bool,
    /// Components outside the working root that depend on something inside.
    pub outside_dependents: bool,
    /// Which files each configuration reads.
    pub reading: bool,
    /// `terraform.source`.
    pub source: bool,
    /// What changed between git references.
    pub changes: bool,
}

/// What all these filters together need.
#[must_use]
pub fn needs<'a>(filters: impl IntoIterator<Item = &'a Filter>) -> Needs {
    let mut needs = Needs::default();
    for filter in filters {
        filter.expr.add_needs(&mut needs);
    }
    needs
}

impl Filter {
    /// Whether it only takes away: every operand of its pipeline is negated.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.expr.is_negative()
    }

    /// Whether it chooses among what changed between git references, rather than among what is there now.
    #[must_use]
    pub fn is_about_changes(&self) -> bool {
        !self.is_negative() && self.expr.asks_for_changes()
    }

    /// Bounds the search for neighbours wherever the filter does not bound it itself.
    #[must_use]
    pub fn bounded_by(mut self, dir: &Path) -> Self {
        self.expr.for_each_graph(&mut |graph| {
            for extent in [&mut graph.dependents, &mut graph.dependencies].into_iter().flatten() {
                extent.boundary.get_or_insert_with(|| dir.to_string_lossy().into_owned());
            }
        });
        self
    }

    /// Whether it has a `(dir)` of its own.
    #[must_use]
    pub fn has_boundary(&self) -> bool {
        let extents =
            self.expr.graphs().into_iter().flat_map(|graph| [&graph.dependents, &graph.dependencies]);
        extents.flatten().any(|extent| extent.boundary.is_some())
    }

    /// The pairs of git references in it.
    #[must_use]
    pub fn ranges(&self) -> Vec<&Changed> {
        self.expr.ranges()
    }
}

/// The outermost folder in which these filters look for dependents: their boundaries, or else all of the repository.
/// `None` if none of them looks outside of the root.
#[must_use]
pub fn search_root(
    filters: &[Filter],
    root: &Path,
    repository: impl Fn() -> Option<PathBuf>,
) -> Option<PathBuf> {
    let graphs = filters.iter().flat_map(|filter| filter.expr.graphs());
    let folders = graphs.filter_map(|graph| match &graph.dependents.as_ref()?.boundary {
        Some(dir) => Some(clean(&root.join(dir))),
        None => repository(),
    });
    folders.filter(|folder| root.starts_with(folder)).min_by_key(|folder| folder.as_os_str().len())
}

impl Filter {
    /// Whether it speaks of stacks alone: `type=stack` is one of its tests.
    #[must_use]
    pub fn is_of_stacks(&self) -> bool {
        self.expr.is_of_stacks()
    }

    /// The paths in it, unless it says whether units or stacks are meant.
    #[must_use]
    pub fn untyped_paths(&self) -> Vec<&PathPattern> {
        let tests = self.expr.tests();
        let is_typed = tests.iter().any(|test| matches!(test, Attribute::Type(_)));
        let paths = tests.into_iter().filter_map(|test| match test {
            Attribute::Path(path) if !is_typed => Some(path),
            _ => None,
        });
        paths.collect()
    }
}

impl Expr {
    fn for_each_graph(&mut self, change: &mut dyn FnMut(&mut Graph)) {
        match self {
            Self::Graph(graph) => {
                graph.target.for_each_graph(change);
                change(graph);
            }
            Self::Not(inner) => inner.for_each_graph(change),
            Self::Pipe(left, right) => {
                left.for_each_graph(change);
                right.for_each_graph(change);
            }
            Self::Match(_) | Self::Changed(_) => {}
        }
    }

    fn is_of_stacks(&self) -> bool {
        match self {
            Self::Match(Attribute::Type(kind)) => *kind == Kind::Stack,
            Self::Pipe(left, right) => left.is_of_stacks() || right.is_of_stacks(),
            Self::Not(_) | Self::Match(_) | Self::Graph(_) | Self::Changed(_) => false,
        }
    }

    /// Every test of a component, wherever it stands.
    fn tests(&self) -> Vec<&Attribute> {
        match self {
            Self::Match(test) => vec![test],
            Self::Not(inner) => inner.tests(),
            Self::Pipe(left, right) => [left.tests(), right.tests()].concat(),
            Self::Graph(graph) => graph.target.tests(),
            Self::Changed(_) => Vec::new(),
        }
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::Not(_) => true,
            Self::Pipe(left, right) => left.is_negative() && right.is_negative(),
            Self::Match(_) | Self::Graph(_) | Self::Changed(_) => false,
        }
    }

    /// A negated range only takes away from what something else chose.
    fn asks_for_changes(&self) -> bool {
        match self {
            Self::Changed(_) => true,
            Self::Pipe(left, right) => left.asks_for_changes() || right.asks_for_changes(),
            Self::Graph(graph) => graph.target.asks_for_changes(),
            Self::Match(_) | Self::Not(_) => false,
        }
    }

    fn graphs(&self) -> Vec<&Graph> {
        match self {
            Self::Graph(graph) => vec![graph],
            Self::Not(inner) => inner.graphs(),
            Self::Pipe(left, right) => [left.graphs(), right.graphs()].concat(),
            Self::Match(_) | Self::Changed(_) => Vec::new(),
        }
    }

    fn ranges(&self) -> Vec<&Changed> {
        match self {
            Self::Changed(range) => vec![range],
            Self::Pipe(left, right) => [left.ranges(), right.ranges()].concat(),
            Self::Graph(graph) => graph.target.ranges(),
            Self::Not(inner) => inner.ranges(),
            Self::Match(_) => Vec::new(),
        }
    }

    /// The negation; twice is none at all.
    fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    fn add_needs(&self, needs: &mut Needs) {
        match self {
            Self::Match(Attribute::Reading(_)) => needs.reading = true,
            Self::Match(Attribute::Source(_)) => needs.source = true,
            Self::Match(_) => {}
            Self::Not(inner) => inner.add_needs(needs),
            Self::Pipe(left, right) => {
                left.add_needs(needs);
                right.add_needs(needs);
            }
            Self::Graph(graph) => {
                graph.target.add_needs(needs);
                needs.links |= graph.dependencies.is_some() || graph.dependents.is_some();
                needs.outside_dependents |= graph.dependents.is_some();
            }
            Self::Changed(_) => needs.changes = true,
        }
    }
}
