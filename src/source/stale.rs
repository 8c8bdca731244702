//! Work trees that a killed process left: git still lists them, their folder has our name, and nobody holds its lock.
//! Children inherit the lock, so that a terraform that outlives its parent keeps the folder that it works in.

use super::repository::Repository;
use crate::host::fs::{self, FileError, FileLock};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the folders around work trees of ours begin with.
pub(super) const PREFIX: &str = "terrace-worktrees-";

/// Locked by who works in the folder. No reference has a folder of this name.
const OWNER: &str = ".owner";

/// Says that somebody works in this folder, as long as the lock is held.
///
/// # Errors
/// When the disk refuses.
pub(super) fn claim(folder: &Path) -> Result<FileLock, FileError> {
    // Under the name that others look for it is never seen without its lock.
    let (new, owner) = (folder.join(".owner.new"), folder.join(OWNER));
    let lock = fs::lock(&new, || ())?;
    lock.share_with_children();
    fs::rename(&new, &owner)?;
    Ok(lock)
}

/// Says that the folder is nobody's any more, and to be left alone.
pub(super) fn disown(folder: &Path) {
    // It has served: at worst somebody sweeps what holds no state.
    let _ = fs::remove_file(&folder.join(OWNER));
}

/// Removes the work trees of this repository that nobody works in any more, but for those in which terraform left a
/// state; names these states.
pub(super) fn sweep(repository: &Repository) -> Vec<PathBuf> {
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in repository.worktrees() {
        if let Some(folder) = path.parent().filter(|folder| is_ours(folder)) {
            folders.entry(folder.to_path_buf()).or_default().push(path.clone());
        }
    }
    folders.iter().flat_map(|(folder, worktrees)| sweep_one(repository, folder, worktrees)).collect()
}

fn is_ours(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(PREFIX)) && fs::is_file(&folder.join(OWNER))
}

fn sweep_one(repository: &Repository, folder: &Path, worktrees: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(Some(_lock)) = fs::try_lock(&folder.join(OWNER)) else { return Vec::new() };
    let states: Vec<PathBuf> = worktrees.iter().flat_map(|path| repository.new_states(path)).collect();
    if states.is_empty() {
        worktrees.iter().for_each(|path| repository.remove_worktree(path));
        // What cannot be removed is left to the system's own cleaning.
        let _ = fs::remove_dir_all(folder);
    }
    states
}
