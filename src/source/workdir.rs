//! Making a unit's working directory: is a download needed, the download, the unit's own files on top.
//! Knows nothing of what runs there.

use super::address::Source;
use super::cache::{
    INIT_REQUIRED, LOCK_FILE, Layout, PROVIDER_LOCK, SOURCE_MANIFEST, UNIT_MANIFEST, VERSION_FILE,
    address_version, layout,
};
use super::copy::{Copier, Fate, Uncovered, clear};
use super::error::SourceError;
use super::fetch::Fetcher;
use super::rules::{CopyRules, Mutable, ProviderLock};
use super::tree::{Delivery, Folder, Local, has_module_files, is_module_file, modified, version_of_file};
use crate::host::fs::{self, Access, FileLock};
use std::path::{Path, PathBuf};

/// What the working directory is made of.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Absolute and clean.
    pub unit_dir: &'a Path,
    /// Absolute and clean.
    pub download_dir: &'a Path,
    pub source: &'a Source,
    pub rules: &'a CopyRules,
    pub refresh: Refresh,
    /// Paths, relative to the working directory, that hold state under a name of the user's own.
    pub keep: &'a [PathBuf],
}

/// When a source that lies there already is fetched again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    #[default]
    IfChanged,
    /// `--source-update`
    Always,
}

/// Why a source must be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    /// There is none yet, or what is there is no module.
    First,
    /// There is another version.
    Changed,
    /// It was asked for.
    Forced,
}

/// A working directory in the making, locked against every other process of ours.
#[derive(Debug)]
#[must_use]
pub struct WorkDir<'a> {
    request: Request<'a>,
    pub layout: Layout,
    pub need: Need,
    version: String,
    _lock: FileLock,
}

impl<'a> WorkDir<'a> {
    /// Locks the directory and looks whether a download is needed. Blocks while another process works there.
    ///
    /// # Errors
    /// When the local source is missing or a file cannot be read.
    pub fn open(request: Request<'a>) -> Result<Self, SourceError> {
        Self::open_noting(request, |_| {})
    }

    /// Like [`WorkDir::open`]; `waits` is told the folder once, if another process holds it.
    ///
    /// # Errors
    /// As there.
    pub fn open_noting(request: Request<'a>, waits: impl FnOnce(&Path)) -> Result<Self, SourceError> {
        let layout = layout(request.download_dir, request.unit_dir, request.source);
        let place = layout.root.parent().unwrap_or(&layout.root);
        if !fs::is_dir(place) {
            fs::create_private_dir_all(place)?;
        }
        let lock = fs::lock(&place.join(LOCK_FILE), || waits(place))?;
        let version = match address_version(request.source) {
            Some(version) => version,
            None => match request.source.local().filter(|path| fs::is_file(path)) {
                Some(file) => version_of_file(file)?,
                None => local(&request)?.version()?,
            },
        };
        let need = need(&request, &layout, &version);
        Ok(Self { request, layout, need, version, _lock: lock })
    }

    /// Fetches the source into place when that is needed.
    ///
    /// # Errors
    /// When it cannot be fetched or copied; the directory then counts as incomplete.
    pub fn download(&mut self, fetcher: &Fetcher) -> Result<(), SourceError> {
        if self.need == Need::Nothing {
            return Ok(());
        }
        let content = self.content(fetcher)?;
        let root = &self.layout.root;
        let version_file = root.join(VERSION_FILE);
        let recorded = fs::read_text(&version_file).ok();
        if recorded.is_some() {
            fs::remove_file(&version_file)?;
        }
        fs::create_private_dir_all(root)?;
        self.clear_old()?;
        let _ = SOURCE.copy(&content, root)?;
        let working_dir = &self.layout.working_dir;
        if !fs::is_dir(working_dir) {
            return Err(SourceError::MissingSubdir {
                address: self.request.source.to_string(),
                subdir: self.request.source.subdir.clone().unwrap_or_default(),
            });
        }
        if recorded.is_some_and(|recorded| recorded != self.version) {
            fs::write_atomic(&working_dir.join(INIT_REQUIRED), b"", Access::Shared)?;
        }
        fs::write_atomic(&version_file, self.version.as_bytes(), Access::Private)?;
        Ok(())
    }

    /// Brings the unit's own files on top of its source, as on every run.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn overlay(&mut self, fetcher: &Fetcher) -> Result<(), SourceError> {
        if self.need == Need::Nothing && self.is_own_source() {
            return self.overlay_lock_file();
        }
        let unit =
            Local { root: self.request.unit_dir, rules: self.request.rules, skip: self.request.download_dir };
        let content = unit.read()?;
        if UNIT.copy(&content, &self.layout.working_dir)? == Uncovered::Something {
            self.need = Need::Changed;
            self.download(fetcher)?;
            let _ = UNIT.copy(&content, &self.layout.working_dir)?;
        }
        Ok(())
    }

    fn is_own_source(&self) -> bool {
        self.request.source.subdir.is_none()
            && self.request.source.local().is_some_and(|path| {
                path == self.request.unit_dir
                    || fs::canonicalize(self.request.unit_dir).is_ok_and(|real| real == path)
            })
    }

    /// The version does not cover the lock file, so it is looked at by itself.
    fn overlay_lock_file(&self) -> Result<(), SourceError> {
        if self.request.rules.provider_lock == ProviderLock::LeftBehind {
            return Ok(());
        }
        copy_lock_file(self.request.unit_dir, &self.layout.working_dir)
    }

    fn content(&self, fetcher: &Fetcher) -> Result<Folder, SourceError> {
        if is_local_folder(self.request.source) {
            return local(&self.request)?.read();
        }
        let delivery = match self.request.rules.mutable {
            Mutable::Yes => Delivery::Writable,
            Mutable::No => Delivery::Link,
        };
        fetcher.content(self.request.source)?.read(delivery)
    }

    /// Removes what the lists in the folders cannot account for: a repository may have been laid out without
    /// lists, and stale code of it would run. What else lies there may be terraform's work, and stays.
    fn clear_old(&self) -> Result<(), SourceError> {
        let keep: Vec<PathBuf> =
            self.request.keep.iter().map(|path| self.layout.working_dir.join(path)).collect();
        let is_fetched = !is_local_folder(self.request.source);
        match self.need {
            Need::Forced => clear(&self.layout.root, &|path| fate_when_forced(path, &keep))?,
            Need::Changed if is_fetched => clear(&self.layout.root, &|path| fate_when_changed(path, &keep))?,
            _ => return Ok(()),
        }
        Ok(fs::create_private_dir_all(&self.layout.root)?)
    }
}

/// Whether the source brought a file of this name into a folder that terraform runs in, as far as its list says.
#[must_use]
pub fn is_delivered(working_dir: &Path, name: &str) -> bool {
    let list = fs::read(&working_dir.join(SOURCE_MANIFEST)).unwrap_or_default();
    super::manifest::decode(&list).contains_key(name)
}

const SOURCE: Copier = Copier { list: SOURCE_MANIFEST, other_list: UNIT_MANIFEST };
const UNIT: Copier = Copier { list: UNIT_MANIFEST, other_list: SOURCE_MANIFEST };

fn is_local_folder(source: &Source) -> bool {
    source.local().is_some_and(|path| !fs::is_file(path))
}

fn local<'a>(request: &Request<'a>) -> Result<Local<'a>, SourceError> {
    let root = request.source.local().unwrap_or(request.unit_dir);
    if !fs::is_dir(root) {
        return Err(SourceError::MissingLocal { path: root.to_path_buf() });
    }
    if request.download_dir == root {
        return Err(SourceError::CopyIntoItself {
            from: root.to_path_buf(),
            into: request.download_dir.to_path_buf(),
        });
    }
    Ok(Local { root, rules: request.rules, skip: request.download_dir })
}

fn need(request: &Request<'_>, layout: &Layout, version: &str) -> Need {
    if request.refresh == Refresh::Always {
        return Need::Forced;
    }
    match fs::read_text(&layout.root.join(VERSION_FILE)) {
        Ok(recorded) if recorded != version => Need::Changed,
        Ok(_) if has_module_files(&layout.working_dir) => Need::Nothing,
        _ => Need::First,
    }
}

/// The selected workspace outlives everything: the next apply must not go to another one.
fn fate_when_forced(path: &Path, keep: &[PathBuf]) -> Fate {
    if path.ends_with(".terraform/environment") || keep.iter().any(|kept| path == kept) {
        Fate::Stays
    } else {
        Fate::Goes
    }
}

fn fate_when_changed(path: &Path, keep: &[PathBuf]) -> Fate {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_loaded = is_module_file(&name) || name.ends_with(".tfvars") || name.ends_with(".tfvars.json");
    let is_folder = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    let goes = if is_folder { name != ".terraform" } else { is_loaded };
    if goes && !keep.iter().any(|kept| path == kept) { Fate::Goes } else { Fate::Stays }
}

/// Copies terraform's lock file from one folder to another if it is there and differs.
///
/// # Errors
/// When it cannot be read or written.
pub fn copy_lock_file(from: &Path, to: &Path) -> Result<(), SourceError> {
    let (from, to) = (from.join(PROVIDER_LOCK), to.join(PROVIDER_LOCK));
    let Ok(ours) = fs::metadata(&from) else { return Ok(()) };
    if let Ok(theirs) = fs::symlink_metadata(&to) {
        let same_stamp = theirs.len() == ours.len() && modified(&theirs) == modified(&ours);
        if same_stamp || theirs.len() == ours.len() && fs::read(&from)? == fs::read(&to)? {
            return Ok(());
        }
    }
    fs::copy_anew(&from, &to, modified(&ours))?;
    Ok(())
}

#[cfg(test)]
mod tests;
