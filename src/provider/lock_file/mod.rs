//! `.terraform.lock.hcl`: which version of each provider, and the hashes of its packages. Reads it as strictly as
//! terraform, with places, and writes it as terraform does, byte for byte. Knows no package.

mod glance;
mod read;
mod render;

use super::address::ProviderAddress;
use super::code::Dialect;
use super::package_hash::{PackageHash, Scheme};
use super::provider_range::ProviderConstraints;
use super::version::Version;
use crate::diag::{Code, Diagnostic, SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use glance::versions_in;
pub use read::parse;

/// What such a file is called.
pub const FILE_NAME: &str = ".terraform.lock.hcl";

/// A lock file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    pub header: Header,
    pub providers: BTreeMap<ProviderAddress, ProviderLock>,
}

impl LockFile {
    /// The tool that wrote it: the one whose registry it names, and where it names both, the one of its header.
    #[must_use]
    pub fn tool(&self) -> Option<Dialect> {
        let names =
            |dialect: Dialect| self.providers.keys().any(|address| address.host() == dialect.registry());
        match (names(Dialect::Terraform), names(Dialect::Tofu)) {
            (true, false) => Some(Dialect::Terraform),
            (false, true) => Some(Dialect::Tofu),
            (true, true) => Some(match self.header {
                Header::Terraform => Dialect::Terraform,
                Header::Tofu => Dialect::Tofu,
            }),
            (false, false) => None,
        }
    }
}

/// The tool that a file says it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    #[default]
    Terraform,
    Tofu,
}

impl Header {
    /// That of a tool of this name.
    #[must_use]
    pub fn of_tool(tool: &str) -> Self {
        if tool.contains("tofu") { Self::Tofu } else { Self::Terraform }
    }
}

/// What is locked of one provider.
#[derive(Clone, Debug)]
pub struct ProviderLock {
    pub version: Version,
    /// Those that the version was chosen by; for people and their tools, the version is what counts.
    pub constraints: ProviderConstraints,
    pub hashes: BTreeSet<PackageHash>,
    /// `None` of one that was not read.
    pub places: Option<Places>,
}

/// Where the parts of an entry stand.
#[derive(Clone, Debug)]
pub struct Places {
    /// `provider "…"`
    pub header: Span,
    pub version: Span,
    pub constraints: Option<Span>,
    /// The whole list.
    pub hashes: Option<Span>,
    /// Each hash as often as it is written, in order.
    pub each_hash: Vec<(PackageHash, Span)>,
}

impl ProviderLock {
    /// Whether a hash of this scheme is recorded.
    #[must_use]
    pub fn has(&self, scheme: Scheme) -> bool {
        self.hashes.iter().any(|hash| hash.scheme() == scheme)
    }
}

/// Places do not count.
impl PartialEq for ProviderLock {
    fn eq(&self, other: &Self) -> bool {
        self.version.is_same(&other.version)
            && self.constraints == other.constraints
            && self.hashes == other.hashes
    }
}

impl Eq for ProviderLock {}

/// The folder of a provider's version below the place where packages are kept: `host/namespace/name/version`.
#[must_use]
pub fn package_path(address: &ProviderAddress, version: &Version) -> PathBuf {
    [address.host(), address.namespace(), address.kind(), &version.to_string()].iter().collect()
}

impl LockFile {
    /// The file of a text; `None` if it has a fault that terraform would not take either. A hash that no package has
    /// is none.
    #[must_use]
    pub fn of_sound(text: &str) -> Option<Self> {
        let file = SourceMap::default().add(Path::new(FILE_NAME), "".into());
        let (lock, faults) = parse(text, file);
        let is_fault = |fault: &Diagnostic| fault.is_error() && fault.code != Code::LockHash;
        (!faults.iter().any(is_fault)).then_some(lock)
    }

    /// The packages that it names, as [`package_path`] has them.
    #[must_use]
    pub fn packages(&self) -> Vec<PathBuf> {
        self.providers.iter().map(|(address, lock)| package_path(address, &lock.version)).collect()
    }
}

#[cfg(test)]
mod tests;
