//! The system's lock of a whole file, where locks of an open file description do not exist.

use super::super::record_lock::Owner;
use std::fs::{File, TryLockError};
use std::io;

/// Takes the lock if it is free; whether it did.
///
/// # Errors
/// As the operating system says.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether somebody holds the lock. There is no other way to ask than to take it for an instant.
///
/// # Errors
/// As the operating system says.
pub fn find_owner(file: &File) -> io::Result<Option<Owner>> {
    if !try_lock(file)? {
        return Ok(Some(Owner::Unnamed));
    }
    file.unlock()?;
    Ok(None)
}
