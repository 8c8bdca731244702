//! The folder that an archive is unpacked into. Nothing is written outside of it, through a link, or beyond the limits.

use super::ArchiveError;
use crate::host::fs::{self, Execute};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// A folder being filled.
pub(in crate::source) struct Place<'a> {
    root: &'a Path,
    entries: (u64, u64),
    bytes: (u64, u64),
    /// Made last, so that no later entry goes through one.
    links: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Place<'a> {
    pub fn new(root: &'a Path, most_entries: u64, most_bytes: u64) -> Self {
        Self { root, entries: (0, most_entries), bytes: (0, most_bytes), links: Vec::new() }
    }

    /// The usual limits.
    pub fn within_limits(root: &'a Path) -> Self {
        Self::new(root, super::LIMITS.entries, super::LIMITS.bytes)
    }

    /// Whether something of this name may be written, before it is fetched.
    pub fn accept(&self, name: &str) -> Result<(), ArchiveError> {
        self.inside(name).map(drop)
    }

    /// Makes a folder.
    pub fn folder(&mut self, name: &str) -> Result<(), ArchiveError> {
        let path = self.enter(name)?;
        Ok(fs::create_dir_all(&path)?)
    }

    /// Writes a file; a later one of the same name replaces it.
    pub fn file(&mut self, name: &str, execute: Execute, mut content: impl Read) -> Result<(), ArchiveError> {
        let path = self.enter(name)?;
        if path == self.root {
            return Err(refuse(name, "is no name of a file"));
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let left = self.bytes.1 - self.bytes.0;
        let written = fs::write_from(&path, &mut (&mut content).take(left.saturating_add(1)), execute)?;
        if written > left {
            return Err(ArchiveError::TooLarge { most: self.bytes.1 >> 20 });
        }
        self.bytes.0 += written;
        Ok(())
    }

    /// Remembers a symbolic link; where it leads is checked now.
    pub fn link(&mut self, name: &str, target: &str) -> Result<(), ArchiveError> {
        let path = self.enter(name)?;
        let depth = path.strip_prefix(self.root).map_or(0, |inside| inside.components().count());
        if !stays_inside(target, depth) {
            return Err(refuse(name, "is a link that leads out of the archive"));
        }
        self.links.push((path, PathBuf::from(target)));
        Ok(())
    }

    /// A second name for a file that was unpacked before.
    pub fn same_file(&mut self, name: &str, original: &str) -> Result<(), ArchiveError> {
        let from = self.inside(original)?;
        if !fs::symlink_metadata(&from).is_ok_and(|meta| meta.is_file()) {
            return Err(refuse(name, "is a hard link to something that is no file of the archive"));
        }
        let execute = if fs::is_executable(&from) { Execute::Yes } else { Execute::No };
        self.file(name, execute, fs::open(&from)?)
    }

    /// Makes the links.
    pub fn finish(self) -> Result<(), ArchiveError> {
        for (path, target) in &self.links {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_dir()) {
                fs::remove_file(path)?;
            }
            fs::symlink(target, path)?;
        }
        Ok(())
    }

    fn enter(&mut self, name: &str) -> Result<PathBuf, ArchiveError> {
        self.entries.0 += 1;
        if self.entries.0 > self.entries.1 {
            return Err(ArchiveError::TooMany { most: self.entries.1 });
        }
        self.inside(name)
    }

    fn inside(&self, name: &str) -> Result<PathBuf, ArchiveError> {
        if name.contains('\0') || cfg!(windows) && name.contains('\\') {
            return Err(refuse(name, "is no name of a file"));
        }
        let mut path = self.root.to_path_buf();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => path.push(part),
                Component::CurDir => {}
                Component::ParentDir => return Err(refuse(name, "climbs out of the archive")),
                Component::RootDir | Component::Prefix(_) => {
                    return Err(refuse(name, "is an absolute path"));
                }
            }
        }
        Ok(path)
    }
}

pub(super) fn refuse(name: &str, problem: &'static str) -> ArchiveError {
    let name: String = name.chars().take(200).filter(|c| !c.is_control()).collect();
    ArchiveError::Unsafe { name, problem }
}

/// Whether a link that stands `depth` names deep leads to something inside. A `..` is only looked at by text, so it
/// must come before every name: behind one that is itself a link, it would lead elsewhere than the text says.
pub(crate) fn stays_inside(target: &str, depth: usize) -> bool {
    let mut ups = 0;
    let mut names = 0;
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir if names == 0 => ups += 1,
            Component::Normal(_) => names += 1,
            Component::CurDir => {}
            _ => return false,
        }
    }
    ups < depth && !target.is_empty()
}
