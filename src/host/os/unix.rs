//! Unix.

use super::super::fs::{Execute, Writable};
use super::super::process::{Origin, Signal};
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{self, SignalKind};

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

/// Opens a file for reading; of a pipe, without waiting for somebody who writes.
///
/// # Errors
/// As the operating system says.
pub fn open_at_once(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

/// The code a shell would report: the exit code, or 128 + the signal that ended it.
#[must_use]
pub fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// Sends a signal to one process, never to its group.
///
/// # Errors
/// When there is no such process, or it is not ours.
pub fn send_signal(pid: u32, signal: Signal) -> io::Result<()> {
    use rustix::process::{Pid, Signal as Raw, kill_process};
    let raw = match signal {
        Signal::Interrupt => Raw::INT,
        Signal::Terminate => Raw::TERM,
        Signal::Kill => Raw::KILL,
    };
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(pid, raw)?)
}

/// Lets children keep this file open.
///
/// # Errors
/// As the operating system says.
pub fn inherit(file: &File) -> io::Result<()> {
    Ok(rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())?)
}

/// Puts the child into a process group of its own: what the terminal sends to our group does not reach it.
pub fn leave_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// A shell that becomes the program, with the signal of a lost terminal ignored; `None` where there is no shell.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "what it makes is handed back to host::process, which starts it"
)]
pub fn deaf_to_hangup(program: &Path) -> Option<Command> {
    const SHELL: &str = "/bin/sh";
    super::super::fs::is_executable(Path::new(SHELL)).then(|| {
        let mut command = Command::new(SHELL);
        command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(program);
        command
    })
}

/// Whether our process group is the one that the terminal sends its Ctrl-C to.
#[must_use]
pub fn owns_terminal() -> bool {
    let Ok(terminal) = File::open("/dev/tty") else { return false };
    rustix::termios::tcgetpgrp(&terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// One line of stdin and not a byte more: what follows belongs to a child.
///
/// # Errors
/// As the operating system says.
pub fn read_stdin_line() -> io::Result<String> {
    let (mut line, mut byte) = (Vec::new(), [0_u8]);
    while rustix::io::retry_on_intr(|| rustix::io::read(rustix::stdio::stdin(), &mut byte))? == 1 {
        line.push(byte[0]);
        if byte[0] == b'\n' {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// How many files this process may hold open at once; `None` where there is no limit.
#[must_use]
pub fn open_file_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// Reads at a place without moving the file's own cursor, which a writing child shares.
///
/// # Errors
/// As the operating system says.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

/// The end of a pipe that we read.
pub type PipeReader = io::PipeReader;

/// The end of a pipe that somebody writes to.
pub type PipeWriter = io::PipeWriter;

/// A pipe, for [`read_waiting`].
///
/// # Errors
/// As the operating system says.
pub fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    io::pipe()
}

/// Reads what waits in a pipe, and never waits itself; 0 where nothing does. The pipe is not made one that nobody waits
/// for, since an [heir](heir_of) reads it, too.
///
/// # Errors
/// As the operating system says.
pub fn read_waiting(pipe: &mut PipeReader, buffer: &mut [u8]) -> io::Result<usize> {
    let waiting = usize::try_from(rustix::io::ioctl_fionread(&*pipe)?).unwrap_or(usize::MAX);
    let count = waiting.min(buffer.len());
    if count == 0 { Ok(0) } else { io::Read::read(pipe, &mut buffer[..count]) }
}

/// Who reads a child's pipes once we are gone, even if we were killed: a shell that waits for the end of `alive`, whose
/// other end is ours alone. `None` where there is no shell.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "what it makes is handed back to host::process, which starts it"
)]
pub fn heir_of(pipes: &[PipeReader], alive: PipeReader) -> Option<Command> {
    const SHELL: &str = "/bin/sh";
    let (first, last) = (pipes.first()?.try_clone().ok()?, pipes.last()?.try_clone().ok()?);
    super::super::fs::is_executable(Path::new(SHELL)).then(|| {
        let mut command = Command::new(SHELL);
        command.args(["-c", "cat >/dev/null; cat <&1 >/dev/null & exec cat <&2 >/dev/null"]);
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        command.stdin(alive).stdout(first).stderr(last);
        command
    })
}

/// Makes a file a page longer, which asks limits as well as the disk; an error only where a disk, a quota or a limit is full.
///
/// # Errors
/// When there is no room.
#[cfg(target_os = "linux")]
pub fn has_room(file: &File) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate, fstat};
    use rustix::io::Errno;
    const PAGE: u64 = 4096;
    let size = u64::try_from(fstat(file)?.st_size).unwrap_or_default();
    match fallocate(file, FallocateFlags::empty(), size.next_multiple_of(PAGE), PAGE) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Not to be known here.
///
/// # Errors
/// Never.
#[cfg(not(target_os = "linux"))]
pub fn has_room(_file: &File) -> io::Result<()> {
    Ok(())
}

/// The signals that ask us to stop, as a stream.
#[derive(Debug)]
pub struct StopSignals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    /// `None` where whoever started us (`nohup`) had it ignored.
    hangup: Option<unix::Signal>,
}

impl StopSignals {
    /// Starts listening; from now on these signals no longer end the process by themselves. Also takes a handler for
    /// the file-size limit, so that a write past it is an error and not our death. It is a handler and not "ignore",
    /// because children inherit the latter. Needs a runtime.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    pub fn install() -> io::Result<Self> {
        let _kept_by_the_runtime =
            unix::signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
        note_origins()?;
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hangup: if hangup_is_ignored() { None } else { Some(unix::signal(SignalKind::hangup())?) },
        })
    }

    /// Where the last interrupt came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        if SENT_BY_PROCESS.load(Ordering::SeqCst) { Origin::Process } else { Origin::Terminal }
    }

    /// Waits for the next one. A lost terminal counts as a request to terminate.
    pub async fn next(&mut self) -> Signal {
        let hangup = async {
            match &mut self.hangup {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hangup => Signal::Terminate,
        }
    }
}

/// Whether the last interrupt came from another process.
static SENT_BY_PROCESS: AtomicBool = AtomicBool::new(false);

/// Notes where interrupts come from, before anybody else hears of them.
fn note_origins() -> io::Result<()> {
    let interrupt = rustix::process::Signal::INT.as_raw();
    // Codes of the kernel are above zero, those of a process are not; other systems number them otherwise.
    let note = |code: i32| SENT_BY_PROCESS.store(cfg!(target_os = "linux") && code <= 0, Ordering::SeqCst);
    // SAFETY: all that the handler does is one store into an atomic, which a signal handler may do.
    #[expect(unsafe_code, reason = "only a handler of our own is told who sent the signal")]
    let noted =
        unsafe { signal_hook_registry::register_sigaction(interrupt, move |info| note(info.si_code)) };
    noted.map(|_for_ever| ())
}

/// Asks the kernel's own table, since the standard library cannot say how a signal is handled.
fn hangup_is_ignored() -> bool {
    let Ok(status) = super::super::fs::read_text(Path::new("/proc/self/status")) else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

/// A path from the bytes that a program such as git prints: names need not be text.
#[must_use]
pub fn path_of(bytes: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

/// The bytes of a path, as a program such as git reads them.
#[must_use]
pub fn bytes_of(path: &std::path::Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
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

/// The permission bits of a file, to compare two files by.
#[must_use]
pub fn mode(meta: &std::fs::Metadata) -> u32 {
    meta.permissions().mode() & 0o777
}

/// The mode of a file that everybody may read.
#[must_use]
pub fn mode_of(execute: Execute, writable: Writable) -> u32 {
    let write = if writable == Writable::Yes { 0o200 } else { 0 };
    let run = if execute == Execute::Yes { 0o111 } else { 0 };
    0o444 | write | run
}

/// Sets the permission bits of a file.
///
/// # Errors
/// As the system says.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}

/// The device and the number of a file on it.
#[must_use]
pub fn identity(meta: &std::fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((meta.dev(), meta.ino()))
}

/// When a file was last touched in any way, in nanoseconds: a changed content always moves it.
#[must_use]
pub fn touched(meta: &std::fs::Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec())
}

/// Whether anybody may run the file.
#[must_use]
pub fn may_execute(meta: &std::fs::Metadata) -> bool {
    meta.permissions().mode() & 0o111 != 0
}

/// The width of the terminal behind stdout, in columns.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    width_of(std::io::stdout())
}

/// The width of the terminal behind stderr, in columns.
#[must_use]
pub fn stderr_width() -> Option<usize> {
    width_of(std::io::stderr())
}

fn width_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// Whether keys can come one by one.
pub const HAS_RAW_MODE: bool = true;

/// How the terminal of stdin was before.
pub type TerminalMode = rustix::termios::Termios;

/// Keys come at once, unseen, and none of them is a signal.
///
/// # Errors
/// When stdin is no terminal.
pub fn enter_raw_mode() -> io::Result<TerminalMode> {
    let stdin = std::io::stdin();
    let before = rustix::termios::tcgetattr(&stdin)?;
    let mut raw = before.clone();
    raw.make_raw();
    rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Drain, &raw)?;
    Ok(before)
}

/// Puts the terminal back; there is nobody to tell when that fails.
pub fn leave_raw_mode(before: &TerminalMode) {
    let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Drain, before);
}

/// Columns and lines of the terminal behind stdout.
#[must_use]
pub fn terminal_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some((size.ws_col.into(), size.ws_row.into())).filter(|(columns, rows)| *columns > 0 && *rows > 0)
}
