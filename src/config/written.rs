//! A decoded unit as the text of a unit file: what `render` prints.

use super::object;
use super::unit::UnitConfig;
use crate::hcl::Value;
use crate::hcl::format::{format_source, write_value};

/// How one member is written.
#[derive(Clone, Copy)]
enum Form {
    /// `name { … }`
    Block,
    /// `name "label" { … }` for each entry.
    Labelled,
    /// `name { inner "label" { … } }` for each entry of each list.
    Lists,
    /// `name = …`
    Attribute,
}

/// Members in the order in which they are written.
const ORDER: &[(&str, Form)] = &[
    ("locals", Form::Block),
    ("terraform", Form::Block),
    ("remote_state", Form::Block),
    ("dependencies", Form::Block),
    ("dependency", Form::Labelled),
    ("generate", Form::Labelled),
    ("feature", Form::Labelled),
    ("engine", Form::Block),
    ("exclude", Form::Block),
    ("errors", Form::Lists),
    ("catalog", Form::Block),
    ("download_dir", Form::Attribute),
    ("prevent_destroy", Form::Attribute),
    ("iam_role", Form::Attribute),
    ("iam_assume_role_duration", Form::Attribute),
    ("iam_assume_role_session_name", Form::Attribute),
    ("iam_web_identity_token", Form::Attribute),
    ("terraform_binary", Form::Attribute),
    ("terraform_version_constraint", Form::Attribute),
    ("terragrunt_version_constraint", Form::Attribute),
    ("inputs", Form::Attribute),
];

/// Blocks inside `terraform`.
const INNER_BLOCKS: [&str; 4] = ["extra_arguments", "before_hook", "after_hook", "error_hook"];

/// The unit as a file, evaluated and formatted.
#[must_use]
pub fn render(config: &UnitConfig) -> String {
    let whole = object::of_config(config);
    let mut out = String::new();
    for (name, form) in ORDER {
        let Some(value) = whole.find(name).filter(|value| !value.is_null()) else { continue };
        match form {
            Form::Block => block(&mut out, name, value),
            Form::Labelled => labelled(&mut out, name, value),
            Form::Lists => lists(&mut out, name, value),
            Form::Attribute if value.as_str() == Some("") => {}
            Form::Attribute => attribute(&mut out, name, value),
        }
    }
    format_source(&out)
}

fn attribute(out: &mut String, name: &str, value: &Value) {
    out.push_str(&format!("{name} = {}\n", write_value(value)));
}

fn block(out: &mut String, header: &str, value: &Value) {
    out.push_str(header);
    out.push_str(" {\n");
    members(out, header, value);
    out.push_str("}\n");
}

fn labelled(out: &mut String, name: &str, value: &Value) {
    for (label, entry) in value.entries().into_iter().flatten() {
        block(out, &format!("{name} {}", write_value(&Value::string(label.clone()))), entry);
    }
}

fn lists(out: &mut String, name: &str, value: &Value) {
    out.push_str(&format!("{name} {{\n"));
    for kind in ["retry", "ignore"] {
        for entry in value.find(kind).and_then(Value::items).into_iter().flatten() {
            let label = entry.find("name").and_then(Value::as_str).unwrap_or_default();
            block(out, &format!("{kind} {}", write_value(&Value::string(label))), entry);
        }
    }
    out.push_str("}\n");
}

/// Attributes first, then inner blocks; what is null, false by default, or the label again, is left out.
fn members(out: &mut String, header: &str, value: &Value) {
    let is_locals = header == "locals";
    let (mut inner, mut nested) = (Vec::new(), Vec::new());
    for (name, member) in value.entries().into_iter().flatten() {
        if header == "terraform" && INNER_BLOCKS.contains(&&**name) {
            nested.push((name, member));
        } else if is_locals || says_something(name, member) {
            inner.push((name, member));
        }
    }
    for (name, member) in inner {
        attribute(out, name, member);
    }
    for kind in INNER_BLOCKS {
        for (name, member) in nested.iter().filter(|(name, _)| &***name == kind) {
            labelled(out, name, member);
        }
    }
}

/// Members that repeat the label, or are shown in another form, or say the usual are left out.
fn says_something(name: &str, value: &Value) -> bool {
    let usual = match name {
        "name" | "skip" | "generate" | "mutable" => true,
        "comment_prefix" => value.as_str() == Some("# "),
        "message" => value.as_str() == Some(""),
        _ => value.as_bool() == Some(false),
    };
    !usual && !value.is_null()
}
