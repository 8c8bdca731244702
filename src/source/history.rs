//! What the repository that the user works in was like before, read from git's own store: no file is checked out.

use super::ignored::ignored_among;
use super::repository::{Repository, RepositoryError, failed};
use crate::host::os;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// For up to so many paths, [`Repository::ignored`] alone is quicker than asking what is tracked first.
pub const FEW: usize = 200;

/// A step of the first parents' line: one commit, or all that one merge brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub commit: String,
    pub files: Vec<FileVersion>,
}

/// A file as a step left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// From the top of the repository.
    pub path: PathBuf,
    /// The name of its content; `None` where the step removed it.
    pub blob: Option<String>,
}

impl Repository {
    /// Whether the history was cut off when the repository was cloned.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.says(&["rev-parse", "--is-shallow-repository"]).as_deref() != Some("false")
    }

    /// The files that git has, as seen from the top.
    ///
    /// # Errors
    /// When git cannot say.
    pub fn tracked(&self) -> Result<HashSet<PathBuf>, RepositoryError> {
        let out = self.ask(&calm(&["ls-files", "-z", "--full-name"]), b"")?;
        if out.code != 0 {
            return Err(failed("ls-files", &out));
        }
        Ok(fields(&out.stdout).map(os::path_of).collect())
    }

    /// Those of the paths, as seen from the top, that git would not take up: it ignores them, and does not have them yet.
    /// `check-ignore` passes over what git has, but takes long for each: of many, leave out those that are tracked.
    ///
    /// # Errors
    /// When git cannot say.
    pub fn ignored<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a Path>,
    ) -> Result<HashSet<PathBuf>, RepositoryError> {
        let paths: Vec<&Path> = paths.into_iter().collect();
        ignored_among(&|words, input| self.ask(&calm(words), input), &paths)
    }

    /// The steps that led to what is checked out, the first one first, as far as they touch the files of these patterns.
    ///
    /// # Errors
    /// When git cannot say.
    pub fn steps(&self, patterns: &[&str]) -> Result<Vec<Step>, RepositoryError> {
        let mut args = calm(&[
            "log",
            "--first-parent",
            "-m",
            "--reverse",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--no-show-signature",
            "--format=%x01%H",
            "HEAD",
            "--",
        ]);
        args.extend(patterns);
        let out = self.ask(&args, b"")?;
        if out.code == 0 { Ok(parse_steps(&out.stdout)) } else { Err(failed("log", &out)) }
    }

    /// The files that differ from what is committed, new ones included.
    ///
    /// # Errors
    /// When git cannot say.
    pub fn uncommitted(&self) -> Result<Vec<PathBuf>, RepositoryError> {
        let words = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"];
        let out = self.ask(&calm(&words), b"")?;
        if out.code != 0 {
            return Err(failed("status", &out));
        }
        Ok(fields(&out.stdout).filter_map(|line| line.get(3..)).map(os::path_of).collect())
    }

    /// The contents of blobs, by their names; one that is not there is left out.
    ///
    /// # Errors
    /// When git cannot be asked.
    pub fn blobs<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<HashMap<String, Vec<u8>>, RepositoryError> {
        let input: String = names.into_iter().flat_map(|name| [name, "\n"]).collect();
        if input.is_empty() {
            return Ok(HashMap::new());
        }
        let out = self.ask(&calm(&["cat-file", "--batch"]), input.as_bytes())?;
        if out.code != 0 {
            return Err(failed("cat-file", &out));
        }
        Ok(parse_blobs(&out.stdout))
    }

    /// The path of a folder from the top; `None` if it is not in the repository.
    #[must_use]
    pub fn below_top(&self, dir: &Path) -> Option<PathBuf> {
        let real = crate::host::fs::canonicalize(dir).ok()?;
        real.strip_prefix(self.root()).ok().map(Path::to_path_buf)
    }
}

/// A command that starts no other program, whatever is configured.
fn calm<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"][..], args].concat()
}

fn fields(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|field| !field.is_empty())
}

/// `\1`, a commit, a NUL, then for each file its modes, names and letter, a NUL, its path, a NUL.
fn parse_steps(bytes: &[u8]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut fields = fields(bytes);
    while let Some(field) = fields.next() {
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        let text = String::from_utf8_lossy(field);
        if let Some(commit) = text.strip_prefix('\u{1}') {
            steps.push(Step { commit: commit.trim().to_owned(), files: Vec::new() });
        } else if let Some(change) = text.strip_prefix(':') {
            let Some(path) = fields.next() else { break };
            let words: Vec<&str> = change.split(' ').collect();
            let blob = words.get(3).filter(|_| words.get(4).is_some_and(|letter| !letter.starts_with('D')));
            let version = FileVersion { path: os::path_of(path), blob: blob.map(|blob| (*blob).to_owned()) };
            if let Some(step) = steps.last_mut() {
                step.files.push(version);
            }
        }
    }
    steps
}

/// A line with name, type and length, then as many bytes and a line break; `NAME missing` stands alone.
fn parse_blobs(bytes: &[u8]) -> HashMap<String, Vec<u8>> {
    let mut found = HashMap::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        let words: Vec<&str> = head.split(' ').collect();
        let [name, _, length] = words.as_slice() else { continue };
        let length = length.parse().unwrap_or(0).min(rest.len());
        found.insert((*name).to_owned(), rest[..length].to_vec());
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{FileVersion, Step, parse_blobs, parse_steps};
    use std::path::PathBuf;

    #[test]
    fn steps_are_read_as_git_writes_them() {
        let said = b"\x01aaa\0\n:000000 100644 000 789 A\0live/a.hcl\0:000000 100644 000 617 A\0live/b c.tf\0\x01bbb\0\n:100644 000000 617 000 D\0live/b c.tf\0\x01ccc\0";
        let file = |path: &str, blob: Option<&str>| FileVersion {
            path: PathBuf::from(path),
            blob: blob.map(str::to_owned),
        };
        let step = |commit: &str, files| Step { commit: commit.to_owned(), files };
        let want = [
            step("aaa", vec![file("live/a.hcl", Some("789")), file("live/b c.tf", Some("617"))]),
            step("bbb", vec![file("live/b c.tf", None)]),
            step("ccc", Vec::new()),
        ];
        assert_eq!(parse_steps(said), want);
        assert_eq!(parse_steps(b""), []);
    }

    #[test]
    fn blobs_are_read_by_their_length() {
        let found = parse_blobs(b"aa blob 3\na\nb\nbb missing\ncc blob 0\n\ndd blob 2\nxy\n");
        assert_eq!(found.len(), 3);
        assert_eq!(found["aa"], b"a\nb");
        assert_eq!(found["cc"], b"");
        assert_eq!(found["dd"], b"xy");
    }
}
