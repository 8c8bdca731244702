//! `terraform { … }`

use super::Members;
use super::blocks::said;
use super::fields::Fields;
use crate::config::evaluation::fault_at;
use crate::config::scope::LayerScope;
use crate::config::unit::{ErrorHook, ExtraArguments, Hook, Terraform};
use crate::diag::{Code, Diagnostic};
use crate::hcl::ast::{Block, Body};
use std::sync::Arc;

pub(super) fn decode(scope: &LayerScope<'_>, body: &Body, members: Members) -> Option<Terraform> {
    let block = body.blocks_of("terraform").next()?;
    let fields = Fields::of_body(scope, &block.body);
    let mut terraform = Terraform {
        source: fields.placed_string("source"),
        version: fields.placed_string("version"),
        include_in_copy: fields.strings("include_in_copy"),
        exclude_from_copy: fields.strings("exclude_from_copy"),
        copy_terraform_lock_file: fields.bool("copy_terraform_lock_file"),
        mutable: fields.bool("mutable"),
        update_source_with_cas: fields.bool("update_source_with_cas"),
        ..Terraform::default()
    };
    let each = |kind| block.body.blocks_of(kind);
    if members != Members::Graph {
        terraform.extra_arguments =
            each("extra_arguments").map(|inner| extra_arguments(scope, inner)).collect();
    }
    if members == Members::Every {
        terraform.before_hook = each("before_hook").filter_map(|inner| hook(scope, inner)).collect();
        terraform.after_hook = each("after_hook").filter_map(|inner| hook(scope, inner)).collect();
        terraform.error_hook = each("error_hook").filter_map(|inner| error_hook(scope, inner)).collect();
    }
    Some(terraform)
}

fn label(block: &Block) -> Arc<str> {
    block.labels.first().map_or_else(|| Arc::from(""), |label| label.name.clone())
}

fn extra_arguments(scope: &LayerScope<'_>, block: &Block) -> ExtraArguments {
    let fields = Fields::of_body(scope, &block.body);
    ExtraArguments {
        name: label(block),
        commands: fields.strings("commands").unwrap_or_default(),
        arguments: fields.strings("arguments"),
        required_var_files: fields.strings("required_var_files"),
        optional_var_files: fields.strings("optional_var_files"),
        env_vars: fields.string_map("env_vars"),
    }
}

fn hook(scope: &LayerScope<'_>, block: &Block) -> Option<Hook> {
    let fields = Fields::of_body(scope, &block.body);
    warn_of_read_config(scope, block);
    Some(Hook {
        name: label(block),
        commands: fields.strings("commands").unwrap_or_default(),
        execute: execute(scope, block)?,
        condition: fields.bool("if"),
        run_on_error: fields.bool("run_on_error"),
        suppress_stdout: fields.bool("suppress_stdout"),
        working_dir: fields.string("working_dir"),
        span: block.header,
    })
}

/// The word that documentation gives, and that calls no hook.
fn warn_of_read_config(scope: &LayerScope<'_>, block: &Block) {
    let Some(commands) = Fields::of_body(scope, &block.body).placed_strings("commands") else { return };
    if commands.value.iter().any(|word| word == "read-config") {
        let text = format!("hook \"{}\" is never called by the word `read-config`", label(block));
        let warning = Diagnostic::warning(Code::UnknownWord, text).at(commands.span, "");
        scope
            .evaluation
            .fault(warning.hint("an after_hook for `terragrunt-read-config` runs when the unit was read"));
    }
}

fn error_hook(scope: &LayerScope<'_>, block: &Block) -> Option<ErrorHook> {
    let fields = Fields::of_body(scope, &block.body);
    let on_errors = fields.placed_strings("on_errors");
    for pattern in on_errors.iter().flat_map(|placed| &placed.value) {
        if let Err(error) = regex::Regex::new(pattern) {
            let span = on_errors.as_ref().map_or(block.header, |placed| placed.span);
            let text = format!("`{pattern}` is no regular expression, so it matches no error");
            let warning = Diagnostic::warning(Code::MalformedPattern, text).at(span, "");
            scope.evaluation.fault(warning.detail(said(&error)));
        }
    }
    Some(ErrorHook {
        name: label(block),
        commands: fields.strings("commands").unwrap_or_default(),
        execute: execute(scope, block)?,
        on_errors: on_errors.map(|placed| placed.value).unwrap_or_default(),
        suppress_stdout: fields.bool("suppress_stdout"),
        working_dir: fields.string("working_dir"),
        span: block.header,
    })
}

/// The argv of a hook; its first word must name a program.
fn execute(scope: &LayerScope<'_>, block: &Block) -> Option<Vec<String>> {
    let words = Fields::of_body(scope, &block.body).placed_strings("execute")?;
    if words.value.first().is_none_or(String::is_empty) {
        let fault =
            fault_at(Code::EmptyHook, words.span, format!("hook \"{}\" names no program", label(block)));
        scope.evaluation.fault(fault.hint("`execute` is a list: the program, then its arguments"));
        return None;
    }
    Some(words.value)
}
