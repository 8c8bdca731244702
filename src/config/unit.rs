//! What a unit file says, decoded: plain data after includes are merged. Knows nothing of how it was read.

use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A value with the place that set it.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T> {
    pub value: T,
    pub span: Span,
}

/// A whole unit, merged. Absent members are `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct UnitConfig {
    pub terraform: Option<Terraform>,
    pub remote_state: Option<RemoteState>,
    pub dependency: Vec<Dependency>,
    /// `dependencies { paths }`: order only.
    pub dependencies: Option<Vec<Placed<String>>>,
    pub generate: Vec<Generate>,
    /// An object; `None` where no file sets inputs.
    pub inputs: Option<Placed<Value>>,
    pub feature: Vec<Feature>,
    pub exclude: Option<Exclude>,
    pub errors: Option<Errors>,
    pub engine: Option<Placed<Value>>,
    pub catalog: Option<Placed<Value>>,
    pub download_dir: Option<Placed<String>>,
    pub prevent_destroy: Option<bool>,
    pub iam_role: Option<String>,
    pub iam_assume_role_duration: Option<i64>,
    pub iam_assume_role_session_name: Option<String>,
    pub iam_web_identity_token: Option<String>,
    pub terraform_binary: Option<String>,
    pub terraform_version_constraint: Option<Placed<String>>,
    pub terragrunt_version_constraint: Option<Placed<String>>,
    /// The unit's own locals, evaluated; only where somebody asked for them.
    pub locals: Option<Value>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terraform {
    pub source: Option<Placed<String>>,
    pub version: Option<Placed<String>>,
    pub include_in_copy: Option<Vec<String>>,
    pub exclude_from_copy: Option<Vec<String>>,
    pub copy_terraform_lock_file: Option<bool>,
    pub mutable: Option<bool>,
    pub update_source_with_cas: Option<bool>,
    pub extra_arguments: Vec<ExtraArguments>,
    pub before_hook: Vec<Hook>,
    pub after_hook: Vec<Hook>,
    pub error_hook: Vec<ErrorHook>,
}

impl Terraform {
    /// Forgets every hook.
    pub fn drop_hooks(&mut self) {
        self.before_hook.clear();
        self.after_hook.clear();
        self.error_hook.clear();
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExtraArguments {
    pub name: Arc<str>,
    pub commands: Vec<String>,
    pub arguments: Option<Vec<String>>,
    pub required_var_files: Option<Vec<String>>,
    pub optional_var_files: Option<Vec<String>>,
    pub env_vars: Option<BTreeMap<String, String>>,
}

/// A before or after hook.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    pub name: Arc<str>,
    pub commands: Vec<String>,
    /// argv; the first word is not empty.
    pub execute: Vec<String>,
    pub condition: Option<bool>,
    pub run_on_error: Option<bool>,
    pub suppress_stdout: Option<bool>,
    pub working_dir: Option<String>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ErrorHook {
    pub name: Arc<str>,
    pub commands: Vec<String>,
    pub execute: Vec<String>,
    /// Regular expressions over the error text.
    pub on_errors: Vec<String>,
    pub suppress_stdout: Option<bool>,
    pub working_dir: Option<String>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RemoteState {
    /// `s3`, `local`, …: any backend that terraform knows.
    pub backend: String,
    pub disable_init: Option<bool>,
    pub disable_dependency_optimization: Option<bool>,
    /// Write a backend file; without it the settings go to `init` as `-backend-config`.
    pub generate: Option<BackendFile>,
    /// An object.
    pub config: Value,
    pub encryption: Option<Value>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BackendFile {
    pub path: String,
    pub if_exists: IfExists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    Overwrite,
    /// Only a file that carries the signature.
    OverwriteTerragrunt,
    Skip,
    Error,
}

impl IfExists {
    /// The word in a file.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "overwrite" => Some(Self::Overwrite),
            "overwrite_terragrunt" => Some(Self::OverwriteTerragrunt),
            "skip" => Some(Self::Skip),
            "error" => Some(Self::Error),
            _ => None,
        }
    }

    /// What to say about another word.
    #[must_use]
    pub fn fault(span: Span) -> Diagnostic {
        Diagnostic::error(Code::UnknownWord, "unknown `if_exists`")
            .at(span, "")
            .hint("use `overwrite`, `overwrite_terragrunt`, `skip` or `error`")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfDisabled {
    #[default]
    Skip,
    Remove,
    RemoveTerragrunt,
}

impl IfDisabled {
    /// The word in a file.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "skip" => Some(Self::Skip),
            "remove" => Some(Self::Remove),
            "remove_terragrunt" => Some(Self::RemoveTerragrunt),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Generate {
    pub name: Arc<str>,
    /// Relative to the working directory.
    pub path: String,
    pub if_exists: IfExists,
    pub if_disabled: IfDisabled,
    pub comment_prefix: String,
    pub contents: String,
    pub disable: bool,
    pub disable_signature: bool,
    /// `None`: by the file's ending.
    pub hcl_fmt: Option<bool>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// The label; with the key behind it, `name[key]`, where the block is expanded.
    pub name: Arc<str>,
    /// The label and the key of an expanded block.
    pub instance: Option<(Arc<str>, Arc<str>)>,
    /// The include whose expressions alone see it, by its index. It orders nothing.
    pub private_to: Option<usize>,
    /// As written; `None` while it is not known.
    pub config_path: Option<Placed<String>>,
    pub enabled: Option<bool>,
    pub skip_outputs: Option<bool>,
    pub mock_outputs: Option<Value>,
    pub mock_outputs_allowed_terraform_commands: Option<Vec<String>>,
    pub mock_outputs_merge_strategy_with_state: Option<MockMerge>,
    pub mock_outputs_merge_with_state: Option<bool>,
    pub span: Span,
}

impl Dependency {
    /// The name that expressions use.
    #[must_use]
    pub fn label(&self) -> &Arc<str> {
        self.instance.as_ref().map_or(&self.name, |(label, _)| label)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MockMerge {
    NoMerge,
    Shallow,
    DeepMapOnly,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    pub name: Arc<str>,
    pub default: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Exclude {
    pub condition: bool,
    pub actions: Option<Vec<String>>,
    pub exclude_dependencies: Option<bool>,
    pub no_run: Option<bool>,
}

impl Exclude {
    /// Whether the list names this command, whatever the condition says. Case does not matter.
    #[must_use]
    pub fn names(&self, command: &str) -> bool {
        self.actions.iter().flatten().any(|action| match action.to_ascii_lowercase().as_str() {
            "all" => true,
            "all_except_output" => !command.eq_ignore_ascii_case("output"),
            action => action == command.to_ascii_lowercase(),
        })
    }

    /// Whether the unit is left out when this command runs.
    #[must_use]
    pub fn applies(&self, command: &str) -> bool {
        self.condition && self.names(command)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    pub retry: Vec<Retry>,
    pub ignore: Vec<Ignore>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    pub name: Arc<str>,
    pub retryable_errors: Vec<String>,
    /// The first try counts.
    pub max_attempts: u32,
    /// In seconds.
    pub sleep_interval_sec: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ignore {
    pub name: Arc<str>,
    pub ignorable_errors: Vec<String>,
    pub message: Option<String>,
    pub signals: Option<Value>,
}

/// A unit that may run: everything terraform will be told is here.
#[derive(Clone, Debug)]
pub struct ReadyUnit {
    /// The folder of the unit file, absolute and clean.
    pub dir: PathBuf,
    pub config_path: PathBuf,
    pub config: UnitConfig,
    /// Labels of dependencies whose outputs were, wholly or in part, taken from mocks.
    pub mocked: Vec<Arc<str>>,
}
