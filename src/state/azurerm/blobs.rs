//! The blobs of one container as objects, each call one request. Under a lease every write carries the lease's id and
//! sends the blob's metadata again: the service would drop it, and with it the note about who holds the lock.

use super::faults::{Refusal, store_error};
use super::session::Session;
use super::signing::WHOLE;
use crate::host::clock::parse_http_date;
use crate::state::error::StoreError;
use crate::state::object::{Appetite, Class, Condition, Entry, Objects, Seen, Sink, Tag, Version};
use async_trait::async_trait;
use azure_core::Error;
use azure_core::http::Etag;
use azure_core::http::headers::{HeaderName, Headers};
use azure_storage_blob::BlobClient;
use azure_storage_blob::models::{
    BlobClientDeleteOptions, BlobClientDownloadOptions, BlobClientGetPropertiesOptions,
    BlobClientUploadOptions, BlobContainerClientListBlobsOptions, BlobItem, DeleteSnapshotsOptionType,
    ListBlobsIncludeItem,
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::Arc;
use std::time::SystemTime;

/// The id of a version that has none because the account keeps none.
pub const CURRENT: &str = "current";

/// A container, perhaps under a lease on the blob that is written.
#[derive(Clone, Debug)]
pub struct Blobs {
    pub session: Arc<Session>,
    pub container: String,
    pub lease: Option<String>,
}

/// What a blob's headers say.
#[derive(Clone, Debug)]
pub struct About {
    pub seen: Seen,
    pub size: u64,
    /// Names in lower case.
    pub metadata: HashMap<String, String>,
    pub is_leased: bool,
    /// Whether the account keeps versions of it.
    pub has_version: bool,
}

impl Blobs {
    fn fault(&self, error: &Error, key: &str) -> StoreError {
        store_error(error, &self.address(key))
    }

    pub async fn blob(&self, key: &str) -> Result<BlobClient, StoreError> {
        self.session.blob(&self.container, key).await
    }

    /// A blob's headers; `None` if it is not there.
    pub async fn about(&self, key: &str) -> Result<Option<About>, StoreError> {
        let options = BlobClientGetPropertiesOptions::default();
        match self.blob(key).await?.get_properties(Some(options)).await {
            Ok(response) => Ok(Some(about(response.headers()))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.fault(&error, key)),
        }
    }

    /// Deletes a blob that may have copies, and them with it.
    pub async fn delete_with_copies(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        self.delete_blob(key, tag, Some(DeleteSnapshotsOptionType::Include)).await
    }

    async fn delete_blob(
        &self,
        key: &str,
        tag: &Tag,
        delete_snapshots: Option<DeleteSnapshotsOptionType>,
    ) -> Result<bool, StoreError> {
        let options = BlobClientDeleteOptions {
            if_match: Some(Etag::from(tag.0.clone())),
            lease_id: self.lease.clone(),
            delete_snapshots,
            ..Default::default()
        };
        match self.blob(key).await?.delete(Some(options)).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => match self.fault(&error, key) {
                // A condition never holds where nothing is.
                StoreError::Changed { .. } if self.about(key).await?.is_none() => Ok(false),
                fault => Err(fault),
            },
        }
    }

    /// What must be sent again, found under the condition that will hold for the write.
    async fn kept_metadata(
        &self,
        key: &str,
        condition: &Condition,
    ) -> Result<Option<HashMap<String, String>>, StoreError> {
        let Condition::Unchanged(tag) = condition else { return Ok(None) };
        match self.about(key).await? {
            Some(about) if about.seen.tag == *tag => Ok(Some(about.metadata)),
            _ => Err(StoreError::Changed { place: self.address(key) }),
        }
    }

    async fn rows(
        &self,
        prefix: &str,
        include: Vec<ListBlobsIncludeItem>,
    ) -> Result<Vec<BlobItem>, StoreError> {
        let options = BlobContainerClientListBlobsOptions {
            include: Some(include).filter(|include| !include.is_empty()),
            prefix: Some(prefix.to_owned()),
            ..Default::default()
        };
        let fault = |error: Error| self.fault(&error, prefix);
        let container = self.session.container(&self.container).await?;
        let mut pages = container.list_blobs(Some(options)).map_err(fault)?.into_pages();
        let mut rows = Vec::new();
        while let Some(page) = pages.try_next().await.map_err(fault)? {
            rows.extend(page.into_model().map_err(fault)?.blob_items);
        }
        Ok(rows)
    }
}

#[async_trait]
impl Objects for Blobs {
    fn address(&self, key: &str) -> String {
        format!("{}/{}/{key}", self.session.place(), self.container)
    }

    async fn stream(&self, key: &str, _: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        let options = BlobClientDownloadOptions {
            parallel: Some(NonZero::<usize>::MIN),
            partition_size: NonZero::new(WHOLE),
            ..Default::default()
        };
        let answer = match self.blob(key).await?.download(Some(options)).await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(self.fault(&error, key)),
        };
        let about = about(&answer.headers);
        let (mut body, mut length) = (answer.body, 0);
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| self.fault(&error, key))?;
            length += piece.len() as u64;
            if sink.take(&piece) == Appetite::Full {
                return Ok(Some(about.seen));
            }
        }
        if length != about.size {
            let said = format!("it ended after {length} of {} bytes", about.size);
            return Err(StoreError::Unavailable { place: self.address(key), said });
        }
        Ok(Some(about.seen))
    }

    async fn put(&self, key: &str, _: Class, body: Bytes, condition: &Condition) -> Result<Tag, StoreError> {
        let (if_match, if_none_match) = match condition {
            Condition::Absent => (None, Some(Etag::from("*"))),
            Condition::Unchanged(tag) => (Some(Etag::from(tag.0.clone())), None),
        };
        let options = BlobClientUploadOptions {
            blob_content_type: Some("application/json".to_owned()),
            metadata: self.kept_metadata(key, condition).await?,
            lease_id: self.lease.clone(),
            partition_size: NonZero::new(WHOLE as u64),
            if_match,
            if_none_match,
            ..Default::default()
        };
        let written = self.blob(key).await?.upload(body.into(), Some(options)).await;
        let written = written.map_err(|error| match is_missing(&error) {
            true => StoreError::Changed { place: self.address(key) },
            false => self.fault(&error, key),
        })?;
        Ok(tag_of(written.raw_response.headers()))
    }

    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        self.delete_blob(key, tag, None).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let rows = self.rows(prefix, Vec::new()).await?;
        let mut entries: Vec<Entry> = rows.into_iter().filter_map(entry).collect();
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        let include = vec![ListBlobsIncludeItem::Snapshots, ListBlobsIncludeItem::Versions];
        let rows = self.rows(key, include).await?;
        let own = rows.into_iter().filter(|row| row.name.as_deref() == Some(key));
        let mut versions: Vec<Version> = own.map(version).collect();
        versions.sort_by(|a, b| (b.is_current, b.modified, &b.id).cmp(&(a.is_current, a.modified, &a.id)));
        Ok(versions)
    }

    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError> {
        let mut options = BlobClientDownloadOptions {
            parallel: Some(NonZero::<usize>::MIN),
            partition_size: NonZero::new(WHOLE),
            ..Default::default()
        };
        match version.split_once(':') {
            _ if version == CURRENT => {}
            Some(("snapshot", time)) => options.snapshot = Some(time.to_owned()),
            Some(("version", id)) => options.version_id = Some(id.to_owned()),
            _ => {
                let said = "there is no such version".to_owned();
                return Err(StoreError::Refused { place: self.address(key), status: 404, said });
            }
        }
        let fault = |error: Error| self.fault(&error, key);
        let answer = self.blob(key).await?.download(Some(options)).await.map_err(fault)?;
        let size = about(&answer.headers).size;
        let body = answer.body.collect().await.map_err(fault)?;
        if body.len() as u64 != size {
            let said = format!("it ended after {} of {size} bytes", body.len());
            return Err(StoreError::Unavailable { place: self.address(key), said });
        }
        Ok(body)
    }
}

/// Whether it is the blob that is missing, not the container.
fn is_missing(error: &Error) -> bool {
    Refusal::of(error).is_some_and(|refusal| {
        refusal.status == 404 && !matches!(refusal.code, "ContainerNotFound" | "ResourceNotFound")
    })
}

fn text<'a>(headers: &'a Headers, name: &'static str) -> Option<&'a str> {
    headers.get_optional_str(&HeaderName::from_static(name))
}

fn tag_of(headers: &Headers) -> Tag {
    Tag(text(headers, "etag").unwrap_or_default().to_owned())
}

fn about(headers: &Headers) -> About {
    let named = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-ms-meta-")?;
        Some((name.to_owned(), value.as_str().to_owned()))
    });
    About {
        seen: Seen {
            tag: tag_of(headers),
            modified: text(headers, "last-modified").and_then(parse_http_date),
            now: text(headers, "date").and_then(parse_http_date),
        },
        size: text(headers, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0),
        metadata: named.collect(),
        is_leased: text(headers, "x-ms-lease-status") == Some("locked"),
        has_version: text(headers, "x-ms-version-id").is_some(),
    }
}

fn entry(row: BlobItem) -> Option<Entry> {
    let properties = row.properties.unwrap_or_default();
    Some(Entry {
        key: row.name?,
        tag: Tag(properties.etag.map(String::from).map(quoted).unwrap_or_default()),
        modified: properties.last_modified.map(SystemTime::from),
        size: properties.content_length.unwrap_or(0),
    })
}

/// A listing leaves the quotes away that every other answer has.
fn quoted(tag: String) -> String {
    if tag.starts_with('"') || tag.starts_with("W/") { tag } else { format!("\"{tag}\"") }
}

fn version(row: BlobItem) -> Version {
    let properties = row.properties.unwrap_or_default();
    let is_current = match (&row.snapshot, &row.version_id) {
        (Some(_), _) => false,
        (None, Some(_)) => row.is_current_version.unwrap_or(false),
        (None, None) => true,
    };
    let id = match (row.snapshot, row.version_id) {
        (Some(time), _) => format!("snapshot:{time}"),
        (None, Some(id)) => format!("version:{id}"),
        (None, None) => CURRENT.to_owned(),
    };
    Version {
        id,
        modified: properties.last_modified.map(SystemTime::from),
        size: properties.content_length.unwrap_or(0),
        is_current,
    }
}
