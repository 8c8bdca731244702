//! From a unit file to the place of its state. The one way there, for outputs, locks and everything else that looks at
//! states. Starts nothing; a module that says where the state is may have to be fetched.

use super::argv::extra_env;
use super::init::Generated;
use super::outputs::{Remote, Target};
use super::prepare::{Prepared, Tool};
use super::tools::{ToolError, Tools, Wish};
use super::whereabouts::{Whereabouts, locate};
use crate::config::unit::{ExtraArguments, Generate, IfExists, RemoteState};
use crate::config::{OutputFault, Session, StatePlace, load_state_place};
use crate::diag::{Diagnostic, Diagnostics};
use crate::host::fs;
use crate::source::{Fetcher, Kind, Source};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Finds the states of units.
pub struct Locator {
    session: Arc<Session>,
    tools: Arc<Tools>,
    fetcher: Arc<Fetcher>,
    /// By unit file. Where a state is does not change while we run; what it says does.
    places: Mutex<HashMap<PathBuf, Arc<StatePlace>>>,
}

impl Locator {
    /// `session` sees units without their own dependencies' outputs.
    #[must_use]
    pub fn new(session: Arc<Session>, tools: Arc<Tools>, fetcher: Arc<Fetcher>) -> Self {
        Self { session, tools, fetcher, places: Mutex::default() }
    }

    /// The state of a unit: its backend for a driver of ours, and the same for terraform. May block.
    ///
    /// # Errors
    /// A faulty unit file, or one that does not say where its state is.
    pub fn find(&self, config_path: &Path) -> Result<Whereabouts, OutputFault> {
        locate(&self.target(config_path)?).map_err(fault)
    }

    /// What has to be known of a unit to read its state. May block.
    ///
    /// # Errors
    /// A faulty unit file.
    pub fn target(&self, config_path: &Path) -> Result<Target, OutputFault> {
        let place = self.place(config_path)?;
        let role = self.session.under_role(&place.env, place.role.as_ref(), &place.dir);
        let mut env = role.map_err(|fault| self.unreadable(&vec![*fault]))?;
        for (name, value) in extra_env(&place.extra_arguments, "output") {
            env.set(name, value);
        }
        let working_dir = self.directory(&place)?;
        Ok(Target {
            unit_dir: place.dir.clone(),
            generated: generated(&place, &working_dir),
            working_dir,
            remote: remote(place.remote_state.as_ref()),
            init_arguments: init_arguments(&place.extra_arguments),
            env,
            tool: self.tool(&place),
        })
    }

    fn tool(&self, place: &StatePlace) -> Result<Tool, ToolError> {
        self.tools.of_unit(&Wish {
            dir: &place.dir,
            named: place.terraform_binary.as_deref(),
            constraint: place.terraform_version_constraint.as_ref(),
            module: place.source.module_dir().as_deref(),
        })
    }

    fn place(&self, config_path: &Path) -> Result<Arc<StatePlace>, OutputFault> {
        let places = || self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places().get(config_path) {
            return Ok(Arc::clone(known));
        }
        let place =
            load_state_place(&self.session, config_path).map_err(|faults| self.unreadable(&faults))?;
        let place = Arc::new(place);
        places().insert(config_path.to_path_buf(), Arc::clone(&place));
        Ok(place)
    }

    /// The working directory; for a unit that was never prepared here, its module, which tells as well where the
    /// state is.
    fn directory(&self, place: &StatePlace) -> Result<PathBuf, OutputFault> {
        if fs::is_dir(&place.working_dir) || place.remote_state.is_some() {
            return Ok(place.working_dir.clone());
        }
        match &place.source {
            Source { kind, subdir, .. } if !matches!(kind, Kind::Local(_)) => {
                let tool = self.tool(place).map_err(fault)?;
                let source = place.source.clone().settled(&self.fetcher.default_registry(&tool.name), None);
                let root = self.fetcher.fetch(&source).map_err(fault)?;
                Ok(subdir.as_ref().map_or_else(|| root.clone(), |subdir| root.join(subdir)))
            }
            source => Ok(source.module_dir().unwrap_or_else(|| place.working_dir.clone())),
        }
    }

    fn unreadable(&self, faults: &Diagnostics) -> OutputFault {
        let first = faults.iter().find(|fault| fault.is_error());
        let at = |fault: &Diagnostic| {
            let place = fault.primary.as_ref().map(|label| self.session.files.sources.locate(label.span));
            place.map_or_else(|| fault.summary.clone(), |place| format!("{place}: {}", fault.summary))
        };
        OutputFault {
            message: first.map_or_else(String::new, at),
            hint: first.and_then(|fault| fault.hint.clone()),
        }
    }
}

fn fault(error: impl std::fmt::Display) -> OutputFault {
    OutputFault { message: error.to_string(), hint: None }
}

/// The same of a unit that was prepared to run, in the environment of one of terraform's commands.
#[must_use]
pub fn target_of(prepared: &Prepared, command: &str) -> Target {
    let config = &prepared.ready.config;
    let extra = config.terraform.as_ref().map_or(&[][..], |terraform| &terraform.extra_arguments);
    let mut env = prepared.env.clone();
    for (name, value) in extra_env(extra, command) {
        env.set(name, value);
    }
    Target {
        unit_dir: prepared.ready.dir.clone(),
        working_dir: prepared.working_dir.clone(),
        remote: remote(config.remote_state.as_ref()),
        init_arguments: init_arguments(extra),
        // They are there by now.
        generated: Vec::new(),
        env,
        tool: Ok(prepared.tool.clone()),
    }
}

/// The files of the module itself that the unit's blocks would write or replace.
fn generated(place: &StatePlace, working_dir: &Path) -> Vec<Generated> {
    let blocks = place.generated.iter().filter(|block| !block.disable);
    let of_block = |block: &Generate| {
        let path = fs::clean(Path::new(&block.path));
        let name = path.file_name()?.to_string_lossy().into_owned();
        let is_kept = block.if_exists == IfExists::Skip && fs::exists(&working_dir.join(&name));
        let is_here = path.parent().is_none_or(|parent| parent.as_os_str().is_empty());
        (is_here && !is_kept).then(|| Generated { name, text: block.contents.clone() })
    };
    blocks.filter_map(of_block).collect()
}

/// What the unit file adds to `init`.
fn init_arguments(extra: &[ExtraArguments]) -> Vec<String> {
    let blocks = extra.iter().filter(|block| block.commands.iter().any(|name| name == "init"));
    blocks.filter_map(|block| block.arguments.clone()).flatten().collect()
}

fn remote(state: Option<&RemoteState>) -> Remote {
    match state {
        None => Remote::Absent,
        Some(state) if state.config.is_wholly_known() => Remote::Known(Box::new(state.clone())),
        Some(_) => Remote::Unknown,
    }
}
