//! What all units of one command share: the parsed files, the environment, the command typed, and memories of
//! answers that cannot change meanwhile.

use super::credentials::{AuthCommand, InDiscovery};
use super::file::Files;
use crate::cloud::aws::desk::{Desk, Wanted};
use crate::hcl::{Fault, Value};
use crate::host::env::Env;
use crate::host::fs;
use crate::host::listings::Listings;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// What makes a folder a unit.
pub const UNIT_FILE: &str = "terragrunt.hcl";

/// The same in JSON; it goes first where both are, and discovery does not look for it.
pub const JSON_UNIT_FILE: &str = "terragrunt.hcl.json";

/// The parts of the command line that expressions can see.
#[derive(Clone, Debug, Default)]
pub struct Invoked {
    /// terraform's command words and arguments, as typed: `["plan", "-lock=false"]`.
    pub terraform: Vec<String>,
    /// `--source`, empty if absent.
    pub source: String,
    /// `--feature name=value`
    pub features: BTreeMap<String, String>,
    /// `bare-include`, `root-terragrunt-hcl`, …: strict controls in force.
    pub strict: Vec<String>,
    pub experiments: Vec<String>,
    /// `--no-dependency-outputs`: every dependency skips its outputs.
    pub without_outputs: bool,
    /// Nothing will run: mocks are always allowed, and outputs that cannot be read are absent.
    pub rendering: bool,
    /// `--iam-assume-role` and what belongs to it; without a role it only fills in.
    pub role: Wanted,
}

impl Invoked {
    /// `plan`, or empty.
    #[must_use]
    pub fn command(&self) -> &str {
        self.terraform.first().map_or("", String::as_str)
    }

    #[must_use]
    pub fn is_strict(&self, control: &str) -> bool {
        self.strict.iter().any(|name| name == control)
    }

    #[must_use]
    pub fn has_experiment(&self, name: &str) -> bool {
        self.experiments.iter().any(|given| given == name)
    }
}

/// What expressions may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Whatever the files ask for: run programs, decrypt, ask clouds.
    #[default]
    World,
    /// Read files. What only the world could answer is unknown.
    Files,
}

/// Why outputs could not be had.
#[derive(Clone, Debug)]
pub struct OutputFault {
    pub message: String,
    pub hint: Option<String>,
}

/// Where the outputs of a dependency come from. Blocking; called from worker threads.
pub trait OutputSource: Send + Sync {
    /// The outputs of the unit at `config_path` as an object; `None` when it was never applied or declares none.
    ///
    /// # Errors
    /// When its state cannot be read.
    fn outputs(&self, config_path: &Path) -> Result<Option<Value>, OutputFault>;

    /// What stands in the way where there are no outputs, if that is more than that nobody applied it.
    fn obstacle(&self, config_path: &Path) -> Option<OutputFault>;

    /// Says that a unit ran, so that its state may be another one now.
    fn forget(&self, unit_dir: &Path);

    /// Removes what a reading that nobody waits for any more left on the disk.
    fn sweep(&self);
}

/// `--source` and `--source-map`.
#[derive(Clone, Debug, Default)]
pub struct Redirects {
    pub source: Option<String>,
    /// Whether `source` is a base for many units, rather than the source of one.
    pub every_unit: bool,
    pub map: Vec<crate::source::redirect::Redirect>,
}

/// A unit whose file lies in another folder than the unit.
#[derive(Clone, Debug)]
pub struct Away {
    /// The folder of the file.
    pub file: PathBuf,
    /// The folder of the unit.
    pub home: PathBuf,
}

impl Redirects {
    /// Whether every unit takes the source that its file names.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.source.is_none() && self.map.is_empty()
    }
}

/// The value shared by every evaluation of a process.
pub struct Session {
    pub files: Arc<Files>,
    pub env: Env,
    pub invoked: Invoked,
    /// The folder of the command; absolute and clean.
    pub root: PathBuf,
    /// The folder that the process was started in.
    pub cwd: PathBuf,
    /// The name of unit files given with `--config`; it goes before the usual ones.
    pub config_name: Option<String>,
    /// Where a unit takes its code from and keeps its cache, when `--config` names a file elsewhere.
    pub away: Option<Away>,
    /// `--download-dir`, absolute; default: a folder below each unit.
    pub download_dir: Option<PathBuf>,
    pub redirects: Redirects,
    pub outputs: Option<Arc<dyn OutputSource>>,
    /// `--auth-provider-cmd`
    pub auth: Option<Arc<AuthCommand>>,
    /// Shared with sessions that look at the same tree in another way, so that a program runs once for all of them.
    pub memory: Arc<Memory>,
    /// Where `run_cmd` repeats what its programs said.
    pub echo: fn(&str),
    pub reach: Reach,
}

/// Answers that hold for the whole process.
#[derive(Default)]
pub struct Memory {
    commands: Mutex<HashMap<CommandKey, CommandSlot>>,
    /// Plain texts of encrypted files.
    decrypted: Mutex<HashMap<PathBuf, CommandSlot>>,
    /// Answers of AWS.
    pub desk: Desk,
    /// What folders hold, where nothing changes them meanwhile.
    pub listings: Arc<Listings>,
    repo_roots: Mutex<HashMap<PathBuf, Option<PathBuf>>>,
    /// Whether something is unknown only because nothing outside of files may be asked.
    pub is_blurred: AtomicBool,
    /// Values of configs that are the same whoever reads them.
    pub read_configs: Mutex<HashMap<PathBuf, ReadConfig>>,
}

/// A config as a value, with the files that went into it and the paths that it looked at besides.
#[derive(Clone, Debug)]
pub struct ReadConfig {
    pub value: Value,
    pub reads: Vec<PathBuf>,
    pub asked: Vec<PathBuf>,
}

/// What `run_cmd` remembers by: the folder (empty when shared by all), then argv, and whether it had credentials.
pub type CommandKey = (PathBuf, Vec<String>, Credentials);

/// Whether an environment has what a credentials command adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credentials {
    Absent,
    Added,
}

/// One remembered command: held while it runs, so that it runs once.
pub type CommandSlot = Arc<Mutex<Option<Arc<str>>>>;

impl Memory {
    /// The slot of a command.
    #[must_use]
    pub fn command(&self, key: CommandKey) -> CommandSlot {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
    }

    /// The slot of an encrypted file.
    #[must_use]
    pub fn decrypted(&self, path: PathBuf) -> CommandSlot {
        self.decrypted.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default().clone()
    }

    /// The root of the git work tree around `dir`, found by walking up; `None` outside of one.
    #[must_use]
    pub fn repo_root(&self, dir: &Path) -> Option<PathBuf> {
        let mut roots = self.repo_roots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        let mut asked = Vec::new();
        // What is known of a folder above holds for those below it that have nothing of their own.
        for above in dir.ancestors() {
            if let Some(known) = roots.get(above) {
                found.clone_from(known);
                break;
            }
            asked.push(above.to_path_buf());
            if fs::exists(&above.join(".git")) {
                found = Some(fs::canonicalize(above).unwrap_or_else(|_| above.to_path_buf()));
                break;
            }
        }
        roots.extend(asked.into_iter().map(|folder| (folder, found.clone())));
        found
    }
}

impl Session {
    /// Repeats what a program of `run_cmd` said.
    pub fn echo(&self, text: &str) {
        (self.echo)(text);
    }

    /// The same estate looked at without starting or asking anything, while nobody changes it. It shares the parsed files,
    /// and remembers answers of its own: some of them are unknown here only.
    #[must_use]
    pub fn of_files_only(&self) -> Self {
        Self {
            files: self.files.clone(),
            env: self.env.clone(),
            invoked: self.invoked.clone(),
            root: self.root.clone(),
            cwd: self.cwd.clone(),
            config_name: self.config_name.clone(),
            away: self.away.clone(),
            download_dir: self.download_dir.clone(),
            redirects: self.redirects.clone(),
            outputs: None,
            auth: self.auth.clone(),
            memory: Arc::new(Memory { listings: Arc::new(Listings::below(&self.root)), ..Memory::default() }),
            echo: self.echo,
            reach: Reach::Files,
        }
    }

    /// The environment of the unit in this folder, with its credentials.
    ///
    /// # Errors
    /// When the credentials command fails.
    pub fn env_of_unit(&self, dir: &Path) -> Result<(Env, Credentials), Fault> {
        match self.auth.as_ref().filter(|_| self.reach == Reach::World) {
            None => Ok((self.env.clone(), Credentials::Absent)),
            Some(auth) => Ok((auth.env_of(&self.env, dir, &self.memory.desk)?, Credentials::Added)),
        }
    }

    /// The same for a unit that is only looked at.
    ///
    /// # Errors
    /// When the credentials command fails.
    pub fn env_in_discovery(&self, dir: &Path) -> Result<(Env, Credentials), Fault> {
        match &self.auth {
            Some(auth) if auth.in_discovery == InDiscovery::Ask => self.env_of_unit(dir),
            _ => Ok((self.env.clone(), Credentials::Absent)),
        }
    }

    /// The unit file of a folder: the first name that exists there, else the usual one.
    #[must_use]
    pub fn config_in(&self, dir: &Path) -> PathBuf {
        let names = self.config_name.as_deref().into_iter().chain([JSON_UNIT_FILE]);
        let mut existing = names.map(|name| dir.join(name)).filter(|path| self.memory.listings.exists(path));
        existing.next().unwrap_or_else(|| dir.join(UNIT_FILE))
    }

    /// The folder of a unit whose file lies in `dir`: the same, but for a file that `--config` took from elsewhere.
    #[must_use]
    pub fn home_of<'a>(&'a self, dir: &'a Path) -> &'a Path {
        self.away.as_ref().filter(|away| away.file == dir).map_or(dir, |away| &away.home)
    }

    /// What `find_in_parent_folders()` looks for without an argument.
    #[must_use]
    pub fn default_name(&self) -> &str {
        self.config_name.as_deref().unwrap_or(UNIT_FILE)
    }
}
