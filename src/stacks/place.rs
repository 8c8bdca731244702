//! Bringing a folder into place. Everything is written beside it first; then names are given, which does not fail
//! half-way. What terraform keeps in a folder stays.

use super::contents::{Content, Contents, MANIFEST, is_of_a_stack};
use crate::config::VALUES_FILE;
use crate::config::stack::Generated;
use crate::graph::discover::UNFINISHED;
use crate::host::fs::{self, Access, FileError};
use crate::host::os::mode;
use crate::source::cache::is_state;
use crate::source::manifest::{self, Entries, Item};
use crate::source::states::remove_but_states;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder whose files are written, but not in place.
pub(super) struct Staged<'a> {
    member: &'a Generated,
    contents: Contents,
    folder: PathBuf,
    /// Holds the folder, and goes with what is left in it.
    _around: tempfile::TempDir,
    /// Files that differ from what is in place, relative.
    changed: BTreeSet<PathBuf>,
}

impl<'a> Staged<'a> {
    /// Writes what is new beside the target.
    ///
    /// # Errors
    /// When it cannot be written; the target is as it was.
    pub fn write(member: &'a Generated, contents: Contents) -> Result<Self, FileError> {
        let parent = member.dir.parent().unwrap_or(&member.dir);
        fs::create_private_dir_all(parent)?;
        let around = fs::temporary_dir(parent, UNFINISHED)?;
        let folder = around.path().join("new");
        fs::create_private_dir_all(&folder)?;
        let mut staged = Self { member, contents, folder, _around: around, changed: BTreeSet::new() };
        for at in staged.contents.lists.keys() {
            fs::create_dir_all(&staged.folder.join(at))?;
        }
        let lists = staged.contents.lists.iter().map(|(at, list)| {
            let bytes = manifest::encode(&member.dir.join(at), list);
            (at.join(MANIFEST), bytes)
        });
        for (at, bytes) in lists.collect::<Vec<_>>() {
            staged.write_bytes(at, &bytes)?;
        }
        for (at, content) in &staged.contents.files {
            let place = member.dir.join(at);
            match content {
                Content::Text(text) => {
                    if fs::read(&place).is_ok_and(|there| there == text.as_bytes()) {
                        continue;
                    }
                    fs::write_atomic(&staged.folder.join(at), text.as_bytes(), Access::Shared)?;
                }
                Content::Copy(from) => {
                    if is_there(from, &place)? {
                        continue;
                    }
                    fs::copy(from, &staged.folder.join(at))?;
                }
            }
            staged.changed.insert(at.clone());
        }
        Ok(staged)
    }

    fn write_bytes(&mut self, at: PathBuf, bytes: &[u8]) -> Result<(), FileError> {
        if fs::read(&self.member.dir.join(&at)).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        fs::write_atomic(&self.folder.join(&at), bytes, Access::Shared)?;
        self.changed.insert(at);
        Ok(())
    }

    /// Gives everything its name, then removes what the source has no more.
    ///
    /// # Errors
    /// When the disk refuses. Each file is then the old one or the new one.
    pub fn commit(self) -> Result<(), FileError> {
        let target = &self.member.dir;
        if fs::symlink_metadata(target).is_err() && fs::rename(&self.folder, target).is_ok() {
            return Ok(());
        }
        make_folder(target)?;
        let stale = stale(target, &self.contents);
        for at in self.contents.lists.keys().filter(|at| !at.as_os_str().is_empty()) {
            make_folder(&target.join(at))?;
        }
        for at in &self.changed {
            let place = target.join(at);
            if fs::symlink_metadata(&place).is_ok_and(|there| there.is_dir()) {
                // What stays makes the next step fail, which is better than a lost state.
                let _ = remove_but_states(&place)?;
            }
            fs::rename(&self.folder.join(at), &place)?;
        }
        stale.iter().try_for_each(|at| remove(&target.join(at)))?;
        self.remove_additions()
    }

    /// Values and includes that an earlier stack file gave and this one does not.
    fn remove_additions(&self) -> Result<(), FileError> {
        for name in [VALUES_FILE, self.member.autoinclude_name()] {
            let path = self.member.dir.join(name);
            let is_old = !self.contents.files.contains_key(Path::new(name))
                && fs::read_text(&path).is_ok_and(|text| is_of_a_stack(&text));
            if is_old {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// Whether a file is as it should be: the same content, the same right to be run. A state is never replaced.
fn is_there(from: &Path, place: &Path) -> Result<bool, FileError> {
    let Ok(there) = fs::symlink_metadata(place) else { return Ok(false) };
    if place.file_name().is_some_and(|name| is_state(&name.to_string_lossy())) {
        return Ok(true);
    }
    let ours = fs::metadata(from)?;
    let is_like = there.is_file() && there.len() == ours.len() && mode(&there) == mode(&ours);
    Ok(is_like && fs::read(from)? == fs::read(place)?)
}

/// Makes a folder in the place of whatever is none: we never write through a link.
fn make_folder(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(path)?,
        Err(_) => {}
    }
    fs::create_dir_all(path)
}

/// What the lists in a folder name and the new content does not have, innermost first. States are nobody's to remove.
fn stale(target: &Path, contents: &Contents) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(at) = folders.pop() {
        let old = read_list(&target.join(&at).join(MANIFEST));
        let new = contents.lists.get(&at);
        for (name, item) in old {
            let inside = at.join(&name);
            if item == Item::Folder {
                folders.push(inside.clone());
            }
            let stays = new.is_some_and(|new| new.get(&name) == Some(&item)) || is_state(&name);
            if !stays && !contents.files.contains_key(&inside) {
                found.push(inside);
            }
        }
        if new.is_none() {
            found.push(at.join(MANIFEST));
        }
    }
    found.reverse();
    found.sort_by_key(|path| std::cmp::Reverse(path.components().count()));
    found
}

fn read_list(path: &Path) -> Entries {
    fs::read(path).map(|bytes| manifest::decode(&bytes)).unwrap_or_default()
}

fn remove(path: &Path) -> Result<(), FileError> {
    let Ok(there) = fs::symlink_metadata(path) else { return Ok(()) };
    if there.is_dir() {
        // It is not empty when somebody else put something there.
        let _ = fs::remove_dir(path);
        return Ok(());
    }
    fs::remove_file(path)
}
