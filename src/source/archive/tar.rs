//! Reading a tar, entry by entry.

use super::ArchiveError;
use super::place::{Place, refuse};
use crate::host::fs::Execute;
use std::io::{self, Read};
use tar::{Archive, Entry, EntryType};

pub(super) fn unpack(
    reader: impl Read,
    format: &'static str,
    place: &mut Place<'_>,
) -> Result<(), ArchiveError> {
    let broken = |error: io::Error| ArchiveError::Broken { format, problem: error.to_string() };
    let mut archive = Archive::new(reader);
    let mut is_empty = true;
    for entry in archive.entries().map_err(broken)? {
        is_empty = false;
        unpack_entry(entry.map_err(broken)?, format, place)?;
    }
    if is_empty {
        return Err(broken(io::Error::other("it is empty")));
    }
    Ok(())
}

fn unpack_entry(
    mut entry: Entry<'_, impl Read>,
    format: &'static str,
    place: &mut Place<'_>,
) -> Result<(), ArchiveError> {
    let name = String::from_utf8(entry.path_bytes().into_owned())
        .map_err(|error| refuse(&String::from_utf8_lossy(error.as_bytes()), "is a name that is not UTF-8"))?;
    let target = entry.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match entry.header().entry_type() {
        EntryType::Directory => place.folder(&name),
        EntryType::Symlink => place.link(&name, &target.unwrap_or_default()),
        EntryType::Link => place.same_file(&name, &target.unwrap_or_default()),
        EntryType::XGlobalHeader | EntryType::XHeader => Ok(()),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            let mode = entry.header().mode().unwrap_or(0o644);
            let execute = if mode & 0o111 != 0 { Execute::Yes } else { Execute::No };
            place.file(&name, execute, &mut entry).map_err(|error| of_reading(error, format))
        }
        EntryType::Char | EntryType::Block => Err(refuse(&name, "is a device")),
        EntryType::Fifo => Err(refuse(&name, "is a pipe")),
        _ => Err(refuse(&name, "is of a kind that modules do not need")),
    }
}

/// A torn stream shows as a file that cannot be written.
fn of_reading(error: ArchiveError, format: &'static str) -> ArchiveError {
    match error {
        ArchiveError::File(error) if error.action == "unpack" && error.source.raw_os_error().is_none() => {
            ArchiveError::Broken { format, problem: error.source.to_string() }
        }
        other => other,
    }
}
