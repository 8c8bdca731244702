//! A folder of packages: `host/namespace/name/` and below it either `version/platform/` with the files of a package, or
//! zips. What is there in both forms is taken unpacked, as terraform does.

use super::{MirrorError, Package, Wanted, folder_of, zip_name};
use crate::host::fs::{self, FileError};
use crate::provider::address::ProviderAddress;
use crate::provider::platform::Platform;
use crate::provider::version::Version;
use std::path::{Path, PathBuf};

/// A folder of packages.
#[derive(Clone, Debug)]
pub struct FolderMirror {
    root: PathBuf,
}

impl FolderMirror {
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The versions of a provider.
    ///
    /// # Errors
    /// When the mirror is no folder, or one below cannot be listed.
    pub fn versions(&self, address: &ProviderAddress) -> Result<Vec<Version>, FileError> {
        let packages = self.packages(address)?;
        let mut versions: Vec<Version> = packages.into_iter().map(|(version, _)| version).collect();
        versions.sort_by(Version::precedence);
        versions.dedup_by(|a, b| a.is_same(b));
        Ok(versions)
    }

    /// Every package of a provider: its version and its platform.
    ///
    /// # Errors
    /// When the mirror is no folder, or one below cannot be listed.
    pub fn packages(&self, address: &ProviderAddress) -> Result<Vec<(Version, Platform)>, FileError> {
        let folder = folder_of(&self.root, address);
        let entries = match fs::list_dir(&folder) {
            Ok(entries) => entries,
            // A mirror need not have every provider, but it must be there itself.
            Err(error) if error.is_not_found() => return fs::list_dir(&self.root).map(|_| Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for name in entries.iter().filter_map(|(name, _)| name.to_str()) {
            match version_of(name) {
                Some(version) => found.extend(platforms(&folder.join(name))?.map(|it| (version.clone(), it))),
                None => found.extend(of_zip_name(name, address.kind())),
            }
        }
        Ok(found)
    }

    /// Where a package lies; `None` if it is not here.
    #[must_use]
    pub fn find(&self, wanted: Wanted<'_>) -> Option<Place> {
        let folder = folder_of(&self.root, wanted.address);
        let unpacked = folder.join(wanted.version.to_string()).join(wanted.platform.to_string());
        if fs::is_dir(&unpacked) {
            return Some(Place::Folder(unpacked));
        }
        let packed = folder.join(zip_name(wanted));
        fs::exists(&packed).then_some(Place::Zip(packed))
    }

    pub(super) fn read(&self, wanted: Wanted<'_>) -> Result<Option<Package>, MirrorError> {
        let kind = wanted.address.kind();
        Ok(match self.find(wanted) {
            None => None,
            Some(Place::Folder(path)) => Some(Package::of_folder(&path, kind)?),
            Some(Place::Zip(path)) => Some(Package::of_zip(&path, kind)?),
        })
    }
}

/// Where a package lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    Zip(PathBuf),
}

/// A version as folders are called by it: in full.
fn version_of(name: &str) -> Option<Version> {
    Version::parse(name).ok().filter(|version| version.to_string() == name)
}

fn platforms(folder: &Path) -> Result<impl Iterator<Item = Platform> + use<>, FileError> {
    if !fs::is_dir(folder) {
        return Ok(Vec::new().into_iter());
    }
    let names = fs::list_dir(folder)?;
    let is_folder = |name: &str| fs::is_dir(&folder.join(name));
    let found = names.iter().filter_map(|(name, _)| name.to_str()).filter(|name| is_folder(name));
    Ok(found.filter_map(Platform::parse).collect::<Vec<_>>().into_iter())
}

/// `terraform-provider-NAME_VERSION_OS_ARCH.zip`
fn of_zip_name(name: &str, kind: &str) -> Option<(Version, Platform)> {
    let rest = name.strip_prefix("terraform-provider-")?.strip_prefix(kind)?.strip_prefix('_')?;
    let (version, platform) = rest.strip_suffix(".zip")?.split_once('_')?;
    Some((version_of(version)?, Platform::parse(platform)?))
}
