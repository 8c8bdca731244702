//! The objects of one bucket.

use super::conditions::Conditions;
use super::fault::at;
use super::settings::Encryption;
use crate::cloud::aws::{Fault, Meaning, Session};
use crate::state::error::StoreError;
use crate::state::object::{Appetite, Class, Condition, Entry, Objects, Seen, Sink, Tag, Version};
use async_trait::async_trait;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectCannedAcl, ServerSideEncryption};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};
use std::sync::Arc;
use std::time::SystemTime;

/// One bucket and how objects are written to it.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub session: Arc<Session>,
    pub name: String,
    pub encryption: Encryption,
    pub acl: Option<String>,
    pub conditions: Arc<Conditions>,
}

/// The headers of a key that we bring.
pub(super) struct CustomerKey {
    pub key: String,
    pub md5: String,
}

impl Encryption {
    fn customer(&self) -> Option<CustomerKey> {
        let key = self.customer_key.as_ref()?.reveal().to_owned();
        let md5 = STANDARD.encode(Md5::digest(STANDARD.decode(&key).ok()?));
        Some(CustomerKey { key, md5 })
    }

    fn algorithm(&self) -> Option<ServerSideEncryption> {
        let by_store = self.by_store && self.customer_key.is_none();
        by_store.then_some(match self.kms_key {
            Some(_) => ServerSideEncryption::AwsKms,
            None => ServerSideEncryption::Aes256,
        })
    }
}

impl Bucket {
    pub(super) fn fault(&self, key: &str, fault: &Fault) -> StoreError {
        match fault.meaning {
            Meaning::NoContainer => {
                StoreError::NoContainer { place: format!("s3://{}", self.name), what: "bucket" }
            }
            _ => at(self.address(key), fault),
        }
    }

    pub(super) async fn client(&self, key: &str) -> Result<&aws_sdk_s3::Client, StoreError> {
        self.session.s3().await.map_err(|fault| self.fault(key, &fault))
    }

    /// An upload as terraform makes it; the conditions are the caller's.
    pub(super) fn upload(
        &self,
        client: &aws_sdk_s3::Client,
        key: &str,
        body: Bytes,
    ) -> aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder {
        let customer = self.encryption.customer();
        let mut request = client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type("application/json")
            .content_length(i64::try_from(body.len()).unwrap_or(i64::MAX))
            .set_acl(self.acl.as_deref().map(ObjectCannedAcl::from))
            .set_server_side_encryption(self.encryption.algorithm())
            .set_sse_customer_algorithm(customer.as_ref().map(|_| "AES256".to_owned()))
            .set_sse_customer_key_md5(customer.as_ref().map(|customer| customer.md5.clone()))
            .set_sse_customer_key(customer.map(|customer| customer.key))
            .body(ByteStream::from(body));
        if self.encryption.by_store && self.encryption.customer_key.is_none() {
            request = request.set_ssekms_key_id(self.encryption.kms_key.clone());
        }
        if !self.session.access.skips_checksum {
            request = request.checksum_algorithm(ChecksumAlgorithm::Sha256);
        }
        request
    }

    /// Streams one content of an object.
    async fn pour(
        &self,
        key: &str,
        version: Option<&str>,
        sink: &mut dyn Sink,
    ) -> Result<Option<Seen>, StoreError> {
        let client = self.client(key).await?;
        let customer = self.encryption.customer();
        let answer = client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .set_sse_customer_algorithm(customer.as_ref().map(|_| "AES256".to_owned()))
            .set_sse_customer_key_md5(customer.as_ref().map(|customer| customer.md5.clone()))
            .set_sse_customer_key(customer.map(|customer| customer.key))
            .send()
            .await;
        let answer = match answer.map_err(|error| Fault::of(&error)) {
            Ok(answer) => answer,
            Err(fault) if fault.meaning == Meaning::NotFound && version.is_none() => return Ok(None),
            Err(fault) => return Err(self.fault(key, &fault)),
        };
        let seen = Seen {
            tag: Tag(answer.e_tag.unwrap_or_default()),
            modified: answer.last_modified.and_then(time),
            now: self.session.now(),
        };
        self.drain(key, (answer.body, answer.content_length), sink).await?;
        Ok(Some(seen))
    }

    async fn drain(
        &self,
        key: &str,
        (mut body, length): (ByteStream, Option<i64>),
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let cut = |said: String| StoreError::Unavailable { place: self.address(key), said };
        let mut received = 0i64;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| cut(crate::cloud::aws::fault::root(&error)))?;
            received += i64::try_from(piece.len()).unwrap_or(i64::MAX);
            if sink.take(&piece) == Appetite::Full {
                return Ok(());
            }
        }
        match length {
            Some(length) if length != received => {
                Err(cut(format!("it sent {received} bytes instead of {length}")))
            }
            _ => Ok(()),
        }
    }
}

fn time(time: DateTime) -> Option<SystemTime> {
    SystemTime::try_from(time).ok()
}

#[async_trait]
impl Objects for Bucket {
    fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }

    async fn stream(&self, key: &str, _: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        self.pour(key, None, sink).await
    }

    async fn put(&self, key: &str, _: Class, body: Bytes, condition: &Condition) -> Result<Tag, StoreError> {
        self.conditions.ensure_writes(self, key).await?;
        let client = self.client(key).await?;
        let request = self.upload(client, key, body);
        let request = match condition {
            Condition::Absent => request.if_none_match("*"),
            Condition::Unchanged(tag) => request.if_match(&tag.0),
        };
        match request.send().await.map_err(|error| Fault::of(&error)) {
            Ok(answer) => Ok(Tag(answer.e_tag.unwrap_or_default())),
            // There was something to be replaced, and it is gone.
            Err(fault) if fault.meaning == Meaning::NotFound && *condition != Condition::Absent => {
                Err(StoreError::Changed { place: self.address(key) })
            }
            Err(fault) => Err(self.fault(key, &fault)),
        }
    }

    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        self.conditions.ensure_deletes(self, key).await?;
        let client = self.client(key).await?;
        let request = client.delete_object().bucket(&self.name).key(key).if_match(&tag.0);
        match request.send().await.map_err(|error| Fault::of(&error)) {
            Ok(_) => Ok(true),
            Err(fault) if fault.meaning == Meaning::NotFound => Ok(false),
            Err(fault) if fault.meaning == Meaning::Incapable => {
                Err(StoreError::Incapable { place: self.address(key), what: "delete on a condition" })
            }
            Err(fault) => Err(self.fault(key, &fault)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let client = self.client(prefix).await?;
        let (mut entries, mut after) = (Vec::new(), None);
        loop {
            let request = client.list_objects_v2().bucket(&self.name).prefix(prefix);
            let answer = request.set_continuation_token(after).send().await;
            let answer = answer.map_err(|error| self.fault(prefix, &Fault::of(&error)))?;
            entries.extend(answer.contents.into_iter().flatten().map(|object| Entry {
                key: object.key.unwrap_or_default(),
                tag: Tag(object.e_tag.unwrap_or_default()),
                modified: object.last_modified.and_then(time),
                size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            }));
            after = answer.next_continuation_token;
            if after.is_none() {
                return Ok(entries);
            }
        }
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        let client = self.client(key).await?;
        let (mut versions, mut after) = (Vec::new(), (None, None));
        loop {
            let request = client.list_object_versions().bucket(&self.name).prefix(key);
            let request = request.set_key_marker(after.0).set_version_id_marker(after.1);
            let answer = request.send().await.map_err(|error| self.fault(key, &Fault::of(&error)))?;
            let found = answer.versions.into_iter().flatten();
            versions.extend(found.filter(|version| version.key.as_deref() == Some(key)).map(|version| {
                Version {
                    id: version.version_id.unwrap_or_default(),
                    modified: version.last_modified.and_then(time),
                    size: version.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                    is_current: version.is_latest.unwrap_or(false),
                }
            }));
            let is_past = answer.next_key_marker.as_deref().is_none_or(|marker| marker > key);
            if is_past || !answer.is_truncated.unwrap_or(false) {
                return Ok(versions);
            }
            after = (answer.next_key_marker, answer.next_version_id_marker);
        }
    }

    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError> {
        let mut whole = crate::state::object::Whole::default();
        self.pour(key, Some(version), &mut whole).await?;
        Ok(Bytes::from(whole.0))
    }
}
