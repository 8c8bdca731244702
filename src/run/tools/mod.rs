//! Which terraform or tofu runs in a unit, where it is, which version it has. What the unit, its module and files
//! that pin tools want is compared with what PATH gives and with what version managers have installed. Installs nothing.

mod choice;
mod installed;
mod pins;

pub use choice::Unfit;

use super::prepare::Tool;
use crate::config::unit::Placed;
use crate::diag::{Code, Diagnostic, Diagnostics, SourceMap, Span};
use crate::host::env::Env;
use crate::host::fs;
use crate::host::process::{Invocation, ProcessError};
use crate::provider::code::{Modules, Said};
use crate::provider::{Constraints, Flavour, Version};
use choice::{Demand, Rule, choose};
use installed::{Found, installed};
use pins::{PinBook, Pins};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The programs that are looked for when nothing names one, in this order.
const USUAL: [Flavour; 2] = [Flavour::Tofu, Flavour::Terraform];

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
    #[error("{}", .0.summary())]
    Unfit(Arc<Unfit>),
    /// What says which one is wanted cannot be understood.
    #[error("{}", .0.first().map_or("", |fault| fault.summary.as_str()))]
    Unclear(Arc<Diagnostics>),
}

impl ToolError {
    /// Whether there is no such program.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoneFound | Self::NotFound(_) | Self::Missing(_))
    }
}

/// What is known of a unit that has a say in its tool.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The folder whose pins govern it.
    pub dir: &'a Path,
    /// `terraform_binary`
    pub named: Option<&'a str>,
    /// `terraform_version_constraint`
    pub constraint: Option<&'a Placed<String>>,
    /// The module, where it lies in a folder of this machine.
    pub module: Option<&'a Path>,
}

impl<'a> Wish<'a> {
    /// Of a folder that wants nothing but what its pins say.
    #[must_use]
    pub fn of_dir(dir: &'a Path) -> Self {
        Self { dir, named: None, constraint: None, module: None }
    }
}

/// A tool, and what is to be said of how it was found.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub tool: Tool,
    pub note: Option<Note>,
    /// Where it is asked for its version: behind one name there may be a version manager.
    asked_in: PathBuf,
}

/// What the user should know of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It is another one than PATH gives, and why.
    Chosen(String),
    /// It is not what a pin wants, and runs all the same.
    Overruled(String),
}

/// What a program says of itself.
type Told = Result<(String, Flavour), ToolError>;

/// What makes a choice what it is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Question {
    named: Option<String>,
    flavour: Option<Flavour>,
    demands: Vec<(String, String, Option<Span>)>,
    asked_in: PathBuf,
}

/// The tools of a run, each looked up once.
#[derive(Debug)]
pub struct Tools {
    env: Env,
    cwd: PathBuf,
    /// `--tf-path`: wins over what units say.
    given: Option<PathBuf>,
    pins: PinBook,
    modules: Modules,
    found: Mutex<HashMap<Question, Result<Chosen, ToolError>>>,
    versions: Mutex<HashMap<(PathBuf, PathBuf), Told>>,
}

impl Tools {
    /// `sources` gets the texts of files that pin tools, so that their faults can be shown.
    #[must_use]
    pub fn new(env: Env, cwd: PathBuf, (given, sources): (Option<PathBuf>, &Arc<SourceMap>)) -> Self {
        Self {
            env,
            cwd,
            given,
            pins: PinBook::new(Arc::clone(sources)),
            modules: Modules::new(Arc::clone(sources)),
            found: Mutex::default(),
            versions: Mutex::default(),
        }
    }

    /// Which of the two tools a unit runs. Starts nothing.
    #[must_use]
    pub fn flavour_of(&self, wish: &Wish<'_>) -> Flavour {
        let said = self.flavour_said(wish);
        said.or_else(|| self.usual(&self.pins.govern(wish.dir))).unwrap_or_default()
    }

    /// The same, as far as names and pins say it: on every machine alike, whatever is installed there.
    #[must_use]
    pub fn flavour_said(&self, wish: &Wish<'_>) -> Option<Flavour> {
        let named = self.given.clone().or_else(|| wish.named.map(PathBuf::from));
        let is_tofu = |name: &OsStr| name.to_string_lossy().contains("tofu");
        match named.as_deref().and_then(Path::file_name).map(is_tofu) {
            Some(true) => Some(Flavour::Tofu),
            Some(false) => Some(Flavour::Terraform),
            None => pinned_alone(&self.pins.govern(wish.dir)),
        }
    }

    /// The tool of a unit.
    ///
    /// # Errors
    /// When there is none, or none that is wanted.
    pub fn of_unit(&self, wish: &Wish<'_>) -> Result<Tool, ToolError> {
        self.choose(wish).map(|chosen| chosen.tool)
    }

    /// The same with its version.
    ///
    /// # Errors
    /// When there is no tool, or it does not say its version.
    pub fn of_unit_with_version(&self, wish: &Wish<'_>) -> Result<Tool, ToolError> {
        let chosen = self.choose(wish)?;
        let (version, flavour) = self.told(&chosen.tool.program, &chosen.asked_in)?;
        Ok(Tool { version, flavour, ..chosen.tool })
    }

    /// The same, with how it was found.
    ///
    /// # Errors
    /// When there is none, or none that is wanted.
    pub fn choose(&self, wish: &Wish<'_>) -> Result<Chosen, ToolError> {
        let named = self.given.clone().or_else(|| wish.named.map(PathBuf::from));
        let pins = self.pins.govern(wish.dir);
        let flavour = self.flavour(named.as_deref(), &pins);
        let is_free = named.as_ref().is_none_or(|named| flavour_of_name(named).is_some());
        let (demands, asked_in) = self.demands(wish, flavour, (&pins, is_free))?;
        let shown = demands.iter().map(|demand| (demand.who.clone(), demand.text.clone(), demand.span));
        let question = Question {
            named: named.as_ref().map(|named| named.to_string_lossy().into_owned()),
            flavour,
            demands: shown.collect(),
            asked_in,
        };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = found.get(&question) {
            return known.clone();
        }
        let search = Search { named: named.as_deref(), flavour, demands, asked_in: &question.asked_in };
        let chosen =
            if is_free { self.find_fitting(search) } else { self.find_named(search, (&pins, wish.dir)) };
        found.insert(question, chosen.clone());
        chosen
    }

    /// Which of the two programs it is, as far as names and pins say: a unit for which only one is pinned runs that.
    fn flavour(&self, named: Option<&Path>, pins: &Pins) -> Option<Flavour> {
        if let Some(named) = named {
            return flavour_of_name(named);
        }
        pinned_alone(pins).or_else(|| self.usual(pins))
    }

    /// What PATH has, or else what is pinned.
    fn usual(&self, pins: &Pins) -> Option<Flavour> {
        let on_path = USUAL.into_iter().find(|flavour| self.on_path(flavour.program()).is_some());
        on_path.or_else(|| USUAL.into_iter().find(|flavour| pins.of(*flavour).is_some()))
    }

    /// Everything that has a say, and where a version manager would look for it.
    fn demands(
        &self,
        wish: &Wish<'_>,
        flavour: Option<Flavour>,
        (pins, heeds_pins): (&Pins, bool),
    ) -> Result<(Vec<Demand>, PathBuf), ToolError> {
        let (mut demands, mut asked_in) = (Vec::new(), self.cwd.clone());
        if heeds_pins {
            if !pins.faults.is_empty() {
                return Err(ToolError::Unclear(Arc::clone(&pins.faults)));
            }
            let pinned = flavour.and_then(|flavour| pins.of(flavour));
            if let Some(folder) = pinned.and_then(|pin| pin.path.parent()) {
                folder.clone_into(&mut asked_in);
            }
        }
        if let Some(wanted) = wish.constraint.filter(|wanted| !wanted.value.is_empty()) {
            demands.push(of_unit(wanted)?);
        }
        if let Some(module) = wish.module {
            let module = self.modules.load(module, flavour.unwrap_or_default().dialect());
            // What is no constraint, terraform itself tells.
            demands.extend(module.required_versions.iter().filter_map(of_module));
        }
        // What many units share stands last: faults are told by what stands first.
        if heeds_pins {
            demands.extend(self.pinned(flavour, pins)?);
        }
        Ok((demands, asked_in))
    }

    /// What a variable of a version manager says, or else the nearest file.
    fn pinned(&self, flavour: Option<Flavour>, pins: &Pins) -> Result<Option<Demand>, ToolError> {
        let Some(flavour) = flavour else { return Ok(None) };
        let Some((name, text, wanted)) = pins::of_env(&self.env, flavour) else {
            return Ok(pins.of(flavour).map(|governing| Demand {
                who: governing.path.display().to_string(),
                text: governing.pin.text.clone(),
                span: Some(governing.pin.span),
                rule: Rule::Pin(governing.pin.wanted.clone()),
            }));
        };
        match wanted {
            Ok(wanted) => {
                Ok(Some(Demand { who: name.to_owned(), text, span: None, rule: Rule::Pin(wanted) }))
            }
            Err(problem) => {
                let summary = format!("`{text}` in {name} is no version of {}: {problem}", flavour.program());
                let fault = Diagnostic::error(Code::MalformedToolPin, summary).hint("write it as `1.5.7`");
                Err(ToolError::Unclear(Arc::new(vec![fault])))
            }
        }
    }

    /// A program that was named by its path, or by a name of its own: it runs whatever files pin, but not where a
    /// constraint forbids it.
    fn find_named(&self, search: Search<'_>, (pins, dir): (&Pins, &Path)) -> Result<Chosen, ToolError> {
        let named = search.named.unwrap_or(Path::new(""));
        let program = self.locate(named)?;
        let mut chosen = search.take(program.clone(), None);
        let flavour = flavour_of_name(Path::new(&chosen.tool.name));
        let pinned = flavour.and_then(|flavour| self.pinned(Some(flavour), pins).ok().flatten());
        if search.demands.is_empty() && pinned.is_none() {
            return Ok(chosen);
        }
        let here = Found { keeper: "named", ..self.found_at(program, search.asked_in)? };
        if choose(&search.demands, std::slice::from_ref(&here)).is_none() {
            return Err(search.unfit(vec![here]));
        }
        if let Some(pin) = pinned
            && choose(std::slice::from_ref(&pin), std::slice::from_ref(&here)).is_none()
        {
            let text = format!(
                "{} {} runs, as --tf-path or terraform_binary says, though {} wants {}",
                chosen.tool.name,
                here.version,
                fs::relative(dir, Path::new(&pin.who)).display(),
                pin.text
            );
            chosen.note = Some(Note::Overruled(text));
        }
        Ok(chosen)
    }

    /// What PATH gives, unless something speaks against it and for an installed one.
    fn find_fitting(&self, search: Search<'_>) -> Result<Chosen, ToolError> {
        let Some(flavour) = search.flavour else { return Err(ToolError::NoneFound) };
        let on_path = self.on_path(flavour.program());
        if search.demands.is_empty() {
            let missing = || match search.named {
                Some(named) => ToolError::NotFound(named.display().to_string()),
                None => ToolError::NoneFound,
            };
            return on_path.map(|program| search.take(program, None)).ok_or_else(missing);
        }
        let mut found: Vec<Found> = Vec::new();
        if let Some(program) = on_path {
            // A version manager's own program may have nothing to give for this folder.
            match self.found_at(program, search.asked_in) {
                Ok(here) => found.push(here),
                Err(error) if installed(&self.env, flavour).is_empty() => return Err(error),
                Err(_) => {}
            }
        }
        found.extend(installed(&self.env, flavour));
        loop {
            let Some(one) = choose(&search.demands, &found) else { return Err(search.unfit(found)) };
            let told = self.found_at(one.program.clone(), search.asked_in)?;
            if told.version == one.version {
                let note = (one.keeper != "PATH").then(|| search.why(one));
                return Ok(search.take(one.program.clone(), note));
            }
            // A folder may be named after another version than lies in it.
            let (program, version) = (one.program.clone(), told.version);
            found
                .iter_mut()
                .filter(|one| one.program == program)
                .for_each(|one| one.version = version.clone());
        }
    }

    /// A program on PATH or anywhere else, with what it says of itself.
    fn found_at(&self, program: PathBuf, asked_in: &Path) -> Result<Found, ToolError> {
        let (said, _) = self.told(&program, asked_in)?;
        let version = Version::parse(&said)
            .map_err(|_| ToolError::Version(format!("{} said: v{said}", program.display())))?;
        Ok(Found { program, version, keeper: "PATH" })
    }

    /// A program by its path, or by a name on PATH.
    fn locate(&self, wanted: &Path) -> Result<PathBuf, ToolError> {
        if wanted.components().count() == 1 && !wanted.is_absolute() {
            let name = wanted.to_string_lossy().into_owned();
            return self.on_path(&name).ok_or(ToolError::NotFound(name));
        }
        let program = fs::clean(&self.cwd.join(wanted));
        if fs::is_file(&program) {
            Ok(program)
        } else {
            Err(ToolError::Missing(program.display().to_string()))
        }
    }

    fn on_path(&self, name: &str) -> Option<PathBuf> {
        let folders = self.env.get_filled("PATH")?;
        let candidates = folders.split(':').map(|folder| self.cwd.join(folder).join(name));
        candidates.into_iter().find(|path| fs::is_executable(path))
    }

    /// The tool's own word about its version, asked for once in each folder that may change it.
    fn told(&self, program: &Path, asked_in: &Path) -> Told {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (program.to_path_buf(), asked_in.to_path_buf());
        versions.entry(key).or_insert_with(|| self.ask_version(program, asked_in)).clone()
    }

    fn ask_version(&self, program: &Path, asked_in: &Path) -> Told {
        let mut env = self.env.clone();
        let arguments: Vec<String> =
            env.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        arguments.iter().filter(|name| name.starts_with("TF_CLI_ARGS")).for_each(|name| env.remove(name));
        env.set("CHECKPOINT_DISABLE", "1");
        let invocation = Invocation {
            program: program.to_path_buf(),
            args: vec!["-version".into()],
            cwd: asked_in.to_path_buf(),
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

/// What is looked for.
struct Search<'a> {
    named: Option<&'a Path>,
    flavour: Option<Flavour>,
    demands: Vec<Demand>,
    asked_in: &'a Path,
}

impl Search<'_> {
    fn take(&self, program: PathBuf, note: Option<Note>) -> Chosen {
        let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        let tool = Tool { program, name, version: String::new(), flavour: Flavour::default() };
        Chosen { tool, note, asked_in: self.asked_in.to_path_buf() }
    }

    fn unfit(&self, found: Vec<Found>) -> ToolError {
        let flavour = self.flavour.unwrap_or_default();
        let named = found.first().and_then(|one| one.program.file_name());
        let name = named.map_or(flavour.program().into(), |name| name.to_string_lossy()).into_owned();
        ToolError::Unfit(Arc::new(Unfit { flavour, name, demands: self.demands.clone(), found }))
    }

    /// Which one it is, and who wanted that.
    fn why(&self, one: &Found) -> Note {
        let wants: Vec<String> =
            self.demands.iter().map(|demand| format!("{} wants {}", demand.who, demand.text)).collect();
        let tool = self.flavour.unwrap_or_default().program();
        Note::Chosen(format!(
            "{tool} {} of {} runs ({}): {}",
            one.version,
            one.keeper,
            one.program.display(),
            wants.join(", ")
        ))
    }
}

/// The tool that a bare name means; `None` for a path and for a name of its own.
/// The only tool that files pin for a unit.
fn pinned_alone(pins: &Pins) -> Option<Flavour> {
    match (pins.of(Flavour::Terraform), pins.of(Flavour::Tofu)) {
        (Some(_), None) => Some(Flavour::Terraform),
        (None, Some(_)) => Some(Flavour::Tofu),
        _ => None,
    }
}

fn flavour_of_name(named: &Path) -> Option<Flavour> {
    USUAL.into_iter().find(|flavour| named == Path::new(flavour.program()))
}

fn of_unit(wanted: &Placed<String>) -> Result<Demand, ToolError> {
    let text = wanted.value.clone();
    match Constraints::parse(&text) {
        Ok(constraints) => {
            let who = "terraform_version_constraint".to_owned();
            Ok(Demand { who, text, span: Some(wanted.span), rule: Rule::Constraint(constraints) })
        }
        Err(error) => {
            let fault = malformed_constraint(&text, &error).at(wanted.span, "");
            Err(ToolError::Unclear(Arc::new(vec![fault])))
        }
    }
}

fn of_module(required: &Said) -> Option<Demand> {
    let text = required.as_text()?.to_owned();
    let rule = Rule::Constraint(Constraints::parse(&text).ok()?);
    Some(Demand { who: "required_version".to_owned(), text, span: Some(required.span), rule })
}

/// What is said of a text that is no constraint.
#[must_use]
pub fn malformed_constraint(text: &str, error: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(Code::MalformedConstraint, format!("`{text}` is no version constraint: {error}"))
        .hint("write it as `>= 1.2, < 2.0`")
}
