//! What a rule found: plain data, for whoever shows or mends it.

use super::policy::EnvironmentId;
use super::rule::Rule;
use crate::diag::{Code, Diagnostic, Frame, Label, Severity, Span};
use std::path::PathBuf;

/// Where something is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    /// `None`: the file as a whole, or that there is none.
    pub span: Option<Span>,
}

/// A change of one file that mends a finding for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `pin the source to v1.2.3`.
    pub title: String,
    pub edits: Vec<Edit>,
}

impl Fix {
    /// One change.
    #[must_use]
    pub fn one(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![Edit { span, text: text.into() }] }
    }
}

/// A piece of a text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// One violation of a rule.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static Rule,
    /// The rule's own, unless it is less serious here.
    pub severity: Severity,
    pub message: String,
    pub place: Place,
    /// What stands under the guilty piece.
    pub label: String,
    pub labels: Vec<Label>,
    /// How we came there, innermost first.
    pub frames: Vec<Frame>,
    pub hint: Option<String>,
    pub fix: Option<Fix>,
    /// What it is about, in words that stay the same when lines move: the name of a member, a provider, a call.
    pub subject: String,
    /// The units that it concerns, as indices of the survey; in order.
    pub units: Vec<usize>,
    pub environment: Option<EnvironmentId>,
    /// The exemption that lets it off, as an index of the policy's.
    pub exempt: Option<usize>,
    /// The same for the same finding in another checkout, on other lines.
    pub fingerprint: String,
}

impl Finding {
    /// A finding at a place, with nothing else known yet.
    #[must_use]
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            place,
            label: String::new(),
            labels: Vec::new(),
            frames: Vec::new(),
            hint: None,
            fix: None,
            subject: String::new(),
            units: Vec::new(),
            environment: None,
            exempt: None,
            fingerprint: String::new(),
        }
    }

    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    #[must_use]
    pub fn under(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    #[must_use]
    pub fn of_units(mut self, units: &[usize]) -> Self {
        self.units = units.to_vec();
        self
    }

    #[must_use]
    pub fn in_environment(mut self, environment: EnvironmentId) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Whether it makes the check fail.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        self.severity == Severity::Error && self.exempt.is_none()
    }

    /// The same as a diagnostic, to be drawn under the rule's name.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let fault = match self.severity {
            Severity::Error => Diagnostic::error(Code::NotPinned, &self.message),
            Severity::Warning => Diagnostic::warning(Code::NotPinned, &self.message),
        };
        let fault = match self.place.span {
            Some(span) => fault.at(span, &self.label),
            None => fault,
        };
        Diagnostic {
            labels: self.labels.clone(),
            frames: self.frames.clone(),
            hint: self.hint.clone(),
            others: self.units.len().saturating_sub(1),
            ..fault
        }
    }
}
