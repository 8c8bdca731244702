//! The one way to a source's folder for those who only read it, whatever kind of source it is.

use super::address::Source;
use super::error::SourceError;
use super::fetch::Fetcher;
use crate::host::fs;
use std::path::PathBuf;

/// The folder that a source stands for, its `//` part followed. It may be shared and must not be changed. Blocks while
/// it is fetched.
///
/// # Errors
/// When it cannot be fetched, or has no such part.
pub fn folder_of(source: &Source, fetcher: &Fetcher) -> Result<PathBuf, SourceError> {
    let whole = fetcher.fetch(source)?;
    let Some(subdir) = &source.subdir else { return Ok(whole) };
    let folder = whole.join(subdir);
    if fs::is_dir(&folder) {
        return Ok(folder);
    }
    Err(SourceError::MissingSubdir { address: source.to_string(), subdir: subdir.clone() })
}
