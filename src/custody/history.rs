//! The versions of a state: those that the store keeps, and our copies. Newest first.

use super::copies;
use super::inventory::{Inventory, parse};
use super::trouble::Trouble;
use crate::state::{Store, StoreError};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::SystemTime;

/// So many versions are read at the same time.
const AT_ONCE: usize = 8;

/// One version.
#[derive(Clone, Debug)]
pub struct Edition {
    /// What `restore` takes.
    pub id: String,
    pub keeper: Keeper,
    pub modified: Option<SystemTime>,
    /// Bytes.
    pub size: u64,
    pub is_current: bool,
    /// What it says; `None` where it is no state that we can read.
    pub said: Option<Said>,
}

/// Who keeps a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    Store,
    Copy,
}

/// What a version says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub serial: u64,
    pub lineage: String,
    pub resources: usize,
    pub outputs: usize,
}

impl Said {
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        Self {
            serial: inventory.serial,
            lineage: inventory.lineage.clone(),
            resources: inventory.resources.len(),
            outputs: inventory.outputs.len(),
        }
    }
}

/// The newest `limit` versions, each read for what it says.
///
/// # Errors
/// As the store says.
pub async fn editions(store: &Arc<dyn Store>, limit: usize) -> Result<Vec<Edition>, Trouble> {
    let of_store = store.versions().await?.into_iter().map(|version| Edition {
        id: version.id,
        keeper: Keeper::Store,
        modified: version.modified,
        size: version.size,
        is_current: version.is_current,
        said: None,
    });
    let copies = copies::list(&**store).await?.into_iter().map(|copy| Edition {
        id: copy.name,
        keeper: Keeper::Copy,
        modified: copy.entry.modified,
        size: copy.entry.size,
        is_current: false,
        said: None,
    });
    let mut all: Vec<Edition> = of_store.chain(copies).collect();
    // A stable sort: of one instant, the store's own version comes first.
    all.sort_by_key(|edition| (!edition.is_current, edition.modified.map(std::cmp::Reverse)));
    all.truncate(limit);
    let read = |edition: Edition| async move {
        let body = read_edition(&**store, &edition.id).await.ok();
        let said = body.and_then(|body| parse(&body).ok().flatten()).map(|found| Said::of(&found));
        Edition { said, ..edition }
    };
    Ok(stream::iter(all).map(read).buffered(AT_ONCE).collect().await)
}

/// The content of a version.
///
/// # Errors
/// `NoVersion` when neither the store nor we keep it.
pub async fn read_edition(store: &dyn Store, id: &str) -> Result<Bytes, Trouble> {
    let copies = copies::list(store).await?;
    if let Some(copy) = copies.iter().find(|copy| copy.name == id) {
        let class = crate::state::object::Class::State;
        let object = crate::state::object::read_whole(store.objects(), &copy.entry.key, class).await?;
        return object.map(|object| object.body).ok_or_else(|| missing(store, id));
    }
    let versions = store.versions().await?;
    if !versions.iter().any(|version| version.id == id) {
        return Err(missing(store, id));
    }
    match store.read_version(id).await {
        Err(StoreError::Refused { status: 404, .. }) => Err(missing(store, id)),
        answer => Ok(answer?),
    }
}

fn missing(store: &dyn Store, id: &str) -> Trouble {
    Trouble::NoVersion { address: store.address(), version: id.to_owned() }
}
