//! Windows.

use std::process::ExitStatus;

/// The exit code.
#[must_use]
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

/// Folders made by this builder have the usual access.
pub fn make_private(_builder: &mut std::fs::DirBuilder) {}

/// A symbolic link.
///
/// # Errors
/// As the system says; it may ask for a privilege.
pub fn symlink(target: &std::path::Path, link: &std::path::Path) -> std::io::Result<()> {
    if link.parent().unwrap_or(link).join(target).is_dir() {
        std::os::windows::fs::symlink_dir(target, link)
    } else {
        std::os::windows::fs::symlink_file(target, link)
    }
}

/// Takes the read-only mark away.
///
/// # Errors
/// As the system says.
pub fn make_writable(path: &std::path::Path) -> std::io::Result<()> {
    let mut permissions = std::fs::File::open(path)?.metadata()?.permissions();
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions)
}

/// What a file's permissions are, to compare two files by.
#[must_use]
pub fn mode(meta: &std::fs::Metadata) -> u32 {
    u32::from(meta.permissions().readonly())
}
