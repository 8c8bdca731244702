//! One package: a provider's version for a platform, and what its places are called. Pure.

use crate::provider::Version;
use crate::provider::address::ProviderAddress;
use crate::provider::lock_file::{LockFile, ProviderLock};
use crate::provider::package_hash::{PackageHash, Scheme};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A package of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Package {
    pub address: ProviderAddress,
    /// As lock files write it.
    pub version: String,
    /// `linux_amd64`
    pub platform: String,
}

/// A package, and the hashes that vouch for it.
#[derive(Clone, Debug)]
pub struct Locked {
    pub package: Package,
    pub hashes: BTreeSet<PackageHash>,
}

impl Locked {
    /// Whether this is one of the hashes.
    #[must_use]
    pub fn has(&self, hash: &str) -> bool {
        PackageHash::parse(hash).is_ok_and(|hash| self.hashes.contains(&hash))
    }

    /// Whether an unpacked package can be compared with them.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.hashes.iter().any(|hash| hash.scheme() == Scheme::Files)
    }
}

impl Package {
    #[must_use]
    pub fn new(address: &ProviderAddress, version: &Version, platform: &str) -> Self {
        Self { address: address.clone(), version: version.to_string(), platform: platform.to_owned() }
    }

    /// `host/namespace/name/version/platform`, as terraform lays packages out everywhere.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        let address = &self.address;
        [address.host(), address.namespace(), address.kind(), &self.version, &self.platform].iter().collect()
    }

    /// What its zip is called.
    #[must_use]
    pub fn archive_name(&self) -> String {
        format!("terraform-provider-{}_{}_{}.zip", self.address.kind(), self.version, self.platform)
    }

    /// The operating system and the architecture.
    #[must_use]
    pub fn system(&self) -> (&str, &str) {
        self.platform.split_once('_').unwrap_or((&self.platform, ""))
    }
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.address, self.version, self.platform)
    }
}

/// What a lock file locks, for this machine.
#[must_use]
pub fn locked(lock: &LockFile, platform: &str) -> Vec<Locked> {
    let one = |(address, lock): (&ProviderAddress, &ProviderLock)| Locked {
        package: Package::new(address, &lock.version, platform),
        hashes: lock.hashes.clone(),
    };
    lock.providers.iter().map(one).collect()
}
