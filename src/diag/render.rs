//! Diagnostics as people read them: title, file and line, the guilty piece underlined, the chain, the next action.

use super::Code;
use super::{Diagnostic, Severity, SourceMap, Span, veil};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

/// How to write diagnostics.
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions<'a> {
    pub color: bool,
    /// Paths below it are shown relative to it.
    pub base: Option<&'a Path>,
    /// In columns.
    pub width: usize,
}

/// One diagnostic as text, without a line break at its end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, options: RenderOptions<'_>) -> String {
    render_as(diagnostic, diagnostic.code.id(), (sources, options))
}

/// The same under another name than its code.
#[must_use]
pub fn render_as(
    diagnostic: &Diagnostic,
    name: &str,
    (sources, options): (&SourceMap, RenderOptions<'_>),
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(shortened(&diagnostic.summary)).id(name);
    let texts = texts_of(diagnostic, sources, options);
    let mut group = if texts.is_empty() {
        Group::with_title(title)
    } else {
        title.elements(texts.iter().map(Text::snippet))
    };
    for note in notes_of(diagnostic, sources, options) {
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.clone()));
    }
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(options.width).render(&[group])
}

/// A name in it may be as long as a file.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(LONGEST_TITLE) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

const LONGEST_TITLE: usize = 2_000;

/// One file that a diagnostic points into, with its marks.
struct Text {
    path: String,
    text: Arc<str>,
    marks: Vec<(std::ops::Range<usize>, String, AnnotationKind)>,
}

impl Text {
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let marks = self.marks.iter().map(|(range, label, kind)| {
            let mark = kind.span(range.clone());
            if label.is_empty() { mark } else { mark.label(label.as_str()) }
        });
        Snippet::source(&*self.text).path(self.path.as_str()).annotations(marks)
    }
}

fn texts_of(diagnostic: &Diagnostic, sources: &SourceMap, options: RenderOptions<'_>) -> Vec<Text> {
    let primary = diagnostic.primary.iter().map(|label| (label, AnnotationKind::Primary));
    let others = diagnostic.labels.iter().map(|label| (label, AnnotationKind::Context));
    let mut texts: Vec<(super::FileId, Text)> = Vec::new();
    for (label, kind) in primary.chain(others) {
        let Some(file) = sources.get(label.span.file) else { continue };
        let mark = (range_in(label.span, &file.text), label.text.clone(), kind);
        match texts.iter_mut().find(|(id, _)| *id == label.span.file) {
            Some((_, text)) => text.marks.push(mark),
            None => texts.push((
                label.span.file,
                Text { path: shown(&file.path, options.base), text: veiled(&file.text), marks: vec![mark] },
            )),
        }
    }
    texts.into_iter().map(|(_, text)| text).collect()
}

fn veiled(text: &Arc<str>) -> Arc<str> {
    match veil(text) {
        Cow::Borrowed(_) => Arc::clone(text),
        Cow::Owned(veiled) => veiled.into(),
    }
}

/// The span as a range on character boundaries inside the text.
fn range_in(span: Span, text: &str) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary((span.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((span.end as usize).min(text.len())).max(start);
    start..end
}

fn notes_of(diagnostic: &Diagnostic, sources: &SourceMap, options: RenderOptions<'_>) -> Vec<String> {
    let frames = diagnostic.frames.iter().filter_map(|frame| {
        let file = sources.get(frame.span.file)?;
        let at = file.position(frame.span.start as usize);
        Some(format!("{} at {}:{}:{}", frame.text, shown(&file.path, options.base), at.line, at.column))
    });
    let what = if diagnostic.code == Code::Deprecated { "habit" } else { "fault" };
    let others = match diagnostic.others {
        0 => None,
        1 => Some(format!("another unit has the same {what}")),
        many => Some(format!("{many} other units have the same {what}")),
    };
    diagnostic.detail.iter().cloned().chain(frames).chain(others).collect()
}

fn shown(path: &Path, base: Option<&Path>) -> String {
    base.and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path).display().to_string()
}
