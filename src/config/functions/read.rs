//! Other files as values: configs, tfvars, and files that are only marked as read.

use super::{Cx, files};
use crate::config::evaluation::{Evaluation, Place, Stage};
use crate::config::file::VALUES_FILE;
use crate::config::session::ReadConfig;
use crate::config::stack::{self, STACK_FILE};
use crate::config::{load, modules};
use crate::diag::{Code, Diagnostic};
use crate::hcl::ast::Expr;
use crate::hcl::eval::{Bare, eval};
use crate::hcl::{Fault, Value, json, refs};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// A config as an object; relative to the folder of the config that asks.
pub(super) fn read_terragrunt_config(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(1..=2)?;
    let evaluation = cx.scope.evaluation;
    let given = cx.string(0)?;
    let mut path = fs::clean(&evaluation.dir.join(&given));
    let listings = &evaluation.session.memory.listings;
    if listings.is_dir(&path) {
        path = evaluation.session.config_in(&path);
    }
    if !listings.exists(&path) {
        evaluation.mark_asked(&path);
        return cx.call.args.get(1).filter(|value| !value.is_null()).cloned().ok_or_else(|| {
            let fault = cx.fault_of(0, format!("{} does not exist", path.display()));
            let fault = fault.coded(Code::FileUnreadable);
            Box::new(fault.hint("check the path, or give a second argument to fall back on"))
        });
    }
    evaluation.mark_read(path.clone());
    read(cx, path)
}

fn read(cx: &Cx<'_>, path: PathBuf) -> Result<Value, Fault> {
    let evaluation = cx.scope.evaluation;
    let memory = &evaluation.session.memory.read_configs;
    if let Some(known) = memory.lock().unwrap_or_else(PoisonError::into_inner).get(&path) {
        known.reads.iter().for_each(|read| evaluation.mark_read(read.clone()));
        known.asked.iter().for_each(|asked| evaluation.mark_asked(asked));
        return Ok(known.value.clone());
    }
    if evaluation.readers.contains(&path) || evaluation.config_path == path {
        let fault = cx.fault_of(0, format!("{} is being read already: it reads itself", path.display()));
        return Err(Box::new(fault.coded(Code::ReadsItself)));
    }
    let via = |mut fault: Fault| {
        *fault = fault.via(cx.call.span, "read");
        fault
    };
    let file = evaluation.session.files.load(&path).map_err(via)?;
    if let Some(fault) = file.faults.iter().find(|fault| fault.is_error()) {
        return Err(via(Box::new(fault.clone())));
    }
    let place = Place::read_by(evaluation, file.dir());
    let inner = Evaluation::of_file(evaluation.session, file, place);
    let value = match inner.config_path.file_name().and_then(|name| name.to_str()) {
        Some(STACK_FILE) => stack::object(&inner),
        Some(VALUES_FILE) => crate::config::values::object(&inner),
        _ => load::whole_object(&inner),
    };
    if value.is_err() {
        inner.reads().iter().chain(&inner.asked()).for_each(|path| evaluation.mark_asked(path));
    }
    let value = value.map_err(via)?;
    if inner.stage == Stage::Graph {
        modules::mark_all(&inner);
    }
    keep(cx, &inner, path, &value);
    Ok(value)
}

/// Hands on what the inner evaluation noticed, and remembers its value where that is whole and the same for every unit.
fn keep(cx: &Cx<'_>, inner: &Evaluation<'_>, path: PathBuf, value: &Value) {
    let evaluation = cx.scope.evaluation;
    let (reads, asked) = (inner.reads(), inner.asked());
    reads.iter().for_each(|read| evaluation.mark_read(read.clone()));
    asked.iter().for_each(|path| evaluation.mark_asked(path));
    let faults = inner.take_faults();
    let is_whole = !faults.iter().any(Diagnostic::is_error);
    faults.into_iter().for_each(|fault| evaluation.fault(fault.via(cx.call.span, "read")));
    let has_dependencies =
        crate::config::dependency::declared(inner).is_ok_and(|declared| !declared.is_empty());
    if inner.personal.get() {
        evaluation.personal.set(true);
    } else if is_whole && !has_dependencies && evaluation.session.auth.is_none() {
        let mut memory =
            evaluation.session.memory.read_configs.lock().unwrap_or_else(PoisonError::into_inner);
        memory.insert(path, ReadConfig { value: value.clone(), reads, asked });
    }
}

/// The variables of a `.tfvars` or `.tfvars.json` file, as JSON text.
pub(super) fn read_tfvars_file(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(1..=1)?;
    let evaluation = cx.scope.evaluation;
    let path = fs::clean(&evaluation.dir.join(cx.string(0)?));
    match fs::exists(&path) {
        true => evaluation.mark_read(path.clone()),
        false => evaluation.mark_asked(&path),
    }
    let text =
        fs::read_text(&path).map_err(|error| Box::new(cx.fault_of(0, error).coded(Code::FileUnreadable)))?;
    if path.extension().is_some_and(|ending| ending == "json") {
        let _: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| cx.fault_of(0, format!("{}: {error}", path.display())))?;
        return Ok(Value::string(text));
    }
    let variables = variables(cx, &path, text)?;
    json::render_json(&variables).map(Value::string).map_err(|error| cx.fault(error))
}

fn variables(cx: &Cx<'_>, path: &Path, text: String) -> Result<Value, Fault> {
    let id = cx.scope.evaluation.session.files.sources.add(path, text.as_str().into());
    let (body, faults) = crate::hcl::parse::parse_body(&text, id);
    if let Some(fault) = faults.into_iter().find(Diagnostic::is_error) {
        return Err(Box::new(fault.via(cx.call.span, "read")));
    }
    let attributes = body.iter().flat_map(|body| &body.attributes);
    let entries =
        attributes.map(|attribute| Ok((attribute.name.name.clone(), constant(cx, &attribute.expr)?)));
    Ok(Value::object(entries.collect::<Result<Vec<_>, Fault>>()?))
}

/// Variables are written out: no function and no name is allowed in such a file.
fn constant(cx: &Cx<'_>, expr: &Expr) -> Result<Value, Fault> {
    let call = refs::calls(expr).first().map(|call| call.name.span);
    let value = match call {
        Some(span) => Err(Box::new(
            Diagnostic::error(Code::UnknownFunction, "a variables file cannot call functions")
                .at(span, "")
                .hint("write the value out, or read a unit file with read_terragrunt_config"),
        )),
        None => eval(expr, &Bare),
    };
    value.map_err(|mut fault| {
        *fault = fault.via(cx.call.span, "read");
        fault
    })
}

pub(super) fn mark_as_read(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=1)?;
    let evaluation = cx.scope.evaluation;
    let path = fs::clean(&evaluation.dir.join(&args[0]));
    evaluation.mark_read(path);
    Ok(Value::string(args[0].as_str()))
}

pub(super) fn mark_glob_as_read(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=2)?;
    let (boundary, pattern) = match args[0].strip_prefix("--terragrunt-boundary=") {
        Some(boundary) => (Some(boundary), args.get(1)),
        None => (None, args.first()),
    };
    let pattern = pattern.ok_or_else(|| cx.fault("the pattern is missing"))?;
    let evaluation = cx.scope.evaluation;
    let limit = match boundary {
        Some(boundary) => Some(fs::clean(&evaluation.dir.join(boundary))),
        None => evaluation.session.memory.repo_root(&evaluation.dir),
    };
    let whole = fs::clean(&evaluation.dir.join(pattern));
    let base = fixed_part(&whole);
    if limit.is_some_and(|limit| !base.starts_with(limit)) {
        return Err(cx.fault_of(args.len() - 1, "the pattern leaves the repository"));
    }
    evaluation.mark_asked(&base);
    let glob = crate::graph::glob::Glob::parse(&whole.to_string_lossy()).map_err(|error| cx.fault(error))?;
    let mut found = files::below(&base).map_err(|error| cx.fault(error))?;
    found.retain(|path| glob.is_match(&path.to_string_lossy()));
    found.sort();
    found.iter().for_each(|path| evaluation.mark_read(path.clone()));
    Ok(Value::strings(found.iter().map(|path| path.to_string_lossy().into_owned())))
}

/// The folders of a pattern before its first wildcard.
fn fixed_part(pattern: &Path) -> PathBuf {
    let plain =
        |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']);
    let parts: PathBuf = pattern.components().take_while(plain).collect();
    if parts == pattern { parts.parent().unwrap_or(Path::new("/")).to_path_buf() } else { parts }
}
