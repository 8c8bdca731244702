//! A state that is one object, and a lock that is another one beside it, made on the condition that none is there: S3,
//! GCS, memory. Every request is repeated only where the answer to "did my earlier attempt arrive?" can be had.

use super::error::{LockError, StoreError};
use super::holder::{Holder, Life, Part};
use super::lock_info::LockInfo;
use super::object::{Class, Condition, Object, Objects, Seen, Sink, Tag, Version, read_whole};
use super::retry::Retry;
use super::store::{Locker, StateStore};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt::Debug;
use std::sync::Arc;

/// What releases a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdOf {
    /// The id that its text states.
    Text,
    /// The object's own tag; the text states an earlier one.
    Tag,
}

/// The object and its lock.
#[derive(Clone, Debug)]
pub struct ObjectState {
    pub objects: Arc<dyn Objects>,
    pub key: String,
    /// `None` where this kind of lock is switched off.
    pub lock_key: Option<String>,
    pub id_of: IdOf,
    /// What terraform writes into `Path` of the lock.
    pub lock_path: String,
    pub retry: Retry,
}

impl ObjectState {
    #[must_use]
    pub fn address(&self) -> String {
        self.objects.address(&self.key)
    }

    /// # Errors
    /// When the store does not answer with a state or its absence.
    pub async fn read(&self) -> Result<Option<Object>, StoreError> {
        self.read_object(&self.key, Class::State).await
    }

    async fn read_object(&self, key: &str, class: Class) -> Result<Option<Object>, StoreError> {
        self.retry.repeat(|| read_whole(&*self.objects, key, class)).await
    }

    /// # Errors
    /// As `read`.
    pub async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        let mut failed = 0;
        loop {
            sink.start_over();
            match self.objects.stream(&self.key, Class::State, sink).await {
                Err(error) if error.may_pass() && failed < self.retry.repetitions => {
                    self.retry.wait(failed).await;
                    failed += 1;
                }
                answer => return answer,
            }
        }
    }

    /// Replaces the state. After an attempt whose end is not known, what is there decides: our own bytes are our
    /// success.
    ///
    /// # Errors
    /// `Changed` when the condition does not hold.
    pub async fn write(&self, body: Bytes, condition: &Condition) -> Result<Tag, StoreError> {
        self.put(&self.key, Class::State, body, condition).await
    }

    /// The same for any object beside the state.
    ///
    /// # Errors
    /// `Changed` when the condition does not hold.
    #[expect(clippy::too_many_arguments, reason = "as the store's own")]
    pub async fn put(
        &self,
        key: &str,
        class: Class,
        body: Bytes,
        condition: &Condition,
    ) -> Result<Tag, StoreError> {
        let mut failed = 0;
        loop {
            match self.objects.put(key, class, body.clone(), condition).await {
                Err(error) if error.may_pass() && failed < self.retry.repetitions => {
                    self.retry.wait(failed).await;
                    failed += 1;
                }
                Err(error) if failed > 0 && is_changed(&error) => {
                    return match self.read_object(key, class).await? {
                        Some(object) if object.body == body => Ok(object.seen.tag),
                        _ => Err(error),
                    };
                }
                answer => return answer,
            }
        }
    }

    /// Deletes the state; that it is gone already is a success only after an attempt of our own.
    ///
    /// # Errors
    /// `Changed` when it has another tag.
    pub async fn delete(&self, tag: &Tag) -> Result<(), StoreError> {
        self.delete_object(&self.key, tag).await
    }

    async fn delete_object(&self, key: &str, tag: &Tag) -> Result<(), StoreError> {
        self.retry.repeat(|| self.objects.delete(key, tag)).await.map(drop)
    }

    /// # Errors
    /// As the store says.
    pub async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        self.retry.repeat(|| self.objects.versions(&self.key)).await
    }

    /// # Errors
    /// As the store says.
    pub async fn read_version(&self, version: &str) -> Result<Bytes, StoreError> {
        self.retry.repeat(|| self.objects.read_version(&self.key, version)).await
    }

    /// Makes the lock object.
    ///
    /// # Errors
    /// `Held` when there is one.
    pub async fn acquire(&self, info: &LockInfo) -> Result<Option<Holder>, LockError> {
        let Some(lock_key) = &self.lock_key else { return Ok(None) };
        let info = LockInfo { path: self.lock_path.clone(), ..info.clone() };
        let body = Bytes::from(info.to_json());
        let mut vanished = 0;
        loop {
            let made = self.put(lock_key, Class::Lock, body.clone(), &Condition::Absent).await;
            match made {
                Ok(tag) => {
                    let seen = Seen { tag, modified: None, now: None };
                    return Ok(Some(self.holder(lock_key, &Object { body, seen })));
                }
                Err(error) if !is_changed(&error) => return Err(error.into()),
                Err(error) => match self.holder_now(lock_key).await? {
                    Some(holder) => return Err(LockError::Held(Box::new(holder))),
                    // Its holder let go between our two looks.
                    None if vanished < self.retry.repetitions => {
                        vanished += 1;
                        self.retry.wait(vanished).await;
                    }
                    None => return Err(error.into()),
                },
            }
        }
    }

    /// The lock object as it is now.
    ///
    /// # Errors
    /// As the store says.
    pub async fn holders(&self) -> Result<Option<Holder>, StoreError> {
        match &self.lock_key {
            Some(lock_key) => self.holder_now(lock_key).await,
            None => Ok(None),
        }
    }

    async fn holder_now(&self, lock_key: &str) -> Result<Option<Holder>, StoreError> {
        let object = self.read_object(lock_key, Class::Lock).await?;
        Ok(object.map(|object| self.holder(lock_key, &object)))
    }

    fn holder(&self, lock_key: &str, object: &Object) -> Holder {
        let info = LockInfo::parse(&object.body).ok();
        let id = match self.id_of {
            IdOf::Text => info.as_ref().map(|info| info.id.clone()).unwrap_or_default(),
            IdOf::Tag => object.seen.tag.0.clone(),
        };
        Holder {
            part: Part::Object,
            place: self.objects.address(lock_key),
            id,
            info,
            raw: object.body.to_vec(),
            tag: object.seen.tag.clone(),
            since: object.seen.modified,
            now: object.seen.now,
            life: Life::Unknown,
        }
    }

    /// Deletes the lock object that was seen.
    ///
    /// # Errors
    /// `Replaced` when there is another one now.
    pub async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        let Some(lock_key) = &self.lock_key else { return Ok(()) };
        match self.delete_object(lock_key, &seen.tag).await {
            Err(error) if is_changed(&error) => match self.holder_now(lock_key).await? {
                Some(holder) if holder.tag != seen.tag => Err(LockError::Replaced(Box::new(holder))),
                Some(_) => Err(error.into()),
                None => Ok(()),
            },
            answer => Ok(answer?),
        }
    }
}

/// A store that is nothing but an object and its lock.
pub trait OfObjects: Debug + Send + Sync {
    const BACKEND: &'static str;

    fn state(&self) -> &ObjectState;
}

#[async_trait]
impl<T: OfObjects> StateStore for T {
    fn backend(&self) -> &'static str {
        T::BACKEND
    }

    fn address(&self) -> String {
        self.state().address()
    }

    fn key(&self) -> &str {
        &self.state().key
    }

    fn objects(&self) -> &dyn Objects {
        &*self.state().objects
    }

    async fn read(&self) -> Result<Option<Object>, StoreError> {
        self.state().read().await
    }

    async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        self.state().read_front(sink).await
    }

    async fn write(&self, body: Bytes, condition: &Condition, _: &Holder) -> Result<Tag, StoreError> {
        self.state().write(body, condition).await
    }

    async fn delete(&self, tag: &Tag, _: &Holder) -> Result<(), StoreError> {
        self.state().delete(tag).await
    }

    async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        self.state().versions().await
    }

    async fn read_version(&self, version: &str) -> Result<Bytes, StoreError> {
        self.state().read_version(version).await
    }
}

#[async_trait]
impl<T: OfObjects> Locker for T {
    async fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError> {
        Ok(self.state().acquire(info).await?.into_iter().collect())
    }

    async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        Ok(self.state().holders().await?.into_iter().collect())
    }

    async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        self.state().release(seen).await
    }
}

fn is_changed(error: &StoreError) -> bool {
    matches!(error, StoreError::Changed { .. })
}
