//! States that lie in folders which we clean: found by what they say, not only by their names, and never removed while
//! they know of anything.

use super::cache::is_state;
use crate::host::fs::{self, EntryKind, FileError};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a file is looked at to tell whether it is a state.
const HEAD: u64 = 4096;

/// Whether a file begins as terraform begins a state, whatever it is called; also when it is encrypted.
#[must_use]
pub fn reads_like_state(path: &Path) -> bool {
    if !fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let Ok(file) = fs::open(path) else { return false };
    if file.take(HEAD).read_to_end(&mut head).is_err() {
        return false;
    }
    let head = String::from_utf8_lossy(&head);
    head.trim_start().starts_with('{') && head.contains("\"lineage\"") && head.contains("\"serial\"")
}

/// What a state holds, as far as it matters here.
#[derive(Deserialize)]
struct Held {
    resources: Option<Vec<IgnoredAny>>,
    outputs: Option<BTreeMap<String, IgnoredAny>>,
    encrypted_data: Option<IgnoredAny>,
}

/// Whether a file is a state that knows of something, or may. What terraform keeps beside a state, older versions and
/// notes about locks, is none; nor is the record of a backend.
pub(super) fn is_alive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".backup") || name.ends_with(".lock.info") || is_backend_record(path) {
        return false;
    }
    if !is_state(&name) && !reads_like_state(path) {
        return false;
    }
    match fs::read(path) {
        Ok(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => false,
        Ok(bytes) => serde_json::from_slice::<Held>(&bytes).map_or(true, |held| {
            held.encrypted_data.is_some()
                || held.resources.is_some_and(|all| !all.is_empty())
                || held.outputs.is_some_and(|all| !all.is_empty())
        }),
        Err(_) => fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()),
    }
}

/// `.terraform/terraform.tfstate` is no state: it says which backend was initialised.
pub(super) fn is_backend_record(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with(".terraform"))
}

/// The states below a folder that know of something; links are not followed.
#[must_use]
pub fn living_states(folder: &Path) -> Vec<PathBuf> {
    files_below(folder).into_iter().filter(|path| is_alive(path)).collect()
}

/// Every file of this name below a folder.
#[must_use]
pub fn files_called(folder: &Path, name: &str) -> Vec<PathBuf> {
    files_below(folder).into_iter().filter(|path| path.file_name().is_some_and(|own| own == name)).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for (name, kind) in fs::list_dir(&folder).unwrap_or_default() {
            let path = folder.join(&name);
            match kind {
                // Packages and copies of modules; nobody keeps a state there.
                EntryKind::Directory if name == ".git" || is_fetched(&path) => {}
                EntryKind::Directory => folders.push(path),
                EntryKind::File | EntryKind::Other => files.push(path),
            }
        }
    }
    files.sort();
    files
}

fn is_fetched(folder: &Path) -> bool {
    folder.ends_with(".terraform/providers") || folder.ends_with(".terraform/modules")
}

/// Removes a folder, but for the states in it that know of something; those are given back and stay where they are.
///
/// # Errors
/// When something cannot be removed.
pub fn remove_but_states(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let kept = living_states(folder);
    if kept.is_empty() {
        fs::remove_dir_all(folder)?;
    } else {
        remove_around(folder, &kept)?;
    }
    Ok(kept)
}

fn remove_around(folder: &Path, kept: &[PathBuf]) -> Result<(), FileError> {
    for (name, kind) in fs::list_dir(folder)? {
        let path = folder.join(name);
        let holds = |path: &Path| kept.iter().any(|state| state.starts_with(path));
        match kind {
            _ if kept.contains(&path) => {}
            EntryKind::Directory if holds(&path) => remove_around(&path, kept)?,
            EntryKind::Directory => fs::remove_dir_all(&path)?,
            EntryKind::File | EntryKind::Other => fs::remove_file(&path)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{living_states, reads_like_state, remove_but_states};
    use crate::host::fs::{Access, create_dir_all, exists, write_atomic};
    use std::path::Path;

    const FULL: &str = r#"{"version":4,"serial":1,"lineage":"l","resources":[{}]}"#;
    const EMPTY: &str = r#"{"version":4,"serial":2,"lineage":"l","outputs":{},"resources":[]}"#;

    fn write(dir: &Path, name: &str, text: &str) {
        create_dir_all(dir.join(name).parent().unwrap()).unwrap();
        write_atomic(&dir.join(name), text.as_bytes(), Access::Shared).unwrap();
    }

    #[test]
    fn states_that_know_of_something_outlive_a_removal() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("stack");
        for (name, text) in [
            ("a/terraform.tfstate", FULL),
            ("a/terraform.tfstate.backup", FULL),
            ("a/.terraform.tfstate.lock.info", "{}"),
            ("a/.terraform/terraform.tfstate", FULL),
            ("a/main.tf", ""),
            ("b/mine.json", FULL),
            ("c/terraform.tfstate", EMPTY),
            ("d/torn.tfstate", r#"{"version":4,"serial":"#),
            ("e/secret.tfstate", r#"{"serial":1,"lineage":"l","meta":{},"encrypted_data":"AA"}"#),
            ("f/other.json", r#"{"version":4}"#),
        ] {
            write(&dir, name, text);
        }
        let kept = remove_but_states(&dir).unwrap();
        let names: Vec<_> =
            kept.iter().map(|path| path.strip_prefix(&dir).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a/terraform.tfstate", "b/mine.json", "d/torn.tfstate", "e/secret.tfstate"]);
        assert!(kept.iter().all(|path| exists(path)));
        for gone in ["a/main.tf", "a/.terraform", "c", "f"] {
            assert!(!exists(&dir.join(gone)), "{gone}");
        }
        assert_eq!(living_states(&dir), kept);
    }

    #[test]
    fn a_folder_without_states_goes_whole() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("stack");
        write(&dir, "a/terraform.tfstate", EMPTY);
        assert!(remove_but_states(&dir).unwrap().is_empty());
        assert!(!exists(&dir));
    }

    #[test]
    fn a_state_is_known_by_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        for (text, want) in
            [(FULL, true), ("", false), (r#"{"lineage": 1}"#, false), ("lineage serial", false)]
        {
            write(folder.path(), "x", text);
            assert_eq!(reads_like_state(&folder.path().join("x")), want, "{text}");
        }
    }
}
