//! Where words end up: stdout and stderr, or memory in a test. Remembers what was lost.

use std::io::{self, Write};

/// The two ways out.
pub struct Sink {
    stdout: Way,
    stderr: Way,
}

struct Way {
    to: Box<dyn Write + Send>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The reader left. Nobody misses the rest.
    Left,
    /// Words were lost that somebody waits for.
    Lost,
}

impl Sink {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(Box::new(io::stdout()), Box::new(io::stderr()))
    }

    #[must_use]
    pub fn new(stdout: Box<dyn Write + Send>, stderr: Box<dyn Write + Send>) -> Self {
        let way = |to| Way { to, state: State::Open };
        Self { stdout: way(stdout), stderr: way(stderr) }
    }

    /// For programs and people.
    ///
    /// # Errors
    /// The first time that something is lost which somebody waits for.
    pub fn out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write(bytes)
    }

    /// For people. When that fails there is nobody left to tell.
    pub fn err(&mut self, bytes: &[u8]) {
        let _ = self.stderr.write(bytes);
    }

    /// Whether anything meant for stdout was lost. A log that could not be written is no failure of the run.
    #[must_use]
    pub fn has_lost_output(&self) -> bool {
        self.stdout.state == State::Lost
    }
}

impl Way {
    /// Writes through at once; after a first failure, nothing more.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.state != State::Open || bytes.is_empty() {
            return Ok(());
        }
        let written = self.to.write_all(bytes).and_then(|()| self.to.flush());
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.state = State::Left;
                Ok(())
            }
            Err(error) => {
                self.state = State::Lost;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sink;
    use std::io::{self, ErrorKind, Write};

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_a_loss_and_a_reader_who_left_is_none() {
        for (kind, want) in [(ErrorKind::StorageFull, true), (ErrorKind::BrokenPipe, false)] {
            let mut sink = Sink::new(Box::new(Failing(kind)), Box::new(Failing(kind)));
            sink.err(b"log");
            assert!(!sink.has_lost_output());
            assert_eq!(sink.out(b"words").is_err(), want);
            assert!(sink.out(b"more").is_ok(), "said once");
            assert_eq!(sink.has_lost_output(), want, "{kind:?}");
        }
    }
}
