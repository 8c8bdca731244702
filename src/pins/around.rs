//! What lies around the units of a survey: the repository, the files of CI, the files for version managers.

use super::ci::{self, CiPins};
use super::survey::Extent;
use super::tool_book::{Folder, ToolBook};
use crate::config::Session;
use crate::host::env::parallelism;
use crate::host::fs;
use crate::host::parallel::in_order;
use crate::source::history::FEW;
use crate::source::repository::{Repository, RepositoryError};
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

/// What git says, asked while units are looked at.
#[derive(Debug)]
pub(super) struct Asked {
    top: PathBuf,
    repository: Option<Repository>,
    /// The files that it has; `None` where it was not worth asking.
    tracked: Option<Result<HashSet<PathBuf>, RepositoryError>>,
}

impl Asked {
    /// Asks about the repository around the root, for so many units.
    #[must_use]
    pub fn of(session: &Session, units: usize) -> Self {
        let inside = session.root.ancestors().find(|dir| fs::exists(&dir.join(".git")));
        let repository = inside.and_then(|top| Repository::around(top, session.env.clone()).ok());
        let tracked = repository.as_ref().filter(|_| units > FEW).map(Repository::tracked);
        Self { top: inside.unwrap_or(&session.root).to_path_buf(), repository, tracked }
    }

    /// Without an answer, nothing is known against any of them.
    fn ignored<'a>(&self, locks: impl Iterator<Item = &'a Path>) -> HashSet<PathBuf> {
        let (Some(repository), None | Some(Ok(_))) = (&self.repository, &self.tracked) else {
            return HashSet::new();
        };
        let is_new = |path: &&Path| match &self.tracked {
            Some(Ok(tracked)) => !tracked.contains(*path),
            _ => true,
        };
        let below = locks.filter_map(|lock| lock.strip_prefix(&self.top).ok()).filter(is_new);
        let ignored = repository.ignored(below).unwrap_or_default();
        ignored.into_iter().map(|path| self.top.join(path)).collect()
    }
}

impl Around {
    /// Looks around units, given by their folders and their lock files.
    #[must_use]
    pub(super) fn of(
        session: &Session,
        units: &[(&Path, &Path)],
        (extent, named): (Extent, &[PathBuf]),
        asked: Asked,
    ) -> Self {
        let sources = &session.files.sources;
        let book = ToolBook::new(&asked.top, Arc::clone(sources), Arc::clone(&session.memory.listings));
        Self {
            ignored: asked.ignored(units.iter().map(|(_, lock)| *lock)),
            // CI is nobody's unit.
            ci: match extent {
                Extent::All => ci::read(&session.root, &ci::files(&session.root), sources),
                Extent::Picked if named.is_empty() => CiPins::default(),
                Extent::Picked => ci::read(&asked.top, &named_files_of_ci(&asked.top, named), sources),
            },
            tools: in_order(units, parallelism(), |(dir, _)| book.folders(dir)),
            repository: asked.repository,
            top: asked.top,
        }
    }
}

fn named_files_of_ci(top: &Path, named: &[PathBuf]) -> Vec<PathBuf> {
    ci::files(top).into_iter().filter(|path| named.contains(path)).collect()
}
