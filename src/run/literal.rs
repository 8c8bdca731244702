//! Values as text: HCL for files and `-backend-config`, JSON for variables. Pure.

use crate::hcl::{Data, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How HCL is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Objects over several lines, indented to this depth.
    Lines(usize),
    OneLine,
}

/// What becomes of `${` and `%{` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Templates {
    /// The reader takes text as it is.
    Plain,
    /// The reader would evaluate them: they are doubled, once.
    Escaped,
}

/// A value that is not known has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is not known yet")]
pub struct NotKnown;

/// An HCL expression.
///
/// # Errors
/// When any part is unknown.
pub fn render_hcl(value: &Value, layout: Layout) -> Result<String, NotKnown> {
    let mut out = String::new();
    write_hcl(&mut out, value, layout)?;
    Ok(out)
}

fn write_hcl(out: &mut String, value: &Value, layout: Layout) -> Result<(), NotKnown> {
    match &value.data {
        Data::Unknown(_) => return Err(NotKnown),
        Data::Null(_) => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => push(out, number),
        Data::String(text) => out.push_str(&quote(text)),
        _ if value.items().is_some() => {
            let items = value.items().unwrap_or_default();
            let texts: Result<Vec<_>, _> = items.iter().map(|item| render_hcl(item, layout)).collect();
            push(out, format_args!("[{}]", texts?.join(comma(layout))));
        }
        _ => write_object(out, value, layout)?,
    }
    Ok(())
}

fn comma(layout: Layout) -> &'static str {
    if layout == Layout::OneLine { "," } else { ", " }
}

fn write_object(out: &mut String, value: &Value, layout: Layout) -> Result<(), NotKnown> {
    let entries = value.entries().into_iter().flatten();
    match layout {
        Layout::Lines(_) if value.entries().is_some_and(BTreeMap::is_empty) => out.push_str("{}"),
        Layout::OneLine => {
            let texts: Result<Vec<_>, _> = entries
                .map(|(key, value)| Ok(format!("{}={}", object_key(key), render_hcl(value, layout)?)))
                .collect();
            push(out, format_args!("{{{}}}", texts?.join(",")));
        }
        Layout::Lines(depth) => {
            out.push_str("{\n");
            for (key, value) in entries {
                let text = render_hcl(value, Layout::Lines(depth + 1))?;
                push(out, format_args!("{}{} = {text}\n", indent(depth + 1), object_key(key)));
            }
            push(out, format_args!("{}}}", indent(depth)));
        }
    }
    Ok(())
}

/// White space of a depth.
#[must_use]
pub fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn object_key(key: &str) -> String {
    let mut chars = key.chars();
    let starts = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let is_word = starts && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if is_word { key.to_owned() } else { quote(key) }
}

/// A quoted string that evaluates to `text`.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => push(&mut out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Compact JSON with sorted keys.
///
/// # Errors
/// When any part is unknown.
pub fn render_json(value: &Value, templates: Templates) -> Result<String, NotKnown> {
    let mut out = String::new();
    write_json(&mut out, value, templates)?;
    Ok(out)
}

fn write_json(out: &mut String, value: &Value, templates: Templates) -> Result<(), NotKnown> {
    match &value.data {
        Data::Unknown(_) => return Err(NotKnown),
        Data::Null(_) => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => push(out, number),
        Data::String(text) => write_json_string(out, text, templates),
        _ => {
            if let Some(items) = value.items() {
                return write_json_items(out, items, templates);
            }
            out.push('{');
            for (at, (key, value)) in value.entries().into_iter().flatten().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write_json_string(out, key, templates);
                out.push(':');
                write_json(out, value, templates)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_json_items(out: &mut String, items: &[Value], templates: Templates) -> Result<(), NotKnown> {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        write_json(out, item, templates)?;
    }
    out.push(']');
    Ok(())
}

fn write_json_string(out: &mut String, text: &str, templates: Templates) {
    let text = match templates {
        Templates::Plain => text.to_owned(),
        Templates::Escaped => escape_templates(text),
    };
    // `<`, `>` and `&` in escapes: the reference's JSON has them so, and both mean the same.
    for c in serde_json::Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => push(out, format_args!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// Doubles the first character of `${` and `%{`, unless it is doubled already.
#[must_use]
pub fn escape_templates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, '$' | '%') && chars.peek() == Some(&'{') && before != Some(c) {
            out.push(c);
        }
        out.push(c);
        before = Some(c);
    }
    out
}

fn push(out: &mut String, text: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::{Layout, NotKnown, Templates, escape_templates, quote, render_hcl, render_json};
    use crate::hcl::Value;

    fn sample() -> Value {
        Value::object([
            ("z", Value::tuple([Value::number(1_i64), Value::NULL, Value::string("<${a}>")])),
            ("f g", Value::object([("c-d", Value::bool(true))])),
        ])
    }

    #[test]
    fn hcl_on_one_line_and_on_several() {
        let one = r#"{"f g"={c-d=true},z=[1,null,"<$${a}>"]}"#;
        assert_eq!(render_hcl(&sample(), Layout::OneLine).unwrap(), one);
        let lines = "{\n    \"f g\" = {\n      c-d = true\n    }\n    z = [1, null, \"<$${a}>\"]\n  }";
        assert_eq!(render_hcl(&sample(), Layout::Lines(1)).unwrap(), lines);
        let listed = Value::tuple([Value::object([("a", Value::NULL)]), Value::object::<&str>([])]);
        assert_eq!(render_hcl(&listed, Layout::Lines(1)).unwrap(), "[{\n    a = null\n  }, {}]");
        assert_eq!(render_hcl(&Value::tuple([Value::UNKNOWN]), Layout::OneLine), Err(NotKnown));
    }

    #[test]
    fn quoting_keeps_the_text() {
        assert_eq!(quote("a\"\\\n%{x} $ { \u{1}é"), r#""a\"\\\n%%{x} $ { \u0001é""#);
    }

    #[test]
    fn json_hides_templates_from_a_reader_that_evaluates() {
        assert_eq!(
            render_json(&sample(), Templates::Escaped).unwrap(),
            r#"{"f g":{"c-d":true},"z":[1,null,"\u003c$${a}\u003e"]}"#
        );
        assert_eq!(render_json(&Value::string("${a}"), Templates::Plain).unwrap(), r#""${a}""#);
        for (given, want) in [("${x}", "$${x}"), ("$${x}", "$${x}"), ("$$${x}", "$$${x}"), ("a$ {", "a$ {")] {
            assert_eq!(escape_templates(given), want, "{given}");
        }
    }
}
