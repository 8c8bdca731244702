//! The protocol of network mirrors: `index.json` lists versions, `VERSION.json` the packages of one. Only over TLS.

use super::{MirrorError, Package, Wanted};
use crate::host::env::Env;
use crate::host::{fs, http};
use crate::provider::address::ProviderAddress;
use crate::provider::contents::{Contents, PackageError, zip_hash_of};
use crate::provider::package_hash::{PackageHash, Scheme};
use crate::provider::version::Version;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A secret that a mirror wants to see.
#[derive(Clone)]
pub struct Token(pub String);

/// Says nothing of it.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// A server of packages. Each of its lists is fetched once.
#[derive(Debug)]
pub struct NetworkMirror {
    base: Url,
    shown: String,
    token: Option<Token>,
    env: Env,
    client: OnceLock<Result<Client, String>>,
    lists: Mutex<BTreeMap<Url, Slot>>,
}

/// A list and the address that it came from in the end; the inner `None` if there is none.
type List = Option<Arc<(Url, Vec<u8>)>>;
/// The place of a list; who comes second waits for the first.
type Slot = Arc<Mutex<Option<List>>>;

#[derive(Deserialize)]
struct Index {
    versions: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Packages {
    archives: BTreeMap<String, Archive>,
}

#[derive(Deserialize)]
struct Archive {
    url: String,
    #[serde(default)]
    hashes: Vec<String>,
}

/// The longest list that is read.
const LONGEST_LIST: u64 = 8 << 20;
/// The largest package that is fetched.
const LARGEST_PACKAGE: u64 = 4 << 30;
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];

impl NetworkMirror {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// When the address is none, or not `https:`.
    pub fn new(address: &str, token: Option<Token>, env: Env) -> Result<Self, String> {
        let mut base = Url::parse(address).map_err(|error| format!("`{address}` is no address: {error}"))?;
        if base.scheme() != "https" || base.host_str().is_none() {
            return Err(format!("`{address}` is no address of a mirror: it begins with `https://`"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let shown = shown(&base);
        Ok(Self { base, shown, token, env, client: OnceLock::new(), lists: Mutex::default() })
    }

    /// The host of a mirror's address, with its port if it has one.
    #[must_use]
    pub fn host_of(address: &str) -> Option<String> {
        let url = Url::parse(address).ok()?;
        let host = url.host_str()?.to_owned();
        Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn versions(&self, address: &ProviderAddress) -> Result<Vec<Version>, MirrorError> {
        let Some((place, list)) = self.list::<Index>(address, "index.json")? else { return Ok(Vec::new()) };
        let versions = list
            .versions
            .keys()
            .map(|text| Version::parse(text).map_err(|_| odd(&place, &format!("`{text}` is no version"))));
        versions.collect()
    }

    pub(super) fn read(&self, wanted: Wanted<'_>) -> Result<Option<Package>, MirrorError> {
        let list = self.list::<Packages>(wanted.address, &format!("{}.json", wanted.version))?;
        let Some((place, list)) = list else { return Ok(None) };
        let Some(archive) = list.archives.get(&wanted.platform.to_string()) else { return Ok(None) };
        let url = place.join(&archive.url).map_err(|error| odd(&place, &error.to_string()))?;
        let package = self.fetch(&url, wanted.address.kind())?;
        check_promises(&package, &archive.hashes)?;
        Ok(Some(package))
    }

    /// A list and the address that it came from in the end; `None` if there is none.
    fn list<T: for<'de> Deserialize<'de>>(
        &self,
        address: &ProviderAddress,
        name: &str,
    ) -> Result<Option<(Url, T)>, MirrorError> {
        let path = format!("{address}/{name}");
        let url = self.base.join(&path).map_err(|error| odd(&self.base, &error.to_string()))?;
        let Some(list) = self.known_list(&url)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&list.1).map_err(|error| odd(&url, &error.to_string()))?;
        Ok(Some((list.0.clone(), parsed)))
    }

    fn known_list(&self, url: &Url) -> Result<List, MirrorError> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = lists.entry(url.clone()).or_default().clone();
        drop(lists);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = &*slot {
            return Ok(list.clone());
        }
        let list = self.fetch_list(url)?.map(Arc::new);
        *slot = Some(list.clone());
        Ok(list)
    }

    fn fetch_list(&self, url: &Url) -> Result<Option<(Url, Vec<u8>)>, MirrorError> {
        let response = match self.ask(url) {
            Ok(response) => response,
            Err(MirrorError::Answered { status: 404, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let from = response.url().clone();
        let mut bytes = Vec::new();
        response
            .take(LONGEST_LIST)
            .read_to_end(&mut bytes)
            .map_err(|error| unanswered(url, &http::innermost(&error)))?;
        Ok(Some((from, bytes)))
    }

    /// A package, in a file that has no name and goes when it is closed.
    fn fetch(&self, url: &Url, kind: &str) -> Result<Package, MirrorError> {
        let response = self.ask(url)?;
        let place = shown(url);
        let promised = response.content_length();
        let mut file = fs::scratch_file()?;
        let fetched = std::io::copy(&mut response.take(LARGEST_PACKAGE), &mut file)
            .map_err(|error| unanswered(url, &http::innermost(&error)))?;
        if promised.is_some_and(|promised| promised != fetched) {
            return Err(unanswered(url, "the line broke before the end"));
        }
        let path = Path::new(&place);
        let contents = Contents::of_zip_file(path, &file)?;
        contents.check_program(path, kind)?;
        let zip = zip_hash_of(&mut file)
            .map_err(|error| PackageError::Broken { path: path.to_path_buf(), problem: error.to_string() })?;
        let files = contents.hash();
        Ok(Package { place, contents, files, zip: Some(zip), told: Vec::new() })
    }

    /// Asks, and asks again when the server is busy or the line broke.
    fn ask(&self, url: &Url) -> Result<Response, MirrorError> {
        let mut pauses = PAUSES.iter();
        loop {
            let error = match self.ask_once(url) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match pauses.next().filter(|_| may_pass(&error)) {
                Some(pause) => std::thread::sleep(*pause),
                None => return Err(error),
            }
        }
    }

    fn ask_once(&self, url: &Url) -> Result<Response, MirrorError> {
        let client = self.client.get_or_init(|| http::blocking_client(&self.env, http::Patience::default()));
        let client = client.as_ref().map_err(|said| unanswered(url, said))?;
        let mut request = client.get(url.clone());
        // The token is the mirror's own: packages may lie elsewhere.
        let is_own = url.host_str() == self.base.host_str() && url.port() == self.base.port();
        if let Some(token) = self.token.as_ref().filter(|_| is_own) {
            request = request.bearer_auth(&token.0);
        }
        let response = request.send().map_err(|error| unanswered(url, &http::innermost(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(MirrorError::Answered { place: shown(url), status: status.as_u16() })
    }
}

/// A mirror may say which hashes a package has; then it must have one of them.
fn check_promises(package: &Package, promised: &[String]) -> Result<(), MirrorError> {
    let hashes = promised.iter().filter_map(|text| PackageHash::parse(text).ok());
    let known: Vec<PackageHash> = hashes.filter(|hash| hash.scheme() != Scheme::Unknown).collect();
    match known.first() {
        Some(promised) if !package.has_one_of(&known) => {
            Err(MirrorError::BrokenPromise { place: package.place.clone(), promised: promised.clone() })
        }
        _ => Ok(()),
    }
}

fn may_pass(error: &MirrorError) -> bool {
    match error {
        MirrorError::Answered { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        // A certificate that is not trusted will not be trusted in a second either.
        MirrorError::Unanswered { said, .. } => !said.contains("certificate"),
        _ => false,
    }
}

fn odd(url: &Url, said: &str) -> MirrorError {
    MirrorError::Odd { place: shown(url), said: said.to_owned() }
}

fn unanswered(url: &Url, said: &str) -> MirrorError {
    MirrorError::Unanswered { place: shown(url), said: said.to_owned() }
}

/// An address for people: without user, password and parameters, which may be secret.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
