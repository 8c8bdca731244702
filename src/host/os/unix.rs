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

/// Folders made by this builder are for their owner alone.
pub fn make_private(builder: &mut std::fs::DirBuilder) {
    use std::os::unix::fs::DirBuilderExt;
    builder.mode(0o700);
}

/// A symbolic link.
///
/// # Errors
/// As the system says.
pub fn symlink(target: &std::path::Path, link: &std::path::Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Adds the owner's write permission.
///
/// # Errors
/// As the system says.
pub fn make_writable(path: &std::path::Path) -> std::io::Result<()> {
    let mode = std::fs::File::open(path)?.metadata()?.permissions().mode();
    std::fs::set_permissions(path, Permissions::from_mode(mode | 0o200))
}

/// The permission bits of a file, to compare two files by.
#[must_use]
pub fn mode(meta: &std::fs::Metadata) -> u32 {
    meta.permissions().mode() & 0o777
}
