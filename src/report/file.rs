//! The report file: one record a unit, as CSV or JSON. The names of its members are fixed; other tools read them.

use super::time::{rfc3339, rfc3339_nanos};
use crate::event::{Outcome, Reason, Status, UnitReport};
use crate::host::fs::{self, Access, FileError};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::SystemTime;

/// `--report-format`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    Csv,
    Json,
}

impl FileFormat {
    /// By the word of the flag, else by the file's ending, else CSV. `None` for an unknown word.
    #[must_use]
    pub fn choose(word: Option<&str>, path: &Path) -> Option<Self> {
        match word {
            Some("csv") => Some(Self::Csv),
            Some("json") => Some(Self::Json),
            Some(_) => None,
            None if path.extension().is_some_and(|ending| ending == "json") => Some(Self::Json),
            None => Some(Self::Csv),
        }
    }
}

/// A unit's line in the report.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub name: &'a str,
    pub report: &'a UnitReport,
    /// The git reference that the unit was taken from; empty for what is there now.
    pub reference: &'a str,
    /// terraform's command word and the flags that the user gave.
    pub command: &'a str,
    pub args: &'a [String],
    /// What stands for the times of a unit that never started.
    pub moment: SystemTime,
}

/// Writes the report whole or not at all.
///
/// # Errors
/// When the disk refuses.
pub fn write(path: &Path, format: FileFormat, records: &[Record<'_>]) -> Result<(), FileError> {
    let text = match format {
        FileFormat::Csv => render_csv(records),
        FileFormat::Json => render_json(records),
    };
    place(path, &text)
}

/// A folder that is not there yet is no reason to lose what a run has to tell.
fn place(path: &Path, text: &str) -> Result<(), FileError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    fs::write_to_named(path, text.as_bytes(), Access::Shared)
}

/// One line a unit under a line of names.
#[must_use]
pub fn render_csv(records: &[Record<'_>]) -> String {
    let mut text = "Name,Started,Ended,Result,Reason,Cause,Ref,Cmd,Args\n".to_owned();
    for record in records {
        let (started, ended) = record.times();
        let outcome = &record.report.outcome;
        let fields = [
            record.name,
            &rfc3339(started),
            &rfc3339(ended),
            result_word(outcome.status),
            outcome.reason.map_or("", reason_word),
            cause(outcome),
            record.reference,
            record.command,
            &record.args.join("|"),
        ];
        text.push_str(&fields.map(csv_field).join(","));
        text.push('\n');
    }
    text
}

fn csv_field(text: &str) -> String {
    let plain = !text.contains([',', '"', '\n', '\r']) && !text.starts_with(' ');
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// An array of objects without empty members.
#[must_use]
pub fn render_json(records: &[Record<'_>]) -> String {
    let objects = records.iter().map(|record| {
        let (started, ended) = record.times();
        let outcome = &record.report.outcome;
        let mut object = Map::new();
        let mut set = |name: &str, text: &str| {
            if !text.is_empty() {
                object.insert(name.to_owned(), text.into());
            }
        };
        set("Started", &rfc3339_nanos(started));
        set("Ended", &rfc3339_nanos(ended));
        set("Reason", outcome.reason.map_or("", reason_word));
        set("Cause", cause(outcome));
        set("Name", record.name);
        set("Result", result_word(outcome.status));
        set("Ref", record.reference);
        set("Cmd", record.command);
        if !record.args.is_empty() {
            object.insert("Args".to_owned(), record.args.to_vec().into());
        }
        Value::Object(object)
    });
    format!("{:#}\n", Value::Array(objects.collect()))
}

/// The JSON schema of the JSON form, under the id that other tools know it by.
#[must_use]
pub fn render_schema() -> String {
    let text = |says: &str| json!({ "type": "string", "description": says });
    let moment = |says: &str| json!({ "type": "string", "format": "date-time", "description": says });
    let word = |words: &[&str], says: &str| json!({ "type": "string", "enum": words, "description": says });
    let results = STATUSES.map(result_word);
    let reasons = REASONS.map(reason_word);
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://docs.terragrunt.com/schemas/run/report/v4/schema.json",
        "title": "Report of a run",
        "description": "What became of each unit of a run",
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "Name": text("The unit: its path below the working folder"),
                "Started": moment("When the unit began"),
                "Ended": moment("When the unit was done"),
                "Result": word(&results, "How the unit came through"),
                "Reason": word(&reasons, "Why the result is what it is"),
                "Cause": text("What the reason refers to: a block's label, an error's text, another unit"),
                "Ref": text("The git reference that the unit was taken from"),
                "Cmd": text("terraform's command"),
                "Args": { "type": "array", "items": { "type": "string" }, "description": "The command's arguments" },
            },
            "required": ["Name", "Started", "Ended", "Result"],
            "additionalProperties": false,
        },
    });
    format!("{schema:#}\n")
}

/// Writes the schema whole or not at all.
///
/// # Errors
/// When the disk refuses.
pub fn write_schema(path: &Path) -> Result<(), FileError> {
    place(path, &render_schema())
}

impl Record<'_> {
    fn times(&self) -> (SystemTime, SystemTime) {
        (self.report.started.unwrap_or(self.moment), self.report.ended.unwrap_or(self.moment))
    }
}

/// A unit that did not run names the one that it waited for by its folder alone, as the reference does.
fn cause(outcome: &Outcome) -> &str {
    let text = outcome.cause.as_deref().unwrap_or_default();
    match outcome.status {
        Status::EarlyExit => text.rsplit('/').next().unwrap_or_default(),
        _ => text,
    }
}

const STATUSES: [Status; 4] = [Status::Succeeded, Status::Failed, Status::EarlyExit, Status::Excluded];

const REASONS: [Reason; 5] = [
    Reason::RetrySucceeded,
    Reason::ErrorIgnored,
    Reason::RunError,
    Reason::AncestorError,
    Reason::ExcludeBlock,
];

fn result_word(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::EarlyExit => "early exit",
        Status::Excluded => "excluded",
    }
}

fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::RetrySucceeded => "retry succeeded",
        Reason::ErrorIgnored => "error ignored",
        Reason::RunError => "run error",
        Reason::AncestorError => "ancestor error",
        Reason::ExcludeBlock => "exclude block",
    }
}
