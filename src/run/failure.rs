//! Why a try of a unit failed: our sentence, the child's code and what was said. Data only.

use super::child::Ended;
use crate::diag::Code;
use crate::host::process::ProcessError;
use std::fmt;

/// A sentence of ours about a failed step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    /// What kind of failure it is, where there is a page about it.
    pub code: Option<Code>,
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text, code: None }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.code.map_or(Ok(()), |code| write!(f, " [{code}]"))
    }
}

/// One failed step, or several in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Failure {
    /// Of the first child that failed.
    pub exit_code: Option<i32>,
    /// One line of ours for each failed step.
    pub messages: Vec<Message>,
    /// What the children said on stderr: for retries, and the tail for the summary.
    pub stderr: String,
    /// What they said on stdout; hooks may look for it.
    pub stdout: String,
    /// What the user is to do, after everything else that is said.
    pub advice: Vec<String>,
    /// Another try, or looking away, would do harm.
    pub is_final: bool,
}

impl Failure {
    /// A step that failed without a child.
    pub fn of_message(message: impl Into<String>) -> Self {
        Self { messages: vec![message.into().into()], ..Self::default() }
    }

    /// A child that ended badly; `what` names it.
    pub fn of_child(what: &str, ended: &Ended, code: Code) -> Self {
        let text = format!("{what}: {}", describe(ended.code));
        Self {
            exit_code: Some(ended.code),
            messages: vec![Message { text, code: Some(code) }],
            stderr: ended.stderr.text(),
            stdout: ended.stdout.text(),
            ..Self::default()
        }
    }

    /// Adds a later failure; the first exit code stays.
    pub fn and(mut self, later: Self) -> Self {
        self.exit_code = self.exit_code.or(later.exit_code);
        self.messages.extend(later.messages);
        self.stderr.push_str(&later.stderr);
        self.stdout.push_str(&later.stdout);
        self.advice.extend(later.advice);
        self.is_final |= later.is_final;
        self
    }

    /// Adds what the user is to do.
    pub fn advise(mut self, text: impl Into<String>) -> Self {
        self.advice.push(text.into());
        self
    }

    /// Puts a sentence before what it explains.
    pub fn preceded_by(mut self, text: String) -> Self {
        self.messages.insert(0, text.into());
        self
    }

    /// The kind of the first step that failed, where it has one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.messages.iter().find_map(|message| message.code)
    }

    /// Our sentences, one a line.
    #[must_use]
    pub fn own_words(&self) -> String {
        self.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// What retry and ignore patterns see.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.stderr, self.own_words())
    }

    /// What error hooks see.
    #[must_use]
    pub fn full_text(&self) -> String {
        format!("{}\n{}", self.stdout, self.text())
    }
}

/// The words `exit status` are part of what people match in `on_errors`.
fn describe(code: i32) -> String {
    match code {
        129..=192 => format!("ended by signal {} (exit status {code})", code - 128),
        _ => format!("exit status {code}"),
    }
}

impl<E: std::error::Error + NotAProcess> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of_message(error.to_string())
    }
}

impl From<ProcessError> for Failure {
    fn from(error: ProcessError) -> Self {
        Self::of_message(error.to_string())
    }
}

/// Errors whose text is all there is to say.
pub trait NotAProcess {}
impl NotAProcess for crate::host::fs::FileError {}
impl NotAProcess for super::generate::GenerateError {}
impl NotAProcess for super::inputs::InputError {}
impl NotAProcess for super::retry::PatternError {}
