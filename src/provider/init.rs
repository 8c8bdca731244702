//! Whether `init` must run before a command: compares what an init depends on with what the last one depended on,
//! and looks whether what that one left is still there. When in doubt, init.

use super::code::syntax_of;
use super::lock_file::{self, LockFile};
use super::requirements::{Tree, read_tree};
use super::stamp::{Stamp, of_folder};
use crate::host::clock;
use crate::host::env::Env;
use crate::host::fs::{self, Access, FileError};
use crate::toolrc::files_of_any;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What the last init depended on; lies in the working directory and holds hashes, no values.
pub const RECORD_FILE: &str = ".terrace-init";
/// Left in the working directory by whoever fetched a source anew.
const REQUIRED_MARK: &str = ".terragrunt-init-required";
const LOCK_FILE: &str = lock_file::FILE_NAME;

/// Terraform's own folder, as seen from a working directory.
#[must_use]
pub fn data_dir_name(env: &Env) -> &str {
    env.get_filled("TF_DATA_DIR").unwrap_or(".terraform")
}

/// One unit's terraform, as it will run.
#[derive(Clone, Copy, Debug)]
pub struct InitContext<'a> {
    pub working_dir: &'a Path,
    /// Terraform's whole environment.
    pub env: &'a Env,
    pub tool: Tool<'a>,
    /// What init gets beside its name: backend settings and extra arguments. May carry secrets; only hashed.
    pub args: &'a [String],
}

/// The program that runs.
#[derive(Clone, Copy, Debug)]
pub struct Tool<'a> {
    /// As found on PATH.
    pub path: &'a Path,
    /// As it says itself: behind one path there may be a version manager.
    pub version: &'a str,
}

/// What to do before the command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum InitDecision {
    Current,
    Needed(Reason),
}

impl InitDecision {
    #[must_use]
    pub fn is_needed(&self) -> bool {
        matches!(self, Self::Needed(_))
    }
}

/// Why an init is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No init of ours went well here.
    Never,
    /// The source was fetched anew.
    NewSource,
    ModuleChanged,
    LockFileChanged,
    ArgumentsChanged,
    ToolChanged,
    SettingsChanged,
    BackendRecordChanged,
    ProviderMissing(PathBuf),
    ModulesMissing,
    Unclear(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("nothing was initialised here so far"),
            Self::NewSource => f.write_str("the source was fetched anew"),
            Self::ModuleChanged => f.write_str("providers, backend or module calls changed"),
            Self::LockFileChanged => f.write_str("the provider lock file changed"),
            Self::ArgumentsChanged => f.write_str("the backend settings changed"),
            Self::ToolChanged => f.write_str("another terraform runs now"),
            Self::SettingsChanged => f.write_str("terraform's settings changed"),
            Self::BackendRecordChanged => f.write_str("the record of the backend changed"),
            Self::ProviderMissing(package) => write!(f, "the provider {} is gone", package.display()),
            Self::ModulesMissing => f.write_str("a fetched module is gone"),
            Self::Unclear(why) => write!(f, "cannot tell what changed: {why}"),
        }
    }
}

/// The record's content.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// Nanoseconds since 1970: stamps younger than this prove nothing.
    at: i64,
    module: String,
    lock: String,
    args: String,
    tool: String,
    settings: String,
    backend: String,
    calls_modules: bool,
    /// Packages of the lock file that init left out, since the module does not use them.
    unused: BTreeSet<PathBuf>,
    /// The stamps of each module folder's files.
    folders: BTreeMap<PathBuf, BTreeMap<String, Stamp>>,
}

/// Whether init must run before another command.
pub fn needs_init(context: &InitContext<'_>) -> InitDecision {
    match find_reason(context) {
        Some(reason) => InitDecision::Needed(reason),
        None => InitDecision::Current,
    }
}

fn find_reason(context: &InitContext<'_>) -> Option<Reason> {
    if fs::exists(&context.working_dir.join(REQUIRED_MARK)) {
        return Some(Reason::NewSource);
    }
    let bytes = fs::read(&context.working_dir.join(RECORD_FILE)).ok();
    let Some(old) = bytes.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok()) else {
        return Some(Reason::Never);
    };
    changed(context, &old).or_else(|| missing(context, &old)).or_else(|| module_changed(context, old))
}

/// What is cheap to hash is hashed.
fn changed(context: &InitContext<'_>, old: &Record) -> Option<Reason> {
    let pairs = [
        (lock_digest(context), &old.lock, Reason::LockFileChanged),
        (args_digest(context), &old.args, Reason::ArgumentsChanged),
        (tool_digest(context), &old.tool, Reason::ToolChanged),
        (settings_digest(context), &old.settings, Reason::SettingsChanged),
        (backend_digest(context), &old.backend, Reason::BackendRecordChanged),
    ];
    pairs.into_iter().find(|(new, old, _)| new != *old).map(|(.., reason)| reason)
}

/// What the last init left must still be there, whatever did not change.
fn missing(context: &InitContext<'_>, old: &Record) -> Option<Reason> {
    match missing_packages(context) {
        None => return Some(Reason::Unclear("the lock file is unusual".to_owned())),
        Some(packages) => {
            if let Some(package) = packages.difference(&old.unused).next() {
                return Some(Reason::ProviderMissing(package.clone()));
            }
        }
    }
    (old.calls_modules && !has_modules(context)).then_some(Reason::ModulesMissing)
}

/// The packages of the lock file that are not to be found; links must lead somewhere.
fn missing_packages(context: &InitContext<'_>) -> Option<BTreeSet<PathBuf>> {
    let Ok(text) = fs::read_text(&context.working_dir.join(LOCK_FILE)) else { return Some(BTreeSet::new()) };
    let providers = data_dir(context).join("providers");
    let is_there = |package: &PathBuf| {
        let platforms = fs::read_dir(&providers.join(package)).unwrap_or_default();
        platforms.iter().any(|platform| fs::is_dir(&platform.path()))
    };
    Some(LockFile::of_sound(&text)?.packages().into_iter().filter(|package| !is_there(package)).collect())
}

/// Terraform's own list of modules, and each folder on it.
fn has_modules(context: &InitContext<'_>) -> bool {
    #[derive(Deserialize)]
    struct List {
        #[serde(rename = "Modules")]
        modules: Vec<Module>,
    }
    #[derive(Deserialize)]
    struct Module {
        #[serde(rename = "Dir")]
        dir: PathBuf,
    }
    let bytes = fs::read(&data_dir(context).join("modules/modules.json")).ok();
    bytes.and_then(|bytes| serde_json::from_slice::<List>(&bytes).ok()).is_some_and(|list| {
        list.modules.iter().all(|module| fs::is_dir(&context.working_dir.join(&module.dir)))
    })
}

/// Equal stamps spare the reading; else the code is read, and stamped anew if it means the same.
fn module_changed(context: &InitContext<'_>, old: Record) -> Option<Reason> {
    let is_at_rest =
        |stamps: &BTreeMap<String, Stamp>| stamps.values().all(|stamp| stamp.was_at_rest(old.at));
    let is_same = |(folder, stamps): (&PathBuf, &BTreeMap<String, Stamp>)| {
        is_at_rest(stamps) && stamps_of(&context.working_dir.join(folder)).as_ref() == Some(stamps)
    };
    if old.folders.iter().all(is_same) {
        return None;
    }
    let at = now();
    let tree = read_tree(context.working_dir);
    if let Some(doubt) = tree.requirements.doubt {
        return Some(Reason::Unclear(doubt));
    }
    if module_digest(&tree) != old.module {
        return Some(Reason::ModuleChanged);
    }
    // Only a shortcut for the next time: without it, the code is read again.
    let _ = write(context, &Record { at, folders: folders_of(context, &tree), ..old });
    None
}

/// Notes what an init that went well depended on, and takes the mark of a new source away.
///
/// # Errors
/// When the record cannot be written; the next run then initialises again.
pub fn record_init(context: &InitContext<'_>) -> Result<(), FileError> {
    let at = now();
    let tree = read_tree(context.working_dir);
    if tree.requirements.doubt.is_none() {
        let record = Record {
            at,
            module: module_digest(&tree),
            lock: lock_digest(context),
            args: args_digest(context),
            tool: tool_digest(context),
            settings: settings_digest(context),
            backend: backend_digest(context),
            calls_modules: tree.requirements.calls_modules,
            unused: missing_packages(context).unwrap_or_default(),
            folders: folders_of(context, &tree),
        };
        write(context, &record)?;
    }
    let mark = context.working_dir.join(REQUIRED_MARK);
    if fs::exists(&mark) { fs::remove_file(&mark) } else { Ok(()) }
}

fn write(context: &InitContext<'_>, record: &Record) -> Result<(), FileError> {
    let path = context.working_dir.join(RECORD_FILE);
    let bytes = serde_json::to_vec(record).map_err(|error| FileError {
        action: "write",
        path: path.clone(),
        source: error.into(),
    })?;
    fs::write_atomic(&path, &bytes, Access::Private)
}

fn now() -> i64 {
    let since = clock::now().duration_since(UNIX_EPOCH).ok();
    since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

fn stamps_of(folder: &Path) -> Option<BTreeMap<String, Stamp>> {
    of_folder(folder, |name| syntax_of(name).is_some())
}

fn folders_of(context: &InitContext<'_>, tree: &Tree) -> BTreeMap<PathBuf, BTreeMap<String, Stamp>> {
    let stamped =
        |folder: &PathBuf| (folder.clone(), stamps_of(&context.working_dir.join(folder)).unwrap_or_default());
    tree.folders.iter().map(stamped).collect()
}

fn data_dir(context: &InitContext<'_>) -> PathBuf {
    context.working_dir.join(data_dir_name(context.env))
}

/// A hash over parts whose borders count.
struct Hash(Sha256);

impl Hash {
    fn new() -> Self {
        Self(Sha256::new())
    }

    fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// A file's content, or that there is none.
    fn file(&mut self, path: &Path) -> &mut Self {
        match fs::read(path) {
            Ok(bytes) => self.part(b"file").part(&bytes),
            Err(_) => self.part(b"none"),
        }
    }

    fn text(self) -> String {
        STANDARD_NO_PAD.encode(self.0.finalize())
    }
}

fn module_digest(tree: &Tree) -> String {
    let mut hash = Hash::new();
    for fact in &tree.requirements.facts {
        hash.part(fact.as_bytes());
    }
    hash.text()
}

fn lock_digest(context: &InitContext<'_>) -> String {
    let mut hash = Hash::new();
    hash.file(&context.working_dir.join(LOCK_FILE));
    hash.text()
}

fn args_digest(context: &InitContext<'_>) -> String {
    let mut hash = Hash::new();
    for arg in context.args {
        hash.part(arg.as_bytes());
    }
    hash.text()
}

fn tool_digest(context: &InitContext<'_>) -> String {
    let mut hash = Hash::new();
    let stamp = Stamp::of(context.tool.path);
    let path = context.tool.path.to_string_lossy();
    hash.part(path.as_bytes()).part(context.tool.version.as_bytes()).part(format!("{stamp:?}").as_bytes());
    hash.text()
}

/// What init writes last: which backend the working directory talks to.
fn backend_digest(context: &InitContext<'_>) -> String {
    let mut hash = Hash::new();
    hash.file(&data_dir(context).join("terraform.tfstate"));
    hash.text()
}

/// Variables by which terraform finds and fetches packages.
const SETTINGS: [&str; 9] = [
    "TF_PLUGIN_CACHE_DIR",
    "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE",
    "TF_CLI_CONFIG_FILE",
    "TERRAFORM_CONFIG",
    "TF_CLI_ARGS",
    "TF_CLI_ARGS_init",
    "TF_DATA_DIR",
    "TF_REATTACH_PROVIDERS",
    "TF_ENCRYPTION",
];

fn settings_digest(context: &InitContext<'_>) -> String {
    let mut hash = Hash::new();
    for name in SETTINGS {
        let value = context.env.get(name);
        hash.part(name.as_bytes())
            .part(value.map_or(b"unset", |_| b"set"))
            .part(value.unwrap_or("").as_bytes());
    }
    for path in files_of_any(context.env, context.working_dir) {
        hash.file(&path);
    }
    hash.text()
}

#[cfg(test)]
mod tests;
