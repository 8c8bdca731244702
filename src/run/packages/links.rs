//! Links from a unit's folder to shared packages. Knows no lock file: whoever makes a link has verified what it leads to.

use crate::host::fs::{self, FileError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Whether a unit has a package of its own at this place: a folder, or a link of somebody else's.
#[must_use]
pub fn is_own(at: &Path) -> bool {
    fs::symlink_metadata(at).is_ok_and(|meta| meta.is_dir())
}

/// Makes a link to the package, in the place of another link.
///
/// # Errors
/// When the disk refuses.
pub fn point(at: &Path, package: &Path) -> Result<(), FileError> {
    match fs::read_link(at) {
        Ok(target) if target == package => return Ok(()),
        Ok(_) => fs::remove_file(at)?,
        Err(_) => fs::create_dir_all(at.parent().unwrap_or(at))?,
    }
    fs::symlink(package, at)
}

/// Makes a link to the package in the place of a folder with the same content.
///
/// # Errors
/// When the disk refuses; then the folder is where it was.
pub fn replace(at: &Path, package: &Path) -> Result<(), FileError> {
    let aside = at.with_extension("replaced");
    fs::rename(at, &aside)?;
    if let Err(error) = fs::symlink(package, at) {
        fs::rename(&aside, at)?;
        return Err(error);
    }
    fs::remove_dir_all(&aside)
}

/// Removes links into the store and links that lead nowhere, but for these.
pub fn remove_others(providers: &Path, store: &Path, kept: &BTreeSet<PathBuf>) {
    for link in links(providers) {
        let leads_there = fs::read_link(&link).is_ok_and(|target| target.starts_with(store));
        if !kept.contains(&link) && (leads_there || !fs::exists(&link)) {
            // Where that fails, terraform meets a link that it may read only.
            let _ = fs::remove_file(&link);
        }
    }
}

/// The links of all packages: `host/namespace/name/version/platform`.
fn links(providers: &Path) -> Vec<PathBuf> {
    let mut level = vec![providers.to_path_buf()];
    for _ in 0..5 {
        let below = |folder: &PathBuf| {
            let entries = fs::list_dir(folder).unwrap_or_default();
            entries.into_iter().map(|(name, _)| folder.join(name)).collect::<Vec<_>>()
        };
        level = level.iter().flat_map(below).collect();
    }
    let is_link = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    level.into_iter().filter(is_link).collect()
}
