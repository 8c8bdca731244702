//! Windows.

use super::super::fs::{Execute, Writable};
use super::super::process::{Origin, Signal};
use std::fs::File;
use std::io;
use std::process::{Command, ExitStatus};

/// The exit code.
#[must_use]
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

/// Opens a file for reading.
///
/// # Errors
/// As the operating system says.
pub fn open_at_once(path: &std::path::Path) -> io::Result<File> {
    File::open(path)
}

/// There is no gentle signal here; the child gets the console's own.
///
/// # Errors
/// Always: nothing can be sent to a single process.
pub fn send_signal(_pid: u32, _signal: Signal) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Children have no part in the files of their parents.
///
/// # Errors
/// Never.
pub fn inherit(_file: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// Keeps the console's Ctrl-C from reaching the child.
pub fn leave_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

/// There is no such signal.
#[must_use]
pub fn deaf_to_hangup(_program: &std::path::Path) -> Option<Command> {
    None
}

/// Whether the console sends its Ctrl-C to us: always.
#[must_use]
pub fn owns_terminal() -> bool {
    true
}

/// There is no such limit.
#[must_use]
pub fn open_file_limit() -> Option<u64> {
    None
}

/// Reads at a place.
///
/// # Errors
/// As the operating system says.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// A file here: a pipe cannot be read without waiting, and nothing opens its output by name.
#[derive(Debug)]
pub struct PipeReader {
    file: File,
    offset: u64,
}

impl io::Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = read_at(&self.file, buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// The end that somebody writes to.
pub type PipeWriter = File;

impl PipeReader {
    /// The same place in the same file.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()?, offset: self.offset })
    }
}

/// Reads what is there by now.
///
/// # Errors
/// As the operating system says.
pub fn read_waiting(pipe: &mut PipeReader, buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(pipe, buffer)
}

/// Nobody: a file needs no reader.
#[must_use]
pub fn heir_of(_pipes: &[PipeReader], _alive: PipeReader) -> Option<std::process::Command> {
    None
}

/// Two ends: one for us to read, one for a child to write.
///
/// # Errors
/// As the operating system says.
pub fn pipe() -> io::Result<(PipeReader, File)> {
    let file = tempfile::tempfile()?;
    let theirs = file.try_clone()?;
    Ok((PipeReader { file, offset: 0 }, theirs))
}

/// Not to be known here.
///
/// # Errors
/// Never.
pub fn has_room(_file: &File) -> io::Result<()> {
    Ok(())
}

/// One line of stdin.
///
/// # Errors
/// As the operating system says.
pub fn read_stdin_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map(|_| line)
}

/// The signals that ask us to stop, as a stream.
#[derive(Debug)]
pub struct StopSignals(tokio::signal::windows::CtrlC);

impl StopSignals {
    /// Starts listening. Needs a runtime.
    ///
    /// # Errors
    /// When the handler cannot be installed.
    pub fn install() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Nobody can tell here.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::Terminal
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        self.0.recv().await;
        Signal::Interrupt
    }
}

/// A path from the bytes that a program such as git prints.
#[must_use]
pub fn path_of(bytes: &[u8]) -> std::path::PathBuf {
    String::from_utf8_lossy(bytes).replace('/', "\\").into()
}

/// The bytes of a path, as a program such as git reads them.
#[must_use]
pub fn bytes_of(path: &std::path::Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
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

/// What a file's permissions are, to compare two files by.
#[must_use]
pub fn mode(meta: &std::fs::Metadata) -> u32 {
    u32::from(meta.permissions().readonly())
}

/// Whether a file is read only is all that can be told here.
#[must_use]
pub fn mode_of(_execute: Execute, writable: Writable) -> u32 {
    u32::from(writable == Writable::No)
}

/// Makes a file read only, or not.
///
/// # Errors
/// As the system says.
pub fn set_mode(path: &std::path::Path, mode: u32) -> io::Result<()> {
    let file = File::open(path)?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(mode != 0);
    file.set_permissions(permissions)
}

/// There is no number to go by; the time at which it was made is as good.
#[must_use]
pub fn identity(meta: &std::fs::Metadata) -> Option<(u64, u64)> {
    use std::os::windows::fs::MetadataExt;
    Some((meta.creation_time(), meta.last_write_time()))
}

/// When a file was last written, in nanoseconds.
#[must_use]
pub fn touched(meta: &std::fs::Metadata) -> i64 {
    use std::os::windows::fs::MetadataExt;
    i64::try_from(meta.last_write_time() / 10).map_or(i64::MAX, |micros| micros.saturating_mul(1000))
}

/// Whether anybody may run the file: its name tells.
#[must_use]
pub fn may_execute(_meta: &std::fs::Metadata) -> bool {
    true
}

/// The width of the terminal behind stdout, in columns.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    None
}

/// The width of the terminal behind stderr, in columns.
#[must_use]
pub fn stderr_width() -> Option<usize> {
    None
}

/// Whether keys can come one by one.
pub const HAS_RAW_MODE: bool = false;

/// How the terminal of stdin was before.
pub type TerminalMode = ();

/// Not done on this system.
///
/// # Errors
/// Always.
pub fn enter_raw_mode() -> std::io::Result<TerminalMode> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Nothing was changed.
pub fn leave_raw_mode(_before: &TerminalMode) {}

/// Not asked on this system.
#[must_use]
pub fn terminal_size() -> Option<(usize, usize)> {
    None
}
