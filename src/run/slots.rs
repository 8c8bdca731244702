//! How many units work at the same time. A unit that only waits for others gives its place back meanwhile.

use super::wire::Wire;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a run.
#[derive(Clone, Debug)]
pub struct Slots(Arc<Semaphore>);

impl Slots {
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    #[must_use]
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }

    /// A place, if one is free.
    #[must_use]
    pub fn take(&self) -> Option<Slot> {
        let permit = Arc::clone(&self.0).try_acquire_owned().ok()?;
        Some(Slot { slots: self.clone(), permit: Some(permit) })
    }
}

/// The place of one unit; given back when dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Slots,
    permit: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Waits without the place, then for a place; false if we were stopped meanwhile.
    pub async fn rest(&mut self, wire: &mut Wire, wait: Duration) -> bool {
        self.permit = None;
        let places = Arc::clone(&self.slots.0);
        let back = async {
            tokio::time::sleep(wait).await;
            places.acquire_owned().await
        };
        tokio::select! {
            permit = back => {
                self.permit = permit.ok();
                true
            }
            _ = wire.stopped_after(0) => false,
        }
    }
}
