//! What Terraform's YAML allows and the parser refuses, written in a way that it takes: lines of a flow collection or
//! of quoted text that start at the very left (they get a blank), and tabs behind a colon (they become blanks).

use saphyr_parser::ScanError;

/// The text with one thing changed at the place of the fault; `None` if the fault is a real one.
pub fn repaired(text: &str, error: &ScanError) -> Option<String> {
    let (line, column) = (error.marker().line(), error.marker().col());
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let place = start + text[start..].char_indices().nth(column).map_or(text.len() - start, |(at, _)| at);
    match error.info() {
        "invalid indentation" | "invalid indentation in flow construct" => Some(indented(text, start)),
        "invalid indentation in quoted scalar" => {
            let next =
                place + text[place..].match_indices('\n').find(|(at, _)| is_left(&text[place + at + 1..]))?.0;
            Some(indented(text, next + 1))
        }
        "':' must be followed by a valid YAML whitespace" => {
            let from = text[..place].trim_end_matches(['\t', ' ']).len();
            let mut better = text.to_owned();
            better.replace_range(from..place, &" ".repeat(place - from));
            (from < place).then_some(better)
        }
        _ => None,
    }
}

fn is_left(line: &str) -> bool {
    !line.starts_with([' ', '\t', '\r', '\n'])
}

fn indented(text: &str, at: usize) -> String {
    let (before, after) = text.split_at(at);
    format!("{before} {after}")
}
