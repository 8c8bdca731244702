//! Which source a unit takes and where terraform will run for it. Text only: nothing is fetched here.

use super::alone;
use super::evaluation::Evaluation;
use super::session::Session;
use crate::hcl::Fault;
use crate::source::{self, Layout, Source, SourceError, cache, redirect};
use std::path::{Path, PathBuf};

/// The folders of a unit whose file says `source`.
///
/// # Errors
/// An address that cannot be understood.
pub(super) fn of_unit(evaluation: &Evaluation<'_>, written: Option<&str>) -> Result<Layout, SourceError> {
    let address = address(evaluation.session, &evaluation.dir, written)?;
    let download_dir = alone::text(evaluation, (None, "download_dir")).ok().flatten();
    Ok(layout(evaluation.session, &evaluation.dir, (&address, download_dir.as_deref())))
}

/// The address that a unit's module comes from, `--source` and `--source-map` applied; the unit's own folder when
/// it names none.
///
/// # Errors
/// An address that cannot be understood.
pub fn address(session: &Session, unit_dir: &Path, written: Option<&str>) -> Result<Source, SourceError> {
    let text = match (&session.redirects.source, session.redirects.every_unit) {
        (Some(base), true) => redirect::rebase(base, written),
        (Some(source), false) => source.clone(),
        (None, _) => match written.filter(|written| !written.is_empty()) {
            Some(written) => {
                redirect::redirect(&session.redirects.map, written).unwrap_or_else(|| written.to_owned())
            }
            None => ".".to_owned(),
        },
    };
    let unit_dir = session.home_of(unit_dir);
    // Cache folders are named after where a relative source really leads.
    let base = session.memory.listings.real_dir(unit_dir);
    source::parse_source(&text, &base)
}

/// The download folder of a unit: the command line's wins over the unit's own.
#[must_use]
pub fn download_dir(session: &Session, unit_dir: &Path, own: Option<&str>) -> PathBuf {
    let unit_dir = session.home_of(unit_dir);
    let given = match (&session.download_dir, own) {
        (Some(given), _) => Some((session.root.as_path(), given.as_path())),
        (None, Some(own)) if !own.is_empty() => Some((unit_dir, Path::new(own))),
        _ => None,
    };
    cache::download_dir(unit_dir, given)
}

/// The folders of a unit with this source, and with the download folder that its file names.
#[must_use]
pub fn layout(session: &Session, unit_dir: &Path, (source, own): (&Source, Option<&str>)) -> Layout {
    cache::layout(&download_dir(session, unit_dir, own), session.home_of(unit_dir), source)
}

/// A fault for a source that cannot be used, at the place that names it.
#[must_use]
pub fn source_fault(error: &SourceError, span: Option<crate::diag::Span>) -> Fault {
    let fault = crate::diag::Diagnostic::error(error.code(), error.to_string());
    let fault = span.into_iter().fold(fault, |fault, span| fault.at(span, "this source"));
    Box::new(error.hint().into_iter().fold(fault, crate::diag::Diagnostic::hint))
}
