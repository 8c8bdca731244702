//! Removing what was generated.

use crate::config::stack::GENERATED;
use crate::host::fs::{self, EntryKind, FileError};
use std::path::{Path, PathBuf};

/// What a cleaning did.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Sorted.
    pub removed: Vec<PathBuf>,
    pub errors: Vec<FileError>,
}

/// Folders that are not looked into.
const SKIPPED: [&str; 3] = [".git", ".terraform", ".terragrunt-cache"];

/// Removes every folder of generated units below `root`; a link in the place of one is removed, not followed.
#[must_use]
pub fn clean(root: &Path) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::list_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                cleaned.errors.push(error);
                continue;
            }
        };
        for (name, kind) in entries {
            let path = folder.join(&name);
            if kind != EntryKind::Directory || SKIPPED.iter().any(|skipped| name == *skipped) {
                continue;
            }
            if name != GENERATED {
                folders.push(path);
                continue;
            }
            match fs::remove_dir_all(&path) {
                Ok(()) => cleaned.removed.push(path),
                Err(error) => cleaned.errors.push(error),
            }
        }
    }
    cleaned.removed.sort();
    cleaned
}
