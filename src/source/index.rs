//! What git would commit: the files of its index, and those that the commit takes away. Asked at once, since each question
//! is a process; knows nothing of units.

use super::git::environment;
use super::ignored::ignored_among;
use super::repository::{Result, failed};
use crate::host::env::Env;
use crate::host::fs;
use crate::host::os;
use crate::host::process::{Captured, Invocation};
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The commits that pre-commit compares where it looks at more than what is staged.
const RANGE: [&str; 2] = ["PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"];

/// Where git keeps the index of the commit that is being made: not always the usual one.
const INDEX_FILE: &str = "GIT_INDEX_FILE";

/// The files of an index.
#[derive(Debug)]
pub struct Index {
    /// The top of the work tree, as the working root is written.
    root: PathBuf,
    env: Env,
    /// As git says them: names from the top, each with a NUL, sorted by byte.
    said: Vec<u8>,
    names: Vec<Range<usize>>,
    /// Files that the commit takes away; absolute.
    pub deleted: Vec<PathBuf>,
}

impl Index {
    /// The index of the work tree around a folder; `None` outside of one.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn around(dir: &Path, env: &Env) -> Result<Option<Self>> {
        let Some(root) = dir.ancestors().find(|above| fs::exists(&above.join(".git"))) else {
            return Ok(None);
        };
        let index_file = env.get(INDEX_FILE).map(str::to_owned);
        let range = RANGE.map(|name| env.get_filled(name).map(str::to_owned));
        let mut env = environment(env.clone());
        if let Some(file) = index_file {
            env.set(INDEX_FILE, file);
        }
        let ask = |words: &[&str]| git(root, &env, words.iter().map(OsString::from).collect());
        let (listed, deleted) = std::thread::scope(|scope| {
            let listed = scope.spawn(|| ask(&["ls-files", "-z"]));
            let deleted = deletions(&ask, &range);
            (listed.join(), deleted)
        });
        let listed = listed.unwrap_or_else(|_| ask(&["ls-files", "-z"]))?;
        let deleted = names_in(&deleted?.stdout).map(|name| root.join(os::path_of(name))).collect();
        Ok(Some(Self::of(root.to_path_buf(), env, (listed.stdout, deleted))))
    }

    fn of(root: PathBuf, env: Env, (said, deleted): (Vec<u8>, Vec<PathBuf>)) -> Self {
        let (mut names, mut start) = (Vec::new(), 0);
        for (at, _) in said.iter().enumerate().filter(|(_, byte)| **byte == 0) {
            names.push(start..at);
            start = at + 1;
        }
        Self { root, env, said, names, deleted }
    }

    /// The top of the work tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a path is part of the commit: a file of the index, or one in a submodule. What lies outside of the work
    /// tree is no matter of the commit, and counts.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.root) else { return true };
        let named = |path: &Path| self.find(path.as_os_str().as_encoded_bytes()).is_ok();
        below.ancestors().any(|above| !above.as_os_str().is_empty() && named(above))
    }

    /// Whether the index has a file in this folder or below it.
    #[must_use]
    pub fn has_below(&self, dir: &Path) -> bool {
        let Ok(below) = dir.strip_prefix(&self.root) else { return true };
        if below.as_os_str().is_empty() {
            return !self.names.is_empty();
        }
        let mut start = below.as_os_str().as_encoded_bytes().to_vec();
        start.push(b'/');
        let (Ok(at) | Err(at)) = self.find(&start);
        self.names.get(at).is_some_and(|name| self.name(name).starts_with(&start)) || self.has(dir)
    }

    /// The files below a folder, absolute.
    pub fn below<'a>(&'a self, dir: &Path) -> impl Iterator<Item = PathBuf> + 'a {
        let mut start =
            dir.strip_prefix(&self.root).unwrap_or(Path::new("")).as_os_str().as_encoded_bytes().to_vec();
        if !start.is_empty() {
            start.push(b'/');
        }
        let (Ok(at) | Err(at)) = self.find(&start);
        let names = self.names.get(at..).unwrap_or_default().iter().map(|name| self.name(name));
        names.take_while(move |name| name.starts_with(&start)).map(|name| self.root.join(os::path_of(name)))
    }

    /// Those of these paths that git is told to ignore: whoever keeps them out of commits does so on purpose.
    #[must_use]
    pub fn ignored<'a>(&self, paths: &[&'a Path]) -> Vec<&'a Path> {
        let inside: Vec<&Path> = paths.iter().filter_map(|path| path.strip_prefix(&self.root).ok()).collect();
        let ask = |words: &[&str], input: &[u8]| {
            let args = words.iter().map(OsString::from).collect();
            Ok(invocation(&self.root, &self.env, args).capture_with(input)?)
        };
        // Without an answer, nothing is known in favour of any of them.
        let ignored = ignored_among(&ask, &inside).unwrap_or_default();
        let is_ignored =
            |path: &Path| path.strip_prefix(&self.root).is_ok_and(|below| ignored.contains(below));
        paths.iter().filter(|path| is_ignored(path)).copied().collect()
    }

    fn name(&self, at: &Range<usize>) -> &[u8] {
        self.said.get(at.clone()).unwrap_or_default()
    }

    fn find(&self, name: &[u8]) -> std::result::Result<usize, usize> {
        self.names.binary_search_by(|at| self.name(at).cmp(name))
    }
}

/// What the commit takes away; between two commits, what the later one does not have any more.
fn deletions(ask: &dyn Fn(&[&str]) -> Result<Captured>, range: &[Option<String>; 2]) -> Result<Captured> {
    let words = ["diff", "--name-only", "--diff-filter=D", "--no-renames", "--no-ext-diff", "-z"];
    match range {
        [Some(from), Some(to)] => {
            let between = format!("{from}...{to}");
            ask(&[&words[..], &["--end-of-options", &between, "--"]].concat())
        }
        _ => ask(&[&words[..], &["--cached", "--"]].concat()),
    }
}

fn git(root: &Path, env: &Env, args: Vec<OsString>) -> Result<Captured> {
    let command = args.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let out = invocation(root, env, args).capture()?;
    if out.code == 0 { Ok(out) } else { Err(failed(&command, &out)) }
}

fn invocation(root: &Path, env: &Env, args: Vec<OsString>) -> Invocation {
    Invocation { program: PathBuf::from("git"), args, cwd: root.to_path_buf(), env: env.clone() }
}

fn names_in(said: &[u8]) -> impl Iterator<Item = &[u8]> {
    said.split(|byte| *byte == 0).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Env, Index};
    use std::path::{Path, PathBuf};

    fn index(said: &[u8]) -> Index {
        Index::of(PathBuf::from("/r"), Env::default(), (said.to_vec(), Vec::new()))
    }

    #[test]
    fn files_and_folders_are_found_by_their_path() {
        let index = index(b"a-b/x\0a/b.hcl\0a/b/c.hcl\0a0/y\0sub\0z\xff/\xfe.hcl\0");
        // git sorts by byte; so does the search.
        for (path, has) in [
            ("/r/a/b.hcl", true),
            ("/r/a/b/c.hcl", true),
            ("/r/a/b", false),
            ("/r/a/c.hcl", false),
            ("/r/sub/in/submodule.hcl", true),
            ("/elsewhere/x", true),
            ("/r", false),
        ] {
            assert_eq!(index.has(Path::new(path)), has, "{path}");
        }
        for (dir, has) in
            [("/r/a", true), ("/r/a/b", true), ("/r/a-", false), ("/r/nothing", false), ("/r", true)]
        {
            assert_eq!(index.has_below(Path::new(dir)), has, "{dir}");
        }
        let below = |dir: &str| index.below(Path::new(dir)).count();
        assert_eq!((below("/r/a"), below("/r/a/b"), below("/r"), below("/r/b")), (2, 1, 6, 0));
    }
}
