//! Modules in buckets of Google's: one object, most often an archive, or every object below a name. Which contents are
//! meant is asked first; their generations stand for them for ever.

use super::archive::{ArchiveError, LIMITS, Place};
use super::error::SourceError;
use super::http::{Client, Question, save_plainly};
use super::unpack::{file_name, of_archive, place_file};
use super::{GcsSource, urlpath};
use crate::cloud::google::{Credentials, Fault, Tokens, Unusable, storage_endpoint};
use crate::diag::said;
use crate::hcl::functions::hex;
use crate::host::env::Env;
use crate::host::fs::{self, Execute};
use crate::host::http;
use crate::host::reactor::Reactor;
use reqwest::Url;
use serde::Deserialize;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// All buckets, as this environment may read them. The login is looked for when it is first needed.
#[derive(Debug)]
pub(super) struct Buckets {
    env: Env,
    door: OnceLock<Result<Door, String>>,
}

/// What gives tokens, and where they are waited for.
#[derive(Debug)]
struct Door {
    reactor: Reactor,
    tokens: Arc<Tokens>,
}

/// The contents that a source means now.
#[derive(Debug)]
pub(super) struct Found {
    objects: Vec<Object>,
    /// One object, whose name is the source's.
    is_file: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Object {
    name: String,
    generation: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Object>,
    next_page_token: Option<String>,
}

impl Found {
    /// Stands for these contents and no others.
    pub fn key(&self, source: &GcsSource) -> String {
        let objects = self.objects.iter().map(|object| format!("{}#{}", object.name, object.generation));
        let objects = objects.collect::<Vec<_>>().join("\n");
        let digest = hex(&<sha2::Sha256 as sha2::Digest>::digest(objects.as_bytes()));
        format!("gcs {}/{} {digest} {:?}", source.bucket, source.path, source.unpack)
    }
}

impl Buckets {
    pub fn new(env: Env) -> Self {
        Self { env, door: OnceLock::new() }
    }

    /// Blocks.
    pub fn find(&self, client: &Client, source: &GcsSource) -> Result<Found, SourceError> {
        let mut token = None::<String>;
        let mut below = Vec::new();
        loop {
            let mut url = self.url(source, None)?;
            url.query_pairs_mut().append_pair("prefix", &source.path).append_pair("projection", "noAcl");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let page: Page = self.ask(client, source, url)?;
            if let Some(object) = page.items.iter().find(|object| object.name == source.path) {
                return Ok(Found { objects: vec![object.clone()], is_file: true });
            }
            below.extend(page.items.into_iter().filter(|object| inside(source, &object.name).is_some()));
            token = page.next_page_token.filter(|token| !token.is_empty());
            if below.len() as u64 > LIMITS.entries {
                return Err(of_archive(ArchiveError::TooMany { most: LIMITS.entries }, &source.shown()));
            }
            if token.is_none() {
                break;
            }
        }
        if below.is_empty() {
            return Err(SourceError::Answered { address: source.shown(), status: 404 });
        }
        Ok(Found { objects: below, is_file: false })
    }

    /// Fills the folder with what was found; `scratch` is for downloads. Blocks.
    pub fn fill(
        &self,
        client: &Client,
        (source, found): (&GcsSource, &Found),
        (folder, scratch): (&Path, &Path),
    ) -> Result<(), SourceError> {
        let download = scratch.join("download");
        let mut place = Place::within_limits(folder);
        for object in &found.objects {
            self.save(client, (source, object), &download)?;
            if found.is_file {
                let from = (download.as_path(), &*file_name(&object.name), &source.unpack);
                place_file(client, from, (folder, &source.shown()))?;
                continue;
            }
            let name = inside(source, &object.name).unwrap_or_default();
            let placed = place.file(name, Execute::No, fs::open(&download)?);
            placed.map_err(|error| of_archive(error, &source.shown()))?;
        }
        let _ = fs::remove_file(&download);
        place.finish().map_err(|error| of_archive(error, &source.shown()))
    }

    fn save(
        &self,
        client: &Client,
        (source, object): (&GcsSource, &Object),
        path: &Path,
    ) -> Result<(), SourceError> {
        let mut url = self.url(source, Some(&object.name))?;
        url.query_pairs_mut().append_pair("alt", "media").append_pair("generation", &object.generation);
        save_plainly(client, &self.question(source, url)?, path)
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        client: &Client,
        source: &GcsSource,
        url: Url,
    ) -> Result<T, SourceError> {
        let answer = client.get(&self.question(source, url)?)?;
        let body = answer.response.bytes().map_err(|_| odd(source, "the line broke"))?;
        serde_json::from_slice(&body).map_err(|_| odd(source, "the answer is no listing"))
    }

    fn question(&self, source: &GcsSource, url: Url) -> Result<Question, SourceError> {
        let door = self.door.get_or_init(|| Door::open(&self.env));
        let door = door.as_ref().map_err(|said| odd(source, said))?;
        let tokens = Arc::clone(&door.tokens);
        let answer = door.reactor.wait(async move { tokens.headers().await });
        let headers = answer.ok_or_else(|| odd(source, "the question for a token was lost"))?;
        let headers = headers.map_err(|fault| odd(source, &why(fault)))?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text("authorization").and_then(|header| header.strip_prefix("Bearer "));
        let payer = text("x-goog-user-project").map(|project| ("x-goog-user-project", project.to_owned()));
        Ok(Question {
            url: url.into(),
            bearer: bearer.map(str::to_owned),
            headers: payer.into_iter().collect(),
        })
    }

    fn url(&self, source: &GcsSource, object: Option<&str>) -> Result<Url, SourceError> {
        let endpoint = storage_endpoint(&self.env);
        let url = Url::parse(&endpoint).and_then(|url| url.join("b"));
        let mut url = url.map_err(|_| odd(source, "STORAGE_EMULATOR_HOST is no address"))?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(&source.bucket).push("o").extend(object);
        }
        Ok(url)
    }
}

impl Door {
    fn open(env: &Env) -> Result<Self, String> {
        let unusable = |unusable| match unusable {
            Unusable::Unread => "the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read",
            Unusable::Malformed => "the credentials file is none",
            Unusable::Unknown => "the credentials file is of a kind that terrace cannot use",
        };
        let credentials = Credentials::of_env(env, Path::new("")).map_err(unusable)?;
        let client = http::client(env, http::Patience::default())?;
        let reactor = Reactor::start("gcs").map_err(|error| error.to_string())?;
        Ok(Self { reactor, tokens: Arc::new(Tokens::new(credentials, client)) })
    }
}

/// What an object is called in the folder that the source stands for; `None`: it is not in it, or a mark of a folder.
fn inside<'a>(source: &GcsSource, name: &'a str) -> Option<&'a str> {
    let rest = name.strip_prefix(source.path.as_str())?.strip_prefix('/')?;
    (!rest.is_empty() && !rest.ends_with('/')).then_some(rest)
}

fn why(fault: Fault) -> String {
    let text = match fault {
        Fault::None(text) => format!("there are no credentials: {text}"),
        Fault::Expired(text) => format!("the credentials have expired: {text}"),
        Fault::Denied(text) | Fault::Skewed(text) | Fault::Unavailable(text) => text,
    };
    said(&text)
}

fn odd(source: &GcsSource, said: &str) -> SourceError {
    SourceError::Unanswered { address: source.shown(), said: said.to_owned() }
}

impl GcsSource {
    /// For people.
    fn shown(&self) -> String {
        format!("gs://{}/{}", self.bucket, urlpath::escape_path(&self.path))
    }
}
