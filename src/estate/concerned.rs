//! Whom changed files concern: the units that they are part of, and those that read them. Asks git's index which files
//! there are, so that what is not committed is not there; loads as little as it can.

use super::mentions::Texts;
use super::{Estate, Wanted};
use crate::config::{ESTATE_FILE, FactsDepth, JSON_UNIT_FILE, Session, UNIT_FILE, UnitFacts, working_dir};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::graph::changes::{ChangedFile, Generated, Version, changed_components};
use crate::graph::discover::{Hidden, STACK_FILE};
use crate::graph::unit::UnitId;
use crate::host::fs;
use crate::provider::code::{Dialect, Modules, Root, syntax_of};
use crate::provider::tool_files;
use crate::source::index::Index;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// Files that a commit touches, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Touched<'a> {
    /// Added or changed; absolute and clean.
    pub files: &'a [PathBuf],
    /// `None` outside of git: then all that is there counts.
    pub index: Option<&'a Index>,
}

impl Touched<'_> {
    /// Every path: what is gone comes last.
    fn all(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().chain(self.deleted()).map(PathBuf::as_path)
    }

    fn deleted(&self) -> &[PathBuf] {
        self.index.map_or(&[], |index| &index.deleted)
    }

    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

/// What the files concern.
#[derive(Debug, Default)]
pub struct Concerned {
    /// All components; facts only of those that were looked at.
    pub estate: Estate,
    /// Sorted by path.
    pub units: Vec<UnitId>,
}

impl Concerned {
    /// Finds them. The facts of the units that may read one of the files are loaded as far as reading goes.
    #[must_use]
    pub fn find(session: &Session, touched: &Touched<'_>) -> Self {
        let mut estate = match touched.index {
            Some(index) => Estate::in_index(session, index),
            None => {
                let wanted = Wanted { root: None, hidden: Hidden::Search, depth: None, from: None };
                Estate::discover(session, &wanted)
            }
        };
        if touched.is_empty() {
            return Self { estate, units: Vec::new() };
        }
        let mut units: BTreeSet<usize> = owners(&estate, touched).map(UnitId::index).collect();
        let candidates = candidates(session, &estate, touched);
        let others: Vec<UnitId> = candidates.into_iter().filter(|id| !units.contains(&id.index())).collect();
        estate.load(session, &others, FactsDepth::Reading);
        let sought = Sought::of(touched);
        let modules = Modules::new(session.files.sources.clone());
        let reads = |id: &&UnitId| {
            estate.facts_of(**id).is_some_and(|facts| {
                sought.has_policy
                    || sought.is_read_by(facts)
                    || (sought.has_code && sought.is_code_of(facts, session, &modules))
            })
        };
        units.extend(others.iter().filter(reads).map(|id| id.index()));
        let mut units: Vec<UnitId> = units.into_iter().map(UnitId::new).collect();
        estate.components.sort(&mut units);
        Self { estate, units }
    }
}

/// The components that the files are part of.
fn owners<'a>(estate: &'a Estate, touched: &Touched<'_>) -> impl Iterator<Item = UnitId> + 'a {
    let root = &estate.root;
    let below: Vec<&Path> = touched.all().filter_map(|path| path.strip_prefix(root).ok()).collect();
    let files: Vec<ChangedFile<'_>> =
        below.iter().map(|path| ChangedFile { path, is_removed: false }).collect();
    let now = Version { root, components: &estate.components, generated: &Generated::new() };
    let dirs = changed_components(&files, None, now).present;
    dirs.into_iter().filter_map(|dir| estate.components.find(&fs::clean(&root.join(dir))))
}

/// Who may read one of the files. Code is read through folders, whose names say little: then everybody.
fn candidates(session: &Session, estate: &Estate, touched: &Touched<'_>) -> Vec<UnitId> {
    let everybody = || estate.components.iter().map(|(id, _)| id).collect();
    let is_for_all = |path: &Path| is_code(path) || is_policy(path);
    let Some(index) = touched.index.filter(|_| !touched.all().any(is_for_all)) else { return everybody() };
    let unit_files: Vec<&str> =
        session.config_name.as_deref().into_iter().chain([UNIT_FILE, JSON_UNIT_FILE]).collect();
    let names = touched.all().filter_map(Path::file_name).map(|name| name.as_encoded_bytes().to_vec());
    // Whoever needs a unit names its folder.
    let is_config = |path: &&PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name == STACK_FILE || unit_files.contains(&name))
    };
    let folders = touched.deleted().iter().filter(is_config).filter_map(|path| path.parent()?.file_name());
    let names = names.chain(folders.map(|name| name.as_encoded_bytes().to_vec())).collect();
    let top = index.root().to_path_buf();
    let texts = Texts::read(index.below(&top));
    let readers = texts.readers(names, &unit_files);
    let of_reader = |path: &&Path| estate.components.find(path.parent()?);
    readers.iter().filter_map(of_reader).collect()
}

fn is_code(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| syntax_of(name).is_some())
}

/// What holds for everything around it: the policy, and which version of a tool is used.
fn is_policy(path: &Path) -> bool {
    let holds = |name: &str| name == ESTATE_FILE || tool_files::NAMES.contains(&name);
    path.file_name().and_then(|name| name.to_str()).is_some_and(holds)
}

/// The paths that readers are sought of.
struct Sought<'a> {
    files: HashSet<&'a Path>,
    /// The folders above them.
    folders: HashSet<&'a Path>,
    /// Folders that are no unit any more.
    gone: HashSet<&'a Path>,
    has_code: bool,
    has_policy: bool,
}

impl<'a> Sought<'a> {
    fn of(touched: &'a Touched<'_>) -> Self {
        let files: HashSet<&Path> = touched.all().collect();
        let folders = files.iter().flat_map(|path| path.ancestors().skip(1)).collect();
        let left = touched.deleted().iter().filter_map(|path| path.parent());
        let gone = left.filter(|dir| !has_unit_file(dir)).collect();
        let has_policy = touched.all().any(is_policy);
        Self { has_code: touched.all().any(is_code), has_policy, files, folders, gone }
    }

    /// A folder that somebody looked into means all below it.
    fn has(&self, path: &Path) -> bool {
        self.files.contains(path) || self.folders.contains(path)
    }

    fn is_read_by(&self, facts: &UnitFacts) -> bool {
        let is_gone = |target: &Path| {
            self.gone.contains(target)
                || (!self.gone.is_empty() && self.files.contains(target) && !fs::exists(target))
        };
        facts.reads.iter().any(|path| self.files.contains(&**path))
            || facts.asked.iter().any(|path| self.has(path))
            || facts.edges.iter().any(|edge| is_gone(&edge.target))
    }

    /// Whether a file lies in the module, or in a folder of code that it calls.
    fn is_code_of(&self, facts: &UnitFacts, session: &Session, modules: &Modules) -> bool {
        let source = facts.source.as_ref().map(|source| source.value.as_str());
        let Ok(address) = working_dir::address(session, &facts.dir, source) else { return false };
        let Some(dir) = address.module_dir() else { return false };
        let root = Root { dir: &dir, dialect: Dialect::Tofu, generated: &[], fetched: None };
        let tree = modules.tree(&root);
        let called = tree.nodes.iter().flat_map(|node| {
            let paths = node.module.calls.iter().filter_map(|call| call.local_path());
            paths.map(|path| fs::clean(&node.module.dir.join(path)))
        });
        self.has(&dir) || called.into_iter().any(|dir| self.has(&dir))
    }
}

fn has_unit_file(dir: &Path) -> bool {
    [UNIT_FILE, JSON_UNIT_FILE].iter().any(|name| fs::exists(&dir.join(name)))
}

/// What a unit needs that the commit does not have: files that were never added. What git is told to ignore is left out of
/// commits on purpose.
#[must_use]
pub fn missing_of(index: &Index, facts: &UnitFacts, shown: &dyn Fn(&Path) -> String) -> Diagnostics {
    // Code beside other code is absent like a unit is: the module is what the commit holds of it.
    let is_left = |path: &Path| is_code(path) && path.parent().is_some_and(|dir| index.has_below(dir));
    let is_absent = |path: &Path| !index.has(path) && !is_left(path) && fs::is_file(path);
    let files = facts.reads.iter().chain(&facts.asked).map(PathBuf::as_path).filter(|path| is_absent(path));
    let units = facts.edges.iter().filter_map(|edge| {
        let file = if fs::is_file(&edge.target) { edge.target.clone() } else { edge.target.join(UNIT_FILE) };
        (is_absent(&file) && !is_generated(&file)).then_some((file, edge.span))
    });
    let units: Vec<(PathBuf, _)> = units.collect();
    let mut absent: Vec<(&Path, Option<_>)> = files.map(|path| (path, None)).collect();
    absent.extend(units.iter().map(|(path, span)| (path.as_path(), Some(*span))));
    let ignored = index.ignored(&absent.iter().map(|(path, _)| *path).collect::<Vec<_>>());
    absent.retain(|(path, _)| !ignored.contains(path));
    absent.sort();
    absent.dedup_by_key(|(path, _)| *path);
    let tell = |(path, span): (&Path, Option<_>)| {
        let fault = Diagnostic::error(
            Code::NotInCommit,
            format!("{} is not part of the commit, and {} needs it", shown(path), shown(&facts.dir)),
        );
        let fault = span.into_iter().fold(fault, |fault, span| fault.at(span, "needed here"));
        fault.hint(format!(
            "git does not track it: git add {}",
            crate::diag::shell_word(&path.to_string_lossy())
        ))
    };
    absent.into_iter().map(tell).collect()
}

/// What a stack generates is in no commit.
fn is_generated(path: &Path) -> bool {
    path.iter().any(|name| name == ".terragrunt-stack")
}
