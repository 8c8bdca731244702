//! Units that need themselves through their dependencies, found from the files that can be reached from each: nothing else
//! of the estate need be known.

use crate::config::{FactsDepth, Session, load_facts};
use crate::diag::{Code, Diagnostic, Span};
use crate::host::fs;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Looks for circles around one unit after the other; what one search has settled, the next leaves out.
pub struct Circles<'s> {
    session: &'s Session,
    /// Those from which no circle can be reached.
    free: HashSet<PathBuf>,
}

impl<'s> Circles<'s> {
    #[must_use]
    pub fn new(session: &'s Session) -> Self {
        Self { session, free: HashSet::new() }
    }

    /// The fault of a unit that needs itself through its dependencies; `None` if it does not.
    #[must_use]
    pub fn around(&mut self, config_path: &Path) -> Option<Diagnostic> {
        if self.free.contains(config_path) {
            return None;
        }
        let mut search = Search {
            session: self.session,
            free: &self.free,
            goal: config_path,
            path: Vec::new(),
            seen: HashMap::new(),
            meets_circle: false,
        };
        if search.leads_back(config_path) {
            return Some(fault(self.session, &search.path));
        }
        let Search { seen, meets_circle, .. } = search;
        if !meets_circle {
            self.free.extend(seen.into_keys());
            self.free.insert(config_path.to_path_buf());
        }
        None
    }
}

/// How far a search has come with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    OnTheWay,
    Done,
}

struct Search<'a> {
    session: &'a Session,
    free: &'a HashSet<PathBuf>,
    goal: &'a Path,
    /// The way to where it is.
    path: Vec<(PathBuf, Span)>,
    seen: HashMap<PathBuf, Step>,
    /// Whether there is a circle that the goal is no part of.
    meets_circle: bool,
}

impl Search<'_> {
    /// Walks dependencies from `at` until one leads to the goal; the way is left in the path.
    fn leads_back(&mut self, at: &Path) -> bool {
        for edge in load_facts(self.session, at, FactsDepth::Edges).edges {
            let is_folder = fs::is_dir(&edge.target);
            let target = if is_folder { self.session.config_in(&edge.target) } else { edge.target };
            if self.free.contains(&target) {
                continue;
            }
            self.path.push((target.clone(), edge.span));
            if target == self.goal {
                return true;
            }
            match self.seen.get(&target) {
                Some(step) => self.meets_circle |= *step == Step::OnTheWay,
                None => {
                    self.seen.insert(target.clone(), Step::OnTheWay);
                    if self.leads_back(&target) {
                        return true;
                    }
                    self.seen.insert(target, Step::Done);
                }
            }
            self.path.pop();
        }
        false
    }
}

fn fault(session: &Session, path: &[(PathBuf, Span)]) -> Diagnostic {
    let name_of = |(target, _): &(PathBuf, Span)| {
        target
            .parent()
            .map_or(String::new(), |dir| fs::relative(&session.root, dir).to_string_lossy().into_owned())
    };
    let names: Vec<String> = path.iter().map(name_of).collect();
    let start = names.last().cloned().unwrap_or_default();
    let mut fault = Diagnostic::error(
        Code::Cycle,
        format!("units depend on each other in a circle: {start} -> {}", names.join(" -> ")),
    );
    for (index, ((_, span), name)) in path.iter().zip(&names).enumerate() {
        let text = format!("needs `{name}` here");
        fault = if index == 0 { fault.at(*span, text) } else { fault.label(*span, text) };
    }
    fault.hint("remove one of these dependencies")
}
