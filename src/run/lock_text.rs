//! What terraform and tofu say of a state's lock that they did not get, as text or as JSON, coloured or not. Pure.

use super::tail::strip_ansi;
use crate::state::LockInfo;
use serde_json::Value as Json;

/// What both say when they have waited for a moment.
const WAITING: &str = "Acquiring state lock";
/// What stands over an error of a lock that was not had; one that was not given back has other words.
const HEADINGS: [&str; 2] = ["acquiring the state lock", "Error locking"];
const BLOCK: &str = "Lock Info:";

/// Whether a program waits for a lock, by what it said last.
#[must_use]
pub fn tells_of_waiting(said: &str) -> bool {
    last_line(said).is_some_and(|line| line.contains(WAITING))
}

fn last_line(said: &str) -> Option<&str> {
    said.lines().rev().find(|line| !line.trim().is_empty())
}

/// Who holds the lock that a program did not get; `None` where it failed for another reason, or does not know.
#[must_use]
pub fn parse_holder(said: &str) -> Option<LockInfo> {
    let lines = plain_lines(said);
    let heading = lines.iter().position(|line| HEADINGS.iter().any(|words| line.contains(words)))?;
    let block = heading + lines[heading..].iter().position(|line| line.trim() == BLOCK)?;
    let info = fields(&lines[block + 1..]);
    let other = lines[heading..block].iter().find_map(|line| other_id(line, &info));
    let info = other.unwrap_or(info);
    (!info.id.is_empty()).then_some(info)
}

/// The `http` backend prints the lock that it wanted, and of the one that is there the id alone.
fn other_id(line: &str, wanted: &LockInfo) -> Option<LockInfo> {
    let (_, id) = line.split_once("ID=")?;
    let id = id.split_whitespace().next().filter(|id| *id != wanted.id)?;
    Some(LockInfo { id: id.to_owned(), ..LockInfo::default() })
}

/// Lines without frames and colours; messages in JSON are taken apart.
fn plain_lines(said: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in strip_ansi(said).lines() {
        match message_of(line) {
            Some(message) => lines.extend(message.lines().map(str::to_owned)),
            None => lines.push(unframed(line).to_owned()),
        }
    }
    lines
}

fn unframed(line: &str) -> &str {
    let line = line.trim_end();
    line.trim_start().strip_prefix(['│', '|']).map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest))
}

/// The words of one message of `-json`.
fn message_of(line: &str) -> Option<String> {
    let json: Json = serde_json::from_str(line.trim()).ok().filter(Json::is_object)?;
    let diagnostic = json.get("diagnostic")?;
    let text = |name: &str| diagnostic.get(name).and_then(Json::as_str).unwrap_or_default();
    Some(format!("{}\n{}", text("summary"), text("detail")))
}

/// `  Who:       me@host`, one field a line; the first of each name counts, since a value is other people's text.
fn fields(lines: &[String]) -> LockInfo {
    let mut info = LockInfo::default();
    for line in lines {
        let Some((name, value)) = line.trim().split_once(':') else { break };
        let value = value.trim();
        let field = match name {
            "ID" => &mut info.id,
            "Path" => &mut info.path,
            "Operation" => &mut info.operation,
            "Who" => &mut info.who,
            "Version" => &mut info.version,
            "Created" => &mut info.created,
            _ => break,
        };
        if field.is_empty() {
            *field = if name == "Created" { rfc3339(value) } else { value.to_owned() };
        }
    }
    info
}

/// Go's way to print a time, `2026-11-23 11:49:46.75 +0000 UTC`, as it stands in the lock; other text stays as it is.
fn rfc3339(text: &str) -> String {
    let parts: Vec<&str> = text.split_whitespace().collect();
    match parts[..] {
        [date, time, "+0000", ..] => format!("{date}T{time}Z"),
        [date, time, offset, ..] if offset.len() == 5 => {
            format!("{date}T{time}{}:{}", &offset[..3], &offset[3..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_holder, tells_of_waiting};

    const ID: &str = "40d2a3c4-0000-1111-2222-333344445555";

    fn terraform(heading: &str) -> String {
        format!(
            "╷\n│ Error: {heading}\n│ \n│ Error message: resource temporarily unavailable\n│ Lock Info:\n│   ID:        {ID}\n\
             │   Path:      terraform.tfstate\n│   Operation: OperationTypeApply\n│   Who:       me@host: really\n\
             │   Version:   1.11.4\n│   Created:   2026-11-23 11:49:46.756847794 +0000 UTC\n│   Info:      \n│ \n│ \n\
             │ Terraform acquires a state lock to protect the state from being written\n│ by multiple users at the same time.\n╵\n"
        )
    }

    #[test]
    fn the_holder_is_read_from_every_form_of_the_error() {
        let framed = terraform("Error acquiring the state lock");
        let coloured = framed
            .replace(
                "│ Error: ",
                "\u{1b}[31m│\u{1b}[0m \u{1b}[0m\u{1b}[1m\u{1b}[31mError: \u{1b}[0m\u{1b}[0m\u{1b}[1m",
            )
            .replace("│ ", "\u{1b}[31m│\u{1b}[0m \u{1b}[0m");
        let bare = framed.replace("│ ", "").replace(['╷', '╵'], "");
        let tofu = framed.replace("Terraform acquires", "OpenTofu acquires");
        let detail = bare.split_once("\n\n").unwrap().1;
        let json = format!(
            "{}\n{}\n",
            r#"{"@level":"info","@message":"Terraform 1.11.4","type":"version"}"#,
            serde_json::json!({"@level": "error", "type": "diagnostic",
                "diagnostic": {"severity": "error", "summary": "Error acquiring the state lock", "detail": detail}})
        );
        let moved = terraform("Error locking state: Error acquiring the state lock: held");
        for (name, text) in [
            ("framed", framed),
            ("coloured", coloured),
            ("bare", bare),
            ("tofu", tofu),
            ("json", json),
            ("moved", moved),
        ] {
            let info = parse_holder(&text).unwrap_or_else(|| panic!("{name}: {text}"));
            assert_eq!(
                [&info.id, &info.path, &info.operation, &info.who, &info.version, &info.created],
                [
                    ID,
                    "terraform.tfstate",
                    "OperationTypeApply",
                    "me@host: really",
                    "1.11.4",
                    "2026-11-23T11:49:46.756847794Z"
                ],
                "{name}"
            );
        }
    }

    #[test]
    fn other_failures_have_no_holder() {
        for text in [
            "Error: Error acquiring the state lock\n\nError message: AccessDenied\n".to_owned(),
            terraform("Error releasing the state lock"),
            "Error: no such thing\n".to_owned(),
            terraform("Error acquiring the state lock").replace(ID, ""),
        ] {
            assert_eq!(parse_holder(&text), None, "{text}");
        }
    }

    #[test]
    fn a_value_cannot_pretend_to_be_another_field() {
        let text = terraform("Error acquiring the state lock")
            .replace("Path:      terraform.tfstate", "Path:      x\n│   ID: y");
        assert_eq!(parse_holder(&text).unwrap().id, ID);
    }

    #[test]
    fn the_lock_that_was_wanted_is_not_the_one_that_is_there() {
        let text = terraform("Error acquiring the state lock")
            .replace("resource temporarily unavailable", "HTTP remote state already locked:\n│ ID=1-2");
        let info = parse_holder(&text).unwrap();
        assert_eq!((info.id.as_str(), info.who.as_str()), ("1-2", ""));
    }

    #[test]
    fn waiting_is_told_by_the_last_words() {
        assert!(tells_of_waiting("init\nAcquiring state lock. This may take a few moments...\n\n"));
        assert!(tells_of_waiting(r#"{"@message":"Acquiring state lock. This may take a few moments..."}"#));
        assert!(!tells_of_waiting("Acquiring state lock. This may take a few moments...\nPlan: 1 to add\n"));
        assert!(!tells_of_waiting(""));
    }
}
