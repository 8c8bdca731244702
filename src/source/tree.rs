//! Reading a folder as the copy rules see it: what would be copied, and which version that is. Changes nothing.

use super::cache::PROVIDER_LOCK;
use super::error::SourceError;
use super::rules::{CopyRules, Verdict};
use crate::hcl::functions::hex;
use crate::host::fs;
use sha2::{Digest, Sha256};
use std::fs::{DirEntry, Metadata};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A folder to be copied.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub name: String,
    pub files: Vec<File>,
    pub links: Vec<Link>,
    pub folders: Vec<Folder>,
}

/// A file to be copied, links followed.
#[derive(Debug)]
pub(super) struct File {
    pub name: String,
    pub from: PathBuf,
    pub meta: Metadata,
    pub delivery: Delivery,
}

/// How files come into a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// A copy like the original.
    #[default]
    Copy,
    /// Another name for the original, a copy where the file system has no such thing. Read only.
    Link,
    /// A copy that its owner may change, whatever the original.
    Writable,
}

impl Delivery {
    /// What terraform itself writes to must be a file of its own.
    pub(super) fn of_name(self, name: &str) -> Self {
        if self == Self::Link && (name == PROVIDER_LOCK || super::cache::is_state(name)) {
            Self::Writable
        } else {
            self
        }
    }
}

/// A link to be made anew.
#[derive(Debug)]
pub(super) struct Link {
    pub name: String,
    pub target: PathBuf,
}

/// What is copied of a folder of this machine.
pub(super) struct Local<'a> {
    pub root: &'a Path,
    pub rules: &'a CopyRules,
    /// A folder that never goes along: where the copies lie.
    pub skip: &'a Path,
}

/// Where a walk stands.
struct Spot {
    path: PathBuf,
    /// Relative to the copied folder, with slashes.
    rel: String,
    verdict: Verdict,
}

impl Local<'_> {
    /// Everything that the rules let through, links followed.
    pub fn read(&self) -> Result<Folder, SourceError> {
        self.read_folder(&self.start())
    }

    fn start(&self) -> Spot {
        Spot { path: self.root.to_path_buf(), rel: String::new(), verdict: Verdict::Take }
    }

    /// The entry's spot, unless the rules leave it behind.
    fn step(&self, folder: &Spot, name: &str) -> Option<Spot> {
        let rel = if folder.rel.is_empty() { name.to_owned() } else { format!("{}/{name}", folder.rel) };
        let verdict = self.rules.judge(&rel, folder.verdict);
        let path = folder.path.join(name);
        (verdict != Verdict::Skip && path != self.skip).then_some(Spot { path, rel, verdict })
    }

    fn read_folder(&self, at: &Spot) -> Result<Folder, SourceError> {
        let mut folder = Folder::default();
        for entry in fs::read_dir(&at.path)? {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(spot) = self.step(at, &name) else { continue };
            let meta = followed(&spot.path, &at.path)?;
            if meta.is_dir() {
                let inner = self.read_folder(&spot)?;
                if spot.verdict != Verdict::OnTheWay || !inner.is_empty() {
                    folder.folders.push(Folder { name, ..inner });
                }
            } else if meta.is_file() && spot.verdict != Verdict::OnTheWay {
                folder.files.push(File { name, from: spot.path, meta, delivery: Delivery::Copy });
            }
        }
        Ok(folder)
    }

    /// The version of the content: a hash over every file's path and time of change, links not followed. Equal to
    /// what existing caches carry.
    pub fn version(&self) -> Result<String, SourceError> {
        let mut hash = Sha256::new();
        self.hash_folder(&self.start(), &mut hash)?;
        Ok(hex(&hash.finalize()))
    }

    fn hash_folder(&self, at: &Spot, hash: &mut Sha256) -> Result<(), SourceError> {
        let mut entries = fs::read_dir(&at.path)?;
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(spot) = self.step(at, &name) else { continue };
            let meta = fs::symlink_metadata(&spot.path)?;
            if meta.is_dir() {
                self.hash_folder(&spot, hash)?;
            } else if spot.verdict != Verdict::OnTheWay && name != PROVIDER_LOCK {
                hash_file(&spot.path, &meta, hash);
            }
        }
        Ok(())
    }
}

fn hash_file(path: &Path, meta: &Metadata, hash: &mut Sha256) {
    hash.update(path.to_string_lossy().as_bytes());
    hash.update(format!(":{}", micros(modified(meta))));
}

/// The version of a source that is one file, an archive most often.
pub(super) fn version_of_file(path: &Path) -> Result<String, SourceError> {
    let mut hash = Sha256::new();
    hash_file(path, &fs::metadata(path)?, &mut hash);
    Ok(hex(&hash.finalize()))
}

/// The entry's own facts, or its target's; a link to a folder that we are in has no end.
fn followed(path: &Path, folder: &Path) -> Result<Metadata, SourceError> {
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_symlink() {
        return Ok(meta);
    }
    let meta = fs::metadata(path)?;
    if meta.is_dir() && fs::canonicalize(folder)?.starts_with(fs::canonicalize(path)?) {
        return Err(SourceError::CopyIntoItself { from: path.to_path_buf(), into: folder.to_path_buf() });
    }
    Ok(meta)
}

/// A folder of ours, or a checked-out repository: everything but git's own, links as they are. Nothing of it is linked
/// to: it goes with the run.
pub(super) fn read_checkout(path: &Path, delivery: Delivery) -> Result<Folder, SourceError> {
    let delivery = if delivery == Delivery::Link { Delivery::Copy } else { delivery };
    let mut folder = Folder::default();
    for entry in fs::read_dir(path)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == ".git" {
            continue;
        }
        let from = entry.path();
        let meta = fs::symlink_metadata(&from)?;
        if meta.is_symlink() {
            folder.links.push(Link { name, target: fs::read_link(&from)? });
        } else if meta.is_dir() {
            folder.folders.push(Folder { name, ..read_checkout(&from, delivery)? });
        } else {
            folder.files.push(File { name, from, meta, delivery });
        }
    }
    Ok(folder)
}

impl Folder {
    /// The folder at this path below; itself where the path is empty.
    pub fn into_part(self, path: &str) -> Option<Self> {
        path.split('/')
            .filter(|part| !part.is_empty())
            .try_fold(self, |folder, part| folder.folders.into_iter().find(|inner| inner.name == part))
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.links.is_empty() && self.folders.is_empty()
    }
}

/// When the content changed last.
pub(super) fn modified(meta: &Metadata) -> SystemTime {
    meta.modified().unwrap_or(UNIX_EPOCH)
}

fn micros(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros())
}

/// Whether the folder or one below it holds terraform code.
#[must_use]
pub fn has_module_files(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let is_code = |entry: &DirEntry| is_module_file(&entry.file_name().to_string_lossy());
    entries.iter().any(is_code)
        || entries.iter().any(|entry| {
            entry.file_type().is_ok_and(|kind| kind.is_dir())
                && !entry.file_name().to_string_lossy().starts_with('.')
                && has_module_files(&entry.path())
        })
}

/// A file that terraform or tofu reads as part of a module.
#[must_use]
pub fn is_module_file(name: &str) -> bool {
    [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|ending| name.ends_with(ending))
}

#[cfg(all(test, unix))]
mod tests {
    use super::{CopyRules, Local};
    use crate::host::fs::{self, Access};
    use sha2::{Digest, Sha256};
    use std::path::Path;
    use std::time::{Duration, UNIX_EPOCH};

    /// The recipe of existing caches: paths in the order of a walk, links as themselves, microseconds.
    #[test]
    fn a_version_is_made_of_paths_and_times() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let files = [
            "a/x.tf",
            "a-b.tf",
            "B.tf",
            ".hidden",
            ".tflint.hcl",
            ".terraform.lock.hcl",
            ".terragrunt-cache/x",
        ];
        for name in files {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write_atomic(&root.join(name), b"", Access::Shared).unwrap();
            let time = UNIX_EPOCH + Duration::from_nanos(1_612_325_106_123_456_789);
            fs::copy_anew(&root.join("a/x.tf"), &root.join(format!("{name}~")), time).unwrap();
            fs::rename(&root.join(format!("{name}~")), &root.join(name)).unwrap();
        }
        fs::symlink(Path::new("a"), &root.join("link")).unwrap();
        let of_link = fs::symlink_metadata(&root.join("link")).unwrap().modified().unwrap();
        let of_link = of_link.duration_since(UNIX_EPOCH).unwrap().as_micros();
        let mut text = String::new();
        for name in [".tflint.hcl", "B.tf", "a/x.tf", "a-b.tf"] {
            text += &format!("{}:1612325106123456", root.join(name).display());
        }
        text += &format!("{}:{of_link}", root.join("link").display());
        let want: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let local = Local { root, rules: &CopyRules::default(), skip: Path::new("/nowhere") };
        assert_eq!(local.version().unwrap(), want);
    }
}
