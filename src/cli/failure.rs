//! How a command ends when it does not end well: one value with a kind, causes and a hint, and the one place that
//! turns it into text and an exit code.

use crate::diag::Code;
use serde_json::{Value, json};
use std::fmt::Write;

/// Exit codes, all of them.
pub mod exit {
    /// Everything was done. Also when a question was answered with no.
    pub const SUCCESS: u8 = 0;
    /// A fault of any kind that has no code of its own.
    pub const FAILURE: u8 = 1;
    /// With `-detailed-exitcode`: done, and there are changes.
    pub const CHANGES: u8 = 2;
    /// `pins`: something is not pinned, locked or packed as it must be.
    pub const PINS: u8 = 3;
    /// The run lock was not had, or it was lost.
    pub const RUN_LOCK: u8 = crate::run::run_lock::EXIT_CODE;
    /// Stopped by a signal, as a shell reports an interrupt.
    pub const INTERRUPTED: u8 = 130;
}

/// What went wrong, as far as an exit code cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line or an environment variable says something that cannot be meant.
    Usage,
    /// A file of the user's is faulty; the diagnostics are already written.
    Config,
    /// terraform, a hook or another program ended with this code.
    Child(i32),
    /// Known, accepted, not built.
    NotYet,
    /// The machine refused: a file, a process, a network.
    Machine,
    /// The run lock was not had.
    RunLock,
    /// Something is not pinned as the policy demands; what it is, is already written.
    Pins,
    /// A question was answered with no.
    Declined,
    /// A signal asked us to stop.
    Interrupted,
}

/// The end of a command that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    /// Where there is a page about it.
    pub code: Option<Code>,
    pub message: String,
    /// Outermost first.
    pub causes: Vec<String>,
    pub hint: Option<String>,
}

impl Failure {
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, code: None, message: message.into(), causes: Vec::new(), hint: None }
    }

    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An error of a lower floor with what lies under it.
    #[must_use]
    pub fn from_error(kind: Kind, error: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(error.source(), |cause| cause.source()).map(ToString::to_string);
        let message = error.to_string();
        let causes = causes.filter(|cause| !message.contains(cause.as_str())).collect();
        Self { kind, code: None, message, causes, hint: None }
    }

    /// What `terrace explain` has a page for.
    #[must_use]
    pub fn coded(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint only if there is something to say.
    #[must_use]
    pub fn hint_if(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// What the process ends with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Declined => exit::SUCCESS,
            Kind::Interrupted => exit::INTERRUPTED,
            Kind::RunLock => exit::RUN_LOCK,
            Kind::Pins => exit::PINS,
            Kind::Child(code) => u8::try_from(code).ok().filter(|code| *code != 0).unwrap_or(exit::FAILURE),
            Kind::Usage | Kind::Config | Kind::NotYet | Kind::Machine => exit::FAILURE,
        }
    }

    /// The failure as people read it, without a line break at its end; empty if all was said before.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let mut out = String::new();
        match self.kind {
            _ if self.message.is_empty() => {}
            // Somebody wanted it so.
            Kind::Declined => out.push_str(&self.message),
            _ => out.push_str(&look.paint(Word::Error(self.code), &self.message)),
        }
        for cause in &self.causes {
            let _ = write!(out, "\n  because {cause}");
        }
        if let Some(hint) = &self.hint {
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = write!(out, "{gap}{}", look.paint(Word::Hint, hint));
        }
        out
    }
}

impl Failure {
    /// The failure as a record of a log; `None` if all was said before.
    #[must_use]
    pub fn to_json(&self) -> Option<Value> {
        if self.message.is_empty() {
            return None;
        }
        Some(json!({
            "level": if self.kind == Kind::Declined { "info" } else { "error" },
            "msg": self.message,
            "code": self.code.map(Code::id),
            "causes": self.causes,
            "hint": self.hint,
        }))
    }
}

/// Something that does not stop the command, said once before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    pub hint: Option<String>,
}

impl Warning {
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The warning as people read it, without a line break at its end.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let message = look.paint(Word::Warning, &self.message);
        match &self.hint {
            Some(hint) => format!("{message}\n{}", look.paint(Word::Hint, hint)),
            None => message,
        }
    }

    /// The warning as a record of a log.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "level": "warn", "msg": self.message, "hint": self.hint })
    }
}

/// With colours or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Plain,
    Colored,
}

#[derive(Clone, Copy)]
enum Word {
    Error(Option<Code>),
    Warning,
    Hint,
}

impl Look {
    fn paint(self, word: Word, text: &str) -> String {
        let (name, color) = match word {
            Word::Error(Some(code)) => (format!("error[{code}]"), "1;31"),
            Word::Error(None) => ("error".to_owned(), "1;31"),
            Word::Warning => ("warning".to_owned(), "1;33"),
            Word::Hint => ("hint".to_owned(), "1;36"),
        };
        match self {
            Self::Plain => format!("{name}: {text}"),
            Self::Colored => format!("\u{1b}[{color}m{name}:\u{1b}[0m {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Kind, Look};

    #[test]
    fn the_text_reads_without_colours() {
        let failure = Failure::usage("--foo is no flag").hint("put terraform's flags after `--`");
        assert_eq!(
            failure.render(Look::Plain),
            "error: --foo is no flag\nhint: put terraform's flags after `--`"
        );
    }

    #[test]
    fn a_failed_run_is_never_zero() {
        for (kind, code) in [
            (Kind::Usage, 1),
            (Kind::NotYet, 1),
            (Kind::Child(3), 3),
            (Kind::Child(0), 1),
            (Kind::Child(-1), 1),
            (Kind::Child(300), 1),
            (Kind::Interrupted, 130),
            (Kind::Declined, 0),
        ] {
            assert_eq!(Failure::new(kind, "").exit_code(), code, "{kind:?}");
        }
    }
}
