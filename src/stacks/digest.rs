//! Digests of what was generated, by which two versions of a stack are compared. They say nothing of where: the same
//! folders in two trees have the same digests.

use super::contents::MANIFEST;
use crate::graph::changes::Generated;
use crate::hcl::functions::hex;
use crate::host::fs::{self, FileError};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What stands for the root in files that name it, as values made with `get_repo_root()` do.
const ROOT: &[u8] = b"\0root\0";

/// One for each folder, by its path below the root. What one generated inside another has its own.
///
/// # Errors
/// When a file cannot be read.
pub fn digests(root: &Path, made: &[PathBuf]) -> Result<Generated, FileError> {
    let dirs: BTreeSet<&Path> = made.iter().map(PathBuf::as_path).collect();
    let mut generated = Generated::new();
    for dir in &dirs {
        let Ok(below) = dir.strip_prefix(root) else { continue };
        generated.insert(below.to_path_buf(), digest(root, dir, &dirs)?);
    }
    Ok(generated)
}

fn digest(root: &Path, dir: &Path, others: &BTreeSet<&Path>) -> Result<String, FileError> {
    let mut files = Vec::new();
    list(dir, others, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for path in files {
        let bytes = without_root(&fs::read(&path)?, root);
        let name = path.strip_prefix(dir).unwrap_or(&path).as_os_str().as_encoded_bytes();
        for part in [name, &bytes] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    }
    Ok(hex(&hash.finalize()))
}

/// Lists of what was copied are left out: they are about the place.
fn list(dir: &Path, others: &BTreeSet<&Path>, files: &mut Vec<PathBuf>) -> Result<(), FileError> {
    for (name, _) in fs::list_dir(dir)? {
        let path = dir.join(&name);
        if name == MANIFEST || others.contains(path.as_path()) {
            continue;
        }
        if fs::is_dir(&path) {
            list(&path, others, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn without_root(bytes: &[u8], root: &Path) -> Vec<u8> {
    let root = root.as_os_str().as_encoded_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(root).filter(|_| !root.is_empty()) {
            out.extend_from_slice(ROOT);
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_root;
    use std::path::Path;

    #[test]
    fn places_do_not_count() {
        let plain = |text: &str, root: &str| without_root(text.as_bytes(), Path::new(root));
        assert_eq!(plain("a = \"/t/v1/x\"\n", "/t/v1"), plain("a = \"/t/v2/x\"\n", "/t/v2"));
        assert_ne!(plain("a = \"/t/v1/x\"", "/t/v1"), plain("a = \"/t/v2/y\"", "/t/v2"));
        assert_eq!(plain("none", "/t"), b"none");
    }
}
