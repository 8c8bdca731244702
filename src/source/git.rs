//! Fetching repositories through the system's git: each (remote, reference) once in a run, whoever asks.
//! Knows nothing of units and of where the content goes.

use super::address::{GitSource, redact};
use super::error::SourceError;
use crate::host::env::Env;
use crate::host::fs;
use crate::host::process::{Captured, Invocation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Fetched = Result<PathBuf, Arc<SourceError>>;

/// The run's checkouts, in a private folder that goes with it. Shared by all threads: those that want the same
/// repository wait for one fetch, others do not wait for each other.
#[derive(Debug)]
pub struct Fetcher {
    env: Env,
    store: OnceLock<Result<tempfile::TempDir, Arc<SourceError>>>,
    fetches: Mutex<HashMap<Key, Arc<OnceLock<Fetched>>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    remote: String,
    reference: Option<String>,
    ssh_key: Option<String>,
}

/// Variables that would point git at the repository we were started in.
const OF_ANOTHER_REPOSITORY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "LANGUAGE",
];

/// The environment of a git that asks nothing, speaks English and goes by the folder that it is run in.
pub(super) fn quiet(mut env: Env) -> Env {
    OF_ANOTHER_REPOSITORY.iter().for_each(|name| env.remove(name));
    env.set("GIT_TERMINAL_PROMPT", "0");
    env.set("LC_ALL", "C");
    env
}

impl Fetcher {
    /// Nothing is fetched or written yet. `env` is what git runs with.
    #[must_use]
    pub fn new(env: Env) -> Self {
        let env = quiet(env);
        Self { env, store: OnceLock::new(), fetches: Mutex::default() }
    }

    /// The folder with the checkout; it belongs to the run and must not be changed. Blocks.
    ///
    /// # Errors
    /// When git is missing or fails; everybody who asks for the same gets the same error.
    pub fn fetch(&self, source: &GitSource) -> Result<PathBuf, SourceError> {
        let key = Key {
            remote: source.remote.clone(),
            reference: source.reference.clone(),
            ssh_key: source.ssh_key.clone(),
        };
        let cell = {
            let mut fetches = self.fetches.lock().unwrap_or_else(PoisonError::into_inner);
            let number = fetches.len();
            let cell = fetches.entry(key).or_insert_with(|| Arc::new(OnceLock::new()));
            (Arc::clone(cell), number)
        };
        let fetched = cell.0.get_or_init(|| self.check_out(source, cell.1).map_err(Arc::new));
        fetched.clone().map_err(SourceError::Shared)
    }

    fn check_out(&self, source: &GitSource, number: usize) -> Result<PathBuf, SourceError> {
        let store = self.store.get_or_init(|| make_store().map_err(Arc::new));
        let store = store.as_ref().map_err(|error| SourceError::Shared(Arc::clone(error)))?;
        let folder = store.path().join(number.to_string());
        fs::create_dir_all(&folder)?;
        let repository = Repository::new(self.env.clone(), source, folder)?;
        repository.fill()?;
        Ok(repository.folder)
    }
}

fn make_store() -> Result<tempfile::TempDir, SourceError> {
    let failed =
        |source| fs::FileError { action: "create", path: PathBuf::from("a temporary folder"), source };
    Ok(tempfile::Builder::new().prefix("terrace-").tempdir().map_err(failed)?)
}

/// One checkout being made.
struct Repository<'a> {
    env: Env,
    source: &'a GitSource,
    folder: PathBuf,
}

impl<'a> Repository<'a> {
    /// The remote's address goes through the environment: an argument would show in the process list.
    fn new(mut env: Env, source: &'a GitSource, folder: PathBuf) -> Result<Self, SourceError> {
        let settings = [
            ("remote.origin.url", source.remote.as_str()),
            ("gc.auto", "0"),
            ("advice.detachedHead", "false"),
            ("core.hooksPath", "/dev/null"),
        ];
        let before: usize = env.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
        for (at, (key, value)) in settings.iter().enumerate() {
            env.set(format!("GIT_CONFIG_KEY_{}", before + at), *key);
            env.set(format!("GIT_CONFIG_VALUE_{}", before + at), *value);
        }
        env.set("GIT_CONFIG_COUNT", (before + settings.len()).to_string());
        if let Some(key) = &source.ssh_key {
            env.set("GIT_SSH_COMMAND", ssh_command(&env, source, key, &folder)?);
        }
        Ok(Self { env, source, folder })
    }

    fn fill(&self) -> Result<(), SourceError> {
        self.must(&["init", "--quiet", "--template="])?;
        let reference = self.source.reference.as_deref();
        let shallow =
            self.git(&["fetch", "--quiet", "--depth=1", "--no-tags", "origin", reference.unwrap_or("HEAD")])?;
        let target = if shallow.code == 0 {
            "FETCH_HEAD"
        } else {
            self.fetch_whole(&shallow)?;
            reference.unwrap_or("FETCH_HEAD")
        };
        let out = self.git(&["checkout", "--quiet", "--detach", target, "--"])?;
        if out.code != 0 {
            return Err(if target == "FETCH_HEAD" { self.failure(&out) } else { self.no_such_ref() });
        }
        if fs::exists(&self.folder.join(".gitmodules")) {
            self.must(&["submodule", "--quiet", "update", "--init", "--recursive"])?;
        }
        Ok(())
    }

    /// For servers that give no single commits, and for references that only a whole history can resolve.
    fn fetch_whole(&self, shallow: &Captured) -> Result<(), SourceError> {
        let said = String::from_utf8_lossy(&shallow.stderr).into_owned();
        let is_missing = said.contains("couldn't find remote ref") || said.contains("invalid refspec");
        let reference = self.source.reference.as_deref().unwrap_or_default();
        if is_missing && !needs_history(reference) {
            return Err(self.no_such_ref());
        }
        let is_refused = ["not our ref", "unadvertised object", "shallow", "upload-pack"];
        if !is_missing && !is_refused.iter().any(|part| said.contains(part)) {
            return Err(self.failure(shallow));
        }
        let all = [
            "fetch",
            "--quiet",
            "--update-head-ok",
            "origin",
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ];
        self.must(&all)?;
        if self.source.reference.is_none() {
            self.must(&["fetch", "--quiet", "origin", "HEAD"])?;
        }
        Ok(())
    }

    fn must(&self, args: &[&str]) -> Result<(), SourceError> {
        let out = self.git(args)?;
        if out.code == 0 { Ok(()) } else { Err(self.failure(&out)) }
    }

    fn git(&self, args: &[&str]) -> Result<Captured, SourceError> {
        let invocation = Invocation {
            program: PathBuf::from("git"),
            args: args.iter().map(OsString::from).collect(),
            cwd: self.folder.clone(),
            env: self.env.clone(),
        };
        invocation
            .capture()
            .map_err(|source| SourceError::NoGit { remote: redact(&self.source.remote), source })
    }

    fn no_such_ref(&self) -> SourceError {
        SourceError::NoSuchRef {
            remote: redact(&self.source.remote),
            reference: self.source.reference.clone().unwrap_or_default(),
        }
    }

    fn failure(&self, out: &Captured) -> SourceError {
        let text = String::from_utf8_lossy(&out.stderr);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let said = redact(&lines[lines.len().saturating_sub(3)..].join("; "));
        let remote = redact(&self.source.remote);
        let denied = [
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "Permission denied",
            "Repository not found",
            "terminal prompts disabled",
            "Host key verification failed",
            "403",
        ];
        if denied.iter().any(|part| text.contains(part)) {
            SourceError::Denied { remote, said }
        } else {
            SourceError::Git { remote, said }
        }
    }
}

/// A commit's beginning, or a walk from a reference.
fn needs_history(reference: &str) -> bool {
    let is_hex = reference.len() >= 4 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex || reference.contains(['~', '^', '@'])
}

/// ssh with this key and no other; the key lies beside the checkout, for its owner alone.
fn ssh_command(env: &Env, source: &GitSource, key: &str, folder: &Path) -> Result<String, SourceError> {
    let bad = || SourceError::BadSshKey { remote: redact(&source.remote) };
    // A `+` of the encoding reads as a space in a query.
    let bytes = STANDARD.decode(key.replace(' ', "+")).map_err(|_| bad())?;
    let path = folder.with_extension("key");
    fs::write_atomic(&path, &bytes, fs::Access::Private)?;
    let before = env.get_filled("GIT_SSH_COMMAND").unwrap_or("ssh");
    let path = path.to_string_lossy().replace('\'', "'\\''");
    Ok(format!("{before} -i '{path}' -o IdentitiesOnly=yes"))
}

#[cfg(test)]
mod tests;
