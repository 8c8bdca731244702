//! One unit file with its includes, being evaluated in its context. Everything is lazy and remembered: a local, an
//! include, a dependency's outputs are worked out when first named and at most once.

use super::dependency::Outputs;
use super::expansion::Turn;
use super::file::File;
use super::include::Include;
use super::session::{Credentials, Session};
use crate::cloud::aws::Access;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::hcl::{Fault, Value};
use crate::host::env::Env;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before anything ran: outputs of dependencies are unknown.
    Graph,
    /// Looking for faults in everything: mocks stand for outputs, which are unknown without.
    Check,
    /// Just before the unit runs: outputs are fetched.
    Full,
}

/// What a local is while it is being worked out, and afterwards.
#[derive(Clone, Debug)]
pub(super) enum Thunk {
    Running,
    Done(Result<Value, Fault>),
}

/// One file in the context of a unit.
#[derive(Debug)]
pub struct Layer {
    pub file: Arc<File>,
    pub(super) locals: RefCell<HashMap<Arc<str>, Thunk>>,
    /// What the values file beside it holds.
    pub(super) values: OnceCell<Result<Option<Value>, Fault>>,
}

impl Layer {
    pub(super) fn new(file: Arc<File>) -> Self {
        Self { file, locals: RefCell::default(), values: OnceCell::new() }
    }
}

/// Which file of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerId {
    /// The unit file itself.
    Own,
    /// What a stack laid beside the unit file.
    Beside,
    /// The include of this index.
    Included(usize),
}

/// A unit file in its context. Not shared between threads; cheap to build.
pub struct Evaluation<'s> {
    pub session: &'s Session,
    pub config_path: PathBuf,
    /// `get_terragrunt_dir()`
    pub dir: PathBuf,
    /// `get_original_terragrunt_dir()`
    pub original_dir: PathBuf,
    pub stage: Stage,
    /// What its functions see, and what its children get.
    pub env: Env,
    pub credentials: Credentials,
    /// The same under the unit's role.
    pub(super) cloud_env: OnceCell<Result<Env, Fault>>,
    /// Whether its role is being worked out.
    pub(super) is_choosing_role: Cell<bool>,
    pub(super) own: Layer,
    /// What a stack laid beside the unit file, if it did.
    pub(super) beside: OnceCell<Result<Option<Layer>, Fault>>,
    pub(super) includes: OnceCell<Result<Vec<Include>, Fault>>,
    pub(super) outputs: Outputs,
    pub(super) exposed: RefCell<HashMap<usize, Thunk>>,
    /// Files whose content went into the result, beside the unit file itself.
    pub(super) reads: RefCell<BTreeSet<PathBuf>>,
    /// Other paths that it looked at, there or not: were they to change, so might the result.
    pub(super) asked: RefCell<BTreeSet<PathBuf>>,
    /// Folders of local modules whose files are among those that were read.
    pub(super) modules: RefCell<BTreeSet<PathBuf>>,
    pub(super) faults: RefCell<Diagnostics>,
    /// The configs that are being read around this one, outermost first.
    pub(super) readers: Vec<PathBuf>,
    /// Whether the result depends on which unit asked.
    pub(super) personal: Cell<bool>,
    /// The instance of a dependency that is being worked out.
    pub(super) turn: RefCell<Option<Turn>>,
    /// Whether the includes are so faulty that listings name none.
    pub(super) includes_unclear: Cell<bool>,
}

impl<'s> Evaluation<'s> {
    /// Opens a unit file.
    ///
    /// # Errors
    /// When it cannot be read, or does not parse: then with every fault of the file.
    pub fn open(session: &'s Session, config_path: &Path, stage: Stage) -> Result<Self, Diagnostics> {
        let dir = config_path.parent().unwrap_or(Path::new("/"));
        let own = match stage {
            Stage::Full => session.env_of_unit(dir),
            Stage::Graph | Stage::Check => session.env_in_discovery(dir),
        };
        Self::open_with(session, config_path, (stage, own.map_err(|fault| vec![*fault])?))
    }

    /// The same with an environment that is there already.
    ///
    /// # Errors
    /// As [`Evaluation::open`].
    pub fn open_with(
        session: &'s Session,
        config_path: &Path,
        (stage, (env, credentials)): (Stage, (Env, Credentials)),
    ) -> Result<Self, Diagnostics> {
        let file = session.files.load(config_path).map_err(|fault| vec![*fault])?;
        if !file.is_sound() {
            return Err(file.faults.clone());
        }
        let dir = file.dir().to_path_buf();
        let readers = Vec::new();
        let place = Place { original_dir: dir.clone(), dir, stage, readers, env, credentials };
        Ok(Self::of_file(session, file, place))
    }

    /// An evaluation of a sound file at a place.
    pub(super) fn of_file(session: &'s Session, file: Arc<File>, place: Place) -> Self {
        let evaluation = Self {
            session,
            config_path: file.path.clone(),
            dir: place.dir,
            original_dir: place.original_dir,
            stage: place.stage,
            env: place.env,
            credentials: place.credentials,
            cloud_env: OnceCell::new(),
            is_choosing_role: Cell::new(false),
            own: Layer::new(file),
            beside: OnceCell::new(),
            includes: OnceCell::new(),
            outputs: Outputs::default(),
            exposed: RefCell::default(),
            reads: RefCell::default(),
            asked: RefCell::default(),
            modules: RefCell::default(),
            faults: RefCell::default(),
            readers: place.readers,
            personal: Cell::new(false),
            turn: RefCell::default(),
            includes_unclear: Cell::new(false),
        };
        evaluation.own.file.schema_faults.iter().for_each(|fault| evaluation.fault(fault.clone()));
        evaluation
    }

    /// Whether this is a stack file.
    #[must_use]
    pub fn is_stack(&self) -> bool {
        self.config_path.file_name().is_some_and(|name| name == super::stack::STACK_FILE)
    }

    /// Whether this is the unit file of its folder.
    #[must_use]
    pub fn is_unit(&self) -> bool {
        self.config_path == self.session.config_in(&self.dir)
    }

    /// The includes, opened.
    ///
    /// # Errors
    /// The first include that is wrong.
    pub fn includes(&self) -> Result<&[Include], Fault> {
        let opened = self.includes.get_or_init(|| super::include::open_all(self));
        opened.as_deref().map_err(Clone::clone)
    }

    /// A file of this evaluation. An include can only be named after it was opened.
    pub(super) fn layer(&self, id: LayerId) -> &Layer {
        match id {
            LayerId::Own => &self.own,
            LayerId::Beside => match self.beside.get() {
                Some(Ok(Some(layer))) => layer,
                _ => &self.own,
            },
            LayerId::Included(index) => match self.includes.get() {
                Some(Ok(includes)) => includes.get(index).map_or(&self.own, |include| &include.layer),
                _ => &self.own,
            },
        }
    }

    /// Whether a stack laid something beside the unit file, opened.
    ///
    /// # Errors
    /// When it cannot be read or does not parse.
    pub(super) fn has_beside(&self) -> Result<bool, Fault> {
        let opened = self.beside.get_or_init(|| super::beside::open(self));
        opened.as_ref().map(Option::is_some).map_err(Clone::clone)
    }

    /// What AWS is asked with. Keys of the environment as they are, as the reference does: names of buckets are made of
    /// the answers. Otherwise under the unit's role, but for the expressions that name it.
    pub(super) fn cloud_env(&self) -> Result<Env, Fault> {
        if self.is_choosing_role.get() || Access::of_env(&self.env).env_keys.is_some() {
            return Ok(self.env.clone());
        }
        let choose = || {
            self.is_choosing_role.set(true);
            let role = super::role::of_unit(self);
            self.is_choosing_role.set(false);
            self.session.under_role(&self.env, role?.as_ref(), &self.dir)
        };
        self.cloud_env.get_or_init(choose).clone()
    }

    /// All files, the unit's own first.
    ///
    /// # Errors
    /// The first include that is wrong.
    pub(super) fn layer_ids(&self) -> Result<Vec<LayerId>, Fault> {
        let count = self.includes()?.len();
        let beside = self.has_beside()?.then_some(LayerId::Beside);
        let own = std::iter::once(LayerId::Own).chain(beside);
        Ok(own.chain((0..count).map(LayerId::Included)).collect())
    }

    /// Notes that a file went into the result.
    pub fn mark_read(&self, path: PathBuf) {
        self.reads.borrow_mut().insert(path);
    }

    /// Notes that the result may hang on a path, whether or not there is anything.
    pub(super) fn mark_asked(&self, path: &Path) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(path) {
            asked.insert(path.to_path_buf());
        }
    }

    /// Paths that the result may hang on beside the files that went into it, sorted.
    #[must_use]
    pub fn asked(&self) -> Vec<PathBuf> {
        self.asked.borrow().iter().cloned().collect()
    }

    /// Files that went into the result so far, sorted.
    #[must_use]
    pub fn reads(&self) -> Vec<PathBuf> {
        self.reads.borrow().iter().cloned().collect()
    }

    /// Collects a fault or a warning; the same one is kept once.
    pub(super) fn fault(&self, fault: Diagnostic) {
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.faults.borrow().iter().any(Diagnostic::is_error)
    }

    /// Faults and warnings so far; they are handed out once.
    #[must_use]
    pub fn take_faults(&self) -> Diagnostics {
        self.faults.take()
    }

    /// Adds how we came into an included file, so that a fault there names the unit that includes it.
    pub(super) fn frame(&self, layer: LayerId, mut fault: Fault) -> Fault {
        if let (LayerId::Included(index), Some(Ok(includes))) = (layer, self.includes.get())
            && let Some(include) = includes.get(index)
            && !fault.frames.iter().any(|frame| frame.span == include.span)
        {
            *fault = fault.via(include.span, format!("in {}, included", include.described()));
        }
        fault
    }
}

/// Where an evaluation stands.
pub(super) struct Place {
    pub dir: PathBuf,
    pub original_dir: PathBuf,
    pub stage: Stage,
    pub readers: Vec<PathBuf>,
    pub env: Env,
    pub credentials: Credentials,
}

impl Place {
    /// Where a file in `dir` is evaluated that another evaluation reads.
    pub(super) fn read_by(reader: &Evaluation<'_>, dir: &Path) -> Self {
        Self {
            dir: dir.to_path_buf(),
            original_dir: reader.original_dir.clone(),
            stage: reader.stage,
            readers: reader.readers.iter().cloned().chain([reader.config_path.clone()]).collect(),
            env: reader.env.clone(),
            credentials: reader.credentials,
        }
    }
}

/// A fault with a place.
pub(super) fn fault_at(code: Code, span: Span, summary: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, summary).at(span, "")
}
