//! Outputs of a dependency: from its state file where that is at hand, else from terraform in a private folder. Nothing
//! ever runs in the dependency's own directory. Each state is read once in a run, until somebody says it changed.

use super::backend::backend_text;
use super::prepare::Tool;
use super::tools::ToolError;
use super::whereabouts::{Asked, Declaration, locate};
use crate::config::unit::RemoteState;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::host::fs::{self, Access, FileError};
use crate::host::process::{Captured, Invocation, ProcessError};
use crate::state::snapshot::{SnapshotError, parse_outputs, parse_state};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a dependency's state may be.
#[derive(Clone, Debug)]
pub struct Target {
    /// The folder of the unit file; what outputs are remembered by.
    pub unit_dir: PathBuf,
    /// Where its terraform runs; need not exist yet.
    pub working_dir: PathBuf,
    pub remote: Remote,
    /// The environment that its terraform gets.
    pub env: Env,
    /// Only asked where we cannot read the state ourselves.
    pub tool: Result<Tool, ToolError>,
}

/// What the unit file says about its backend.
#[derive(Clone, Debug)]
pub enum Remote {
    /// Nothing: the module may say something.
    Absent,
    Known(Box<RemoteState>),
    /// It depends on outputs of others.
    Unknown,
}

/// Outputs that could not be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OutputError {
    /// The unit was never prepared on this machine, and its file alone does not say where its state is.
    #[error("the working directory {dir} does not exist yet, and only the module in it can say where the state is", dir = dir.display())]
    Unprepared { dir: PathBuf },
    #[error("{0}")]
    File(Arc<FileError>),
    #[error("cannot read the state {path}: {source}", path = path.display())]
    State { path: PathBuf, source: Arc<SnapshotError> },
    #[error("{step} failed (exit status {code}): {said}")]
    Terraform { step: &'static str, code: i32, said: String },
    #[error("{0}")]
    Process(Arc<ProcessError>),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("cannot make a private folder: {0}")]
    Folder(Arc<io::Error>),
}

type Answer = Result<Option<Value>, OutputError>;
type Slot = Arc<Mutex<Option<Answer>>>;

/// The outputs of a run, remembered.
#[derive(Debug, Default)]
pub struct Outputs {
    slots: Mutex<HashMap<PathBuf, Slot>>,
    /// Private folders in use.
    folders: Mutex<HashSet<PathBuf>>,
}

impl Outputs {
    /// The outputs as an object; `None` when the unit was never applied or declares none. Blocks; whoever asks for
    /// the same unit meanwhile waits for the same answer.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn read(&self, target: &Target) -> Answer {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry(target.unit_dir.clone()).or_default().clone()
        };
        let mut answer = slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &*answer {
            Some(known) => known.clone(),
            None => answer.insert(self.read_now(target)).clone(),
        }
    }

    /// Forgets a unit's outputs, since its state may have changed.
    pub fn invalidate(&self, unit_dir: &Path) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(unit_dir);
    }

    /// Removes the private folders of readings that nobody waits for any more.
    pub fn sweep(&self) {
        for folder in self.folders().drain() {
            // What still works in it may be quicker; then a few empty folders stay.
            let _ = fs::remove_dir_all(&folder);
        }
    }

    fn folders(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_now(&self, target: &Target) -> Answer {
        let place = locate(target)?;
        let outputs = match place.file() {
            Some(path) => self.read_file(target, &path)?,
            None => self.ask(target, &place.into_asked())?,
        };
        Ok(outputs.filter(|outputs| outputs.entries().is_some_and(|entries| !entries.is_empty())))
    }

    fn read_file(&self, target: &Target, path: &Path) -> Answer {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(OutputError::File(Arc::new(error))),
        };
        match parse_state(&bytes) {
            Ok(snapshot) => Ok(snapshot.map(|snapshot| snapshot.outputs)),
            // terraform may know what we do not; it needs the same backend.
            Err(SnapshotError::Encrypted | SnapshotError::Version(_)) => {
                self.ask(target, &Asked::local(path))
            }
            Err(source) => Err(OutputError::State { path: path.to_path_buf(), source: Arc::new(source) }),
        }
    }

    /// The private folder is known while it is there, so that it goes even if nobody waits for the answer.
    fn ask(&self, target: &Target, asked: &Asked) -> Answer {
        let folder = tempfile::tempdir().map_err(|error| OutputError::Folder(Arc::new(error)))?;
        self.folders().insert(folder.path().to_path_buf());
        let answer = ask(target, asked, folder.path());
        self.folders().remove(folder.path());
        answer
    }
}

/// Runs `init` and `output -json` in a folder that holds nothing but a backend.
fn ask(target: &Target, asked: &Asked, folder: &Path) -> Answer {
    let (name, text) = backend_declaration(asked)?;
    let write = |name: &str, bytes: &[u8]| {
        let written = fs::write_atomic(&folder.join(name), bytes, Access::Private);
        written.map_err(|error| OutputError::File(Arc::new(error)))
    };
    write(name, text.as_bytes())?;
    if let Ok(lock) = fs::read(&target.working_dir.join(".terraform.lock.hcl")) {
        write(".terraform.lock.hcl", &lock)?;
    }
    let mut env = target.env.clone();
    env.remove("TF_DATA_DIR");
    if let Some(workspace) = &asked.workspace {
        env.set("TF_WORKSPACE", workspace);
    }
    let tool = target.tool.as_ref().map_err(Clone::clone)?;
    let run = |args: &[&str]| {
        let invocation = Invocation {
            program: tool.program.clone(),
            args: args.iter().map(Into::into).collect(),
            cwd: folder.to_path_buf(),
            env: env.clone(),
        };
        invocation.capture().map_err(|error| OutputError::Process(Arc::new(error)))
    };
    let init = run(&["init", "-get=false", "-input=false", "-no-color"])?;
    if init.code != 0 {
        return absent_or(failed("init for reading outputs", &init));
    }
    let output = run(&["output", "-json", "-no-color"])?;
    if output.code != 0 {
        return absent_or(failed("output -json", &output));
    }
    let parsed = parse_outputs(&output.stdout);
    let unreadable = |source| OutputError::State { path: target.unit_dir.clone(), source: Arc::new(source) };
    parsed.map(Some).map_err(unreadable)
}

fn backend_declaration(asked: &Asked) -> Result<(&'static str, String), OutputError> {
    match &asked.declaration {
        Declaration::Unit(remote) => {
            let text = backend_text(remote);
            let said = "a setting of remote_state is not known".to_owned();
            let unknown = OutputError::Terraform { step: "backend", code: 1, said };
            Ok(("backend.tf", text.map_err(|_| unknown)?))
        }
        Declaration::Json(json) => Ok(("backend.tf.json", json.to_string())),
    }
}

fn failed(step: &'static str, captured: &Captured) -> OutputError {
    let said = super::tail::last_lines(&super::tail::strip_ansi(&String::from_utf8_lossy(&captured.stderr)));
    OutputError::Terraform { step, code: captured.code, said: said.join("\n") }
}

/// A bucket or key that is not there yet holds no outputs.
fn absent_or(error: OutputError) -> Answer {
    let OutputError::Terraform { said, .. } = &error else { return Err(error) };
    let is_absent = ["NoSuchKey", "NoSuchBucket", "NotFound"].iter().any(|word| said.contains(word));
    if is_absent { Ok(None) } else { Err(error) }
}
