//! Terraform's file functions. Relative paths start from the folder of the file that holds the call.

use super::Cx;
use crate::diag::Code;
use crate::hcl::{Fault, Type, Value};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The absolute path that an argument means.
pub(super) fn path_of(cx: &Cx<'_>, text: &str) -> PathBuf {
    let base = cx.scope.evaluation.layer(cx.scope.layer).file.dir();
    fs::clean(&base.join(expand(cx, text)))
}

/// `~` and `~/…` become the home folder; anything else stays.
fn expand(cx: &Cx<'_>, text: &str) -> PathBuf {
    let home = || cx.scope.evaluation.env.get_filled("HOME").map(PathBuf::from);
    match text.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| PathBuf::from(text)),
        Some(rest) if rest.starts_with('/') => {
            home().map_or_else(|| PathBuf::from(text), |home| home.join(rest.trim_start_matches('/')))
        }
        _ => PathBuf::from(text),
    }
}

/// The bytes of the file that the first argument names.
pub(super) fn bytes(cx: &Cx<'_>) -> Result<Vec<u8>, Fault> {
    let path = path_of(cx, &cx.string(0)?);
    cx.scope.evaluation.mark_asked(&path);
    fs::read(&path).map_err(|error| Box::new(cx.fault_of(0, error).coded(Code::FileUnreadable)))
}

/// The text of the file that the first argument names.
pub(super) fn text(cx: &Cx<'_>) -> Result<String, Fault> {
    String::from_utf8(bytes(cx)?).map_err(|_| {
        let mut fault = cx.fault_of(0, "the file is not UTF-8");
        *fault = fault.hint("use `filebase64` for binary files");
        fault
    })
}

pub(super) fn file(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(1..=1)?;
    text(cx).map(Value::string)
}

pub(super) fn fileexists(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=1)?;
    let path = path_of(cx, &args[0]);
    cx.scope.evaluation.mark_asked(&path);
    match fs::metadata(&path) {
        Ok(meta) if meta.is_file() => Ok(Value::bool(true)),
        Ok(meta) if meta.is_dir() => Err(cx.fault_of(0, format!("{} is a directory", path.display()))),
        Ok(_) => Err(cx.fault_of(0, format!("{} is not a regular file", path.display()))),
        Err(error) if error.is_not_found() => Ok(Value::bool(false)),
        Err(error) => Err(cx.fault_of(0, error)),
    }
}

pub(super) fn fileset(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(2..=2)?;
    let base = path_of(cx, &args[0]);
    let (top, pattern) = climbed(&base, &args[1]);
    let (dir, parts) = descended(top, &pattern);
    cx.scope.evaluation.mark_asked(&dir);
    let depth = if pattern.contains("**") { usize::MAX } else { parts.len() };
    let glob =
        crate::graph::glob::FileGlob::parse(&parts.join("/")).map_err(|error| cx.fault_of(1, error))?;
    let mut found = Vec::new();
    walk(&dir, Path::new(""), depth, &mut |path| {
        if glob.is_match(&path.to_string_lossy()) {
            found.push(fs::relative(&base, &dir.join(path)).to_string_lossy().into_owned());
        }
    })
    .map_err(|error| cx.fault_of(0, error))?;
    found.sort();
    let list = Value::strings(found);
    crate::hcl::convert::convert(&list, &Type::Set(Arc::new(Type::String))).map_err(|error| cx.fault(error))
}

/// The folder to which a pattern climbs, and what is left of the pattern, cleaned as a path is.
fn climbed(base: &Path, pattern: &str) -> (PathBuf, String) {
    let mut top = base.to_path_buf();
    let mut parts = Vec::new();
    for part in pattern.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part != ".." {
            parts.push(part);
        } else if parts.pop().is_none() {
            top.pop();
        }
    }
    (top, parts.join("/"))
}

/// The folder to which the plain names at the head of a pattern lead, and the rest of its parts.
fn descended(mut dir: PathBuf, pattern: &str) -> (PathBuf, Vec<&str>) {
    let mut parts: Vec<&str> = pattern.split('/').collect();
    let is_plain = |part: &str| !part.contains(['*', '?', '[', '{', '\\']);
    while parts.len() > 1 && is_plain(parts[0]) && fs::is_dir(&dir.join(parts[0])) {
        dir.push(parts.remove(0));
    }
    (dir, parts)
}

/// Every regular file below `base`, so many levels deep, links followed, by its path from `base`. A missing base has none.
fn walk(base: &Path, below: &Path, depth: usize, found: &mut dyn FnMut(&Path)) -> Result<(), fs::FileError> {
    let entries = match fs::read_dir(&base.join(below)) {
        Err(error) if error.is_not_found() => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = below.join(entry.file_name());
        let Ok(meta) = fs::metadata(&base.join(&path)) else { continue };
        if meta.is_dir() {
            if depth > 1 {
                walk(base, &path, depth - 1, found)?;
            }
        } else if meta.is_file() {
            found(&path);
        }
    }
    Ok(())
}

/// Every regular file below a folder, by its whole path.
pub(super) fn below(base: &Path) -> Result<Vec<PathBuf>, fs::FileError> {
    let mut found = Vec::new();
    walk(base, Path::new(""), usize::MAX, &mut |path| found.push(base.join(path)))?;
    Ok(found)
}

pub(super) fn abspath(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=1)?;
    let base = &cx.scope.evaluation.session.cwd;
    Ok(Value::string(fs::clean(&base.join(&args[0])).to_string_lossy().as_ref()))
}

pub(super) fn pathexpand(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=1)?;
    Ok(Value::string(expand(cx, &args[0]).to_string_lossy().as_ref()))
}
