//! Merging an included file under a unit, member by member. The child wins; two strategies say how much of it.

use super::unit::{
    Dependency, Errors, Exclude, Feature, Generate, Ignore, Placed, Retry, Terraform, UnitConfig,
};
use crate::diag::{Code, Diagnostic};
use crate::hcl::{Data, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Shallow: a member of the child replaces the parent's; `inputs` and labelled blocks are joined by name.
///
/// # Errors
/// A `generate` label on both sides.
pub fn shallow(mut parent: UnitConfig, mut child: UnitConfig) -> Result<UnitConfig, Box<Diagnostic>> {
    let generate = join_generate(std::mem::take(&mut parent.generate), std::mem::take(&mut child.generate))?;
    let terraform = pair(parent.terraform.take(), child.terraform.take(), shallow_terraform);
    let dependency =
        shallow_dependencies(std::mem::take(&mut parent.dependency), std::mem::take(&mut child.dependency));
    let inputs = pair(parent.inputs.take(), child.inputs.take(), |parent, child| Placed {
        value: overlay(&parent.value, &child.value),
        span: child.span,
    });
    let exclude = child.exclude.take().or(parent.exclude.take());
    let errors = child.errors.take().or(parent.errors.take());
    let merged = common(parent, child);
    Ok(UnitConfig { generate, terraform, dependency, inputs, exclude, errors, ..merged })
}

/// Deep: objects are merged recursively, lists appended; anything else of the child replaces.
///
/// # Errors
/// An input that is a list on the child's side only.
pub fn deep(mut parent: UnitConfig, mut child: UnitConfig) -> Result<UnitConfig, Box<Diagnostic>> {
    let dependencies = deep_paths(&parent, &child);
    let generate = by_name(
        std::mem::take(&mut parent.generate),
        std::mem::take(&mut child.generate),
        |file: &Generate| &file.name,
    );
    let terraform = pair(parent.terraform.take(), child.terraform.take(), deep_terraform);
    let dependency =
        deep_dependencies(std::mem::take(&mut parent.dependency), std::mem::take(&mut child.dependency));
    let inputs = match (parent.inputs.take(), child.inputs.take()) {
        (Some(parent), Some(child)) => Some(deep_inputs(&parent, &child)?),
        (parent, child) => child.or(parent),
    };
    let exclude = pair(parent.exclude.take(), child.exclude.take(), deep_exclude);
    let errors = pair(parent.errors.take(), child.errors.take(), deep_errors);
    let feature = deep_features(std::mem::take(&mut parent.feature), std::mem::take(&mut child.feature));
    let merged = common(parent, child);
    Ok(UnitConfig {
        generate,
        terraform,
        dependency,
        dependencies,
        inputs,
        exclude,
        errors,
        feature,
        ..merged
    })
}

/// The paths of both, one after the other; where a dependency of the child takes the place of the parent's, the path
/// that it leads away from is dropped.
fn deep_paths(parent: &UnitConfig, child: &UnitConfig) -> Option<Vec<Placed<String>>> {
    let left = left_paths(&parent.dependency, &child.dependency);
    let join = |parent: Vec<Placed<String>>, child| parent.into_iter().chain(child).collect::<Vec<_>>();
    let paths = pair(parent.dependencies.clone(), child.dependencies.clone(), join)?;
    Some(paths.into_iter().filter(|path| !left.contains(&path.value)).collect())
}

/// Where dependencies of the parent led that lead elsewhere in the child.
#[must_use]
pub fn left_paths(parent: &[Dependency], child: &[Dependency]) -> Vec<String> {
    let path = |dependency: &Dependency| dependency.config_path.as_ref().map(|placed| placed.value.clone());
    let replaced = parent.iter().filter(|known| {
        child.iter().any(|entry| {
            entry.name == known.name && entry.config_path.is_some() && path(entry) != path(known)
        })
    });
    replaced.filter_map(path).collect()
}

/// A default of the child merged with the parent's; what cannot be merged is the child's.
fn deep_features(mut parent: Vec<Feature>, child: Vec<Feature>) -> Vec<Feature> {
    for feature in child {
        match parent.iter_mut().find(|known| known.name == feature.name) {
            Some(known) => known.default = deep_default(&known.default, &feature.default),
            None => parent.push(feature),
        }
    }
    parent
}

/// A child's value merged with the parent's; what cannot be merged is the child's.
pub(super) fn deep_default(parent: &Value, child: &Value) -> Value {
    deep_value(parent, child).unwrap_or_else(|_| child.clone())
}

/// What both strategies treat alike.
fn common(parent: UnitConfig, child: UnitConfig) -> UnitConfig {
    UnitConfig {
        remote_state: child.remote_state.or(parent.remote_state),
        dependencies: pair(parent.dependencies, child.dependencies, union_of_paths),
        feature: by_name(parent.feature, child.feature, |feature: &Feature| &feature.name),
        engine: child.engine.or(parent.engine),
        catalog: child.catalog.or(parent.catalog),
        download_dir: filled(child.download_dir).or(parent.download_dir),
        prevent_destroy: child.prevent_destroy.or(parent.prevent_destroy),
        iam_role: nonempty(child.iam_role).or(parent.iam_role),
        iam_assume_role_duration: child.iam_assume_role_duration.or(parent.iam_assume_role_duration),
        iam_assume_role_session_name: nonempty(child.iam_assume_role_session_name)
            .or(parent.iam_assume_role_session_name),
        iam_web_identity_token: nonempty(child.iam_web_identity_token).or(parent.iam_web_identity_token),
        terraform_binary: nonempty(child.terraform_binary).or(parent.terraform_binary),
        terraform_version_constraint: filled(child.terraform_version_constraint)
            .or(parent.terraform_version_constraint),
        terragrunt_version_constraint: filled(child.terragrunt_version_constraint)
            .or(parent.terragrunt_version_constraint),
        locals: child.locals,
        ..UnitConfig::default()
    }
}

/// Both sides through `merge`, or the one that there is.
fn pair<T>(parent: Option<T>, child: Option<T>, merge: impl FnOnce(T, T) -> T) -> Option<T> {
    match (parent, child) {
        (Some(parent), Some(child)) => Some(merge(parent, child)),
        (parent, child) => child.or(parent),
    }
}

fn nonempty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn filled(text: Option<Placed<String>>) -> Option<Placed<String>> {
    text.filter(|text| !text.value.is_empty())
}

fn union_of_paths(mut parent: Vec<Placed<String>>, child: Vec<Placed<String>>) -> Vec<Placed<String>> {
    for path in child {
        if !parent.iter().any(|known| known.value == path.value) {
            parent.push(path);
        }
    }
    parent
}

/// The child's entry takes the place of the parent's entry of the same name; new ones follow.
fn by_name<T>(mut parent: Vec<T>, child: Vec<T>, name: impl Fn(&T) -> &Arc<str>) -> Vec<T> {
    for entry in child {
        match parent.iter_mut().find(|known| name(known) == name(&entry)) {
            Some(known) => *known = entry,
            None => parent.push(entry),
        }
    }
    parent
}

fn join_generate(parent: Vec<Generate>, child: Vec<Generate>) -> Result<Vec<Generate>, Box<Diagnostic>> {
    for file in &child {
        if let Some(other) = parent.iter().find(|other| other.name == file.name) {
            let fault = Diagnostic::error(
                Code::Unmergeable,
                format!("generate \"{}\" is in the unit and in an included file", file.name),
            )
            .at(file.span, "")
            .label(other.span, "also here")
            .hint("rename one of them, or include with `merge_strategy = \"deep\"`, where the unit's wins");
            return Err(Box::new(fault));
        }
    }
    Ok(by_name(parent, child, |file| &file.name))
}

/// The child's copy rules are dropped where the parent has a terraform block too, as in the reference.
fn shallow_terraform(parent: Terraform, child: Terraform) -> Terraform {
    Terraform {
        // An empty one takes the parent's away: the code beside the unit runs.
        source: child.source.or(parent.source),
        version: filled(child.version).or(parent.version),
        copy_terraform_lock_file: child.copy_terraform_lock_file.or(parent.copy_terraform_lock_file),
        extra_arguments: by_name(parent.extra_arguments, child.extra_arguments, |block| &block.name),
        before_hook: by_name(parent.before_hook, child.before_hook, |hook| &hook.name),
        after_hook: by_name(parent.after_hook, child.after_hook, |hook| &hook.name),
        error_hook: by_name(parent.error_hook, child.error_hook, |hook| &hook.name),
        ..parent
    }
}

fn deep_terraform(parent: Terraform, child: Terraform) -> Terraform {
    let appended = |child: &Option<Vec<String>>, parent: &Option<Vec<String>>| {
        pair(parent.clone(), child.clone(), |parent, child| child.into_iter().chain(parent).collect())
    };
    let include_in_copy = appended(&child.include_in_copy, &parent.include_in_copy);
    let exclude_from_copy = appended(&child.exclude_from_copy, &parent.exclude_from_copy);
    Terraform { include_in_copy, exclude_from_copy, ..shallow_terraform(parent, child) }
}

/// By label; the child's block replaces the parent's.
#[must_use]
pub fn shallow_dependencies(parent: Vec<Dependency>, child: Vec<Dependency>) -> Vec<Dependency> {
    by_name(parent, child, |dependency| &dependency.name)
}

/// By label; what the child sets overrides, mocks are merged deeply, allowed commands appended.
#[must_use]
pub fn deep_dependencies(mut parent: Vec<Dependency>, child: Vec<Dependency>) -> Vec<Dependency> {
    for entry in child {
        match parent.iter_mut().find(|known| known.name == entry.name) {
            Some(known) => *known = deep_dependency(known.clone(), entry),
            None => parent.push(entry),
        }
    }
    parent
}

fn deep_dependency(parent: Dependency, child: Dependency) -> Dependency {
    Dependency {
        config_path: filled(child.config_path).or(parent.config_path),
        enabled: child.enabled.or(parent.enabled),
        skip_outputs: child.skip_outputs.or(parent.skip_outputs),
        mock_outputs: pair(parent.mock_outputs, child.mock_outputs, |parent, child| {
            deep_value(&parent, &child).unwrap_or(child)
        }),
        mock_outputs_allowed_terraform_commands: pair(
            parent.mock_outputs_allowed_terraform_commands,
            child.mock_outputs_allowed_terraform_commands,
            |parent, child| parent.into_iter().chain(child).collect(),
        ),
        span: child.span,
        ..parent
    }
}

fn deep_exclude(parent: Exclude, child: Exclude) -> Exclude {
    Exclude {
        condition: child.condition,
        actions: child.actions.filter(|actions| !actions.is_empty()).or(parent.actions),
        exclude_dependencies: child.exclude_dependencies,
        no_run: child.no_run,
    }
}

fn deep_errors(mut parent: Errors, child: Errors) -> Errors {
    for block in child.retry {
        match parent.retry.iter_mut().find(|known| known.name == block.name) {
            Some(known) => merge_retry(known, block),
            None => parent.retry.push(block),
        }
    }
    for block in child.ignore {
        match parent.ignore.iter_mut().find(|known| known.name == block.name) {
            Some(known) => merge_ignore(known, block),
            None => parent.ignore.push(block),
        }
    }
    parent
}

fn merge_retry(parent: &mut Retry, child: Retry) {
    let set = |child: u32, parent: u32| if child == 0 { parent } else { child };
    parent.retryable_errors = union(&parent.retryable_errors, &child.retryable_errors);
    parent.max_attempts = set(child.max_attempts, parent.max_attempts);
    parent.sleep_interval_sec = set(child.sleep_interval_sec, parent.sleep_interval_sec);
}

fn merge_ignore(parent: &mut Ignore, child: Ignore) {
    parent.ignorable_errors = union(&parent.ignorable_errors, &child.ignorable_errors);
    parent.message = child.message.filter(|message| !message.is_empty()).or_else(|| parent.message.take());
    parent.signals = pair(parent.signals.take(), child.signals, |parent, child| overlay(&parent, &child));
}

/// Each pattern once, in the order of the alphabet.
fn union(parent: &[String], child: &[String]) -> Vec<String> {
    let patterns: BTreeSet<&String> = parent.iter().chain(child).collect();
    patterns.into_iter().cloned().collect()
}

/// The union of two objects; the child's values replace.
fn overlay(parent: &Value, child: &Value) -> Value {
    let (Some(base), Some(over)) = (parent.entries(), child.entries()) else { return child.clone() };
    let mut merged = base.clone();
    merged.extend(over.iter().map(|(key, value)| (key.clone(), value.clone())));
    object(merged, parent.sensitive || child.sensitive)
}

fn object(entries: std::collections::BTreeMap<Arc<str>, Value>, sensitive: bool) -> Value {
    Value { data: Data::Object(Arc::new(entries)), sensitive }
}

/// Merges inputs recursively.
fn deep_inputs(parent: &Placed<Value>, child: &Placed<Value>) -> Result<Placed<Value>, Box<Diagnostic>> {
    let value = deep_value(&parent.value, &child.value).map_err(|Mismatch(path)| {
        let fault = Diagnostic::error(
            Code::Unmergeable,
            format!("the input `{path}` is a list here and no list in the included file"),
        );
        let fault = fault.at(child.span, "").label(parent.span, "merged with these");
        Box::new(fault.hint("make both lists, or give one of them another name"))
    })?;
    Ok(Placed { value, span: child.span })
}

/// Where a list meets something else.
struct Mismatch(String);

/// Maps merge, lists append, anything else is the child's.
fn deep_value(parent: &Value, child: &Value) -> Result<Value, Mismatch> {
    let sensitive = parent.sensitive || child.sensitive;
    if let (Some(base), Some(over)) = (parent.entries(), child.entries()) {
        let mut merged = base.clone();
        for (key, value) in over {
            let value = match merged.get(key) {
                Some(below) => {
                    deep_value(below, value).map_err(|Mismatch(path)| Mismatch(joined(key, &path)))?
                }
                None => value.clone(),
            };
            merged.insert(key.clone(), value);
        }
        return Ok(object(merged, sensitive));
    }
    match (parent.items(), child.items()) {
        (Some(base), Some(more)) => {
            let items = base.iter().chain(more).cloned().collect::<Vec<_>>();
            Ok(Value { data: Data::Tuple(items.into()), sensitive })
        }
        (None, Some(_)) if !parent.is_null() && !parent.is_unknown() => Err(Mismatch(String::new())),
        _ => Ok(child.clone()),
    }
}

fn joined(key: &str, path: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{key}.{path}") }
}
