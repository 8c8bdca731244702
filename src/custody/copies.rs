//! Copies of a state that we keep beside it, where the store itself keeps no older versions: objects below
//! `KEY.terrace/`, with the encryption and access of the state. A copy's name says when, which serial, and what.

use crate::hcl::functions::hex;
use crate::host::clock;
use crate::state::object::{Class, Condition, Entry};
use crate::state::retry::Retry;
use crate::state::snapshot::parse_state;
use crate::state::{Store, StoreError};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::time::SystemTime;

/// So many copies are kept; the oldest goes when another one comes.
pub const KEPT: usize = 10;

/// One copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// `20261125T223236123Z-7-1a2b3c4d`: to the millisecond.
    pub name: String,
    pub serial: u64,
    pub entry: Entry,
}

/// What became of the wish for a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Under this name.
    Copied(String),
    /// The newest copy is the same.
    Known,
    /// There is no state yet.
    Nothing,
}

fn folder(store: &dyn Store) -> String {
    format!("{}.terrace/", store.key())
}

/// The copies, newest first.
///
/// # Errors
/// As the store says.
pub async fn list(store: &dyn Store) -> Result<Vec<Copy>, StoreError> {
    let folder = folder(store);
    let entries = Retry::default().repeat(|| store.objects().list(&folder)).await?;
    let copy = |entry: Entry| {
        let name = entry.key.strip_prefix(&folder)?.to_owned();
        let serial = name.split('-').nth(1)?.parse().ok()?;
        Some(Copy { name, serial, entry })
    };
    let mut copies: Vec<Copy> = entries.into_iter().filter_map(copy).collect();
    let moment = |copy: &Copy| copy.name.split('-').next().unwrap_or_default().to_owned();
    copies.sort_by_cached_key(|copy| std::cmp::Reverse((moment(copy), copy.serial)));
    Ok(copies)
}

/// Copies the state as it is now.
///
/// # Errors
/// As the store says. The state itself is never touched.
pub async fn take(store: &dyn Store) -> Result<Taken, StoreError> {
    let Some(object) = store.read().await?.filter(|object| !object.body.is_empty()) else {
        return Ok(Taken::Nothing);
    };
    keep(store, &object.body).await
}

/// Keeps this content of the state.
///
/// # Errors
/// As the store says.
pub async fn keep(store: &dyn Store, body: &Bytes) -> Result<Taken, StoreError> {
    let known = list(store).await?;
    let ending = ending(body);
    if known.first().is_some_and(|copy| copy.name.ends_with(&ending)) {
        return Ok(Taken::Known);
    }
    let name = format!("{}{ending}", stamp(clock::now()));
    let key = format!("{}{name}", folder(store));
    // Whoever was there first, or our own earlier attempt, wrote the same bytes: the name says so.
    let put = || store.objects().put(&key, Class::State, body.clone(), &Condition::Absent);
    match Retry::default().repeat(put).await {
        Ok(_) | Err(StoreError::Changed { .. }) => {}
        Err(error) => return Err(error),
    }
    for old in known.iter().skip(KEPT - 1) {
        // Somebody else may be tidying up, too; one copy too many does no harm.
        let _ = store.objects().delete(&old.entry.key, &old.entry.tag).await;
    }
    Ok(Taken::Copied(name))
}

/// `-7-1a2b3c4d`: the serial, and the beginning of the digest.
fn ending(body: &[u8]) -> String {
    let serial = parse_state(body).ok().flatten().map_or(0, |snapshot| snapshot.serial);
    format!("-{serial}-{}", hex(&Sha256::digest(body)[..4]))
}

/// `20261125T223236123Z`.
fn stamp(time: SystemTime) -> String {
    let seconds = clock::rfc3339(time).replace(['-', ':', 'Z'], "");
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{seconds}{:03}Z", since.subsec_millis())
}
