//! Values as people read them: the form of `terraform console`, and plain HCL. Sensitive values are hidden in the
//! first, and written out in the second, which is for files.

use super::{Data, Type, Value};
use std::fmt::Write as _;

/// As `terraform console` prints it: types visible, sensitive values hidden, many-line strings as heredocs.
#[must_use]
pub fn render_console(value: &Value) -> String {
    let mut out = String::new();
    Writer { out: &mut out, style: Style::Console }.value(value, 0);
    out
}

/// As an HCL expression that yields the value again (lists, sets and maps as tuples and objects).
#[must_use]
pub fn render_hcl(value: &Value) -> String {
    let mut out = String::new();
    Writer { out: &mut out, style: Style::Hcl }.value(value, 0);
    out
}

/// A string as an HCL literal: quoted, with `${` and `%{` escaped.
#[must_use]
pub fn quote_hcl(text: &str) -> String {
    let mut out = String::from("\"");
    for (at, c) in text.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if text[at + 1..].starts_with('{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Console,
    Hcl,
}

struct Writer<'a> {
    out: &'a mut String,
    style: Style,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, indent: usize) {
        if value.sensitive && self.style == Style::Console {
            self.out.push_str("(sensitive value)");
            return;
        }
        match &value.data {
            Data::Null(kind) => self.null(kind),
            Data::Unknown(_) => self.out.push_str("(known after apply)"),
            Data::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Data::Number(number) => {
                let _ = write!(self.out, "{number}");
            }
            Data::String(text) => self.string(text, indent),
            Data::List(sequence) => self.wrapped("tolist", |out| out.items(&sequence.items, indent)),
            Data::Set(sequence) => self.wrapped("toset", |out| out.items(&sequence.items, indent)),
            Data::Map(_) => self.wrapped("tomap", |out| out.entries(value, indent)),
            Data::Tuple(items) => self.items(items, indent),
            Data::Object(_) => self.entries(value, indent),
        }
    }

    fn wrapped(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        if self.style == Style::Hcl {
            return inner(self);
        }
        let _ = write!(self.out, "{name}(");
        inner(self);
        self.out.push(')');
    }

    fn null(&mut self, kind: &Type) {
        let text = match kind {
            _ if self.style == Style::Hcl => "null".to_owned(),
            Type::Bool => "tobool(null)".to_owned(),
            Type::Number => "tonumber(null)".to_owned(),
            Type::String => "tostring(null)".to_owned(),
            Type::List(element) => format!("tolist(null) /* of {} */", word(element)),
            Type::Set(element) => format!("toset(null) /* of {} */", word(element)),
            Type::Map(element) => format!("tomap(null) /* of {} */", word(element)),
            Type::Object(_) => "null /* object */".to_owned(),
            Type::Tuple(_) => "null /* tuple */".to_owned(),
            Type::Dynamic => "null".to_owned(),
        };
        self.out.push_str(&text);
    }

    fn string(&mut self, text: &str, indent: usize) {
        if self.style == Style::Hcl {
            self.out.push_str(&quote_hcl(text));
        } else if text.contains('\n') {
            self.heredoc(text, indent);
        } else {
            quote_console(text, self.out);
        }
    }

    fn heredoc(&mut self, text: &str, indent: usize) {
        let blanks = " ".repeat(indent);
        let mark = heredoc_mark(text);
        let dash = if indent > 0 { "-" } else { "" };
        let _ = writeln!(self.out, "<<{dash}{mark}");
        for line in text.split('\n') {
            let _ = writeln!(self.out, "{blanks}{line}");
        }
        let _ = write!(self.out, "{blanks}{mark}");
    }

    fn items(&mut self, items: &[Value], indent: usize) {
        if items.is_empty() {
            self.out.push_str("[]");
            return;
        }
        self.out.push_str("[\n");
        for item in items {
            self.blanks(indent + 2);
            self.value(item, indent + 2);
            self.out.push_str(",\n");
        }
        self.blanks(indent);
        self.out.push(']');
    }

    fn entries(&mut self, value: &Value, indent: usize) {
        let Some(entries) = value.entries().filter(|entries| !entries.is_empty()) else {
            self.out.push_str("{}");
            return;
        };
        self.out.push_str("{\n");
        for (key, item) in entries {
            self.blanks(indent + 2);
            match self.style {
                Style::Console => quote_console(key, self.out),
                Style::Hcl => self.out.push_str(&quote_hcl(key)),
            }
            self.out.push_str(" = ");
            self.value(item, indent + 2);
            self.out.push('\n');
        }
        self.blanks(indent);
        self.out.push('}');
    }

    fn blanks(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }
}

fn word(kind: &Type) -> String {
    match kind {
        Type::Dynamic => "dynamic".to_owned(),
        Type::Tuple(_) => "tuple".to_owned(),
        Type::Object(_) => "object".to_owned(),
        Type::List(element) => format!("list of {}", word(element)),
        Type::Set(element) => format!("set of {}", word(element)),
        Type::Map(element) => format!("map of {}", word(element)),
        other => other.to_string(),
    }
}

/// `EOT`, or a longer one if the text has a line like it.
fn heredoc_mark(text: &str) -> String {
    let mut mark = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == mark) {
        mark.push('_');
    }
    mark
}

/// A string of one line between quotes, as Go writes it.
fn quote_console(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{render_console, render_hcl};
    use crate::hcl::{Type, Value};

    #[test]
    fn hcl_can_be_read_back_and_console_hides_secrets() {
        let value = Value::object([
            ("name", Value::string("a\n\"${b}\" %{c} $ \u{1}")),
            ("list", Value::strings(["x"])),
            ("secret", Value::string("hush").with_mark(true)),
            ("none", Value::null(Type::String)),
        ]);
        let hcl = "{\n  \"list\" = [\n    \"x\",\n  ]\n  \"name\" = \"a\\n\\\"$${b}\\\" %%{c} $ \\u0001\"\n  \"none\" = null\n  \"secret\" = \"hush\"\n}";
        assert_eq!(render_hcl(&value), hcl);
        let console = "{\n  \"list\" = tolist([\n    \"x\",\n  ])\n  \"name\" = <<-EOT\n  a\n  \"${b}\" %{c} $ \u{1}\n  EOT\n  \"none\" = tostring(null)\n  \"secret\" = (sensitive value)\n}";
        assert_eq!(render_console(&value), console);
    }
}
