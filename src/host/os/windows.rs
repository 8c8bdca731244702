//! Windows.

use std::process::ExitStatus;

/// The exit code.
#[must_use]
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}
