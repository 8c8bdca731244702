//! What `scaffold` and `catalog` share: sources as they are written into units, and the folders behind them.

use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::diag::Code;
use crate::host::fs;
use crate::provider::Version;
use crate::source::{self, Source, SourceError, tags};
use std::path::{Path, PathBuf};

/// The failure of a source, with what to do about it.
pub(super) fn source_failed(error: &SourceError) -> Failure {
    Failure::from_error(Kind::Machine, error).coded(Code::UnusableSource).hint_if(error.hint())
}

/// Understands a source that was written on the command line or in the root configuration.
pub(super) fn parse(text: &str, base: &Path) -> Result<Source, Failure> {
    source::parse_source(text, base).map_err(|error| source_failed(&error))
}

/// The folder of the whole source: a local one, or a copy that goes with the process.
pub(super) fn fetch(context: &Context, source: &Source) -> Result<PathBuf, Failure> {
    let found = match &source.kind {
        source::Kind::Local(path) if fs::is_dir(path) => Ok(path.clone()),
        source::Kind::Local(path) => Err(SourceError::MissingLocal { path: path.clone() }),
        source::Kind::Git(git) => context.fetcher.fetch(git),
        source::Kind::Later(kind) => Err(SourceError::NotYet { kind, address: source.to_string() }),
    };
    found.map_err(|error| source_failed(&error))
}

/// The highest tag that is a version and no prerelease, where a git source names no reference.
pub(super) fn latest_release(context: &Context, source: &Source) -> Option<String> {
    let source::Kind::Git(git) = &source.kind else { return None };
    if git.reference.is_some() {
        return None;
    }
    let all = tags::tags(&context.session.env, git, &context.session.root).ok()?;
    let versions = all.into_iter().filter_map(|tag| Some((Version::parse(&tag).ok()?, tag)));
    let released = versions.filter(|(version, _)| version.prerelease().is_empty());
    released.max_by(|(left, _), (right, _)| left.cmp(right)).map(|(_, tag)| tag)
}

/// The source text with a reference.
pub(super) fn with_ref(text: &str, reference: &str) -> String {
    let mark = if text.contains('?') { '&' } else { '?' };
    format!("{text}{mark}ref={reference}")
}

/// A source as a unit in `folder` writes it: paths that were given relative to `base` lead from there.
pub(super) fn as_written_in(folder: &Path, (text, source, base): (&str, &Source, &Path)) -> String {
    let source::Kind::Local(root) = &source.kind else { return text.to_owned() };
    if Path::new(text).is_absolute() {
        return text.to_owned();
    }
    let real = fs::canonicalize(folder).unwrap_or_else(|_| fs::clean(&base.join(folder)));
    let relative = fs::relative(&real, root).to_string_lossy().into_owned();
    let relative = if relative.starts_with("..") { relative } else { format!("./{relative}") };
    source.subdir.as_ref().map_or(relative.clone(), |subdir| format!("{relative}//{subdir}"))
}
