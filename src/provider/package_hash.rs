//! Hashes of packages as lock files write them: a scheme, a colon, a value. Computes none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A hash with its scheme: `h1:…`, `zh:…`. Sorted as in a lock file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageHash(String);

/// What a hash is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// `h1:`, the files of a package, whether packed or not.
    Files,
    /// `zh:`, the zip itself, as its registry says.
    Zip,
    /// One that we do not know; another version of a tool may.
    Unknown,
}

/// Why a text is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error("a hash has a scheme before it, as in `h1:` and `zh:`")]
    NoScheme,
    #[error("there is no scheme of this name: hashes begin with `h1:` or `zh:`")]
    UnknownScheme,
    #[error("this is no base64 of 32 bytes")]
    NoBase64,
    #[error("this is not a SHA-256 in 64 small hexadecimal digits")]
    NoHex,
}

impl PackageHash {
    /// The hash of a package's files, from its bytes.
    #[must_use]
    pub fn of_files(digest: &[u8]) -> Self {
        Self(format!("h1:{}", STANDARD.encode(digest)))
    }

    /// The hash of a zip, from its hexadecimal digits.
    #[must_use]
    pub fn of_zip(digits: &str) -> Self {
        Self(format!("zh:{}", digits.to_ascii_lowercase()))
    }

    /// Takes any text that has a scheme, as terraform does; [`PackageHash::check`] says whether it can ever match.
    ///
    /// # Errors
    /// When it has none.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        match text.split_once(':') {
            Some((scheme, _)) if !scheme.is_empty() => Ok(Self(text.to_owned())),
            _ => Err(HashError::NoScheme),
        }
    }

    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self.0.split_once(':') {
            Some(("h1", _)) => Scheme::Files,
            Some(("zh", _)) => Scheme::Zip,
            _ => Scheme::Unknown,
        }
    }

    /// What follows the scheme.
    #[must_use]
    pub fn value(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, value)| value)
    }

    /// Whether some package can have it.
    ///
    /// # Errors
    /// When none can.
    pub fn check(&self) -> Result<(), HashError> {
        let value = self.value();
        match self.scheme() {
            Scheme::Files if STANDARD.decode(value).is_ok_and(|bytes| bytes.len() == 32) => Ok(()),
            Scheme::Files => Err(HashError::NoBase64),
            Scheme::Zip if is_hex(value) => Ok(()),
            Scheme::Zip => Err(HashError::NoHex),
            Scheme::Unknown => Err(HashError::UnknownScheme),
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Display for PackageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{HashError, PackageHash, Scheme};

    #[test]
    fn a_hash_is_judged_by_its_scheme() {
        let hex = "0".repeat(64);
        for (text, scheme, want) in [
            ("h1:YGVX6STy0iJ+S9HED8NDc9FngQL85srw56mTjkwfzYY=", Scheme::Files, Ok(())),
            ("h1:YGVX6STy0iJ+S9HED8NDc9FngQL85srw56mTjkwfzYY", Scheme::Files, Err(HashError::NoBase64)),
            ("h1:YGVX6STy0iJ_S9HED8NDc9FngQL85srw56mTjkwfzYY=", Scheme::Files, Err(HashError::NoBase64)),
            ("h1:AAAA", Scheme::Files, Err(HashError::NoBase64)),
            (&format!("zh:{hex}"), Scheme::Zip, Ok(())),
            (&format!("zh:{hex}0"), Scheme::Zip, Err(HashError::NoHex)),
            (&format!("zh:{}", hex.replace('0', "A")), Scheme::Zip, Err(HashError::NoHex)),
            ("h9:x", Scheme::Unknown, Err(HashError::UnknownScheme)),
        ] {
            let hash = PackageHash::parse(text).unwrap();
            assert_eq!((hash.scheme(), hash.check()), (scheme, want), "{text}");
        }
        assert_eq!(PackageHash::parse("x").unwrap_err(), HashError::NoScheme);
        assert_eq!(PackageHash::parse(":x").unwrap_err(), HashError::NoScheme);
    }
}
