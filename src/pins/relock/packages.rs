//! The packages that an estate needs, each read once, several at a time.

use super::decide::Known;
use super::{Decided, Lockable, Wishes};
use crate::host::{env, parallel};
use crate::provider::mirror::{MirrorError, Mirrors, Package, Wanted};
use crate::provider::{Platform, ProviderAddress, Version};
use std::collections::{BTreeMap, BTreeSet};

/// Which package. The version is its text: two that differ in their metadata are two.
type Key = (ProviderAddress, String, Platform);

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Packages(BTreeMap<Key, Result<Option<Package>, MirrorError>>);

impl Packages {
    pub fn find(&self, wanted: Wanted<'_>) -> Option<&Result<Option<Package>, MirrorError>> {
        self.0.get(&(wanted.address.clone(), wanted.version.to_string(), wanted.platform.clone()))
    }
}

/// Reading waits for the disk or a server most of the time.
fn threads() -> usize {
    (2 * env::parallelism()).clamp(4, 16)
}

/// The versions of these providers.
pub(super) fn versions(addresses: &BTreeSet<ProviderAddress>, mirrors: &Mirrors) -> Known {
    let addresses: Vec<&ProviderAddress> = addresses.iter().collect();
    let found = parallel::in_order(&addresses, threads(), |address| {
        ((*address).clone(), mirrors.versions(address).map_err(|error| error.to_string()))
    });
    found.into_iter().collect()
}

/// Every package of these units.
pub(super) fn read<'a>(
    units: impl Iterator<Item = (&'a Lockable, &'a Decided)>,
    mirrors: &Mirrors,
    wishes: &Wishes,
) -> Packages {
    let mut wanted: BTreeMap<Key, &Version> = BTreeMap::new();
    for (unit, decided) in units {
        for (address, version) in decided.iter().filter(|entry| unit.is_open(*entry, wishes)) {
            for platform in &unit.platforms {
                wanted.insert((address.clone(), version.to_string(), platform.clone()), version);
            }
        }
    }
    let wanted: Vec<(Key, &Version)> = wanted.into_iter().collect();
    let read = parallel::in_order(&wanted, threads(), |((address, _, platform), version)| {
        mirrors.read(Wanted { address, version, platform })
    });
    Packages(wanted.into_iter().map(|(key, _)| key).zip(read).collect())
}
