//! The lock of a run: whether it is to be had, by the command line and `terrace.hcl`, and having it.

use super::super::units;
use super::plan::RunPlan;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, Warning};
use crate::config::{ESTATE_FILE, EstateFile, RunLockBlock, RunLockMode, load_estate_file};
use crate::hcl::Value;
use crate::host::fs;
use crate::host::machine::user_at_host;
use crate::run::argv::Scope;
use crate::run::locks::Patience;
use crate::run::run_lock::{RunLock, RunLockError, Wanted, describe};
use crate::run::settings::Action;
use crate::state::{Backend, Stores};
use std::path::Path;
use std::sync::Arc;

/// Takes the lock where one is to be had.
///
/// # Errors
/// When another run holds it, when it cannot be had although it must, or when `terrace.hcl` is faulty.
pub(super) fn take(context: &Context, plan: &RunPlan, action: &Action) -> Result<Option<RunLock>, Failure> {
    let told = context.settings.locks.run_lock;
    if told == Some(RunLockMode::Off) || !changes(action) {
        return Ok(None);
    }
    let root = &context.session.root;
    let file = load_estate_file(&context.session, root).map_err(|faults| {
        units::diagnose(context, &faults);
        Failure::new(Kind::Config, format!("nothing was run: there is a fault in {ESTATE_FILE}"))
    })?;
    let Some((file, block)) = file.as_ref().and_then(|file| Some((file, file.run_lock.as_ref()?))) else {
        return no_block(told);
    };
    let mode = told.unwrap_or(block.mode);
    let is_due = match mode {
        RunLockMode::Require => true,
        RunLockMode::Auto => plan.scope == Scope::Many,
        RunLockMode::Off => false,
    };
    if !is_due {
        return Ok(None);
    }
    let stores = context.stores.get();
    let stores = stores.map_err(|error| Failure::from_error(Kind::Machine, &*error))?;
    let wanted = wanted(context, (file, block), (plan, action, &stores))?;
    match wait_for(context, &wanted, &stores) {
        Ok(lock) => Ok(Some(lock)),
        Err(RunLockError::Held(entry)) => {
            let text =
                format!("the run lock of the estate `{}` is held by {}", wanted.estate, describe(&entry));
            Err(Failure::new(Kind::RunLock, text)
                .hint("wait for it with --wait-for-locks; the lock of a run that died is over by itself after a while"))
        }
        Err(error) if mode == RunLockMode::Auto && matches!(error, RunLockError::Store(_)) => {
            let warning = Warning::new(format!("the run goes on without its run lock: {error}"));
            context.warn_of(&warning.hint("--run-lock=require stops it in such a case"));
            Ok(None)
        }
        Err(error) => Err(Failure::new(Kind::RunLock, format!("the run lock cannot be had: {error}"))),
    }
}

/// Gives the lock back.
pub(super) fn release(lock: &RunLock, warn: &dyn Fn(&Warning)) {
    if let Err(error) = lock.release() {
        let warning = Warning::new(format!("the run lock was not given back: {error}"));
        warn(&warning.hint("it is over by itself after a while"));
    }
}

fn changes(action: &Action) -> bool {
    match action {
        Action::Terraform(command) => command.may_change_state(),
        // Nobody knows what it does.
        Action::Exec { .. } => true,
    }
}

fn no_block(told: Option<RunLockMode>) -> Result<Option<RunLock>, Failure> {
    if told != Some(RunLockMode::Require) {
        return Ok(None);
    }
    let text = format!("--run-lock=require, and no {ESTATE_FILE} here or above has a `run_lock` block");
    Err(Failure::new(Kind::RunLock, text).hint(format!(
        "add `run_lock {{ id = … backend = … config = {{ … }} }}` to {ESTATE_FILE} at the root of the estate"
    )))
}

fn wanted(
    context: &Context,
    (file, block): (&EstateFile, &RunLockBlock),
    (plan, action, stores): (&RunPlan, &Action, &Stores),
) -> Result<Wanted, Failure> {
    let env = &context.session.env;
    let backend = Backend {
        kind: block.backend.clone(),
        config: settings(block),
        env: env.clone(),
        workspace: "default".to_owned(),
        dir: file.dir.clone(),
    };
    let store = stores.open(&backend).map_err(|error| {
        let text = format!("the run lock cannot be had: {error}");
        Failure::new(Kind::RunLock, text)
            .hint(format!("mend `run_lock` in {}", file.dir.join(ESTATE_FILE).display()))
    })?;
    Ok(Wanted {
        store,
        estate: block.id.clone(),
        root: part(&file.dir, &context.session.root, plan),
        who: user_at_host(env),
        command: action.word().to_owned(),
        life: block.expires,
    })
}

/// The settings with a place of its own for the lock, where they name none.
fn settings(block: &RunLockBlock) -> Value {
    let mut entries = block.config.entries().cloned().unwrap_or_default();
    let (name, place) = match block.backend.as_str() {
        "gcs" => ("prefix", block.id.clone()),
        "local" => ("path", format!(".terrace/{}", block.id)),
        _ => ("key", block.id.clone()),
    };
    entries.entry(name.into()).or_insert_with(|| Value::string(place));
    Value::object(entries)
}

/// The part of the estate that the run holds, with `/`: the folder around the working folder and all its units, which may
/// be elsewhere; all of the estate if one of them is outside of it.
fn part(estate: &Path, root: &Path, plan: &RunPlan) -> String {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let estate = real(estate);
    let mut around = real(root);
    for unit in &plan.units {
        let dir = real(&unit.dir);
        while !dir.starts_with(&around) && around.pop() {}
    }
    let inner = around.strip_prefix(&estate).unwrap_or(Path::new(""));
    let names: Vec<_> = inner.iter().map(|name| name.to_string_lossy()).collect();
    if names.is_empty() { ".".to_owned() } else { names.join("/") }
}

fn wait_for(context: &Context, wanted: &Wanted, stores: &Arc<Stores>) -> Result<RunLock, RunLockError> {
    let limit = context.settings.locks.wait_for_locks.unwrap_or_default();
    let mut patience = Patience::of(limit);
    loop {
        let taken = RunLock::take(wanted.clone(), stores);
        let Err(RunLockError::Held(entry)) = &taken else { return taken };
        let Some(pause) = patience.pause() else { return taken };
        let text = format!("waiting for the run lock, which is held by {}", describe(entry));
        context.warn_of(&Warning::new(text));
        stores.wait(async move { tokio::time::sleep(pause).await });
    }
}
