//! Where the code of a unit lies, and its lock file.

use crate::config::Session;
use crate::config::working_dir;
use crate::diag::{Diagnostics, FileId, SourceMap};
use crate::host::fs;
use crate::provider::LockFile;
use crate::provider::code::Dialect;
use crate::provider::lock_file;
use crate::source::cache::{VERSION_FILE, address_version};
use crate::source::{Layout, Source, has_module_files};
use std::path::{Path, PathBuf};

/// The lock file of a unit.
#[derive(Debug)]
pub enum LockText {
    Missing,
    /// Why it cannot be read.
    Unreadable(String),
    Read {
        id: FileId,
        lock: Box<LockFile>,
        faults: Diagnostics,
    },
}

impl LockText {
    /// The tool that wrote it, if it can be told.
    pub fn tool(&self) -> Option<Dialect> {
        match self {
            Self::Read { lock, .. } => lock.tool(),
            Self::Missing | Self::Unreadable(_) => None,
        }
    }
}

/// Reads the lock file of a folder.
pub(super) fn lock_of(dir: &Path, texts: &SourceMap) -> (PathBuf, LockText) {
    let path = dir.join(lock_file::FILE_NAME);
    let text = match fs::read_text(&path) {
        Err(error) if error.is_not_found() => LockText::Missing,
        Err(error) => LockText::Unreadable(error.to_string()),
        Ok(text) => {
            let id = texts.add(&path, text.as_str().into());
            let (lock, faults) = lock_file::parse(&text, id);
            LockText::Read { id, lock: Box::new(lock), faults }
        }
    };
    (path, text)
}

/// Where the code of a unit is.
pub(super) enum CodePlace {
    Folder(PathBuf),
    /// The unit has none: no source, and no code beside it.
    None,
    /// Why it cannot be looked at.
    Away(String),
}

/// The code of a unit that names no source.
pub(super) fn code_beside(dir: &Path) -> CodePlace {
    if has_module_files(dir) { CodePlace::Folder(dir.to_path_buf()) } else { CodePlace::None }
}

/// Finds the code of a unit with this source.
pub(super) fn code_of(
    session: &Session,
    dir: &Path,
    (source, download_dir): (&Source, Option<&str>),
) -> CodePlace {
    if let Some(folder) = source.module_dir() {
        let folder = fs::clean(&folder);
        if session.memory.listings.is_dir(&folder) {
            return CodePlace::Folder(folder);
        }
        let what = if fs::exists(&folder) { "is no folder" } else { "is not there" };
        return CodePlace::Away(format!("{} {what}", folder.display()));
    }
    let layout = working_dir::layout(session, dir, (source, download_dir));
    if !session.memory.listings.is_dir(&layout.working_dir) {
        return CodePlace::Away("it is not fetched; `terrace run init` fetches it".to_owned());
    }
    if is_stale(&layout, source) {
        return CodePlace::Away("what is fetched is another version; run `init` again".to_owned());
    }
    CodePlace::Folder(layout.working_dir)
}

/// Whether the fetched copy is of another version than the source names now.
fn is_stale(layout: &Layout, source: &Source) -> bool {
    let recorded = fs::read_text(&layout.root.join(VERSION_FILE)).ok();
    match (recorded, address_version(source)) {
        (Some(recorded), Some(wanted)) => recorded.trim() != wanted,
        _ => false,
    }
}
