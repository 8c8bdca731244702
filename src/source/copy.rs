//! Bringing a folder up to date with what was read: stale things go, changed things are replaced, states stay.
//! A file of the same size, time and permissions is taken for unchanged.

use super::cache::{ERRORED_STATE, is_state};
use super::error::SourceError;
use super::manifest::{self, Entries, Item};
use super::states::{is_backend_record, reads_like_state};
use super::tree::{Delivery, File, Folder, modified};
use crate::host::fs::{self, Execute, Writable};
use crate::host::os::{may_execute, mode, mode_of};
use std::cell::OnceCell;
use std::path::Path;

/// One kind of copy into a working directory.
pub(super) struct Copier {
    /// The list that this kind of copy keeps in every folder.
    pub list: &'static str,
    /// The list of the other kind, to tell which names both deliver.
    pub other_list: &'static str,
}

/// What a copy did to names that the other kind of copy delivers too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(super) enum Uncovered {
    #[default]
    Nothing,
    /// Something was removed that hid a file of the other kind.
    Something,
}

impl Copier {
    /// Makes `to` hold this folder's content.
    pub fn copy(&self, folder: &Folder, to: &Path) -> Result<Uncovered, SourceError> {
        make_folder(to)?;
        let list = to.join(self.list);
        let bytes = fs::read(&list).ok();
        let old = bytes.as_deref().map(manifest::decode).unwrap_or_default();
        let new = entries_of(folder);
        let mut uncovered = self.remove_stale(&old, &new, to)?;
        let others = OnceCell::new();
        for file in folder.files.iter().filter(|file| file.name != ERRORED_STATE) {
            let is_contested =
                || others.get_or_init(|| read_list(&to.join(self.other_list))).contains_key(&file.name);
            copy_file(file, &to.join(&file.name), is_contested)?;
        }
        for link in &folder.links {
            make_link(&link.target, &to.join(&link.name))?;
        }
        if bytes.is_none() || old != new {
            fs::write_atomic(&list, &manifest::encode(to, &new), fs::Access::Shared)?;
        }
        for inner in &folder.folders {
            if is_state(&inner.name) {
                copy_missing(inner, &to.join(&inner.name))?;
            } else if self.copy(inner, &to.join(&inner.name))? == Uncovered::Something {
                uncovered = Uncovered::Something;
            }
        }
        Ok(uncovered)
    }

    fn remove_stale(&self, old: &Entries, new: &Entries, to: &Path) -> Result<Uncovered, SourceError> {
        let mut stale = old.iter().filter(|(name, item)| new.get(*name) != Some(item)).peekable();
        if stale.peek().is_none() {
            return Ok(Uncovered::Nothing);
        }
        let other = read_list(&to.join(self.other_list));
        let mut uncovered = Uncovered::Nothing;
        for (name, item) in stale {
            if is_state(name) {
                continue;
            }
            if other.contains_key(name) {
                uncovered = Uncovered::Something;
            }
            self.remove_listed(&to.join(name), *item)?;
        }
        Ok(uncovered)
    }

    /// Removes a listed thing: of a folder, what its own list names, and itself when nothing else is left.
    fn remove_listed(&self, path: &Path, item: Item) -> Result<(), SourceError> {
        let Ok(meta) = fs::symlink_metadata(path) else { return Ok(()) };
        if !meta.is_dir() {
            fs::remove_file(path)?;
            return Ok(());
        }
        let list = path.join(self.list);
        if item == Item::File || !fs::exists(&list) {
            return Ok(());
        }
        for (name, item) in manifest::decode(&fs::read(&list)?) {
            if !is_state(&name) {
                self.remove_listed(&path.join(name), item)?;
            }
        }
        fs::remove_file(&list)?;
        // A folder that is not empty holds what others put there.
        let _ = fs::remove_dir(path);
        Ok(())
    }
}

fn entries_of(folder: &Folder) -> Entries {
    let files = folder.files.iter().map(|file| (&file.name, Item::File));
    let links = folder.links.iter().map(|link| (&link.name, Item::File));
    let folders = folder.folders.iter().map(|inner| (&inner.name, Item::Folder));
    let all = files.chain(links).chain(folders);
    all.filter(|(name, _)| !is_state(name)).map(|(name, item)| (name.clone(), item)).collect()
}

fn read_list(path: &Path) -> Entries {
    fs::read(path).map(|bytes| manifest::decode(&bytes)).unwrap_or_default()
}

/// Two files that a clone wrote in one go may share size and time: where both kinds of copy deliver a name, the
/// content decides.
fn copy_file(file: &File, to: &Path, is_contested: impl Fn() -> bool) -> Result<(), SourceError> {
    if let Ok(there) = fs::symlink_metadata(to) {
        if is_state(&file.name) {
            return Ok(());
        }
        if is_unchanged(file, &there) && (!is_contested() || fs::read(&file.from)? == fs::read(to)?) {
            return Ok(());
        }
        if there.is_dir() {
            clear(to, &|_| Fate::Goes)?;
        }
    }
    bring(file, to)
}

fn bring(file: &File, to: &Path) -> Result<(), SourceError> {
    if file.delivery == Delivery::Link && fs::link_anew(&file.from, to).is_ok() {
        return Ok(());
    }
    fs::copy_anew(&file.from, to, modified(&file.meta))?;
    if file.delivery == Delivery::Writable {
        fs::set_access(to, execute(file), Writable::Yes)?;
    }
    Ok(())
}

fn execute(file: &File) -> Execute {
    if may_execute(&file.meta) { Execute::Yes } else { Execute::No }
}

fn is_unchanged(file: &File, there: &std::fs::Metadata) -> bool {
    let wanted = match file.delivery {
        Delivery::Writable => mode_of(execute(file), Writable::Yes),
        Delivery::Copy | Delivery::Link => mode(&file.meta),
    };
    there.is_file()
        && there.len() == file.meta.len()
        && modified(there) == modified(&file.meta)
        && mode(there) == wanted
}

/// Copies everything into a folder that keeps no list of it.
pub(super) fn deliver(folder: &Folder, to: &Path) -> Result<(), SourceError> {
    make_folder(to)?;
    for file in &folder.files {
        copy_file(file, &to.join(&file.name), || false)?;
    }
    for link in &folder.links {
        make_link(&link.target, &to.join(&link.name))?;
    }
    folder.folders.iter().try_for_each(|inner| deliver(inner, &to.join(&inner.name)))
}

/// Copies what is not there yet and touches nothing that is: for folders of states.
fn copy_missing(folder: &Folder, to: &Path) -> Result<(), SourceError> {
    if fs::symlink_metadata(to).is_ok_and(|there| there.is_file()) {
        return Ok(());
    }
    make_folder(to)?;
    for file in &folder.files {
        let to = to.join(&file.name);
        if fs::symlink_metadata(&to).is_err() {
            bring(file, &to)?;
        }
    }
    folder.folders.iter().try_for_each(|inner| copy_missing(inner, &to.join(&inner.name)))
}

fn make_link(target: &Path, link: &Path) -> Result<(), SourceError> {
    match fs::symlink_metadata(link) {
        Ok(meta) if meta.is_symlink() && fs::read_link(link)? == target => return Ok(()),
        Ok(meta) if meta.is_file() && is_named_state(link) => return Ok(()),
        Ok(meta) if meta.is_dir() => clear(link, &|_| Fate::Goes)?,
        Ok(_) => fs::remove_file(link)?,
        Err(_) => {}
    }
    Ok(fs::symlink(target, link)?)
}

fn is_named_state(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_state(&name.to_string_lossy()))
}

/// Makes a folder, in the place of whatever is no folder: we never write through a link.
fn make_folder(path: &Path) -> Result<(), SourceError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => {
            fs::remove_file(path)?;
            Ok(fs::create_dir_all(path)?)
        }
        Err(_) => Ok(fs::create_dir_all(path)?),
    }
}

/// Whether a thing survives a clearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    Goes,
}

/// Empties a folder and removes it if nothing stays. States always stay, whatever they are called and `fate` says.
pub(super) fn clear(folder: &Path, fate: &dyn Fn(&Path) -> Fate) -> Result<(), SourceError> {
    for entry in fs::read_dir(folder)? {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_kept = (is_state(&name) || reads_like_state(&path)) && !is_backend_record(&path);
        if is_kept || fate(&path) == Fate::Stays {
            continue;
        }
        if fs::symlink_metadata(&path)?.is_dir() {
            clear(&path, fate)?;
        } else {
            fs::remove_file(&path)?;
        }
    }
    // It is not empty when something stayed.
    let _ = fs::remove_dir(folder);
    Ok(())
}
