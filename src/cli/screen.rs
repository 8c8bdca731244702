//! Writing: data to stdout, all else to stderr. A reader that went away is no fault; a full disk is.

use super::failure::{Failure, Kind};
use super::settings::{Color, Settings};
use crate::diag::{Diagnostic, RenderOptions, SourceMap, render};
use crate::host::env::Env;
use crate::host::os;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// How wide a text may be where no terminal tells.
const USUAL_WIDTH: usize = 80;

fn reading_width() -> usize {
    let width = os::stderr_width().or_else(os::terminal_width).unwrap_or(USUAL_WIDTH);
    // Wider lines of prose tire, and on narrower ones no code can be shown.
    width.clamp(40, 120)
}

/// Where and how a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    pub stdout_color: bool,
    pub stderr_color: bool,
    /// Of stdout, in columns.
    pub width: usize,
    /// Of whatever terminal there is: for a text that people read through a pager, or on stderr.
    pub reading_width: usize,
}

impl Screen {
    /// What the terminals at hand and the settings allow.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let allowed = settings.log.color == Color::Auto;
        Self {
            stdout_color: allowed && std::io::stdout().is_terminal(),
            stderr_color: allowed && std::io::stderr().is_terminal(),
            width: os::terminal_width().unwrap_or(USUAL_WIDTH),
            reading_width: reading_width(),
        }
    }

    /// For what is said before the settings are known.
    #[must_use]
    pub fn before_settings(env: &Env) -> Self {
        let allowed = env.get_filled("NO_COLOR").is_none() && env.get_filled("TG_NO_COLOR").is_none();
        Self {
            stdout_color: allowed && std::io::stdout().is_terminal(),
            stderr_color: allowed && std::io::stderr().is_terminal(),
            width: os::terminal_width().unwrap_or(USUAL_WIDTH),
            reading_width: reading_width(),
        }
    }

    /// Writes data.
    ///
    /// # Errors
    /// When it cannot be written, unless nobody reads any more.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.print_bytes(text.as_bytes())
    }

    /// The same for names, which need not be text.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::new(Kind::Machine, format!("cannot write to stdout: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Says something beside the data. There is nobody to tell when that fails.
    pub fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Says something that is answered on the same line.
    pub fn ask(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Shows diagnostics, sorted by place.
    pub fn diagnose(&self, faults: &[Diagnostic], (sources, base): (&SourceMap, &Path)) {
        let options = RenderOptions { color: self.stderr_color, base: Some(base), width: self.reading_width };
        for fault in sorted(faults, sources) {
            self.say(&render(fault, sources, options));
            self.say("");
        }
    }
}

/// By file, then by place; what has no place comes last.
#[must_use]
pub fn sorted<'a>(faults: &'a [Diagnostic], sources: &SourceMap) -> Vec<&'a Diagnostic> {
    let mut all: Vec<&Diagnostic> = faults.iter().collect();
    all.sort_by_cached_key(|fault| {
        let place = fault.primary.as_ref().map(|label| label.span);
        let path = place.and_then(|span| sources.get(span.file)).map(|file| file.path.clone());
        (place.is_none(), path, place.map(|span| span.start))
    });
    all
}
