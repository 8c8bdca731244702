//! Places that have packages of providers: folders, packed and unpacked, servers, and what else somebody knows how to ask.
//! Knows no lock file: whoever takes a package judges it.

mod choice;
mod filesystem;
mod network;

use super::address::ProviderAddress;
use super::contents::{Contents, PackageError};
use super::package_hash::PackageHash;
use super::platform::Platform;
use super::version::Version;
use crate::host::fs::FileError;
use std::path::{Path, PathBuf};

pub use choice::{Chosen, Mirrors, Pattern};
pub use filesystem::{FolderMirror, Place};
pub use network::{NetworkMirror, Token};

/// Which package.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub address: &'a ProviderAddress,
    pub version: &'a Version,
    pub platform: &'a Platform,
}

/// A package that was read whole.
#[derive(Clone, Debug)]
pub struct Package {
    /// Where it came from, for messages.
    pub place: String,
    pub contents: Contents,
    /// The hash of its files.
    pub files: PackageHash,
    /// That of its zip, if it is one.
    pub zip: Option<PackageHash>,
    /// Hashes that its place tells of all packages of this version.
    pub told: Vec<PackageHash>,
}

/// Why a package or a list of versions is not had.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{place} cannot be asked: {said}")]
    Unanswered { place: String, said: String },
    #[error("{place} answers with status {status}")]
    Answered { place: String, status: u16 },
    #[error("{place} does not speak the protocol of mirrors: {said}")]
    Odd { place: String, said: String },
    #[error("the package at {place} does not have the hash that its mirror promises: `{promised}`")]
    BrokenPromise { place: String, promised: PackageHash },
}

/// A place that somebody else knows how to ask; see [`Mirror`] for what is answered.
pub trait PackageSource: std::fmt::Debug + Send + Sync {
    /// The versions of a provider, for whatever platform; none where the provider is not known. May block.
    ///
    /// # Errors
    /// When the place does not answer.
    fn versions(&self, address: &ProviderAddress) -> Result<Vec<Version>, MirrorError>;

    /// A package, read to its end; `None` if it is not there. May block.
    ///
    /// # Errors
    /// When it cannot be had, is damaged, or is not what the place says that it is.
    fn read(&self, wanted: Wanted<'_>) -> Result<Option<Package>, MirrorError>;

    /// Where it is, for messages.
    fn place(&self) -> String;
}

/// A place that has packages.
#[derive(Debug)]
pub enum Mirror {
    /// A folder, packed or unpacked; also a plugin cache and the packages of a working directory.
    Folder(FolderMirror),
    Network(Box<NetworkMirror>),
    Other(Box<dyn PackageSource>),
}

impl Mirror {
    /// The versions of a provider that are here, for whatever platform.
    ///
    /// # Errors
    /// When the place cannot be looked at.
    pub fn versions(&self, address: &ProviderAddress) -> Result<Vec<Version>, MirrorError> {
        match self {
            Self::Folder(mirror) => Ok(mirror.versions(address)?),
            Self::Network(mirror) => mirror.versions(address),
            Self::Other(source) => source.versions(address),
        }
    }

    /// Reads a package to its end; `None` if it is not here. Nothing of it is kept but hashes.
    ///
    /// # Errors
    /// When it cannot be had, is damaged, or would climb out of its folder.
    pub fn read(&self, wanted: Wanted<'_>) -> Result<Option<Package>, MirrorError> {
        match self {
            Self::Folder(mirror) => mirror.read(wanted),
            Self::Network(mirror) => mirror.read(wanted),
            Self::Other(source) => source.read(wanted),
        }
    }

    /// Where it is, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Folder(mirror) => mirror.root().display().to_string(),
            Self::Network(mirror) => mirror.shown().to_owned(),
            Self::Other(source) => source.place(),
        }
    }
}

impl Package {
    /// Reads an unpacked one.
    ///
    /// # Errors
    /// When it cannot be read, or has no program of the provider.
    pub fn of_folder(path: &Path, kind: &str) -> Result<Self, PackageError> {
        Self::new(path, Contents::of_folder(path)?, kind)
    }

    /// Reads a packed one.
    ///
    /// # Errors
    /// When it is damaged, or has no program of the provider.
    pub fn of_zip(path: &Path, kind: &str) -> Result<Self, PackageError> {
        let package = Self::new(path, Contents::of_zip(path)?, kind)?;
        Ok(Self { zip: Some(super::contents::zip_hash(path)?), ..package })
    }

    fn new(path: &Path, contents: Contents, kind: &str) -> Result<Self, PackageError> {
        contents.check_program(path, kind)?;
        let files = contents.hash();
        Ok(Self { place: path.display().to_string(), contents, files, zip: None, told: Vec::new() })
    }

    /// Whether one of these hashes is its own.
    #[must_use]
    pub fn has_one_of<'a>(&self, hashes: impl IntoIterator<Item = &'a PackageHash>) -> bool {
        hashes.into_iter().any(|hash| *hash == self.files || Some(hash) == self.zip.as_ref())
    }
}

/// The name of a packed provider.
fn zip_name(wanted: Wanted<'_>) -> String {
    let Wanted { address, version, platform } = wanted;
    format!("terraform-provider-{}_{version}_{platform}.zip", address.kind())
}

/// The folder of a provider below a mirror.
fn folder_of(root: &Path, address: &ProviderAddress) -> PathBuf {
    // A port's colon has no place in names of files on every system; the tools write it all the same.
    root.join(address.host()).join(address.namespace()).join(address.kind())
}

#[cfg(test)]
mod tests;
