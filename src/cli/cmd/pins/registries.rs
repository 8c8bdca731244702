//! The registries of providers as a place of packages, for who asks for it. A sum is what the registry's host says over TLS:
//! signatures are not checked.

use crate::host::fs;
use crate::provider::mirror::{MirrorError, Package, PackageSource, Wanted};
use crate::provider::{PackageHash, ProviderAddress, Version};
use crate::source::{Fetcher, SourceError};
use reqwest::Url;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Asks the registry of each provider's own host.
#[derive(Debug)]
pub(super) struct Registries {
    fetcher: Arc<Fetcher>,
    /// Lists of sums by their addresses, each read once.
    sums: Mutex<HashMap<Url, Sums>>,
}

/// The digits of each file of a version.
type Sums = Arc<Vec<(String, String)>>;

/// What a registry says of a package.
#[derive(Deserialize)]
struct Download {
    filename: String,
    download_url: String,
    shasum: String,
    shasums_url: String,
}

impl Registries {
    pub fn new(fetcher: Arc<Fetcher>) -> Self {
        Self { fetcher, sums: Mutex::default() }
    }

    /// What the registry says of a package; `None` if it has none for this platform.
    fn download(&self, wanted: Wanted<'_>) -> Result<Option<(Url, Download)>, MirrorError> {
        let address = wanted.address;
        let host = address.host();
        let base = self.fetcher.provider_registry(host).map_err(|error| refused(host, &error))?;
        let platform = wanted.platform.to_string().replacen('_', "/", 1);
        let (namespace, kind) = (address.namespace(), address.kind());
        let url = join(&base, &format!("./{namespace}/{kind}/{}/download/{platform}", wanted.version))?;
        let said = match self.fetcher.ask_as_host(host, &url) {
            Err(SourceError::Answered { status: 404, .. }) => return Ok(None),
            said => said.map_err(|error| refused(host, &error))?,
        };
        let download = serde_json::from_value(said).map_err(|error| odd(&url, &error.to_string()))?;
        Ok(Some((url, download)))
    }

    fn sums(&self, url: &Url) -> Result<Sums, MirrorError> {
        let mut known = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sums) = known.get(url) {
            return Ok(Arc::clone(sums));
        }
        let said = self.fetcher.ask_for(url, None).map_err(|error| refused(place(url), &error))?;
        let text = String::from_utf8_lossy(&said.body);
        let lines = text.lines().filter_map(|line| line.split_once(char::is_whitespace));
        let sums: Vec<_> =
            lines.map(|(digits, name)| (digits.to_ascii_lowercase(), name.trim().to_owned())).collect();
        let sums = Arc::new(sums);
        known.insert(url.clone(), Arc::clone(&sums));
        Ok(sums)
    }

    /// The zip in a folder that goes, read to its end.
    fn fetch(&self, url: &Url, kind: &str) -> Result<Package, MirrorError> {
        let folder = fs::scratch_dir()?;
        let path = folder.path().join("package.zip");
        self.fetcher.save(url, &path).map_err(|error| refused(place(url), &error))?;
        Ok(Package { place: place(url).to_owned(), ..Package::of_zip(&path, kind)? })
    }
}

impl PackageSource for Registries {
    fn versions(&self, address: &ProviderAddress) -> Result<Vec<Version>, MirrorError> {
        let (host, name) = (address.host(), format!("{}/{}", address.namespace(), address.kind()));
        let versions = match self.fetcher.provider_versions(host, &name) {
            Err(SourceError::NoSuchProvider { .. }) => return Ok(Vec::new()),
            versions => versions.map_err(|error| refused(host, &error))?,
        };
        // Others may say more than we understand; such a version is never chosen.
        Ok(versions.iter().filter_map(|version| Version::parse(version).ok()).collect())
    }

    fn read(&self, wanted: Wanted<'_>) -> Result<Option<Package>, MirrorError> {
        let Some((asked, download)) = self.download(wanted)? else { return Ok(None) };
        let sums = self.sums(&join(&asked, &download.shasums_url)?)?;
        let digits = download.shasum.to_ascii_lowercase();
        if !sums.contains(&(digits.clone(), download.filename.clone())) {
            let said = format!("its list of sums has no line for {} with {digits}", download.filename);
            return Err(odd(&asked, &said));
        }
        let package = self.fetch(&join(&asked, &download.download_url)?, wanted.address.kind())?;
        let promised = PackageHash::of_zip(&digits);
        if package.zip.as_ref() != Some(&promised) {
            return Err(MirrorError::BrokenPromise { place: package.place, promised });
        }
        // terraform records every sum of the version, those of other platforms too.
        let told = sums.iter().map(|(digits, _)| PackageHash::of_zip(digits)).collect();
        Ok(Some(Package { told, ..package }))
    }

    fn place(&self) -> String {
        "the registries of the providers".to_owned()
    }
}

fn join(base: &Url, path: &str) -> Result<Url, MirrorError> {
    base.join(path).map_err(|error| odd(base, &error.to_string()))
}

/// An address for people; parameters may be secret.
fn place(url: &Url) -> &str {
    url.as_str().split(['?', '#']).next().unwrap_or_default()
}

fn odd(url: &Url, said: &str) -> MirrorError {
    MirrorError::Odd { place: place(url).to_owned(), said: said.to_owned() }
}

fn refused(place: &str, error: &SourceError) -> MirrorError {
    MirrorError::Unanswered { place: place.to_owned(), said: error.to_string() }
}
