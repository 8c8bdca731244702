//! What lies around the units of a survey: the repository, the files of CI, the files for version managers.

use super::ci::{self, CiPins};
use super::survey::Extent;
use super::tool_book::{Folder, ToolBook};
use crate::config::Session;
use crate::host::env::parallelism;
use crate::host::fs;
use crate::host::parallel::in_order;
use crate::source::repository::Repository;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// It.
#[derive(Debug, Default)]
pub struct Around {
    /// The top of the repository, or the root of the survey outside of one.
    pub top: PathBuf,
    pub repository: Option<Repository>,
    /// Lock files, there or not, that git would not take up.
    pub ignored: HashSet<PathBuf>,
    pub ci: CiPins,
    /// One a unit: the folders whose files have a say in its tool, the nearest first.
    pub tools: Vec<Vec<Arc<Folder>>>,
}

impl Around {
    /// Looks around units, given by their folders and their lock files.
    #[must_use]
    pub fn of(session: &Session, units: &[(&Path, &Path)], (extent, named): (Extent, &[PathBuf])) -> Self {
        let sources = &session.files.sources;
        let inside = session.root.ancestors().find(|dir| fs::exists(&dir.join(".git")));
        let repository = inside.and_then(|top| Repository::around(top, session.env.clone()).ok());
        let top = inside.unwrap_or(&session.root).to_path_buf();
        let book = ToolBook::new(&top, Arc::clone(sources));
        let locks = units.iter().map(|(_, lock)| *lock);
        Self {
            ignored: repository.as_ref().map(|it| ignored(it, &top, locks)).unwrap_or_default(),
            // CI is nobody's unit.
            ci: match extent {
                Extent::All => ci::read(&session.root, &ci::files(&session.root), sources),
                Extent::Picked if named.is_empty() => CiPins::default(),
                Extent::Picked => ci::read(&top, &named_files_of_ci(&top, named), sources),
            },
            tools: in_order(units, parallelism(), |(dir, _)| book.folders(dir)),
            repository,
            top,
        }
    }
}

fn named_files_of_ci(top: &Path, named: &[PathBuf]) -> Vec<PathBuf> {
    ci::files(top).into_iter().filter(|path| named.contains(path)).collect()
}

/// Git is asked once for all of them.
fn ignored<'a>(
    repository: &Repository,
    top: &Path,
    locks: impl Iterator<Item = &'a Path>,
) -> HashSet<PathBuf> {
    let below: Vec<PathBuf> =
        locks.filter_map(|lock| lock.strip_prefix(top).ok()).map(Path::to_path_buf).collect();
    // Without an answer, nothing is known against any of them.
    let ignored = repository.ignored(&below).unwrap_or_default();
    ignored.into_iter().map(|path| top.join(path)).collect()
}
