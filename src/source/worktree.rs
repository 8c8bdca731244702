//! Work trees of git references in a private folder, gone at the end of the command however it ends.

use super::repository::{Repository, RepositoryError};
use super::stale;
use crate::host::fs::{self, FileLock};
use crate::host::os::StopSignals;
use crate::host::process::{self, Signal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// A reference, checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worktree {
    /// As the user wrote it.
    pub reference: String,
    pub commit: String,
    /// Absolute, with links resolved.
    pub path: PathBuf,
}

/// All work trees of one command. They are removed when this is dropped or a signal ends the process.
#[derive(Debug)]
pub struct Worktrees {
    kept: Arc<Kept>,
    /// Each reference once.
    all: Vec<Worktree>,
    left_behind: Vec<PathBuf>,
}

/// What must not stay behind.
#[derive(Debug)]
struct Kept {
    repository: Repository,
    /// `None` once everything is removed.
    folder: Mutex<Option<Folder>>,
    /// Somebody else hears signals now, and ends in an orderly way.
    is_handed_over: AtomicBool,
}

#[derive(Debug)]
struct Folder {
    dir: tempfile::TempDir,
    made: Vec<PathBuf>,
    /// Tells others that somebody works here.
    _claim: FileLock,
}

impl Worktrees {
    /// None so far, and those gone that a killed process left. From now on a signal that would end this process removes
    /// its own first.
    ///
    /// # Errors
    /// When there is no room for a folder, or signals cannot be heard.
    pub fn new(repository: Repository) -> Result<Self, RepositoryError> {
        let failed = |source| fs::FileError { action: "create", path: "a temporary folder".into(), source };
        let left_behind = stale::sweep(&repository);
        let dir = tempfile::Builder::new().prefix(stale::PREFIX).tempdir().map_err(failed)?;
        let claim = stale::claim(dir.path())?;
        let folder = Mutex::new(Some(Folder { dir, made: Vec::new(), _claim: claim }));
        let kept = Arc::new(Kept { repository, folder, is_handed_over: AtomicBool::new(false) });
        guard(&kept).map_err(failed)?;
        Ok(Self { kept, all: Vec::new(), left_behind })
    }

    /// The work tree of a reference, made when it is first asked for. Blocks.
    ///
    /// # Errors
    /// When git knows no such commit or cannot check it out.
    pub fn add(&mut self, reference: &str) -> Result<Worktree, RepositoryError> {
        if let Some(known) = self.all.iter().find(|known| known.reference == reference) {
            return Ok(known.clone());
        }
        let commit = self.kept.repository.commit(reference)?;
        let path = self.kept.check_out(reference, &commit)?;
        let worktree = Worktree { reference: reference.to_owned(), commit, path };
        self.all.push(worktree.clone());
        Ok(worktree)
    }

    #[must_use]
    pub fn all(&self) -> &[Worktree] {
        &self.all
    }

    /// States that are in work trees of a process that was killed, and nowhere else.
    #[must_use]
    pub fn left_behind(&self) -> &[PathBuf] {
        &self.left_behind
    }

    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.kept.repository
    }

    /// Leaves the work trees in which terraform wrote a state: it is nowhere else. Names the states.
    #[must_use]
    pub fn keep_states(&self) -> Vec<PathBuf> {
        self.kept.keep_states()
    }

    /// Says that signals are heard elsewhere from now on, and that this will be dropped after one.
    pub fn leave_signals(&self) {
        self.kept.is_handed_over.store(true, Ordering::SeqCst);
    }
}

impl Drop for Worktrees {
    fn drop(&mut self) {
        self.kept.remove();
    }
}

impl Kept {
    fn check_out(&self, reference: &str, commit: &str) -> Result<PathBuf, RepositoryError> {
        let path = {
            let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(folder) = folder.as_mut() else { return Err(interrupted()) };
            let base = fs::canonicalize(folder.dir.path())?;
            let path = free_name(&base, reference, &folder.made);
            folder.made.push(path.clone());
            path
        };
        self.repository.add_worktree(&path, commit)?;
        Ok(path)
    }

    fn keep_states(&self) -> Vec<PathBuf> {
        let mut guard = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut folder) = guard.take() else { return Vec::new() };
        let mut states = Vec::new();
        folder.made.retain(|path| {
            let found = self.repository.new_states(path);
            let is_free = found.is_empty();
            states.extend(found);
            is_free
        });
        if states.is_empty() {
            *guard = Some(folder);
            return states;
        }
        folder.made.iter().for_each(|path| self.repository.remove_worktree(path));
        // Nobody's to clean any more.
        stale::disown(folder.dir.path());
        let _ = folder.dir.keep();
        states
    }

    fn remove(&self) {
        let folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(folder) = folder else { return };
        for path in &folder.made {
            self.repository.remove_worktree(path);
        }
        // The folder goes as it is dropped; a file that cannot be removed is left to the system's own cleaning.
        drop(folder);
    }
}

fn interrupted() -> RepositoryError {
    let (command, said) = ("worktree add".to_owned(), "the command is being stopped".to_owned());
    RepositoryError::Failed { command, said, code: 130 }
}

/// A folder named like the reference, so that people know what they look at; listings sort by it.
fn free_name(base: &Path, reference: &str, taken: &[PathBuf]) -> PathBuf {
    let plain =
        |letter: char| if letter.is_ascii_alphanumeric() || "-.".contains(letter) { letter } else { '_' };
    let name: String = reference.chars().take(100).map(plain).collect();
    let name = if name.starts_with('.') { format!("_{name}") } else { name };
    let numbered = (0..).map(|count| if count == 0 { name.clone() } else { format!("{name}-{count}") });
    let mut free = numbered.map(|name| base.join(name)).filter(|path| !taken.contains(path));
    free.next().unwrap_or_else(|| base.join(name))
}

/// A thread that waits for a signal, cleans up and ends the process, unless somebody else hears signals by then.
fn guard(kept: &Arc<Kept>) -> std::io::Result<()> {
    let kept = Arc::clone(kept);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new().name("worktrees".to_owned()).spawn(move || {
        runtime.block_on(async {
            let mut signals = match StopSignals::install() {
                Ok(signals) => signals,
                Err(error) => return drop(tell.send(Err(error))),
            };
            if tell.send(Ok(())).is_err() {
                return;
            }
            loop {
                let signal = signals.next().await;
                if !kept.is_handed_over.load(Ordering::SeqCst) {
                    kept.remove();
                    process::end(if signal == Signal::Interrupt { 130 } else { 143 });
                }
            }
        });
    })?;
    told.recv().unwrap_or_else(|_| Err(std::io::Error::other("the thread for signals did not start")))
}

#[cfg(test)]
mod tests {
    use super::free_name;
    use std::path::{Path, PathBuf};

    #[test]
    fn folders_are_named_like_references() {
        let base = Path::new("/t");
        for (reference, want) in [
            ("main", "main"),
            ("feature/x y", "feature_x_y"),
            ("HEAD~1", "HEAD_1"),
            ("..", "_.."),
            (":/a", "__a"),
        ] {
            assert_eq!(free_name(base, reference, &[]), base.join(want), "{reference}");
        }
        assert_eq!(free_name(base, "a/b", &[PathBuf::from("/t/a_b")]), base.join("a_b-1"));
        assert!(free_name(base, &"é".repeat(500), &[]).as_os_str().len() < 120);
    }
}
