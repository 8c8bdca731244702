//! What a rule has to say of one place, before exemptions and formats.

use crate::diag::{Diagnostic, Span};
use std::path::{Path, PathBuf};

/// Where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    Piece(Span),
    /// A file as a whole, which need not be there.
    File(PathBuf),
}

/// A piece of a file, and what goes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub span: Span,
    pub text: String,
}

impl Fix {
    #[must_use]
    pub fn replace(span: Span, text: String) -> Self {
        Self { span, text }
    }
}

/// One thing that is not as it should be.
#[derive(Clone, Debug)]
pub struct Remark {
    pub rule: &'static str,
    pub spot: Spot,
    /// One sentence.
    pub message: String,
    pub hint: Option<String>,
    /// Other places that have to do with it.
    pub related: Vec<(Span, String)>,
    pub fix: Option<Fix>,
}

impl Remark {
    #[must_use]
    pub fn at(rule: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::of(rule, Spot::Piece(span), message.into())
    }

    #[must_use]
    pub fn at_file(rule: &'static str, path: &Path, message: impl Into<String>) -> Self {
        Self::of(rule, Spot::File(path.to_path_buf()), message.into())
    }

    /// A fault of a file that a rule is about.
    #[must_use]
    pub fn of_fault(rule: &'static str, fault: &Diagnostic) -> Option<Self> {
        let primary = fault.primary.as_ref()?;
        let message = match primary.text.as_str() {
            "" => fault.summary.clone(),
            text => format!("{}: {text}", fault.summary),
        };
        let related = fault.labels.iter().map(|label| (label.span, label.text.clone())).collect();
        Some(Self { hint: fault.hint.clone(), related, ..Self::at(rule, primary.span, message) })
    }

    fn of(rule: &'static str, spot: Spot, message: String) -> Self {
        Self { rule, spot, message, hint: None, related: Vec::new(), fix: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push((span, text.into()));
        self
    }
}
