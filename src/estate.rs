//! The estate: every unit found, loaded and linked. Commands work on this value.

mod affected;
mod circles;
mod concerned;
mod mentions;

use crate::config::stack;
use crate::config::{FactsDepth, Session, UNIT_FILE, UnitFacts, load_facts};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::graph::dag::{Cycle, Links};
use crate::graph::discover::{Found, Hidden, Symlinks, WalkOptions, among, walk};
use crate::graph::unit::{Component, Components, Kind, Place, UnitId};
use crate::host::parallel::in_order;
use crate::host::{env, fs};
use crate::source::index::Index;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::diag::distinct;
pub use affected::{Affected, Compared, Side};
pub use circles::Circles;
pub use concerned::{Concerned, Touched, missing_of};

/// What to find and how much of it to load.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The working root; `None`: the session's.
    pub root: Option<PathBuf>,
    pub hidden: Hidden,
    /// `None`: only find the folders.
    pub depth: Option<FactsDepth>,
    /// Search from this folder above the root, so that dependents outside are known too.
    pub from: Option<PathBuf>,
}

/// Everything under the working root, and the external units that it depends on.
#[derive(Debug, Default)]
pub struct Estate {
    pub root: PathBuf,
    pub components: Components,
    pub links: Links,
    /// One a component, by id; empty ones where nothing was loaded.
    pub facts: Vec<UnitFacts>,
    /// What each component depends on, by id, in order of declaration.
    targets: Vec<Vec<UnitId>>,
    /// What is wrong with the tree itself: unreadable folders, dependencies on nothing.
    pub faults: Diagnostics,
    /// Other folders that components lie in and are named by: work trees of git references.
    pub other_roots: Vec<PathBuf>,
}

impl Estate {
    /// Nothing below this root, as far as anybody looked.
    #[must_use]
    pub fn empty(root: &Path) -> Self {
        Self { root: root.to_path_buf(), ..Self::default() }
    }

    /// Walks the root, loads every unit in parallel, follows dependencies that lead outside, links them all.
    #[must_use]
    pub fn discover(session: &Session, wanted: &Wanted) -> Self {
        let root = wanted.root.as_deref().unwrap_or(&session.root);
        let from = wanted.from.as_deref().filter(|from| root.starts_with(from));
        let walked = walk(from.unwrap_or(root), &walk_options(session, wanted.hidden));
        let mut estate = Self::empty(root);
        estate.faults.extend(
            walked.errors.iter().map(|error| Diagnostic::error(Code::TreeUnreadable, error.to_string())),
        );
        estate.add(session, wanted, (Place::Inside, &walked.found));
        if wanted.depth.is_some() {
            estate.link(session, wanted);
        }
        estate
    }

    /// The components that git would commit, only found: nothing of them is loaded.
    #[must_use]
    pub fn in_index(session: &Session, index: &Index) -> Self {
        let options = walk_options(session, Hidden::Search);
        let walked = among(&session.root, index.below(&session.root), &options);
        let mut estate = Self::empty(&session.root);
        estate.faults.extend(
            walked.errors.iter().map(|error| Diagnostic::error(Code::TreeUnreadable, error.to_string())),
        );
        for found in &walked.found {
            estate.insert(found.kind, (&found.path, Place::Inside), UnitFacts::default());
        }
        estate
    }

    /// Loads some components of an estate that was only walked; their edges are not followed.
    pub fn load(&mut self, session: &Session, units: &[UnitId], depth: FactsDepth) {
        let wanted = units.iter().filter_map(|id| self.components.get(*id)).map(|component| Found {
            path: component.path.clone(),
            kind: component.kind,
            config_file: session.config_in(&component.path),
        });
        let loaded = load_all(session, Some(depth), &wanted.collect::<Vec<_>>());
        for (id, facts) in units.iter().zip(loaded) {
            if let Some(slot) = self.facts.get_mut(id.index()) {
                *slot = facts;
            }
        }
    }

    /// Whether the edges of all its units are known.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.targets.len() == self.facts.len()
    }

    /// The facts of a component; `None` for an id of another estate.
    #[must_use]
    pub fn facts_of(&self, id: UnitId) -> Option<&UnitFacts> {
        self.facts.get(id.index())
    }

    /// What a component depends on, in order of declaration.
    #[must_use]
    pub fn targets_of(&self, id: UnitId) -> &[UnitId] {
        self.targets.get(id.index()).map_or(&[], Vec::as_slice)
    }

    /// How a component is shown: relative to the root, `.` for the root itself.
    #[must_use]
    pub fn name_of(&self, id: UnitId) -> String {
        self.shown(self.components.path(id))
    }

    /// How a path is shown: relative to the root, or to the work tree that it lies in.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        self.shown_path(path).to_string_lossy().into_owned()
    }

    /// The same, for programs: a name need not be text.
    #[must_use]
    pub fn shown_path(&self, path: &Path) -> PathBuf {
        let around = self.other_roots.iter().find(|root| path.starts_with(root));
        fs::relative(around.unwrap_or(&self.root), path)
    }

    /// Every fault of every unit and of the tree, each cause once.
    #[must_use]
    pub fn all_faults(&self) -> Diagnostics {
        distinct(self.faults.iter().chain(self.facts.iter().flat_map(|facts| &facts.faults)).cloned())
    }

    /// Whether it is only known as the target of a dependency and has no unit file.
    #[must_use]
    pub fn is_missing(&self, id: UnitId) -> bool {
        let external = self.components.get(id).is_some_and(|component| component.place == Place::External);
        external && self.facts_of(id).is_some_and(|facts| facts.config_path.as_os_str().is_empty())
    }

    fn add(&mut self, session: &Session, wanted: &Wanted, (place, found): (Place, &[Found])) {
        let loaded = load_all(session, wanted.depth, found);
        for (found, facts) in found.iter().zip(loaded) {
            let place = if found.path.starts_with(&self.root) { place } else { Place::External };
            self.insert(found.kind, (&found.path, place), facts);
        }
    }

    fn insert(&mut self, kind: Kind, (path, place): (&Path, Place), facts: UnitFacts) -> UnitId {
        let reading = facts.reads.iter().map(|path| path.as_path().into()).collect();
        let source = facts.source.as_ref().map(|source| source.value.clone());
        self.facts.push(facts);
        self.components.insert(Component { kind, path: path.to_path_buf(), place, reading, source })
    }

    /// Adds the edges; a target outside the estate is loaded too, and then its own edges are followed.
    fn link(&mut self, session: &Session, wanted: &Wanted) {
        let mut next = 0;
        while next < self.facts.len() {
            let edges = self.facts[next].edges.clone();
            let mut targets: Vec<UnitId> = Vec::with_capacity(edges.len());
            for edge in edges {
                let units = match self.resolve(session, wanted, &edge.target) {
                    Target::Units(units) => units,
                    Target::Missing(id) => vec![id],
                };
                if wanted.depth != Some(FactsDepth::Check) {
                    let missing = units.iter().filter(|to| self.is_missing(**to));
                    let faults: Diagnostics =
                        missing.map(|to| no_unit(self.components.path(*to), edge.span)).collect();
                    self.facts[next].faults.extend(faults);
                }
                units.iter().for_each(|to| self.links.add(UnitId::new(next), *to, Some(edge.span)));
                targets.extend(units.iter().filter(|to| !targets.contains(to)).copied().collect::<Vec<_>>());
            }
            self.targets.push(targets);
            next += 1;
        }
    }

    /// The units that an edge leads to, loading them if they are outside; a folder without a unit file becomes an
    /// external unit that is missing, so that listings can name it.
    fn resolve(&mut self, session: &Session, wanted: &Wanted, target: &Path) -> Target {
        // Where links are followed, a unit has several paths, and a dependency means the one without links.
        let is_one_path = !session.invoked.has_experiment("symlinks");
        if let Some(id) = self.components.find(target).filter(|_| is_one_path) {
            return Target::Units(self.units_of(session, id));
        }
        let dir = match target.parent() {
            Some(parent) if fs::is_file(target) => parent.to_path_buf(),
            _ => target.to_path_buf(),
        };
        let real = self.beside_root(&dir);
        for known in [&real, if is_one_path { &dir } else { &real }] {
            if let Some(id) = self.components.find(known) {
                return Target::Units(self.units_of(session, id));
            }
        }
        let config_file = session.config_in(&real);
        if !fs::exists(&config_file) {
            return Target::Missing(self.insert(Kind::Unit, (&real, Place::External), UnitFacts::default()));
        }
        let found = Found { path: real.clone(), kind: Kind::Unit, config_file };
        self.add(session, wanted, (Place::External, &[found]));
        Target::Units(self.components.find(&real).into_iter().collect())
    }

    /// The folder with links resolved, written below our root if it lies there.
    fn beside_root(&self, dir: &Path) -> PathBuf {
        let Ok(real) = fs::canonicalize(dir) else { return dir.to_path_buf() };
        let root = fs::canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        match real.strip_prefix(&root) {
            Ok(below) => fs::clean(&self.root.join(below)),
            Err(_) => real,
        }
    }

    /// A stack stands for all units below it, those included that are not generated yet.
    fn units_of(&mut self, session: &Session, id: UnitId) -> Vec<UnitId> {
        if self.components.get(id).is_none_or(|component| component.kind == Kind::Unit) {
            return vec![id];
        }
        let stack = self.components.path(id).to_path_buf();
        for unit in stack::units_of(session, &stack) {
            if self.components.find(&unit.dir).is_none() {
                self.insert(Kind::Unit, (&unit.dir, Place::External), UnitFacts::default());
            }
        }
        let below = self.components.iter().filter(|(_, component)| {
            component.kind == Kind::Unit && component.path != stack && component.path.starts_with(&stack)
        });
        below.map(|(id, _)| id).collect()
    }
}

/// Where an edge leads.
enum Target {
    Units(Vec<UnitId>),
    Missing(UnitId),
}

fn no_unit(at: &Path, span: Span) -> Diagnostic {
    let what = if fs::is_dir(at) { "holds no unit file" } else { "does not exist" };
    Diagnostic::error(Code::PointsAtNoUnit, "this dependency points at no unit")
        .at(span, format!("{} {what}", at.display()))
        .hint("the path is relative to the folder of the unit; it must lead to a folder with a unit file")
}

/// The fault of a cycle: the whole path, and the line of each edge.
#[must_use]
pub fn cycle_fault(cycle: &Cycle, estate: &Estate) -> Diagnostic {
    let names: Vec<String> = cycle.0.iter().map(|step| estate.name_of(step.from)).collect();
    let path = names.iter().chain(names.first()).map(String::as_str).collect::<Vec<_>>().join(" -> ");
    let mut fault = Diagnostic::error(Code::Cycle, format!("units depend on each other in a circle: {path}"));
    for (index, step) in cycle.0.iter().enumerate() {
        let Some(span) = step.span else { continue };
        let text = format!("`{}` needs `{}` here", estate.name_of(step.from), estate.name_of(step.to));
        fault = if index == 0 { fault.at(span, text) } else { fault.label(span, text) };
    }
    fault.hint("remove one of these dependencies, or move what both sides need into a unit of its own")
}

fn walk_options(session: &Session, hidden: Hidden) -> WalkOptions {
    let inside = session.download_dir.iter().filter(|dir| dir.starts_with(&session.root));
    WalkOptions {
        unit_files: session.config_name.iter().map(Into::into).chain([UNIT_FILE.into()]).collect(),
        hidden,
        symlinks: if session.invoked.has_experiment("symlinks") {
            Symlinks::Follow
        } else {
            Symlinks::Ignore
        },
        leave_out: inside.cloned().collect(),
        listings: Arc::clone(&session.memory.listings),
    }
}

/// What a stack has of all this: the files that it reads.
fn stack_facts(session: &Session, found: &Found, depth: FactsDepth) -> UnitFacts {
    let reads = if depth == FactsDepth::Edges { Vec::new() } else { stack::reads_of(session, &found.path) };
    UnitFacts { reads, ..UnitFacts::default() }
}

/// Loads the facts of each found unit on all processors; of stacks there is little to know.
fn load_all(session: &Session, depth: Option<FactsDepth>, found: &[Found]) -> Vec<UnitFacts> {
    let Some(depth) = depth else {
        return found.iter().map(|_| UnitFacts::default()).collect();
    };
    in_order(found, env::parallelism(), |found| match found.kind {
        Kind::Unit => load_facts(session, &found.config_file, depth),
        Kind::Stack => stack_facts(session, found, depth),
    })
}
