//! Packages on the disk, shared by runs: unpacked ones in the layout that terraform knows, and their zips. A package appears whole
//! or not at all, is never written again, and is given away only if a hash vouches for what lies there.

use super::package::{Locked, Package};
use crate::host::clock;
use crate::host::fs::{self, Access, EntryKind, Execute, FileError, Writable};
use crate::provider::contents::zip_hash;
use crate::provider::stamp::Stamp;
use crate::provider::{Contents, PackageError, PackageHash};
use crate::source::archive::{self, ArchiveError, Format, LIMITS};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No download and no unpacking takes so long.
const FORGOTTEN: Duration = Duration::from_secs(2 * 24 * 3600);

/// Where packages of runs lie.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// A package as it was downloaded.
#[derive(Clone, Debug)]
pub struct Archive {
    pub path: PathBuf,
    pub hash: PackageHash,
}

/// Why a package cannot be had from here.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no hash in the lock file vouches for the package of {0}")]
    NotVouched(Box<Package>),
    #[error("the lock file has no `h1:` hash of {0}, so that an unpacked package cannot be compared with it")]
    OnlyZip(Box<Package>),
    #[error("the package of {0} cannot be unpacked: {1}")]
    Archive(Box<Package>, ArchiveError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    File(#[from] FileError),
}

/// What is known of an unpacked package, to tell without reading it whether somebody changed it.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    hash: String,
    /// Of the zip that it came out of.
    #[serde(default)]
    zip: String,
    files: BTreeMap<String, Stamp>,
}

impl Store {
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of an unpacked package, whether or not it is there.
    #[must_use]
    pub fn folder(&self, package: &Package) -> PathBuf {
        self.root.join("packages").join(package.path())
    }

    fn archive(&self, package: &Package) -> PathBuf {
        self.root.join("archives").join(package.path()).join(package.archive_name())
    }

    /// A folder for what is not finished, on the same file system.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir, FileError> {
        let folder = self.root.join("unfinished");
        fs::create_dir_all(&folder)?;
        sweep(&folder);
        fs::temporary_dir(&folder, "package-")
    }

    /// The unpacked package, if it is there and one of the hashes is its own.
    #[must_use]
    pub fn find(&self, wanted: &Locked) -> Option<PathBuf> {
        let known = self.known(&wanted.package).ok()?;
        wanted.has(&known.hash).then(|| self.folder(&wanted.package))
    }

    /// What lies there now. It is read again if anything was touched since it was read last.
    fn known(&self, package: &Package) -> Result<Record, StoreError> {
        let (folder, at) = (self.folder(package), self.record_file(package));
        let files = stamps(&folder)?;
        let known = fs::read(&at).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
        if let Some(known) = known.filter(|known| known.files == files) {
            return Ok(known);
        }
        let record =
            Record { hash: Contents::of_folder(&folder)?.hash().to_string(), zip: String::new(), files };
        self.note(package, &record)?;
        Ok(record)
    }

    fn record_file(&self, package: &Package) -> PathBuf {
        self.root.join("records").join(package.path()).with_extension("json")
    }

    fn note(&self, package: &Package, record: &Record) -> Result<(), FileError> {
        let path = self.record_file(package);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        let bytes = serde_json::to_vec(record).map_err(|error| FileError {
            action: "write",
            path: path.clone(),
            source: error.into(),
        })?;
        fs::write_atomic(&path, &bytes, Access::Shared)
    }

    /// Unpacks a zip that one of the hashes vouches for, and publishes it, in the place of one that nothing vouches
    /// for. Whoever else publishes the same package meanwhile waits.
    ///
    /// # Errors
    /// When nothing vouches for it, or only a hash of the zip does; then the package is there all the same.
    pub fn publish(&self, wanted: &Locked, zip: &Archive) -> Result<PathBuf, StoreError> {
        let package = &wanted.package;
        let _alone = self.lock(package, "unpack")?;
        let known = self.known(package).ok();
        if known.as_ref().is_some_and(|known| wanted.has(&known.hash)) {
            return Ok(self.folder(package));
        }
        let by_zip = wanted.hashes.contains(&zip.hash);
        if by_zip && known.is_some_and(|known| known.zip == zip.hash.as_str()) {
            return Err(StoreError::OnlyZip(Box::new(package.clone())));
        }
        let scratch = self.scratch()?;
        let unpacked = scratch.path().join("unpacked");
        fs::create_dir_all(&unpacked)?;
        archive::unpack(&zip.path, Format::Zip, (&unpacked, LIMITS))
            .map_err(|error| StoreError::Archive(Box::new(package.clone()), error))?;
        let hash = Contents::of_folder(&unpacked)?.hash();
        let by_files = wanted.hashes.contains(&hash);
        if !by_files && !by_zip {
            return Err(StoreError::NotVouched(Box::new(package.clone())));
        }
        let folder = self.folder(package);
        seal(&unpacked)?;
        self.put(&unpacked, (&folder, scratch.path()))?;
        let (zip, files) = (zip.hash.to_string(), stamps(&folder)?);
        self.note(package, &Record { hash: hash.to_string(), zip, files })?;
        if by_files { Ok(folder) } else { Err(StoreError::OnlyZip(Box::new(package.clone()))) }
    }

    /// Gives a finished folder its name; what has it goes.
    fn put(&self, unpacked: &Path, (folder, scratch): (&Path, &Path)) -> Result<(), FileError> {
        fs::create_dir_all(folder.parent().unwrap_or(&self.root))?;
        if fs::exists(folder) {
            fs::rename(folder, &scratch.join("replaced"))?;
        }
        fs::rename(unpacked, folder)
    }

    /// Keeps a zip that was downloaded into a scratch folder; `None` if it is not the one with these digits.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep_archive(
        &self,
        package: &Package,
        (downloaded, digits): (&Path, Option<&str>),
    ) -> Result<Option<Archive>, FileError> {
        let hash = zip_hash(downloaded)?;
        if digits.is_some_and(|digits| !digits.eq_ignore_ascii_case(hash.value())) {
            return Ok(None);
        }
        let path = self.archive(package);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        fs::set_access(downloaded, Execute::No, Writable::No)?;
        fs::rename(downloaded, &path)?;
        Ok(Some(Archive { path, hash }))
    }

    /// The zip of a package, if it is there.
    #[must_use]
    pub fn find_archive(&self, package: &Package) -> Option<Archive> {
        let path = self.archive(package);
        let hash = zip_hash(&path).ok()?;
        Some(Archive { path, hash })
    }

    /// Keeps other processes from downloading the same package meanwhile.
    ///
    /// # Errors
    /// When the lock's file cannot be made.
    pub fn lock_archive(&self, package: &Package) -> Result<fs::FileLock, FileError> {
        self.lock(package, "download")
    }

    fn lock(&self, package: &Package, what: &str) -> Result<fs::FileLock, FileError> {
        let path = self.root.join("locks").join(package.path()).join(what);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        fs::lock(&path, || {})
    }
}

/// What a killed run left unfinished goes when nobody can still be at it.
fn sweep(folder: &Path) {
    for (name, _) in fs::list_dir(folder).unwrap_or_default() {
        let path = folder.join(name);
        let age =
            fs::metadata(&path).ok().and_then(|meta| clock::now().duration_since(meta.modified().ok()?).ok());
        if age.is_some_and(|age| age > FORGOTTEN) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// The stamps of all files below a folder, by their names from there.
fn stamps(folder: &Path) -> Result<BTreeMap<String, Stamp>, FileError> {
    let missing = |path: PathBuf| FileError {
        action: "read",
        path,
        source: std::io::Error::from(std::io::ErrorKind::NotFound),
    };
    let names = files(folder)?;
    let stamped = names.into_iter().map(|name| {
        let path = folder.join(&name);
        let stamp = Stamp::of(&path).ok_or_else(|| missing(path))?;
        Ok((name, stamp))
    });
    stamped.collect()
}

/// All files below a folder, with `/` between the parts of their names.
fn files(folder: &Path) -> Result<Vec<String>, FileError> {
    let (mut names, mut waiting) = (Vec::new(), vec![String::new()]);
    while let Some(below) = waiting.pop() {
        for (name, kind) in fs::list_dir(&folder.join(&below))? {
            let name = name.to_string_lossy();
            let name = if below.is_empty() { name.into_owned() } else { format!("{below}/{name}") };
            match kind {
                EntryKind::Directory => waiting.push(name),
                EntryKind::File | EntryKind::Other => names.push(name),
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Takes away the right to write files; folders stay as they are, so that the whole can be removed.
fn seal(folder: &Path) -> Result<(), FileError> {
    for name in files(folder)? {
        let path = folder.join(name);
        let execute = if fs::is_executable(&path) { Execute::Yes } else { Execute::No };
        fs::set_access(&path, execute, Writable::No)?;
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
