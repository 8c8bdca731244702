//! CSV (RFC 4180) with a header line, as a list of objects.

use crate::hcl::{Type, Value};
use std::sync::Arc;

/// The rows behind the header; the reason why not otherwise.
pub fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text, line: 0 };
    let header = reader.record()?.ok_or("there is no header line")?;
    let mut names: Vec<Arc<str>> = Vec::with_capacity(header.len());
    for name in &header {
        let Some(name) = Value::normalized(name).as_str().map(Arc::from) else { continue };
        if names.contains(&name) {
            return Err(format!("the header names the column `{name}` twice"));
        }
        names.push(name);
    }
    let element = Type::object(names.iter().map(|name| (name.clone(), Type::String)));
    let mut rows = Vec::new();
    while let Some(record) = reader.record()? {
        if record.len() != names.len() {
            let (line, found, wanted) = (reader.line, record.len(), names.len());
            return Err(format!("line {line} has {found} fields, the header {wanted}"));
        }
        rows.push(Value::object(
            names.iter().cloned().zip(record.iter().map(|field| Value::normalized(field))),
        ));
    }
    Ok(Value::list(element, rows))
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    /// The next line with its line break.
    fn line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.line += 1;
        Some(line)
    }

    /// The fields of the next record; empty lines are none.
    fn record(&mut self) -> Result<Option<Vec<String>>, String> {
        let mut line = loop {
            match self.line() {
                None => return Ok(None),
                Some("\n" | "\r\n") => {}
                Some(line) => break line,
            }
        };
        let mut fields = Vec::new();
        loop {
            let mut field = String::new();
            if let Some(quoted) = line.strip_prefix('"') {
                line = self.quoted(quoted, &mut field)?;
            } else {
                let end = line.find([',', '\n']).unwrap_or(line.len());
                let (bare, rest) = line.split_at(end);
                if bare.contains('"') {
                    return Err(format!("line {} has a quote inside an unquoted field", self.line));
                }
                field.push_str(if rest.starts_with(',') { bare } else { bare.trim_end_matches('\r') });
                line = rest;
            }
            fields.push(field);
            match line.strip_prefix(',') {
                Some(rest) => line = rest,
                None => return Ok(Some(fields)),
            }
        }
    }

    /// What follows the closing quote. The field may run over several lines.
    fn quoted(&mut self, mut line: &'a str, field: &mut String) -> Result<&'a str, String> {
        let start = self.line;
        loop {
            let Some(at) = line.find('"') else {
                field.push_str(&line.replace("\r\n", "\n"));
                line = self.line().ok_or_else(|| format!("the quote in line {start} is not closed"))?;
                continue;
            };
            field.push_str(&line[..at]);
            line = &line[at + 1..];
            if let Some(rest) = line.strip_prefix('"') {
                field.push('"');
                line = rest;
            } else if line.is_empty() || line.starts_with([',', '\n']) || line == "\r\n" || line == "\r" {
                return Ok(line);
            } else {
                return Err(format!("line {} has text behind a closing quote", self.line));
            }
        }
    }
}
