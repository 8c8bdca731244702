//! `remote_state { … }`, or `remote_state = { … }`.

use super::fields::{Fields, Members};
use crate::config::evaluation::{Stage, fault_at};
use crate::config::scope::LayerScope;
use crate::config::unit::{BackendFile, IfExists, RemoteState};
use crate::diag::{Code, Span};
use crate::hcl::ast::Body;
use crate::hcl::{Type, Value, convert};

pub(super) fn decode(scope: &LayerScope<'_>, body: &Body) -> Option<RemoteState> {
    if let Some(block) = body.blocks_of("remote_state").next() {
        return of_fields(&Fields::of_body(scope, &block.body), block.header);
    }
    let object = Fields::of_body(scope, body).value("remote_state")?;
    let Some(entries) = object.value.entries() else {
        if !object.value.is_unknown() {
            scope.evaluation.fault(fault_at(
                Code::WrongType,
                object.span,
                "`remote_state` must be an object",
            ));
        }
        return None;
    };
    of_fields(&Fields { scope, members: Members::Object(entries, object.span) }, object.span)
}

fn of_fields(fields: &Fields<'_>, span: Span) -> Option<RemoteState> {
    let backend = fields.string("backend")?;
    let (config, place) = match fields.value("config") {
        Some(placed) => (placed.value, placed.span),
        None => (Value::object::<&str>([]), span),
    };
    if config.entries().is_none() && !config.is_unknown() {
        let fault = fault_at(Code::WrongType, place, "`config` of a remote state must be an object");
        let hint = "write the settings of the backend by name: `config = { path = \"…\" }`";
        fields.scope.evaluation.fault(fault.hint(hint));
        return None;
    }
    Some(RemoteState {
        backend,
        disable_init: fields.bool("disable_init"),
        disable_dependency_optimization: fields.bool("disable_dependency_optimization"),
        generate: backend_file(fields),
        config,
        encryption: fields.value("encryption").map(|placed| placed.value),
        span,
    })
}

fn backend_file(fields: &Fields<'_>) -> Option<BackendFile> {
    let placed = fields.value("generate")?;
    let evaluation = fields.scope.evaluation;
    let text = |name: &str| {
        let text = convert::convert(placed.value.find(name)?, &Type::String).ok()?;
        text.as_str().map(str::to_owned)
    };
    let (Some(path), Some(word)) = (text("path"), text("if_exists")) else {
        if evaluation.stage == Stage::Full || !placed.value.is_unknown() {
            let message = "`generate` of a remote state needs `path` and `if_exists`";
            let hint = "write `generate = { path = \"backend.tf\", if_exists = \"overwrite_terragrunt\" }`";
            evaluation.fault(fault_at(Code::MissingArgument, placed.span, message).hint(hint));
        }
        return None;
    };
    let Some(if_exists) = IfExists::parse(&word) else {
        evaluation.fault(IfExists::fault(placed.span));
        return None;
    };
    Some(BackendFile { path, if_exists })
}
