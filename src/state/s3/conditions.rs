//! Whether a store keeps the conditions that safety rests on. Amazon's own does; another one that speaks S3 may ignore
//! them in silence, so it is asked first, once, with an object of our own that nobody else knows.

use super::bucket::Bucket;
use crate::cloud::aws::{Fault, Meaning};
use crate::hcl::functions::hex;
use crate::host::random;
use crate::state::error::StoreError;
use crate::state::object::Objects;
use bytes::Bytes;
use tokio::sync::OnceCell;

/// A tag that no object has.
const NOBODY: &str = "\"00000000000000000000000000000000\"";

/// What was found out about one bucket.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    found: OnceCell<Found>,
}

#[derive(Clone, Copy, Debug)]
struct Found {
    writes: bool,
    deletes: bool,
}

impl Conditions {
    /// # Errors
    /// `Incapable` when a write would not heed its condition.
    pub(super) async fn ensure_writes(&self, bucket: &Bucket, key: &str) -> Result<(), StoreError> {
        let what = "write on a condition";
        let is_kept = self.ask(bucket, key).await?.writes;
        if is_kept { Ok(()) } else { Err(StoreError::Incapable { place: bucket.address(key), what }) }
    }

    /// # Errors
    /// `Incapable` when a deletion would not heed its condition.
    pub(super) async fn ensure_deletes(&self, bucket: &Bucket, key: &str) -> Result<(), StoreError> {
        let what = "delete on a condition";
        let is_kept = self.ask(bucket, key).await?.deletes;
        if is_kept { Ok(()) } else { Err(StoreError::Incapable { place: bucket.address(key), what }) }
    }

    async fn ask(&self, bucket: &Bucket, key: &str) -> Result<Found, StoreError> {
        let is_amazon = bucket.session.endpoints().await.s3.as_deref().is_none_or(is_amazons);
        if is_amazon {
            return Ok(Found { writes: true, deletes: true });
        }
        self.found.get_or_try_init(|| find_out(bucket, key)).await.copied()
    }
}

fn is_amazons(endpoint: &str) -> bool {
    let host = endpoint.split("://").last().unwrap_or_default();
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

/// Makes an object, tries to make it again, to replace and to delete it under a tag that it does not have, and deletes
/// it. Where we may not write beside the state, what a store says to a deletion of nothing has to do.
async fn find_out(bucket: &Bucket, key: &str) -> Result<Found, StoreError> {
    let chance = random::bytes::<8>().unwrap_or_default();
    let probe = format!("{key}.terrace/probe-{}", hex(&chance));
    let client = bucket.client(key).await?;
    let body = || Bytes::from_static(b"{}");
    let made = bucket.upload(client, &probe, body()).if_none_match("*").send().await;
    match made.map_err(|error| Fault::of(&error)) {
        Ok(_) => {}
        Err(fault) if matches!(fault.meaning, Meaning::Denied) => {
            return Ok(Found { writes: true, deletes: heeds_on_nothing(bucket, &probe).await? });
        }
        Err(fault) if fault.meaning == Meaning::Incapable => {
            return Ok(Found { writes: false, deletes: false });
        }
        Err(fault) => return Err(bucket.fault(&probe, &fault)),
    }
    let again = bucket.upload(client, &probe, body()).if_none_match("*").send().await;
    let creates = is_refusal(again.map_err(|error| Fault::of(&error)).err(), bucket, &probe)?;
    let replaced = bucket.upload(client, &probe, body()).if_match(NOBODY).send().await;
    let replaces = is_refusal(replaced.map_err(|error| Fault::of(&error)).err(), bucket, &probe)?;
    let deletes = heeds(bucket, &probe).await?;
    // It is ours alone: nothing can be lost.
    let _ = client.delete_object().bucket(&bucket.name).key(&probe).send().await;
    Ok(Found { writes: creates && replaces, deletes })
}

async fn heeds(bucket: &Bucket, probe: &str) -> Result<bool, StoreError> {
    let client = bucket.client(probe).await?;
    let deleted = client.delete_object().bucket(&bucket.name).key(probe).if_match(NOBODY).send().await;
    is_refusal(deleted.map_err(|error| Fault::of(&error)).err(), bucket, probe)
}

/// A store that heeds the condition cannot succeed in deleting nothing.
async fn heeds_on_nothing(bucket: &Bucket, probe: &str) -> Result<bool, StoreError> {
    match heeds(bucket, probe).await {
        Err(StoreError::Refused { status: 404, .. }) => Ok(true),
        Err(StoreError::Denied { .. }) => Ok(false),
        answer => answer,
    }
}

/// Success is a condition ignored; any other refusal than the condition's own tells nothing.
fn is_refusal(fault: Option<Fault>, bucket: &Bucket, probe: &str) -> Result<bool, StoreError> {
    match fault {
        None => Ok(false),
        Some(fault) if fault.meaning == Meaning::Changed => Ok(true),
        Some(fault) if matches!(fault.meaning, Meaning::Incapable) => Ok(false),
        Some(fault) => Err(bucket.fault(probe, &fault)),
    }
}
