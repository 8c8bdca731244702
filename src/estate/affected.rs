//! What changed between git references, as an estate: the components of the newer versions, with those that are only
//! in the older ones beside them. Knows nothing of git: it is given folders and lists of files.

use super::{Estate, Wanted};
use crate::config::{FactsDepth, Session, UnitFacts};
use crate::graph::changes::{ChangedComponents, ChangedFile, Generated, Version, changed_components};
use crate::graph::discover::Hidden;
use crate::graph::filter::Changed;
use crate::graph::unit::UnitId;
use crate::host::fs;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A version of the repository in a folder of its own.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub reference: &'a str,
    pub root: &'a Path,
    /// What its stacks generated there.
    pub generated: &'a Generated,
}

/// Two versions and the files that differ.
#[derive(Clone, Debug)]
pub struct Compared<'a> {
    pub range: &'a Changed,
    pub from: Side<'a>,
    pub to: Side<'a>,
    pub files: Vec<ChangedFile<'a>>,
}

/// Everything that the versions hold, and what changed in it.
#[derive(Debug, Default)]
pub struct Affected {
    pub estate: Estate,
    /// What changed, by pair of references.
    pub changed: HashMap<Changed, Vec<UnitId>>,
    /// Components that are gone from the newer version.
    pub removed: HashSet<UnitId>,
    /// The reference that a folder belongs to.
    references: Vec<(PathBuf, String)>,
    /// The folders of which all is known, and not only what was removed.
    whole: Vec<PathBuf>,
}

impl Affected {
    /// Discovers the newer versions, and as much of the older ones as is needed to see what was removed.
    #[must_use]
    pub fn discover(session: &Session, depth: FactsDepth, all: &[Compared<'_>]) -> Self {
        let mut affected = Self::default();
        for compared in all {
            affected.compare(session, depth, compared);
        }
        affected
    }

    /// The reference that a component was taken from.
    #[must_use]
    pub fn reference_of(&self, id: UnitId) -> Option<&str> {
        let path = self.estate.components.path(id);
        let around = self.references.iter().find(|(root, _)| path.starts_with(root));
        around.map(|(_, reference)| reference.as_str())
    }

    /// Where a component is in the repository.
    #[must_use]
    pub fn place_of(&self, id: UnitId) -> Option<PathBuf> {
        let path = self.estate.components.path(id);
        let below = |root: &PathBuf| path.strip_prefix(root).ok().map(Path::to_path_buf);
        self.estate.other_roots.iter().find_map(below)
    }

    /// Where what changed is in the repository, by pair of references, for looking it up elsewhere.
    #[must_use]
    pub fn changed_places(&self) -> HashMap<&Changed, BTreeSet<PathBuf>> {
        let places = |ids: &[UnitId]| ids.iter().filter_map(|id| self.place_of(*id)).collect();
        self.changed.iter().map(|(range, ids)| (range, places(ids))).collect()
    }

    fn compare(&mut self, session: &Session, depth: FactsDepth, compared: &Compared<'_>) {
        let (from, to) = (compared.from, compared.to);
        if !self.whole.iter().any(|root| root == to.root) {
            self.whole.push(to.root.to_path_buf());
            self.estate.absorb(discover(session, depth, to));
            self.know(to);
        }
        // Without a removed file nothing of the older version is missed, but for what a stack no longer generates.
        let is_needed = compared.files.iter().any(|file| file.is_removed) || from.generated != to.generated;
        let older = is_needed.then(|| discover(session, depth, from));
        let before = older.as_ref().map(|older| Version {
            root: from.root,
            components: &older.components,
            generated: from.generated,
        });
        let after = Version { root: to.root, components: &self.estate.components, generated: to.generated };
        let changed = changed_components(&compared.files, before, after);
        let mut ids: Vec<UnitId> = changed.present.iter().filter_map(|dir| self.find(to.root, dir)).collect();
        if let Some(older) = older.filter(|_| !changed.removed.is_empty()) {
            self.know(from);
            let removed = self.graft(older, &changed, (from, to));
            self.removed.extend(removed.iter().copied());
            ids.extend(removed);
        }
        self.changed.insert(compared.range.clone(), ids);
    }

    fn know(&mut self, side: Side<'_>) {
        if !self.estate.other_roots.iter().any(|root| root == side.root) {
            self.estate.other_roots.push(side.root.to_path_buf());
            self.references.push((side.root.to_path_buf(), side.reference.to_owned()));
        }
    }

    fn find(&self, root: &Path, dir: &Path) -> Option<UnitId> {
        self.estate.components.find(&fs::clean(&root.join(dir)))
    }

    /// Adds what was removed, with its links: a neighbour that is still there is the one of the newer version.
    fn graft(
        &mut self,
        older: Estate,
        changed: &ChangedComponents,
        (from, to): (Side<'_>, Side<'_>),
    ) -> Vec<UnitId> {
        let is_removed =
            |path: &Path| path.strip_prefix(from.root).is_ok_and(|dir| changed.removed.contains(dir));
        let today = |path: &Path| match path.strip_prefix(from.root) {
            Ok(dir) if !changed.removed.contains(dir) => fs::clean(&to.root.join(dir)),
            _ => path.to_path_buf(),
        };
        let links: Vec<(PathBuf, PathBuf)> = older
            .links
            .edges()
            .map(|(one, other)| (older.components.path(one), older.components.path(other)))
            .filter(|(one, other)| is_removed(one) || is_removed(other))
            .map(|(one, other)| (today(one), today(other)))
            .collect();
        self.estate.absorb_some(older, is_removed);
        for (one, other) in links {
            let ends = (self.estate.components.find(&one), self.estate.components.find(&other));
            if let (Some(one), Some(other)) = ends {
                self.estate.connect(one, other);
            }
        }
        changed.removed.iter().filter_map(|dir| self.find(from.root, dir)).collect()
    }
}

fn discover(session: &Session, depth: FactsDepth, side: Side<'_>) -> Estate {
    let root = Some(side.root.to_path_buf());
    Estate::discover(session, &Wanted { root, hidden: Hidden::Search, depth: Some(depth), from: None })
}

impl Estate {
    /// Takes in all of another estate. A component that both know stays ours.
    pub fn absorb(&mut self, other: Self) {
        let links = other.links.clone();
        let paths: Vec<PathBuf> =
            other.components.iter().map(|(_, component)| component.path.clone()).collect();
        self.other_roots.extend(other.other_roots.iter().cloned());
        self.faults.extend(other.faults.iter().cloned());
        let (spans, targets) = (links.edges().collect::<Vec<_>>(), other.targets.clone());
        let new: HashSet<UnitId> = self.absorb_some(other, |_| true).into_iter().collect();
        let find = |id: UnitId| self.components.find(paths.get(id.index())?);
        let edges: Vec<_> = spans
            .into_iter()
            .filter_map(|(one, to)| Some((find(one)?, find(to)?, links.span(one, to))))
            .collect();
        let wanted: Vec<(UnitId, Vec<UnitId>)> = targets
            .iter()
            .enumerate()
            .filter_map(|(index, targets)| {
                let targets = targets.iter().filter_map(|target| find(*target)).collect();
                Some((find(UnitId::new(index))?, targets))
            })
            .collect();
        edges.into_iter().for_each(|(one, to, span)| self.links.add(one, to, span));
        for (id, targets) in wanted.into_iter().filter(|(id, _)| new.contains(id)) {
            if let Some(place) = self.targets.get_mut(id.index()) {
                *place = targets;
            }
        }
    }

    /// Takes in the chosen components of another estate, without their links.
    fn absorb_some(&mut self, other: Self, is_chosen: impl Fn(&Path) -> bool) -> Vec<UnitId> {
        let mut new = Vec::new();
        let mut facts: Vec<UnitFacts> = other.facts;
        for (id, component) in other.components.iter() {
            if !is_chosen(&component.path) || self.components.find(&component.path).is_some() {
                continue;
            }
            self.facts.push(facts.get_mut(id.index()).map(std::mem::take).unwrap_or_default());
            self.targets.resize(self.facts.len(), Vec::new());
            new.push(self.components.insert(component.clone()));
        }
        new
    }

    fn connect(&mut self, one: UnitId, other: UnitId) {
        self.links.add(one, other, None);
        if let Some(targets) = self.targets.get_mut(one.index())
            && !targets.contains(&other)
        {
            targets.push(other);
        }
    }
}
