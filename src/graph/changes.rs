//! From changed files to changed components. Pure: two versions of a tree and the files that differ between them go
//! in; knows nothing of git.
//!
//! A component has changed if a file of its own folder has, or a file that its configuration reads. A folder inside a
//! unit belongs to it as well, unless the unit holds others: a file above them in the tree (`live/README.md`, with a
//! unit file in `live` and units below) need not be part of any.
//!
//! What a stack file generates is in no commit: once the stack has changed, it is compared by content.

use super::discover::STACK_FILE;
use super::unit::{Component, Components, Kind, Place};
use crate::host::fs::relative;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::path::{Component as Segment, Path, PathBuf};

/// Files of a stack's folder that are part of it.
const STACK_FILES: [&str; 3] = [STACK_FILE, "terragrunt.values.hcl", "terragrunt.autoinclude.stack.hcl"];

/// A file that differs, as seen from the top of the tree.
#[derive(Clone, Copy, Debug)]
pub struct ChangedFile<'a> {
    pub path: &'a Path,
    pub is_removed: bool,
}

/// A tree at one time: its components, and the folder that it lies in.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    pub root: &'a Path,
    pub components: &'a Components,
    pub generated: &'a Generated,
}

/// Folders of components as seen from the top, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedComponents {
    /// Added or changed: they are in the newer version.
    pub present: BTreeSet<PathBuf>,
    /// Only in the older version.
    pub removed: BTreeSet<PathBuf>,
}

/// What changed from `before` to `after`. `before` is needed only if a file was removed or something else is generated.
#[must_use]
pub fn changed_components(
    files: &[ChangedFile<'_>],
    before: Option<Version<'_>>,
    after: Version<'_>,
) -> ChangedComponents {
    let (old, new) = (before.map(Folders::of).unwrap_or_default(), Folders::of(after));
    let mut changed = ChangedComponents::default();
    for file in files {
        let (owners, readers) = (new.owner(file.path), new.readers(file.path));
        changed.present.extend(owners.into_iter().chain(readers).map(Path::to_path_buf));
        if file.is_removed {
            let were = old.owner(file.path).into_iter().chain(old.readers(file.path));
            changed.present.extend(were.filter(|dir| new.kinds.contains_key(*dir)).map(Path::to_path_buf));
        }
    }
    if let Some(before) = before {
        let gone = old.kinds.keys().filter(|dir| !new.kinds.contains_key(*dir));
        changed.removed.extend(gone.filter(|dir| !before.generated.contains_key(*dir)).cloned());
        let stacks = changed_stacks(&changed, &old, &new);
        let units = changed_units(before.generated, after.generated);
        let is_of_changed = |dir: &PathBuf| dir.ancestors().skip(1).any(|above| stacks.contains(above));
        changed.present.extend(units.present.into_iter().filter(&is_of_changed));
        let gone = units.removed.into_iter().filter(|dir| !new.kinds.contains_key(dir));
        changed.removed.extend(gone.filter(&is_of_changed));
    }
    changed
}

/// Folders that are or were a stack, and changed.
fn changed_stacks(changed: &ChangedComponents, old: &Folders, new: &Folders) -> BTreeSet<PathBuf> {
    let is_stack =
        |dir: &&PathBuf| [old, new].iter().any(|folders| folders.kinds.get(*dir) == Some(&Kind::Stack));
    changed.present.iter().chain(&changed.removed).filter(is_stack).cloned().collect()
}

/// What stacks generate, as seen from the top: a digest of all files of each unit and nested stack.
pub type Generated = BTreeMap<PathBuf, String>;

/// What differs between what two versions of stacks generate.
fn changed_units(before: &Generated, after: &Generated) -> ChangedComponents {
    let is_new = |(dir, digest): &(&PathBuf, &String)| before.get(*dir) != Some(*digest);
    ChangedComponents {
        present: after.iter().filter(is_new).map(|(dir, _)| dir.clone()).collect(),
        removed: before.keys().filter(|dir| !after.contains_key(*dir)).cloned().collect(),
    }
}

/// One version, by folder and by file.
#[derive(Default)]
struct Folders {
    kinds: BTreeMap<PathBuf, Kind>,
    readers: HashMap<PathBuf, Vec<PathBuf>>,
}

impl Folders {
    fn of(version: Version<'_>) -> Self {
        let mut folders = Self::default();
        let is_inside = |component: &&Component| {
            component.place == Place::Inside && component.path.starts_with(version.root)
        };
        for component in version.components.iter().map(|(_, component)| component).filter(is_inside) {
            let dir = below(version.root, &component.path);
            for file in component.reading.iter().filter(|file| file.starts_with(version.root)) {
                folders.readers.entry(below(version.root, file)).or_default().push(dir.clone());
            }
            folders.kinds.insert(dir, component.kind);
        }
        folders
    }

    fn readers(&self, file: &Path) -> impl Iterator<Item = &Path> {
        self.readers.get(file).into_iter().flatten().map(PathBuf::as_path)
    }

    /// The component that the file is part of.
    fn owner(&self, file: &Path) -> Option<&Path> {
        let folder = file.parent()?;
        let (dir, kind) = folder.ancestors().find_map(|above| self.kinds.get_key_value(above))?;
        let is_part = match kind {
            Kind::Stack => dir == folder && STACK_FILES.iter().any(|name| file.ends_with(name)),
            Kind::Unit => dir == folder || (!self.holds_others(dir) && !is_hidden(dir, folder)),
        };
        is_part.then_some(dir)
    }

    fn holds_others(&self, dir: &Path) -> bool {
        // Those below a folder follow it directly.
        let after = (Bound::Excluded(dir), Bound::Unbounded);
        self.kinds.range::<Path, _>(after).next().is_some_and(|(next, _)| next.starts_with(dir))
    }
}

/// Hidden folders of a unit are no part of what runs.
fn is_hidden(dir: &Path, folder: &Path) -> bool {
    let between = folder.strip_prefix(dir).unwrap_or(folder);
    let mut names = between.components();
    names.any(|name| matches!(name, Segment::Normal(name) if name.as_encoded_bytes().starts_with(b".")))
}

/// As seen from the top; the top itself is empty.
fn below(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).map_or_else(|_| relative(root, path), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::{ChangedComponents, ChangedFile, Generated, Version, changed_components};
    use crate::graph::unit::{Component, Components, Kind};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    fn tree(root: &str, units: &[(&str, &[&str])]) -> Components {
        let component = |(path, files): &(&str, &[&str])| Component {
            kind: if path.starts_with("stack") { Kind::Stack } else { Kind::Unit },
            reading: files.iter().map(|file| Arc::from(Path::new(root).join(file))).collect(),
            ..Component::unit(Path::new(root).join(path))
        };
        units.iter().map(component).collect()
    }

    fn names(changed: &ChangedComponents) -> String {
        let present = changed.present.iter().map(|dir| format!("+{}", dir.display()));
        let removed = changed.removed.iter().map(|dir| format!("-{}", dir.display()));
        present.chain(removed).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_file_changes_its_unit_and_whoever_reads_it() {
        let units: [(&str, &[&str]); 8] = [
            ("live", &[]),
            ("live/vpc", &["common.yaml", "modules/m/main.tf"]),
            ("live/db", &["live/vpc/cfg.yaml", "gone.yaml"]),
            ("live/nest", &[]),
            ("live/nest/inner", &[]),
            ("stack", &[]),
            ("stack/.terragrunt-stack/u", &[]),
            ("old", &["gone2.yaml"]),
        ];
        let before = tree("/before", &units);
        let after = tree("/after", &units[..7]);
        for (path, is_removed, want) in [
            ("live/vpc/terragrunt.hcl", false, "+live/vpc -old"),
            ("live/vpc/main.tf", true, "+live/vpc -old"),
            ("live/vpc/policies/a.json", false, "+live/vpc -old"),
            ("live/vpc/.hidden/a.json", false, "-old"),
            ("live/vpc/.terraform.lock.hcl", false, "+live/vpc -old"),
            ("live/vpc/cfg.yaml", false, "+live/db +live/vpc -old"),
            ("common.yaml", false, "+live/vpc -old"),
            ("modules/m/main.tf", false, "+live/vpc -old"),
            ("modules/m/README.md", false, "-old"),
            ("live/nest/files/a", false, "-old"),
            ("live/nest/a", false, "+live/nest -old"),
            ("live/nest/inner/files/a", false, "+live/nest/inner -old"),
            ("live/README.md", false, "+live -old"),
            ("README.md", false, "-old"),
            ("gone.yaml", true, "+live/db -old"),
            ("gone2.yaml", true, "-old"),
            ("stack/terragrunt.stack.hcl", false, "+stack -old"),
            ("stack/README.md", false, "-old"),
            ("old/terragrunt.hcl", true, "-old"),
        ] {
            let file = ChangedFile { path: Path::new(path), is_removed };
            let generated = &Generated::new();
            let before = Version { root: Path::new("/before"), components: &before, generated };
            let after = Version { root: Path::new("/after"), components: &after, generated };
            assert_eq!(names(&changed_components(&[file], Some(before), after)), want, "{path}");
        }
    }

    #[test]
    fn a_unit_at_the_top_is_the_empty_path() {
        let after = tree("/r", &[("", &[])]);
        let after = Version { root: Path::new("/r"), components: &after, generated: &Generated::new() };
        let file = ChangedFile { path: Path::new("files/a"), is_removed: false };
        assert_eq!(changed_components(&[file], None, after).present, [PathBuf::new()].into());
    }

    #[test]
    fn what_a_changed_stack_generates_is_compared_by_content() {
        let generated = |units: &[(&str, &str)]| -> Generated {
            units.iter().map(|(dir, digest)| (PathBuf::from(dir), (*digest).to_owned())).collect()
        };
        let all = |dirs: &[&str]| {
            let dirs: Vec<(&str, &[&str])> = dirs.iter().map(|dir| (*dir, &[][..])).collect();
            tree("/r", &dirs)
        };
        let (old, new) = (
            generated(&[
                ("stack1/a", "1"),
                ("stack1/b", "1"),
                ("stack1/c", "1"),
                ("stack2/x", "1"),
                ("stack2/y", "1"),
            ]),
            generated(&[("stack1/a", "1"), ("stack1/b", "2"), ("stack1/d", "1"), ("stack2/x", "2")]),
        );
        let before = all(&["stack1", "stack1/a", "stack1/b", "stack1/c", "stack2", "stack2/x", "stack2/y"]);
        let after = all(&["stack1", "stack1/a", "stack1/b", "stack1/d", "stack2", "stack2/x"]);
        let root = Path::new("/r");
        let before = Version { root, components: &before, generated: &old };
        let after = Version { root, components: &after, generated: &new };
        for (path, want) in [
            ("stack1/terragrunt.stack.hcl", "+stack1 +stack1/b +stack1/d -stack1/c"),
            ("stack2/terragrunt.stack.hcl", "+stack2 +stack2/x -stack2/y"),
            ("README.md", ""),
        ] {
            let file = ChangedFile { path: Path::new(path), is_removed: false };
            assert_eq!(names(&changed_components(&[file], Some(before), after)), want, "{path}");
        }
    }
}
