//! An explanation for people: rows in columns, the chain of a value indented, colours on a terminal only.

use crate::cli::context::Context;
use crate::config::explain::{Cause, CauseKind, Explanation, Origin, Outputs, Role, Setting};
use crate::config::include_word;
use crate::diag::{Code, Span, veil};
use crate::hcl::{Value, show};
use crate::host::fs;
use std::fmt::Write;
use std::path::Path;

/// Longer values are cut: the attribute itself can be asked for.
const VALUE_WIDTH: usize = 48;
/// Longer first columns do not push the others away.
const LABEL_WIDTH: usize = 44;

/// Every code, one a line.
pub(super) fn codes() -> String {
    Code::ALL.iter().map(|code| format!("{code}  {}\n", code.meaning())).collect()
}

/// A page of `docs/errors/`: as it is, or with its titles and its code marked on a terminal.
pub(super) fn page(page: &str, color: bool) -> String {
    if !color {
        return page.to_owned();
    }
    let mut out = String::new();
    let mut inside = false;
    for line in page.lines() {
        let _ = match line {
            _ if line.starts_with("```") => {
                inside = !inside;
                continue;
            }
            _ if inside => writeln!(out, "    \u{1b}[36m{line}\u{1b}[0m"),
            _ if line.starts_with('#') => {
                writeln!(out, "\u{1b}[1m{}\u{1b}[0m", line.trim_start_matches(['#', ' ']))
            }
            _ => writeln!(out, "{line}"),
        };
    }
    out
}

/// `file:line:column`, relative to the working folder.
pub(super) fn place(context: &Context, span: Span) -> String {
    let Some(file) = context.session.files.sources.get(span.file) else { return String::new() };
    let at = file.position(span.start as usize);
    format!("{}:{}:{}", shown(context, &file.path), at.line, at.column)
}

pub(super) fn shown(context: &Context, path: &Path) -> String {
    let near = fs::relative(&context.session.root, path).display().to_string();
    let far = path.display().to_string();
    match near.as_str() {
        "" => ".".to_owned(),
        _ if near.len() > far.len() => far,
        _ => near,
    }
}

/// One line: how deep it stands, and its three columns.
struct Row {
    depth: usize,
    label: String,
    place: String,
    text: String,
}

/// Rows with the columns aligned.
fn table(rows: &[Row], color: bool) -> String {
    let indented = |row: &Row| format!("{:depth$}{}", "", row.label, depth = row.depth * 2);
    let widest = |texts: Vec<String>, most: usize| {
        let widths = texts.iter().map(|text| text.chars().count());
        widths.filter(|width| *width <= most).max().unwrap_or(0)
    };
    let first = widest(rows.iter().map(indented).collect(), LABEL_WIDTH);
    let second = widest(rows.iter().map(|row| row.place.clone()).collect(), usize::MAX);
    let (dim, end) = if color { ("\u{1b}[2m", "\u{1b}[0m") } else { ("", "") };
    let mut out = String::new();
    for row in rows {
        let line = format!("  {:first$}  {dim}{:second$}{end}  {}", indented(row), row.place, row.text);
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// The unit as a whole.
pub(super) fn overview(context: &Context, explanation: &Explanation) -> String {
    let color = context.screen.stdout_color;
    let mut out = format!("{}\n", title(&shown(context, &explanation.config_path), color));
    let mut section = |name: &str, rows: Vec<Row>| {
        if !rows.is_empty() {
            let _ = write!(out, "\n{}\n{}", title(name, color), table(&rows, color));
        }
    };
    let includes = explanation.includes.iter().map(|include| Row {
        depth: 0,
        label: if include.label.is_empty() { "(no label)".to_owned() } else { include.label.to_string() },
        place: shown(context, &include.path),
        text: include_word(include.strategy).to_owned(),
    });
    section("Includes", includes.collect());
    let dependencies = explanation.dependencies.iter().map(|dependency| Row {
        depth: 0,
        label: dependency.name.to_string(),
        place: dependency.target.as_ref().map(|path| shown(context, path)).unwrap_or_default(),
        text: match dependency.outputs {
            Outputs::State => "its outputs".to_owned(),
            Outputs::Mocks => "mock outputs".to_owned(),
            Outputs::None => "no outputs".to_owned(),
        },
    });
    section("Dependencies", dependencies.collect());
    let is_input = |origin: &&Origin| origin.path.first().is_some_and(|step| step == "inputs");
    let (inputs, others): (Vec<&Origin>, Vec<&Origin>) = explanation.origins.iter().partition(is_input);
    let rows_of = |origins: Vec<&Origin>, skip: usize| {
        let mut rows = Vec::new();
        origins.iter().for_each(|origin| leaves(context, origin, skip, &mut rows));
        rows
    };
    section("Module", rows_of(others, 0));
    section("Inputs", rows_of(inputs, 1));
    let files = explanation.files.iter().map(|path| Row {
        depth: 0,
        label: shown(context, path),
        place: String::new(),
        text: String::new(),
    });
    section("Files read", files.collect());
    out
}

/// Each value that has a place of its own.
fn leaves(context: &Context, origin: &Origin, skip: usize, rows: &mut Vec<Row>) {
    if !origin.entries.is_empty() {
        origin.entries.iter().for_each(|entry| leaves(context, entry, skip, rows));
        return;
    }
    let from = origin.settings.iter().filter(|setting| setting.role != Role::Loses);
    let causes: Vec<String> =
        from.flat_map(|setting| setting.causes.iter().map(|cause| cause_label(context, cause))).collect();
    let mut text = brief(&origin.value);
    if !causes.is_empty() {
        let _ = write!(text, "  from {}", causes.join(", "));
    }
    rows.push(Row {
        depth: 0,
        label: origin.path[skip..].join("."),
        place: origin.settings.first().map(|setting| place(context, setting.span)).unwrap_or_default(),
        text,
    });
}

/// One attribute with the whole chain behind it.
pub(super) fn attribute(context: &Context, explanation: &Explanation) -> String {
    let color = context.screen.stdout_color;
    let mut out = String::new();
    for origin in &explanation.origins {
        let _ = writeln!(out, "{} = {}\n", title(&origin.path.join("."), color), full(&origin.value));
        let mut rows = Vec::new();
        origin_rows(context, origin, 0, &mut rows);
        out.push_str(&table(&rows, color));
    }
    out
}

fn origin_rows(context: &Context, origin: &Origin, depth: usize, rows: &mut Vec<Row>) {
    let whole = origin.entries.is_empty();
    for setting in &origin.settings {
        rows.push(setting_row(context, setting, depth));
        if whole {
            cause_rows(context, &setting.causes, depth + 1, rows);
        }
    }
    for entry in &origin.entries {
        rows.push(Row {
            depth,
            label: entry.path.last().cloned().unwrap_or_default(),
            place: String::new(),
            text: format!("= {}", brief(&entry.value)),
        });
        origin_rows(context, entry, depth + 1, rows);
    }
}

fn setting_row(context: &Context, setting: &Setting, depth: usize) -> Row {
    let word = match setting.role {
        Role::Sets => "set in",
        Role::Adds => "partly in",
        Role::Loses => "overridden in",
    };
    let whose = setting.include.as_deref().unwrap_or("the unit");
    Row {
        depth,
        label: format!("{word} {whose}"),
        place: place(context, setting.span),
        text: line_of(context, setting.span),
    }
}

fn cause_rows(context: &Context, causes: &[Cause], depth: usize, rows: &mut Vec<Row>) {
    for cause in causes {
        let text = match (&cause.note, cause.span) {
            (Some(note), _) => note.clone(),
            (None, Some(span)) => line_of(context, span),
            (None, None) => String::new(),
        };
        let place = cause.span.map(|span| place(context, span)).unwrap_or_default();
        rows.push(Row { depth, label: cause_label(context, cause), place, text });
        cause_rows(context, &cause.causes, depth + 1, rows);
    }
}

fn cause_label(context: &Context, cause: &Cause) -> String {
    match cause.kind {
        CauseKind::Environment => format!("environment {}", cause.text),
        CauseKind::File => format!("file {}", cause.text),
        CauseKind::Config => format!("config {}", shown(context, Path::new(&cause.text))),
        CauseKind::Condition => format!("condition {}", cut(&cause.text, VALUE_WIDTH)),
        _ => cut(&cause.text, VALUE_WIDTH),
    }
}

/// The line of a place, without its indentation.
fn line_of(context: &Context, span: Span) -> String {
    let Some(file) = context.session.files.sources.get(span.file) else { return String::new() };
    let line = file.position(span.start as usize).line;
    cut(&veil(file.text.lines().nth(line - 1).unwrap_or_default().trim()), 2 * VALUE_WIDTH)
}

fn brief(value: &Value) -> String {
    let text = full(value);
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), VALUE_WIDTH)
}

/// A sensitive value is not shown.
fn full(value: &Value) -> String {
    if value.sensitive { "(sensitive)".to_owned() } else { show::render_hcl(value) }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}

fn title(text: &str, color: bool) -> String {
    if color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}
