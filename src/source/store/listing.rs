//! What a tree of the store holds, as a list of paths whose digest names it.

use crate::host::fs::{self, Execute, FileError};
use crate::source::tree::{Delivery, File, Folder, Link};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A tree. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::source) struct Tree {
    pub digest: String,
    pub(super) entries: Arc<Vec<Entry>>,
    pub(super) blobs: PathBuf,
}

/// One path of a tree, relative, with slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Entry {
    pub path: String,
    pub item: Item,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Item {
    Folder,
    Link {
        target: String,
    },
    File {
        digest: String,
        #[serde(with = "as_bool")]
        execute: Execute,
    },
}

mod as_bool {
    use crate::host::fs::Execute;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub fn serialize<S: Serializer>(execute: &Execute, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(*execute == Execute::Yes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Execute, D::Error> {
        Ok(if bool::deserialize(from)? { Execute::Yes } else { Execute::No })
    }
}

/// Where a file of this digest lies.
pub(super) fn blob_path(blobs: &Path, digest: &str, execute: Execute) -> PathBuf {
    let ending = if execute == Execute::Yes { ".x" } else { "" };
    blobs.join(digest.get(..2).unwrap_or("__")).join(format!("{digest}{ending}"))
}

/// Sorts the entries and writes them, one a line: equal trees give equal texts.
pub(super) fn encode(entries: &mut [Entry]) -> Vec<u8> {
    entries.sort();
    let mut text = Vec::new();
    for entry in entries.iter() {
        // Writing to memory cannot fail, nor can strings.
        let _ = serde_json::to_writer(&mut text, entry);
        text.push(b'\n');
    }
    text
}

/// Reads a list; `None` when it is none, or names what lies outside of the tree.
pub(super) fn decode(text: &[u8]) -> Option<Vec<Entry>> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let entries: Option<Vec<Entry>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
    let is_inside = |entry: &Entry| {
        let mut parts = Path::new(&entry.path).components();
        !entry.path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
    };
    entries.filter(|entries| entries.iter().all(is_inside))
}

impl Tree {
    /// What is to be copied.
    pub fn read(&self, delivery: Delivery) -> Result<Folder, FileError> {
        let mut root = Folder::default();
        for entry in self.entries.iter() {
            let (above, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
            let folder = folder_at(&mut root, above);
            let name = name.to_owned();
            match &entry.item {
                Item::Folder => drop(folder_at(folder, &name)),
                Item::Link { target } => folder.links.push(Link { name, target: target.into() }),
                Item::File { digest, execute } => {
                    let from = blob_path(&self.blobs, digest, *execute);
                    let delivery = delivery.of_name(&name);
                    folder.files.push(File { meta: fs::metadata(&from)?, name, from, delivery });
                }
            }
        }
        Ok(root)
    }
}

/// The folder at a path, made where it is missing.
fn folder_at<'a>(root: &'a mut Folder, path: &str) -> &'a mut Folder {
    path.split('/').filter(|part| !part.is_empty()).fold(root, |folder, part| {
        let at = folder.folders.iter().position(|inner| inner.name == part).unwrap_or_else(|| {
            folder.folders.push(Folder { name: part.to_owned(), ..Folder::default() });
            folder.folders.len() - 1
        });
        &mut folder.folders[at]
    })
}
