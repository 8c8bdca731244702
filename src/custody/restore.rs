//! Bringing an older version of a state back: as a new snapshot on top, under terraform's own lock, on the condition
//! that nothing changed since it was shown.

use super::Fingerprint;
use super::copies;
use super::history::{editions, read_edition};
use super::inventory::{Difference, Inventory, compare, parse, serial_of, with_serial};
use super::locked::{Locked, Signature};
use super::trouble::Trouble;
use crate::state::Store;
use crate::state::object::{Condition, Object};
use crate::state::snapshot::SnapshotError;
use bytes::Bytes;
use std::sync::Arc;

/// So many versions are asked for their serial where the present state does not say which was the last.
const LOOKED_BACK: usize = 20;

/// What restoring would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Of what is there now; `None` if nothing is.
    seen: Option<Fingerprint>,
    chosen: Bytes,
    /// The serial of the new snapshot.
    pub serial: u64,
    pub differences: Vec<Difference>,
    /// Why the present state cannot be read, if it is a torn one: then its lineage cannot be compared.
    pub torn: Option<String>,
}

/// Looks at what is there and at the version, and says what would come of it. Changes nothing.
///
/// # Errors
/// No such version; one that is no state; one of another lineage.
pub async fn plan(store: &Arc<dyn Store>, version: &str) -> Result<Plan, Trouble> {
    let present = store.read().await?.map(|object| object.body).filter(|body| !body.is_empty());
    let chosen = read_edition(&**store, version).await?;
    let wanted = inventory(&**store, parse(&chosen))?.ok_or_else(|| Trouble::NotAState {
        address: store.address(),
        said: "the version is empty".to_owned(),
    })?;
    let body = present.as_deref().unwrap_or_default();
    let (now, torn) = match parse(body) {
        Err(SnapshotError::Malformed(error)) => (None, Some(error.to_string())),
        parsed => (inventory(&**store, parsed)?, None),
    };
    if let Some(now) = &now
        && now.lineage != wanted.lineage
    {
        let (ours, theirs) = (now.lineage.clone(), wanted.lineage);
        return Err(Trouble::Foreign { address: store.address(), ours, theirs });
    }
    // Whoever still has an older snapshot at hand must not be taken for newer: no serial comes twice.
    let copied = copies::list(&**store).await?.iter().map(|copy| copy.serial).max();
    // A present state says what came last; one that is gone or torn does not.
    let kept = if now.is_none() { last_kept(store, &wanted.lineage).await? } else { None };
    let stated = [Some(wanted.serial), copied, kept, serial_of(body)];
    let highest = stated.into_iter().flatten().max().unwrap_or(0);
    let differences = compare(&now.unwrap_or_default(), &wanted);
    let seen = present.as_deref().map(Fingerprint::of);
    Ok(Plan { seen, chosen, serial: highest + 1, differences, torn })
}

/// The highest serial of this lineage among the newest versions.
async fn last_kept(store: &Arc<dyn Store>, lineage: &str) -> Result<Option<u64>, Trouble> {
    let editions = editions(store, LOOKED_BACK).await?;
    let said = editions.into_iter().filter_map(|edition| edition.said);
    Ok(said.filter(|said| said.lineage == lineage).map(|said| said.serial).max())
}

fn inventory(
    store: &dyn Store,
    parsed: Result<Option<Inventory>, SnapshotError>,
) -> Result<Option<Inventory>, Trouble> {
    parsed.map_err(|error| Trouble::NotAState { address: store.address(), said: error.to_string() })
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
    // A lock may have made an empty object.
    let is_empty = |object: &Object| object.body.is_empty();
    let now = present.as_ref().filter(|object| !is_empty(object)).map(|object| Fingerprint::of(&object.body));
    if now != plan.seen {
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
