//! A catalog as text: a plain list, one JSON array, one JSON record a line, or a page of Markdown.

use super::Entry;
use crate::cli::args::CatalogArgs;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::diag::Code;
use serde_json::{Value, json};
use std::fmt::Write;

/// How a catalog is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// To choose from on a terminal, else a plain list.
    Choose,
    Json,
    JsonLines,
    Markdown,
}

impl Format {
    /// What the flags say.
    pub fn choose(args: &CatalogArgs, context: &Context) -> Result<Self, Failure> {
        let Some(word) = args.format.as_deref().filter(|_| !args.json) else {
            return Ok(if args.json { Self::Json } else { Self::Choose });
        };
        if word != "tui" && !context.session.invoked.has_experiment("catalog-format") {
            return Err(Failure::usage("--format is an experiment")
                .coded(Code::IsExperiment)
                .hint("add --experiment catalog-format, or write --json"));
        }
        match word {
            "tui" => Ok(Self::Choose),
            "jsonl" => Ok(Self::JsonLines),
            "md" => Ok(Self::Markdown),
            _ => Err(Failure::usage(format!("`{word}` is no value for --format"))
                .coded(Code::WrongValue)
                .hint("write one of tui, jsonl, md")),
        }
    }
}

/// The whole catalog.
pub(super) fn render(entries: &[Entry], format: Format) -> String {
    match format {
        Format::Choose => list(entries),
        Format::Json => format!("{}\n", Value::Array(entries.iter().map(record).collect())),
        Format::JsonLines => entries.iter().map(|entry| format!("{}\n", record(entry))).collect(),
        Format::Markdown => entries.iter().map(section).collect(),
    }
}

fn list(entries: &[Entry]) -> String {
    let widest = |text: fn(&Entry) -> &str| entries.iter().map(|one| text(one).chars().count()).max();
    let source = widest(|entry| &entry.source).unwrap_or(0);
    let mut out = String::new();
    for entry in entries {
        let about = entry.readme.description.as_deref().unwrap_or_default();
        let line = format!("{:8}  {:source$}  {}  {about}", entry.kind, entry.source, entry.title());
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn record(entry: &Entry) -> Value {
    let mut record = json!({
        "kind": entry.kind,
        "title": entry.title(),
        "source": entry.repository.trim_start_matches("git::"),
        "dir": entry.dir,
        "component_source": entry.source,
    });
    let optional = [
        ("description", entry.readme.description.as_deref()),
        ("version", entry.version.as_deref()),
        ("doc", Some(entry.readme.text.as_str()).filter(|text| !text.is_empty())),
    ];
    for (name, text) in optional {
        if let Some(text) = text {
            record[name] = text.into();
        }
    }
    if !entry.readme.tags.is_empty() {
        record["tags"] = entry.readme.tags.clone().into();
    }
    record
}

fn section(entry: &Entry) -> String {
    let mut out = format!("## {}\n\n", entry.title());
    if let Some(about) = &entry.readme.description {
        let _ = write!(out, "{about}\n\n");
    }
    let version = entry.version.as_deref().unwrap_or("-");
    let _ = writeln!(out, "- {} `{}`, version {version}", entry.kind, entry.source);
    let _ = writeln!(out, "- `terrace scaffold '{}'`\n", entry.source);
    out
}
