//! Loading a unit, in the one order that is used everywhere: values, includes, features, locals, dependencies, then
//! every other member, then the includes merged under it. Being lazy, each step works out only what it names.

use super::beside;
use super::decode::{self, Members};
use super::dependency;
use super::evaluation::{Evaluation, LayerId, Stage};
use super::include::{MergeStrategy, unfit_strategy};
use super::merge;
use super::modules;
use super::object;
use super::role::{self, UnitRole};
use super::scope::{LayerScope, Phase};
use super::session::Session;
use super::unit::{Dependency, Exclude, Feature, Placed, UnitConfig};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::hcl::{Fault, Value};
use crate::host::env::Env;
use crate::host::fs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of a unit the graph wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactsDepth {
    /// Its edges only.
    Edges,
    /// Edges, excludes, and every file that goes into it.
    Reading,
    /// The same, and what is certainly wrong.
    Check,
    /// All that must be right before anything runs.
    Run,
}

/// An edge to another unit.
#[derive(Clone, Debug)]
pub struct Edge {
    /// What was named: a folder or a unit file, absolute and clean.
    pub target: PathBuf,
    /// What named it.
    pub span: Span,
}

/// What the graph and the queue need of a unit; known without any output.
#[derive(Clone, Debug, Default)]
pub struct UnitFacts {
    pub config_path: PathBuf,
    pub dir: PathBuf,
    /// In order of declaration, each target once.
    pub edges: Vec<Edge>,
    /// Label and path of each include.
    pub includes: Vec<(Arc<str>, PathBuf)>,
    /// Files that go into the unit, sorted; only from [`FactsDepth::Reading`] on.
    pub reads: Vec<PathBuf>,
    /// Other paths that were looked at, there or not: a file, or a folder with all below it. From the same depth on.
    pub asked: Vec<PathBuf>,
    pub source: Option<Placed<String>>,
    pub exclude: Option<Exclude>,
    pub feature: Vec<Feature>,
    pub prevent_destroy: bool,
    /// Its `remote_state` names a backend that is no file.
    pub has_remote_state: bool,
    pub terraform_binary: Option<String>,
    pub terraform_version_constraint: Option<Placed<String>>,
    pub terragrunt_version_constraint: Option<Placed<String>>,
    /// What is wrong with it. The other members hold what could be understood.
    pub faults: Diagnostics,
}

/// A unit decoded in full, outputs included.
#[derive(Clone, Debug)]
pub struct LoadedUnit {
    pub config_path: PathBuf,
    pub dir: PathBuf,
    pub config: UnitConfig,
    /// Labels of dependencies that gave mocks.
    pub mocked: Vec<Arc<str>>,
    pub warnings: Diagnostics,
    /// What its children get, before it becomes its role.
    pub env: Env,
    pub role: Option<UnitRole>,
}

/// Loads what the graph needs. Never fails: faults are part of the answer.
#[must_use]
pub fn load_facts(session: &Session, config_path: &Path, depth: FactsDepth) -> UnitFacts {
    let dir = config_path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut facts = UnitFacts { config_path: config_path.to_path_buf(), dir, ..UnitFacts::default() };
    let evaluation = match Evaluation::open(session, config_path, Stage::Graph) {
        Ok(evaluation) => evaluation,
        Err(faults) => {
            facts.faults = faults;
            return facts;
        }
    };
    if let Err(fault) = gather(&evaluation, depth, &mut facts) {
        evaluation.fault(*fault);
    }
    if depth >= FactsDepth::Reading {
        facts.reads = evaluation.reads();
        facts.asked = evaluation.asked();
    }
    facts.faults = evaluation.take_faults();
    facts
}

fn gather(evaluation: &Evaluation<'_>, depth: FactsDepth, facts: &mut UnitFacts) -> Result<(), Fault> {
    facts.includes = match evaluation.includes() {
        Ok(includes) => {
            includes.iter().map(|include| (include.label.clone(), include.path.clone())).collect()
        }
        Err(fault) => {
            facts.includes = super::include::named(evaluation);
            if depth <= FactsDepth::Reading && fault.code != Code::SecondBareInclude {
                facts.edges = edges(evaluation, depth)?;
                modules::mark_all(evaluation);
            }
            return Err(fault);
        }
    };
    if depth > FactsDepth::Edges {
        force_locals(evaluation);
    }
    facts.edges = match edges(evaluation, depth) {
        Ok(edges) => edges,
        Err(fault) => {
            facts.includes.clear();
            return Err(fault);
        }
    };
    if depth == FactsDepth::Edges {
        return Ok(());
    }
    let config = merged(evaluation, Members::Graph)?;
    facts.source = config.terraform.and_then(|terraform| terraform.source);
    facts.exclude = config.exclude;
    facts.feature = config.feature;
    facts.has_remote_state = config.remote_state.is_some_and(|state| state.backend != "local");
    facts.prevent_destroy = config.prevent_destroy.unwrap_or(false);
    facts.terraform_binary = config.terraform_binary;
    facts.terraform_version_constraint = config.terraform_version_constraint;
    facts.terragrunt_version_constraint = config.terragrunt_version_constraint;
    if depth >= FactsDepth::Check {
        super::lint::check(evaluation)?;
    }
    if depth == FactsDepth::Run {
        super::not_yet::check(evaluation)?;
    }
    modules::mark_all(evaluation);
    super::expose::mark_reads(evaluation)
}

/// Works out every local of every file, so that all their faults are reported together.
fn force_locals(evaluation: &Evaluation<'_>) {
    let Ok(layers) = evaluation.layer_ids() else { return };
    for layer in layers {
        let scope = LayerScope { evaluation, layer, phase: Phase::Base };
        let file = &evaluation.layer(layer).file;
        for attribute in file.locals() {
            if let Some(Err(fault)) = scope.local(&attribute.name.name) {
                evaluation.fault(*fault);
            }
        }
    }
}

/// Enabled dependencies, then the ordering paths; each target once, parents before children. A dependency that a
/// shallow merge replaces still counts, as in the reference.
fn edges(evaluation: &Evaluation<'_>, depth: FactsDepth) -> Result<Vec<Edge>, Fault> {
    let mut dependencies = sound_edges(evaluation, LayerId::Own, depth);
    let mut paths = ordering_paths(evaluation, LayerId::Own);
    match evaluation.has_beside() {
        Ok(true) => {
            let beside = sound_edges(evaluation, LayerId::Beside, depth);
            dependencies = merge::shallow_dependencies(dependencies, beside);
            paths.extend(ordering_paths(evaluation, LayerId::Beside));
        }
        Ok(false) => {}
        Err(fault) => evaluation.fault(*fault),
    }
    // Without includes, a listing has what the unit says itself.
    for (index, include) in evaluation.includes().unwrap_or_default().iter().enumerate().rev() {
        let layer = LayerId::Included(index);
        match include.strategy {
            MergeStrategy::NoMerge => continue,
            MergeStrategy::DeepMapOnly => return Err(unfit_strategy(include)),
            MergeStrategy::Shallow => {
                dependencies.splice(0..0, sound_edges(evaluation, layer, depth));
                paths.splice(0..0, ordering_paths(evaluation, layer));
            }
            MergeStrategy::Deep => {
                let parent = sound_edges(evaluation, layer, depth);
                paths.splice(0..0, ordering_paths(evaluation, layer));
                let left = merge::left_paths(&parent, &dependencies);
                paths.retain(|path| !left.contains(&path.value));
                dependencies = merge::deep_dependencies(parent, dependencies);
            }
        }
    }
    let misuses = |layer| evaluation.layer(layer).file.misuses_outputs;
    let layers = evaluation.layer_ids().unwrap_or_else(|_| vec![LayerId::Own]);
    if depth <= FactsDepth::Reading && layers.into_iter().any(misuses) {
        return Ok(Vec::new());
    }
    let enabled = dependencies.into_iter().filter(|dependency| dependency.enabled != Some(false));
    let mut found: Vec<Edge> = Vec::new();
    for path in enabled.filter_map(|dependency| dependency.config_path).chain(paths) {
        let target = fs::clean(&evaluation.dir.join(&path.value));
        if !found.iter().any(|edge| edge.target == target) {
            found.push(Edge { target, span: path.span });
        }
    }
    Ok(found)
}

/// The dependencies of one file. Listings have none where one of them is faulty, as in the reference; anything else
/// wants to know all that is wrong.
fn sound_edges(evaluation: &Evaluation<'_>, layer: LayerId, depth: FactsDepth) -> Vec<Dependency> {
    let lists = depth <= FactsDepth::Reading;
    if lists && evaluation.layer(layer).file.has_faulty_dependency {
        return Vec::new();
    }
    let found = decode::decode_edges(evaluation, layer);
    if !lists {
        return found;
    }
    let is_sound =
        |dependency: &Dependency| dependency.config_path.is_some() || dependency.enabled == Some(false);
    if found.iter().all(is_sound) { found } else { Vec::new() }
}

fn ordering_paths(evaluation: &Evaluation<'_>, layer: LayerId) -> Vec<Placed<String>> {
    decode::decode_paths_of(evaluation, layer).unwrap_or_default()
}

/// The files that make up the unit, its own last.
pub(super) fn merged_layers(evaluation: &Evaluation<'_>) -> Result<Vec<LayerId>, Fault> {
    let includes = evaluation.includes()?;
    let merging = |index: &usize| includes[*index].strategy != MergeStrategy::NoMerge;
    let beside = evaluation.has_beside()?.then_some(LayerId::Beside);
    let own = [LayerId::Own].into_iter().chain(beside);
    Ok((0..includes.len()).filter(merging).map(LayerId::Included).chain(own).collect())
}

/// Each path of `dependencies` must lead to a folder.
fn check_ordering_paths(evaluation: &Evaluation<'_>) -> Result<(), Fault> {
    let layers = merged_layers(evaluation)?;
    for path in layers.into_iter().flat_map(|layer| ordering_paths(evaluation, layer)) {
        let at = fs::clean(&evaluation.dir.join(&path.value));
        if !fs::exists(&at) {
            let fault = Diagnostic::error(Code::PointsAtNoUnit, "this dependency points at no unit")
                .at(path.span, format!("{} does not exist", at.display()))
                .hint("the path is relative to the folder of the unit");
            evaluation.fault(fault);
        }
    }
    Ok(())
}

/// The unit's members with its includes merged under them. Faults are collected in the evaluation.
fn merged(evaluation: &Evaluation<'_>, members: Members) -> Result<UnitConfig, Fault> {
    let mut config = beside::over_own(evaluation, |layer| decode::decode_layer(evaluation, layer, members))?;
    for (index, include) in evaluation.includes()?.iter().enumerate().rev() {
        let parent = || decode::decode_layer(evaluation, LayerId::Included(index), members);
        config = match include.strategy {
            MergeStrategy::NoMerge => config,
            MergeStrategy::DeepMapOnly => return Err(unfit_strategy(include)),
            MergeStrategy::Deep => merge::deep(parent(), config)?,
            MergeStrategy::Shallow => merge::shallow(parent(), config)?,
        };
    }
    Ok(config)
}

/// Loads a unit in full; outputs are fetched through the session.
///
/// # Errors
/// Every fault of the unit.
pub fn load_unit(session: &Session, config_path: &Path) -> Result<LoadedUnit, Diagnostics> {
    load_at(Stage::Full, session, config_path)
}

/// Loads a unit in full without reading outputs: what depends on them is unknown, unless there are mocks.
///
/// # Errors
/// Every fault of the unit.
pub fn load_checked(session: &Session, config_path: &Path) -> Result<LoadedUnit, Diagnostics> {
    load_at(Stage::Check, session, config_path)
}

fn load_at(stage: Stage, session: &Session, config_path: &Path) -> Result<LoadedUnit, Diagnostics> {
    let evaluation = Evaluation::open(session, config_path, stage)?;
    let result = whole(&evaluation);
    let role = role::of_unit(&evaluation).unwrap_or_else(|fault| {
        evaluation.fault(*fault);
        None
    });
    let mut faults = evaluation.take_faults();
    match result {
        Ok(config) if !faults.iter().any(Diagnostic::is_error) => Ok(LoadedUnit {
            config_path: config_path.to_path_buf(),
            dir: session.home_of(&evaluation.dir).to_path_buf(),
            config,
            mocked: evaluation.outputs.mocked.take(),
            env: evaluation.env.clone(),
            role,
            warnings: faults,
        }),
        Ok(_) => Err(faults),
        Err(fault) => {
            faults.push(*fault);
            Err(faults)
        }
    }
}

/// Every fault that shows in a unit without running anything or reading outputs.
#[must_use]
pub fn check_unit(session: &Session, config_path: &Path) -> Diagnostics {
    let evaluation = match Evaluation::open(session, config_path, Stage::Check) {
        Ok(evaluation) => evaluation,
        Err(faults) => return faults,
    };
    if let Err(fault) = whole(&evaluation) {
        evaluation.fault(*fault);
    }
    evaluation.take_faults()
}

/// The unit decoded in full. Faults are collected in the evaluation.
pub(super) fn whole(evaluation: &Evaluation<'_>) -> Result<UnitConfig, Fault> {
    force_locals(evaluation);
    check_ordering_paths(evaluation)?;
    for dependency in dependency::declared(evaluation)? {
        if let Err(fault) = dependency::outputs(evaluation, dependency) {
            evaluation.fault(*fault);
        }
    }
    let mut config = merged(evaluation, Members::Every)?;
    config.locals =
        LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Base }.all_locals().ok().flatten();
    if let Some(inputs) = config.inputs.as_mut().filter(|_| evaluation.session.invoked.rendering) {
        inputs.value = object::with_blanks(&inputs.value);
    }
    Ok(config)
}

/// A config as `read_terragrunt_config` shows it: with its locals, its includes and its dependencies' outputs.
pub(super) fn whole_object(evaluation: &Evaluation<'_>) -> Result<Value, Fault> {
    let mut config = merged(evaluation, Members::Every)?;
    config.locals = LayerScope { evaluation, layer: LayerId::Own, phase: Phase::Base }.all_locals()?;
    let mut outputs: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for declared in &config.dependency {
        if let Some(value) = dependency::outputs(evaluation, declared)? {
            outputs.insert(declared.name.clone(), value);
        }
    }
    Ok(object::with_outputs(&config, &outputs))
}

/// What reading a unit's state needs to know about it, without its dependencies' outputs.
#[derive(Clone, Debug)]
pub struct StatePlace {
    pub dir: PathBuf,
    pub remote_state: Option<super::unit::RemoteState>,
    pub terraform_binary: Option<String>,
    pub terraform_version_constraint: Option<Placed<String>>,
    pub iam_role: Option<String>,
    pub role: Option<UnitRole>,
    /// Where its working directories are.
    pub download_dir: PathBuf,
    /// Where terraform runs for it.
    pub working_dir: PathBuf,
    pub source: crate::source::Source,
    /// Variables that its `extra_arguments` set for `output`.
    pub extra_arguments: Vec<super::unit::ExtraArguments>,
    /// What its terraform gets, before it becomes its role.
    pub env: Env,
    /// Files that it would generate, as far as they are known now; nothing where `remote_state` says all.
    pub generated: Vec<super::unit::Generate>,
}

/// The unit's generated files, the nearer file's first where two have a name. Faults in them are for whoever generates.
fn generated(evaluation: &Evaluation<'_>) -> Vec<super::unit::Generate> {
    let mut found: Vec<super::unit::Generate> = Vec::new();
    for layer in merged_layers(evaluation).unwrap_or_default().into_iter().rev() {
        let files = decode::decode_generate(evaluation, layer);
        found.extend(
            files
                .into_iter()
                .filter(|file| !found.iter().any(|known| known.name == file.name))
                .collect::<Vec<_>>(),
        );
    }
    found
}

/// Loads where a unit keeps its state.
///
/// # Errors
/// Every fault of the unit, or a source that cannot be understood.
pub fn load_state_place(session: &Session, config_path: &Path) -> Result<StatePlace, Diagnostics> {
    let dir = config_path.parent().unwrap_or(Path::new("/"));
    let own = session.env_of_unit(dir).map_err(|fault| vec![*fault])?;
    let evaluation = Evaluation::open_with(session, config_path, (Stage::Graph, own))?;
    let config = merged(&evaluation, Members::State).map_err(|fault| vec![*fault])?;
    let role = role::of_unit(&evaluation).map_err(|fault| vec![*fault])?;
    let faults = evaluation.take_faults();
    if faults.iter().any(Diagnostic::is_error) {
        return Err(faults);
    }
    let source = config.terraform.as_ref().and_then(|terraform| terraform.source.as_ref());
    let address =
        super::working_dir::address(session, &evaluation.dir, source.map(|source| source.value.as_str()))
            .map_err(|error| {
                vec![*super::working_dir::source_fault(&error, source.map(|source| source.span))]
            })?;
    let own = config.download_dir.as_ref().map(|dir| dir.value.as_str());
    let layout = super::working_dir::layout(session, &evaluation.dir, (&address, own));
    let generated = match config.remote_state {
        Some(_) => Vec::new(),
        None => generated(&evaluation),
    };
    Ok(StatePlace {
        generated,
        dir: session.home_of(&evaluation.dir).to_path_buf(),
        remote_state: config.remote_state,
        terraform_binary: config.terraform_binary,
        terraform_version_constraint: config.terraform_version_constraint,
        iam_role: config.iam_role,
        role,
        download_dir: super::working_dir::download_dir(session, &evaluation.dir, own),
        working_dir: layout.working_dir,
        env: evaluation.env.clone(),
        source: address,
        extra_arguments: config.terraform.map(|terraform| terraform.extra_arguments).unwrap_or_default(),
    })
}
