//! From one file to a folder: the checksum holds, an archive is unpacked, anything else is put there as it is.

use super::Unpack;
use super::archive::{self, ArchiveError, LIMITS, Named};
use super::error::SourceError;
use super::http::{Checksum, Client, Listing, Question};
use crate::host::fs;
use std::io::Read;
use std::path::Path;

/// The longest file of checksums that is read.
const LONGEST_LIST: u64 = 1 << 20;

/// The last part of a path or a URL's path.
#[must_use]
pub(super) fn file_name(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// Fills the folder `into` with what the file holds; `address` is for messages. On an error the folder holds anything.
pub(super) fn place_file(
    client: &Client,
    (file, name, unpack): (&Path, &str, &Unpack),
    (into, address): (&Path, &str),
) -> Result<(), SourceError> {
    if let Some(checksum) = &unpack.checksum {
        verify(client, (file, name), (checksum, address))?;
    }
    let odd = |problem: String| SourceError::BadAddress { address: address.to_owned(), problem };
    let named = match unpack.archive.as_deref() {
        Some("false" | "0") => Named::Nothing,
        Some(word) => match archive::of_word(word) {
            Named::Nothing => return Err(odd(format!("`archive={word}` is no kind of archive"))),
            named => named,
        },
        None => archive::named(name),
    };
    match named {
        Named::Archive(format) => {
            archive::unpack(file, format, (into, LIMITS)).map_err(|error| of_archive(error, address))
        }
        Named::Single => Err(SourceError::Archive {
            address: address.to_owned(),
            problem: "it is one compressed file and no folder".to_owned(),
        }),
        Named::Nothing => {
            if unpack.archive.is_none()
                && let Some(word) = archive::look_at(file)
            {
                return Err(SourceError::UnnamedArchive { address: address.to_owned(), word });
            }
            let name = unpack.filename.as_deref().unwrap_or(name);
            if name.is_empty() || name.contains(['/', '\\']) || matches!(name, "." | "..") {
                return Err(odd(format!("`{name}` is no name for the file")));
            }
            Ok(fs::copy(file, &into.join(name))?)
        }
    }
}

/// The same about a source.
pub(super) fn of_archive(error: ArchiveError, address: &str) -> SourceError {
    match error {
        ArchiveError::File(error) => SourceError::File(error),
        error => SourceError::Archive { address: address.to_owned(), problem: error.to_string() },
    }
}

fn verify(
    client: &Client,
    (file, name): (&Path, &str),
    (text, address): (&str, &str),
) -> Result<(), SourceError> {
    let odd = |problem: String| SourceError::BadAddress { address: address.to_owned(), problem };
    let wanted = match Listing::parse(text).map_err(odd)? {
        Listing::Plain(checksum) => checksum,
        Listing::File(list) => {
            let text = read_list(client, &list)?;
            Checksum::find_in(&text, name)
                .ok_or_else(|| odd(format!("the file of checksums has none for `{name}`")))?
        }
    };
    let failed = |source| fs::FileError { action: "read", path: file.to_path_buf(), source };
    match wanted.differs(&mut fs::open(file)?).map_err(failed)? {
        None => Ok(()),
        Some(found) => {
            Err(SourceError::Checksum { address: address.to_owned(), wanted: wanted.to_string(), found })
        }
    }
}

fn read_list(client: &Client, address: &str) -> Result<String, SourceError> {
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Ok(fs::read_text(Path::new(address.trim_start_matches("file://")))?);
    }
    let answer = client.get(&Question { url: address.to_owned(), ..Question::default() })?;
    let mut text = String::new();
    let read = answer.response.take(LONGEST_LIST).read_to_string(&mut text);
    read.map_err(|error| SourceError::Unanswered {
        address: super::http::shown(address),
        said: error.to_string(),
    })?;
    Ok(text)
}
