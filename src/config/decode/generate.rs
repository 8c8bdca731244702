//! `generate "label" { … }`, or `generate = { label = { … } }`.

use super::fields::{Fields, Members};
use crate::config::evaluation::fault_at;
use crate::config::schema::GENERATE_ATTRIBUTES;
use crate::config::scope::LayerScope;
use crate::config::unit::{Generate, IfDisabled, IfExists};
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::ast::Body;
use std::sync::Arc;

pub(super) fn decode(scope: &LayerScope<'_>, body: &Body) -> Vec<Generate> {
    let mut found: Vec<Generate> = Vec::new();
    for block in body.blocks_of("generate") {
        let name = block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone());
        push(scope, &mut found, of_fields(&Fields::of_body(scope, &block.body), name, block.header));
    }
    let Some(object) = Fields::of_body(scope, body).value("generate") else { return found };
    let Some(entries) = object.value.entries() else {
        if !object.value.is_unknown() {
            scope.evaluation.fault(fault_at(
                Code::WrongType,
                object.span,
                "`generate` must be an object of named files",
            ));
        }
        return found;
    };
    for (name, entry) in entries {
        let Some(members) = entry.entries() else {
            scope.evaluation.fault(fault_at(
                Code::WrongType,
                object.span,
                format!("`generate.{name}` must be an object"),
            ));
            continue;
        };
        if let Some(unknown) = members.keys().find(|key| !GENERATE_ATTRIBUTES.contains(&&***key)) {
            scope.evaluation.fault(fault_at(
                Code::UnknownArgument,
                object.span,
                format!("`generate.{name}` has an unknown member `{unknown}`"),
            ));
        }
        let fields = Fields { scope, members: Members::Object(members, object.span) };
        push(scope, &mut found, of_fields(&fields, name.clone(), object.span));
    }
    found
}

fn push(scope: &LayerScope<'_>, found: &mut Vec<Generate>, new: Option<Generate>) {
    let Some(new) = new else { return };
    if let Some(first) = found.iter().find(|other| other.name == new.name) {
        let fault = Diagnostic::error(
            Code::GeneratedTwice,
            format!("two generate blocks are called \"{}\"", new.name),
        )
        .at(new.span, "the second one")
        .label(first.span, "the first one")
        .hint("give each its own label");
        scope.evaluation.fault(fault);
        return;
    }
    found.push(new);
}

fn of_fields(fields: &Fields<'_>, name: Arc<str>, span: Span) -> Option<Generate> {
    let evaluation = fields.scope.evaluation;
    let word = fields.placed_string("if_exists")?;
    let Some(if_exists) = IfExists::parse(&word.value) else {
        evaluation.fault(IfExists::fault(word.span));
        return None;
    };
    let if_disabled = match fields.placed_string("if_disabled") {
        None => IfDisabled::default(),
        Some(word) => match IfDisabled::parse(&word.value) {
            Some(known) => known,
            None => {
                let fault = fault_at(Code::UnknownWord, word.span, "unknown `if_disabled`");
                evaluation.fault(fault.hint("use `skip`, `remove` or `remove_terragrunt`"));
                return None;
            }
        },
    };
    Some(Generate {
        name,
        path: fields.string("path")?,
        if_exists,
        if_disabled,
        comment_prefix: fields.string("comment_prefix").unwrap_or_else(|| "# ".to_owned()),
        contents: fields.string("contents")?,
        disable: fields.bool("disable").unwrap_or(false),
        disable_signature: fields.bool("disable_signature").unwrap_or(false),
        hcl_fmt: fields.bool("hcl_fmt"),
        span,
    })
}
