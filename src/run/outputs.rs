//! Outputs of a dependency: straight from the store that its state is in, else from terraform in a private folder.
//! Nothing ever runs in the dependency's own directory. Each state is read once in a run, until somebody says it
//! changed.

use super::backend::backend_text;
use super::prepare::Tool;
use super::tools::ToolError;
use super::whereabouts::{Asked, Declaration, Whereabouts, locate};
use crate::config::unit::RemoteState;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::host::fs::{self, Access, FileError};
use crate::host::process::{Captured, Invocation, ProcessError};
use crate::state::front::Front;
use crate::state::object::{Appetite, Sink};
use crate::state::snapshot::{Snapshot, SnapshotError, parse_outputs};
use crate::state::{Backend, OpenError, StoreError, Stores, StoresInWaiting};
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
    /// What the unit file adds to `init`.
    pub init_arguments: Vec<String>,
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
    #[error("cannot read the state {place}: {source}")]
    State { place: String, source: Arc<SnapshotError> },
    #[error("cannot read the state: {0}")]
    Open(OpenError),
    #[error("cannot read the state: {0}")]
    Store(StoreError),
    #[error("cannot start asking stores: {0}")]
    Stores(Arc<io::Error>),
    #[error("cannot read the state {place}: reading it ended without an answer")]
    Unanswered { place: String },
    #[error("{step} failed (exit status {code}): {said}")]
    Terraform { step: &'static str, code: i32, said: String },
    #[error("{0}")]
    Process(Arc<ProcessError>),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("cannot make a private folder: {0}")]
    Folder(Arc<io::Error>),
}

impl OutputError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Open(_) => Some("mend `remote_state` of the dependency, or the variables that it reads"),
            Self::State { .. } => Some("look at what is there; the store may keep an older version of it"),
            _ => None,
        }
    }
}

/// Who reads states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// We do, where we can.
    #[default]
    Ourselves,
    Terraform,
}

type Answer = Result<Option<Value>, OutputError>;
type Slot = Arc<Mutex<Option<Answer>>>;

/// The outputs of a run, remembered.
#[derive(Debug, Default)]
pub struct Outputs {
    slots: Mutex<HashMap<PathBuf, Slot>>,
    /// Private folders in use.
    folders: Mutex<HashSet<PathBuf>>,
    stores: Arc<StoresInWaiting>,
    reader: Reader,
}

impl Outputs {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(stores: Arc<StoresInWaiting>, reader: Reader) -> Self {
        Self { stores, reader, ..Self::default() }
    }

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
        let outputs = match self.read_ourselves(&place)? {
            Read::Known(outputs) => outputs,
            Read::ByTerraform => {
                // A path of a local state means the same in another folder only if it is absolute.
                let asked = place.file().map(|path| Asked::local(&path));
                self.ask(target, &asked.unwrap_or_else(|| place.into_asked()))?
            }
        };
        Ok(outputs.filter(|outputs| outputs.entries().is_some_and(|entries| !entries.is_empty())))
    }

    fn read_ourselves(&self, place: &Whereabouts) -> Result<Read, OutputError> {
        if self.reader == Reader::Terraform || place.is_encrypted {
            return Ok(Read::ByTerraform);
        }
        match place.file() {
            Some(path) => read_file(&path),
            None => read_store(&*self.stores.get().map_err(OutputError::Stores)?, &place.backend),
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

/// What we could do without terraform.
enum Read {
    Known(Option<Value>),
    ByTerraform,
}

/// The file until the outputs are known, however much comes after them.
fn read_file(path: &Path) -> Result<Read, OutputError> {
    let mut front = Front::default();
    match fs::read_pieces(path, |piece| front.take(piece) == Appetite::Hungry) {
        Ok(()) => understood(front.finish(), || path.display().to_string()),
        Err(error) if error.is_not_found() => Ok(Read::Known(None)),
        Err(error) => Err(OutputError::File(Arc::new(error))),
    }
}

/// One request, which ends when the outputs are known. A bucket or key that is not there yet holds none.
fn read_store(stores: &Stores, backend: &Backend) -> Result<Read, OutputError> {
    let store = match stores.open(backend) {
        Ok(store) => store,
        Err(error) if error.is_for_terraform() => return Ok(Read::ByTerraform),
        Err(error) => return Err(OutputError::Open(error)),
    };
    let place = store.address();
    let asked = stores.wait(async move {
        let mut front = Front::default();
        store.read_front(&mut front).await.map(|seen| seen.map(|_| front))
    });
    match asked.ok_or_else(|| OutputError::Unanswered { place: place.clone() })? {
        Ok(Some(front)) => understood(front.finish(), || place),
        Ok(None) | Err(StoreError::NoContainer { .. }) => Ok(Read::Known(None)),
        // terraform may find some where we do not look; if not, it says so.
        Err(StoreError::NoCredentials { .. }) => Ok(Read::ByTerraform),
        Err(error) => Err(OutputError::Store(error)),
    }
}

/// terraform may know what we do not; it needs the same backend.
fn understood(
    parsed: Result<Option<Snapshot>, SnapshotError>,
    place: impl FnOnce() -> String,
) -> Result<Read, OutputError> {
    match parsed {
        Ok(snapshot) => Ok(Read::Known(snapshot.map(|snapshot| snapshot.outputs))),
        Err(SnapshotError::Encrypted | SnapshotError::Version(_)) => Ok(Read::ByTerraform),
        Err(source) => Err(OutputError::State { place: place(), source: Arc::new(source) }),
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
    let unreadable = |source| OutputError::State {
        place: target.unit_dir.display().to_string(),
        source: Arc::new(source),
    };
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
