//! The buckets and containers around states: what they lack, and mending it. Each once, however many states share it.

use super::Kept;
use crate::state::Store;
use crate::state::StoreError;
use crate::state::store::{Change, Step};
use futures_util::{StreamExt, stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A container and what it lacks.
#[derive(Clone, Debug)]
pub struct Surveyed {
    pub name: String,
    /// Whose states are in it.
    pub units: Vec<String>,
    pub store: Arc<dyn Store>,
    pub steps: Result<Vec<Step>, StoreError>,
}

impl Surveyed {
    /// The steps of one kind.
    pub fn of(&self, change: Change) -> impl Iterator<Item = &Step> {
        self.steps.iter().flatten().filter(move |step| step.change == change)
    }
}

/// A container that nobody looked at yet.
struct Shared {
    store: Arc<dyn Store>,
    units: Vec<String>,
}

/// Looks at every container once. A folder is none: terraform makes it by itself.
pub async fn survey(all: Vec<Kept>) -> Vec<Surveyed> {
    let mut by_name: BTreeMap<String, Shared> = BTreeMap::new();
    for Kept { unit, store, .. } in all {
        if store.backend() != "local" {
            let key = format!("{} {}", store.backend(), store.container());
            by_name.entry(key).or_insert_with(|| Shared { store, units: Vec::new() }).units.push(unit);
        }
    }
    let shared: Vec<Shared> = by_name.into_values().collect();
    stream::iter(shared).map(look).buffered(super::IN_FLIGHT).collect().await
}

async fn look(Shared { store, units }: Shared) -> Surveyed {
    let steps = store.survey().await;
    Surveyed { name: store.container(), units, store, steps }
}

/// Does these steps in their order; those that were done come back with the fault that ended it.
///
/// # Errors
/// The first step that fails.
pub async fn carry_out(store: &dyn Store, steps: &[Step]) -> Result<(), StoreError> {
    for step in steps {
        store.carry_out(step).await?;
    }
    Ok(())
}
