//! The modules of a process: each file is read and parsed once, whoever calls it, and each folder is listed once.

use super::extract;
use super::file::CodeFile;
use super::merge::Module;
use super::names::{Dialect, code_files};
use crate::diag::{Code, Diagnostic, SourceMap};
use crate::host::fs::{self, EntryKind};
use std::collections::HashMap;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A file that will stand beside a module's own, though it is not on the disk yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Generated {
    /// Its name in the folder.
    pub name: String,
    pub text: Arc<str>,
    /// Where it is now, if it will be copied from there.
    pub from: Option<PathBuf>,
}

/// One answer a key, worked out once; others wait for it.
#[derive(Debug)]
struct Once<K, V>(Mutex<HashMap<K, Arc<OnceLock<Arc<V>>>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Once<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        slot.get_or_init(|| Arc::new(make())).clone()
    }
}

/// What a folder holds.
type Listing = Result<Vec<String>, Box<Diagnostic>>;

/// Which of the files of a folder count; without one, all that are there.
#[derive(Clone)]
pub struct Counting(Arc<dyn Fn(&Path) -> bool + Send + Sync>);

impl Counting {
    #[must_use]
    pub fn new(counts: impl Fn(&Path) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(counts))
    }

    #[must_use]
    pub fn counts(&self, path: &Path) -> bool {
        (self.0)(path)
    }
}

impl std::fmt::Debug for Counting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counting")
    }
}

/// The modules of a process.
#[derive(Debug, Default)]
pub struct Modules {
    counting: Option<Counting>,
    sources: Arc<SourceMap>,
    modules: Once<(PathBuf, Dialect), Module>,
    listings: Once<PathBuf, Listing>,
    files: Once<PathBuf, CodeFile>,
    generated: Once<Generated, CodeFile>,
}

impl Modules {
    /// Places in files are places of this map.
    #[must_use]
    pub fn new(sources: Arc<SourceMap>) -> Self {
        Self { sources, ..Self::default() }
    }

    /// The same where only some files count.
    #[must_use]
    pub fn counting(mut self, counting: Option<Counting>) -> Self {
        self.counting = counting;
        self
    }

    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The code of a folder; its path is absolute and clean. A folder that cannot be read is a module with a fault.
    #[must_use]
    pub fn load(&self, dir: &Path, dialect: Dialect) -> Arc<Module> {
        self.modules.get((dir.to_path_buf(), dialect), || self.read(dir, dialect, &[]))
    }

    /// The same with files that terraform will find there; they replace those of the same name. Places in them are shown
    /// as those of the first folder that got the same file.
    #[must_use]
    pub fn load_with(&self, dir: &Path, dialect: Dialect, generated: &[Generated]) -> Arc<Module> {
        match generated {
            [] => self.load(dir, dialect),
            _ => Arc::new(self.read(dir, dialect, generated)),
        }
    }

    fn read(&self, dir: &Path, dialect: Dialect, generated: &[Generated]) -> Module {
        let listing = self.listings.get(dir.to_path_buf(), || list(dir));
        let (mut names, fault) = match &*listing {
            Ok(names) => (names.clone(), None),
            Err(fault) => (Vec::new(), Some(*fault.clone())),
        };
        if let Some(counting) = &self.counting {
            names.retain(|name| counting.counts(&dir.join(name)));
        }
        let new = generated.iter().map(|file| &file.name).filter(|name| !names.contains(name)).cloned();
        names.extend(new.collect::<Vec<_>>());
        let file_of = |name: &String| match generated.iter().find(|file| file.name == *name) {
            Some(new) => self.generated.get(new.clone(), || {
                let path = new.from.clone().unwrap_or_else(|| dir.join(name));
                extract::read_text(&path, new.text.clone(), &self.sources)
            }),
            None => {
                let path = dir.join(name);
                self.files.get(path.clone(), || extract::read_file(&path, &self.sources))
            }
        };
        let files: Vec<Arc<CodeFile>> = code_files(names, dialect).iter().map(file_of).collect();
        let mut module = Module::of_files(dir, files.iter().map(|file| &**file));
        module.faults.extend(fault);
        module
    }
}

fn list(dir: &Path) -> Listing {
    let entries = fs::list_dir(dir)
        .map_err(|error| Box::new(Diagnostic::error(Code::FileUnreadable, error.to_string())))?;
    let files = entries.into_iter().filter(|(_, kind)| *kind != EntryKind::Directory);
    Ok(files.map(|(name, _)| name.to_string_lossy().into_owned()).collect())
}
