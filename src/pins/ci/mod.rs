//! What CI fetches and runs: actions and workflows of GitHub, hooks of `pre-commit`, includes and components of GitLab, and
//! whether each is held to something that nobody can swap. Reads files; asks nobody.

mod github;
mod gitlab;
mod held;
mod pre_commit;
mod yaml;

use crate::diag::{Code, Diagnostic, Diagnostics, FileId, SourceMap, Span};
use crate::host::fs::{self, EntryKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use yaml::Node;

/// Something that a file fetches and that may be another thing tomorrow.
#[derive(Clone, Debug)]
pub struct Loose {
    /// What is written: `actions/checkout@v4`.
    pub text: String,
    pub span: Span,
    /// One sentence.
    pub message: String,
    pub hint: String,
}

/// Something that only a run of CI knows.
#[derive(Clone, Debug)]
pub struct Unclear {
    pub span: Span,
    pub reason: String,
}

/// What the CI files of a repository say.
#[derive(Clone, Debug, Default)]
pub struct CiPins {
    /// How many references were looked at.
    pub seen: usize,
    pub loose: Vec<Loose>,
    pub unclear: Vec<Unclear>,
    /// Files that cannot be read.
    pub faults: Diagnostics,
}

/// Which files this is about, by their path from the top with `/` between the parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Workflow,
    Action,
    PreCommit,
    GitLab,
}

fn kind_of(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let folder = path.strip_suffix(name).unwrap_or_default();
    match name {
        _ if !is_yaml => None,
        "action.yml" | "action.yaml" if folder.is_empty() || folder.starts_with(".github/") => {
            Some(Kind::Action)
        }
        _ if folder == ".github/workflows/" => Some(Kind::Workflow),
        ".pre-commit-config.yaml" | ".pre-commit-config.yml" => Some(Kind::PreCommit),
        ".gitlab-ci.yml" | ".gitlab-ci.yaml" => Some(Kind::GitLab),
        _ if folder.starts_with(".gitlab/") => Some(Kind::GitLab),
        _ => None,
    }
}

/// Whether a path, as seen from the top of the repository, is one that [`read`] looks at.
#[must_use]
pub fn is_ci_file(path: &Path) -> bool {
    kind_of(&path.to_string_lossy().replace('\\', "/")).is_some()
}

/// The CI files of a repository, in order: those at usual places.
#[must_use]
pub fn files(top: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [
        ".pre-commit-config.yaml",
        ".pre-commit-config.yml",
        ".gitlab-ci.yml",
        ".gitlab-ci.yaml",
        "action.yml",
        "action.yaml",
    ]
    .iter()
    .map(|name| top.join(name))
    .filter(|path| fs::is_file(path))
    .collect();
    for folder in [".github", ".gitlab"] {
        walk(&top.join(folder), 0, &mut found);
    }
    found.retain(|path| path.strip_prefix(top).is_ok_and(is_ci_file));
    found.sort();
    found
}

/// Deeper than anybody's actions lie.
const DEEPEST: usize = 8;

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::list_dir(folder) else { return };
    for (name, kind) in entries {
        let path = folder.join(name);
        match kind {
            EntryKind::Directory if depth < DEEPEST => walk(&path, depth + 1, found),
            EntryKind::Directory => {}
            _ => found.push(path),
        }
    }
}

/// Reads files of a repository.
#[must_use]
pub fn read(top: &Path, files: &[PathBuf], sources: &SourceMap) -> CiPins {
    let mut pins = CiPins::default();
    for path in files {
        let kind = path.strip_prefix(top).ok().and_then(|below| kind_of(&below.to_string_lossy()));
        let Some(kind) = kind else { continue };
        match fs::read_text(path) {
            Ok(text) => read_text(kind, (path, &text), sources, &mut pins),
            Err(error) => pins.faults.push(Diagnostic::error(Code::FileUnreadable, error.to_string())),
        }
    }
    pins
}

fn read_text(kind: Kind, (path, text): (&Path, &str), sources: &SourceMap, pins: &mut CiPins) {
    let file = sources.add(path, text.into());
    let documents = match yaml::documents(text) {
        Ok(documents) => documents,
        Err(fault) => {
            let at = Span::new(file, fault.at, text.len().min(fault.at + 1));
            let summary = format!("{} is no YAML: {}", path.display(), fault.problem);
            return pins.faults.push(Diagnostic::error(Code::FileUnreadable, summary).at(at, ""));
        }
    };
    let mut reading = Reading { file, pins };
    for document in &documents {
        match kind {
            Kind::Workflow => github::workflow(document, &mut reading),
            Kind::Action => github::action(document, &mut reading),
            Kind::PreCommit => pre_commit::config(document, &mut reading),
            Kind::GitLab => gitlab::pipeline(document, &mut reading),
        }
    }
}

/// One file being read.
struct Reading<'a> {
    file: FileId,
    pins: &'a mut CiPins,
}

/// What is wrong with a reference, and what to write instead.
struct Remark {
    message: String,
    hint: String,
}

impl Reading<'_> {
    /// A reference was looked at; `None` is fine.
    fn judge(&mut self, node: &Node, remark: Option<Remark>) {
        self.pins.seen += 1;
        let Some(Remark { message, hint }) = remark else { return };
        let text = node.as_text().unwrap_or_default().to_owned();
        self.pins.loose.push(Loose { text, span: self.span(&node.at), message, hint });
    }

    fn unclear(&mut self, node: &Node, reason: String) {
        self.pins.seen += 1;
        self.pins.unclear.push(Unclear { span: self.span(&node.at), reason });
    }

    fn span(&self, at: &Range<usize>) -> Span {
        Span::new(self.file, at.start, at.end)
    }
}

#[cfg(test)]
mod tests;
