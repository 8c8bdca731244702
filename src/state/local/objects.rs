//! Files as objects: a key is a path, a tag the digest of the content. For what we keep beside a local state. Writers of
//! ours take turns by a guard file in the same folder.

use crate::hcl::functions::hex;
use crate::host::clock;
use crate::host::fs::{self, Access, FileError};
use crate::state::error::StoreError;
use crate::state::object::{Appetite, Class, Condition, Entry, Objects, Seen, Sink, Tag, Version};
use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

const GUARD: &str = ".terrace-guard";

/// The file system. Everything is written for the owner alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileObjects;

/// The tag of a content.
pub(super) fn tag_of(bytes: &[u8]) -> Tag {
    Tag(hex(&Sha256::digest(bytes)))
}

fn failed(error: FileError) -> StoreError {
    StoreError::File(Arc::new(error))
}

/// The content; `None` if there is none.
fn content(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Runs `change` while no other process of ours changes anything in the folder.
fn guarded<T>(path: &Path, change: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_private_dir_all(folder).map_err(failed)?;
    let _guard = fs::lock(&folder.join(GUARD), || {}).map_err(failed)?;
    change()
}

#[async_trait]
impl Objects for FileObjects {
    fn address(&self, key: &str) -> String {
        key.to_owned()
    }

    async fn stream(&self, key: &str, _: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        let path = Path::new(key);
        let Some(bytes) = content(path)? else { return Ok(None) };
        for piece in bytes.chunks(1 << 16) {
            if sink.take(piece) == Appetite::Full {
                break;
            }
        }
        let modified = fs::metadata(path).ok().and_then(|meta| meta.modified().ok());
        Ok(Some(Seen { tag: tag_of(&bytes), modified, now: Some(clock::now()) }))
    }

    async fn put(&self, key: &str, _: Class, body: Bytes, condition: &Condition) -> Result<Tag, StoreError> {
        let path = Path::new(key);
        guarded(path, || {
            let present = content(path)?;
            let holds = match condition {
                Condition::Absent => present.is_none(),
                Condition::Unchanged(tag) => present.is_some_and(|bytes| tag_of(&bytes) == *tag),
            };
            if !holds {
                return Err(StoreError::Changed { place: key.to_owned() });
            }
            fs::write_atomic(path, &body, Access::Private).map_err(failed)?;
            Ok(tag_of(&body))
        })
    }

    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        let path = Path::new(key);
        guarded(path, || match content(path)? {
            None => Ok(false),
            Some(bytes) if tag_of(&bytes) == *tag => fs::remove_file(path).map(|()| true).map_err(failed),
            Some(_) => Err(StoreError::Changed { place: key.to_owned() }),
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let (folder, start) = prefix.rsplit_once('/').unwrap_or(("", prefix));
        let names = match fs::list_dir(Path::new(folder)) {
            Ok(names) => names,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut entries = Vec::new();
        for (name, _) in names {
            let name = name.to_string_lossy();
            let key = format!("{folder}/{name}");
            if !name.starts_with(start) || name == GUARD || !fs::is_file(Path::new(&key)) {
                continue;
            }
            let Some(bytes) = content(Path::new(&key))? else { continue };
            let modified = fs::metadata(Path::new(&key)).ok().and_then(|meta| meta.modified().ok());
            entries.push(Entry { tag: tag_of(&bytes), modified, size: bytes.len() as u64, key });
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        let meta = fs::metadata(Path::new(key)).ok();
        let version = meta.map(|meta| Version {
            id: "current".to_owned(),
            modified: meta.modified().ok(),
            size: meta.len(),
            is_current: true,
        });
        Ok(version.into_iter().collect())
    }

    async fn read_version(&self, key: &str, _: &str) -> Result<Bytes, StoreError> {
        fs::read(Path::new(key)).map(Bytes::from).map_err(failed)
    }
}
