//! Diagnostics as programs read them: one JSON object each, all on one line.

use super::{Diagnostic, Severity, SourceMap, Span};
use serde_json::{Value, json};

/// Everything that a diagnostic says. Lines and columns count from 1, columns in characters; bytes from 0.
#[must_use]
pub fn to_json(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let labels = diagnostic.labels.iter().map(|label| placed(&label.text, label.span, sources));
    let frames = diagnostic.frames.iter().map(|frame| placed(&frame.text, frame.span, sources));
    json!({
        "code": diagnostic.code.id(),
        "severity": severity,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "primary": diagnostic.primary.as_ref().map(|label| placed(&label.text, label.span, sources)),
        "labels": labels.collect::<Vec<_>>(),
        "via": frames.collect::<Vec<_>>(),
        "other_units": diagnostic.others,
        "hint": diagnostic.hint,
    })
}

/// A text with its place.
fn placed(text: &str, span: Span, sources: &SourceMap) -> Value {
    let Some(file) = sources.get(span.file) else { return json!({ "text": text }) };
    let point = |offset: u32| {
        let at = file.position(offset as usize);
        json!({ "line": at.line, "column": at.column, "byte": offset })
    };
    json!({
        "text": text,
        "file": file.path.display().to_string(),
        "start": point(span.start),
        "end": point(span.end),
    })
}
