//! From a unit file to a working directory: decode with outputs, fetch the source, put the unit's files on top.

use super::around::Around;
use super::hooks::{INIT_FROM_MODULE, READ_CONFIG, Side, run_hooks_blocking};
use super::module_version::settle;
use super::prepare::{Prepare, PrepareError, Prepared, Tool};
use super::rescue::{self, Owner, Rescues};
use super::settings::{Action, Automatic, Terminal};
use super::tools::{ToolError, Tools, Wish};
use super::wire::Wire;
use crate::config::unit::{ReadyUnit, Terraform};
use crate::config::{LoadedUnit, Session, load_unit, working_dir};
use crate::diag::{Diagnostic, RenderOptions, render, to_json};
use crate::event::{Fault, Level, Phase};
use crate::graph::unit::UnitId;
use crate::host::env::Env;
use crate::host::fs;
use crate::source::rules::{CopyRules, Mutable, ProviderLock};
use crate::source::workdir::{Need, Refresh, Request, WorkDir};
use crate::source::{Fetcher, Layout};
use crate::source::{Kind, Source, SourceError};
use crate::toolrc::{CACHE_VARIABLE, Reader};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Where a unit is and what it is called.
#[derive(Clone, Debug)]
pub struct UnitPlace {
    pub config_path: PathBuf,
    /// Relative to the working root.
    pub name: String,
}

/// Prepares the units of one run.
pub struct Preparer {
    pub session: Arc<Session>,
    pub units: HashMap<UnitId, UnitPlace>,
    pub fetcher: Arc<Fetcher>,
    pub tools: Arc<Tools>,
    pub refresh: Refresh,
    /// Where packages are shared between units unless the user set something else.
    pub package_cache: Option<PathBuf>,
    /// Whether hooks run at all.
    pub hooks: Automatic,
    /// What is to run, to tell whether it may while a state waits to be stored.
    pub action: Action,
    /// Where states go that could not be stored.
    pub rescues: Rescues,
    /// Warnings that were said already, by summary.
    pub warned: Mutex<HashSet<String>>,
    pub color: bool,
    /// In columns.
    pub width: usize,
}

impl Prepare for Preparer {
    fn prepare(&self, wire: &Wire) -> Result<Prepared, PrepareError> {
        let place = self.units.get(&wire.unit()).ok_or_else(|| failed("the unit is not part of this run"))?;
        let mut loaded =
            load_unit(&self.session, &place.config_path).map_err(|faults| self.faulty(&faults))?;
        if self.hooks == Automatic::Off {
            loaded.config.terraform.iter_mut().for_each(Terraform::drop_hooks);
        }
        self.warn(&loaded.warnings, wire);
        let tool = self.tool(&loaded)?;
        self.share_packages(&tool, &mut loaded.env, wire);
        let hooks = Hooks { loaded: &loaded, tool: &tool, env: &loaded.env, wire };
        hooks.run(READ_CONFIG, Side::After)?;
        let role = self.session.under_role(&loaded.env, loaded.role.as_ref(), &loaded.dir);
        loaded.env = role.map_err(|fault| self.faulty(&[*fault]))?;
        let hooks = Hooks { loaded: &loaded, tool: &tool, env: &loaded.env, wire };
        let source = self.source(&loaded, &tool)?;
        let (working_dir, fetched_anew) = self.lay_out(&loaded, &source, &hooks)?;
        self.warn_of_settings(
            Reader { env: &loaded.env, working_dir: &working_dir, flavour: tool.flavour },
            wire,
        );
        Ok(Prepared {
            name: place.name.clone(),
            working_dir,
            tool,
            env: loaded.env.clone(),
            source: written(&loaded).unwrap_or_default(),
            fetched_anew,
            ready: ReadyUnit {
                dir: loaded.dir,
                config_path: loaded.config_path,
                config: loaded.config,
                mocked: loaded.mocked,
            },
        })
    }

    fn forget_outputs(&self, prepared: &Prepared) {
        if let Some(outputs) = &self.session.outputs {
            outputs.forget(&prepared.ready.dir);
        }
    }
}

impl Preparer {
    /// Says each kind of warning once in a run, however many units earn it.
    fn warn(&self, warnings: &[Diagnostic], wire: &Wire) {
        let mut said = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<Diagnostic> =
            warnings.iter().filter(|warning| said.insert(warning.summary.clone())).cloned().collect();
        if !new.is_empty() {
            wire.faults_blocking(Level::Warn, self.told(&new));
        }
    }

    /// Says what is wrong with the tool's own settings, once in a run.
    fn warn_of_settings(&self, reader: Reader<'_>, wire: &Wire) {
        let book = self.fetcher.rc();
        let _ = book.settings_for_sure(reader);
        let faults = book.take_faults();
        if !faults.is_empty() {
            wire.faults_blocking(Level::Warn, self.told(&faults));
        }
    }

    fn told(&self, faults: &[Diagnostic]) -> Vec<Fault> {
        let options = RenderOptions { color: self.color, base: Some(&self.session.root), width: self.width };
        let sources = &self.session.files.sources;
        let told = faults.iter().map(|fault| Fault {
            text: render(fault, sources, options),
            summary: fault.summary.clone(),
            object: to_json(fault, sources),
        });
        told.collect()
    }

    fn faulty(&self, faults: &[Diagnostic]) -> PrepareError {
        let faults = self.told(faults);
        let texts: Vec<&str> = faults.iter().map(|fault| fault.text.as_str()).collect();
        PrepareError { message: texts.join("\n"), faults, ..PrepareError::default() }
    }

    /// Lets the tool share its packages where it can do so safely. Sharing is a favour: without it units still run.
    fn share_packages(&self, tool: &Tool, env: &mut Env, wire: &Wire) {
        let Some(cache) = self.package_cache.as_ref().filter(|_| tool.locks_plugin_cache()) else { return };
        let reader = Reader { env, working_dir: &self.session.root, flavour: tool.flavour };
        if self.fetcher.rc().settings(reader).plugin_cache(env, &self.session.root).is_some() {
            return;
        }
        match fs::create_dir_all(cache) {
            Ok(()) => env.set(CACHE_VARIABLE, cache),
            Err(error) => wire.note_blocking(Level::Debug, format!("packages are not shared: {error}")),
        }
    }

    /// The tool that the check before the run found for the same unit.
    fn tool(&self, loaded: &LoadedUnit) -> Result<Tool, PrepareError> {
        let module = match self.action.reads_module() {
            true => self.address(loaded)?.module_dir(),
            false => None,
        };
        let wish = Wish {
            dir: &loaded.dir,
            named: loaded.config.terraform_binary.as_deref(),
            constraint: loaded.config.terraform_version_constraint.as_ref(),
            module: module.as_deref(),
        };
        self.tools.of_unit_with_version(&wish).map_err(|error| match error {
            ToolError::Unfit(unfit) => self.faulty(&[unfit.diagnostic()]),
            ToolError::Unclear(faults) => self.faulty(&faults),
            other => failed(other.to_string()),
        })
    }

    fn address(&self, loaded: &LoadedUnit) -> Result<Source, PrepareError> {
        let source = loaded.config.terraform.as_ref().and_then(|terraform| terraform.source.as_ref());
        let text = source.map(|source| source.value.as_str());
        working_dir::address(&self.session, &loaded.dir, text).map_err(|error| {
            let fault = working_dir::source_fault(&error, source.map(|source| source.span));
            self.faulty(&[*fault])
        })
    }

    fn source(&self, loaded: &LoadedUnit, tool: &Tool) -> Result<Source, PrepareError> {
        let address = self.address(loaded)?;
        let terraform = loaded.config.terraform.as_ref();
        let source = terraform.and_then(|terraform| terraform.source.as_ref());
        let is_kept = terraform.is_some_and(|terraform| terraform.update_source_with_cas == Some(true));
        if is_kept && address.local().is_none() && !self.fetcher.has_store() {
            return Err(self.source_failed(loaded, &SourceError::NeedsStore));
        }
        let version = terraform.and_then(|terraform| terraform.version.as_ref());
        let version = version.filter(|version| !version.value.is_empty());
        let is_own = self.session.redirects.source.is_none() || matches!(address.kind, Kind::Registry(_));
        let constraint = version.filter(|_| is_own).map(|version| version.value.as_str());
        settle(&self.fetcher, address, (&tool.name, constraint)).map_err(|error| {
            let span = version.or(source).map(|placed| placed.span);
            let fault = working_dir::source_fault(&error, span);
            PrepareError { transient: true, ..self.faulty(&[*fault]) }
        })
    }

    /// Fetches what must be fetched and copies the unit's files; says whether the source is another one than before.
    fn lay_out(
        &self,
        loaded: &LoadedUnit,
        source: &Source,
        hooks: &Hooks<'_>,
    ) -> Result<(PathBuf, bool), PrepareError> {
        let wire = hooks.wire;
        let own = loaded.config.download_dir.as_ref().map(|dir| dir.value.as_str());
        let download_dir = working_dir::download_dir(&self.session, &loaded.dir, own);
        let rules =
            rules(loaded.config.terraform.as_ref()).map_err(|error| self.source_failed(loaded, &error))?;
        let keep = kept_states(loaded);
        let request = Request {
            unit_dir: &loaded.dir,
            download_dir: &download_dir,
            source,
            rules: &rules,
            refresh: self.refresh,
            keep: &keep,
        };
        let source_failed = |error: SourceError| self.source_failed(loaded, &error);
        let mut dir = WorkDir::open_noting(request, |place| {
            let text = format!("waiting for another process that prepares {}", place.display());
            wire.note_blocking(Level::Warn, text);
        })
        .map_err(source_failed)?;
        self.rescue(loaded, &dir.layout, wire)?;
        let is_new = dir.need != Need::Nothing;
        if is_new {
            wire.phase_blocking(Phase::Source);
            hooks.run(INIT_FROM_MODULE, Side::Before)?;
            if loaded.config.terraform.as_ref().is_some_and(|block| block.source.is_some()) {
                wire.note_blocking(Level::Info, format!("taking the module from {source}"));
            }
        }
        let downloaded = dir.download(&self.fetcher);
        for note in self.fetcher.take_notes() {
            wire.note_blocking(Level::Warn, note);
        }
        downloaded.map_err(source_failed)?;
        if is_new {
            hooks.run(INIT_FROM_MODULE, Side::After)?;
        }
        dir.overlay(&self.fetcher).map_err(source_failed)?;
        Ok((dir.layout.working_dir.clone(), is_new))
    }

    /// Brings to safety what an earlier run left, before anything is written here; refuses to go on while a state waits
    /// to be stored.
    fn rescue(&self, loaded: &LoadedUnit, layout: &Layout, wire: &Wire) -> Result<(), PrepareError> {
        let owner = Owner { dir: &loaded.dir, config_path: &loaded.config_path };
        self.rescues.take_all(owner, (layout, &loaded.env)).map_err(|error| failed(error.to_string()))?;
        let pending = self.rescues.pending(&loaded.dir);
        if pending.is_empty() {
            return Ok(());
        }
        if rescue::may_run(&self.action) {
            wire.note_blocking(Level::Warn, rescue::reminder(owner, &pending));
            return Ok(());
        }
        Err(failed(rescue::refusal(owner, &pending)))
    }

    fn source_failed(&self, loaded: &LoadedUnit, error: &SourceError) -> PrepareError {
        let source = loaded.config.terraform.as_ref().and_then(|terraform| terraform.source.as_ref());
        let fault = working_dir::source_fault(error, source.map(|source| source.span));
        PrepareError { errors: loaded.config.errors.clone(), transient: true, ..self.faulty(&[*fault]) }
    }
}

/// The hooks that run while a unit is prepared, in its own folder: there is no other one yet.
struct Hooks<'a> {
    loaded: &'a LoadedUnit,
    tool: &'a Tool,
    env: &'a Env,
    wire: &'a Wire,
}

impl Hooks<'_> {
    fn run(&self, command: &str, side: Side) -> Result<(), PrepareError> {
        let around = Around {
            command,
            tool: &self.tool.program,
            source: &written(self.loaded).unwrap_or_default(),
            terraform: self.loaded.config.terraform.as_ref(),
            unit_dir: &self.loaded.dir,
            working_dir: &self.loaded.dir,
            env: self.env,
            inputs: self.loaded.config.inputs.as_ref().map(|inputs| &inputs.value),
            // Others may be prepared meanwhile; what it says goes through the reporter.
            terminal: Terminal::Apart,
        };
        run_hooks_blocking(self.wire, side, &around).map_err(|failure| PrepareError {
            message: failure.own_words().replace('\n', "; "),
            faults: Vec::new(),
            code: failure.code(),
            exit_code: failure.exit_code,
            errors: self.loaded.config.errors.clone(),
            transient: true,
        })
    }
}

fn failed(message: impl Into<String>) -> PrepareError {
    PrepareError { message: message.into(), ..PrepareError::default() }
}

fn written(loaded: &LoadedUnit) -> Option<String> {
    let source = loaded.config.terraform.as_ref()?.source.as_ref()?;
    Some(source.value.clone())
}

fn rules(terraform: Option<&Terraform>) -> Result<CopyRules, SourceError> {
    let none: &[String] = &[];
    let list =
        |get: fn(&Terraform) -> &Option<Vec<String>>| terraform.and_then(|block| get(block).as_deref());
    let include = list(|block| &block.include_in_copy).unwrap_or(none);
    let exclude = list(|block| &block.exclude_from_copy).unwrap_or(none);
    let mut rules = CopyRules::new(include, exclude)?;
    if terraform.is_some_and(|block| block.copy_terraform_lock_file == Some(false)) {
        rules.provider_lock = ProviderLock::LeftBehind;
    }
    if terraform.is_some_and(|block| block.mutable == Some(true)) {
        rules.mutable = Mutable::Yes;
    }
    Ok(rules)
}

/// State files that a local backend keeps inside the working directory under a name of the user's own.
fn kept_states(loaded: &LoadedUnit) -> Vec<PathBuf> {
    let state = loaded.config.remote_state.as_ref().filter(|state| state.backend == "local");
    let names = ["path", "workspace_dir"];
    let found = names.iter().filter_map(|name| state?.config.find(name)?.as_str().map(PathBuf::from));
    found.filter(|path| path.is_relative()).collect()
}
