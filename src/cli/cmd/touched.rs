//! `--files`: the files that a commit touches, and the components that they concern.

use super::pick::{self, FEW, Picked};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::config::FactsDepth;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::estate::{Concerned, Estate, Touched, Wanted, missing_of};
use crate::graph::filter::Filter;
use crate::graph::unit::UnitId;
use crate::hcl::parse::{parse_body, parse_json_body};
use crate::host::fs;
use crate::provider::code::Counting;
use crate::source::index::Index;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was named, and what git says of the commit.
pub(super) struct Commit {
    files: Vec<PathBuf>,
    pub index: Option<Index>,
}

/// The files of the command line; `None` without `--files`.
///
/// # Errors
/// When git cannot say what is part of the commit.
pub(super) fn commit(context: &Context) -> Result<Option<Commit>, Failure> {
    let Some(files) = &context.settings.files else { return Ok(None) };
    let session = &context.session;
    let index = Index::around(&session.root, &session.env).map_err(|error| pick::refused(&error))?;
    Ok(Some(Commit { files: files.clone(), index }))
}

impl Commit {
    pub(super) fn touched(&self) -> Touched<'_> {
        Touched { files: &self.files, index: self.index.as_ref() }
    }

    /// The components that the files concern and that the filters choose. Only those are loaded, unless the edges of many
    /// are to be checked.
    ///
    /// # Errors
    /// As [`pick::pick`].
    pub(super) fn pick(
        self,
        context: &Context,
        filters: &[Filter],
        wanted: &Wanted,
    ) -> Result<Picked, Failure> {
        let Concerned { mut estate, mut units } = Concerned::find(&context.session, &self.touched());
        if !filters.is_empty() {
            let chosen = pick::pick_by_filters(context, filters, wanted)?;
            let paths = chosen.units.iter().map(|id| chosen.estate.components.path(*id));
            let paths: BTreeSet<&Path> = paths.collect();
            units.retain(|id| paths.contains(estate.components.path(*id)));
        }
        if units.len() > FEW && wanted.depth >= Some(FactsDepth::Check) {
            let whole = Estate::discover(&context.session, wanted);
            let found = units.iter().filter_map(|id| whole.components.find(estate.components.path(*id)));
            units = found.collect();
            estate = whole;
        } else if let Some(depth) = wanted.depth {
            estate.load(&context.session, &units, depth);
        }
        Ok(Picked { estate, units, changes: None, commit: Some(self) })
    }

    /// Which files count: those that git tracks, and those of folders where it tracks nothing, such as fetched code.
    pub(super) fn counting(self) -> Option<Counting> {
        let index = self.index?;
        Some(Counting::new(move |path| {
            index.has(path) || !path.parent().is_some_and(|dir| index.has_below(dir))
        }))
    }

    /// What is wrong with the files themselves, and what units need that the commit does not hold.
    pub(super) fn faults(&self, context: &Context, (estate, units): (&Estate, &[UnitId])) -> Diagnostics {
        let mut faults: Diagnostics =
            self.files.iter().flat_map(|path| syntax_faults(context, path)).collect();
        if let Some(index) = &self.index {
            let facts = units.iter().filter_map(|id| estate.facts_of(*id));
            let shown = |path: &Path| estate.shown(path);
            faults.extend(facts.flat_map(|facts| missing_of(index, facts, &shown)));
        }
        faults
    }
}

/// The syntax of a file, whether or not a unit reads it.
fn syntax_faults(context: &Context, path: &Path) -> Diagnostics {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_json = [".hcl.json", ".tf.json", ".tofu.json"].iter().any(|ending| name.ends_with(ending));
    let is_native = [".hcl", ".tf", ".tofu", ".tfvars"].iter().any(|ending| name.ends_with(ending));
    if !is_json && !is_native {
        return Vec::new();
    }
    let text = match fs::read_text(path) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => return Vec::new(),
        Err(error) => return vec![Diagnostic::error(Code::FileUnreadable, error.to_string())],
    };
    let id = context.session.files.sources.add(path, text.as_str().into());
    let (_, faults) = if is_json { parse_json_body(&text, id) } else { parse_body(&text, id) };
    faults
}
