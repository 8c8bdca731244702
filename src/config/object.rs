//! A decoded unit as a value: what `include`, `read_terragrunt_config` and `render` show. The shape is the
//! reference's, so that expressions like `include.root.remote_state.config.bucket` keep working; so are the types, which
//! a comparison sees: free values have lost theirs, blocks have the lists and maps that they declare.

use super::unit::{
    BackendFile, Dependency, ErrorHook, Errors, Exclude, ExtraArguments, Feature, Generate, Hook, IfDisabled,
    IfExists, MockMerge, RemoteState, Terraform, UnitConfig,
};
use crate::hcl::{Number, Type, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The whole unit. `locals` is there only where they were evaluated.
#[must_use]
pub fn of_config(config: &UnitConfig) -> Value {
    with_outputs(config, &BTreeMap::new())
}

/// The whole unit, with outputs of its dependencies by label.
#[must_use]
pub fn with_outputs(config: &UnitConfig, outputs: &BTreeMap<Arc<str>, Value>) -> Value {
    let mut members: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    let mut put = |name: &str, value: Value| members.insert(name.into(), value);
    put("terraform_binary", text_or_empty(config.terraform_binary.as_deref()));
    let constraint = config.terraform_version_constraint.as_ref().map(|placed| placed.value.as_str());
    put("terraform_version_constraint", text_or_empty(constraint));
    let constraint = config.terragrunt_version_constraint.as_ref().map(|placed| placed.value.as_str());
    put("terragrunt_version_constraint", text_or_empty(constraint));
    put("download_dir", text_or_empty(config.download_dir.as_ref().map(|placed| placed.value.as_str())));
    put("iam_role", text_or_empty(config.iam_role.as_deref()));
    put("iam_assume_role_session_name", text_or_empty(config.iam_assume_role_session_name.as_deref()));
    put("iam_web_identity_token", text_or_empty(config.iam_web_identity_token.as_deref()));
    put("iam_assume_role_duration", config.iam_assume_role_duration.map_or(Value::NULL, Value::number));
    put("inputs", config.inputs.as_ref().map_or(Value::NULL, |inputs| inputs.value.restructured()));
    put("locals", config.locals.as_ref().map_or(Value::NULL, Value::restructured));
    let dependencies = config.dependency.iter().map(|entry| {
        (entry.label().clone(), dependency(entry, outputs.get(&entry.name).cloned().unwrap_or(Value::NULL)))
    });
    put("dependency", Value::object(dependencies));
    put("feature", by_name(&config.feature, |entry| &entry.name, feature));
    put("generate", by_name(&config.generate, |entry| &entry.name, generate));
    let paths =
        config.dependencies.as_ref().map(|paths| paths.iter().map(|path| path.value.clone()).collect());
    put(
        "dependencies",
        paths.map_or(Value::NULL, |paths: Vec<String>| Value::object([("paths", list(&paths))])),
    );
    let optional = [
        ("terraform", config.terraform.as_ref().map(terraform)),
        ("remote_state", config.remote_state.as_ref().map(remote_state)),
        ("exclude", config.exclude.as_ref().map(exclude)),
        ("errors", config.errors.as_ref().map(errors)),
        ("engine", config.engine.as_ref().map(|placed| placed.value.clone())),
        ("prevent_destroy", config.prevent_destroy.map(Value::bool)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            put(name, value);
        }
    }
    Value::object(members)
}

/// The value with an empty text in the place of everything that is not known.
#[must_use]
pub fn with_blanks(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    let blank = match (value.entries(), value.items()) {
        (Some(entries), _) => {
            Value::object(entries.iter().map(|(name, inner)| (name.clone(), with_blanks(inner))))
        }
        (_, Some(items)) => Value::tuple(items.iter().map(with_blanks)),
        _ => Value::string(""),
    };
    blank.with_mark(value.sensitive)
}

fn by_name<T>(entries: &[T], name: fn(&T) -> &Arc<str>, render: fn(&T) -> Value) -> Value {
    Value::object(entries.iter().map(|entry| (name(entry).clone(), render(entry))))
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::NULL, Value::string)
}

fn text_or_empty(value: Option<&str>) -> Value {
    Value::string(value.unwrap_or_default())
}

fn flag(value: Option<bool>) -> Value {
    value.map_or(Value::NULL, Value::bool)
}

fn list(items: &[String]) -> Value {
    Value::strings(items.iter().map(String::as_str))
}

fn optional_list(items: Option<&Vec<String>>) -> Value {
    items.map_or(Value::NULL, |items| list(items))
}

fn terraform(block: &Terraform) -> Value {
    Value::object([
        ("source", text(block.source.as_ref().map(|placed| placed.value.as_str()))),
        ("include_in_copy", optional_list(block.include_in_copy.as_ref())),
        ("exclude_from_copy", optional_list(block.exclude_from_copy.as_ref())),
        ("copy_terraform_lock_file", flag(block.copy_terraform_lock_file)),
        ("extra_arguments", by_name(&block.extra_arguments, |entry| &entry.name, extra_arguments)),
        ("before_hook", by_name(&block.before_hook, |entry| &entry.name, hook)),
        ("after_hook", by_name(&block.after_hook, |entry| &entry.name, hook)),
        ("error_hook", by_name(&block.error_hook, |entry| &entry.name, error_hook)),
    ])
}

fn extra_arguments(block: &ExtraArguments) -> Value {
    let variables = block.env_vars.as_ref().map(|variables| {
        let entry = |(name, value): (&String, &String)| (name.as_str().into(), Value::string(value.as_str()));
        Value::map(Type::String, variables.iter().map(entry).collect())
    });
    Value::object([
        ("name", Value::string(block.name.clone())),
        ("commands", list(&block.commands)),
        ("arguments", optional_list(block.arguments.as_ref())),
        ("required_var_files", optional_list(block.required_var_files.as_ref())),
        ("optional_var_files", optional_list(block.optional_var_files.as_ref())),
        ("env_vars", variables.unwrap_or(Value::NULL)),
    ])
}

fn hook(hook: &Hook) -> Value {
    Value::object([
        ("name", Value::string(hook.name.clone())),
        ("commands", list(&hook.commands)),
        ("execute", list(&hook.execute)),
        ("if", flag(hook.condition)),
        ("run_on_error", flag(hook.run_on_error)),
        ("suppress_stdout", flag(hook.suppress_stdout)),
        ("working_dir", text(hook.working_dir.as_deref())),
    ])
}

fn error_hook(hook: &ErrorHook) -> Value {
    Value::object([
        ("name", Value::string(hook.name.clone())),
        ("commands", list(&hook.commands)),
        ("execute", list(&hook.execute)),
        ("on_errors", list(&hook.on_errors)),
        ("suppress_stdout", flag(hook.suppress_stdout)),
        ("working_dir", text(hook.working_dir.as_deref())),
    ])
}

fn remote_state(state: &RemoteState) -> Value {
    Value::object([
        ("backend", Value::string(state.backend.as_str())),
        ("disable_init", Value::bool(state.disable_init.unwrap_or(false))),
        (
            "disable_dependency_optimization",
            Value::bool(state.disable_dependency_optimization.unwrap_or(false)),
        ),
        ("generate", state.generate.as_ref().map_or(Value::NULL, backend_file)),
        ("config", state.config.restructured()),
        ("encryption", state.encryption.clone().unwrap_or(Value::NULL)),
    ])
}

fn backend_file(file: &BackendFile) -> Value {
    Value::object([
        ("path", Value::string(file.path.as_str())),
        ("if_exists", Value::string(file.if_exists.word())),
    ])
}

fn dependency(dependency: &Dependency, outputs: Value) -> Value {
    let commands = dependency.mock_outputs_allowed_terraform_commands.as_ref();
    Value::object([
        ("name", Value::string(dependency.label().clone())),
        ("config_path", text(dependency.config_path.as_ref().map(|placed| placed.value.as_str()))),
        ("enabled", flag(dependency.enabled)),
        ("skip", flag(dependency.skip_outputs)),
        ("inputs", Value::NULL),
        ("outputs", outputs),
        ("mock_outputs", dependency.mock_outputs.clone().unwrap_or(Value::NULL)),
        ("mock_outputs_allowed_terraform_commands", optional_list(commands)),
        (
            "mock_outputs_merge_strategy_with_state",
            text(dependency.mock_outputs_merge_strategy_with_state.map(MockMerge::word)),
        ),
        ("mock_outputs_merge_with_state", flag(dependency.mock_outputs_merge_with_state)),
    ])
}

fn generate(file: &Generate) -> Value {
    Value::object([
        ("path", Value::string(file.path.as_str())),
        ("if_exists", Value::string(file.if_exists.word())),
        ("if_disabled", Value::string(file.if_disabled.word())),
        ("comment_prefix", Value::string(file.comment_prefix.as_str())),
        ("contents", Value::string(file.contents.as_str())),
        ("disable", Value::bool(file.disable)),
        ("disable_signature", Value::bool(file.disable_signature)),
        ("hcl_fmt", flag(file.hcl_fmt)),
        ("mutable", Value::NULL),
    ])
}

fn feature(feature: &Feature) -> Value {
    Value::object([("name", Value::string(feature.name.clone())), ("default", feature.default.clone())])
}

fn exclude(exclude: &Exclude) -> Value {
    Value::object([
        ("if", Value::bool(exclude.condition)),
        ("actions", optional_list(exclude.actions.as_ref())),
        ("exclude_dependencies", Value::bool(exclude.exclude_dependencies.unwrap_or(false))),
        ("no_run", Value::bool(exclude.no_run.unwrap_or(false))),
    ])
}

fn errors(errors: &Errors) -> Value {
    let retry = errors.retry.iter().map(|block| {
        Value::object([
            ("name", Value::string(block.name.clone())),
            ("retryable_errors", list(&block.retryable_errors)),
            ("max_attempts", Value::number(Number::from(i64::from(block.max_attempts)))),
            ("sleep_interval_sec", Value::number(Number::from(i64::from(block.sleep_interval_sec)))),
        ])
    });
    let ignore = errors.ignore.iter().map(|block| {
        Value::object([
            ("name", Value::string(block.name.clone())),
            ("ignorable_errors", list(&block.ignorable_errors)),
            ("message", text_or_empty(block.message.as_deref())),
            ("signals", block.signals.as_ref().map_or_else(no_signals, Value::restructured)),
        ])
    });
    let retry: Vec<Value> = retry.collect();
    let retry = retry.first().map_or(Value::NULL, |first| Value::list(first.type_of(), retry.clone()));
    let ignore = (!errors.ignore.is_empty()).then(|| ("ignore", Value::tuple(ignore)));
    Value::object([("retry", retry)].into_iter().chain(ignore))
}

fn no_signals() -> Value {
    Value::map(Type::Dynamic, BTreeMap::new())
}

impl IfExists {
    /// As it is written in a file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Overwrite => "overwrite",
            Self::OverwriteTerragrunt => "overwrite_terragrunt",
            Self::Skip => "skip",
            Self::Error => "error",
        }
    }
}

impl IfDisabled {
    /// As it is written in a file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Remove => "remove",
            Self::RemoveTerragrunt => "remove_terragrunt",
        }
    }
}

impl MockMerge {
    /// As it is written in a file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoMerge => "no_merge",
            Self::Shallow => "shallow",
            Self::DeepMapOnly => "deep_map_only",
        }
    }
}
