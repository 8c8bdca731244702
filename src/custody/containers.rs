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
    pub backend: &'static str,
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

/// Looks at every container once. A folder is none: terraform makes it by itself.
pub async fn survey(all: Vec<Kept>) -> Vec<Surveyed> {
    let mut by_name: BTreeMap<(&'static str, String), (Arc<dyn Store>, Vec<String>)> = BTreeMap::new();
    for Kept { unit, store } in all {
        if store.backend() != "local" {
            let key = (store.backend(), store.container());
            by_name.entry(key).or_insert_with(|| (store, Vec::new())).1.push(unit);
        }
    }
    let look = |((backend, name), (store, units)): (
        (&'static str, String),
        (Arc<dyn Store>, Vec<String>),
    )| async move {
        let steps = store.survey().await;
        Surveyed { name, backend, units, store, steps }
    };
    stream::iter(by_name).map(look).buffered(super::IN_FLIGHT).collect().await
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
