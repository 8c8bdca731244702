//! Completing the lock files of many units. In order: which version each unit locks; which packages that needs, each read
//! once for the whole estate, in parallel; then each unit's file as terraform would write it. Writes nothing.

mod compose;
mod decide;
mod packages;

use crate::diag::Diagnostics;
use crate::provider::lock_file::{Header, LockFile};
use crate::provider::mirror::Mirrors;
use crate::provider::needed::Needs;
use crate::provider::package_hash::Scheme;
use crate::provider::{PackageHash, Platform, ProviderAddress, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A unit, and what its code needs.
#[derive(Clone, Debug)]
pub struct Lockable {
    /// As it is shown.
    pub name: String,
    /// Where its lock file is, or goes.
    pub path: PathBuf,
    pub old: Option<OldLock>,
    pub needs: Needs,
    /// That of a new file.
    pub header: Header,
    pub platforms: Vec<Platform>,
}

/// A lock file that was read without a fault.
#[derive(Clone, Debug)]
pub struct OldLock {
    pub text: String,
    pub lock: LockFile,
}

/// Whether a package is taken that no recorded hash vouches for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    #[default]
    Recorded,
    Mirror,
}

/// Which version is locked where one is locked already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The same, as long as the code allows it.
    #[default]
    Same,
    /// The newest that the code allows.
    Newest,
    /// This version of this provider, the same of all others.
    Moved(ProviderAddress, Version),
}

impl Choice {
    /// Whether packages of a provider are looked at.
    fn touches(&self, address: &ProviderAddress) -> bool {
        match self {
            Self::Moved(moved, _) => moved == address,
            Self::Same | Self::Newest => true,
        }
    }
}

/// When packages are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Always.
    #[default]
    Packages,
    /// Only where fewer hashes of files are recorded than there are platforms.
    Counts,
}

/// How lock files are completed.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub trust: Trust,
    pub choice: Choice,
    pub look: Look,
}

/// A lock file that has, or will have, another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: PathBuf,
    /// Empty if there is no file yet.
    pub old: String,
    pub new: String,
}

impl Lockable {
    /// The hashes that are recorded of this very version.
    fn recorded(&self, address: &ProviderAddress, version: &Version) -> BTreeSet<PackageHash> {
        let old = self.old.as_ref().and_then(|old| old.lock.providers.get(address));
        old.filter(|old| old.version.is_same(version)).map(|old| old.hashes.clone()).unwrap_or_default()
    }

    /// Whether the packages of a provider are to be read.
    fn is_open(&self, (address, version): (&ProviderAddress, &Version), wishes: &Wishes) -> bool {
        let of_files = |hash: &&PackageHash| hash.scheme() == Scheme::Files;
        let is_short =
            || self.recorded(address, version).iter().filter(of_files).count() < self.platforms.len();
        wishes.choice.touches(address) && (wishes.look == Look::Packages || is_short())
    }
}

/// The versions that a unit locks.
type Decided = BTreeMap<ProviderAddress, Version>;

/// What becomes of each unit's lock file, in order of the units; `None` if it stays.
#[must_use]
pub fn relock(
    units: &[Lockable],
    mirrors: &Mirrors,
    wishes: &Wishes,
) -> Vec<Result<Option<Change>, Diagnostics>> {
    let known = packages::versions(&decide::open_questions(units, &wishes.choice), mirrors);
    let decided: Vec<Result<Decided, Diagnostics>> =
        units.iter().map(|unit| decide::versions_of(unit, &known, &wishes.choice)).collect();
    let sound = units.iter().zip(&decided).filter_map(|(unit, decided)| Some((unit, decided.as_ref().ok()?)));
    let packages = packages::read(sound, mirrors, wishes);
    let compose = |(unit, decided): (&Lockable, Result<Decided, Diagnostics>)| {
        compose::lock_of(unit, &decided?, (&packages, mirrors), wishes)
    };
    units.iter().zip(decided).map(compose).collect()
}

#[cfg(test)]
mod tests;
