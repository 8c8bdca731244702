//! The functions that only a unit file has, and those of terraform's that touch files. One table; a row is a name and
//! what runs.

mod aws;
mod command;
mod context;
mod digest;
mod files;
mod paths;
mod read;
mod sops;
mod template;

use super::scope::LayerScope;
use super::session::Reach;
use crate::diag::{Code, Diagnostic, Span};
use crate::hcl::{Call, Data, Fault, Type, Value, convert};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// One call, with the file it stands in.
pub(super) struct Cx<'a> {
    pub scope: &'a LayerScope<'a>,
    pub call: &'a Call<'a>,
}

type Run = fn(&Cx<'_>) -> Result<Value, Fault>;

const ROWS: &[(&str, Run)] = &[
    ("find_in_parent_folders", paths::find_in_parent_folders),
    ("path_relative_to_include", paths::path_relative_to_include),
    ("path_relative_from_include", paths::path_relative_from_include),
    ("get_terragrunt_dir", paths::get_terragrunt_dir),
    ("get_original_terragrunt_dir", paths::get_original_terragrunt_dir),
    ("get_parent_terragrunt_dir", paths::get_parent_terragrunt_dir),
    ("get_working_dir", paths::get_working_dir),
    ("get_repo_root", paths::get_repo_root),
    ("get_path_from_repo_root", paths::get_path_from_repo_root),
    ("get_path_to_repo_root", paths::get_path_to_repo_root),
    ("get_env", context::get_env),
    ("get_platform", context::get_platform),
    ("get_terraform_command", context::get_terraform_command),
    ("get_terraform_cli_args", context::get_terraform_cli_args),
    ("get_terragrunt_source_cli_flag", context::get_terragrunt_source_cli_flag),
    ("get_terraform_commands_that_need_vars", context::commands_that_need_vars),
    ("get_terraform_commands_that_need_input", context::commands_that_need_input),
    ("get_terraform_commands_that_need_locking", context::commands_that_need_locking),
    ("get_terraform_commands_that_need_parallelism", context::commands_that_need_parallelism),
    ("get_default_retryable_errors", context::default_retryable_errors),
    ("constraint_check", context::constraint_check),
    ("deep_merge", context::deep_merge),
    ("get_aws_account_id", aws::get_aws_account_id),
    ("get_aws_account_alias", aws::get_aws_account_alias),
    ("get_aws_caller_identity_arn", aws::get_aws_caller_identity_arn),
    ("get_aws_caller_identity_user_id", aws::get_aws_caller_identity_user_id),
    ("sops_decrypt_file", sops::sops_decrypt_file),
    ("timestamp", context::timestamp),
    ("plantimestamp", context::timestamp),
    ("uuid", context::uuid),
    ("run_cmd", command::run_cmd),
    ("read_terragrunt_config", read::read_terragrunt_config),
    ("read_tfvars_file", read::read_tfvars_file),
    ("mark_as_read", read::mark_as_read),
    ("mark_glob_as_read", read::mark_glob_as_read),
    ("file", files::file),
    ("fileexists", files::fileexists),
    ("fileset", files::fileset),
    ("filebase64", digest::filebase64),
    ("filemd5", digest::filemd5),
    ("filesha1", digest::filesha1),
    ("filesha256", digest::filesha256),
    ("filesha512", digest::filesha512),
    ("filebase64sha256", digest::filebase64sha256),
    ("filebase64sha512", digest::filebase64sha512),
    ("abspath", files::abspath),
    ("pathexpand", files::pathexpand),
    ("templatefile", template::templatefile),
    ("templatestring", template::templatestring),
];

/// Those that start a program or ask a cloud.
const REACHING_OUT: [&str; 6] = [
    "run_cmd",
    "sops_decrypt_file",
    "get_aws_account_id",
    "get_aws_account_alias",
    "get_aws_caller_identity_arn",
    "get_aws_caller_identity_user_id",
];

/// Whether a function starts a program or asks a cloud, so that it has no value where only files are read.
pub(super) fn reaches_out(name: &str) -> bool {
    REACHING_OUT.contains(&name)
}

/// Runs a function of this table; `None` if it is not here.
pub(super) fn call(scope: &LayerScope<'_>, call: &Call<'_>) -> Option<Result<Value, Fault>> {
    static INDEX: OnceLock<HashMap<&'static str, Run>> = OnceLock::new();
    let index = INDEX.get_or_init(|| ROWS.iter().copied().collect());
    let run = index.get(call.name)?;
    let is_refused = scope.evaluation.session.reach == Reach::Files && reaches_out(call.name);
    if is_refused {
        scope.evaluation.session.memory.is_blurred.store(true, Ordering::Relaxed);
    }
    if is_refused || call.args.iter().any(|arg| !arg.is_wholly_known()) {
        return Some(Ok(Value::UNKNOWN));
    }
    let sensitive = call.args.iter().any(|arg| arg.sensitive);
    let result = run(&Cx { scope, call });
    Some(result.map(|value| Value { sensitive: value.sensitive || sensitive, ..value }))
}

/// Whether a function of this name is in this table.
pub(super) fn is_known(name: &str) -> bool {
    ROWS.iter().any(|(known, _)| *known == name)
}

/// Whether a function only looks: it starts nothing, and reads at most a few directory entries.
pub(super) fn is_free(name: &str) -> bool {
    let looks = [
        "get_",
        "path_",
        "find_in_parent_folders",
        "abspath",
        "pathexpand",
        "constraint_check",
        "deep_merge",
    ];
    let asks_the_cloud = name.starts_with("get_aws_");
    looks.iter().any(|start| name.starts_with(start)) && is_known(name) && !asks_the_cloud
}

/// The names in this table.
pub(super) fn names() -> Vec<&'static str> {
    ROWS.iter().map(|(name, _)| *name).collect()
}

impl Cx<'_> {
    /// A fault of the whole call.
    pub fn fault(&self, message: impl std::fmt::Display) -> Fault {
        Box::new(
            Diagnostic::error(Code::FunctionRefused, format!("{}: {message}", self.call.name))
                .at(self.call.span, ""),
        )
    }

    /// A fault of one argument.
    pub fn fault_of(&self, index: usize, message: impl std::fmt::Display) -> Fault {
        Box::new(
            Diagnostic::error(Code::FunctionRefused, format!("{}: {message}", self.call.name))
                .at(self.span_of(index), ""),
        )
    }

    /// A fault with the next action.
    pub fn fault_with_hint(&self, message: impl std::fmt::Display, hint: &str) -> Fault {
        let fault = Diagnostic::error(Code::FunctionRefused, format!("{}: {message}", self.call.name))
            .at(self.call.span, "");
        Box::new(fault.hint(hint))
    }

    pub fn span_of(&self, index: usize) -> Span {
        self.call.arg_spans.get(index).copied().unwrap_or(self.call.span)
    }

    /// All arguments as strings, at least and at most so many.
    pub fn strings(&self, counts: std::ops::RangeInclusive<usize>) -> Result<Vec<String>, Fault> {
        self.count(counts)?;
        (0..self.call.args.len()).map(|index| self.string(index)).collect()
    }

    /// The arguments' number must lie in the range.
    pub fn count(&self, counts: std::ops::RangeInclusive<usize>) -> Result<(), Fault> {
        let given = self.call.args.len();
        if counts.contains(&given) {
            return Ok(());
        }
        let wanted = match (*counts.start(), *counts.end()) {
            (0, 0) => "takes no argument".to_owned(),
            (least, most) if least == most => {
                format!("takes {least} argument{}", if least == 1 { "" } else { "s" })
            }
            (least, usize::MAX) => {
                format!("needs at least {least} argument{}", if least == 1 { "" } else { "s" })
            }
            (least, most) => format!("takes {least} to {most} arguments"),
        };
        Err(self.fault(format!("{wanted}, not {given}")))
    }

    /// One argument as a string.
    pub fn string(&self, index: usize) -> Result<String, Fault> {
        let value = self.call.args.get(index).ok_or_else(|| self.fault("an argument is missing"))?;
        match convert::convert(value, &Type::String) {
            Ok(Value { data: Data::String(text), .. }) => Ok(text.to_string()),
            _ => Err(self.fault_of(index, format!("argument {} must be a string", index + 1))),
        }
    }
}
