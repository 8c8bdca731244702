//! A store in memory, with versions: the smallest one that keeps every promise. For tests, and for showing what the
//! contracts mean.

use super::error::StoreError;
use super::object::{Appetite, Class, Condition, Entry, Objects, Seen, Sink, Tag, Version};
use super::object_state::{IdOf, ObjectState, OfObjects};
use super::retry::Retry;
use super::store::{Bootstrap, Step};
use crate::host::clock;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

#[derive(Clone, Debug)]
struct Content {
    generation: u64,
    body: Bytes,
    modified: SystemTime,
}

#[derive(Debug, Default)]
struct Shelf {
    /// Every content of a key, oldest first; `None` marks a deletion.
    contents: BTreeMap<String, Vec<Option<Content>>>,
    last: u64,
}

/// One bucket. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects(Arc<Mutex<Shelf>>);

impl MemoryObjects {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn present(&self, key: &str) -> Option<Content> {
        self.shelf().contents.get(key)?.last()?.clone()
    }
}

fn tag(content: &Content) -> Tag {
    Tag(content.generation.to_string())
}

fn changed(objects: &MemoryObjects, key: &str) -> StoreError {
    StoreError::Changed { place: objects.address(key) }
}

#[async_trait]
impl Objects for MemoryObjects {
    fn address(&self, key: &str) -> String {
        format!("memory://{key}")
    }

    async fn stream(&self, key: &str, _: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        let Some(content) = self.present(key) else { return Ok(None) };
        for piece in content.body.chunks(1 << 16) {
            if sink.take(piece) == Appetite::Full {
                break;
            }
        }
        let (modified, now) = (Some(content.modified), Some(clock::now()));
        Ok(Some(Seen { tag: tag(&content), modified, now }))
    }

    async fn put(&self, key: &str, _: Class, body: Bytes, condition: &Condition) -> Result<Tag, StoreError> {
        let mut shelf = self.shelf();
        let present = shelf.contents.get(key).and_then(|contents| contents.last().cloned().flatten());
        let holds = match condition {
            Condition::Absent => present.is_none(),
            Condition::Unchanged(wanted) => present.as_ref().is_some_and(|present| tag(present) == *wanted),
        };
        if !holds {
            drop(shelf);
            return Err(changed(self, key));
        }
        shelf.last += 1;
        let content = Content { generation: shelf.last, body, modified: clock::now() };
        let made = tag(&content);
        shelf.contents.entry(key.to_owned()).or_default().push(Some(content));
        Ok(made)
    }

    async fn delete(&self, key: &str, wanted: &Tag) -> Result<bool, StoreError> {
        let mut shelf = self.shelf();
        let Some(contents) = shelf.contents.get_mut(key) else { return Ok(false) };
        match contents.last() {
            Some(Some(present)) if tag(present) == *wanted => contents.push(None),
            Some(Some(_)) => {
                drop(shelf);
                return Err(changed(self, key));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let shelf = self.shelf();
        let below = shelf.contents.iter().filter(|(key, _)| key.starts_with(prefix));
        let entries = below.filter_map(|(key, contents)| {
            let content = contents.last()?.as_ref()?;
            let size = content.body.len() as u64;
            Some(Entry { key: key.clone(), tag: tag(content), modified: Some(content.modified), size })
        });
        Ok(entries.collect())
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        let shelf = self.shelf();
        let contents = shelf.contents.get(key).map_or(&[][..], Vec::as_slice);
        let newest = contents.len().saturating_sub(1);
        let kept = contents.iter().enumerate().rev().filter_map(|(at, content)| {
            let content = content.as_ref()?;
            Some(Version {
                id: content.generation.to_string(),
                modified: Some(content.modified),
                size: content.body.len() as u64,
                is_current: at == newest,
            })
        });
        Ok(kept.collect())
    }

    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError> {
        let shelf = self.shelf();
        let mut contents = shelf.contents.get(key).into_iter().flatten().flatten();
        let found = contents.find(|content| content.generation.to_string() == version);
        let missing = || StoreError::Refused {
            place: self.address(key),
            status: 404,
            said: "there is no such version".to_owned(),
        };
        found.map(|content| content.body.clone()).ok_or_else(missing)
    }
}

/// One state of a bucket in memory.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    state: ObjectState,
}

impl MemoryStore {
    #[must_use]
    pub fn new(objects: MemoryObjects, key: &str) -> Self {
        Self::over(objects, key, Retry::default())
    }

    /// The same over objects that somebody stands in front of.
    #[must_use]
    pub fn over(objects: impl Objects + 'static, key: &str, retry: Retry) -> Self {
        let state = ObjectState {
            objects: Arc::new(objects),
            key: key.to_owned(),
            lock_key: Some(format!("{key}.tflock")),
            id_of: IdOf::Text,
            lock_path: key.to_owned(),
            retry,
        };
        Self { state }
    }
}

impl OfObjects for MemoryStore {
    const BACKEND: &'static str = "memory";

    fn state(&self) -> &ObjectState {
        &self.state
    }
}

#[async_trait]
impl Bootstrap for MemoryStore {
    fn container(&self) -> String {
        "memory://".to_owned()
    }

    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        Ok(Vec::new())
    }

    async fn carry_out(&self, _: &Step) -> Result<(), StoreError> {
        Ok(())
    }

    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        Ok(true)
    }
}
