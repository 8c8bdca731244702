//! Objects of one bucket. Their tag is their generation, which every condition names.

use super::answer::{Refusal, broken, instant};
use super::api::Api;
use super::settings::Encryption;
use crate::host::clock::parse_rfc3339;
use crate::state::error::StoreError;
use crate::state::object::{Appetite, Class, Condition, Entry, Objects, Seen, Sink, Tag, Version, Whole};
use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Response, Url};
use serde::Deserialize;

#[derive(Clone, Debug)]
pub struct GcsObjects {
    pub api: Api,
    pub encryption: Encryption,
}

/// An object in a listing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    name: String,
    generation: String,
    #[serde(default)]
    size: String,
    updated: Option<String>,
    time_created: Option<String>,
    /// There only where it is no longer the present one.
    time_deleted: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Item>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Written {
    generation: String,
}

impl GcsObjects {
    /// What opens a state; locks are not encrypted.
    fn key_headers(&self, class: Class) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let (Encryption::Customer { key, digest }, Class::State) = (&self.encryption, class)
            && let (Some(key), Ok(digest)) = (key.header(""), HeaderValue::from_str(digest))
        {
            headers.insert("x-goog-encryption-algorithm", HeaderValue::from_static("AES256"));
            headers.insert("x-goog-encryption-key", key);
            headers.insert("x-goog-encryption-key-sha256", digest);
        }
        headers
    }

    /// Answers "not there" only where the bucket is: the store often says which, else it is asked.
    async fn check_bucket(&self, refusal: Refusal, place: &str) -> Result<(), StoreError> {
        match refusal.is_of_bucket() {
            Some(false) => Ok(()),
            Some(true) => Err(refusal.meaning(place.to_owned())),
            None => {
                let mut url = self.api.objects();
                url.query_pairs_mut().append_pair("maxResults", "1");
                self.api.send_well(self.api.request(Method::GET, url), place).await.map(drop)
            }
        }
    }

    async fn download(
        &self,
        url: Url,
        (key, class): (&str, Class),
        sink: &mut dyn Sink,
    ) -> Result<Option<Seen>, StoreError> {
        let place = self.address(key);
        let request = self.api.request(Method::GET, url).headers(self.key_headers(class));
        let mut response = self.api.send(request, &place).await?;
        if response.status().as_u16() == 404 {
            return self.check_bucket(Refusal::read(response).await, &place).await.map(|()| None);
        }
        if !response.status().is_success() {
            return Err(Refusal::read(response).await.meaning(place));
        }
        let seen = seen(&response).ok_or_else(|| no_generation(&place))?;
        while let Some(piece) = response.chunk().await.map_err(|error| broken(place.clone(), &error))? {
            if sink.take(&piece) == Appetite::Full {
                break;
            }
        }
        Ok(Some(seen))
    }

    async fn items(&self, pairs: &[(&str, &str)], place: &str) -> Result<Vec<Item>, StoreError> {
        let (mut items, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut url = self.api.objects();
            url.query_pairs_mut().extend_pairs(pairs).append_pair("projection", "noAcl");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let page: Page = self.api.ask(self.api.request(Method::GET, url), place).await?;
            items.extend(page.items);
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(items);
            }
        }
    }
}

/// A generation as the store counts them. Anything else names no content of an object.
fn generation<'a>(tag: &'a Tag, place: &str) -> Result<&'a str, StoreError> {
    let is_number = !tag.0.is_empty() && tag.0.bytes().all(|byte| byte.is_ascii_digit());
    // Zero would mean that nothing may be there.
    if is_number && tag.0 != "0" { Ok(&tag.0) } else { Err(StoreError::Changed { place: place.to_owned() }) }
}

fn seen(response: &Response) -> Option<Seen> {
    let headers = response.headers();
    let tag = Tag(headers.get("x-goog-generation")?.to_str().ok()?.to_owned());
    Some(Seen { tag, modified: instant(headers, "last-modified"), now: instant(headers, "date") })
}

fn no_generation(place: &str) -> StoreError {
    StoreError::Incapable { place: place.to_owned(), what: "say which generation of an object it gives" }
}

#[async_trait]
impl Objects for GcsObjects {
    fn address(&self, key: &str) -> String {
        self.api.place(key)
    }

    async fn stream(&self, key: &str, class: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        let mut url = self.api.object(key);
        url.query_pairs_mut().append_pair("alt", "media");
        self.download(url, (key, class), sink).await
    }

    async fn put(
        &self,
        key: &str,
        class: Class,
        body: Bytes,
        condition: &Condition,
    ) -> Result<Tag, StoreError> {
        let place = self.address(key);
        let expected = match condition {
            Condition::Absent => "0",
            Condition::Unchanged(tag) => generation(tag, &place)?,
        };
        let mut url = self.api.uploads();
        url.query_pairs_mut()
            .append_pair("uploadType", "media")
            .append_pair("name", key)
            .append_pair("ifGenerationMatch", expected);
        if let (Encryption::Kms(name), Class::State) = (&self.encryption, class) {
            url.query_pairs_mut().append_pair("kmsKeyName", name);
        }
        let request = self.api.request(Method::POST, url).headers(self.key_headers(class));
        let request = request.header("content-type", "application/json").body(body);
        let written: Written = self.api.ask(request, &place).await?;
        Ok(Tag(written.generation))
    }

    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        let place = self.address(key);
        let mut url = self.api.object(key);
        url.query_pairs_mut().append_pair("ifGenerationMatch", generation(tag, &place)?);
        let response = self.api.send(self.api.request(Method::DELETE, url), &place).await?;
        match response.status().as_u16() {
            200..=299 => Ok(true),
            404 => self.check_bucket(Refusal::read(response).await, &place).await.map(|()| false),
            _ => Err(Refusal::read(response).await.meaning(place)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let items = self.items(&[("prefix", prefix)], &self.address(prefix)).await?;
        let mut entries: Vec<Entry> = items.into_iter().map(entry).collect();
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        let items = self.items(&[("prefix", key), ("versions", "true")], &self.address(key)).await?;
        let mut versions: Vec<Version> =
            items.into_iter().filter(|item| item.name == key).map(version).collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.id.parse::<u64>().unwrap_or(0)));
        Ok(versions)
    }

    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError> {
        let place = self.address(key);
        let missing = || StoreError::Refused {
            place: place.clone(),
            status: 404,
            said: "there is no such version".to_owned(),
        };
        let wanted = Tag(version.to_owned());
        let wanted = generation(&wanted, &place).map_err(|_| missing())?;
        let mut url = self.api.object(key);
        url.query_pairs_mut().append_pair("alt", "media").append_pair("generation", wanted);
        let mut whole = Whole::default();
        let seen = self.download(url, (key, Class::State), &mut whole).await?;
        seen.map(|_| Bytes::from(whole.0)).ok_or_else(missing)
    }
}

fn entry(item: Item) -> Entry {
    Entry {
        modified: item.updated.as_deref().and_then(parse_rfc3339),
        size: item.size.parse().unwrap_or(0),
        key: item.name,
        tag: Tag(item.generation),
    }
}

fn version(item: Item) -> Version {
    Version {
        modified: item.time_created.or(item.updated).as_deref().and_then(parse_rfc3339),
        size: item.size.parse().unwrap_or(0),
        is_current: item.time_deleted.is_none(),
        id: item.generation,
    }
}
