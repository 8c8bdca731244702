//! Where the values of a unit come from: which file and line sets each, which settings it wins over, and what its
//! expression is made of. Works on a loaded unit; knows nothing of how that is shown.

mod place;
mod trace;

use super::dependency;
use super::evaluation::{Evaluation, LayerId, Stage};
use super::include::MergeStrategy;
use super::object;
use super::scope::{LayerScope, Phase};
use super::session::Session;
use super::unit::UnitConfig;
use super::{load, modules};
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::hcl::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trace::Tracer;

/// Where everything of one unit comes from, or one attribute of it.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub config_path: PathBuf,
    pub includes: Vec<IncludeFact>,
    pub dependencies: Vec<DependencyFact>,
    /// The module; the attribute that was asked for, or each input.
    pub origins: Vec<Origin>,
    /// Why there is nothing at the path that was asked for.
    pub missing: Option<Missing>,
    /// Every file that goes into the unit, sorted.
    pub files: Vec<PathBuf>,
    pub warnings: Diagnostics,
}

/// Nothing is set at a path.
#[derive(Clone, Debug)]
pub struct Missing {
    /// How far the path leads, and what there is from there.
    pub reached: usize,
    pub names: Vec<Arc<str>>,
    /// Settings that the merge dropped.
    pub dropped: Vec<Setting>,
}

/// One include.
#[derive(Clone, Debug)]
pub struct IncludeFact {
    pub label: Arc<str>,
    pub path: PathBuf,
    pub strategy: MergeStrategy,
    pub span: Span,
}

/// One dependency, and what its outputs are.
#[derive(Clone, Debug)]
pub struct DependencyFact {
    pub name: Arc<str>,
    pub target: Option<PathBuf>,
    pub outputs: Outputs,
    pub span: Span,
}

/// Who gave the outputs of a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    State,
    Mocks,
    /// Nobody: it was never applied, or its outputs are skipped.
    None,
}

/// One value, who sets it, and its entries where several files have a hand in them.
#[derive(Clone, Debug)]
pub struct Origin {
    pub path: Vec<String>,
    pub value: Value,
    /// Who wins comes first.
    pub settings: Vec<Setting>,
    pub entries: Vec<Origin>,
}

/// What a setting does to the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Sets,
    /// A part of a list, or of a map, that several files make up.
    Adds,
    Loses,
}

/// One place that sets the value.
#[derive(Clone, Debug)]
pub struct Setting {
    pub role: Role,
    pub span: Span,
    /// The included file, as messages name it; `None` for the unit's own.
    pub include: Option<String>,
    pub causes: Vec<Cause>,
}

/// Something that an expression names.
#[derive(Clone, Debug)]
pub struct Cause {
    pub kind: CauseKind,
    pub text: String,
    pub span: Option<Span>,
    pub note: Option<String>,
    pub causes: Vec<Cause>,
}

/// What kind of thing an expression names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseKind {
    Local,
    Include,
    Dependency,
    Feature,
    Values,
    Environment,
    File,
    Config,
    Command,
    Function,
    Condition,
}

/// What is asked about a unit.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// The module and each input.
    Overview,
    /// One path, such as `inputs`, `tags`, `env`.
    Attribute(&'a [String]),
}

/// Works out where values come from.
///
/// # Errors
/// Every fault of the unit.
pub fn explain(
    session: &Session,
    config_path: &Path,
    question: Question<'_>,
) -> Result<Explanation, Diagnostics> {
    let evaluation = Evaluation::open(session, config_path, Stage::Full)?;
    let whole = load::whole(&evaluation);
    let faults = evaluation.take_faults();
    let config = match whole {
        Ok(config) if !faults.iter().any(Diagnostic::is_error) => config,
        Ok(_) => return Err(faults),
        Err(fault) => return Err(faults.into_iter().chain([*fault]).collect()),
    };
    let layers = Layers::of(&evaluation, &config);
    let (origins, missing) = match question {
        Question::Attribute(path) => match layers.origin(path) {
            Some(origin) => (vec![origin], None),
            None => (Vec::new(), Some(layers.missing(path))),
        },
        Question::Overview => (layers.overview(), None),
    };
    let includes = evaluation.includes().unwrap_or_default().iter().map(|include| IncludeFact {
        label: include.label.clone(),
        path: include.path.clone(),
        strategy: include.strategy,
        span: include.span,
    });
    let explanation = Explanation {
        config_path: config_path.to_path_buf(),
        includes: includes.collect(),
        dependencies: dependencies(&evaluation),
        origins,
        missing,
        files: files_of(&evaluation),
        warnings: faults,
    };
    Ok(explanation)
}

fn files_of(evaluation: &Evaluation<'_>) -> Vec<PathBuf> {
    modules::mark_all(evaluation);
    let layers = evaluation.layer_ids().unwrap_or_default().into_iter();
    let named =
        layers.flat_map(|layer| trace::files_named(LayerScope { evaluation, layer, phase: Phase::Whole }));
    let own = [evaluation.config_path.clone()];
    own.into_iter().chain(evaluation.reads()).chain(named).collect::<BTreeSet<_>>().into_iter().collect()
}

fn dependencies(evaluation: &Evaluation<'_>) -> Vec<DependencyFact> {
    let declared = dependency::declared(evaluation).unwrap_or_default();
    let facts = declared.iter().map(|declared| DependencyFact {
        name: declared.name.clone(),
        target: declared
            .config_path
            .as_ref()
            .map(|path| dependency::resolve_config_path(evaluation, &path.value)),
        outputs: dependency::given_by(evaluation, declared),
        span: declared.span,
    });
    facts.collect()
}

/// One file of the unit, with what it says on its own.
struct Layer {
    id: LayerId,
    include: Option<String>,
    value: Value,
}

/// The files of a unit that are merged, the one that wins first, and what they make together.
struct Layers<'e> {
    evaluation: &'e Evaluation<'e>,
    layers: Vec<Layer>,
    merged: Value,
}

impl<'e> Layers<'e> {
    fn of(evaluation: &'e Evaluation<'e>, config: &UnitConfig) -> Self {
        let includes = evaluation.includes().unwrap_or_default();
        let mut layers = vec![Layer {
            id: LayerId::Own,
            include: None,
            value: own_value(evaluation, LayerId::Own, config.locals.clone()),
        }];
        for (index, include) in includes.iter().enumerate().rev() {
            if include.strategy != MergeStrategy::NoMerge {
                let id = LayerId::Included(index);
                let value = own_value(evaluation, id, None);
                layers.push(Layer { id, include: Some(include.described()), value });
            }
        }
        Self { evaluation, layers, merged: object::of_config(config) }
    }

    fn overview(&self) -> Vec<Origin> {
        let source = self.origin(&["terraform".to_owned(), "source".to_owned()]);
        let inputs = self.origin(&["inputs".to_owned()]).map(|origin| origin.entries);
        source.into_iter().chain(inputs.into_iter().flatten()).collect()
    }

    /// Where the value at a path comes from; `None` if there is none.
    fn origin(&self, path: &[String]) -> Option<Origin> {
        let value = at(&self.merged, path).filter(|value| !value.is_null())?.clone();
        let holders: Vec<(&Layer, &Value)> = self
            .layers
            .iter()
            .filter_map(|layer| Some((layer, at(&layer.value, path).filter(|value| is_set(value))?)))
            .collect();
        let alone = holders.first().is_some_and(|(_, own)| **own == value);
        let settings = holders.iter().enumerate().filter_map(|(rank, (layer, _))| {
            let role = match (alone, rank) {
                (true, 0) => Role::Sets,
                (true, _) => Role::Loses,
                (false, _) => Role::Adds,
            };
            self.setting(layer, path, role)
        });
        let settings: Vec<Setting> = settings.collect();
        let entries = match value.entries() {
            Some(entries) if !alone || self.is_written_out(&settings, &holders, path) => {
                entries.keys().filter_map(|key| self.origin(&below(path, key))).collect()
            }
            _ => Vec::new(),
        };
        Some(Origin { path: path.to_vec(), value, settings, entries })
    }

    fn missing(&self, path: &[String]) -> Missing {
        let reached = (0..path.len()).rev().find(|count| at(&self.merged, &path[..*count]).is_some());
        let reached = reached.unwrap_or(0);
        let entries = at(&self.merged, &path[..reached]).and_then(Value::entries);
        let names = entries.map(|entries| entries.keys().cloned().collect()).unwrap_or_default();
        let holders = self.layers.iter().filter(|layer| at(&layer.value, path).is_some_and(is_set));
        let dropped = holders.filter_map(|layer| self.setting(layer, path, Role::Loses)).collect();
        Missing { reached, names, dropped }
    }

    /// Whether the winner writes the entries of a map one by one, so that each has a place of its own.
    fn is_written_out(&self, settings: &[Setting], holders: &[(&Layer, &Value)], path: &[String]) -> bool {
        let Some((layer, _)) = holders.first().filter(|_| !settings.is_empty()) else { return false };
        let body = &self.evaluation.layer(layer.id).file.body;
        place::find(body, path).is_none_or(|found| found.has_entries())
    }

    fn setting(&self, layer: &Layer, path: &[String], role: Role) -> Option<Setting> {
        let body = &self.evaluation.layer(layer.id).file.body;
        let found = place::find(body, path)?;
        let scope = LayerScope { evaluation: self.evaluation, layer: layer.id, phase: Phase::Whole };
        let causes = match (role, found.expr) {
            (Role::Loses, _) | (_, None) => Vec::new(),
            (_, Some(expr)) => Tracer::default().causes(expr, scope, &found.rest),
        };
        Some(Setting { role, span: found.span, include: layer.include.clone(), causes })
    }
}

/// What one file says; members that nobody set are null.
fn own_value(evaluation: &Evaluation<'_>, layer: LayerId, locals: Option<Value>) -> Value {
    let mut config = super::decode::decode_layer(evaluation, layer, super::decode::Members::Every);
    if let Some(inputs) = config.inputs.as_mut().filter(|_| evaluation.session.invoked.rendering) {
        inputs.value = object::with_blanks(&inputs.value);
    }
    config.locals = locals;
    object::of_config(&config)
}

/// Texts that nobody set are empty in the object of a unit.
fn is_set(value: &Value) -> bool {
    !value.is_null()
        && value.as_str() != Some("")
        && value.entries().is_none_or(|entries| !entries.is_empty())
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match value.items() {
        Some(items) => items.get(step.parse::<usize>().ok()?),
        None => value.find(step),
    })
}

fn below(path: &[String], key: &str) -> Vec<String> {
    path.iter().cloned().chain([key.to_owned()]).collect()
}
