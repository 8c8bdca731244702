//! Starting other programs, following what they say, and asking them to stop.
#![expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]

use super::env::Env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tokio::process::Child;

/// A program to start, complete: nothing is inherited but what stands here.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub cwd: PathBuf,
    pub env: Env,
}

/// What a finished program left.
#[derive(Clone, Debug)]
pub struct Captured {
    /// As a shell reports it: 128 + signal if a signal ended it.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// A program that could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("{program} was not found on PATH", program = program.display())]
    NotFound { program: PathBuf },
    #[error("cannot start {program} in {cwd}: {source}", program = program.display(), cwd = cwd.display())]
    Start { program: PathBuf, cwd: PathBuf, source: io::Error },
    #[error("cannot make a temporary file for a program's output in {dir}: {source}", dir = dir.display())]
    Output { dir: PathBuf, source: io::Error },
    /// A program does not always mind that its words do not arrive; we do.
    #[error("{program} ended with exit status {code}, but part of what it said is lost: there is no room in {dir}: {source}", program = program.display(), dir = dir.display())]
    Lost { program: PathBuf, code: i32, dir: PathBuf, source: io::Error },
    #[error("cannot follow {program}: {source}", program = program.display())]
    Follow { program: PathBuf, source: io::Error },
}

/// What we send to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
    Kill,
}

/// Whether a process that was seen earlier still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Runs,
    Ended,
    /// It is counted elsewhere, as in another container, or the system does not tell.
    Unknown,
}

/// What tells a process from any other that had its number or will have it: the boot, who counts, and its start.
/// `None` where the system does not tell, or there is no such process.
#[must_use]
pub fn birth_of(pid: u32) -> Option<String> {
    let (_, start) = state_and_start(pid)?;
    Some(format!("{} {start}", counted_by()?))
}

/// What became of the process of this number and [birth](birth_of).
#[must_use]
pub fn fate_of(pid: u32, birth: &str) -> Fate {
    let (Some(here), Some((there, start))) = (counted_by(), birth.rsplit_once(' ')) else {
        return Fate::Unknown;
    };
    match (here.split_once(' '), there.split_once(' ')) {
        (Some((boot, _)), Some((other, _))) if boot != other => return Fate::Ended,
        _ if here != there => return Fate::Unknown,
        _ => {}
    }
    match state_and_start(pid) {
        // A dead one that nobody has waited for still has its number.
        Some((state, now)) if now == start && !matches!(state.as_str(), "Z" | "X") => Fate::Runs,
        _ => Fate::Ended,
    }
}

/// The boot and the namespace of process numbers.
fn counted_by() -> Option<String> {
    let boot = super::fs::read_text(Path::new("/proc/sys/kernel/random/boot_id")).ok()?;
    let namespace = super::fs::read_link(Path::new("/proc/self/ns/pid")).ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

fn state_and_start(pid: u32) -> Option<(String, String)> {
    let stat = super::fs::read(Path::new(&format!("/proc/{pid}/stat"))).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The program's name stands in brackets and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.nth(18)?.to_owned()))
}

/// Ends this process at once, as a signal would have done: nothing is dropped, so whoever calls it has cleaned up.
pub fn end(code: i32) -> ! {
    std::process::exit(code)
}

/// Where a signal came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The keyboard, which tells our whole group; or somebody whom we do not know.
    #[default]
    Terminal,
    /// Another process, which may mean us alone.
    Process,
}

/// Where a child reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    Null,
    Inherit,
}

/// Where a child writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Our own stdout or stderr.
    Inherit,
    /// A nameless file that only we can read, and that we follow. Never a pipe: if we are killed, a pipe breaks and
    /// takes the child with it; a file stays, and the child finishes what it began.
    Follow,
    /// A pipe that we follow, for scripts: those open `/dev/stderr` by name, which would empty a file. It has an heir:
    /// when we die, somebody else reads on, and the script comes to its own end.
    Pipe,
}

/// Which signals of the terminal reach a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Ours where we have the terminal: it may read it, and Ctrl-C reaches it as it reaches us. Elsewhere its own, lest
    /// a signal to our group reaches it twice.
    Shared,
    /// Its own: only what we send.
    Own,
}

/// How a child is wired up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Io {
    pub stdin: Stdin,
    pub stdout: Channel,
    pub stderr: Channel,
    pub group: Group,
}

impl Io {
    /// No terminal at all: the wiring of everything that runs beside other things.
    pub const APART: Self =
        Self { stdin: Stdin::Null, stdout: Channel::Follow, stderr: Channel::Follow, group: Group::Own };

    /// The same for a script: what is followed goes through pipes.
    #[must_use]
    pub fn piped(self) -> Self {
        let piped = |channel| if channel == Channel::Follow { Channel::Pipe } else { channel };
        Self { stdout: piped(self.stdout), stderr: piped(self.stderr), ..self }
    }
}

fn open_channel(channel: Channel) -> io::Result<(Stdio, Option<Follower>)> {
    match channel {
        Channel::Inherit => Ok((Stdio::inherit(), None)),
        Channel::Follow => {
            let file = tempfile::tempfile()?;
            let theirs = file.try_clone()?;
            Ok((theirs.into(), Some(Follower::File { file, offset: 0 })))
        }
        Channel::Pipe => {
            let (ours, theirs) = super::os::pipe()?;
            Ok((theirs.into(), Some(Follower::Pipe(ours))))
        }
    }
}

/// A child that was started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    pub stdout: Option<Follower>,
    pub stderr: Option<Follower>,
    _heir: Option<Heir>,
}

/// Whoever reads the pipes of a child after us: once this is dropped, or we are killed, it begins, and ends with the
/// last writer.
#[derive(Debug)]
struct Heir {
    _program: Child,
    _alive: super::os::PipeWriter,
}

impl Heir {
    /// `None` where there are no pipes, or nobody to be had; then a broken pipe is a broken pipe.
    fn of(followers: [&Option<Follower>; 2]) -> Option<Self> {
        let pipe = |follower: &Follower| match follower {
            Follower::Pipe(pipe) => Some(pipe.try_clone()),
            Follower::File { .. } => None,
        };
        let pipes: io::Result<Vec<_>> = followers.into_iter().flatten().filter_map(pipe).collect();
        let (theirs, ours) = super::os::pipe().ok()?;
        let mut command = super::os::heir_of(&pipes.ok()?, theirs)?;
        super::os::leave_group(&mut command);
        let program = tokio::process::Command::from(command).spawn().ok()?;
        Some(Self { _program: program, _alive: ours })
    }
}

impl Running {
    /// Waits for its end; may be dropped and called again. The code is as a shell reports it.
    ///
    /// # Errors
    /// When the operating system cannot say.
    pub async fn wait(&mut self) -> io::Result<i32> {
        Ok(super::os::exit_code(self.child.wait().await?))
    }

    /// Its number, until its end was waited for.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends a signal to it alone; one that has ended is left in peace.
    pub fn send(&self, signal: Signal) {
        if let Some(pid) = self.child.id() {
            // It may end between the two lines; then there is nobody left to tell.
            let _ = super::os::send_signal(pid, signal);
        }
    }
}

/// Reads what a child wrote so far, from where we stopped.
#[derive(Debug)]
pub enum Follower {
    File { file: File, offset: u64 },
    Pipe(super::os::PipeReader),
}

impl Follower {
    /// Reads the next piece into `buffer`; 0 means that there is nothing more for now.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File { file, offset } => {
                let count = super::os::read_at(file, buffer, *offset)?;
                *offset += count as u64;
                Ok(count)
            }
            Self::Pipe(pipe) => super::os::read_waiting(pipe, buffer),
        }
    }
}

impl Follower {
    /// Whether there was room for all that the child wrote, as far as the system can say.
    ///
    /// # Errors
    /// When there was not.
    pub fn has_room(&self) -> io::Result<()> {
        match self {
            Self::File { file, .. } => super::fs::has_room(file),
            Self::Pipe(_) => Ok(()),
        }
    }
}

impl Invocation {
    /// Runs to the end with no stdin, collecting both outputs. Blocks.
    ///
    /// # Errors
    /// When the program cannot be started; its own failure is in [`Captured::code`].
    pub fn capture(&self) -> Result<Captured, ProcessError> {
        let output = self.command().stdin(Stdio::null()).output().map_err(|source| self.failed(source))?;
        Ok(Captured {
            code: super::os::exit_code(output.status),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }

    /// The same with something to read, which is there as a whole before it starts. Blocks.
    ///
    /// # Errors
    /// When the program cannot be started, or what it is to read finds no room.
    pub fn capture_with(&self, input: &[u8]) -> Result<Captured, ProcessError> {
        let written = || -> io::Result<File> {
            let mut file = tempfile::tempfile()?;
            file.write_all(input)?;
            file.rewind()?;
            Ok(file)
        };
        let file = written().map_err(|source| ProcessError::Output { dir: std::env::temp_dir(), source })?;
        let output = self.command().stdin(file).output().map_err(|source| self.failed(source))?;
        Ok(Captured {
            code: super::os::exit_code(output.status),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }

    /// Starts it and returns at once. Needs a runtime. Dropping the result does not stop the child.
    ///
    /// # Errors
    /// When the program cannot be started or no file for its output can be made.
    pub fn start(&self, io: Io) -> Result<Running, ProcessError> {
        let shares_terminal = io.group == Group::Shared && super::os::owns_terminal();
        let mut command = if shares_terminal { self.deaf_command() } else { self.command() };
        command.stdin(match io.stdin {
            Stdin::Null => Stdio::null(),
            Stdin::Inherit => Stdio::inherit(),
        });
        let mut outputs = || -> io::Result<_> {
            let (out, stdout) = open_channel(io.stdout)?;
            let (err, stderr) = open_channel(io.stderr)?;
            command.stdout(out).stderr(err);
            Ok((stdout, stderr))
        };
        let (stdout, stderr) =
            outputs().map_err(|source| ProcessError::Output { dir: std::env::temp_dir(), source })?;
        if !shares_terminal {
            super::os::leave_group(&mut command);
        }
        let child = tokio::process::Command::from(command).spawn().map_err(|source| self.failed(source))?;
        let heir = Heir::of([&stdout, &stderr]);
        Ok(Running { child, stdout, stderr, _heir: heir })
    }

    /// The standard library's command with our argv, directory and environment.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.cwd).env_clear().envs(self.env.iter());
        command
    }

    /// The command, deaf to the end of the terminal: our own end may be that of the session, and it must outlive both.
    /// We hear of a lost terminal ourselves, and ask for a gentle stop then.
    fn deaf_command(&self) -> Command {
        let plain = self.command();
        if !self.program.is_absolute() || !super::fs::is_executable(&self.program) {
            return plain;
        }
        let Some(mut deaf) = super::os::deaf_to_hangup(&self.program) else { return plain };
        deaf.args(&self.args).current_dir(&self.cwd).env_clear().envs(self.env.iter());
        deaf
    }

    /// The error for an end that was not heard in full.
    #[must_use]
    pub fn lost(&self, code: i32, source: io::Error) -> ProcessError {
        ProcessError::Lost { program: self.program.clone(), code, dir: std::env::temp_dir(), source }
    }

    /// The error for a start that failed.
    #[must_use]
    pub fn failed(&self, source: io::Error) -> ProcessError {
        if source.kind() == io::ErrorKind::NotFound && super::fs::is_dir(&self.cwd) {
            return ProcessError::NotFound { program: self.program.clone() };
        }
        ProcessError::Start { program: self.program.clone(), cwd: self.cwd.clone(), source }
    }
}
