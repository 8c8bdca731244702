//! The zips of packages, each downloaded once in a run, whoever asks, and kept for later runs. Whether a zip is the
//! right one is for lock files to say.

use super::origins::Origin;
use super::package::{Locked, Package};
use super::store::{Archive, Store};
use crate::host::fs;
use crate::provider::Contents;
use crate::source::{Fetcher, SourceError};
use reqwest::Url;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Slot = Arc<OnceLock<Result<Archive, String>>>;

/// The zips of a run.
#[derive(Debug)]
pub struct Archives {
    pub store: Store,
    fetcher: Arc<Fetcher>,
    slots: Mutex<HashMap<Package, Slot>>,
}

/// Where a zip lies, and what is said of it there.
#[derive(Clone, Debug)]
pub struct Offer {
    pub url: Url,
    /// The SHA-256 in hexadecimal digits, where somebody says one.
    pub digits: Option<String>,
}

/// What a registry says of a package.
#[derive(Deserialize)]
struct Download {
    download_url: String,
    #[serde(default)]
    shasum: Option<String>,
}

/// What a network mirror says of a version.
#[derive(Deserialize)]
struct Mirrored {
    archives: HashMap<String, MirroredArchive>,
}

#[derive(Deserialize)]
struct MirroredArchive {
    url: String,
}

impl Archives {
    #[must_use]
    pub fn new(store: Store, fetcher: Arc<Fetcher>) -> Self {
        Self { store, fetcher, slots: Mutex::default() }
    }

    /// The zip of a package, from the first origin that has it. One that was kept is taken if the lock file knows it. Blocks.
    ///
    /// # Errors
    /// When none has it; everybody who asks gets the same error.
    pub fn fetch(&self, wanted: &Locked, origins: &[Origin]) -> Result<Archive, String> {
        let package = &wanted.package;
        self.once(package, &|kept| is_vouched(wanted, kept), || {
            let mut failed = format!("{package} is offered nowhere");
            for origin in origins {
                match self.offer(package, origin) {
                    Ok(offer) => return Ok(offer),
                    Err(error) => failed = format!("{package} cannot be had: {error}"),
                }
            }
            Err(failed)
        })
    }

    /// The zip of a package whose place is known. Blocks.
    ///
    /// # Errors
    /// When it cannot be downloaded.
    pub fn fetch_offered(&self, package: &Package, offer: Offer) -> Result<Archive, String> {
        let digits = offer.digits.clone();
        let is_right = |archive: &Archive| {
            digits.as_ref().is_none_or(|digits| digits.eq_ignore_ascii_case(archive.hash.value()))
        };
        let archive = self.once(package, &is_right, || Ok(offer))?;
        if is_right(&archive) { Ok(archive) } else { Err(format!("{package} was had from elsewhere")) }
    }

    /// The zip, if this run has had it.
    #[must_use]
    pub fn known(&self, package: &Package) -> Option<Archive> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(package)?.get()?.clone().ok()
    }

    fn once(
        &self,
        package: &Package,
        is_right: &dyn Fn(&Archive) -> bool,
        offer: impl FnOnce() -> Result<Offer, String>,
    ) -> Result<Archive, String> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(package.clone()).or_default())
        };
        slot.get_or_init(|| self.have(package, is_right, offer)).clone()
    }

    fn have(
        &self,
        package: &Package,
        is_right: &dyn Fn(&Archive) -> bool,
        offer: impl FnOnce() -> Result<Offer, String>,
    ) -> Result<Archive, String> {
        let text = |error: fs::FileError| error.to_string();
        let _alone = self.store.lock_archive(package).map_err(text)?;
        if let Some(archive) = self.store.find_archive(package).filter(is_right) {
            return Ok(archive);
        }
        let offer = offer()?;
        let scratch = self.store.scratch().map_err(text)?;
        let path = scratch.path().join("package.zip");
        self.fetcher.save(&offer.url, &path).map_err(|error| error.to_string())?;
        let archive = self.store.keep_archive(package, (&path, offer.digits.as_deref())).map_err(text)?;
        archive.ok_or_else(|| format!("the download of {package} is not what its registry says it is"))
    }

    fn offer(&self, package: &Package, origin: &Origin) -> Result<Offer, SourceError> {
        let address = &package.address;
        let (system, architecture) = package.system();
        match origin {
            Origin::Registry => {
                let base = self.fetcher.provider_registry(address.host())?;
                let path = format!(
                    "{}/{}/{}/download/{system}/{architecture}",
                    address.namespace(),
                    address.kind(),
                    package.version
                );
                let url = join(&base, &path, address.host())?;
                let said: Download = parsed(self.fetcher.ask_as_host(address.host(), &url)?, address.host())?;
                Ok(Offer { url: join(&url, &said.download_url, address.host())?, digits: said.shasum })
            }
            Origin::Mirror(base) => {
                let host = Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned));
                let host = host.unwrap_or_default();
                let base = format!("{}/", base.trim_end_matches('/'));
                let path = format!("{address}/{}.json", package.version);
                let url = join(&Url::parse(&base).map_err(|error| odd(&host, &error))?, &path, &host)?;
                let said: Mirrored = parsed(self.fetcher.ask_as_host(&host, &url)?, &host)?;
                let archive = said.archives.get(&package.platform);
                let archive =
                    archive.ok_or_else(|| odd(&host, &format!("nothing for {}", package.platform)))?;
                Ok(Offer { url: join(&url, &archive.url, &host)?, digits: None })
            }
        }
    }
}

/// Whether a lock file knows a zip, or what it holds.
fn is_vouched(wanted: &Locked, archive: &Archive) -> bool {
    let holds = |archive: &Archive| Contents::of_zip(&archive.path).map(|contents| contents.hash());
    wanted.hashes.contains(&archive.hash) || holds(archive).is_ok_and(|hash| wanted.hashes.contains(&hash))
}

fn parsed<T: for<'de> Deserialize<'de>>(json: serde_json::Value, host: &str) -> Result<T, SourceError> {
    serde_json::from_value(json).map_err(|error| odd(host, &error))
}

fn join(base: &Url, path: &str, host: &str) -> Result<Url, SourceError> {
    // A host with a port would be taken for a scheme.
    let path =
        if path.contains("://") || path.starts_with('/') { path.to_owned() } else { format!("./{path}") };
    base.join(&path).map_err(|error| odd(host, &error))
}

fn odd(host: &str, said: &dyn std::fmt::Display) -> SourceError {
    SourceError::OddRegistry { host: host.to_owned(), said: said.to_string() }
}
