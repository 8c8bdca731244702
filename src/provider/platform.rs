//! A system and a processor, as packages are made for: `linux_amd64`. Pure but for the question which one this is.

use std::fmt;

/// What a package runs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    arch: String,
}

impl Platform {
    /// Reads `os_arch`; `None` if it is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let (os, arch) = text.split_once('_').filter(|(os, arch)| is_word(os) && is_word(arch))?;
        Some(Self { os: os.to_owned(), arch: arch.to_owned() })
    }

    /// The one that we run on.
    #[must_use]
    pub fn own() -> Self {
        let (os, arch) = crate::host::machine::platform();
        Self { os: os.to_owned(), arch: arch.to_owned() }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn a_platform_is_two_words() {
        for (text, is_one) in [
            ("linux_amd64", true),
            ("windows_386", true),
            ("linux", false),
            ("linux_", false),
            ("linux_amd64_v2", false),
            ("Linux_amd64", false),
            ("../x_y", false),
        ] {
            assert_eq!(Platform::parse(text).map(|it| it.to_string()), is_one.then(|| text.to_owned()));
        }
        assert_eq!(Platform::parse(&Platform::own().to_string()), Some(Platform::own()));
    }
}
