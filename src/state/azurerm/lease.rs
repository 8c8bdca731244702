//! The lock of a state: an infinite lease whose id is the lock's, and a note about the holder in the blob's metadata.
//! Whether it is held is asked of the lease; a note may be left over.
//!
//! The service holds everybody else off while the lease lasts. We let go of the lease first and clear the note then, on
//! the condition that nothing changed: a crash in between leaves a note that nobody heeds, never a lease that nobody
//! can name.

use super::AzureStore;
use super::blobs::About;
use super::faults::{Refusal, store_error};
use crate::state::error::{LockError, StoreError};
use crate::state::holder::{Holder, Life, Part};
use crate::state::lock_info::LockInfo;
use crate::state::object::{Class, Condition, Objects, Tag};
use crate::state::store::Locker;
use async_trait::async_trait;
use azure_core::Error;
use azure_core::http::Etag;
use azure_storage_blob::models::{
    BlobClientAcquireLeaseOptions, BlobClientBreakLeaseOptions, BlobClientSetMetadataOptions,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::collections::HashMap;
use std::time::Duration;

/// The note's name, in lower case as headers arrive.
const NOTE: &str = "terraformlockid";

/// Until somebody lets go.
const FOREVER: i32 = -1;

/// How long a lease without a note must have been seen: its holder may be about to write it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a request about a lease came to.
enum Outcome {
    Done,
    /// Somebody else's lease, or none, stands in the way.
    Conflict,
}

impl AzureStore {
    fn fault(&self, error: &Error) -> StoreError {
        store_error(error, &self.objects.address(&self.key))
    }

    async fn about(&self) -> Result<Option<About>, StoreError> {
        self.retry.repeat(|| self.objects.about(&self.key)).await
    }

    fn holder(&self, about: &About, raw: Vec<u8>) -> Holder {
        let info = LockInfo::parse(&raw).ok();
        Holder {
            part: Part::Lease,
            place: self.objects.address(&self.key),
            id: info.as_ref().map(|info| info.id.clone()).unwrap_or_default(),
            info,
            raw,
            tag: about.seen.tag.clone(),
            since: None,
            now: about.seen.now,
            life: Life::Unknown,
        }
    }

    /// Whoever holds the lease, by the note.
    fn holder_of(&self, about: &About) -> Option<Holder> {
        about.is_leased.then(|| self.holder(about, note(&about.metadata).unwrap_or_default()))
    }

    async fn holder_now(&self) -> Result<Option<Holder>, StoreError> {
        Ok(self.about().await?.and_then(|about| self.holder_of(&about)))
    }

    /// There must be something to lease.
    async fn about_or_made(&self) -> Result<About, StoreError> {
        let mut failed = 0;
        loop {
            if let Some(about) = self.about().await? {
                return Ok(about);
            }
            match self.objects.put(&self.key, Class::State, Bytes::new(), &Condition::Absent).await {
                // Whoever made it, it is there.
                Ok(_) | Err(StoreError::Changed { .. }) => {}
                Err(error) if error.may_pass() && failed < self.retry.repetitions => {
                    self.retry.wait(failed).await;
                    failed += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// May be repeated: whoever asks again with the id of the lease that there is gets it again.
    async fn take_lease(&self, id: &str) -> Result<Outcome, StoreError> {
        let attempt = || async {
            let options = BlobClientAcquireLeaseOptions {
                proposed_lease_id: Some(id.to_owned()),
                ..Default::default()
            };
            let taken = self.objects.blob(&self.key).await?.acquire_lease(FOREVER, Some(options)).await;
            self.outcome(taken.map(drop))
        };
        self.retry.repeat(attempt).await
    }

    async fn drop_lease(&self, id: &str) -> Result<Outcome, StoreError> {
        let attempt = || async {
            let dropped = self.objects.blob(&self.key).await?.release_lease(id.to_owned(), None).await;
            self.outcome(dropped.map(drop))
        };
        self.retry.repeat(attempt).await
    }

    fn outcome(&self, answer: azure_core::Result<()>) -> Result<Outcome, StoreError> {
        match answer {
            Ok(()) => Ok(Outcome::Done),
            Err(error) if is_of_lease(&error) => Ok(Outcome::Conflict),
            Err(error) => Err(self.fault(&error)),
        }
    }

    /// Replaces all metadata, under a lease or on the condition that nothing changed.
    async fn write_metadata(
        &self,
        metadata: &HashMap<String, String>,
        (lease, tag): (Option<&str>, Option<&Tag>),
    ) -> Result<(), StoreError> {
        let attempt = || async {
            let options = BlobClientSetMetadataOptions {
                lease_id: lease.map(str::to_owned),
                if_match: tag.map(|tag| Etag::from(tag.0.clone())),
                ..Default::default()
            };
            let written = self.objects.blob(&self.key).await?.set_metadata(metadata, Some(options)).await;
            written.map(drop).map_err(|error| self.fault(&error))
        };
        self.retry.repeat(attempt).await
    }

    /// Writes the note under the lease that we just took, beside whatever metadata there is.
    async fn write_note(&self, info: &LockInfo) -> Result<Holder, StoreError> {
        let gone = || StoreError::Changed { place: self.objects.address(&self.key) };
        let mut metadata = self.about().await?.ok_or_else(gone)?.metadata;
        metadata.insert(NOTE.to_owned(), STANDARD.encode(info.to_json()));
        self.write_metadata(&metadata, (Some(&info.id), None)).await?;
        let about = self.about().await?.ok_or_else(gone)?;
        Ok(self.holder(&about, info.to_json().into_bytes()))
    }

    /// Nobody is to wait for a lock that we did not get, though an attempt may have arrived.
    async fn given_up(&self, info: &LockInfo, error: StoreError) -> LockError {
        let _ = self.drop_lease(&info.id).await;
        error.into()
    }

    /// Clears the note of a lock that was let go of. If anything changed meanwhile, it is no longer ours to clear.
    async fn clear_note(&self, id: &str) -> Result<(), StoreError> {
        let Some(about) = self.about().await? else { return Ok(()) };
        let left = note(&about.metadata).and_then(|raw| LockInfo::parse(&raw).ok());
        if about.is_leased || left.is_none_or(|info| info.id != id) {
            return Ok(());
        }
        let mut metadata = about.metadata;
        metadata.remove(NOTE);
        match self.write_metadata(&metadata, (None, Some(&about.seen.tag))).await {
            Err(StoreError::Changed { .. }) => Ok(()),
            // Somebody took the next lock.
            Err(StoreError::Refused { status: 409 | 412, .. }) => Ok(()),
            answer => answer,
        }
    }

    /// Why a lease could not be let go of by its id.
    async fn unreleased(&self, seen: &Holder) -> Result<(), LockError> {
        let Some(now) = self.holder_now().await? else { return Ok(()) };
        if now.id != seen.id || seen.id.is_empty() {
            return Err(LockError::Replaced(Box::new(now)));
        }
        // The note is left over from an earlier lock; who holds the lease has not written theirs.
        Err(LockError::Replaced(Box::new(Holder { id: String::new(), info: None, ..now })))
    }
}

/// What the note says, byte for byte.
fn note(metadata: &HashMap<String, String>) -> Option<Vec<u8>> {
    let (_, text) = metadata.iter().find(|(name, _)| name.eq_ignore_ascii_case(NOTE))?;
    Some(STANDARD.decode(text).unwrap_or_else(|_| text.clone().into_bytes()))
}

/// Whether the lease itself stands in the way, or the blob under it is gone.
fn is_of_lease(error: &Error) -> bool {
    Refusal::of(error).is_some_and(|refusal| match refusal.status {
        409 | 412 => refusal.code.starts_with("Lease"),
        404 => refusal.code == "BlobNotFound",
        _ => false,
    })
}

#[async_trait]
impl Locker for AzureStore {
    async fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError> {
        let path = format!("{}/{}", self.objects.container, self.key);
        let info = LockInfo { path, ..info.clone() };
        let mut vanished = 0;
        loop {
            let about = self.about_or_made().await?;
            if let Some(holder) = self.holder_of(&about) {
                return Err(LockError::Held(Box::new(holder)));
            }
            match self.take_lease(&info.id).await {
                Ok(Outcome::Done) => break,
                // Somebody was quicker, or has let go between our two looks.
                Ok(Outcome::Conflict) if vanished < self.retry.repetitions => {
                    vanished += 1;
                    self.retry.wait(vanished).await;
                }
                Ok(Outcome::Conflict) => {
                    return Err(LockError::Held(Box::new(self.holder(&about, Vec::new()))));
                }
                Err(error) => return Err(self.given_up(&info, error).await),
            }
        }
        match self.write_note(&info).await {
            Ok(holder) => Ok(vec![holder]),
            Err(error) => Err(self.given_up(&info, error).await),
        }
    }

    async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        Ok(self.holder_now().await?.into_iter().collect())
    }

    async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        if seen.id.is_empty() {
            return match self.holder_now().await? {
                None => Ok(()),
                Some(_) => {
                    let what = "release a lease whose id nobody noted: it can only be broken";
                    Err(StoreError::Incapable { place: seen.place.clone(), what }.into())
                }
            };
        }
        match self.drop_lease(&seen.id).await? {
            Outcome::Done => {}
            Outcome::Conflict => self.unreleased(seen).await?,
        }
        // The lock is released already, and the next holder writes over a note that stays.
        let _ = self.clear_note(&seen.id).await;
        Ok(())
    }

    /// Breaks a lease without a note, if it was seen so before and nothing has changed for a minute by the service's
    /// clock.
    async fn break_nameless(&self, seen: &Holder) -> Result<(), LockError> {
        let Some(now) = self.holder_now().await? else { return Ok(()) };
        if now.info.is_some() || seen.info.is_some() || now.tag != seen.tag {
            return Err(LockError::Replaced(Box::new(now)));
        }
        let between = now.now.zip(seen.now).and_then(|(now, then)| now.duration_since(then).ok());
        if between.is_none_or(|between| between < PATIENCE) {
            let said = "its holder may be about to say who it is: look again a minute after the first look"
                .to_owned();
            return Err(StoreError::Refused { place: now.place, status: 0, said }.into());
        }
        let attempt = || async {
            let options = BlobClientBreakLeaseOptions {
                break_period: Some(0),
                if_match: Some(Etag::from(seen.tag.0.clone())),
                ..Default::default()
            };
            let broken = self.objects.blob(&self.key).await?.break_lease(Some(options)).await;
            self.outcome(broken.map(drop))
        };
        match self.retry.repeat(attempt).await? {
            Outcome::Done => Ok(()),
            Outcome::Conflict => match self.holder_now().await? {
                None => Ok(()),
                Some(now) => Err(LockError::Replaced(Box::new(now))),
            },
        }
    }
}
