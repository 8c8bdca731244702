//! Reading a zip, entry by entry.

use super::ArchiveError;
use super::place::{Place, refuse};
use crate::host::fs::Execute;
use std::io::{Read, Seek};
use zip::ZipArchive;
use zip::read::ZipFile;

/// The bits of a Unix mode that tell what a file is, and their values.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const FOLDER: u32 = 0o040_000;

/// The longest target of a link.
const LONGEST_TARGET: u64 = 4096;

pub(super) fn unpack(reader: impl Read + Seek, place: &mut Place<'_>) -> Result<(), ArchiveError> {
    let mut archive = ZipArchive::new(reader).map_err(|error| broken(&error))?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| broken(&error))?;
        unpack_entry(entry, place)?;
    }
    Ok(())
}

fn unpack_entry(mut entry: ZipFile<'_, impl Read>, place: &mut Place<'_>) -> Result<(), ArchiveError> {
    let name = entry.name().map_err(|error| broken(&error))?.into_owned();
    let mode = entry.unix_mode().unwrap_or(0);
    if entry.is_dir() {
        return place.folder(&name);
    }
    match mode & KIND {
        LINK => {
            let mut target = String::new();
            entry
                .take(LONGEST_TARGET)
                .read_to_string(&mut target)
                .map_err(|_| refuse(&name, "is a link that leads to no name"))?;
            place.link(&name, &target)
        }
        0 | REGULAR => {
            let execute = if mode & 0o111 != 0 { Execute::Yes } else { Execute::No };
            place.file(&name, execute, &mut entry).map_err(of_reading)
        }
        FOLDER => place.folder(&name),
        _ => Err(refuse(&name, "is neither a file nor a folder nor a link")),
    }
}

fn of_reading(error: ArchiveError) -> ArchiveError {
    match error {
        ArchiveError::File(error) if error.action == "unpack" && error.source.raw_os_error().is_none() => {
            broken(&error.source)
        }
        other => other,
    }
}

fn broken(error: &dyn std::error::Error) -> ArchiveError {
    ArchiveError::Broken { format: "zip", problem: error.to_string() }
}
