//! The variables that a module declares, as they are written: for people who are about to set them.

use crate::diag::SourceMap;
use crate::hcl::ast::{Body, Expr, ExprKind};
use crate::hcl::parse::parse_body;
use crate::hcl::{json, show};
use crate::host::fs::{self, FileError};
use std::path::Path;

/// One variable block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// The text of its type; of several lines where it is written so.
    pub kind: Option<String>,
    pub description: Option<String>,
    /// The text of its default; it must be set where there is none.
    pub default: Option<String>,
    pub sensitive: bool,
}

/// The variables of a module's folder, in the order of its files and lines.
///
/// # Errors
/// When the folder or a file cannot be read. A file that cannot be understood counts as empty.
pub fn declared_in(folder: &Path) -> Result<Vec<Variable>, FileError> {
    let mut names: Vec<_> = fs::read_dir(folder)?.into_iter().map(|entry| entry.file_name()).collect();
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let name = name.to_string_lossy();
        if name.ends_with(".tf") || name.ends_with(".tofu") {
            found.extend(of_text(&path, &fs::read_text(&path)?));
        } else if name.ends_with(".tf.json") || name.ends_with(".tofu.json") {
            found.extend(of_json(&fs::read_text(&path)?));
        }
    }
    Ok(found)
}

fn of_text(path: &Path, text: &str) -> Vec<Variable> {
    let file = SourceMap::default().add(path, text.into());
    let (body, _) = parse_body(text, file);
    let Some(body) = body else { return Vec::new() };
    let blocks = body.blocks_of("variable").filter_map(|block| Some((block.labels.first()?, &block.body)));
    blocks.map(|(label, body)| of_block(&label.name, body, text)).collect()
}

fn of_block(name: &str, body: &Body, text: &str) -> Variable {
    let expr = |name: &str| body.find_attribute(name).map(|attribute| &attribute.expr);
    let written = |name: &str| expr(name).map(|expr| dedented(expr, text));
    let description = expr("description").and_then(|expr| match &expr.kind {
        ExprKind::String(text) => Some(text.trim().to_owned()),
        _ => None,
    });
    Variable {
        name: name.to_owned(),
        kind: written("type").map(|kind| kind.trim_matches('"').to_owned()),
        description: description.filter(|text| !text.is_empty()),
        default: written("default"),
        sensitive: expr("sensitive").is_some_and(|expr| expr.kind == ExprKind::Bool(true)),
    }
}

/// The text of an expression; lines after the first lose the indentation that they have in common.
fn dedented(expr: &Expr, text: &str) -> String {
    let written = text.get(expr.span.start as usize..expr.span.end as usize).unwrap_or_default();
    let lines = || written.lines().skip(1).filter(|line| !line.trim().is_empty());
    let common = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let mut out: Vec<&str> = written.lines().take(1).collect();
    out.extend(written.lines().skip(1).map(|line| line.get(common..).unwrap_or_default()));
    out.join("\n").trim_end().to_owned()
}

fn of_json(text: &str) -> Vec<Variable> {
    let Ok(whole) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let variables = whole.get("variable").and_then(serde_json::Value::as_object);
    let word = |body: &serde_json::Value, name: &str| {
        body.get(name).and_then(serde_json::Value::as_str).map(str::to_owned)
    };
    let rows = variables.into_iter().flatten().map(|(name, body)| Variable {
        name: name.clone(),
        kind: word(body, "type"),
        description: word(body, "description"),
        default: body.get("default").map(|default| show::render_hcl(&json::from_json(default))),
        sensitive: body.get("sensitive") == Some(&serde_json::Value::Bool(true)),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::{of_json, of_text};
    use std::path::Path;

    #[test]
    fn variables_are_read_as_they_are_written() {
        let text = "variable \"a\" {\n  type = map(object({\n    b = string\n  }))\n  description = <<-EOT\n    Two\n    lines\n  EOT\n}\nvariable \"c\" {\n  default = { x = 1 }\n  sensitive = true\n}\n";
        let found = of_text(Path::new("main.tf"), text);
        assert_eq!(found[0].kind.as_deref(), Some("map(object({\n  b = string\n}))"));
        assert_eq!(found[0].description.as_deref(), Some("Two\nlines"));
        assert_eq!((found[0].default.as_deref(), found[1].default.as_deref()), (None, Some("{ x = 1 }")));
        assert!(found[1].sensitive);
    }

    #[test]
    fn json_modules_have_variables_too() {
        let found = of_json(r#"{"variable": {"a": {"type": "string"}, "b": {"default": ["x"]}}}"#);
        assert_eq!((found[0].kind.as_deref(), found[0].default.as_deref()), (Some("string"), None));
        assert!(found[1].default.as_deref().is_some_and(|text| text.contains("\"x\"")));
    }
}
