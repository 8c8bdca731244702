//! What is done with states beside running terraform in their units: looking at locks and letting go of them, copies,
//! versions, restoring, comparing, moving, deleting. Knows stores, not unit files: a unit is a name and a store.

pub mod containers;
pub mod copies;
pub mod doctor;
pub mod history;
pub mod inventory;
pub mod journal;
pub mod locked;
pub mod locks;
pub mod passage;
pub mod relocate;
pub mod remove;
pub mod restore;
pub mod trouble;

use crate::state::{Holder, Store, StoreError};
use futures_util::StreamExt;
use futures_util::stream;
use journal::Journal;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::Arc;

/// So many questions to stores are under way at the same time.
pub const IN_FLIGHT: usize = 64;

/// A unit's state.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The unit's name for people.
    pub unit: String,
    pub store: Arc<dyn Store>,
    pub witness: Witness,
}

/// Who may know whether the holder of a unit's lock lives. The default knows nothing.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    pub journal: Arc<Journal>,
    pub unit_dir: PathBuf,
}

impl Kept {
    /// Every lock that is held on the state now, as the store says; whether its holder lives, as far as anybody knows.
    ///
    /// # Errors
    /// As the store says.
    pub async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        let mut holders = self.store.holders().await?;
        for holder in &mut holders {
            holder.life = self.witness.journal.life_of(holder, &self.witness.unit_dir);
        }
        Ok(holders)
    }
}

/// What a store answered about a unit's state.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    pub kept: Kept,
    pub answer: Result<T, StoreError>,
}

/// What tells one content of a state from another, whatever a lock does to the object's own tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }
}

/// `1 resource`, `2 resources`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Asks about each, many at a time; the answers stand in the order of the units.
pub async fn each<T, F>(all: Vec<Kept>, ask: impl Fn(Kept) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send,
{
    stream::iter(all).map(ask).buffered(IN_FLIGHT).collect().await
}

#[cfg(test)]
mod tests;
