//! Unpacking archives that nobody vouches for: what a name says about the format, and how much may come out.
//! Knows nothing of where an archive came from.

mod place;
mod tar;
mod zip;
mod zstd;

use crate::host::fs;
pub(super) use place::Place;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// An archive that is not unpacked, and why.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("`{name}` {problem}")]
    Unsafe { name: String, problem: &'static str },
    #[error("it holds more than {most} files and folders")]
    TooMany { most: u64 },
    #[error("it unpacks to more than {most} MiB, which is out of proportion to its size")]
    TooLarge { most: u64 },
    #[error("it cannot be read as {format}: {problem}")]
    Broken { format: &'static str, problem: String },
    #[error(transparent)]
    File(#[from] fs::FileError),
}

/// A format that we unpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Zip,
    Tar(Compression),
}

/// What is around a tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// Endings of names, the longer ones first.
const ENDINGS: [(&str, Format); 10] = [
    ("tar.gz", Format::Tar(Compression::Gzip)),
    ("tar.bz2", Format::Tar(Compression::Bzip2)),
    ("tar.xz", Format::Tar(Compression::Xz)),
    ("tar.zst", Format::Tar(Compression::Zstd)),
    ("tgz", Format::Tar(Compression::Gzip)),
    ("tbz2", Format::Tar(Compression::Bzip2)),
    ("txz", Format::Tar(Compression::Xz)),
    ("tzst", Format::Tar(Compression::Zstd)),
    ("tar", Format::Tar(Compression::None)),
    ("zip", Format::Zip),
];

/// Names of one compressed file, which is no module.
const SINGLE: [&str; 4] = ["gz", "bz2", "xz", "zst"];

/// What a name, or the word of `archive=`, says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    Archive(Format),
    /// One compressed file.
    Single,
    Nothing,
}

/// The format that the end of a file's name tells.
#[must_use]
pub fn named(name: &str) -> Named {
    let lower = name.to_ascii_lowercase();
    let ends = |ending: &str| lower.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.'));
    match ENDINGS.iter().find(|(ending, _)| ends(ending)) {
        Some((_, format)) => Named::Archive(*format),
        None if SINGLE.iter().any(|ending| ends(ending)) => Named::Single,
        None => Named::Nothing,
    }
}

/// The format of `archive=WORD`.
#[must_use]
pub fn of_word(word: &str) -> Named {
    named(&format!(".{word}"))
}

/// What the first bytes of a file look like, as a word for `archive=`; for files whose name tells nothing.
#[must_use]
pub fn look_at(file: &Path) -> Option<&'static str> {
    let mut head = Vec::new();
    fs::open(file).ok()?.take(262).read_to_end(&mut head).ok()?;
    let starts: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b", "tar.gz"),
        (b"BZh", "tar.bz2"),
        (b"\xfd7zXZ\0", "tar.xz"),
        (b"\x28\xb5\x2f\xfd", "tar.zst"),
    ];
    let known = starts.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, word)| *word);
    known.or_else(|| head.get(257..262).filter(|it| it == b"ustar").map(|_| "tar"))
}

/// The most that comes out of one archive.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub entries: u64,
    pub bytes: u64,
    /// An archive may always grow to this size …
    pub small: u64,
    /// … and beyond it only this many times its own.
    pub ratio: u64,
}

/// What modules stay far below.
pub const LIMITS: Limits = Limits { entries: 100_000, bytes: 2 << 30, small: 64 << 20, ratio: 250 };

/// The memory that undoing xz may take: four times what its highest level needs.
const XZ_KIBIBYTES: u32 = 256 << 10;

impl Limits {
    fn bytes_for(&self, packed: u64) -> u64 {
        self.bytes.min(self.small.max(packed.saturating_mul(self.ratio)))
    }
}

/// Unpacks a file into a folder, which exists and is empty. After an error the folder holds anything.
///
/// # Errors
/// When the archive is broken, larger than the limits, or holds what would land outside of the folder.
pub fn unpack(file: &Path, format: Format, (into, limits): (&Path, Limits)) -> Result<(), ArchiveError> {
    let packed = fs::metadata(file)?.len();
    let mut place = Place::new(into, limits.entries, limits.bytes_for(packed));
    let reader = fs::open(file)?;
    match format {
        Format::Zip => zip::unpack(BufReader::new(reader), &mut place)?,
        Format::Tar(compression) => unpack_tar(reader, compression, &mut place)?,
    }
    place.finish()
}

fn unpack_tar(file: File, compression: Compression, place: &mut Place<'_>) -> Result<(), ArchiveError> {
    let file = BufReader::new(file);
    match compression {
        Compression::None => tar::unpack(file, "tar", place),
        Compression::Gzip => tar::unpack(flate2::bufread::MultiGzDecoder::new(file), "tar.gz", place),
        Compression::Bzip2 => tar::unpack(bzip2::bufread::MultiBzDecoder::new(file), "tar.bz2", place),
        Compression::Xz => {
            tar::unpack(lzma_rust2::XzReader::new_mem_limit(file, true, XZ_KIBIBYTES), "tar.xz", place)
        }
        Compression::Zstd => tar::unpack(zstd::Frames::new(file), "tar.zst", place),
    }
}

#[cfg(test)]
mod tests;
