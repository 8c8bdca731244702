//! A message with a place. Built where the fault is seen, rendered once at the end.

use super::{Code, Span};
use std::collections::HashSet;

/// How bad it is: errors make the process fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// A span with a few words under it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One step of how we came here: an include, a `read_terragrunt_config`, a unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    pub span: Span,
    pub text: String,
}

/// One fault: what is wrong, where, how we came there, what to do next.
///
/// `summary` is one sentence in lower case without a full stop. `detail` may say more. `hint` says the next action.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    pub summary: String,
    pub detail: Option<String>,
    /// The smallest guilty piece; `None` only where no file is to blame.
    pub primary: Option<Label>,
    pub labels: Vec<Label>,
    /// Innermost first.
    pub frames: Vec<Frame>,
    pub hint: Option<String>,
}

impl Diagnostic {
    #[must_use]
    pub fn error(code: Code, summary: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            summary: summary.into(),
            detail: None,
            primary: None,
            labels: Vec::new(),
            frames: Vec::new(),
            hint: None,
        }
    }

    #[must_use]
    pub fn warning(code: Code, summary: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, summary) }
    }

    /// The same fault under a code that says more.
    #[must_use]
    pub fn coded(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Blames `span`; `text` is what stands under it (may be empty).
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the next outer step of how we came here.
    #[must_use]
    pub fn via(mut self, span: Span, text: impl Into<String>) -> Self {
        self.frames.push(Frame { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The faults of one piece of work, in the order found.
pub type Diagnostics = Vec<Diagnostic>;

/// Each cause once: a fault of an included file is the same for every unit that includes it.
#[must_use]
pub fn distinct(faults: impl IntoIterator<Item = Diagnostic>) -> Diagnostics {
    let mut seen: HashSet<(String, Option<Span>)> = HashSet::new();
    let cause = |fault: &Diagnostic| (fault.summary.clone(), fault.primary.as_ref().map(|label| label.span));
    faults.into_iter().filter(|fault| seen.insert(cause(fault))).collect()
}
