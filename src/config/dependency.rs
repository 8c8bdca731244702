//! `dependency.<label>.outputs`: real outputs, mocks, or both; the table of who wins stands here.

use super::decode::decode_dependencies;
use super::evaluation::{Evaluation, LayerId, Stage, Thunk, fault_at};
use super::explain;
use super::include::{MergeStrategy, unfit_strategy};
use super::merge;
use super::scope::LayerScope;
use super::session::{OutputFault, OutputSource, Session};
use super::stack::{self, STACK_FILE};
use super::unit::{Dependency, MockMerge};
use crate::diag::{Code, Diagnostic, Span, closest};
use crate::graph::unit::Kind;
use crate::hcl::{Data, Fault, Reference, Resolved, Step, Value};
use crate::host::fs;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// The include that it is private to, and its name.
type DependencyKey = (Option<usize>, Arc<str>);

/// The dependencies of one evaluation and their outputs, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    declared: OnceCell<Result<Vec<Dependency>, Fault>>,
    /// Whether blocks of dependencies are being read.
    pub(super) is_reading: Cell<bool>,
    /// What an include declares for itself, by its index.
    private: RefCell<HashMap<usize, Rc<[Dependency]>>>,
    worked_out: RefCell<HashMap<DependencyKey, Thunk>>,
    /// Labels that gave mocks.
    pub(super) mocked: RefCell<Vec<Arc<str>>>,
    /// While rendering: dependencies whose real outputs could not be had.
    unread: RefCell<Vec<Arc<str>>>,
    /// While rendering: places that name an output nobody knows, and whether they may be left blank.
    blanks: RefCell<HashMap<Span, Blank>>,
}

/// What is done about an output that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Blank {
    /// A fault, so that `try` can do something about it.
    Refused,
    /// It is unknown: nothing around it took care of the fault.
    Allowed,
}

impl Outputs {
    /// Whether the fault that ended an expression is a missing output that was not left blank yet; from now on it is.
    pub(super) fn allow_blank(&self, fault: &Fault) -> bool {
        let Some(place) = fault.primary.as_ref().map(|label| label.span) else { return false };
        match self.blanks.borrow_mut().get_mut(&place) {
            Some(blank @ Blank::Refused) => {
                *blank = Blank::Allowed;
                true
            }
            _ => false,
        }
    }
}

/// Resolves `dependency…`.
///
/// # Errors
/// No block of this label.
pub(super) fn unknown((label, span): (&str, Span), declared: &[Dependency]) -> Diagnostic {
    let fault = fault_at(Code::UnknownDependency, span, format!("there is no dependency \"{label}\""));
    match closest(label, declared.iter().map(|known| &**known.label())) {
        Some(near) => fault.hint(format!("did you mean `dependency.{near}`?")),
        None => fault.hint(format!("declare it: `dependency \"{label}\" {{ config_path = \"…\" }}`")),
    }
}

/// An unknown label, the removed `inputs`, or why its outputs could not be had.
pub(super) fn resolve(scope: &LayerScope<'_>, reference: &Reference<'_>) -> Result<Resolved, Fault> {
    let evaluation = scope.evaluation;
    let declared = declared(evaluation)?;
    let Some(label) = reference.steps.first() else {
        let entries =
            declared.iter().map(|dependency| Ok((dependency.name.clone(), object(evaluation, dependency)?)));
        return Ok(Resolved { value: Value::object(entries.collect::<Result<Vec<_>, Fault>>()?), used: 0 });
    };
    let instances: Vec<&Dependency> =
        declared.iter().filter(|known| known.instance.is_some() && &**known.label() == label.name).collect();
    if !instances.is_empty() {
        return Ok(Resolved { value: by_key(evaluation, &instances)?, used: 1 });
    }
    let private = private(scope);
    let mut visible = private.iter().chain(declared);
    let Some(dependency) = visible.find(|dependency| &*dependency.name == label.name) else {
        return Err(Box::new(unknown((label.name, label.span), declared)));
    };
    match reference.steps.get(1) {
        Some(step) if step.name == "inputs" => Err(Box::new(
            fault_at(Code::DependencyInputs, step.span, "the inputs of a dependency cannot be read")
                .hint("make the dependency output what you need"),
        )),
        Some(step) if step.name == "outputs" => match outputs(evaluation, dependency)? {
            Some(value) if is_blank(evaluation, dependency, &value, &reference.steps[2..]) => {
                blank(evaluation, dependency, reference)
            }
            Some(value) => Ok(Resolved { value, used: 2 }),
            None if evaluation.session.invoked.rendering => blank(evaluation, dependency, reference),
            None => Err(no_outputs(dependency, step.span)),
        },
        _ => Ok(Resolved { value: object(evaluation, dependency)?, used: 1 }),
    }
}

/// The instances of an expanded block, by their keys.
fn by_key(evaluation: &Evaluation<'_>, instances: &[&Dependency]) -> Result<Value, Fault> {
    let key =
        |one: &Dependency| one.instance.as_ref().map_or_else(|| one.name.clone(), |(_, key)| key.clone());
    let entries = instances.iter().map(|one| Ok((key(one), object(evaluation, one)?)));
    Ok(Value::object(entries.collect::<Result<Vec<_>, Fault>>()?))
}

fn object(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Result<Value, Fault> {
    let outputs = outputs(evaluation, dependency)?.map(|value| ("outputs", value));
    let inputs = (dependency.enabled != Some(false)).then_some(("inputs", Value::NULL));
    Ok(Value::object(outputs.into_iter().chain(inputs)))
}

/// Whether the steps name something that the real outputs might have, but what stands in for them has not.
fn is_blank(evaluation: &Evaluation<'_>, dependency: &Dependency, value: &Value, steps: &[Step<'_>]) -> bool {
    if !evaluation.outputs.unread.borrow().contains(&dependency.name) {
        return false;
    }
    let mut at = Some(value);
    for step in steps {
        at = match at {
            Some(value) if value.is_unknown() || value.is_null() => return false,
            Some(value) => value.find(step.name),
            None => None,
        };
    }
    at.is_none()
}

/// A fault first, so that `try` sees it; unknown once the whole expression has failed because of it.
fn blank(
    evaluation: &Evaluation<'_>,
    dependency: &Dependency,
    reference: &Reference<'_>,
) -> Result<Resolved, Fault> {
    let place = reference.span;
    let blank = *evaluation.outputs.blanks.borrow_mut().entry(place).or_insert(Blank::Refused);
    match blank {
        Blank::Allowed => Ok(Resolved { value: Value::UNKNOWN, used: reference.steps.len() }),
        Blank::Refused => Err(no_outputs(dependency, place)),
    }
}

fn no_outputs(dependency: &Dependency, span: Span) -> Fault {
    let name = &dependency.name;
    let fault = fault_at(Code::NoOutputs, span, format!("dependency \"{name}\" has no outputs here"))
        .label(dependency.span, "its outputs are skipped, or it is disabled");
    Box::new(fault.hint("set `mock_outputs`, and list this command in `mock_outputs_allowed_terraform_commands` if that is set"))
}

/// Who gives the outputs of a dependency, as far as they were asked for.
pub(super) fn given_by(evaluation: &Evaluation<'_>, dependency: &Dependency) -> explain::Outputs {
    let has = |names: &RefCell<Vec<Arc<str>>>| names.borrow().contains(&dependency.name);
    match outputs(evaluation, dependency) {
        _ if has(&evaluation.outputs.mocked) => explain::Outputs::Mocks,
        Ok(Some(value)) if !value.is_unknown() && !has(&evaluation.outputs.unread) => explain::Outputs::State,
        _ => explain::Outputs::None,
    }
}

/// The dependencies of the unit, those of its includes merged in. None while they are being read: one may be described
/// with what an include exposes.
///
/// # Errors
/// The first include that is wrong.
pub(super) fn declared<'e>(evaluation: &'e Evaluation<'_>) -> Result<&'e [Dependency], Fault> {
    if evaluation.outputs.is_reading.get() {
        return Ok(&[]);
    }
    let all = evaluation.outputs.declared.get_or_init(|| {
        let mut merged = decode_dependencies(evaluation, LayerId::Own);
        if evaluation.has_beside()? {
            let beside = decode_dependencies(evaluation, LayerId::Beside);
            merged = merge::shallow_dependencies(merged, beside);
        }
        for (index, include) in evaluation.includes()?.iter().enumerate().rev() {
            let parent = || decode_dependencies(evaluation, LayerId::Included(index));
            merged = match include.strategy {
                MergeStrategy::NoMerge => merged,
                MergeStrategy::Shallow => merge::shallow_dependencies(parent(), merged),
                MergeStrategy::Deep => merge::deep_dependencies(parent(), merged),
                MergeStrategy::DeepMapOnly => return Err(unfit_strategy(include)),
            };
        }
        Ok(merged)
    });
    all.as_deref().map_err(Clone::clone)
}

/// The dependencies that an include declares and its own expressions see: of one that is not merged, and of any while the
/// unit's are being read.
fn private(scope: &LayerScope<'_>) -> Rc<[Dependency]> {
    let LayerId::Included(index) = scope.layer else { return Rc::default() };
    let evaluation = scope.evaluation;
    let include = evaluation.includes().ok().and_then(|includes| includes.get(index));
    let is_apart = include.is_some_and(|include| include.strategy == MergeStrategy::NoMerge);
    if !is_apart && !evaluation.outputs.is_reading.get() {
        return Rc::default();
    }
    if let Some(known) = evaluation.outputs.private.borrow().get(&index) {
        return Rc::clone(known);
    }
    let own = decode_dependencies(evaluation, scope.layer).into_iter();
    let own: Rc<[Dependency]> =
        own.map(|dependency| Dependency { private_to: Some(index), ..dependency }).collect();
    evaluation.outputs.private.borrow_mut().insert(index, Rc::clone(&own));
    own
}

/// The outputs of one dependency, worked out at most once; `None` when it has none to show.
pub(super) fn outputs(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Result<Option<Value>, Fault> {
    let key = (dependency.private_to, dependency.name.clone());
    let seen = evaluation.outputs.worked_out.borrow().get(&key).cloned();
    let result = match seen {
        Some(Thunk::Done(result)) => result,
        Some(Thunk::Running) => Err(Box::new(fault_at(
            Code::NeedsOwnOutputs,
            dependency.span,
            "this dependency needs its own outputs",
        ))),
        None => {
            let remember = |thunk| evaluation.outputs.worked_out.borrow_mut().insert(key.clone(), thunk);
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
        Stage::Check => return Ok(checked(evaluation, dependency)),
        Stage::Full => {}
    }
    if dependency.enabled == Some(false) {
        return Ok(mocks(evaluation, dependency));
    }
    let allowed = mocks_allowed(evaluation, dependency);
    if dependency.skip_outputs == Some(true) || evaluation.session.invoked.without_outputs {
        return Ok(if allowed { mocks(evaluation, dependency) } else { None });
    }
    let Some(target) = target(evaluation, dependency)? else { return Ok(Some(Value::UNKNOWN)) };
    let Some(source) = &evaluation.session.outputs else { return Ok(Some(Value::UNKNOWN)) };
    let rendering = evaluation.session.invoked.rendering;
    let fetched = match fetch(evaluation.session, &**source, &target) {
        Ok(fetched) => fetched.filter(|value| value.entries().is_none_or(|entries| !entries.is_empty())),
        Err(_) if rendering => None,
        Err(fault) => {
            let fault_here = Diagnostic::error(
                Code::OutputsUnreadable,
                format!("the outputs of dependency \"{}\" cannot be read", dependency.name),
            )
            .detail(fault.message)
            .at(dependency.span, "");
            return Err(Box::new(fault.hint.into_iter().fold(fault_here, Diagnostic::hint)));
        }
    };
    if rendering && fetched.is_none() {
        evaluation.outputs.unread.borrow_mut().push(dependency.name.clone());
    }
    match fetched {
        Some(real) if allowed => Ok(Some(with_mocks(evaluation, dependency, real))),
        Some(real) => Ok(Some(real)),
        None if allowed && dependency.mock_outputs.is_some() => Ok(mocks(evaluation, dependency)),
        None if rendering => Ok(Some(Value::object::<&str>([]))),
        None => Err(never_applied(evaluation, dependency, source.obstacle(&target))),
    }
}

/// The outputs of a unit; of a stack, those of its units by name.
fn fetch(session: &Session, source: &dyn OutputSource, target: &Path) -> Result<Option<Value>, OutputFault> {
    let Some(stack_dir) =
        target.parent().filter(|_| target.file_name().is_some_and(|name| name == STACK_FILE))
    else {
        return source.outputs(target);
    };
    let mut entries = Vec::new();
    let members = stack::members_of(session, stack_dir);
    for unit in members.into_iter().filter(|member| member.kind == Kind::Unit) {
        let config_path = session.config_in(&unit.dir);
        if fs::is_file(&config_path)
            && let Some(outputs) = source.outputs(&config_path)?
        {
            entries.push((unit.name, outputs));
        }
    }
    Ok(Some(Value::object(entries)))
}

/// What can be known of outputs without reading any: mocks, where they may stand in.
fn checked(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Option<Value> {
    let mocked = dependency.mock_outputs.clone();
    match mocked.filter(|_| dependency.enabled == Some(false) || mocks_allowed(evaluation, dependency)) {
        None => Some(Value::UNKNOWN),
        mocked => mocked,
    }
}

fn mocks_allowed(evaluation: &Evaluation<'_>, dependency: &Dependency) -> bool {
    let invoked = &evaluation.session.invoked;
    let list = dependency.mock_outputs_allowed_terraform_commands.as_deref().unwrap_or(&[]);
    invoked.rendering || list.is_empty() || list.iter().any(|command| command == invoked.command())
}

fn mocks(evaluation: &Evaluation<'_>, dependency: &Dependency) -> Option<Value> {
    let value = dependency.mock_outputs.clone()?;
    mark_mocked(evaluation, dependency);
    Some(value)
}

fn mark_mocked(evaluation: &Evaluation<'_>, dependency: &Dependency) {
    let mut mocked = evaluation.outputs.mocked.borrow_mut();
    if !mocked.contains(&dependency.name) {
        mocked.push(dependency.name.clone());
    }
}

/// Mocks under real outputs, where the unit asks for it.
fn with_mocks(evaluation: &Evaluation<'_>, dependency: &Dependency, real: Value) -> Value {
    let strategy = dependency.mock_outputs_merge_strategy_with_state.unwrap_or({
        if dependency.mock_outputs_merge_with_state == Some(true) {
            MockMerge::Shallow
        } else {
            MockMerge::NoMerge
        }
    });
    let Some(mocked) = dependency.mock_outputs.as_ref() else { return real };
    let merged = match strategy {
        MockMerge::NoMerge => return real,
        MockMerge::Shallow => fill(&real, mocked, Depth::One),
        MockMerge::DeepMapOnly => fill(&real, mocked, Depth::Maps),
    };
    if merged != real {
        mark_mocked(evaluation, dependency);
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
        let fault = Diagnostic::error(
            Code::PointsAtNoUnit,
            format!("dependency \"{}\" points at no unit", dependency.name),
        )
        .at(path.span, format!("{} does not exist", at.display()))
        .hint("the path is relative to the folder of this unit");
        return Err(Box::new(fault));
    }
    Ok(Some(at))
}

/// The unit file behind a `config_path`: a folder stands for the unit file in it.
pub(super) fn resolve_config_path(evaluation: &Evaluation<'_>, path: &str) -> PathBuf {
    let at = fs::clean(&evaluation.dir.join(path));
    if !fs::is_dir(&at) {
        return at;
    }
    let (unit, stack) = (evaluation.session.config_in(&at), at.join(STACK_FILE));
    if !fs::exists(&unit) && fs::exists(&stack) { stack } else { unit }
}

fn never_applied(
    evaluation: &Evaluation<'_>,
    dependency: &Dependency,
    obstacle: Option<OutputFault>,
) -> Fault {
    let name = &dependency.name;
    let command = evaluation.session.invoked.command();
    let unapplied = OutputFault {
        message: "either it was never applied, or it declares no outputs".to_owned(),
        hint: None,
    };
    let OutputFault { message, hint } = obstacle.unwrap_or(unapplied);
    let otherwise = || match &dependency.mock_outputs {
        Some(_) => {
            format!("it has mocks, but `mock_outputs_allowed_terraform_commands` does not list `{command}`")
        }
        None => format!(
            "apply it first, or give it `mock_outputs`; if only the order matters, use `dependencies {{ paths = [\"…\"] }}` instead of dependency \"{name}\""
        ),
    };
    let fault = Diagnostic::error(Code::NoOutputs, format!("dependency \"{name}\" has no outputs"));
    Box::new(fault.detail(message).at(dependency.span, "").hint(hint.unwrap_or_else(otherwise)))
}
