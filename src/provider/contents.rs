//! What a package holds, file by file, and the hashes that follow from it. Writes nothing: a zip is read, never unpacked.
//!
//! The `h1:` of a package is the SHA-256 over one line for each file, sorted by name: `digest  name`. It is the same for a
//! zip and for the folder that terraform makes of it, so only files count, by the names that they get.

use super::package_hash::PackageHash;
use crate::hcl::functions::hex;
use crate::host::fs::{self, FileError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Component, Path, PathBuf};
use zip::ZipArchive;
use zip::read::ZipFile;

/// A package that is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("{} is no whole zip: {problem}", .path.display())]
    Broken { path: PathBuf, problem: String },
    #[error("`{name}` in {} {problem}", .path.display())]
    Unsafe { path: PathBuf, name: String, problem: &'static str },
    #[error("{} holds {problem}", .path.display())]
    TooMuch { path: PathBuf, problem: String },
    #[error("{} holds no program of the provider: a file whose name begins with `{wanted}`", .path.display())]
    NoProgram { path: PathBuf, wanted: String },
    #[error(transparent)]
    File(#[from] FileError),
}

/// The files of a package by name, with the digest of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents(BTreeMap<String, [u8; 32]>);

/// A file that two packages do not have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    Changed(String),
    Missing(String),
    Added(String),
}

/// Packages stay far below.
const MOST_FILES: usize = 100_000;
const MOST_BYTES: u64 = 8 << 30;

/// The bits of a Unix mode that tell what a file is, and the value of links.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;

impl Contents {
    /// Reads a zip to its end, so that a damaged one is found out.
    ///
    /// # Errors
    /// When it is no zip, or holds what would land outside of its folder, or more than can be.
    pub fn of_zip(path: &Path) -> Result<Self, PackageError> {
        Self::of_zip_file(path, &fs::open(path)?)
    }

    /// The same for a file that is open; `path` is what messages call it.
    ///
    /// # Errors
    /// As those of [`Contents::of_zip`].
    pub fn of_zip_file(path: &Path, file: &File) -> Result<Self, PackageError> {
        let broken = |problem: String| PackageError::Broken { path: path.to_path_buf(), problem };
        let mut archive =
            ZipArchive::new(io::BufReader::new(file)).map_err(|error| broken(error.to_string()))?;
        let (mut files, mut left) = (BTreeMap::new(), MOST_BYTES);
        too_many(path, archive.len())?;
        for at in 0..archive.len() {
            let mut entry = archive.by_index(at).map_err(|error| broken(error.to_string()))?;
            let Some(name) = name_of(path, &entry)? else { continue };
            let (digest, length) = digest_of(&mut (&mut entry).take(left))
                .map_err(|error| broken(format!("{name}: {error}")))?;
            left -= length;
            if left == 0 {
                return Err(too_large(path));
            }
            files.insert(name, digest);
        }
        Ok(Self(files))
    }

    /// Reads a folder. Links to files count as the files.
    ///
    /// # Errors
    /// When something in it cannot be read, or is a link to no file.
    pub fn of_folder(path: &Path) -> Result<Self, PackageError> {
        let root = fs::canonicalize(path)?;
        let (mut files, mut waiting) = (BTreeMap::new(), vec![PathBuf::new()]);
        while let Some(folder) = waiting.pop() {
            for (name, kind) in fs::list_dir(&root.join(&folder))? {
                let inside = folder.join(name);
                if kind == fs::EntryKind::Directory {
                    waiting.push(inside);
                    continue;
                }
                too_many(path, files.len())?;
                let name = plain_name(path, &inside)?;
                files.insert(name, digest_of_file(&root.join(&inside))?);
            }
        }
        Ok(Self(files))
    }

    /// The `h1:` of the files.
    #[must_use]
    pub fn hash(&self) -> PackageHash {
        let mut lines = Sha256::new();
        for (name, digest) in &self.0 {
            lines.update(format!("{}  {name}\n", hex(digest)));
        }
        PackageHash::of_files(&lines.finalize())
    }

    /// Sees to it that the provider's own program is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_program(&self, path: &Path, kind: &str) -> Result<(), PackageError> {
        let wanted = format!("terraform-provider-{kind}");
        if self.0.keys().any(|name| name.starts_with(&wanted) && !name.contains('/')) {
            return Ok(());
        }
        Err(PackageError::NoProgram { path: path.to_path_buf(), wanted })
    }

    /// What is different here from what it should be.
    #[must_use]
    pub fn differences(&self, right: &Self) -> Vec<Difference> {
        let missing = right.0.keys().filter(|name| !self.0.contains_key(*name));
        let missing: Vec<_> = missing.map(|name| Difference::Missing(name.clone())).collect();
        let own = self.0.iter().filter_map(|(name, digest)| match right.0.get(name) {
            None => Some(Difference::Added(name.clone())),
            Some(other) if other != digest => Some(Difference::Changed(name.clone())),
            Some(_) => None,
        });
        own.chain(missing).collect()
    }
}

/// The `zh:` of a zip.
///
/// # Errors
/// When it cannot be read.
pub fn zip_hash(path: &Path) -> Result<PackageHash, FileError> {
    Ok(PackageHash::of_zip(&hex(&digest_of_file(path)?)))
}

/// The same for a file that is open.
///
/// # Errors
/// When it cannot be read.
pub fn zip_hash_of(file: &mut File) -> io::Result<PackageHash> {
    file.rewind()?;
    Ok(PackageHash::of_zip(&hex(&digest_of(file)?.0)))
}

/// The name that an entry gets as a file; `None` for folders, which do not count.
fn name_of(path: &Path, entry: &ZipFile<'_, impl Read>) -> Result<Option<String>, PackageError> {
    let name = entry
        .name()
        .map_err(|error| PackageError::Broken { path: path.to_path_buf(), problem: error.to_string() })?
        .into_owned();
    let inside = inside(path, &name)?;
    if entry.is_dir() {
        return Ok(None);
    }
    match entry.unix_mode().unwrap_or(0) & KIND {
        0 | REGULAR => plain_name(path, &inside).map(Some),
        LINK => Err(refuse(path, &name, "is a link, which a packed provider has no use for")),
        _ => Err(refuse(path, &name, "is neither a file nor a folder")),
    }
}

/// Where an entry would land, relative to its package.
fn inside(path: &Path, name: &str) -> Result<PathBuf, PackageError> {
    if name.contains('\0') || cfg!(windows) && name.contains('\\') {
        return Err(refuse(path, name, "is no name of a file"));
    }
    let mut inside = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => inside.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(refuse(path, name, "climbs out of the package")),
            Component::RootDir | Component::Prefix(_) => {
                return Err(refuse(path, name, "is an absolute path"));
            }
        }
    }
    Ok(inside)
}

/// A name as it is hashed: with `/` on every system.
fn plain_name(path: &Path, inside: &Path) -> Result<String, PackageError> {
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    match parts.map(|parts| parts.join("/")) {
        Some(name) if !name.is_empty() && !name.contains('\n') => Ok(name),
        _ => Err(refuse(path, &inside.to_string_lossy(), "is no name that can be hashed")),
    }
}

fn refuse(path: &Path, name: &str, problem: &'static str) -> PackageError {
    let name: String = name.chars().take(200).filter(|c| !c.is_control()).collect();
    PackageError::Unsafe { path: path.to_path_buf(), name, problem }
}

fn too_many(path: &Path, count: usize) -> Result<(), PackageError> {
    if count < MOST_FILES {
        return Ok(());
    }
    Err(PackageError::TooMuch { path: path.to_path_buf(), problem: format!("more than {MOST_FILES} files") })
}

fn too_large(path: &Path) -> PackageError {
    PackageError::TooMuch { path: path.to_path_buf(), problem: format!("more than {} GiB", MOST_BYTES >> 30) }
}

fn digest_of(reader: &mut dyn Read) -> io::Result<([u8; 32], u64)> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut piece)?;
        if read == 0 {
            return Ok((hash.finalize().into(), length));
        }
        hash.update(&piece[..read]);
        length += read as u64;
    }
}

fn digest_of_file(path: &Path) -> Result<[u8; 32], FileError> {
    let mut hash = Sha256::new();
    fs::read_pieces(path, |piece| {
        hash.update(piece);
        true
    })?;
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests;
