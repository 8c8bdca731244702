//! What a check found, as every format for machines tells it: plain texts, paths from one root, places as people count.

use crate::diag::{Position, SourceMap, Span};
use crate::host::fs;
use std::path::{Path, PathBuf};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
}

impl Level {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A file, and where in it; the whole file if `region` is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the root, with `/` between the parts.
    pub file: String,
    pub region: Option<Region>,
}

/// From the first character to the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub start: Position,
    pub end: Position,
}

impl Place {
    /// `file:3:5`
    #[must_use]
    pub fn show(&self) -> String {
        match &self.region {
            Some(Region { start, .. }) => format!("{}:{}:{}", self.file, start.line, start.column),
            None => self.file.clone(),
        }
    }
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    pub reason: String,
    /// The last day.
    pub expires: Option<String>,
    /// Where it is granted.
    pub place: Option<Place>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `pin/source-ref`
    pub rule: &'static str,
    pub level: Level,
    /// One sentence.
    pub message: String,
    pub hint: Option<String>,
    pub place: Option<Place>,
    pub related: Vec<(Place, String)>,
    /// The folders of the units that it concerns, from the root.
    pub units: Vec<String>,
    pub environment: Option<String>,
    /// The same for the same fault of another day, whatever line it has moved to.
    pub fingerprint: String,
    pub excuse: Option<Excuse>,
    /// Whether `--fix` mends it.
    pub is_fixable: bool,
}

impl Entry {
    /// What to say where there is one line for it.
    #[must_use]
    pub fn whole_message(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message.clone(),
        }
    }

    /// Whether the check fails for it.
    #[must_use]
    pub fn counts_as(&self, level: Level) -> bool {
        self.excuse.is_none() && self.level == level
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What, and why.
    pub reason: String,
    pub place: Option<Place>,
    pub units: Vec<String>,
}

/// A file that is faulty, so that not all is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// `TRC0101`
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
    pub place: Option<Place>,
}

/// A rule, for formats that list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    pub name: &'static str,
    pub summary: &'static str,
    pub level: Level,
    /// The page that explains it, in Markdown.
    pub page: &'static str,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub rules: Vec<RuleInfo>,
    /// How many units were checked.
    pub units: usize,
    pub entries: Vec<Entry>,
    pub gaps: Vec<Gap>,
    pub troubles: Vec<Trouble>,
}

/// How many there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub errors: usize,
    pub warnings: usize,
    pub exempt: usize,
    pub unchecked: usize,
    pub faults: usize,
}

impl Account {
    #[must_use]
    pub fn counts(&self) -> Counts {
        let count = |level| self.entries.iter().filter(|entry| entry.counts_as(level)).count();
        Counts {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            exempt: self.entries.iter().filter(|entry| entry.excuse.is_some()).count(),
            unchecked: self.gaps.len(),
            faults: self.troubles.len(),
        }
    }
}

/// Turns places of files into places of an account.
#[derive(Clone, Debug)]
pub struct Surveyor<'a> {
    root: PathBuf,
    sources: &'a SourceMap,
}

impl<'a> Surveyor<'a> {
    /// Paths are shown from the top of the repository around `dir`, as services that show the results expect; outside of
    /// one, from `dir` itself.
    #[must_use]
    pub fn new(dir: &Path, sources: &'a SourceMap) -> Self {
        let top = dir.ancestors().find(|above| fs::exists(&above.join(".git")));
        Self { root: top.unwrap_or(dir).to_path_buf(), sources }
    }

    /// A file that is there as a whole.
    #[must_use]
    pub fn file(&self, path: &Path) -> Place {
        Place { file: self.path(path), region: None }
    }

    /// `None` for a span of another process.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place> {
        let file = self.sources.get(span.file)?;
        let region =
            Region { start: file.position(span.start as usize), end: file.position(span.end as usize) };
        Some(Place { file: self.path(&file.path), region: Some(region) })
    }

    /// A path from the root with `/` between its parts; `.` for the root itself.
    #[must_use]
    pub fn path(&self, path: &Path) -> String {
        let below = fs::relative(&self.root, path).to_string_lossy().replace('\\', "/");
        if below.is_empty() { ".".to_owned() } else { below }
    }
}
