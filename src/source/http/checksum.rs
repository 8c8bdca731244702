//! `checksum=`: what a file must be, by its digest.

use crate::hcl::functions::hex;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::io::{self, Read};

/// A digest that a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    kind: Kind,
    /// In lower case.
    hex: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

const KINDS: [(&str, Kind, usize); 4] = [
    ("md5", Kind::Md5, 32),
    ("sha1", Kind::Sha1, 40),
    ("sha256", Kind::Sha256, 64),
    ("sha512", Kind::Sha512, 128),
];

/// What `checksum=` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    Plain(Checksum),
    /// `file:`: the address of a file with checksums.
    File(String),
}

impl Listing {
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", address)) => Ok(Self::File(address.to_owned())),
            Some((kind, hex)) => Checksum::typed(kind, hex).map(Self::Plain),
            None => Checksum::untyped(text).map(Self::Plain),
        }
    }
}

impl Checksum {
    fn typed(name: &str, hex: &str) -> Result<Self, String> {
        let known = KINDS.iter().find(|(known, ..)| *known == name);
        let (_, kind, digits) = known.ok_or_else(|| format!("there is no checksum of the kind `{name}`"))?;
        if hex.len() != *digits || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("a checksum of the kind `{name}` has {digits} hexadecimal digits"));
        }
        Ok(Self { kind: *kind, hex: hex.to_ascii_lowercase() })
    }

    fn untyped(hex: &str) -> Result<Self, String> {
        let known = KINDS.iter().find(|(_, _, digits)| *digits == hex.len());
        let (name, ..) = known.ok_or_else(|| format!("`{hex}` is as long as no checksum that we know"))?;
        Self::typed(name, hex)
    }

    /// The one for this file in a file of checksums, in the format of `sha256sum`, of BSD, or a digest alone.
    #[must_use]
    pub fn find_in(text: &str, name: &str) -> Option<Self> {
        let mut alone = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [hex] => alone = alone.or_else(|| Self::untyped(hex).ok()),
                [hex, file] if is_same_name(file.trim_start_matches('*'), name) => {
                    return Self::untyped(hex).ok();
                }
                [kind, file, "=", hex] if is_same_name(file.trim_matches(['(', ')']), name) => {
                    return Self::typed(&kind.to_ascii_lowercase(), hex).ok();
                }
                _ => {}
            }
        }
        alone
    }

    /// Whether nobody can make another file with this digest.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        matches!(self.kind, Kind::Sha256 | Kind::Sha512)
    }

    /// The digest that the content has instead, if it has another one.
    ///
    /// # Errors
    /// When the content cannot be read.
    pub fn differs(&self, content: &mut dyn Read) -> io::Result<Option<String>> {
        let found = match self.kind {
            Kind::Md5 => digest::<Md5>(content)?,
            Kind::Sha1 => digest::<Sha1>(content)?,
            Kind::Sha256 => digest::<Sha256>(content)?,
            Kind::Sha512 => digest::<Sha512>(content)?,
        };
        Ok(Some(found).filter(|found| *found != self.hex))
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.hex)
    }
}

fn is_same_name(listed: &str, name: &str) -> bool {
    listed.rsplit('/').next() == Some(name)
}

/// The digest of everything that a reader gives, in hexadecimal digits.
pub(in crate::source) fn digest<D: Digest>(content: &mut dyn Read) -> io::Result<String> {
    let mut digest = D::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    Ok(hex(&digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::{Checksum, Listing};

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    #[test]
    fn every_spelling_of_the_same_digest_holds() {
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for text in [format!("md5:{MD5}"), MD5.to_uppercase(), format!("sha1:{SHA1}"), sha256.to_owned()] {
            let Ok(Listing::Plain(checksum)) = Listing::parse(&text) else { panic!("{text}") };
            assert_eq!(checksum.differs(&mut &b"abc"[..]).unwrap(), None, "{text}");
            assert!(checksum.differs(&mut &b"abd"[..]).unwrap().is_some(), "{text}");
        }
        for bad in ["md5:00", "crc:00", "zz", "", "sha1:zz993e364706816aba3e25717850c26c9cd0d89d"] {
            assert!(Listing::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Listing::parse("file:./sums"), Ok(Listing::File("./sums".to_owned())));
    }

    #[test]
    fn a_file_of_checksums_is_read() {
        let want = Checksum::untyped(MD5).unwrap();
        for text in [
            format!("{SHA1}  other.zip\n{MD5}  m.zip\n"),
            format!("{MD5} *./dist/m.zip"),
            format!("SHA1 (o.zip) = {SHA1}\nMD5 (m.zip) = {MD5}"),
            format!("# one\n{MD5}\n"),
        ] {
            assert_eq!(Checksum::find_in(&text, "m.zip").as_ref(), Some(&want), "{text}");
        }
        assert_eq!(Checksum::find_in(&format!("{MD5}  other.zip"), "m.zip"), None);
    }
}
