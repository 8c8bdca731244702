//! The content store: what was fetched once, by digest, shared by all units and runs of a user. A file stands there
//! once, whoever has it, and is linked into working directories; so it is read only, and looked at again before it is
//! delivered. Every step is atomic; several processes may work at the same time. Knows nothing of addresses.

mod listing;

pub(super) use listing::Tree;

use super::error::SourceError;
use super::http::{Stamp, digest};
use super::tree::{Delivery, File, read_checkout};
use crate::hcl::functions::hex;
use crate::host::env::Env;
use crate::host::fs::{self, Access, Execute, FileError, FileLock, Writable};
use crate::host::os::may_execute;
use listing::{Entry, Item};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A store that cannot be used. The source is fetched without it then.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{what} was changed since it was put there, and is fetched again", what = what.display())]
    Damaged { what: PathBuf },
    #[error("{0}")]
    Unfit(String),
}

/// A user's store.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    /// Trees that were looked at in this run.
    seen: Mutex<HashMap<String, Tree>>,
}

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub tree: String,
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// The layout's version; another one begins with an empty store.
const LAYOUT: &str = "terrace/sources-v1";

impl Store {
    /// The store below the user's cache folder.
    pub fn of_user(env: &Env) -> Option<Self> {
        Some(Self::at(env.cache_dir()?.join(LAYOUT)))
    }

    pub fn at(root: PathBuf) -> Self {
        Self { root, seen: Mutex::default() }
    }

    /// Keeps other processes from fetching the same at the same time.
    pub fn lock(&self, key: &str) -> Result<FileLock, StoreError> {
        let path = self.place("locks", &name_of(key));
        make_parent(&path)?;
        Ok(fs::lock(&path, || {})?)
    }

    pub fn find(&self, key: &str) -> Option<Record> {
        serde_json::from_slice(&fs::read(&self.place("refs", &name_of(key))).ok()?).ok()
    }

    pub fn remember(&self, key: &str, record: &Record) -> Result<(), StoreError> {
        let path = self.place("refs", &name_of(key));
        make_parent(&path)?;
        let text = serde_json::to_vec(record).map_err(|error| StoreError::Unfit(error.to_string()))?;
        Ok(fs::write_atomic(&path, &text, Access::Private)?)
    }

    /// The tree of this digest, every file of it looked at; `None` when it is not there.
    ///
    /// # Errors
    /// When something of it was changed. That is removed, so that the next fetch puts it there anew.
    pub fn tree(&self, digest: &str) -> Result<Option<Tree>, StoreError> {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = seen().get(digest) {
            return Ok(Some(tree.clone()));
        }
        let path = self.place("trees", digest);
        let Ok(text) = fs::read(&path) else { return Ok(None) };
        if hex(&Sha256::digest(&text)) != digest {
            fs::remove_file(&path)?;
            return Err(StoreError::Damaged { what: path });
        }
        let entries = listing::decode(&text).ok_or(StoreError::Damaged { what: path })?;
        for entry in &entries {
            if let Item::File { digest, execute } = &entry.item {
                self.check(&self.blob(digest, *execute), digest)?;
            }
        }
        let tree = self.tree_of(digest.to_owned(), entries);
        seen().insert(digest.to_owned(), tree.clone());
        Ok(Some(tree))
    }

    fn check(&self, blob: &Path, wanted: &str) -> Result<(), StoreError> {
        let same =
            fs::open(blob).is_ok_and(|mut file| digest::<Sha256>(&mut file).is_ok_and(|it| it == wanted));
        if same {
            return Ok(());
        }
        if fs::exists(blob) {
            fs::remove_file(blob)?;
        }
        Err(StoreError::Damaged { what: blob.to_path_buf() })
    }

    /// Takes a folder in, git's own left out.
    pub fn put(&self, folder: &Path) -> Result<Tree, StoreError> {
        let content = read_checkout(folder, Delivery::Copy).map_err(|error| match error {
            SourceError::File(error) => StoreError::File(error),
            other => StoreError::Unfit(other.to_string()),
        })?;
        let mut entries = Vec::new();
        self.put_folder(&content, "", &mut entries)?;
        let text = listing::encode(&mut entries);
        let digest = hex(&Sha256::digest(&text));
        let path = self.place("trees", &digest);
        make_parent(&path)?;
        fs::write_atomic(&path, &text, Access::Private)?;
        let tree = self.tree_of(digest.clone(), entries);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, tree.clone());
        Ok(tree)
    }

    fn put_folder(
        &self,
        folder: &super::tree::Folder,
        above: &str,
        entries: &mut Vec<Entry>,
    ) -> Result<(), StoreError> {
        let path = |name: &str| if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
        for file in &folder.files {
            entries.push(Entry { path: path(&file.name), item: self.put_file(file)? });
        }
        for link in &folder.links {
            let target = link.target.to_str().map(str::to_owned);
            let target = target.ok_or_else(|| StoreError::Unfit(format!("the link {} is odd", link.name)))?;
            entries.push(Entry { path: path(&link.name), item: Item::Link { target } });
        }
        for inner in &folder.folders {
            entries.push(Entry { path: path(&inner.name), item: Item::Folder });
            self.put_folder(inner, &path(&inner.name), entries)?;
        }
        Ok(())
    }

    fn put_file(&self, file: &File) -> Result<Item, StoreError> {
        let execute = if may_execute(&file.meta) { Execute::Yes } else { Execute::No };
        let failed = |source| FileError { action: "read", path: file.from.clone(), source };
        let digest = digest::<Sha256>(&mut fs::open(&file.from)?).map_err(failed)?;
        let blob = self.blob(&digest, execute);
        if self.check(&blob, &digest).is_err() {
            make_parent(&blob)?;
            let unique = crate::host::random::uuid().map_err(|error| StoreError::Unfit(error.to_string()))?;
            let draft = blob.with_file_name(format!("{unique}.new"));
            fs::copy(&file.from, &draft)?;
            let made = fs::set_access(&draft, execute, Writable::No).and_then(|()| fs::rename(&draft, &blob));
            if made.is_err() {
                let _ = fs::remove_file(&draft);
            }
            made?;
        }
        Ok(Item::File { digest, execute })
    }

    fn tree_of(&self, digest: String, entries: Vec<Entry>) -> Tree {
        Tree { digest, entries: Arc::new(entries), blobs: self.root.join("blobs") }
    }

    fn blob(&self, digest: &str, execute: Execute) -> PathBuf {
        listing::blob_path(&self.root.join("blobs"), digest, execute)
    }

    fn place(&self, kind: &str, name: &str) -> PathBuf {
        self.root.join(kind).join(name.get(..2).unwrap_or("__")).join(name)
    }
}

/// Keys may carry what is secret, so files are not named after them.
fn name_of(key: &str) -> String {
    hex(&Sha256::digest(key))
}

fn make_parent(path: &Path) -> Result<(), FileError> {
    path.parent().map_or(Ok(()), fs::create_private_dir_all)
}

#[cfg(test)]
mod tests;
