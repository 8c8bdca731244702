//! Components and their ids. Knows where a component is and what kind of file makes it one, not what the file says.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names one component of a [`Components`] table: cheap to copy, an index in disguise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(u32);

impl UnitId {
    /// The id of row `index`. A table never holds more than `u32::MAX` rows.
    #[must_use]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What makes a folder a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It has a unit file and its own state.
    Unit,
    /// It has a stack file, which generates units.
    Stack,
}

impl Kind {
    /// The word that filters and `find --json` use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Stack => "stack",
        }
    }
}

/// Where a component lies, seen from the working root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Inside,
    /// Outside: known because something inside depends on it, directly or not.
    External,
    /// Outside, and no dependency of anything inside: known because it depends on something inside.
    OutsideDependent,
}

/// A unit or a stack, as far as selecting and ordering need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub kind: Kind,
    /// Absolute and clean.
    pub path: PathBuf,
    pub place: Place,
    /// Every file that its configuration reads, absolute and clean.
    pub reading: Vec<Arc<Path>>,
    /// `terraform.source` as written, if known.
    pub source: Option<String>,
}

impl Component {
    /// A unit inside the working root that reads nothing.
    #[must_use]
    pub fn unit(path: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::Unit, path: path.into(), place: Place::Inside, reading: Vec::new(), source: None }
    }

    /// The folder's own name; empty for the file system's root.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }
}

/// Byte order of the whole path, so `a-b` comes before `a/b`: the order in which listings are sorted.
#[must_use]
pub fn by_path(left: &Path, right: &Path) -> Ordering {
    left.as_os_str().as_encoded_bytes().cmp(right.as_os_str().as_encoded_bytes())
}

/// All components of an estate; a path stands in it once.
#[derive(Clone, Debug, Default)]
pub struct Components {
    rows: Vec<Component>,
    by_path: HashMap<PathBuf, UnitId>,
}

impl Components {
    /// Adds a component, or replaces the one at the same path; the id stays.
    pub fn insert(&mut self, component: Component) -> UnitId {
        if let Some(id) = self.find(&component.path) {
            self.rows[id.index()] = component;
            return id;
        }
        let id = UnitId::new(self.rows.len());
        self.by_path.insert(component.path.clone(), id);
        self.rows.push(component);
        id
    }

    /// The component at exactly this path.
    #[must_use]
    pub fn find(&self, path: &Path) -> Option<UnitId> {
        self.by_path.get(path).copied()
    }

    /// `None` for an id of another table.
    #[must_use]
    pub fn get(&self, id: UnitId) -> Option<&Component> {
        self.rows.get(id.index())
    }

    /// The path of a component; empty for an id of another table.
    #[must_use]
    pub fn path(&self, id: UnitId) -> &Path {
        self.get(id).map_or(Path::new(""), |component| &component.path)
    }

    pub fn iter(&self) -> impl Iterator<Item = (UnitId, &Component)> {
        self.rows.iter().enumerate().map(|(index, component)| (UnitId::new(index), component))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Sorts ids as listings do.
    pub fn sort(&self, ids: &mut [UnitId]) {
        ids.sort_by(|left, right| by_path(self.path(*left), self.path(*right)));
    }
}

impl FromIterator<Component> for Components {
    fn from_iter<I: IntoIterator<Item = Component>>(rows: I) -> Self {
        let mut table = Self::default();
        for row in rows {
            table.insert(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{Component, Components, UnitId};
    use std::path::Path;

    #[test]
    fn a_path_has_one_id_and_listings_sort_by_bytes() {
        let mut table: Components = ["/r/a/b", "/r/a-b", "/r/a"].map(Component::unit).into_iter().collect();
        assert_eq!(table.insert(Component::unit("/r/a-b")), UnitId::new(1));
        assert_eq!((table.len(), table.find(Path::new("/r/a"))), (3, Some(UnitId::new(2))));
        let mut ids: Vec<_> = table.iter().map(|(id, _)| id).collect();
        table.sort(&mut ids);
        let paths: Vec<_> = ids.iter().map(|id| table.path(*id).display().to_string()).collect();
        assert_eq!(paths, ["/r/a", "/r/a-b", "/r/a/b"]);
    }
}
