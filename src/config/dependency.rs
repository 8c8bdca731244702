//! `dependency.<label>.outputs`: real outputs, mocks, or both; the table of who wins stands here.

use super::decode::decode_dependencies;
use super::evaluation::{Evaluation, LayerId, Stage, Thunk, fault_at};
use super::include::MergeStrategy;
use super::merge;
use super::scope::LayerScope;
use super::unit::{Dependency, MockMerge};
use crate::diag::{Diagnostic, closest};
use crate::hcl::{Data, Fault, Reference, Resolved, Value};
use crate::host::fs;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The dependencies of one evaluation and their outputs, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    declared: OnceCell<Result<Vec<Dependency>, Fault>>,
    worked_out: RefCell<HashMap<Arc<str>, Thunk>>,
    /// Labels that gave mocks.
    pub(super) mocked: RefCell<Vec<Arc<str>>>,
}

/// Resolves `dependency…`.
///
/// # Errors
/// An unknown label, the removed `inputs`, or why its outputs could not be had.
pub(super) fn resolve(scope: &LayerScope<'_>, reference: &Reference<'_>) -> Result<Resolved, Fault> {
    let evaluation = scope.evaluation;
    let declared = declared(evaluation)?;
    let Some(label) = reference.steps.first() else {
        let entries = declared.iter().map(|dependency| Ok((dependency.name.clone(), object(evaluation, dependency)?)));
        return Ok(Resolved { value: Value::object(entries.collect::<Result<Vec<_>, Fault>>()?), used: 0 });
    };
    let Some(dependency) = declared.iter().find(|dependency| &*dependency.name == label.name) else {
        let fault = fault_at(label.span, format!("there is no dependency \"{}\"", label.name));
        return Err(Box::new(match closest(label.name, declared.iter().map(|known| &*known.name)) {
            Some(near) => fault.hint(format!("did you mean `dependency.{near}`?")),
            None => fault.hint("declare it: `dependency \"name\" { config_path = \"…\" }`"),
        }));
    };
    match reference.steps.get(1) {
        Some(step) if step.name == "inputs" => Err(Box::new(
            fault_at(step.span, "the inputs of a dependency cannot be read").hint("make the dependency output what you need"),
        )),
        Some(step) if step.name == "outputs" => match outputs(evaluation, dependency)? {
            Some(value) => Ok(Resolved { value, used: 2 }),
            None => Err(no_outputs(dependency, step.span)),
        },
        _ => Ok(Resolved { value: object(evaluation, dependency)?, used: 1 }),
    }
}

fn object(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Result<Value, Fault> {
    Ok(Value::object(outputs(evaluation, dependency)?.map(|value| ("outputs", value))))
}

fn no_outputs(dependency: &Dependency, span: crate::diag::Span) -> Fault {
    let name = &dependency.name;
    let fault = fault_at(span, format!("dependency \"{name}\" has no outputs here"))
        .label(dependency.span, "its outputs are skipped, or it is disabled");
    Box::new(fault.hint("set `mock_outputs`, and list this command in `mock_outputs_allowed_terraform_commands` if that is set"))
}

/// The dependencies of the unit, those of its includes merged in.
///
/// # Errors
/// The first include that is wrong.
pub(super) fn declared<'e>(evaluation: &'e Evaluation<'_>) -> Result<&'e [Dependency], Fault> {
    let all = evaluation.outputs.declared.get_or_init(|| {
        let mut merged = decode_dependencies(evaluation, LayerId::Own);
        for (index, include) in evaluation.includes()?.iter().enumerate().rev() {
            let parent = || decode_dependencies(evaluation, LayerId::Included(index));
            merged = match include.strategy {
                MergeStrategy::NoMerge => merged,
                MergeStrategy::Shallow => merge::shallow_dependencies(parent(), merged),
                MergeStrategy::Deep => merge::deep_dependencies(parent(), merged),
            };
        }
        Ok(merged)
    });
    all.as_deref().map_err(Clone::clone)
}

/// The outputs of one dependency, worked out at most once; `None` when it has none to show.
pub(super) fn outputs(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Result<Option<Value>, Fault> {
    let seen = evaluation.outputs.worked_out.borrow().get(&dependency.name).cloned();
    let result = match seen {
        Some(Thunk::Done(result)) => result,
        Some(Thunk::Running) => Err(Box::new(fault_at(dependency.span, "this dependency needs its own outputs"))),
        None => {
            let remember = |thunk| evaluation.outputs.worked_out.borrow_mut().insert(dependency.name.clone(), thunk);
            remember(Thunk::Running);
            let result = work_out(evaluation, dependency).map(|value| value.unwrap_or(Value::NULL));
            remember(Thunk::Done(result.clone()));
            result
        }
    };
    result.map(|value| (!value.is_null()).then_some(value))
}

/// Who gives the outputs: nobody yet, mocks, the state, or state and mocks together.
fn work_out(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Result<Option<Value>, Fault> {
    match evaluation.stage {
        Stage::Graph => return Ok(Some(Value::UNKNOWN)),
        Stage::Check => return Ok(Some(dependency.mock_outputs.clone().unwrap_or(Value::UNKNOWN))),
        Stage::Full => {}
    }
    if dependency.enabled == Some(false) {
        return Ok(mocks(evaluation, dependency));
    }
    let allowed = mocks_allowed(evaluation, dependency);
    if dependency.skip_outputs == Some(true) {
        return Ok(if allowed { mocks(evaluation, dependency) } else { None });
    }
    let Some(target) = target(evaluation, dependency)? else { return Ok(Some(Value::UNKNOWN)) };
    let Some(source) = &evaluation.session.outputs else { return Ok(Some(Value::UNKNOWN)) };
    let fetched = match source.outputs(&target) {
        Ok(fetched) => fetched.filter(|value| value.entries().is_none_or(|entries| !entries.is_empty())),
        Err(_) if evaluation.session.invoked.rendering => None,
        Err(fault) => {
            let fault_here = Diagnostic::error(format!("the outputs of dependency \"{}\" cannot be read", dependency.name))
                .detail(fault.message)
                .at(dependency.span, "");
            return Err(Box::new(fault.hint.into_iter().fold(fault_here, Diagnostic::hint)));
        }
    };
    match fetched {
        Some(real) if allowed => Ok(Some(with_mocks(evaluation, dependency, real))),
        Some(real) => Ok(Some(real)),
        None if allowed && dependency.mock_outputs.is_some() => Ok(mocks(evaluation, dependency)),
        None if evaluation.session.invoked.rendering => Ok(None),
        None => Err(never_applied(evaluation, dependency)),
    }
}

fn mocks_allowed(evaluation: &Evaluation<'_>, dependency: &Dependency) -> bool {
    let invoked = &evaluation.session.invoked;
    let list = dependency.mock_outputs_allowed_terraform_commands.as_deref().unwrap_or(&[]);
    invoked.rendering || list.is_empty() || list.iter().any(|command| command == invoked.command())
}

fn mocks(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Option<Value> {
    let value = dependency.mock_outputs.clone()?;
    evaluation.outputs.mocked.borrow_mut().push(dependency.name.clone());
    Some(value)
}

/// Mocks under real outputs, where the unit asks for it.
fn with_mocks(evaluation: &Evaluation<'_>, dependency: &Dependency, real: Value) -> Value {
    let strategy = dependency.mock_outputs_merge_strategy_with_state.unwrap_or({
        if dependency.mock_outputs_merge_with_state == Some(true) { MockMerge::Shallow } else { MockMerge::NoMerge }
    });
    let Some(mocked) = dependency.mock_outputs.as_ref() else { return real };
    let merged = match strategy {
        MockMerge::NoMerge => return real,
        MockMerge::Shallow => fill(&real, mocked, Depth::One),
        MockMerge::DeepMapOnly => fill(&real, mocked, Depth::Maps),
    };
    if merged != real {
        evaluation.outputs.mocked.borrow_mut().push(dependency.name.clone());
    }
    merged
}

#[derive(Clone, Copy, PartialEq)]
enum Depth {
    One,
    Maps,
}

/// `real` with the keys that only `mock` has.
fn fill(real: &Value, mock: &Value, depth: Depth) -> Value {
    let (Some(have), Some(offered)) = (real.entries(), mock.entries()) else { return real.clone() };
    let mut merged = have.clone();
    for (key, value) in offered {
        match merged.get(key) {
            None => {
                merged.insert(key.clone(), value.clone());
            }
            Some(present) if depth == Depth::Maps => {
                let filled = fill(present, value, depth);
                merged.insert(key.clone(), filled);
            }
            Some(_) => {}
        }
    }
    Value { data: Data::Object(Arc::new(merged)), sensitive: real.sensitive }
}

/// The unit file that a dependency points at; `None` when its path could not be decoded, which is reported already.
fn target(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Result<Option<PathBuf>, Fault> {
    let Some(path) = &dependency.config_path else { return Ok(None) };
    let at = resolve_config_path(evaluation, &path.value);
    if !fs::is_file(&at) {
        let fault = Diagnostic::error(format!("dependency \"{}\" points at no unit", dependency.name))
            .at(path.span, format!("{} does not exist", at.display()))
            .hint("the path is relative to the folder of this unit");
        return Err(Box::new(fault));
    }
    Ok(Some(at))
}

/// The unit file behind a `config_path`: a folder stands for the unit file in it.
pub(super) fn resolve_config_path(evaluation: &Evaluation<'_>, path: &str) -> PathBuf {
    let at = fs::clean(&evaluation.dir.join(path));
    if fs::is_dir(&at) { evaluation.session.config_in(&at) } else { at }
}

fn never_applied(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Fault {
    let name = &dependency.name;
    let command = evaluation.session.invoked.command();
    let fault = Diagnostic::error(format!("dependency \"{name}\" has no outputs"))
        .detail("either it was never applied, or it declares no outputs")
        .at(dependency.span, "");
    let hint = match &dependency.mock_outputs {
        Some(_) => format!("it has mocks, but `mock_outputs_allowed_terraform_commands` does not list `{command}`"),
        None => format!("apply it first, or give it `mock_outputs`; if only the order matters, use `dependencies {{ paths = [\"…\"] }}` instead of dependency \"{name}\""),
    };
    Box::new(fault.hint(hint))
}
