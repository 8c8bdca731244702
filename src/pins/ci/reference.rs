//! How firm a reference is: whether its name can be given to another commit tomorrow. By the name alone; nobody is asked.

/// What a reference is, by its looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Firmness {
    /// A branch, or a name that is moved on purpose: `main`, `v4`, `latest`.
    Moving,
    /// A tag of one release: `v1.2.3`, `2024-01-31`. Its owner can still move it.
    Tag,
    /// A commit: 40 hexadecimal digits, or 64.
    Commit,
}

/// Names that branches have.
const BRANCHES: [&str; 11] = [
    "head",
    "main",
    "master",
    "trunk",
    "develop",
    "development",
    "dev",
    "default",
    "next",
    "stable",
    "latest",
];

/// Folders that branches live in.
const FOLDERS: [&str; 9] =
    ["refs/heads/", "heads/", "origin/", "feature/", "feat/", "fix/", "hotfix/", "bugfix/", "release/"];

/// Whether it is the whole name of a commit.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a name is taken for. A tag says which release it is by two numbers at least, as `pre-commit` judges, too.
#[must_use]
pub fn firmness(name: &str) -> Firmness {
    if is_commit(name) {
        return Firmness::Commit;
    }
    let lower = name.to_lowercase();
    if let Some(tag) = lower.strip_prefix("refs/tags/") {
        return firmness(tag).max(Firmness::Tag);
    }
    if BRANCHES.contains(&lower.as_str()) || FOLDERS.iter().any(|folder| lower.starts_with(folder)) {
        return Firmness::Moving;
    }
    // `1.x`, `release-2.x`
    if lower.split(['.', '-', '/']).any(|part| part == "x" || part == "*") {
        return Firmness::Moving;
    }
    if has_two_numbers(&lower) { Firmness::Tag } else { Firmness::Moving }
}

/// `v1.2`, `release-2024-01`: two numbers with one sign between them.
fn has_two_numbers(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(3).any(|three| {
        three[0].is_ascii_digit() && matches!(three[1], b'.' | b'-' | b'_') && three[2].is_ascii_digit()
    })
}

/// Whether it is a whole version: three numbers, and what may follow them.
#[must_use]
pub fn is_whole_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether an image is held to its content.
#[must_use]
pub fn has_digest(image: &str) -> bool {
    image.split_once("@sha256:").is_some_and(|(name, digest)| {
        !name.is_empty() && digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::{Firmness, firmness, has_digest, is_whole_version};

    #[test]
    fn names_are_judged_by_their_looks() {
        let commit = "8f4b7f84864484a7bf31766abe9204da3cbe65b3";
        let sha256 = commit.repeat(2)[..64].to_owned();
        for (name, want) in [
            (commit, Firmness::Commit),
            (&sha256, Firmness::Commit),
            (&commit[..12], Firmness::Moving),
            (&format!("{commit}0"), Firmness::Moving),
            ("v1.2.3", Firmness::Tag),
            ("1.2", Firmness::Tag),
            ("v1.2.3-rc.1", Firmness::Tag),
            ("release-2024-01", Firmness::Tag),
            ("refs/tags/stable", Firmness::Tag),
            ("module/v0.3.0", Firmness::Tag),
            ("main", Firmness::Moving),
            ("HEAD", Firmness::Moving),
            ("v4", Firmness::Moving),
            ("1.x", Firmness::Moving),
            ("release/1.2.3", Firmness::Moving),
            ("refs/heads/v1.2.3", Firmness::Moving),
            ("feature/1.2.3-new", Firmness::Moving),
            ("main2", Firmness::Moving),
            ("", Firmness::Moving),
        ] {
            assert_eq!(firmness(name), want, "{name}");
        }
        assert!(is_whole_version("v1.2.3-rc1") && is_whole_version("1.2.3+x"));
        assert!(!is_whole_version("1.2") && !is_whole_version("~latest") && !is_whole_version("1..3"));
        assert!(has_digest(&format!("alpine:3.20@sha256:{sha256}")));
        assert!(!has_digest("alpine@sha256:12") && !has_digest("alpine:3.20"));
    }
}
