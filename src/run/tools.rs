//! Which terraform or tofu runs, where it is, which version it has.

use super::prepare::{Flavour, Tool};
use crate::host::env::Env;
use crate::host::fs;
use crate::host::process::{Invocation, ProcessError};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The names that are looked for when nothing names a tool, in this order.
const USUAL: [&str; 2] = ["tofu", "terraform"];

/// A tool that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ToolError {
    #[error("neither `tofu` nor `terraform` was found on PATH: install one, or name it with --tf-path")]
    NoneFound,
    #[error("`{0}` was not found on PATH: check --tf-path, or `terraform_binary` in the unit file")]
    NotFound(String),
    #[error("{0} is not there: check --tf-path, or `terraform_binary` in the unit file")]
    Missing(String),
    #[error("cannot ask for the version: {0}")]
    Version(String),
}

/// What a program says of itself.
type Told = Result<(String, Flavour), ToolError>;

/// The tools of a run, each looked up once.
#[derive(Debug)]
pub struct Tools {
    env: Env,
    cwd: PathBuf,
    /// `--tf-path`: wins over what units say.
    given: Option<PathBuf>,
    found: Mutex<HashMap<Option<String>, Result<Tool, ToolError>>>,
    versions: Mutex<HashMap<PathBuf, Told>>,
}

impl Tools {
    #[must_use]
    pub fn new(env: Env, cwd: PathBuf, given: Option<PathBuf>) -> Self {
        Self { env, cwd, given, found: Mutex::default(), versions: Mutex::default() }
    }

    /// The tool of a unit whose file may name one.
    ///
    /// # Errors
    /// When there is none.
    pub fn of_unit(&self, named: Option<&str>) -> Result<Tool, ToolError> {
        let key = named.filter(|_| self.given.is_none()).map(str::to_owned);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry(key.clone()).or_insert_with(|| self.find(key.as_deref())).clone()
    }

    /// The same with its version.
    ///
    /// # Errors
    /// When there is no tool, or it does not say its version.
    pub fn of_unit_with_version(&self, named: Option<&str>) -> Result<Tool, ToolError> {
        let tool = self.of_unit(named)?;
        let (version, flavour) = self.told(&tool.program)?;
        Ok(Tool { version, flavour, ..tool })
    }

    fn find(&self, named: Option<&str>) -> Result<Tool, ToolError> {
        let wanted = self.given.clone().or_else(|| named.map(PathBuf::from));
        let Some(wanted) = wanted else {
            let program = USUAL.iter().find_map(|name| self.on_path(name));
            return program.map(tool).ok_or(ToolError::NoneFound);
        };
        if wanted.components().count() == 1 && !wanted.is_absolute() {
            let name = wanted.to_string_lossy().into_owned();
            return self.on_path(&name).map(tool).ok_or(ToolError::NotFound(name));
        }
        let program = fs::clean(&self.cwd.join(&wanted));
        if fs::is_file(&program) {
            Ok(tool(program))
        } else {
            Err(ToolError::Missing(program.display().to_string()))
        }
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        let folders = self.env.get_filled("PATH")?;
        let candidates = folders.split(':').map(|folder| self.cwd.join(folder).join(name));
        candidates.into_iter().find(|path| fs::is_executable(path))
    }

    /// The tool's own word about its version, asked for once.
    ///
    /// # Errors
    /// When it cannot be run or says nothing of the kind.
    pub fn version(&self, program: &Path) -> Result<String, ToolError> {
        self.told(program).map(|(version, _)| version)
    }

    fn told(&self, program: &Path) -> Told {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.entry(program.to_path_buf()).or_insert_with(|| self.ask_version(program)).clone()
    }

    fn ask_version(&self, program: &Path) -> Told {
        let mut env = self.env.clone();
        let arguments: Vec<String> =
            env.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        arguments.iter().filter(|name| name.starts_with("TF_CLI_ARGS")).for_each(|name| env.remove(name));
        env.set("CHECKPOINT_DISABLE", "1");
        let invocation = Invocation {
            program: program.to_path_buf(),
            args: vec!["-version".into()],
            cwd: self.cwd.clone(),
            env,
        };
        let captured =
            invocation.capture().map_err(|error: ProcessError| ToolError::Version(error.to_string()))?;
        let said = String::from_utf8_lossy(&captured.stdout);
        let first = said.lines().next().unwrap_or_default();
        let version = first.split_whitespace().find_map(|word| word.strip_prefix('v'));
        let flavour = if first.contains("OpenTofu") { Flavour::Tofu } else { Flavour::Terraform };
        version
            .map(|version| (version.to_owned(), flavour))
            .ok_or_else(|| ToolError::Version(format!("{} said: {first}", program.display())))
    }
}

fn tool(program: PathBuf) -> Tool {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    Tool { program, name, version: String::new(), flavour: Flavour::default() }
}
