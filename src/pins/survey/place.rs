//! The lock file of a unit.

use crate::diag::{Diagnostics, FileId, SourceMap};
use crate::host::fs;
use crate::provider::LockFile;
use crate::provider::code::Dialect;
use crate::provider::lock_file;
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
