//! The estate: every unit found, loaded and linked. Commands work on this value.

use crate::config::{FactsDepth, Session, UnitFacts, load_facts};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::graph::dag::{Cycle, Links};
use crate::graph::discover::{Found, Hidden, WalkOptions, walk};
use crate::graph::unit::{Component, Components, Kind, Place, UnitId};
use crate::host::{env, fs};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What to find and how much of it to load.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub hidden: Hidden,
    /// `None`: only find the folders.
    pub depth: Option<FactsDepth>,
}

/// Everything under the working root, and the external units that it depends on.
#[derive(Debug, Default)]
pub struct Estate {
    pub root: PathBuf,
    pub components: Components,
    pub links: Links,
    /// One a component, by id; empty ones where nothing was loaded.
    pub facts: Vec<UnitFacts>,
    /// What is wrong with the tree itself: unreadable folders, dependencies on nothing.
    pub faults: Diagnostics,
}

impl Estate {
    /// Walks the root, loads every unit in parallel, follows dependencies that lead outside, links them all.
    #[must_use]
    pub fn discover(session: &Session, wanted: &Wanted) -> Self {
        let walked = walk(&session.root, &walk_options(session, wanted.hidden));
        let mut estate = Self { root: session.root.clone(), ..Self::default() };
        estate.faults.extend(walked.errors.iter().map(|error| Diagnostic::error(error.to_string())));
        estate.add(session, wanted, &walked.found);
        if wanted.depth.is_some() {
            estate.link(session, wanted);
        }
        estate
    }

    /// The facts of a component; `None` for an id of another estate.
    #[must_use]
    pub fn facts_of(&self, id: UnitId) -> Option<&UnitFacts> {
        self.facts.get(id.index())
    }

    /// How a component is shown: relative to the root, `.` for the root itself.
    #[must_use]
    pub fn name_of(&self, id: UnitId) -> String {
        fs::relative(&self.root, self.components.path(id)).to_string_lossy().into_owned()
    }

    /// Every fault of every unit and of the tree, each cause once.
    #[must_use]
    pub fn all_faults(&self) -> Diagnostics {
        let mut seen: Vec<(String, Option<Span>)> = Vec::new();
        let mut kept: Diagnostics = Vec::new();
        for fault in self.faults.iter().chain(self.facts.iter().flat_map(|facts| &facts.faults)) {
            let cause = (fault.summary.clone(), fault.primary.as_ref().map(|label| label.span));
            if !seen.contains(&cause) {
                seen.push(cause);
                kept.push(fault.clone());
            }
        }
        kept
    }

    fn add(&mut self, session: &Session, wanted: &Wanted, found: &[Found]) {
        let loaded = load_all(session, wanted.depth, found);
        for (found, facts) in found.iter().zip(loaded) {
            let place = if found.path.starts_with(&self.root) { Place::Inside } else { Place::External };
            self.components.insert(Component {
                kind: found.kind,
                path: found.path.clone(),
                place,
                reading: facts.reads.iter().map(|path| path.as_path().into()).collect(),
                source: facts.source.as_ref().map(|source| source.value.clone()),
            });
            self.facts.push(facts);
        }
    }

    /// Adds the edges; a target outside the estate is loaded too, and then its own edges are followed.
    fn link(&mut self, session: &Session, wanted: &Wanted) {
        let mut next = 0;
        while next < self.facts.len() {
            let edges = self.facts[next].edges.clone();
            for edge in edges {
                match self.resolve(session, wanted, &edge.target) {
                    Target::Units(units) => {
                        units.iter().for_each(|to| self.links.add(UnitId::new(next), *to, Some(edge.span)));
                    }
                    Target::Nothing(at) => self.facts[next].faults.push(no_unit(&at, edge.span)),
                }
            }
            next += 1;
        }
    }

    fn resolve(&mut self, session: &Session, wanted: &Wanted, target: &Path) -> Target {
        if let Some(id) = self.components.find(target) {
            return self.units_of(id);
        }
        let dir = match target.parent() {
            Some(parent) if fs::is_file(target) => parent.to_path_buf(),
            _ => target.to_path_buf(),
        };
        let real = self.beside_root(&dir);
        for known in [&dir, &real] {
            if let Some(id) = self.components.find(known) {
                return self.units_of(id);
            }
        }
        let config_file = session.config_in(&real);
        if !fs::exists(&config_file) {
            return Target::Nothing(dir);
        }
        let found = Found { path: real.clone(), kind: Kind::Unit, config_file };
        self.add(session, wanted, &[found]);
        self.components.find(&real).map_or(Target::Nothing(dir), |id| Target::Units(vec![id]))
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

    /// A stack stands for all units below it.
    fn units_of(&self, id: UnitId) -> Target {
        if self.components.get(id).is_none_or(|component| component.kind == Kind::Unit) {
            return Target::Units(vec![id]);
        }
        let stack = self.components.path(id);
        let below = self.components.iter().filter(|(_, component)| {
            component.kind == Kind::Unit && component.path != stack && component.path.starts_with(stack)
        });
        Target::Units(below.map(|(id, _)| id).collect())
    }
}

enum Target {
    Units(Vec<UnitId>),
    /// There is no unit at this folder.
    Nothing(PathBuf),
}

fn no_unit(at: &Path, span: Span) -> Diagnostic {
    let what = if fs::is_dir(at) { "holds no unit file" } else { "does not exist" };
    Diagnostic::error("this dependency points at no unit")
        .at(span, format!("{} {what}", at.display()))
        .hint("the path is relative to the folder of the unit; it must lead to a folder with a unit file")
}

/// The fault of a cycle: the whole path, and the line of each edge.
#[must_use]
pub fn cycle_fault(cycle: &Cycle, estate: &Estate) -> Diagnostic {
    let names: Vec<String> = cycle.0.iter().map(|step| estate.name_of(step.from)).collect();
    let path = names.iter().chain(names.first()).map(String::as_str).collect::<Vec<_>>().join(" -> ");
    let mut fault = Diagnostic::error(format!("units depend on each other in a circle: {path}"));
    for (index, step) in cycle.0.iter().enumerate() {
        let Some(span) = step.span else { continue };
        let text = format!("`{}` needs `{}` here", estate.name_of(step.from), estate.name_of(step.to));
        fault = if index == 0 { fault.at(span, text) } else { fault.label(span, text) };
    }
    fault.hint("remove one of these dependencies")
}

fn walk_options(session: &Session, hidden: Hidden) -> WalkOptions {
    let inside = session.download_dir.iter().filter(|dir| dir.starts_with(&session.root));
    WalkOptions {
        unit_files: session.config_names.iter().map(Into::into).collect(),
        hidden,
        leave_out: inside.cloned().collect(),
    }
}

/// Loads the facts of each found unit on all processors; stacks have none.
fn load_all(session: &Session, depth: Option<FactsDepth>, found: &[Found]) -> Vec<UnitFacts> {
    let Some(depth) = depth else {
        return found.iter().map(|_| UnitFacts::default()).collect();
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(found) = found.get(index) else { return done };
            let facts = match found.kind {
                Kind::Unit => load_facts(session, &found.config_file, depth),
                Kind::Stack => UnitFacts::default(),
            };
            done.push((index, facts));
        }
    };
    let threads = env::parallelism().min(found.len()).max(1);
    let mut all: Vec<(usize, UnitFacts)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            all.extend(other.join().unwrap_or_default());
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, facts)| facts).collect()
}
