//! The text of a new unit: what must be set first, what may be set below, as comments.

use super::given::Given;
use crate::hcl::show::quote_hcl;
use crate::provider::variables::Variable;
use std::fmt::Write;

/// What the unit says.
pub(super) struct Unit<'a> {
    pub source: String,
    pub include: Option<String>,
    pub variables: &'a [Variable],
    pub given: &'a Given,
}

impl Unit<'_> {
    /// The whole file.
    pub fn render(&self) -> String {
        let mut out = String::new();
        if let Some(name) = &self.include {
            let name = quote_hcl(name);
            let _ = write!(out, "include \"root\" {{\n  path = find_in_parent_folders({name})\n}}\n\n");
        }
        let _ = write!(out, "terraform {{\n  source = {}\n}}\n", quote_hcl(&self.source));
        if self.variables.is_empty() {
            return out;
        }
        let (required, optional): (Vec<_>, Vec<_>) =
            self.variables.iter().partition(|variable| variable.default.is_none());
        out.push_str("\ninputs = {\n");
        let mut first = true;
        for (title, group) in
            [("Required", required), ("Optional: a line without its # takes effect", optional)]
        {
            if group.is_empty() {
                continue;
            }
            if !first {
                out.push('\n');
            }
            first = false;
            let _ = writeln!(out, "  # {title}");
            for variable in group {
                out.push('\n');
                self.variable(&mut out, variable);
            }
        }
        out.push_str("}\n");
        out
    }

    fn variable(&self, out: &mut String, variable: &Variable) {
        for line in variable.description.iter().flat_map(|text| text.lines()) {
            commented(out, line);
        }
        let kind = variable.kind.as_deref().unwrap_or("any");
        let secret = if variable.sensitive { ", sensitive" } else { "" };
        commented_all(out, &format!("type: {kind}{secret}"));
        let name = &variable.name;
        match (self.given.value_of(variable), &variable.default) {
            (Some(value), _) => indented(out, &format!("{name} = {value}")),
            (None, Some(default)) => commented_all(out, &format!("{name} = {default}")),
            (None, None) => indented(out, &format!("{name} = {} # to be set", placeholder(kind))),
        }
    }
}

fn commented(out: &mut String, line: &str) {
    let _ = writeln!(out, "{}", format!("  # {line}").trim_end());
}

fn commented_all(out: &mut String, text: &str) {
    text.lines().for_each(|line| commented(out, line));
}

fn indented(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// The empty value of a type.
fn placeholder(kind: &str) -> &'static str {
    match kind.split('(').next().unwrap_or(kind).trim() {
        "number" => "0",
        "bool" => "false",
        "list" | "set" | "tuple" => "[]",
        "map" | "object" => "{}",
        _ => "\"\"",
    }
}
