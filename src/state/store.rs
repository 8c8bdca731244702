//! The three contracts of a store. One conformance suite shows for every store that they hold, with two clients
//! contending and faults on the line.

use super::error::{LockError, StoreError};
use super::holder::Holder;
use super::lock_info::LockInfo;
use super::object::{Condition, Object, Objects, Seen, Sink, Tag, Version};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt::Debug;

/// One state: one key of one backend in one workspace.
///
/// Reads are repeated a bounded number of times with growing, random pauses; writes only where a repetition cannot do
/// harm, because it looks first what the earlier attempt did.
#[async_trait]
pub trait StateStore: Debug + Send + Sync {
    /// `s3`, `azurerm`, `gcs`, `local`, `memory`.
    fn backend(&self) -> &'static str;

    /// The state's name for people: `s3://bucket/key`.
    fn address(&self) -> String;

    /// The state's key, and the objects beside it. What we keep ourselves lies below `KEY.terrace/`, which no backend
    /// lists as a workspace.
    fn key(&self) -> &str;
    fn objects(&self) -> &dyn Objects;

    /// The whole state, its recorded digest checked; `None` if there is none. An empty body is a state all the same.
    async fn read(&self) -> Result<Option<Object>, StoreError>;

    /// The state until `sink` has enough, if nothing forbids to stop early; a backend that keeps a digest reads all.
    async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError>;

    /// Replaces the state and its digest, under a lock that the caller holds. The condition holds in the instant of
    /// writing, else `Changed` and nothing happened.
    async fn write(&self, body: Bytes, condition: &Condition, lock: &Holder) -> Result<Tag, StoreError>;

    /// Deletes the state and its digest if it still has this tag, under a lock that the caller holds.
    async fn delete(&self, tag: &Tag, lock: &Holder) -> Result<(), StoreError>;

    /// Newest first.
    async fn versions(&self) -> Result<Vec<Version>, StoreError>;

    async fn read_version(&self, version: &str) -> Result<Bytes, StoreError>;
}

/// The lock of a state, by the same protocol as terraform.
#[async_trait]
pub trait Locker: Debug + Send + Sync {
    /// Takes all locks that the backend's settings ask for, or none. `info.path` is filled in as terraform would.
    /// Never waits for another holder: `Held`.
    async fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError>;

    /// Every lock that is held on the state now. Asked of the store, never of a note that may be left over.
    async fn holders(&self) -> Result<Vec<Holder>, StoreError>;

    /// Releases exactly the lock that was seen: compare and delete. `Replaced` when there is another one now; success
    /// when it is gone already.
    async fn release(&self, seen: &Holder) -> Result<(), LockError>;

    /// Breaks a lock that names nobody, which only some stores can have: its `info` was `None` when it was seen, and it
    /// is the same one now, at least a minute later by the store's clock. Success when it is gone already.
    async fn break_nameless(&self, seen: &Holder) -> Result<(), LockError> {
        let what = "have a lock without an id: it is released, not broken";
        Err(StoreError::Incapable { place: seen.place.clone(), what }.into())
    }
}

/// Whether a step makes something or changes what others may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Create,
    Update,
}

/// One thing to do so that the container is as the settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub change: Change,
    /// What the store knows it by.
    pub name: &'static str,
    /// For people: `switch versioning on`.
    pub what: String,
}

/// The bucket or container around states.
#[async_trait]
pub trait Bootstrap: Debug + Send + Sync {
    /// The container's name for people. States with the same one share it; its work is done once.
    fn container(&self) -> String;

    /// What is missing or differs, in the order in which to do it; nothing when all is well. Changes nothing. A
    /// container that is not provably this account's is `Foreign`.
    async fn survey(&self) -> Result<Vec<Step>, StoreError>;

    /// Does one step. Doing it twice, or beside somebody else who does it too, is no fault.
    async fn carry_out(&self, step: &Step) -> Result<(), StoreError>;

    /// Whether an overwritten or deleted state can be had back from the store.
    async fn keeps_versions(&self) -> Result<bool, StoreError>;
}

/// A store: all three.
pub trait Store: StateStore + Locker + Bootstrap {}

impl<T: StateStore + Locker + Bootstrap> Store for T {}
