//! The one way to a source's folder for those who only read it, whatever kind of source it is.

use super::address::{Kind, Source};
use super::error::SourceError;
use super::git::Fetcher;
use crate::host::fs;
use std::path::PathBuf;

/// The folder that a source stands for, its `//` part followed. It may be shared and must not be changed. Blocks while
/// it is fetched.
///
/// # Errors
/// When it cannot be fetched, or has no such part.
pub fn folder_of(source: &Source, fetcher: &Fetcher) -> Result<PathBuf, SourceError> {
    let whole = match &source.kind {
        Kind::Local(path) if fs::is_dir(path) => path.clone(),
        Kind::Local(path) => return Err(SourceError::MissingLocal { path: path.clone() }),
        Kind::Git(git) => fetcher.fetch(git)?,
        Kind::Later(kind) => return Err(SourceError::NotYet { kind, address: source.to_string() }),
    };
    let Some(subdir) = &source.subdir else { return Ok(whole) };
    let folder = whole.join(subdir);
    if fs::is_dir(&folder) {
        return Ok(folder);
    }
    Err(SourceError::MissingSubdir { address: source.to_string(), subdir: subdir.clone() })
}
