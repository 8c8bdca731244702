//! What can be wrong with a filter's text, and where.

use crate::graph::glob::GlobError;

/// A filter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} (column {} of '{query}')", column + 1)]
pub struct FilterError {
    pub query: String,
    pub fault: FilterFault,
    /// In characters, from 0.
    pub column: usize,
    pub hint: Option<String>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    #[error("'{found}' does not belong here")]
    Unexpected { found: String },
    #[error("the filter ends too early")]
    Incomplete,
    #[error("'{operator}' has nothing to work on")]
    MissingOperand { operator: &'static str },
    #[error("'{open}' is never closed")]
    Unclosed { open: char },
    #[error("nothing stands between '{open}' and its closing bracket")]
    Empty { open: char },
    #[error("'{key}=' has no value")]
    MissingValue { key: String },
    #[error("there is no attribute '{key}'")]
    UnknownKey { key: String },
    #[error("'{value}' is no {key}: it is one of {allowed}")]
    BadValue { key: &'static str, value: String, allowed: &'static str },
    #[error("'{pattern}' is no pattern: {source}")]
    BadPattern { pattern: String, source: GlobError },
    #[error("a git reference is missing")]
    MissingReference,
    #[error("'{reference}' is no git reference: none begins with '-'")]
    BadReference { reference: String },
}

impl FilterError {
    /// Several lines: what is wrong, the filter, a caret under the place, and what to do.
    #[must_use]
    pub fn render(&self) -> String {
        let caret = " ".repeat(self.column);
        let mut text = format!("invalid filter: {}\n\n    {}\n    {caret}^\n", self.fault, self.query);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n  hint: {hint}\n"));
        }
        text
    }
}
