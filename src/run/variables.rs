//! Which variables a module declares and how terraform reads their text from the environment. Knows no values.

use crate::diag::SourceMap;
use crate::hcl::ast::{Body, Expr, ExprKind};
use crate::hcl::parse::parse_body;
use crate::host::fs;
use std::collections::BTreeMap;
use std::path::Path;

/// How terraform reads a variable's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As it is: the type is primitive or not given.
    Literal,
    /// As an HCL expression, templates included.
    Expression,
}

/// What a module says of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    pub reading: Reading,
    /// It has no default.
    pub required: bool,
}

/// A module's variables; `None` inside when they could not be read, and then everything is possible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(Option<BTreeMap<String, Declared>>);

impl Variables {
    #[must_use]
    pub fn of(declared: impl IntoIterator<Item = (String, Reading)>) -> Self {
        let required = |reading| Declared { reading, required: true };
        Self(Some(declared.into_iter().map(|(name, reading)| (name, required(reading))).collect()))
    }

    /// For a module that could not be read.
    #[must_use]
    pub fn unknown() -> Self {
        Self(None)
    }

    /// Whether the module declares it, as far as we can tell.
    #[must_use]
    pub fn may_have(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|declared| declared.contains_key(name))
    }

    /// How its text is read; what is not declared is not read at all.
    #[must_use]
    pub fn reading(&self, name: &str) -> Reading {
        let declared = self.0.as_ref().and_then(|declared| declared.get(name));
        declared.map_or(Reading::Literal, |declared| declared.reading)
    }

    /// Every variable by name; `None` if the module could not be read.
    #[must_use]
    pub fn declared(&self) -> Option<&BTreeMap<String, Declared>> {
        self.0.as_ref()
    }

    /// Reads the variable blocks of a module. A file that cannot be understood makes everything possible: terraform
    /// will say what is wrong with it.
    #[must_use]
    pub fn of_module(folder: &Path) -> Self {
        Self(read_module(folder))
    }
}

fn read_module(folder: &Path) -> Option<BTreeMap<String, Declared>> {
    let sources = SourceMap::default();
    let mut declared = BTreeMap::new();
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".tf") || name.ends_with(".tofu") {
            let text = fs::read_text(&path).ok()?;
            let file = sources.add(&path, text.as_str().into());
            let (body, _) = parse_body(&text, file);
            declared.extend(of_body(&body?));
        } else if name.ends_with(".tf.json") || name.ends_with(".tofu.json") {
            declared.extend(of_json(&fs::read_text(&path).ok()?)?);
        }
    }
    Some(declared)
}

fn of_body(body: &Body) -> Vec<(String, Declared)> {
    let named = body.blocks_of("variable").filter_map(|block| Some((block.labels.first()?, &block.body)));
    named
        .map(|(label, body)| {
            let reading = body.find_attribute("type").map_or(Reading::Literal, |kind| of_type(&kind.expr));
            let required = body.find_attribute("default").is_none();
            (label.name.to_string(), Declared { reading, required })
        })
        .collect()
}

fn of_type(expr: &Expr) -> Reading {
    match &expr.kind {
        ExprKind::Variable(name) => of_type_name(name),
        // The old quoted form: `type = "string"`.
        ExprKind::String(name) => of_type_name(name),
        _ => Reading::Expression,
    }
}

fn of_type_name(name: &str) -> Reading {
    if matches!(name, "string" | "number" | "bool") { Reading::Literal } else { Reading::Expression }
}

fn of_json(text: &str) -> Option<Vec<(String, Declared)>> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let variables = json.get("variable").and_then(serde_json::Value::as_object);
    let declared = |body: &serde_json::Value| {
        let kind = body.get("type").and_then(serde_json::Value::as_str);
        Declared {
            reading: kind.map_or(Reading::Literal, of_type_name),
            required: body.get("default").is_none(),
        }
    };
    Some(variables.into_iter().flatten().map(|(name, body)| (name.clone(), declared(body))).collect())
}

#[cfg(test)]
mod tests {
    use super::{Reading, Variables, of_json};

    #[test]
    fn json_modules_declare_variables_too() {
        let text = r#"{"variable": {"a": {"type": "list(string)"}, "b": {}, "c": {"type": "string"}}}"#;
        let variables = Variables(Some(of_json(text).unwrap().into_iter().collect()));
        let readings = ["a", "b", "c"].map(|name| variables.reading(name));
        assert_eq!(readings, [Reading::Expression, Reading::Literal, Reading::Literal]);
        assert!(!variables.may_have("d") && Variables::unknown().may_have("d"));
    }
}
