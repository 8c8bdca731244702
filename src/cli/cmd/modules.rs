//! What `scaffold` and `catalog` share: sources as they are written into units, and the folders behind them.

use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::diag::Code;
use crate::host::fs;
use crate::provider::Version;
use crate::source::{self, Kind as SourceKind, Source, SourceError, tags};
use std::path::{Path, PathBuf};

/// The failure of a source, with what to do about it.
pub(super) fn source_failed(error: &SourceError) -> Failure {
    Failure::from_error(Kind::Machine, error).coded(Code::UnusableSource).hint_if(error.hint())
}

/// Understands a source that was written on the command line or in the root configuration.
pub(super) fn parse(text: &str, base: &Path) -> Result<Source, Failure> {
    source::parse_source(text, base).map_err(|error| source_failed(&error))
}

/// The folder of the whole source: a local one, or a copy that must not be changed.
pub(super) fn fetch(context: &Context, source: &Source) -> Result<PathBuf, Failure> {
    context.fetcher.fetch(source).map_err(|error| source_failed(&error))
}

/// The highest version that is no prerelease, where a source of git or of a registry names none.
pub(super) fn latest_release(context: &Context, source: &Source) -> Option<String> {
    let all = match &source.kind {
        SourceKind::Git(git) if git.reference.is_none() => {
            tags::tags(&context.session.env, git, &context.session.root)
        }
        SourceKind::Registry(module) if module.version.is_none() => context.fetcher.versions(module),
        _ => return None,
    };
    let versions = all.ok()?.into_iter().filter_map(|text| Some((Version::parse(&text).ok()?, text)));
    let released = versions.filter(|(version, _)| version.prerelease().is_empty());
    released.max_by(|(left, _), (right, _)| left.cmp(right)).map(|(_, text)| text)
}

/// The source text at a reference or a version; `None` for a source that has none, or names its own.
pub(super) fn pinned(text: &str, source: &Source, version: &str) -> Option<String> {
    let name = match &source.kind {
        SourceKind::Git(git) if git.reference.is_none() => "ref",
        SourceKind::Registry(module) if module.version.is_none() => "version",
        _ => return None,
    };
    let mark = if text.contains('?') { '&' } else { '?' };
    Some(format!("{text}{mark}{name}={version}"))
}

/// A source as a unit in `folder` writes it: paths that were given relative to `base` lead from there.
pub(super) fn as_written_in(folder: &Path, (text, source, base): (&str, &Source, &Path)) -> String {
    let SourceKind::Local(root) = &source.kind else { return text.to_owned() };
    if Path::new(text).is_absolute() {
        return text.to_owned();
    }
    let real = fs::canonicalize(folder).unwrap_or_else(|_| fs::clean(&base.join(folder)));
    let relative = fs::relative(&real, root).to_string_lossy().into_owned();
    let relative = if relative.starts_with("..") { relative } else { format!("./{relative}") };
    source.subdir.as_ref().map_or(relative.clone(), |subdir| format!("{relative}//{subdir}"))
}
