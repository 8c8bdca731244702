//! `--format github`: commands that GitHub turns into notes beside the lines of a change.

use super::account::{Account, Entry, Gap, Level, Place, Trouble};
use std::fmt::Write;

/// One command a line.
#[must_use]
pub fn render(account: &Account) -> String {
    let mut out = String::new();
    for trouble in &account.troubles {
        out.push_str(&of_trouble(trouble));
    }
    for entry in &account.entries {
        out.push_str(&of_entry(entry));
    }
    for gap in &account.gaps {
        out.push_str(&of_gap(gap));
    }
    let counts = account.counts();
    let text = format!(
        "units: {}, errors: {}, warnings: {}, exempt: {}, unchecked: {}",
        account.units, counts.errors, counts.warnings, counts.exempt, counts.unchecked
    );
    out.push_str(&command("notice", ("pins", None), &text));
    out
}

fn of_entry(entry: &Entry) -> String {
    let title = (entry.rule, entry.place.as_ref());
    match (&entry.excuse, entry.level) {
        (Some(excuse), _) => {
            let text = format!("exempt: {} ({})", entry.message, excuse.reason);
            command("notice", title, &text)
        }
        (None, Level::Error) => command("error", title, &entry.whole_message()),
        (None, Level::Warning) => command("warning", title, &entry.whole_message()),
    }
}

fn of_gap(gap: &Gap) -> String {
    command("notice", ("pin/unchecked", gap.place.as_ref()), &gap.reason)
}

fn of_trouble(trouble: &Trouble) -> String {
    command("error", (trouble.code, trouble.place.as_ref()), &trouble.message)
}

fn command(kind: &str, (title, place): (&str, Option<&Place>), message: &str) -> String {
    let mut out = format!("::{kind} ");
    if let Some(place) = place {
        let _ = write!(out, "file={},", property(&place.file));
        if let Some(region) = place.region {
            let _ = write!(out, "line={},endLine={},", region.start.line, region.end.line);
            // Columns of several lines mean nothing to it.
            if region.start.line == region.end.line {
                let _ = write!(out, "col={},endColumn={},", region.start.column, region.end.column);
            }
        }
    }
    let _ = writeln!(out, "title={}::{}", property(title), data(message));
    out
}

/// The text behind the last `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
