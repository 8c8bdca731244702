//! A decoded unit as the text of a unit file: what `render` prints. Which members are written, and in which order, is
//! the reference's choice.

use super::object;
use super::unit::UnitConfig;
use crate::hcl::Value;
use crate::hcl::format::{format_source, write_value};
use std::sync::Arc;

/// The members of a block, in the order in which they are written.
type Members = &'static [&'static str];

const EXTRA_ARGUMENTS: Members =
    &["commands", "arguments", "required_var_files", "optional_var_files", "env_vars"];
const HOOK: Members = &["if", "run_on_error", "commands", "execute", "on_errors", "working_dir"];
const REMOTE_STATE: Members = &["backend", "disable_init", "disable_dependency_optimization", "config"];
const DEPENDENCY: Members = &[
    "config_path",
    "enabled",
    "skip",
    "mock_outputs",
    "mock_outputs_allowed_terraform_commands",
    "mock_outputs_merge_strategy_with_state",
];
const GENERATE: Members = &[
    "path",
    "if_exists",
    "if_disabled",
    "contents",
    "comment_prefix",
    "disable_signature",
    "disable",
    "hcl_fmt",
];
const ENGINE: Members = &["source", "version", "type", "meta"];
const RETRY: Members = &["max_attempts", "sleep_interval_sec", "retryable_errors"];
const IGNORE: Members = &["ignorable_errors", "message", "signals"];

/// Attributes, written after the blocks.
const ATTRIBUTES: Members = &[
    "terraform_binary",
    "terraform_version_constraint",
    "terragrunt_version_constraint",
    "download_dir",
    "prevent_destroy",
    "iam_role",
    "iam_assume_role_duration",
    "iam_assume_role_session_name",
    "inputs",
];

/// The unit as a file, evaluated and formatted.
#[must_use]
pub fn render(config: &UnitConfig) -> String {
    let whole = object::of_config(config);
    let mut out = String::new();
    locals(&mut out, config);
    terraform(&mut out, config, &whole);
    single(&mut out, "remote_state", (REMOTE_STATE, whole.find("remote_state")));
    if config.dependencies.as_ref().is_some_and(|paths| !paths.is_empty()) {
        single(&mut out, "dependencies", (&["paths"], whole.find("dependencies")));
    }
    let names = config.dependency.iter().map(super::unit::Dependency::label);
    labelled(&mut out, "dependency", (DEPENDENCY, whole.find("dependency")), names);
    let names = config.generate.iter().map(|entry| &entry.name);
    labelled(&mut out, "generate", (GENERATE, whole.find("generate")), names);
    for feature in &config.feature {
        out.push_str(&format!("feature {} {{\n", quoted(&feature.name)));
        attribute(&mut out, "default", &feature.default);
        out.push_str("}\n");
    }
    single(&mut out, "engine", (ENGINE, whole.find("engine")));
    exclude(&mut out, config);
    errors(&mut out, &whole);
    for name in ATTRIBUTES {
        if let Some(value) = whole.find(name).filter(|value| says_something(name, value)) {
            attribute(&mut out, name, value);
        }
    }
    format_source(&out)
}

fn quoted(label: &Arc<str>) -> String {
    write_value(&Value::string(label.clone()))
}

fn attribute(out: &mut String, name: &str, value: &Value) {
    out.push_str(&format!("{name} = {}\n", write_value(value)));
}

/// `name { … }`, if there is one.
fn single(out: &mut String, name: &str, (members, value): (Members, Option<&Value>)) {
    if let Some(value) = value.filter(|value| !value.is_null()) {
        out.push_str(&format!("{name} {{\n"));
        write_members(out, members, value);
        out.push_str("}\n");
    }
}

/// `name "label" { … }` for each label, in this order.
fn labelled<'a>(
    out: &mut String,
    name: &str,
    (members, entries): (Members, Option<&Value>),
    labels: impl Iterator<Item = &'a Arc<str>>,
) {
    for label in labels {
        let entry = entries.and_then(|entries| entries.find(label));
        single(out, &format!("{name} {}", quoted(label)), (members, entry));
    }
}

fn locals(out: &mut String, config: &UnitConfig) {
    let Some(entries) = config.locals.as_ref().and_then(Value::entries) else { return };
    out.push_str("locals {\n");
    entries.iter().for_each(|(name, value)| attribute(out, name, value));
    out.push_str("}\n");
}

fn terraform(out: &mut String, config: &UnitConfig, whole: &Value) {
    let (Some(block), Some(value)) = (&config.terraform, whole.find("terraform")) else { return };
    out.push_str("terraform {\n");
    write_members(out, &["source"], value);
    let names = block.extra_arguments.iter().map(|entry| &entry.name);
    labelled(out, "extra_arguments", (EXTRA_ARGUMENTS, value.find("extra_arguments")), names);
    for (kind, hooks) in [("before_hook", &block.before_hook), ("after_hook", &block.after_hook)] {
        labelled(out, kind, (HOOK, value.find(kind)), hooks.iter().map(|hook| &hook.name));
    }
    let names = block.error_hook.iter().map(|hook| &hook.name);
    labelled(out, "error_hook", (HOOK, value.find("error_hook")), names);
    out.push_str("}\n");
}

fn exclude(out: &mut String, config: &UnitConfig) {
    let Some(exclude) = &config.exclude else { return };
    out.push_str("exclude {\n");
    let flag = |value: Option<bool>| value.map_or(Value::NULL, Value::bool);
    let actions = exclude
        .actions
        .as_ref()
        .filter(|actions| !actions.is_empty())
        .map_or(Value::NULL, |actions| Value::strings(actions.iter().map(String::as_str)));
    let members = [
        ("exclude_dependencies", flag(exclude.exclude_dependencies)),
        ("actions", actions),
        ("no_run", flag(exclude.no_run)),
        ("if", Value::bool(exclude.condition)),
    ];
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        attribute(out, name, value);
    }
    out.push_str("}\n");
}

fn errors(out: &mut String, whole: &Value) {
    let Some(value) = whole.find("errors") else { return };
    out.push_str("errors {\n");
    for (kind, members) in [("retry", RETRY), ("ignore", IGNORE)] {
        for entry in value.find(kind).and_then(Value::items).into_iter().flatten() {
            let label: Arc<str> = entry.find("name").and_then(Value::as_str).unwrap_or_default().into();
            single(out, &format!("{kind} {}", quoted(&label)), (members, Some(entry)));
        }
    }
    out.push_str("}\n");
}

fn write_members(out: &mut String, members: Members, value: &Value) {
    for name in members {
        if let Some(member) = value.find(name).filter(|member| says_something(name, member)) {
            attribute(out, if *name == "skip" { "skip_outputs" } else { name }, member);
        }
    }
}

/// What is null or says the usual is left out.
fn says_something(name: &str, value: &Value) -> bool {
    let usual = match name {
        "comment_prefix" => value.as_str() == Some("# "),
        "disable" | "disable_signature" | "disable_init" | "disable_dependency_optimization" => {
            value.as_bool() == Some(false)
        }
        "sleep_interval_sec" => value.as_number().is_some_and(|number| number.to_i64() == Some(0)),
        "inputs" | "signals" => value.entries().is_some_and(std::collections::BTreeMap::is_empty),
        "retryable_errors" | "ignorable_errors" => value.items().is_some_and(<[Value]>::is_empty),
        "source" | "path" | "contents" | "config_path" | "working_dir" => false,
        _ => value.as_str() == Some(""),
    };
    !usual && !value.is_null()
}
