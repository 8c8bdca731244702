//! Where things are: the unit, its parents, its includes, its repository.

use super::Cx;
use crate::config::evaluation::LayerId;
use crate::diag::{Code, Diagnostic};
use crate::hcl::{Fault, Value};
use crate::host::fs;
use std::path::{Path, PathBuf};

/// How far up a search goes.
const MAX_LEVELS: usize = 100;

fn path_value(path: &Path) -> Value {
    Value::string(path.to_string_lossy().as_ref())
}

pub(super) fn find_in_parent_folders(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(0..=2)?;
    let session = cx.scope.evaluation.session;
    if args.is_empty() {
        warn_of_default_name(cx)?;
    }
    let name = args.first().map_or(session.default_name(), String::as_str);
    let dir = &cx.scope.evaluation.dir;
    // Without a name every folder would do.
    let levels = if name.is_empty() { 0 } else { MAX_LEVELS };
    for above in dir.ancestors().skip(1).take(levels) {
        let candidate = above.join(name);
        cx.scope.evaluation.mark_asked(&fs::clean(&candidate));
        if session.memory.listings.exists(&candidate) {
            return Ok(path_value(&fs::clean(&candidate)));
        }
    }
    match args.get(1) {
        Some(fallback) => Ok(Value::string(fallback.as_str())),
        None => {
            let message = format!("no `{name}` in any folder above {}", dir.display());
            let hint = "check the name, or give a second argument to fall back on";
            Err(Box::new(cx.fault_with_hint(message, hint).coded(Code::NoParentFile)))
        }
    }
}

/// Searching for a parent's `terragrunt.hcl` mixes up units and their root.
fn warn_of_default_name(cx: &Cx<'_>) -> Result<(), Fault> {
    let evaluation = cx.scope.evaluation;
    let hint = "name the shared file `root.hcl` and write `find_in_parent_folders(\"root.hcl\")`";
    if evaluation.session.invoked.is_strict("root-terragrunt-hcl") {
        let fault = cx.fault_with_hint("without an argument it would search for a unit file", hint);
        return Err(Box::new(fault.coded(Code::Deprecated)));
    }
    let warning = Diagnostic::warning(Code::Deprecated, "a unit file as the root of others is deprecated");
    evaluation.fault(warning.at(cx.call.span, "searches for a parent unit file").hint(hint));
    Ok(())
}

/// The include that a path function speaks of: an included file of itself, whatever label it gives; a unit of the one
/// it names, or of the only one.
fn included_dir(cx: &Cx<'_>) -> Result<Option<PathBuf>, Fault> {
    let evaluation = cx.scope.evaluation;
    let parent = |path: &Path| path.parent().unwrap_or(Path::new("/")).to_path_buf();
    if let LayerId::Included(_) = cx.scope.layer {
        return Ok(Some(evaluation.layer(cx.scope.layer).file.dir().to_path_buf()));
    }
    let args = cx.strings(0..=1)?;
    let includes = evaluation.includes()?;
    match (includes, args.first()) {
        ([], _) => Ok(None),
        ([only], _) => Ok(Some(parent(&only.path))),
        (many, Some(label)) => {
            let found = many.iter().find(|include| *include.label == **label);
            let found = found.ok_or_else(|| cx.fault_of(0, format!("there is no include \"{label}\"")))?;
            Ok(Some(parent(&found.path)))
        }
        (_, None) => Err(cx.fault_with_hint(
            "the unit has several includes, so it needs the label of one",
            "write for example `path_relative_to_include(\"root\")`",
        )),
    }
}

pub(super) fn path_relative_to_include(cx: &Cx<'_>) -> Result<Value, Fault> {
    let dir = &cx.scope.evaluation.dir;
    let included = included_dir(cx)?;
    Ok(included.map_or_else(|| Value::string("."), |from| path_value(&fs::relative(&from, dir))))
}

pub(super) fn path_relative_from_include(cx: &Cx<'_>) -> Result<Value, Fault> {
    let dir = &cx.scope.evaluation.dir;
    let included = included_dir(cx)?;
    Ok(included.map_or_else(|| Value::string("."), |to| path_value(&fs::relative(dir, &to))))
}

pub(super) fn get_parent_terragrunt_dir(cx: &Cx<'_>) -> Result<Value, Fault> {
    let included = included_dir(cx)?;
    Ok(path_value(&included.unwrap_or_else(|| cx.scope.evaluation.dir.clone())))
}

pub(super) fn get_terragrunt_dir(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    Ok(path_value(&cx.scope.evaluation.dir))
}

pub(super) fn get_original_terragrunt_dir(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    cx.scope.evaluation.personal.set(true);
    Ok(path_value(&cx.scope.evaluation.original_dir))
}

pub(super) fn get_working_dir(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(0..=0)?;
    let evaluation = cx.scope.evaluation;
    if evaluation.is_stack() {
        return Ok(path_value(&evaluation.dir));
    }
    let source = crate::config::load::source_of(evaluation)?;
    let at = crate::config::working_dir::of_unit(evaluation, source.as_deref());
    at.map(|at| path_value(&at.working_dir)).map_err(|error| cx.fault(error))
}

fn repo_root(cx: &Cx<'_>) -> Result<PathBuf, Fault> {
    cx.count(0..=0)?;
    let evaluation = cx.scope.evaluation;
    evaluation.session.memory.repo_root(&evaluation.dir).ok_or_else(|| {
        cx.fault_with_hint(
            format!("{} is not inside a git repository", evaluation.dir.display()),
            "run inside a clone, or use `get_parent_terragrunt_dir()` instead",
        )
    })
}

/// The unit's folder with links resolved, as the repository's root is.
fn real_dir(cx: &Cx<'_>) -> PathBuf {
    let dir = &cx.scope.evaluation.dir;
    fs::canonicalize(dir).unwrap_or_else(|_| dir.clone())
}

pub(super) fn get_repo_root(cx: &Cx<'_>) -> Result<Value, Fault> {
    Ok(path_value(&repo_root(cx)?))
}

pub(super) fn get_path_from_repo_root(cx: &Cx<'_>) -> Result<Value, Fault> {
    Ok(path_value(&fs::relative(&repo_root(cx)?, &real_dir(cx))))
}

pub(super) fn get_path_to_repo_root(cx: &Cx<'_>) -> Result<Value, Fault> {
    Ok(path_value(&fs::relative(&real_dir(cx), &repo_root(cx)?)))
}
