//! What may be secret in a settings file, hidden where we quote the file. Every byte keeps its place, so spans stay right.

use regex::Regex;
use std::sync::OnceLock;

/// The text with stars in the place of tokens, passwords and arguments of helpers.
pub(super) fn veiled(text: &str) -> String {
    static NAME: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r#"(?i)[\w.-]*(?:token|password|secret|args)[\w.-]*"?\s*[=:]\s*"#;
    let Some(name) = NAME.get_or_init(|| Regex::new(pattern).ok()).as_ref() else { return hidden(text) };
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(found) = text.get(at..).and_then(|rest| name.find(rest)) {
        let start = at + found.end();
        let end = start + extent(&text[start..]);
        out.push_str(&text[at..start]);
        out.push_str(&hidden(&text[start..end]));
        at = end;
    }
    out.push_str(&text[at..]);
    crate::diag::veil(&out).into_owned()
}

/// How far a value goes; one that does not end as it should goes to the end of its line, or of the file.
fn extent(value: &str) -> usize {
    let line = value.find('\n').unwrap_or(value.len());
    if value.starts_with("<<") {
        return value.len();
    }
    if value.starts_with('[') {
        return value.find(']').map_or(value.len(), |end| end + 1);
    }
    let Some(inside) = value.strip_prefix('"') else { return line };
    let mut is_escaped = false;
    let end = inside.find(|sign: char| {
        let ends = sign == '\n' || (sign == '"' && !is_escaped);
        is_escaped = sign == '\\' && !is_escaped;
        ends
    });
    end.map_or(value.len(), |end| end + 1)
}

/// Stars, but for what gives a text its shape.
fn hidden(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\n' | '\r' | '"' | '[' | ']' | ',' | ' ' => out.push(sign),
            _ => out.extend(std::iter::repeat_n('*', sign.len_utf8())),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::veiled;

    #[test]
    fn what_may_be_secret_becomes_stars() {
        for (text, want) in [
            (
                "credentials \"a\" { token = \"t\\\"x\" } b = \"c\"",
                "credentials \"a\" { token = \"**\"*\" } b = \"c\"",
            ),
            ("{\"token\": \"abc\", \"x\": \"y\"}", "{\"token\": \"***\", \"x\": \"y\"}"),
            ("token = \"abc\nx = 1", "token = \"***\nx = 1"),
            ("token = abc def\nx = 1", "token = *** ***\nx = 1"),
            ("access_token = \"é\"", "access_token = \"**\""),
            ("args = [\"--pw\", \"x\"]\ny = 1", "args = [\"****\", \"*\"]\ny = 1"),
            ("token = <<E\nabc\nE\n", "token = ***\n***\n*\n"),
            ("url = \"https://u:p@h/\"", "url = \"https://***@h/\""),
        ] {
            let veiled = veiled(text);
            assert_eq!(veiled, want, "{text}");
            assert_eq!(veiled.len(), text.len());
        }
    }
}
