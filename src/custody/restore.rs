//! Bringing an older version of a state back: as a new snapshot on top, under terraform's own lock, on the condition
//! that nothing changed since it was shown.

use super::copies;
use super::history::read_edition;
use super::inventory::{Difference, Inventory, compare, parse, with_serial};
use super::locked::{Locked, Signature};
use super::trouble::Trouble;
use crate::state::Store;
use crate::state::object::{Condition, Object, Tag};
use bytes::Bytes;
use std::sync::Arc;

/// What restoring would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Of what is there now; `None` if nothing is.
    seen: Option<Tag>,
    chosen: Bytes,
    /// The serial of the new snapshot.
    pub serial: u64,
    pub differences: Vec<Difference>,
}

/// Looks at what is there and at the version, and says what would come of it. Changes nothing.
///
/// # Errors
/// No such version; one that is no state; one of another lineage.
pub async fn plan(store: &Arc<dyn Store>, version: &str) -> Result<Plan, Trouble> {
    let present = store.read().await?;
    let chosen = read_edition(&**store, version).await?;
    let wanted = inventory(&**store, &chosen)?.ok_or_else(|| Trouble::NotAState {
        address: store.address(),
        said: "the version is empty".to_owned(),
    })?;
    let now = present.as_ref().map(|object| inventory(&**store, &object.body)).transpose()?.flatten();
    if let Some(now) = &now
        && now.lineage != wanted.lineage
    {
        let (ours, theirs) = (now.lineage.clone(), wanted.lineage);
        return Err(Trouble::Foreign { address: store.address(), ours, theirs });
    }
    // Whoever still has an older snapshot at hand must not be taken for newer: no serial comes twice.
    let copied = copies::list(&**store).await?.iter().map(|copy| copy.serial).max().unwrap_or(0);
    let highest = wanted.serial.max(copied).max(now.as_ref().map_or(0, |now| now.serial));
    let differences = compare(&now.unwrap_or_default(), &wanted);
    Ok(Plan { seen: present.map(|object| object.seen.tag), chosen, serial: highest + 1, differences })
}

fn inventory(store: &dyn Store, body: &[u8]) -> Result<Option<Inventory>, Trouble> {
    parse(body).map_err(|error| Trouble::NotAState { address: store.address(), said: error.to_string() })
}

/// Does what was planned.
///
/// # Errors
/// When somebody has the lock, or changed the state since; then nothing was written.
pub async fn carry_out(store: &Arc<dyn Store>, plan: &Plan, by: &Signature) -> Result<(), Trouble> {
    let locked = Locked::take(store, (by, "state-restore")).await?;
    let worked = write(&locked, plan).await;
    locked.release(worked).await
}

async fn write(locked: &Locked, plan: &Plan) -> Result<(), Trouble> {
    let store = &locked.store;
    let present = store.read().await?;
    // A lock may leave an empty object behind itself.
    let tag = present.as_ref().map(|object| object.seen.tag.clone());
    let is_empty = |object: &Object| object.body.is_empty();
    if tag != plan.seen && !(plan.seen.is_none() && present.as_ref().is_none_or(is_empty)) {
        return Err(Trouble::Overtaken { address: store.address() });
    }
    if let Some(object) = present.as_ref().filter(|object| !is_empty(object))
        && !store.keeps_versions().await?
    {
        copies::keep(&**store, &object.body).await?;
    }
    let body = with_serial(&plan.chosen, plan.serial).ok_or_else(|| Trouble::NotAState {
        address: store.address(),
        said: "it states no serial".to_owned(),
    })?;
    // For a file, empty is absent.
    let condition = match (present, store.backend()) {
        (Some(object), "local") if is_empty(&object) => Condition::Absent,
        (Some(object), _) => Condition::Unchanged(object.seen.tag),
        (None, _) => Condition::Absent,
    };
    store.write(body.into(), &condition, &locked.holder()).await?;
    Ok(())
}
