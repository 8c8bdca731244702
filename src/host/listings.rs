//! What the folders of a tree hold, each listed once: for commands that only look, ask the same folders again and again,
//! and look at a tree that nobody changes meanwhile. What a listing cannot answer, the file system is asked.

use super::fs::{self, EntryKind};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The listings of a process. By default it keeps none and asks each time.
#[derive(Debug, Default)]
pub struct Listings {
    /// Only folders below it are listed.
    top: Option<PathBuf>,
    folders: RwLock<HashMap<PathBuf, Option<Arc<Listing>>>>,
    /// Where folders really are.
    real: RwLock<HashMap<PathBuf, PathBuf>>,
}

/// What is under a name, as far as a listing tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Absent,
    Directory,
    File,
    /// A link leads anywhere.
    Unclear,
}

impl Listings {
    /// Keeps the listings of the folders below this one.
    #[must_use]
    pub fn below(top: &Path) -> Self {
        Self { top: Some(top.to_path_buf()), ..Self::default() }
    }

    /// As [`fs::exists`].
    #[must_use]
    pub fn exists(&self, path: &Path) -> bool {
        match self.look(path) {
            Known::Absent => false,
            Known::Directory | Known::File => true,
            Known::Unclear => fs::exists(path),
        }
    }

    /// As [`fs::is_file`].
    #[must_use]
    pub fn is_file(&self, path: &Path) -> bool {
        match self.look(path) {
            Known::Absent | Known::Directory => false,
            Known::File => true,
            Known::Unclear => fs::is_file(path),
        }
    }

    /// As [`fs::is_dir`].
    #[must_use]
    pub fn is_dir(&self, path: &Path) -> bool {
        match self.look(path) {
            Known::Absent | Known::File => false,
            Known::Directory => true,
            Known::Unclear => fs::is_dir(path),
        }
    }

    /// Whether there is certainly nothing; without asking about the path itself.
    #[must_use]
    pub fn is_absent(&self, path: &Path) -> bool {
        self.look(path) == Known::Absent
    }

    /// As [`fs::list_dir`]; the entries are sorted by name if they were kept.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn list_dir(&self, folder: &Path) -> Result<Vec<(OsString, EntryKind)>, fs::FileError> {
        match self.covers(folder).then(|| self.listing(folder)).flatten() {
            Some(listing) => Ok(listing.entries.clone()),
            None => fs::list_dir(folder),
        }
    }

    /// The folder with every link resolved; as it is if that cannot be done.
    #[must_use]
    pub fn real_dir(&self, folder: &Path) -> PathBuf {
        if !self.covers(folder) {
            return fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
        }
        if let Some(known) = get(&self.real, folder) {
            return known;
        }
        let above = folder.parent().filter(|_| self.look(folder) == Known::Directory);
        let real = match (above, folder.file_name()) {
            // A folder in another is no link, so it is where that is.
            (Some(above), Some(name)) => self.real_dir(above).join(name),
            _ => fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf()),
        };
        put(&self.real, folder, real.clone());
        real
    }

    fn covers(&self, path: &Path) -> bool {
        self.top.as_ref().is_some_and(|top| path.starts_with(top))
    }

    fn look(&self, path: &Path) -> Known {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Known::Unclear };
        if !self.covers(folder) {
            return Known::Unclear;
        }
        self.listing(folder).map_or_else(
            // Nothing is in what is not there.
            || if self.is_absent(folder) { Known::Absent } else { Known::Unclear },
            |listing| listing.find(name),
        )
    }

    /// `None` if the folder cannot be listed, maybe because it is none.
    fn listing(&self, folder: &Path) -> Option<Arc<Listing>> {
        if let Some(known) = get(&self.folders, folder) {
            return known;
        }
        let is_there = !self.is_absent(folder);
        let entries = is_there.then(|| fs::list_dir(folder).ok()).flatten();
        let listing = entries.map(|entries| Arc::new(Listing::of(entries)));
        put(&self.folders, folder, listing.clone());
        listing
    }
}

/// What a folder holds, sorted by name.
#[derive(Debug)]
struct Listing {
    entries: Vec<(OsString, EntryKind)>,
}

impl Listing {
    fn of(mut entries: Vec<(OsString, EntryKind)>) -> Self {
        entries.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        Self { entries }
    }

    fn find(&self, name: &OsStr) -> Known {
        let at = self.entries.binary_search_by(|(known, _)| known.as_os_str().cmp(name));
        match at.ok().and_then(|at| self.entries.get(at)) {
            Some((_, EntryKind::Directory)) => Known::Directory,
            Some((_, EntryKind::File)) => Known::File,
            Some((_, EntryKind::Other)) => Known::Unclear,
            // Some file systems take names for one that are not written alike.
            None if self.entries.iter().any(|(known, _)| may_be_one(known, name)) => Known::Unclear,
            None => Known::Absent,
        }
    }
}

fn may_be_one(known: &OsStr, name: &OsStr) -> bool {
    let is_odd = |name: &OsStr| !name.is_ascii();
    known.eq_ignore_ascii_case(name) || (is_odd(known) && is_odd(name))
}

fn get<V: Clone>(map: &RwLock<HashMap<PathBuf, V>>, path: &Path) -> Option<V> {
    map.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
}

fn put<V>(map: &RwLock<HashMap<PathBuf, V>>, path: &Path, value: V) {
    map.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf(), value);
}

#[cfg(test)]
mod tests {
    use super::Listings;
    use crate::host::fs::{self, Access};
    use std::path::Path;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write_atomic(&path, b"", Access::Shared).unwrap();
        }
        root
    }

    #[cfg(unix)]
    #[test]
    fn answers_are_those_of_the_file_system() {
        use std::os::unix::fs::symlink;
        let root = tree(&["a/file.hcl", "a/b/c/file.hcl", "\u{e9}/x", "outside"]);
        let at = |path: &str| root.path().join(path);
        symlink("file.hcl", at("a/link")).unwrap();
        symlink("nowhere", at("a/broken")).unwrap();
        symlink("b", at("a/folder")).unwrap();
        let listings = Listings::below(&at("a"));
        for path in [
            "a",
            "a/file.hcl",
            "a/none",
            "a/none/of/them",
            "a/file.hcl/below",
            "a/link",
            "a/broken",
            "a/folder",
            "a/folder/c",
            "a/folder/none",
            "a/b/c/file.hcl",
            "a/b/../file.hcl",
            "a/b/..",
            "a/FILE.HCL",
            "outside",
            "none",
            "\u{e9}/x",
            "\u{e9}/\u{e8}",
        ] {
            let path = at(path);
            let asked = (listings.exists(&path), listings.is_file(&path), listings.is_dir(&path));
            assert_eq!(
                asked,
                (fs::exists(&path), fs::is_file(&path), fs::is_dir(&path)),
                "{}",
                path.display()
            );
            assert!(!listings.is_absent(&path) || !fs::exists(&path), "{}", path.display());
            let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            assert_eq!(listings.real_dir(&path), real);
            assert_eq!(listings.list_dir(&path).is_ok(), fs::list_dir(&path).is_ok(), "{}", path.display());
        }
        assert!(listings.is_absent(&at("a/none/of/them")) && !listings.is_absent(&at("none")));
    }

    #[test]
    fn a_folder_is_listed_once_and_only_below_the_top() {
        let root = tree(&["in/x", "out/x"]);
        let listings = Listings::below(&root.path().join("in"));
        for folder in ["in", "out"] {
            let late = root.path().join(folder).join("late");
            assert!(!listings.exists(&late));
            fs::write_atomic(&late, b"", Access::Shared).unwrap();
            assert_eq!(listings.exists(&late), folder == "out");
            assert_eq!(
                listings.list_dir(late.parent().unwrap()).unwrap().len(),
                if folder == "in" { 1 } else { 2 }
            );
        }
        assert!(Listings::default().exists(&root.path().join("in/late")));
        assert!(!Listings::default().is_absent(Path::new("/none")), "it would have to ask");
    }
}
