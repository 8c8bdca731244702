//! What holds a thing to one content, apart from a reference of git.

use crate::pins::refs::{RefKind, classify};

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

/// Whether it is the whole name of a commit.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    classify(text, "") == RefKind::Commit
}

#[cfg(test)]
mod tests {
    use super::{has_digest, is_whole_version};

    #[test]
    fn versions_and_digests_are_whole() {
        let digest = "8f4b7f84".repeat(8);
        assert!(is_whole_version("v1.2.3-rc1") && is_whole_version("1.2.3+x"));
        assert!(!is_whole_version("1.2") && !is_whole_version("~latest") && !is_whole_version("1..3"));
        assert!(has_digest(&format!("alpine:3.20@sha256:{digest}")));
        assert!(!has_digest("alpine@sha256:12") && !has_digest("alpine:3.20"));
    }
}
