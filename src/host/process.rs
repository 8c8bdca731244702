//! Starting other programs and collecting what they say.
#![expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]

use super::env::Env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

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

    /// The standard library's command with our argv, directory and environment.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.cwd).env_clear().envs(self.env.iter());
        command
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
