//! Modules in S3: one object, most often an archive, or all objects below a folder.

use super::address::S3Source;
use super::archive;
use super::error::SourceError;
use super::http::{Client, Stamp};
use super::unpack::{file_name, of_archive, place_file};
use crate::cloud::Secret;
use crate::cloud::aws::shelf::{Item, Place, Reading, Shelf};
use crate::cloud::aws::{Access, Fault, Keys, Meaning};
use crate::hcl::functions::hex;
use crate::host::env::Env;
use crate::host::fs::{self, Execute};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// The largest object that is taken.
const LARGEST: u64 = 2 << 30;

/// What a fetch came to.
pub(super) enum Taken {
    Unchanged,
    /// The folder is filled.
    Anew(Stamp),
}

/// Where a fetch writes: the module, and what it needs on the way.
pub(super) struct Folders<'a> {
    pub into: &'a Path,
    pub scratch: &'a Path,
}

impl S3Source {
    /// What the environment says, and before it what the address says.
    fn access(&self, env: &Env) -> Access {
        let mut access = Access::of_env(env);
        access.region = self.region.clone().or(access.region);
        if let Some(endpoint) = &self.endpoint {
            access.endpoints.s3 = Some(endpoint.clone());
        }
        access.path_style = access.endpoints.s3.is_some();
        access.shared.profile = self.profile.clone();
        if let Some([id, secret, token]) = &self.keys {
            let token = Some(token).filter(|token| !token.is_empty()).map(Secret::new);
            access.keys = Some(Keys { id: id.clone(), secret: Secret::new(secret), token });
        }
        access
    }

    pub(super) fn address(&self) -> String {
        format!("s3://{}/{}", self.place.bucket, self.place.key)
    }

    fn fault(&self, fault: &Fault) -> SourceError {
        let address = self.address();
        match (fault.meaning, fault.status) {
            (Meaning::NotFound, _) => SourceError::Answered { address, status: 404 },
            (Meaning::Denied, 403) => SourceError::Answered { address, status: 403 },
            _ => SourceError::Unanswered { address, said: fault.said.chars().take(300).collect() },
        }
    }
}

/// Fetches a module; `known` is the stamp of what is at hand already.
pub(super) fn take(
    (source, env, client): (&S3Source, &Env, &Client),
    folders: &Folders<'_>,
    known: Option<&Stamp>,
) -> Result<Taken, SourceError> {
    let shelf = Shelf::open(source.access(env)).map_err(|fault| source.fault(&fault))?;
    let known = known.and_then(|stamp| stamp.etag.as_deref());
    let name = file_name(&source.place.key);
    let is_named = source.unpack.archive.is_some() || archive::named(&name) != archive::Named::Nothing;
    if !is_named && source.place.version.is_none() {
        let key = source.place.key.trim_end_matches('/');
        let items = shelf.list(&source.place.bucket, key).map_err(|fault| source.fault(&fault))?;
        let below = format!("{key}/");
        let items: Vec<Item> = items.into_iter().filter(|item| item.key.starts_with(&below)).collect();
        if !items.is_empty() {
            return take_folder((&shelf, source), (&items, &below), (folders, known));
        }
    }
    let Some(mut reading) = shelf.read(&source.place, known).map_err(|fault| source.fault(&fault))? else {
        return Ok(Taken::Unchanged);
    };
    let file = folders.scratch.join("download");
    save(&mut reading, &file, source)?;
    place_file(client, (&file, &name, &source.unpack), (folders.into, &source.address()))?;
    let _ = fs::remove_file(&file);
    Ok(Taken::Anew(Stamp { etag: reading.tag, modified: None }))
}

/// All that lies below a key, by the same rules as what comes out of an archive.
fn take_folder(
    (shelf, source): (&Shelf, &S3Source),
    (items, below): (&[Item], &str),
    (folders, known): (&Folders<'_>, Option<&str>),
) -> Result<Taken, SourceError> {
    let stamp = stamp_of(items);
    if known == Some(stamp.as_str()) {
        return Ok(Taken::Unchanged);
    }
    let unsafe_entry = |error| of_archive(error, &source.address());
    let mut place = archive::Place::within_limits(folders.into);
    let file = folders.scratch.join("download");
    for item in items.iter().filter(|item| !item.key.ends_with('/')) {
        let name = item.key.strip_prefix(below).unwrap_or(&item.key);
        place.accept(name).map_err(unsafe_entry)?;
        let at = Place { key: item.key.clone(), version: None, ..source.place.clone() };
        let read = shelf.read(&at, None).map_err(|fault| source.fault(&fault))?;
        let Some(mut reading) = read else { continue };
        save(&mut reading, &file, source)?;
        place.file(name, Execute::No, fs::open(&file)?).map_err(unsafe_entry)?;
    }
    place.finish().map_err(unsafe_entry)?;
    let _ = fs::remove_file(&file);
    Ok(Taken::Anew(Stamp { etag: Some(stamp), modified: None }))
}

fn save(reading: &mut Reading<'_>, file: &Path, source: &S3Source) -> Result<(), SourceError> {
    let mut broke = Broke { inner: reading, said: None };
    let written = fs::write_from(file, &mut (&mut broke).take(LARGEST + 1), Execute::No);
    if let Some(said) = broke.said {
        return Err(SourceError::Unanswered { address: source.address(), said });
    }
    match written? {
        written if written > LARGEST => {
            Err(SourceError::TooLarge { address: source.address(), most: LARGEST >> 20 })
        }
        _ => Ok(()),
    }
}

/// Remembers how a line broke, so that it is not taken for a disk that did.
struct Broke<'a, 'b> {
    inner: &'a mut Reading<'b>,
    said: Option<String>,
}

impl Read for Broke<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(buffer).inspect_err(|error| self.said = Some(error.to_string()))
    }
}

/// What tells one content of a folder from the next.
fn stamp_of(items: &[Item]) -> String {
    let mut digest = Sha256::new();
    for item in items {
        digest.update(format!("{}\n{}\n", item.key, item.tag));
    }
    hex(&digest.finalize())
}
