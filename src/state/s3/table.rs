//! The lock table: one item holds a state's lock, another one the digest of its content.

use super::fault::at;
use crate::cloud::aws::{Fault, Meaning, Session};
use crate::state::error::{LockError, StoreError};
use crate::state::holder::{Holder, Life, Part};
use crate::state::lock_info::LockInfo;
use crate::state::object::Tag;
use crate::state::retry::Retry;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;
use std::sync::Arc;

/// The items of one state.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub session: Arc<Session>,
    pub name: String,
    /// `<bucket>/<key>`
    pub lock_id: String,
    pub retry: Retry,
}

impl Table {
    fn place(&self) -> String {
        format!("dynamodb://{}/{}", self.name, self.lock_id)
    }

    pub(super) fn fault(&self, fault: &Fault) -> StoreError {
        match fault.meaning {
            Meaning::NoContainer => {
                StoreError::NoContainer { place: format!("dynamodb://{}", self.name), what: "table" }
            }
            _ => at(self.place(), fault),
        }
    }

    pub(super) async fn client(&self) -> Result<&aws_sdk_dynamodb::Client, StoreError> {
        self.session.dynamodb().await.map_err(|fault| self.fault(&fault))
    }

    fn digest_id(&self) -> String {
        format!("{}-md5", self.lock_id)
    }

    /// One attribute of an item.
    async fn get(&self, id: &str, attribute: &str) -> Result<Option<String>, StoreError> {
        let ask = || async {
            let request = self.client().await?.get_item().table_name(&self.name).consistent_read(true);
            let answer = request.key("LockID", text(id)).send().await;
            answer.map_err(|error| self.fault(&Fault::of(&error)))
        };
        let item = self.retry.repeat(ask).await?.item;
        Ok(item.and_then(|item: HashMap<String, AttributeValue>| item.get(attribute)?.as_s().ok().cloned()))
    }

    /// The recorded digest, in hexadecimal digits.
    pub(super) async fn digest(&self) -> Result<Option<String>, StoreError> {
        let digest = self.get(&self.digest_id(), "Digest").await?;
        Ok(digest.filter(|digest| !digest.is_empty()))
    }

    pub(super) async fn record_digest(&self, digest: &str) -> Result<(), StoreError> {
        let ask = || async {
            let request = self.client().await?.put_item().table_name(&self.name);
            let request = request.item("LockID", text(&self.digest_id())).item("Digest", text(digest));
            request.send().await.map(drop).map_err(|error| self.fault(&Fault::of(&error)))
        };
        self.retry.repeat(ask).await
    }

    pub(super) async fn forget_digest(&self) -> Result<(), StoreError> {
        let ask = || async {
            let request = self.client().await?.delete_item().table_name(&self.name);
            let request = request.key("LockID", text(&self.digest_id()));
            request.send().await.map(drop).map_err(|error| self.fault(&Fault::of(&error)))
        };
        self.retry.repeat(ask).await
    }

    /// Makes the item if there is none. After an attempt whose end is not known, our own text is our success.
    pub(super) async fn acquire(&self, info: &LockInfo) -> Result<Holder, LockError> {
        let raw = LockInfo { path: self.lock_id.clone(), ..info.clone() }.to_json();
        for vanished in 0..=self.retry.repetitions {
            match self.retry.repeat(|| self.make(&raw)).await {
                Ok(()) => return Ok(self.holder(raw)),
                Err(StoreError::Changed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            match self.holders().await? {
                Some(holder) if holder.raw == raw.as_bytes() => return Ok(holder),
                Some(holder) => return Err(LockError::Held(Box::new(holder))),
                None => self.retry.wait(vanished).await,
            }
        }
        Err(StoreError::Changed { place: self.place() }.into())
    }

    async fn make(&self, raw: &str) -> Result<(), StoreError> {
        let request = self.client().await?.put_item().table_name(&self.name);
        let request = request.item("LockID", text(&self.lock_id)).item("Info", text(raw));
        let answer = request.condition_expression("attribute_not_exists(LockID)").send().await;
        answer.map(drop).map_err(|error| self.fault(&Fault::of(&error)))
    }

    pub(super) async fn holders(&self) -> Result<Option<Holder>, StoreError> {
        Ok(self.get(&self.lock_id, "Info").await?.map(|raw| self.holder(raw)))
    }

    fn holder(&self, raw: String) -> Holder {
        let info = LockInfo::parse(raw.as_bytes()).ok();
        Holder {
            part: Part::Table,
            place: self.place(),
            id: info.as_ref().map(|info| info.id.clone()).unwrap_or_default(),
            info,
            tag: Tag(raw.clone()),
            raw: raw.into_bytes(),
            since: None,
            now: self.session.now(),
            life: Life::Unknown,
        }
    }

    /// Deletes the item if it says what was seen.
    pub(super) async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        match self.retry.repeat(|| self.remove(&seen.tag.0)).await {
            Err(StoreError::Changed { .. }) => match self.holders().await? {
                Some(holder) => Err(LockError::Replaced(Box::new(holder))),
                None => Ok(()),
            },
            answer => Ok(answer?),
        }
    }

    async fn remove(&self, raw: &str) -> Result<(), StoreError> {
        let request = self.client().await?.delete_item().table_name(&self.name);
        let request = request.key("LockID", text(&self.lock_id)).condition_expression("Info = :info");
        let answer = request.expression_attribute_values(":info", text(raw)).send().await;
        answer.map(drop).map_err(|error| self.fault(&Fault::of(&error)))
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
