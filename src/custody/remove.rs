//! Deleting a state: under terraform's own lock, on the condition that nothing changed since it was shown.

use super::inventory::parse;
use super::locked::{Locked, Signature};
use super::trouble::Trouble;
use super::{Fingerprint, copies, counted};
use crate::state::Store;
use std::sync::Arc;

/// What would be deleted.
#[derive(Clone, Debug)]
pub struct Doomed {
    seen: Fingerprint,
    /// What the state still holds; `None` where it cannot be read.
    pub resources: Option<usize>,
    /// The store gives deleted states back.
    pub keeps_versions: bool,
}

impl Doomed {
    /// Why it should not be deleted unasked.
    #[must_use]
    pub fn objection(&self) -> Option<String> {
        match (self.resources, self.keeps_versions) {
            (None, _) => Some("it cannot be read, so nobody can tell what it holds".to_owned()),
            (Some(count), _) if count > 0 => {
                Some(format!("it holds {}, which nobody would know of any more", counted(count, "resource")))
            }
            (Some(_), false) => Some("its store keeps no versions, so it could not be had back".to_owned()),
            (Some(_), true) => None,
        }
    }
}

/// Looks at what would be deleted; `None` if there is nothing.
///
/// # Errors
/// As the store says.
pub async fn look(store: &Arc<dyn Store>) -> Result<Option<Doomed>, Trouble> {
    let Some(object) = store.read().await?.filter(|object| !object.body.is_empty()) else { return Ok(None) };
    let resources = parse(&object.body).ok().map(|found| found.map_or(0, |found| found.resources.len()));
    Ok(Some(Doomed {
        seen: Fingerprint::of(&object.body),
        resources,
        keeps_versions: store.keeps_versions().await?,
    }))
}

/// Deletes what was shown. Where the store keeps no versions, a copy stays.
///
/// # Errors
/// When somebody has the lock, or changed the state since; then nothing was deleted.
pub async fn carry_out(store: &Arc<dyn Store>, doomed: &Doomed, by: &Signature) -> Result<(), Trouble> {
    let locked = Locked::take(store, (by, "state-delete")).await?;
    let worked = delete(&locked, doomed).await;
    locked.release(worked).await
}

async fn delete(locked: &Locked, doomed: &Doomed) -> Result<(), Trouble> {
    let store = &locked.store;
    let object = store.read().await?;
    let Some(object) = object.filter(|object| Fingerprint::of(&object.body) == doomed.seen) else {
        return Err(Trouble::Overtaken { address: store.address() });
    };
    if !doomed.keeps_versions {
        copies::keep(&**store, &object.body).await?;
    }
    Ok(store.delete(&object.seen.tag, &locked.holder()).await?)
}
