//! `terrace.hcl`: what holds for a whole estate. The nearest one above the working folder counts; its folder is the
//! estate's root. `run_lock` is read here, `pins` by `estate_pins`.

use super::estate_pins::{self, PinsBlock};
use super::evaluation::{Evaluation, LayerId, Stage, fault_at};
use super::scope::{LayerScope, Phase};
use super::session::Session;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::hcl::ast::Block;
use crate::hcl::functions::date::parse_duration;
use crate::hcl::{Fault, Value};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Its name.
pub const ESTATE_FILE: &str = "terrace.hcl";

/// What it says.
#[derive(Clone, Debug, Default)]
pub struct EstateFile {
    /// The estate's root.
    pub dir: PathBuf,
    pub run_lock: Option<RunLockBlock>,
    pub pins: Option<PinsBlock>,
}

/// Runs over the estate lock their part of it.
#[derive(Clone, Debug)]
pub struct RunLockBlock {
    /// The estate's name, the same for everybody.
    pub id: String,
    pub mode: RunLockMode,
    pub backend: String,
    /// An object.
    pub config: Value,
    /// How long the lock outlives a run that died.
    pub expires: Duration,
    pub span: Span,
}

/// Whether a run takes the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunLockMode {
    /// No run starts without it.
    Require,
    /// A run over many units takes it; if its store cannot be asked, the run goes on with a warning.
    Auto,
    Off,
}

impl RunLockMode {
    /// The words for it, as they are written.
    pub const WORDS: [&str; 3] = ["require", "auto", "off"];

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "require" => Some(Self::Require),
            "auto" => Some(Self::Auto),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

const EXPIRES: Duration = Duration::from_secs(60);
/// A lock that is over sooner would be lost by a slow request.
const SHORTEST: Duration = Duration::from_secs(10);

/// Finds and reads the file of the estate around a folder; `None` where there is none.
///
/// # Errors
/// Every fault in it.
pub fn load_estate_file(session: &Session, folder: &Path) -> Result<Option<EstateFile>, Diagnostics> {
    let Some(path) = folder.ancestors().map(|dir| dir.join(ESTATE_FILE)).find(|path| fs::is_file(path))
    else {
        return Ok(None);
    };
    let evaluation = Evaluation::open(session, &path, Stage::Graph)?;
    let file = &evaluation.own.file;
    let mut faults = file.schema_faults.clone();
    let block = |kind| file.body.blocks_of(kind).next();
    let mut keep = |found: Diagnostics| faults.extend(found);
    let run_lock = block("run_lock").and_then(|block| read(&evaluation, block).map_err(&mut keep).ok());
    let pins = block("pins").and_then(|block| estate_pins::read(&evaluation, block).map_err(&mut keep).ok());
    faults.extend(evaluation.take_faults());
    if faults.iter().any(Diagnostic::is_error) {
        return Err(faults);
    }
    Ok(Some(EstateFile { dir: path.parent().unwrap_or(folder).to_path_buf(), run_lock, pins }))
}

fn read(evaluation: &Evaluation<'_>, block: &Block) -> Result<RunLockBlock, Diagnostics> {
    let mut faults: Diagnostics = Vec::new();
    let mut keep = |fault: Fault| faults.push(*fault);
    let reading = Reading { evaluation, block };
    let id = reading.text("id").map_err(&mut keep).ok();
    let backend = reading.text("backend").map_err(&mut keep).ok();
    let config = reading.config().map_err(&mut keep).ok();
    let expires = reading.expires().map_err(&mut keep).ok();
    let mode = reading.mode().map_err(&mut keep).ok();
    match (id, backend, config, expires, mode) {
        (Some(id), Some(backend), Some(config), Some(expires), Some(mode)) if faults.is_empty() => {
            Ok(RunLockBlock { id, mode, backend, config, expires, span: block.kind.span })
        }
        _ => Err(faults),
    }
}

/// The members of one block.
pub(super) struct Reading<'e> {
    pub evaluation: &'e Evaluation<'e>,
    pub block: &'e Block,
}

impl Reading<'_> {
    /// A member and its place; `None` where it is absent or null.
    ///
    /// # Errors
    /// When its expression fails.
    pub fn value(&self, name: &str) -> Result<Option<(Value, Span)>, Fault> {
        let Some(attribute) = self.block.body.find_attribute(name) else { return Ok(None) };
        let scope = LayerScope { evaluation: self.evaluation, layer: LayerId::Own, phase: Phase::Base };
        let value = scope.eval(&attribute.expr)?;
        Ok(Some((value, attribute.expr.span)).filter(|(value, _)| !value.is_null()))
    }

    /// A text that says something.
    fn text(&self, name: &str) -> Result<String, Fault> {
        let Some(attribute) = self.block.body.find_attribute(name) else {
            // Told with the other members.
            return Ok(String::new());
        };
        let (span, value) = (attribute.expr.span, self.value(name)?);
        let text = value.as_ref().and_then(|(value, _)| value.as_str());
        match text.filter(|text| !text.is_empty()) {
            Some(text) => Ok(text.to_owned()),
            None => Err(Box::new(fault_at(Code::WrongType, span, format!("`{name}` must be a text")))),
        }
    }

    fn config(&self) -> Result<Value, Fault> {
        let Some((value, span)) = self.value("config")? else { return Ok(Value::object::<&str>([])) };
        if value.entries().is_none() || !value.is_wholly_known() {
            let fault = fault_at(Code::WrongType, span, "`config` must be an object of settings");
            return Err(Box::new(fault.hint("write the settings of the backend, as in `remote_state`")));
        }
        Ok(value)
    }

    fn expires(&self) -> Result<Duration, Fault> {
        let Some((value, span)) = self.value("expires")? else { return Ok(EXPIRES) };
        let span_of_time = value.as_str().and_then(parse_duration).filter(|expires| *expires >= SHORTEST);
        span_of_time.ok_or_else(|| {
            let fault = fault_at(Code::WrongType, span, "`expires` must be a span of at least ten seconds");
            Box::new(fault.hint("write `expires = \"1m\"`"))
        })
    }

    fn mode(&self) -> Result<RunLockMode, Fault> {
        let Some((value, span)) = self.value("mode")? else { return Ok(RunLockMode::Auto) };
        value.as_str().and_then(RunLockMode::parse).ok_or_else(|| {
            let words = RunLockMode::WORDS.join(", ");
            Box::new(fault_at(Code::UnknownWord, span, format!("`mode` is one of {words}")))
        })
    }
}
