//! Outputs of a dependency: straight from the store that its state is in, else from terraform in a private folder.
//! Nothing ever runs in the dependency's own directory. Each state is read once in a run, until somebody says it
//! changed.

use super::init::Generated;
use super::passage::Passage;
use super::prepare::Tool;
use super::tools::ToolError;
use super::whereabouts::{Asked, Whereabouts, locate};
use crate::config::unit::RemoteState;
use crate::diag::shell_word;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::host::fs::{self, FileError};
use crate::host::parallel::Turnstile;
use crate::host::process::ProcessError;
use crate::state::front::Front;
use crate::state::object::{Appetite, Sink};
use crate::state::snapshot::{Snapshot, SnapshotError, parse_outputs};
use crate::state::{Backend, OpenError, StoreError, Stores, StoresInWaiting};
use std::collections::{BTreeMap, HashMap, HashSet};
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
    /// What it would generate into a working directory that was never prepared.
    pub generated: Vec<Generated>,
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
    /// Nothing was ever stored there, or its name is wrong.
    #[error("cannot read the state: {0}")]
    NoContainer(StoreError),
    #[error("cannot start asking stores: {0}")]
    Stores(Arc<io::Error>),
    #[error("cannot read the state {place}: reading it ended without an answer")]
    Unanswered { place: String },
    #[error("cannot read the state {place} through terraform: {step} failed (exit status {code}): {said}")]
    Terraform { place: String, step: &'static str, code: i32, said: String },
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
    pub fn hint(&self, unit_dir: &Path) -> Option<String> {
        let unit = shell_word(&unit_dir.to_string_lossy());
        Some(match self {
            Self::Store(error) | Self::NoContainer(error) => error.hint()?.to_owned(),
            Self::Open(_) => "mend `remote_state` of the unit, or the variables that it reads".to_owned(),
            Self::State { .. } => format!(
                "`terrace state history {unit}` lists older versions of it, and `terrace state restore {unit} --version ID` brings one back"
            ),
            Self::Terraform { .. } => {
                format!("`terrace --working-dir {unit} output` shows all that terraform says")
            }
            Self::Unprepared { .. } => format!("`terrace --working-dir {unit} init` prepares it"),
            _ => return None,
        })
    }

    /// Whether not even the bucket or container is there, whoever found that out.
    #[must_use]
    pub fn is_of_container(&self) -> bool {
        match self {
            Self::NoContainer(_) => true,
            Self::Terraform { said, .. } => said.contains("NoSuchBucket"),
            _ => false,
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
    /// Why terraform was asked, by unit, where nobody wanted that.
    fallbacks: Mutex<BTreeMap<PathBuf, String>>,
    processes: Turnstile,
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

    /// For whom terraform had to be asked, and why.
    #[must_use]
    pub fn fallbacks(&self) -> BTreeMap<PathBuf, String> {
        self.fallbacks.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
            Read::ByTerraform(why) => {
                let mut fallbacks = self.fallbacks.lock().unwrap_or_else(PoisonError::into_inner);
                fallbacks.extend(why.map(|why| (target.unit_dir.clone(), why)));
                drop(fallbacks);
                let name = described(&place.backend);
                // A path of a local state means the same in another folder only if it is absolute.
                let asked = place.file().map(|path| Asked::local(&path));
                self.ask(target, (&asked.unwrap_or_else(|| place.into_asked()), &name))?
            }
        };
        Ok(outputs.filter(|outputs| outputs.entries().is_some_and(|entries| !entries.is_empty())))
    }

    fn read_ourselves(&self, place: &Whereabouts) -> Result<Read, OutputError> {
        if self.reader == Reader::Terraform {
            return Ok(Read::ByTerraform(None));
        }
        if place.is_encrypted {
            return Ok(Read::ByTerraform(Some("its state is encrypted".to_owned())));
        }
        match place.file() {
            Some(path) => read_file(&path),
            None => read_store(&*self.stores.get().map_err(OutputError::Stores)?, &place.backend),
        }
    }

    /// The private folder is known while it is there, so that it goes even if nobody waits for the answer.
    fn ask(&self, target: &Target, (asked, name): (&Asked, &str)) -> Answer {
        let folder = tempfile::tempdir().map_err(|error| OutputError::Folder(Arc::new(error)))?;
        self.folders().insert(folder.path().to_path_buf());
        let answer = self.processes.pass(|| ask((target, asked, name), folder.path()));
        self.folders().remove(folder.path());
        answer
    }
}

/// What we could do without terraform.
enum Read {
    Known(Option<Value>),
    /// And why, unless somebody wanted it so.
    ByTerraform(Option<String>),
}

impl Read {
    fn by_terraform(why: &impl ToString) -> Self {
        Self::ByTerraform(Some(why.to_string()))
    }
}

/// Settings that say where a state is, and nothing that is secret.
const PLACES: [&str; 9] = [
    "bucket",
    "storage_account_name",
    "container_name",
    "key",
    "prefix",
    "path",
    "schema_name",
    "secret_suffix",
    "namespace",
];

/// A state for people, where no store of ours has a name for it: `pg (schema_name app)`.
#[must_use]
pub fn described(backend: &Backend) -> String {
    let said = PLACES.iter().filter_map(|name| {
        let value = backend.config.find(name)?;
        Some(format!("{name} {}", value.as_str()?))
    });
    let workspace = Some(&backend.workspace).filter(|workspace| *workspace != "default");
    let said: Vec<String> = said.chain(workspace.map(|name| format!("workspace {name}"))).collect();
    if said.is_empty() { backend.kind.clone() } else { format!("{} ({})", backend.kind, said.join(", ")) }
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

/// One request, which ends when the outputs are known. A key that is not there yet holds none.
fn read_store(stores: &Stores, backend: &Backend) -> Result<Read, OutputError> {
    let store = match stores.open(backend) {
        Ok(store) => store,
        Err(error) if error.is_for_terraform() => return Ok(Read::by_terraform(&error)),
        Err(error) => return Err(OutputError::Open(error)),
    };
    let place = store.address();
    let asked = stores.wait(async move {
        let mut front = Front::default();
        store.read_front(&mut front).await.map(|seen| seen.map(|_| front))
    });
    match asked.ok_or_else(|| OutputError::Unanswered { place: place.clone() })? {
        Ok(Some(front)) => understood(front.finish(), || place),
        Ok(None) => Ok(Read::Known(None)),
        Err(error @ StoreError::NoContainer { .. }) => Err(OutputError::NoContainer(error)),
        // terraform may find some where we do not look; if not, it says so.
        Err(error @ StoreError::NoCredentials { .. }) => Ok(Read::by_terraform(&error)),
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
        Err(error) if error.is_for_terraform() => Ok(Read::by_terraform(&error)),
        Err(source) => Err(OutputError::State { place: place(), source: Arc::new(source) }),
    }
}

/// Runs `init` and `output -json` in a folder that holds nothing but a backend.
fn ask((target, asked, place): (&Target, &Asked, &str), folder: &Path) -> Answer {
    let said = Passage::open((target, asked), place, folder)
        .and_then(|passage| passage.run("output -json", &["output", "-json", "-no-color"]));
    let said = match said {
        Ok(said) => said,
        Err(error) => return absent_or(error),
    };
    let unreadable = |source| OutputError::State { place: place.to_owned(), source: Arc::new(source) };
    parse_outputs(&said).map(Some).map_err(unreadable)
}

/// A key that is not there yet holds no outputs.
fn absent_or(error: OutputError) -> Answer {
    let OutputError::Terraform { said, .. } = &error else { return Err(error) };
    let is_absent = ["NoSuchKey", "NotFound"].iter().any(|word| said.contains(word));
    if is_absent { Ok(None) } else { Err(error) }
}
