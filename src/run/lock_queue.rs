//! A unit that did not get the lock of its state: it gives its place to others for a while, and tries again. Knows
//! neither terraform nor what is tried.

use super::failure::Failure;
use super::locks::{self, Patience};
use super::slots::Slot;
use super::wire::Wire;
use crate::event::{Level, Phase};
use crate::host::clock;
use crate::state::lock_info::escaped;
use std::time::Duration;

/// The waits of one unit, all tries together.
pub struct LockQueue<'a> {
    slot: &'a mut Slot,
    /// `None`: it never waits.
    patience: Option<Patience>,
}

impl<'a> LockQueue<'a> {
    pub fn new(slot: &'a mut Slot, limit: Option<Duration>) -> Self {
        Self { slot, patience: limit.map(Patience::of) }
    }

    /// Waits if the failure is that somebody else has the lock; false when it is another one, when it has waited long
    /// enough, or when we were stopped.
    pub async fn wait_after(&mut self, wire: &mut Wire, failure: &Failure) -> bool {
        let holder = locks::holder_of(failure).filter(|_| !failure.is_final);
        let (Some(info), Some(patience)) = (holder, &mut self.patience) else { return false };
        let who = locks::describe(&info, clock::now());
        let Some(pause) = patience.pause().filter(|_| wire.stop().count == 0) else { return false };
        let text = format!(
            "the state is locked by {who}; trying again in {} s, for {} in all",
            pause.as_secs().max(1),
            patience.limit()
        );
        wire.note(Level::Warn, text).await;
        wire.phase(Phase::Locked { by: escaped(&info.who) }).await;
        self.slot.rest(wire, pause).await
    }
}
