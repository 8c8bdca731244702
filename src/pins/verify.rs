//! Packages on this machine against lock files. Each package is read once, whoever locks it. Changes nothing.

use crate::host::{env, fs, parallel};
use crate::provider::contents::{Difference, PackageError};
use crate::provider::lock_file::{LockFile, ProviderLock};
use crate::provider::mirror::{FolderMirror, Package, Place, Wanted};
use crate::provider::package_hash::Scheme;
use crate::provider::{Platform, ProviderAddress, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A unit's lock file, and the folders that hold packages for this unit alone.
#[derive(Clone, Debug)]
pub struct Locked {
    pub name: String,
    pub lock: LockFile,
    pub folders: Vec<PathBuf>,
}

/// A package that was found.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub address: ProviderAddress,
    pub version: Version,
    pub platform: Platform,
    /// With every link resolved.
    pub path: PathBuf,
    /// The units that lock its version and may use it, by index.
    pub units: BTreeSet<usize>,
    place: Place,
}

/// What a package is to a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Sound,
    /// It has none of the recorded hashes. The files that differ from a sound package, if one is at hand.
    Tampered(Option<Vec<Difference>>),
    /// It is for another platform, for which nothing needs to be recorded.
    Foreign,
    /// No recorded hash could be its own: only those of zips are, and it is unpacked.
    Unchecked,
    /// It cannot be read.
    Broken(String),
}

/// A package as one unit sees it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// By index.
    pub unit: usize,
    pub package: Sighting,
    pub verdict: Verdict,
}

/// Finds and judges the packages of these units; `shared` are folders that any of them may use.
#[must_use]
pub fn verify(units: &[Locked], shared: &[PathBuf]) -> Vec<Finding> {
    let sightings: Vec<Sighting> = sightings(units, shared).into_values().collect();
    let threads = (2 * env::parallelism()).clamp(4, 16);
    let read = parallel::in_order(&sightings, threads, read);
    let seen: Vec<Seen> = sightings.into_iter().zip(read).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for (sighting, package) in &seen {
        for unit in &sighting.units {
            let Some(lock) = units.get(*unit).and_then(|it| it.lock.providers.get(&sighting.address)) else {
                continue;
            };
            let verdict = match package {
                Ok(package) => judge(package, sighting, lock),
                Err(error) => Verdict::Broken(error.to_string()),
            };
            findings.push(Finding { unit: *unit, package: sighting.clone(), verdict });
        }
    }
    compare(&mut findings, &seen);
    findings
}

type Seen = (Sighting, Result<Package, PackageError>);

fn sightings(units: &[Locked], shared: &[PathBuf]) -> BTreeMap<PathBuf, Sighting> {
    let mut found = BTreeMap::new();
    let mut listings = Listings::default();
    for (index, unit) in units.iter().enumerate() {
        for (address, lock) in &unit.lock.providers {
            for root in unit.folders.iter().chain(shared) {
                for platform in listings.platforms(root, address, &lock.version) {
                    let version = &lock.version;
                    let wanted = Wanted { address, version, platform: &platform };
                    let Some(place) = FolderMirror::new(root).find(wanted) else { continue };
                    let path = real_path(&place);
                    let new = || Sighting {
                        address: address.clone(),
                        version: version.clone(),
                        platform: platform.clone(),
                        path: path.clone(),
                        units: BTreeSet::new(),
                        place,
                    };
                    found.entry(path.clone()).or_insert_with(new).units.insert(index);
                }
            }
        }
    }
    found
}

/// What each folder has of a provider, listed once.
#[derive(Default)]
struct Listings(BTreeMap<(PathBuf, ProviderAddress), Vec<(Version, Platform)>>);

impl Listings {
    fn platforms(&mut self, root: &Path, address: &ProviderAddress, version: &Version) -> Vec<Platform> {
        let key = (root.to_path_buf(), address.clone());
        // A folder that is not there has no packages.
        let list = || FolderMirror::new(root).packages(address).unwrap_or_default();
        let all = self.0.entry(key).or_insert_with(list);
        all.iter().filter(|(it, _)| it.is_same(version)).map(|(_, platform)| platform.clone()).collect()
    }
}

fn real_path(place: &Place) -> PathBuf {
    let (Place::Folder(path) | Place::Zip(path)) = place;
    fs::canonicalize(path).unwrap_or_else(|_| path.clone())
}

fn read(sighting: &Sighting) -> Result<Package, PackageError> {
    let kind = sighting.address.kind();
    match &sighting.place {
        Place::Folder(path) => Package::of_folder(path, kind),
        Place::Zip(path) => Package::of_zip(path, kind),
    }
}

fn judge(package: &Package, sighting: &Sighting, lock: &ProviderLock) -> Verdict {
    let is_comparable = lock.has(Scheme::Files) || package.zip.is_some() && lock.has(Scheme::Zip);
    if package.has_one_of(&lock.hashes) {
        Verdict::Sound
    } else if !is_comparable {
        Verdict::Unchecked
    } else if sighting.platform == Platform::own() {
        Verdict::Tampered(None)
    } else {
        Verdict::Foreign
    }
}

/// Names the files by which a tampered package differs from a sound one of the same name.
fn compare(findings: &mut [Finding], seen: &[Seen]) {
    let sound: Vec<PathBuf> = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Sound)
        .map(|finding| finding.package.path.clone())
        .collect();
    for finding in findings {
        let Verdict::Tampered(files) = &mut finding.verdict else { continue };
        let own = &finding.package;
        let package = seen.iter().find(|(sighting, _)| sighting.path == own.path);
        let is_model = |sighting: &Sighting| {
            sound.contains(&sighting.path)
                && sighting.address == own.address
                && sighting.version.is_same(&own.version)
                && sighting.platform == own.platform
        };
        let model = seen.iter().find(|(sighting, _)| is_model(sighting));
        if let (Some((_, Ok(package))), Some((_, Ok(model)))) = (package, model) {
            *files = Some(package.contents.differences(&model.contents));
        }
    }
}

#[cfg(test)]
mod tests;
