//! Unix.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitStatus;

/// Permissions of a file that only its owner may read.
#[must_use]
pub fn private_file() -> Permissions {
    Permissions::from_mode(0o600)
}

/// Permissions of an ordinary file.
#[must_use]
pub fn shared_file() -> Permissions {
    Permissions::from_mode(0o644)
}

/// The code a shell would report: the exit code, or 128 + the signal that ended it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}
