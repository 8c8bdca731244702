//! A message with a place. Built where the fault is seen, rendered once at the end.

use super::{Code, FileId, Span};
use std::collections::{HashMap, HashSet};

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
    /// How many other units have the very same fault, each through a file of its own.
    pub others: usize,
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
            others: 0,
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

/// Warnings of one old habit told once, whatever the places: an estate has it everywhere or nowhere.
#[must_use]
pub fn habits_once(faults: &[Diagnostic]) -> Diagnostics {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut kept: Diagnostics = Vec::new();
    for fault in faults {
        let is_habit = fault.code == Code::Deprecated && !fault.is_error();
        match seen.get(fault.summary.as_str()).filter(|_| is_habit) {
            Some(at) => kept[*at].others += 1 + fault.others,
            None => {
                seen.insert(&fault.summary, kept.len());
                kept.push(fault.clone());
            }
        }
    }
    kept
}

/// Each cause once: a fault of an included file is the same for every unit that includes it, and says how many do.
#[must_use]
pub fn distinct(faults: impl IntoIterator<Item = Diagnostic>) -> Diagnostics {
    let mut seen: HashMap<(String, Option<Span>), (usize, HashSet<FileId>)> = HashMap::new();
    let mut kept: Diagnostics = Vec::new();
    for fault in faults {
        let cause = (fault.summary.clone(), fault.primary.as_ref().map(|label| label.span));
        let (at, ways) = seen.entry(cause).or_insert_with(|| {
            kept.push(fault.clone());
            (kept.len() - 1, HashSet::new())
        });
        ways.extend(fault.frames.last().map(|frame| frame.span.file));
        kept[*at].others = kept[*at].others.max(ways.len().saturating_sub(1));
    }
    kept
}
