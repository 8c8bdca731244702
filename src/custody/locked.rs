//! A state while we hold terraform's own lock on it.

use super::trouble::Trouble;
use crate::host::{clock, random};
use crate::state::object::Tag;
use crate::state::{Holder, Life, LockInfo, Part, Store};
use std::sync::Arc;

/// What our locks say about us.
#[derive(Clone, Debug)]
pub struct Signature {
    /// `user@host`.
    pub who: String,
}

impl Signature {
    fn info(&self, operation: &str) -> LockInfo {
        LockInfo {
            // Without randomness the time tells locks apart well enough.
            id: random::uuid().unwrap_or_else(|_| clock::rfc3339_nanos(clock::now())),
            operation: operation.to_owned(),
            who: self.who.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: clock::rfc3339_nanos(clock::now()),
            ..LockInfo::default()
        }
    }
}

/// A state whose lock is ours. It is given back by `release`, never by itself: a lock that outlives us tells that
/// something was cut off.
#[derive(Debug)]
pub struct Locked {
    pub store: Arc<dyn Store>,
    holders: Vec<Holder>,
}

impl Locked {
    /// # Errors
    /// `Held` when somebody else has it.
    pub async fn take(store: &Arc<dyn Store>, (by, operation): (&Signature, &str)) -> Result<Self, Trouble> {
        let holders = store.acquire(&by.info(operation)).await?;
        Ok(Self { store: Arc::clone(store), holders })
    }

    /// What writing wants to see.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.holders.first().cloned().unwrap_or_else(|| unlocked(&self.store.address()))
    }

    /// Gives the lock back, whatever became of the work.
    ///
    /// # Errors
    /// The work's own fault first; `LeftLocked` when only the lock could not be given back.
    pub async fn release<T>(self, worked: Result<T, Trouble>) -> Result<T, Trouble> {
        let mut left = None;
        for holder in self.holders.iter().rev() {
            if let Err(source) = self.store.release(holder).await {
                let (place, id) = (holder.place.clone(), holder.id.clone());
                left = Some(Trouble::LeftLocked { place, id, source: Box::new(source) });
            }
        }
        let worked = worked?;
        left.map_or(Ok(worked), Err)
    }
}

/// Where the backend's settings keep no lock at all, as terraform would go on without one.
fn unlocked(address: &str) -> Holder {
    Holder {
        part: Part::Object,
        place: address.to_owned(),
        id: String::new(),
        info: None,
        raw: Vec::new(),
        tag: Tag(String::new()),
        since: None,
        now: None,
        life: Life::Unknown,
    }
}
