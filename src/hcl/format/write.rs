//! Values and blocks as canonical HCL.

use super::layout::format_source;
use crate::hcl::parse::is_identifier;
use crate::hcl::{Data, Value};
use regex::Regex;
use std::fmt::Write;
use std::sync::LazyLock;

/// A value as an expression in canonical layout. What is not known is written as `null`: no expression names it.
#[must_use]
pub fn write_value(value: &Value) -> String {
    let mut out = String::new();
    push_value(&mut out, value);
    format_source(&out)
}

/// A string literal: quoted, escaped, so that it reads back as the same text.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
}

/// Writes attributes and blocks in the order they are given.
#[derive(Debug, Default)]
pub struct BodyWriter {
    text: String,
}

impl BodyWriter {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `name = value`
    pub fn attribute(&mut self, name: &str, value: &Value) -> &mut Self {
        self.text.push_str(name);
        self.text.push_str(" = ");
        push_value(&mut self.text, value);
        self.text.push('\n');
        self
    }

    /// `name = source`, where `source` is an expression in HCL.
    pub fn expression(&mut self, name: &str, source: &str) -> &mut Self {
        self.text.push_str(name);
        self.text.push_str(" = ");
        self.text.push_str(source);
        self.text.push('\n');
        self
    }

    /// `kind "label" { … }`; `inside` writes what stands between the braces.
    pub fn block(&mut self, kind: &str, labels: &[&str], inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.text.push_str(kind);
        for label in labels {
            self.text.push(' ');
            push_quoted(&mut self.text, label);
        }
        self.text.push_str(" {\n");
        inside(self);
        self.text.push_str("}\n");
        self
    }

    /// An empty line.
    pub fn gap(&mut self) -> &mut Self {
        self.text.push('\n');
        self
    }

    /// What was written, in canonical layout.
    #[must_use]
    pub fn finish(&self) -> String {
        format_source(&self.text)
    }
}

fn push_value(out: &mut String, value: &Value) {
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => push_quoted(out, text),
        Data::List(sequence) | Data::Set(sequence) => push_items(out, &sequence.items),
        Data::Tuple(items) => push_items(out, items),
        Data::Map(mapping) => push_entries(out, mapping.items.iter()),
        Data::Object(items) => push_entries(out, items.iter()),
    }
}

fn push_items(out: &mut String, items: &[Value]) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        push_value(out, item);
    }
    out.push(']');
}

fn push_entries<'a>(
    out: &mut String,
    entries: impl ExactSizeIterator<Item = (&'a std::sync::Arc<str>, &'a Value)>,
) {
    if entries.len() == 0 {
        out.push_str("{}");
        return;
    }
    out.push_str("{\n");
    for (key, value) in entries {
        if is_identifier(key) {
            out.push_str(key);
        } else {
            push_quoted(out, key);
        }
        out.push_str(" = ");
        push_value(out, value);
        out.push('\n');
    }
    out.push('}');
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                out.push(letter);
                out.push(letter);
            }
            ' '..='~' => out.push(letter),
            _ if is_printable(letter) => out.push(letter),
            _ => push_code_point(out, letter),
        }
    }
    out.push('"');
}

fn push_code_point(out: &mut String, letter: char) {
    let code = u32::from(letter);
    // Writing to a String cannot fail.
    let _ = if code > 0xFFFF { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
}

/// Letters, marks, numbers, punctuation and symbols; blanks other than the plain one are not.
fn is_printable(letter: char) -> bool {
    static PRINTABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());
    let mut bytes = [0; 4];
    PRINTABLE.as_ref().is_none_or(|pattern| pattern.is_match(letter.encode_utf8(&mut bytes)))
}
