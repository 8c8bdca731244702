//! Finds the components below a folder by the names of their files. Opens no file, follows no link unless asked to, and
//! asks the file system nothing but the entries of each folder, so what caches hold costs nothing.

use super::unit::{Kind, by_path};
use crate::host::env::parallelism;
use crate::host::fs::{EntryKind, FileError, canonicalize, exists, is_dir, symlink_metadata};
use crate::host::listings::Listings;
use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The name of a unit file unless the user gives another.
pub const UNIT_FILE: &str = "terragrunt.hcl";
/// The name of a stack file.
pub const STACK_FILE: &str = "terragrunt.stack.hcl";
/// Folders that are never part of an estate.
const SKIPPED: [&str; 3] = [".git", ".terraform", ".terragrunt-cache"];
/// Folders that are being written begin like this; they get their name when they are whole.
pub const UNFINISHED: &str = ".terrace-";
/// More threads than this only wait for the disk together.
const MOST_THREADS: usize = 8;

/// Whether folders whose name starts with a dot are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Hidden {
    #[default]
    Search,
    Skip,
}

/// Whether folders behind symbolic links are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Symlinks {
    #[default]
    Ignore,
    /// What a link leads to is searched once, where it is first met in the order of names: so loops end.
    Follow,
}

/// What to look for, and where not.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// The names of a unit file, the preferred one first: a name that the user gives comes before the usual one
    /// and does not replace it.
    pub unit_files: Vec<OsString>,
    pub hidden: Hidden,
    pub symlinks: Symlinks,
    /// Folders that are left out with all they hold, such as a download folder inside the estate.
    pub leave_out: Vec<PathBuf>,
    /// Who keeps what folders hold.
    pub listings: Arc<Listings>,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            unit_files: vec![UNIT_FILE.into()],
            hidden: Hidden::Search,
            symlinks: Symlinks::Ignore,
            leave_out: Vec::new(),
            listings: Arc::default(),
        }
    }
}

/// A folder that is a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub kind: Kind,
    pub config_file: PathBuf,
}

/// A folder that could not be taken into account.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// What is below it is unknown; the rest of the estate is not affected.
    #[error(transparent)]
    Unreadable(#[from] FileError),
    /// It holds a unit file and a stack file, and would be both.
    #[error(
        "{path} has both a unit file and a stack file: move one of them to a folder of its own",
        path = path.display()
    )]
    Both { path: PathBuf },
}

impl WalkError {
    fn path(&self) -> &Path {
        match self {
            Self::Unreadable(error) => &error.path,
            Self::Both { path } => path,
        }
    }
}

/// What a walk brought, sorted by path.
#[derive(Debug, Default)]
pub struct Walk {
    pub found: Vec<Found>,
    pub errors: Vec<WalkError>,
}

/// Walks everything below `root` (absolute and clean), `root` itself included.
///
/// Each thread takes a folder from the common pile, lists it, and puts its folders back on the pile; the walk is
/// over when the pile is empty and nobody is listing.
#[must_use]
pub fn walk(root: &Path, options: &WalkOptions) -> Walk {
    let mut walk = match options.symlinks {
        Symlinks::Ignore => walk_at_once(root, options),
        Symlinks::Follow => walk_in_order(root, options),
    };
    walk.found.sort_unstable_by(|left, right| by_path(&left.path, &right.path));
    walk.errors.sort_by(|left, right| by_path(left.path(), right.path()));
    walk
}

/// The same among files that somebody else has listed, such as git: nothing is searched, and what is not there any more
/// is left out.
#[must_use]
pub fn among(root: &Path, files: impl Iterator<Item = PathBuf>, options: &WalkOptions) -> Walk {
    let mut folders: BTreeMap<PathBuf, (Option<usize>, bool)> = BTreeMap::new();
    for file in files {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { continue };
        let rank = options.unit_files.iter().position(|known| known == name);
        let is_stack = name == STACK_FILE;
        if (rank.is_some() || is_stack) && is_reached(root, folder, options) && exists(&file) {
            let (known, was_stack) = folders.entry(folder.to_path_buf()).or_default();
            *known = [*known, rank].into_iter().flatten().min();
            *was_stack |= is_stack;
        }
    }
    let mut walk = Walk::default();
    folders
        .iter()
        .for_each(|(folder, (unit, is_stack))| record(folder, options, (*unit, *is_stack), &mut walk));
    walk.found.sort_unstable_by(|left, right| by_path(&left.path, &right.path));
    walk
}

/// Whether a walk from the root would come to the folder.
fn is_reached(root: &Path, folder: &Path, options: &WalkOptions) -> bool {
    let Ok(below) = folder.strip_prefix(root) else { return false };
    below.iter().all(|name| is_searched(name, options))
        && !options.leave_out.iter().any(|left_out| folder.starts_with(left_out))
}

fn walk_at_once(root: &Path, options: &WalkOptions) -> Walk {
    let pile = Pile::new(root.to_path_buf());
    let threads = parallelism().clamp(1, MOST_THREADS);
    let mut walk = Walk::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(|| work(&pile, options))).collect();
        walk.append(work(&pile, options));
        for worker in workers {
            walk.append(worker.join().unwrap_or_default());
        }
    });
    walk
}

/// One folder after the other, by name: which of two links to one folder counts must not depend on luck.
fn walk_in_order(root: &Path, options: &WalkOptions) -> Walk {
    let mut walk = Walk::default();
    let mut seen = HashSet::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(folder) = todo.pop() {
        if let Ok(link) = symlink_metadata(&folder)
            && link.is_symlink()
            && folder != root
            && !canonicalize(&folder).is_ok_and(|target| seen.insert(target))
        {
            continue;
        }
        let mut below = look_into(&folder, options, &mut walk);
        below.sort_unstable_by(|left, right| by_path(right, left));
        todo.append(&mut below);
    }
    walk
}

impl Walk {
    fn append(&mut self, mut other: Self) {
        self.found.append(&mut other.found);
        self.errors.append(&mut other.errors);
    }
}

/// The folders that wait to be listed, shared between threads.
struct Pile {
    state: Mutex<PileState>,
    changed: Condvar,
}

struct PileState {
    waiting: Vec<PathBuf>,
    listing: usize,
}

impl Pile {
    fn new(first: PathBuf) -> Self {
        Self { state: Mutex::new(PileState { waiting: vec![first], listing: 0 }), changed: Condvar::new() }
    }

    /// The next folder; `None` when there is none and none can come.
    fn take(&self) -> Option<PathBuf> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(folder) = state.waiting.pop() {
                state.listing += 1;
                return Some(folder);
            }
            if state.listing == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says that a folder is listed, and what it held.
    fn put(&self, folders: Vec<PathBuf>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.listing -= 1;
        let wake = state.listing == 0 || !folders.is_empty();
        state.waiting.extend(folders);
        drop(state);
        if wake {
            self.changed.notify_all();
        }
    }
}

fn work(pile: &Pile, options: &WalkOptions) -> Walk {
    let mut walk = Walk::default();
    while let Some(folder) = pile.take() {
        let below = look_into(&folder, options, &mut walk);
        pile.put(below);
    }
    walk
}

/// Records what the folder is; returns the folders in it that are to be searched.
fn look_into(folder: &Path, options: &WalkOptions, walk: &mut Walk) -> Vec<PathBuf> {
    let entries = match options.listings.list_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            walk.errors.push(error.into());
            return Vec::new();
        }
    };
    let (mut unit, mut is_stack, mut below) = (None, false, Vec::new());
    for (name, kind) in entries {
        match kind {
            EntryKind::Directory if is_searched(&name, options) => below.push(folder.join(name)),
            EntryKind::Directory => {}
            EntryKind::Other if options.symlinks == Symlinks::Follow && is_dir(&folder.join(&name)) => {
                below.extend(is_searched(&name, options).then(|| folder.join(name)));
            }
            EntryKind::File | EntryKind::Other => {
                let rank = options.unit_files.iter().position(|file| *file == name);
                unit = [unit, rank].into_iter().flatten().min();
                is_stack |= name == STACK_FILE;
            }
        }
    }
    if !options.leave_out.is_empty() {
        below.retain(|path| !options.leave_out.contains(path));
    }
    record(folder, options, (unit, is_stack), walk);
    below
}

/// Records what a folder is, by the best name of a unit file in it and whether it has a stack file.
fn record(folder: &Path, options: &WalkOptions, (unit, is_stack): (Option<usize>, bool), walk: &mut Walk) {
    let found =
        |kind, file: &OsStr| Found { path: folder.to_path_buf(), kind, config_file: folder.join(file) };
    match (unit.and_then(|rank| options.unit_files.get(rank)), is_stack) {
        (Some(_), true) => walk.errors.push(WalkError::Both { path: folder.to_path_buf() }),
        (Some(file), false) => walk.found.push(found(Kind::Unit, file)),
        (None, true) => walk.found.push(found(Kind::Stack, OsStr::new(STACK_FILE))),
        (None, false) => {}
    }
}

fn is_searched(name: &OsStr, options: &WalkOptions) -> bool {
    let bytes = name.as_encoded_bytes();
    let skipped =
        || SKIPPED.iter().any(|skipped| name == *skipped) || bytes.starts_with(UNFINISHED.as_bytes());
    bytes.first() != Some(&b'.') || (options.hidden == Hidden::Search && !skipped())
}

#[cfg(test)]
mod tests {
    use super::{Hidden, WalkError, WalkOptions, among, walk};
    use crate::graph::unit::Kind;
    use crate::host::fs::{Access, create_dir_all, write_atomic};
    use std::path::Path;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            create_dir_all(path.parent().unwrap()).unwrap();
            write_atomic(&path, b"", Access::Shared).unwrap();
        }
        root
    }

    fn names(root: &Path, options: &WalkOptions) -> String {
        let walk = walk(root, options);
        assert!(walk.errors.is_empty(), "{:?}", walk.errors);
        let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
        walk.found.iter().map(|found| name(&found.path)).collect::<Vec<_>>().join(" ")
    }

    const FILES: [&str; 13] = [
        "terragrunt.hcl",
        "a/terragrunt.hcl",
        "a/b/terragrunt.hcl",
        "a-b/terragrunt.hcl",
        "c/terragrunt.hcl/z/terragrunt.hcl",
        "s/terragrunt.stack.hcl",
        "s/.terragrunt-stack/u/terragrunt.hcl",
        "other/main.hcl",
        "json/terragrunt.hcl.json",
        "a/.terragrunt-cache/x/y/terragrunt.hcl",
        ".git/terragrunt.hcl",
        "a/.terraform/modules/m/terragrunt.hcl",
        ".hidden/h/terragrunt.hcl",
    ];

    #[test]
    fn folders_are_found_by_their_files() {
        let root = tree(&FILES);
        let options = WalkOptions::default();
        let all = " .hidden/h a a-b a/b c/terragrunt.hcl/z s s/.terragrunt-stack/u";
        assert_eq!(names(root.path(), &options), all);
        let kinds: Vec<Kind> = walk(root.path(), &options).found.iter().map(|found| found.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Stack).count(), 1);

        let visible = WalkOptions { hidden: Hidden::Skip, ..options.clone() };
        assert_eq!(names(root.path(), &visible), " a a-b a/b c/terragrunt.hcl/z s");
        let unit_files = vec!["main.hcl".into(), super::UNIT_FILE.into()];
        let renamed = WalkOptions { unit_files, ..visible };
        assert_eq!(names(root.path(), &renamed), " a a-b a/b c/terragrunt.hcl/z other s");
        let partly = WalkOptions { leave_out: vec![root.path().join("a"), root.path().join("c")], ..options };
        assert_eq!(names(root.path(), &partly), " .hidden/h a-b s s/.terragrunt-stack/u");
    }

    #[test]
    fn a_listing_leads_to_what_a_walk_finds() {
        let root = tree(&FILES);
        let listed = || FILES.iter().chain(&["gone/terragrunt.hcl"]).map(|file| root.path().join(file));
        let hidden = WalkOptions { hidden: Hidden::Skip, ..WalkOptions::default() };
        let partly = WalkOptions { leave_out: vec![root.path().join("a")], ..WalkOptions::default() };
        for options in [WalkOptions::default(), hidden, partly] {
            assert_eq!(among(root.path(), listed(), &options).found, walk(root.path(), &options).found);
        }
        let below = root.path().join("a");
        assert_eq!(among(&below, listed(), &WalkOptions::default()).found.len(), 2);
    }

    #[test]
    fn a_folder_cannot_be_a_unit_and_a_stack() {
        let root = tree(&["a/terragrunt.hcl", "a/terragrunt.stack.hcl", "b/terragrunt.hcl"]);
        let walk = walk(root.path(), &WalkOptions::default());
        assert_eq!(walk.found.len(), 1);
        assert!(matches!(&walk.errors[..], [WalkError::Both { path }] if path.ends_with("a")));
    }

    #[test]
    fn a_missing_root_is_an_error_that_names_it() {
        let walk = walk(Path::new("/nowhere/at/all"), &WalkOptions::default());
        assert!(walk.errors[0].to_string().contains("/nowhere/at/all"));
    }

    /// Expectations are the reference's.
    #[cfg(unix)]
    #[test]
    fn what_links_lead_to_is_searched_once() {
        use std::os::unix::fs::symlink;
        let base =
            tree(&["outside/u/terragrunt.hcl", "r/real/x/terragrunt.hcl", "r/real/y/z/terragrunt.hcl"]);
        let root = base.path().join("r");
        create_dir_all(&root.join("a")).unwrap();
        for (target, link) in [
            ("../real", "a/l"),
            ("../..", "real/y/up"),
            ("x", "real/same"),
            ("../../outside", "a/out"),
            ("no", "gone"),
        ] {
            symlink(target, root.join(link)).unwrap();
        }
        let options = WalkOptions { symlinks: super::Symlinks::Follow, ..WalkOptions::default() };
        let want =
            "a/l/same a/l/x a/l/y/up/a/out/u a/l/y/up/real/x a/l/y/up/real/y/z a/l/y/z real/x real/y/z";
        assert_eq!(names(&root, &options), want);
        let want = "up/a/l/same up/a/l/x up/a/l/y/z up/a/out/u up/real/x up/real/y/z z";
        assert_eq!(names(&root.join("real/y"), &options), want);
        assert_eq!(names(&root, &WalkOptions::default()), "real/x real/y/z");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_names_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let root = tree(&["real/terragrunt.hcl"]);
        symlink("real", root.path().join("link")).unwrap();
        create_dir_all(&root.path().join("linked-file")).unwrap();
        symlink("../real/terragrunt.hcl", root.path().join("linked-file/terragrunt.hcl")).unwrap();
        assert_eq!(names(root.path(), &WalkOptions::default()), "linked-file real");

        let odd = root.path().join(std::ffi::OsStr::from_bytes(b"odd\xff"));
        create_dir_all(&odd).unwrap();
        write_atomic(&odd.join("terragrunt.hcl"), b"", Access::Shared).unwrap();
        let found = walk(root.path(), &WalkOptions::default()).found;
        assert!(found.iter().any(|found| found.path == odd));
    }
}
