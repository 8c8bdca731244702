//! What a reference of git is, as far as that can be told: by its looks, and by the files of a repository that lies on this
//! machine. No git is run.

use crate::host::fs;
use std::path::{Path, PathBuf};

/// A kind of reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefKind {
    /// A whole hash: the one thing that never changes.
    Commit,
    Tag,
    Branch,
    /// The repository has a branch and a tag of this name.
    Ambiguous,
    /// A part of a hash.
    Abbreviated,
    /// A name that could be anything.
    Unclear,
}

/// Names that branches have everywhere.
const BRANCHES: [&str; 13] = [
    "main",
    "master",
    "develop",
    "development",
    "dev",
    "trunk",
    "head",
    "default",
    "staging",
    "stage",
    "production",
    "prod",
    "next",
];

/// First parts of the names of branches.
const BRANCH_FOLDERS: [&str; 9] =
    ["feature", "feat", "bugfix", "hotfix", "fix", "chore", "users", "dependabot", "renovate"];

/// Lengths of a hash: SHA-1, SHA-256.
const HASHES: [usize; 2] = [40, 64];
/// The shortest part of a hash that git shows.
const SHORTEST_HASH: usize = 7;

/// What a reference is; `remote` is asked only if it is a repository on this machine.
#[must_use]
pub fn classify(reference: &str, remote: &str) -> RefKind {
    if is_hex(reference) && HASHES.contains(&reference.len()) {
        return RefKind::Commit;
    }
    if reference.starts_with("refs/tags/") {
        return RefKind::Tag;
    }
    if reference.starts_with("refs/heads/") || reference.starts_with("refs/remotes/") {
        return RefKind::Branch;
    }
    match local_repository(remote)
        .map(|repository| (has(&repository, "tags", reference), has(&repository, "heads", reference)))
    {
        Some((true, true)) => RefKind::Ambiguous,
        Some((true, false)) => RefKind::Tag,
        Some((false, true)) => RefKind::Branch,
        _ => by_looks(reference),
    }
}

fn by_looks(reference: &str) -> RefKind {
    let lower = reference.to_ascii_lowercase();
    let folder = lower.split_once('/').map(|(folder, _)| folder);
    if BRANCHES.contains(&lower.as_str()) || folder.is_some_and(|folder| BRANCH_FOLDERS.contains(&folder)) {
        RefKind::Branch
    } else if looks_like_version(&lower) {
        RefKind::Tag
    } else if is_hex(reference) && reference.len() >= SHORTEST_HASH {
        RefKind::Abbreviated
    } else {
        RefKind::Unclear
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `v1`, `1.2`, `v1.2.3-rc.1`, `vpc/v1.2.3`, `vpc-1.2.3`; a line of releases (`release-1.2`) is a branch as a rule.
fn looks_like_version(text: &str) -> bool {
    let starts = text.char_indices().filter(|(_, c)| "/-_@".contains(*c)).map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).any(|start| {
        let is_release_line = text[..start].trim_end_matches(['/', '-', '_']).ends_with("release");
        let (numbers, has_v) = version_at(&text[start..]);
        if is_release_line { numbers >= 3 } else { numbers >= 2 || numbers == 1 && has_v }
    })
}

/// How many numbers a version at the start of a text has; none if it is none.
fn version_at(text: &str) -> (usize, bool) {
    let rest = text.strip_prefix('v').unwrap_or(text);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let parts: Vec<&str> = rest[..end].split('.').collect();
    let tail = &rest[end..];
    let is_whole = parts.iter().all(|part| !part.is_empty())
        && (tail.is_empty()
            || tail.starts_with(['-', '+', '_'])
            || tail.starts_with(|c: char| c.is_ascii_alphabetic()));
    (if is_whole { parts.len() } else { 0 }, rest.len() != text.len())
}

/// The folder where a repository on this machine keeps its references.
fn local_repository(remote: &str) -> Option<PathBuf> {
    let path = Path::new(remote.strip_prefix("file://").unwrap_or(remote));
    if !path.is_absolute() {
        return None;
    }
    let inside = path.join(".git");
    [inside, path.to_path_buf()]
        .into_iter()
        .find(|dir| fs::is_file(&dir.join("HEAD")) && fs::is_dir(&dir.join("refs")))
}

/// Whether the repository has such a reference, in a file of its own or among the packed ones.
fn has(repository: &Path, kind: &str, name: &str) -> bool {
    let whole = format!("refs/{kind}/{name}");
    let is_inside =
        !Path::new(name).components().any(|part| !matches!(part, std::path::Component::Normal(_)));
    if is_inside && fs::is_file(&repository.join(&whole)) {
        return true;
    }
    let packed = fs::read_text(&repository.join("packed-refs")).unwrap_or_default();
    packed.lines().any(|line| line.split_once(' ').is_some_and(|(_, name)| name.trim_end() == whole))
}

#[cfg(test)]
mod tests {
    use super::{RefKind, classify};

    #[test]
    fn references_are_known_by_their_looks() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        let long = format!("{sha}{}", &sha[..24]);
        for (reference, want) in [
            (sha, RefKind::Commit),
            (&long, RefKind::Commit),
            (&sha[..39], RefKind::Abbreviated),
            ("abc1234", RefKind::Abbreviated),
            ("v1.2.3", RefKind::Tag),
            ("1.2.3", RefKind::Tag),
            ("v1", RefKind::Tag),
            ("1.2", RefKind::Tag),
            ("v1.2.3-rc.1+x", RefKind::Tag),
            ("vpc/v1.2.3", RefKind::Tag),
            ("vpc-1.2.3", RefKind::Tag),
            ("modules/vpc@1.0.0", RefKind::Tag),
            ("release-1.2.3", RefKind::Tag),
            ("refs/tags/anything", RefKind::Tag),
            ("main", RefKind::Branch),
            ("HEAD", RefKind::Branch),
            ("refs/heads/v1.2.3", RefKind::Branch),
            ("feature/v1.2.3", RefKind::Branch),
            ("release-1.2", RefKind::Unclear),
            ("release/1.2", RefKind::Unclear),
            ("1.x", RefKind::Unclear),
            ("v1.x", RefKind::Unclear),
            ("stable", RefKind::Unclear),
            ("1", RefKind::Unclear),
            ("v", RefKind::Unclear),
            ("ticket-123", RefKind::Unclear),
        ] {
            assert_eq!(classify(reference, "https://host/x.git"), want, "{reference}");
        }
    }
}
