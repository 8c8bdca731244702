//! An explanation for programs.

use crate::cli::context::Context;
use crate::config::explain::{Cause, CauseKind, Explanation, Origin, Outputs, Role, Setting};
use crate::config::include_word;
use crate::diag::Span;
use crate::hcl::json;
use serde_json::{Map, Value, json};

/// The whole explanation, with a line break at its end.
pub(super) fn render(context: &Context, explanation: &Explanation) -> String {
    let includes = explanation.includes.iter().map(|include| {
        let mut row = json!({
            "label": &*include.label,
            "path": include.path.display().to_string(),
            "merge_strategy": include_word(include.strategy),
        });
        put_place(context, &mut row, Some(include.span));
        row
    });
    let dependencies = explanation.dependencies.iter().map(|dependency| {
        let mut row = json!({
            "name": &*dependency.name,
            "config_path": dependency.target.as_ref().map(|path| path.display().to_string()),
            "outputs": match dependency.outputs {
                Outputs::State => "state",
                Outputs::Mocks => "mock",
                Outputs::None => "none",
            },
        });
        put_place(context, &mut row, Some(dependency.span));
        row
    });
    let whole = json!({
        "unit": explanation.config_path.display().to_string(),
        "includes": includes.collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
        "attributes": explanation.origins.iter().map(|one| origin(context, one)).collect::<Vec<_>>(),
        "files": explanation.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
    });
    format!("{whole}\n")
}

fn origin(context: &Context, origin: &Origin) -> Value {
    let value = match origin.value.sensitive {
        true => Value::Null,
        false => json::to_json(&origin.value).unwrap_or(Value::Null),
    };
    let mut row = json!({
        "path": origin.path,
        "value": value,
        "sensitive": origin.value.sensitive,
        "settings": origin.settings.iter().map(|one| setting(context, one)).collect::<Vec<_>>(),
    });
    if !origin.entries.is_empty() {
        row["entries"] = origin.entries.iter().map(|one| self::origin(context, one)).collect();
    }
    row
}

fn setting(context: &Context, setting: &Setting) -> Value {
    let mut row = json!({
        "role": match setting.role {
            Role::Sets => "sets",
            Role::Adds => "adds",
            Role::Loses => "overridden",
        },
        "include": setting.include,
        "causes": causes(context, &setting.causes),
    });
    put_place(context, &mut row, Some(setting.span));
    row
}

fn causes(context: &Context, all: &[Cause]) -> Vec<Value> {
    let rows = all.iter().map(|cause| {
        let mut row = json!({
            "kind": kind(cause.kind),
            "name": cause.text,
            "note": cause.note,
            "causes": causes(context, &cause.causes),
        });
        put_place(context, &mut row, cause.span);
        row
    });
    rows.collect()
}

fn kind(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::Local => "local",
        CauseKind::Include => "include",
        CauseKind::Dependency => "dependency",
        CauseKind::Feature => "feature",
        CauseKind::Values => "values",
        CauseKind::Environment => "environment",
        CauseKind::File => "file",
        CauseKind::Config => "config",
        CauseKind::Command => "command",
        CauseKind::Function => "function",
        CauseKind::Condition => "condition",
    }
}

/// Adds file, line and column.
fn put_place(context: &Context, row: &mut Value, span: Option<Span>) {
    let file = span.and_then(|span| Some((context.session.files.sources.get(span.file)?, span)));
    if let (Some((file, span)), Some(row)) = (file, row.as_object_mut()) {
        let at = file.position(span.start as usize);
        let place: Map<String, Value> = Map::from_iter([
            ("file".to_owned(), json!(file.path.display().to_string())),
            ("line".to_owned(), json!(at.line)),
            ("column".to_owned(), json!(at.column)),
        ]);
        row.extend(place);
    }
}
