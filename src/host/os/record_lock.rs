//! Locks of an open file description. They conflict with the POSIX locks of other programs, and unlike those they do
//! not vanish when some other part of this process closes the same file.

use super::super::record_lock::Owner;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{self, flock};
use std::fs::File;
use std::io;

/// The whole file, for writing.
fn whole() -> flock {
    flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

/// Takes the lock if it is free; whether it did.
///
/// # Errors
/// As the operating system says.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole())) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Who holds the lock, seen from another description of the same file.
///
/// # Errors
/// As the operating system says.
pub fn find_owner(file: &File) -> io::Result<Option<Owner>> {
    let mut question = whole();
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut question))?;
    let is_held = question.l_type != libc::F_UNLCK as libc::c_short;
    Ok(is_held.then(|| {
        u32::try_from(question.l_pid).ok().filter(|pid| *pid > 0).map_or(Owner::Unnamed, Owner::Process)
    }))
}
