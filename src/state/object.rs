//! The least that every remote store can do: whole objects, read with a tag and written on a condition. One call is one
//! attempt: who calls decides what may be repeated.

use super::error::StoreError;
pub use super::tag::Tag;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt::Debug;
use std::time::SystemTime;

/// What was seen of an object without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub tag: Tag,
    pub modified: Option<SystemTime>,
    /// The store's clock.
    pub now: Option<SystemTime>,
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub body: Bytes,
    pub seen: Seen,
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is there.
    Absent,
    /// What is there has this tag.
    Unchanged(Tag),
}

/// Which rules of the backend hold for an object: its encryption, its access list, its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A state, or a copy of one.
    State,
    Lock,
}

/// An older or present content of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub id: String,
    pub modified: Option<SystemTime>,
    /// Bytes.
    pub size: u64,
    pub is_current: bool,
}

/// One row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub tag: Tag,
    pub modified: Option<SystemTime>,
    /// Bytes.
    pub size: u64,
}

/// Whether a reader wants to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appetite {
    Hungry,
    Full,
}

/// Takes an object piece by piece.
pub trait Sink: Send {
    fn take(&mut self, piece: &[u8]) -> Appetite;

    /// It will come again from the start.
    fn start_over(&mut self);
}

/// Takes everything.
#[derive(Debug, Default)]
pub struct Whole(pub Vec<u8>);

impl Sink for Whole {
    fn take(&mut self, piece: &[u8]) -> Appetite {
        self.0.extend_from_slice(piece);
        Appetite::Hungry
    }

    fn start_over(&mut self) {
        self.0.clear();
    }
}

/// Objects of one bucket or container. Keys are whole names in it.
///
/// Every method makes one attempt and may wait on the network. A missing bucket is `NoContainer`, never "not there".
/// None changes anything unless it says so, and a write or delete that answers with an error other than `Unavailable`
/// changed nothing.
#[expect(clippy::too_many_arguments, reason = "a write has a place, rules, a content and a condition")]
#[async_trait]
pub trait Objects: Debug + Send + Sync {
    /// The object's name for people: `s3://bucket/key`.
    fn address(&self, key: &str) -> String;

    /// Streams an object into `sink` until that is full; `None` if it is not there. A body that ends early is
    /// `Unavailable`, unless the sink was full before.
    async fn stream(&self, key: &str, class: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError>;

    /// Writes it whole, atomically, if the condition holds in the instant of writing; else `Changed`.
    async fn put(
        &self,
        key: &str,
        class: Class,
        body: Bytes,
        condition: &Condition,
    ) -> Result<Tag, StoreError>;

    /// Deletes it if it still has this tag; `Changed` if it has another. Whether it was there. A store that cannot
    /// check the tag in the instant of deleting answers `Incapable` and deletes nothing.
    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError>;

    /// Everything whose key starts so, in the order of keys.
    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError>;

    /// What the store keeps of an object, newest first; only the present one where it keeps no versions.
    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError>;

    /// An older content.
    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError>;
}

/// Reads a whole object.
///
/// # Errors
/// As `stream`.
pub async fn read_whole(
    objects: &dyn Objects,
    key: &str,
    class: Class,
) -> Result<Option<Object>, StoreError> {
    let mut whole = Whole::default();
    let seen = objects.stream(key, class, &mut whole).await?;
    Ok(seen.map(|seen| Object { body: Bytes::from(whole.0), seen }))
}
