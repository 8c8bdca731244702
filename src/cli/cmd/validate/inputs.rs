//! `hcl validate --inputs`: what each unit gives against what its module declares. Nothing is run; sources that are
//! not on this machine are fetched.

use crate::cli::context::Context;
use crate::config::unit::ExtraArguments;
use crate::config::{LoadedUnit, UnitFacts, load_checked, working_dir};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Span, closest};
use crate::estate::Estate;
use crate::graph::unit::UnitId;
use crate::hcl::ast::{ExprKind, ObjectKey};
use crate::hcl::parse::{parse_body, parse_json_body};
use crate::host::fs;
use crate::run::rescue::{Owner, Rescues};
use crate::run::variables::{Declared, Variables};
use crate::source::SourceError;
use crate::source::rules::CopyRules;
use crate::source::workdir::{Refresh, Request, WorkDir};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What variables without a value and values without a variable there are; the latter are as bad as `unused` says.
pub(super) fn check(context: &Context, estate: &Estate, picked: &[UnitId], unused: Severity) -> Diagnostics {
    let facts = picked.iter().filter_map(|id| estate.facts_of(*id));
    let sound = facts.filter(|facts| !facts.faults.iter().any(Diagnostic::is_error));
    sound.flat_map(|facts| check_unit(context, facts, unused)).collect()
}

fn check_unit(context: &Context, facts: &UnitFacts, severity: Severity) -> Diagnostics {
    // Its faults are told elsewhere.
    let Ok(loaded) = load_checked(&context.session, &facts.config_path) else { return Vec::new() };
    let module = match module_folder(context, &loaded) {
        Ok(module) => module,
        Err(error) => {
            let source = loaded.config.terraform.as_ref().and_then(|terraform| terraform.source.as_ref());
            return vec![*working_dir::source_fault(&error, source.map(|source| source.span))];
        }
    };
    let folders = [module, loaded.dir.clone()];
    let (Some(declared), Some(given)) = (declared(&folders), given(context, &loaded, &folders)) else {
        return Vec::new();
    };
    let place = place_of_inputs(context, &loaded);
    let missing = declared.iter().filter(|(name, variable)| variable.required && !given.contains_key(*name));
    let missing = missing.map(|(name, _)| {
        Diagnostic::error(Code::MissingInput, format!("the module's variable `{name}` gets no value"))
            .at(place, "not among these inputs")
            .hint(format!("add `{name}` to the inputs, or give the variable a default"))
    });
    let unused = given.iter().filter(|(name, _)| !declared.contains_key(*name)).map(|(name, origin)| {
        let (what, label) = match origin {
            Origin::Input => {
                (format!("the module has no variable for the input `{name}`"), "nobody takes this")
            }
            Origin::Elsewhere(place) => {
                (format!("the module has no variable for `{name}`, which {place} gives"), "in this unit")
            }
        };
        let span = find_input(context, facts, name).unwrap_or(place);
        let near = closest(name, declared.keys().map(String::as_str));
        let hint = near.map_or_else(
            || format!("remove it, or declare the variable `{name}` in the module"),
            |near| format!("did you mean `{near}`?"),
        );
        let mut fault = Diagnostic::error(Code::UnusedInput, what).at(span, label).hint(hint);
        fault.severity = severity;
        fault
    });
    missing.chain(unused).collect()
}

/// Where the module's files are.
fn module_folder(context: &Context, loaded: &LoadedUnit) -> Result<PathBuf, SourceError> {
    let session = &context.session;
    let written = loaded.config.terraform.as_ref().and_then(|terraform| terraform.source.as_ref());
    let source = working_dir::address(session, &loaded.dir, written.map(|source| source.value.as_str()))?;
    if let Some(folder) = source.module_dir() {
        return Ok(folder);
    }
    let own = loaded.config.download_dir.as_ref().map(|dir| dir.value.as_str());
    let request = Request {
        unit_dir: &loaded.dir,
        download_dir: &working_dir::download_dir(session, &loaded.dir, own),
        source: &source,
        rules: &CopyRules::new(&[], &[])?,
        refresh: if context.settings.source.source_update { Refresh::Always } else { Refresh::IfChanged },
        keep: &[],
    };
    let mut dir = WorkDir::open(request)?;
    let owner = Owner { dir: &loaded.dir, config_path: &loaded.config_path };
    Rescues::of_user(&session.env).take_all(owner, (&dir.layout, &loaded.env))?;
    dir.download(&context.fetcher)?;
    Ok(dir.layout.working_dir.clone())
}

/// The variables of all these folders together; `None` if a file cannot be understood.
fn declared(folders: &[PathBuf]) -> Option<BTreeMap<String, Declared>> {
    let mut all = BTreeMap::new();
    for folder in folders {
        all.extend(Variables::of_module(folder).declared()?.clone());
    }
    Some(all)
}

/// Who gives a value.
enum Origin {
    Input,
    Elsewhere(String),
}

/// The names that get a value; `None` if that cannot be known yet.
fn given(context: &Context, loaded: &LoadedUnit, folders: &[PathBuf]) -> Option<BTreeMap<String, Origin>> {
    let mut names = BTreeMap::new();
    for (variable, _) in context.session.env.iter() {
        if let Some(name) = variable.to_str().and_then(|variable| variable.strip_prefix("TF_VAR_")) {
            names.insert(name.to_owned(), Origin::Elsewhere(format!("the variable TF_VAR_{name}")));
        }
    }
    let extra = loaded.config.terraform.iter().flat_map(|terraform| &terraform.extra_arguments);
    for block in extra {
        names.extend(of_extra_arguments(block, folders));
    }
    for file in folders.iter().flat_map(|folder| automatic_files(folder)) {
        names.extend(of_file(&file));
    }
    if let Some(inputs) = &loaded.config.inputs {
        if inputs.value.is_unknown() {
            return None;
        }
        names.extend(
            inputs.value.entries().into_iter().flatten().map(|(name, _)| (name.to_string(), Origin::Input)),
        );
    }
    Some(names)
}

fn of_extra_arguments(block: &ExtraArguments, folders: &[PathBuf]) -> Vec<(String, Origin)> {
    let told = || Origin::Elsewhere(format!("extra_arguments {:?}", &*block.name));
    let variables = block.env_vars.iter().flatten().filter_map(|(name, _)| name.strip_prefix("TF_VAR_"));
    let mut names: Vec<(String, Origin)> = variables.map(|name| (name.to_owned(), told())).collect();
    let listed = block.required_var_files.iter().chain(&block.optional_var_files).flatten();
    let mut files: Vec<&str> = listed.map(String::as_str).collect();
    let mut words = block.arguments.iter().flatten();
    while let Some(word) = words.next() {
        let flag = word.trim_start_matches('-');
        let (flag, value) = flag.split_once('=').map_or((flag, None), |(flag, value)| (flag, Some(value)));
        match flag {
            "var" | "var-file" if word.starts_with('-') => {
                let Some(value) = value.or_else(|| words.next().map(String::as_str)) else { break };
                if flag == "var-file" {
                    files.push(value);
                } else if let Some((name, _)) = value.split_once('=') {
                    names.push((name.trim().to_owned(), told()));
                }
            }
            _ => {}
        }
    }
    for file in files {
        let found = folders.iter().map(|folder| folder.join(file)).find(|path| fs::is_file(path));
        names.extend(found.iter().flat_map(|path| of_file(path)));
    }
    names
}

/// The files that terraform reads unasked.
fn automatic_files(folder: &Path) -> Vec<PathBuf> {
    let names = fs::list_dir(folder).unwrap_or_default();
    let names: BTreeSet<String> = names.into_iter().filter_map(|(name, _)| name.into_string().ok()).collect();
    let is_read = |name: &&String| {
        let stem = name.strip_suffix(".json").unwrap_or(name.as_str());
        stem == "terraform.tfvars" || stem.ends_with(".auto.tfvars")
    };
    names.iter().filter(is_read).map(|name| folder.join(name)).collect()
}

/// The names that a file of values sets.
fn of_file(path: &Path) -> Vec<(String, Origin)> {
    let Ok(text) = fs::read_text(path) else { return Vec::new() };
    let file = crate::diag::SourceMap::default().add(path, text.as_str().into());
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let (body, _) = if is_json { parse_json_body(&text, file) } else { parse_body(&text, file) };
    let origin = || {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Origin::Elsewhere(format!("the file {name}"))
    };
    let attributes = body.iter().flat_map(|body| &body.attributes);
    attributes.map(|attribute| (attribute.name.name.to_string(), origin())).collect()
}

/// The unit's inputs, or the start of its file.
fn place_of_inputs(context: &Context, loaded: &LoadedUnit) -> Span {
    let sources = &context.session.files.sources;
    match &loaded.config.inputs {
        Some(inputs) => inputs.span,
        None => {
            let file = context.session.files.load(&loaded.config_path).map(|file| file.id);
            let file = file.unwrap_or_else(|_| sources.add(&loaded.config_path, "".into()));
            Span::new(file, 0, 0)
        }
    }
}

/// Where an input is written by name, in the unit's file or one that it includes.
fn find_input(context: &Context, facts: &UnitFacts, name: &str) -> Option<Span> {
    let includes = facts.includes.iter().map(|(_, path)| path);
    std::iter::once(&facts.config_path).chain(includes).find_map(|path| {
        let file = context.session.files.load(path).ok()?;
        let ExprKind::Object(items) = &file.body.find_attribute("inputs")?.expr.kind else { return None };
        items.iter().find_map(|item| match &item.key {
            ObjectKey::Bare(key) if &*key.name == name => Some(key.span),
            ObjectKey::Expr(key) => match &key.kind {
                ExprKind::String(text) if &**text == name => Some(key.span),
                _ => None,
            },
            ObjectKey::Bare(_) => None,
        })
    })
}
