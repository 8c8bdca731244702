//! Removing what was generated.

use crate::config::stack::GENERATED;
use crate::host::fs::{self, EntryKind, FileError};
use crate::source::states::remove_but_states;
use std::path::{Path, PathBuf};

/// What a cleaning did.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Sorted.
    pub removed: Vec<PathBuf>,
    /// States that were in them and know of something: they stay. Sorted.
    pub kept: Vec<PathBuf>,
    pub errors: Vec<FileError>,
}

/// Folders that are not looked into.
const SKIPPED: [&str; 3] = [".git", ".terraform", ".terragrunt-cache"];

/// Removes every folder of generated units below `root`, but for states in use; a link in the place of one is removed,
/// not followed.
#[must_use]
pub fn clean(root: &Path) -> Cleaned {
    let mut cleaned = Cleaned::default();
    for path in find(root, &mut cleaned.errors) {
        match remove_but_states(&path) {
            Ok(kept) => {
                cleaned.kept.extend(kept);
                cleaned.removed.push(path);
            }
            Err(error) => cleaned.errors.push(error),
        }
    }
    cleaned.removed.sort();
    cleaned.kept.sort();
    cleaned
}

/// The folders of generated units below `root` that are not in another one; what cannot be listed has none.
#[must_use]
pub fn generated_folders(root: &Path) -> Vec<PathBuf> {
    find(root, &mut Vec::new())
}

fn find(root: &Path, errors: &mut Vec<FileError>) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        let entries = match fs::list_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for (name, kind) in entries {
            let path = folder.join(&name);
            if kind != EntryKind::Directory || SKIPPED.iter().any(|skipped| name == *skipped) {
                continue;
            }
            if name == GENERATED { found.push(path) } else { folders.push(path) }
        }
    }
    found
}
