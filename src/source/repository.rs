//! Questions to the git repository that the user works in. Changes nothing in it; knows nothing of units.

use super::git::environment;
use super::states::is_alive;
use crate::host::env::Env;
use crate::host::fs;
use crate::host::os;
use crate::host::process::{Captured, Invocation, ProcessError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What git could not say.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    #[error("{dir} is in no git repository, so nothing can have changed in it", dir = dir.display())]
    NoRepository { dir: PathBuf },
    #[error("git knows no commit `{reference}`")]
    NoCommit {
        reference: String,
        /// The same name on the remote, where that is known.
        remote: Option<String>,
        /// The history was cut off when the repository was cloned.
        is_shallow: bool,
        code: i32,
    },
    #[error("git {command} failed: {said}")]
    Failed { command: String, said: String, code: i32 },
    #[error("git is needed to see what changed")]
    NoGit(#[from] ProcessError),
    #[error(transparent)]
    File(#[from] fs::FileError),
}

impl RepositoryError {
    /// git's own exit code, where it is git that refused.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::NoCommit { code, .. } | Self::Failed { code, .. } => Some(*code),
            Self::NoRepository { .. } => Some(128),
            Self::NoGit(_) | Self::File(_) => None,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoCommit { remote: Some(remote), .. } => {
                Some(format!("there is no local one, but there is `{remote}`: write that"))
            }
            Self::NoCommit { is_shallow: true, .. } => Some(
                "this clone is shallow: fetch the whole history first, with `git fetch --unshallow` or `fetch-depth: 0`"
                    .to_owned(),
            ),
            Self::NoCommit { reference, .. } if reference.contains("..") => Some(
                "write three dots between two references, as in '[main...HEAD]'; both are commits of their own"
                    .to_owned(),
            ),
            Self::NoCommit { .. } => {
                Some("name a branch, a tag or a commit; `git fetch` brings those of the remote".to_owned())
            }
            _ => None,
        }
    }
}

pub(super) type Result<T> = std::result::Result<T, RepositoryError>;

/// A path that differs between two commits, as seen from the top of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub path: PathBuf,
    pub is_removed: bool,
}

/// The repository around a folder.
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
    env: Env,
}

impl Repository {
    /// The repository whose work tree holds `dir`.
    ///
    /// # Errors
    /// When there is none, or no git.
    pub fn around(dir: &Path, env: Env) -> Result<Self> {
        let here = Self { root: dir.to_path_buf(), env: environment(env) };
        let out = here.git(&["rev-parse", "--show-toplevel"])?;
        if out.code != 0 {
            return Err(RepositoryError::NoRepository { dir: dir.to_path_buf() });
        }
        let top = os::path_of(out.stdout.strip_suffix(b"\n").unwrap_or(&out.stdout));
        let root = fs::canonicalize(&top).unwrap_or(top);
        Ok(Self { root, env: here.env })
    }

    /// Its top folder, with links resolved.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that a reference means now.
    ///
    /// # Errors
    /// When it means none.
    pub fn commit(&self, reference: &str) -> Result<String> {
        let wanted = format!("{reference}^{{commit}}");
        let out = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        if out.code == 0 {
            return Ok(text(&out.stdout));
        }
        let remote = format!("origin/{reference}");
        Err(RepositoryError::NoCommit {
            reference: reference.to_owned(),
            remote: self.has(&format!("refs/remotes/{remote}")).then_some(remote),
            is_shallow: self.says(&["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true"),
            code: 128,
        })
    }

    /// The files that differ between two commits; a renamed one is removed here and added there.
    ///
    /// # Errors
    /// When git cannot compare them.
    pub fn changes(&self, from: &str, to: &str) -> Result<Vec<FileChange>> {
        let out =
            self.must(&["diff", "--name-status", "--no-renames", "--no-ext-diff", "-z", from, to, "--"])?;
        Ok(parse_name_status(&out.stdout))
    }

    /// The branch that others are made from: what the remote says, else what new repositories begin with.
    #[must_use]
    pub fn default_branch(&self) -> String {
        let of_origin = || self.says(&["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"]);
        let asked = || {
            self.says(&["remote", "get-url", "origin"])?;
            let said = self.says(&["ls-remote", "--symref", "origin", "HEAD"])?;
            let name = said.lines().find_map(|line| line.strip_prefix("ref: ")?.split_whitespace().next())?;
            Some(name.to_owned())
        };
        let configured = || self.says(&["config", "init.defaultBranch"]);
        let found = of_origin().or_else(asked).or_else(configured).unwrap_or_else(|| "main".to_owned());
        let name = ["refs/remotes/origin/", "refs/heads/"].iter().find_map(|head| found.strip_prefix(head));
        let name = name.unwrap_or(&found);
        // A clone that never had the branch checked out still has the remote's.
        let remote = format!("refs/remotes/origin/{name}");
        if !self.has(&format!("refs/heads/{name}")) && self.has(&remote) {
            return format!("origin/{name}");
        }
        name.to_owned()
    }

    /// Whether files differ from what is committed, new ones included.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.says(&["status", "--porcelain"]).is_some_and(|said| !said.is_empty())
    }

    /// A work tree of its own for a commit, in a folder that does not exist yet.
    ///
    /// # Errors
    /// When git cannot make it.
    pub(super) fn add_worktree(&self, path: &Path, commit: &str) -> Result<()> {
        let settings = ["-c", "core.hooksPath=/dev/null", "-c", "checkout.workers=0"];
        let words = ["worktree", "add", "--quiet", "--force", "--detach"];
        let mut args: Vec<OsString> = settings.iter().chain(&words).map(OsString::from).collect();
        args.extend([path.as_os_str().to_owned(), commit.into()]);
        let out = self.run(args)?;
        if out.code == 0 { Ok(()) } else { Err(failed("worktree add", &out)) }
    }

    /// The folders of all its work trees, the user's own among them.
    pub(super) fn worktrees(&self) -> Vec<PathBuf> {
        let Ok(out) = self.git(&["worktree", "list", "--porcelain"]) else { return Vec::new() };
        let lines = out.stdout.split(|byte| *byte == b'\n');
        lines.filter_map(|line| line.strip_prefix(b"worktree ")).map(os::path_of).collect()
    }

    /// Forgets and removes a work tree, whatever is in it.
    pub(super) fn remove_worktree(&self, path: &Path) {
        let words = ["worktree", "remove", "--force", "--force"];
        let mut args: Vec<OsString> = words.iter().map(OsString::from).collect();
        args.push(path.as_os_str().to_owned());
        // What it leaves goes with the folder around it.
        let _ = self.run(args);
    }

    /// States that terraform left in a work tree of ours: files of that name that no commit holds.
    pub(super) fn new_states(&self, worktree: &Path) -> Vec<PathBuf> {
        let there = Self { root: worktree.to_path_buf(), env: self.env.clone() };
        let args =
            ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching"];
        let Ok(out) = there.git(&args) else { return Vec::new() };
        let paths = out.stdout.split(|byte| *byte == 0).filter_map(|line| line.get(3..)).map(os::path_of);
        // An ignored folder is named as one.
        paths.flat_map(|path| states_in(&worktree.join(path))).collect()
    }

    fn has(&self, full_name: &str) -> bool {
        self.says(&["rev-parse", "--verify", "--quiet", full_name]).is_some()
    }

    /// What git says, trimmed; `None` when it fails or says nothing of the kind.
    pub(super) fn says(&self, args: &[&str]) -> Option<String> {
        let out = self.git(args).ok().filter(|out| out.code == 0)?;
        Some(text(&out.stdout))
    }

    fn must(&self, args: &[&str]) -> Result<Captured> {
        let out = self.git(args)?;
        if out.code == 0 { Ok(out) } else { Err(failed(args.first().copied().unwrap_or_default(), &out)) }
    }

    fn git(&self, args: &[&str]) -> Result<Captured> {
        self.run(args.iter().map(OsString::from).collect())
    }

    /// With something to read.
    pub(super) fn ask(&self, args: &[&str], input: &[u8]) -> Result<Captured> {
        Ok(self.invocation(args.iter().map(OsString::from).collect()).capture_with(input)?)
    }

    fn run(&self, args: Vec<OsString>) -> Result<Captured> {
        Ok(self.invocation(args).capture()?)
    }

    fn invocation(&self, args: Vec<OsString>) -> Invocation {
        Invocation { program: PathBuf::from("git"), args, cwd: self.root.clone(), env: self.env.clone() }
    }
}

fn states_in(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default();
    // What lies in there is the address of a state, not a state.
    if name == ".terraform" {
        return Vec::new();
    }
    let Ok(entries) = fs::list_dir(path) else {
        let is_state = path.extension().is_some_and(|ending| ending == "tfstate") || is_alive(path);
        return if is_state { vec![path.to_path_buf()] } else { Vec::new() };
    };
    entries.into_iter().flat_map(|(name, _)| states_in(&path.join(name))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

pub(super) fn failed(command: &str, out: &Captured) -> RepositoryError {
    RepositoryError::Failed { command: command.to_owned(), said: text(&out.stderr), code: out.code }
}

/// `M`, a NUL, a path, a NUL, and again.
fn parse_name_status(bytes: &[u8]) -> Vec<FileChange> {
    let mut fields = bytes.split(|byte| *byte == 0);
    let mut changes = Vec::new();
    while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
        changes.push(FileChange { path: os::path_of(path), is_removed: status.first() == Some(&b'D') });
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::{FileChange, parse_name_status};
    use std::path::PathBuf;

    #[test]
    fn names_with_any_sign_are_read() {
        let change = |path: &str, is_removed| FileChange { path: PathBuf::from(path), is_removed };
        let said = b"M\0a/b c\0D\0new\nline\0A\0\xc3\xa9/\"x\"\0T\0link\0";
        let want = [change("a/b c", false), change("new\nline", true), change("é/\"x\"", false)];
        let got = parse_name_status(said);
        assert_eq!(got[..3], want);
        assert_eq!(got.len(), 4);
        assert_eq!(parse_name_status(b""), []);
    }
}
