//! One state in S3.

use super::bucket::Bucket;
use super::container::Wish;
use super::table::Table;
use crate::hcl::functions::hex;
use crate::state::error::{LockError, StoreError};
use crate::state::holder::{Holder, Part};
use crate::state::lock_info::LockInfo;
use crate::state::object::{Appetite, Condition, Object, Objects, Seen, Sink, Tag, Version, Whole};
use crate::state::object_state::ObjectState;
use crate::state::store::{Locker, StateStore};
use async_trait::async_trait;
use bytes::Bytes;
use md5::{Digest, Md5};
use std::time::Duration;

/// How often, and how long apart, a state that is not what its digest says is looked at again: S3 may lag behind.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// The state, its locks, its bucket.
#[derive(Clone, Debug)]
pub struct S3Store {
    pub(super) state: ObjectState,
    pub(super) table: Option<Table>,
    pub(super) bucket: Bucket,
    pub(super) wish: Wish,
}

impl S3Store {
    /// The digest that must be met; `None` where none is kept, or may not be read: terraform reads on, too.
    async fn recorded(&self, table: &Table) -> Result<Option<String>, StoreError> {
        match table.digest().await {
            Err(StoreError::Denied { .. } | StoreError::NoContainer { .. }) => Ok(None),
            answer => answer,
        }
    }

    /// All of it passes by, for the digest is of all of it; `sink` keeps what it wants. S3 may lag behind, so what does
    /// not fit is looked at again.
    async fn stream_checked(&self, table: &Table, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        for look in 0.. {
            let mut digested = Digested { sink, md5: Md5::new(), is_full: false };
            let seen = self.state.read_front(&mut digested).await?;
            let found = seen.as_ref().map(|_| hex(&digested.md5.finalize()));
            let Some(recorded) = self.recorded(table).await? else { return Ok(seen) };
            if found.as_deref() == Some(recorded.as_str()) {
                return Ok(seen);
            }
            if look >= LOOKS {
                let found = found.unwrap_or_else(|| "none".to_owned());
                return Err(StoreError::Digest { place: self.state.address(), recorded, found });
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(None)
    }
}

/// Lets everything pass and digests it, for a sink that may have enough earlier.
struct Digested<'a> {
    sink: &'a mut dyn Sink,
    md5: Md5,
    is_full: bool,
}

impl Sink for Digested<'_> {
    fn take(&mut self, piece: &[u8]) -> Appetite {
        self.md5.update(piece);
        self.is_full = self.is_full || self.sink.take(piece) == Appetite::Full;
        Appetite::Hungry
    }

    fn start_over(&mut self) {
        self.sink.start_over();
        (self.md5, self.is_full) = (Md5::new(), false);
    }
}

fn hex_md5(body: &[u8]) -> String {
    hex(&Md5::digest(body))
}

#[async_trait]
impl StateStore for S3Store {
    fn backend(&self) -> &'static str {
        "s3"
    }

    fn address(&self) -> String {
        self.state.address()
    }

    fn key(&self) -> &str {
        &self.state.key
    }

    fn objects(&self) -> &dyn Objects {
        &self.bucket
    }

    async fn read(&self) -> Result<Option<Object>, StoreError> {
        let mut whole = Whole::default();
        let seen = self.read_front(&mut whole).await?;
        Ok(seen.map(|seen| Object { body: Bytes::from(whole.0), seen }))
    }

    async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        match &self.table {
            Some(table) => self.stream_checked(table, sink).await,
            None => self.state.read_front(sink).await,
        }
    }

    async fn write(&self, body: Bytes, condition: &Condition, _: &Holder) -> Result<Tag, StoreError> {
        let digest = hex_md5(&body);
        let tag = self.state.write(body, condition).await?;
        if let Some(table) = &self.table {
            table.record_digest(&digest).await?;
        }
        Ok(tag)
    }

    async fn delete(&self, tag: &Tag, _: &Holder) -> Result<(), StoreError> {
        self.state.delete(tag).await?;
        match &self.table {
            Some(table) => table.forget_digest().await,
            None => Ok(()),
        }
    }

    async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        self.state.versions().await
    }

    async fn read_version(&self, version: &str) -> Result<Bytes, StoreError> {
        self.state.read_version(version).await
    }
}

#[async_trait]
impl Locker for S3Store {
    /// The object first, then the item; without the second, the first is let go.
    async fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError> {
        let mut taken: Vec<Holder> = self.state.acquire(info).await?.into_iter().collect();
        let Some(table) = &self.table else { return Ok(taken) };
        match table.acquire(info).await {
            Ok(holder) => {
                taken.push(holder);
                Ok(taken)
            }
            Err(error) => {
                for holder in &taken {
                    self.state.release(holder).await?;
                }
                Err(error)
            }
        }
    }

    async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        let mut found: Vec<Holder> = self.state.holders().await?.into_iter().collect();
        if let Some(table) = &self.table {
            found.extend(table.holders().await?);
        }
        Ok(found)
    }

    async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        match (&self.table, seen.part) {
            (Some(table), Part::Table) => table.release(seen).await,
            _ => self.state.release(seen).await,
        }
    }
}
