//! Checking out repositories with the system's git. Knows nothing of units and of where the content goes.

use super::address::{GitSource, redact};
use super::error::SourceError;
use crate::host::env::Env;
use crate::host::fs;
use crate::host::process::{Captured, Invocation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variables that would point git at the repository we were started in.
const OF_ANOTHER_REPOSITORY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "LANGUAGE",
];

/// How much of a history comes along with a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Commits(u32),
    Whole,
}

/// What git runs with, whatever the repository.
#[must_use]
pub(super) fn environment(mut env: Env) -> Env {
    OF_ANOTHER_REPOSITORY.iter().for_each(|name| env.remove(name));
    env.set("GIT_TERMINAL_PROMPT", "0");
    env.set("LC_ALL", "C");
    env
}

/// One checkout being made.
pub(super) struct Repository<'a> {
    env: Env,
    source: &'a GitSource,
    folder: PathBuf,
    depth: Depth,
    /// Removed with this value.
    key: Option<PathBuf>,
}

impl Drop for Repository<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            let _ = fs::remove_file(key);
        }
    }
}

impl<'a> Repository<'a> {
    /// The remote's address goes through the environment: an argument would show in the process list.
    /// The folder exists and is empty.
    pub fn new(
        mut env: Env,
        source: &'a GitSource,
        (folder, depth): (PathBuf, Depth),
    ) -> Result<Self, SourceError> {
        let settings = [
            ("remote.origin.url", source.remote.as_str()),
            ("gc.auto", "0"),
            ("advice.detachedHead", "false"),
            ("core.hooksPath", "/dev/null"),
        ];
        let before: usize = env.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
        for (at, (key, value)) in settings.iter().enumerate() {
            env.set(format!("GIT_CONFIG_KEY_{}", before + at), *key);
            env.set(format!("GIT_CONFIG_VALUE_{}", before + at), *value);
        }
        env.set("GIT_CONFIG_COUNT", (before + settings.len()).to_string());
        let key = source.ssh_key.as_ref().map(|text| write_key(source, text, &folder)).transpose()?;
        if let Some(key) = &key {
            env.set("GIT_SSH_COMMAND", ssh_command(&env, key));
        }
        Ok(Self { env, source, folder, depth, key })
    }

    /// The commit that the reference stands for, asked of the remote; `None` where only a history can tell.
    pub fn ask_commit(&self) -> Option<String> {
        let wanted = self.source.reference.as_deref().unwrap_or("HEAD");
        if is_commit(wanted) {
            return Some(wanted.to_owned());
        }
        let out = self.git(&["ls-remote", "--quiet", "origin", wanted, &format!("{wanted}^{{}}")]).ok()?;
        let listed = String::from_utf8(out.stdout).ok().filter(|_| out.code == 0)?;
        commit_listed(&listed, wanted)
    }

    /// The commit that lies here now.
    pub fn commit(&self) -> Option<String> {
        let out = self.git(&["rev-parse", "HEAD"]).ok()?;
        let commit = String::from_utf8(out.stdout).ok()?.trim().to_owned();
        (out.code == 0 && is_commit(&commit)).then_some(commit)
    }

    /// Fetches and checks out.
    pub fn fill(&self) -> Result<(), SourceError> {
        self.must(&["init", "--quiet", "--template="])?;
        let reference = self.source.reference.as_deref();
        let depth = match self.depth {
            Depth::Commits(commits) => format!("--depth={commits}"),
            Depth::Whole => "--force".to_owned(),
        };
        let wanted = reference.unwrap_or("HEAD");
        let shallow = self.git(&["fetch", "--quiet", &depth, "--no-tags", "origin", wanted])?;
        let target = if shallow.code == 0 {
            "FETCH_HEAD"
        } else {
            self.fetch_whole(&shallow)?;
            reference.unwrap_or("FETCH_HEAD")
        };
        let out = self.git(&["checkout", "--quiet", "--detach", target, "--"])?;
        if out.code != 0 {
            return Err(if target == "FETCH_HEAD" { self.failure(&out) } else { self.no_such_ref() });
        }
        if fs::exists(&self.folder.join(".gitmodules")) {
            self.must(&["submodule", "--quiet", "update", "--init", "--recursive"])?;
        }
        Ok(())
    }

    /// For servers that give no single commits, and for references that only a whole history can resolve.
    fn fetch_whole(&self, shallow: &Captured) -> Result<(), SourceError> {
        let said = String::from_utf8_lossy(&shallow.stderr).into_owned();
        let is_missing = said.contains("couldn't find remote ref") || said.contains("invalid refspec");
        let reference = self.source.reference.as_deref().unwrap_or_default();
        if is_missing && !needs_history(reference) {
            return Err(self.no_such_ref());
        }
        let is_refused = ["not our ref", "unadvertised object", "shallow", "upload-pack"];
        if !is_missing && !is_refused.iter().any(|part| said.contains(part)) {
            return Err(self.failure(shallow));
        }
        let all = [
            "fetch",
            "--quiet",
            "--update-head-ok",
            "origin",
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ];
        self.must(&all)?;
        if self.source.reference.is_none() {
            self.must(&["fetch", "--quiet", "origin", "HEAD"])?;
        }
        Ok(())
    }

    fn must(&self, args: &[&str]) -> Result<(), SourceError> {
        let out = self.git(args)?;
        if out.code == 0 { Ok(()) } else { Err(self.failure(&out)) }
    }

    fn git(&self, args: &[&str]) -> Result<Captured, SourceError> {
        let invocation = Invocation {
            program: PathBuf::from("git"),
            args: args.iter().map(OsString::from).collect(),
            cwd: self.folder.clone(),
            env: self.env.clone(),
        };
        invocation
            .capture()
            .map_err(|source| SourceError::NoGit { remote: redact(&self.source.remote), source })
    }

    fn no_such_ref(&self) -> SourceError {
        SourceError::NoSuchRef {
            remote: redact(&self.source.remote),
            reference: self.source.reference.clone().unwrap_or_default(),
        }
    }

    fn failure(&self, out: &Captured) -> SourceError {
        let text = String::from_utf8_lossy(&out.stderr);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let said = redact(&lines[lines.len().saturating_sub(3)..].join("; "));
        let remote = redact(&self.source.remote);
        let denied = [
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "Permission denied",
            "Repository not found",
            "terminal prompts disabled",
            "Host key verification failed",
            "403",
        ];
        if denied.iter().any(|part| text.contains(part)) {
            SourceError::Denied { remote, said }
        } else {
            SourceError::Git { remote, said }
        }
    }
}

/// A commit's beginning, or a walk from a reference.
fn needs_history(reference: &str) -> bool {
    let is_hex = reference.len() >= 4 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex || reference.contains(['~', '^', '@'])
}

/// A whole object name: SHA-1 or SHA-256.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit in the words of `ls-remote`, by git's own order of looking; an annotated tag stands for its commit.
fn commit_listed(listed: &str, wanted: &str) -> Option<String> {
    let lines: Vec<(&str, &str)> = listed.lines().filter_map(|line| line.split_once('\t')).collect();
    let find = |name: &str| lines.iter().find(|(_, listed)| *listed == name).map(|(commit, _)| *commit);
    let names = ["", "refs/", "refs/tags/", "refs/heads/"].map(|start| format!("{start}{wanted}"));
    let commit = names.iter().find_map(|name| find(&format!("{name}^{{}}")).or_else(|| find(name)))?;
    is_commit(commit).then(|| commit.to_owned())
}

/// The key lies beside the checkout, for its owner alone.
fn write_key(source: &GitSource, key: &str, folder: &Path) -> Result<PathBuf, SourceError> {
    let bad = || SourceError::BadSshKey { remote: redact(&source.remote) };
    // A `+` of the encoding reads as a space in a query.
    let bytes = STANDARD.decode(key.replace(' ', "+")).map_err(|_| bad())?;
    let path = folder.with_extension("key");
    fs::write_atomic(&path, &bytes, fs::Access::Private)?;
    Ok(path)
}

/// ssh with this key and no other.
fn ssh_command(env: &Env, key: &Path) -> String {
    let before = env.get_filled("GIT_SSH_COMMAND").unwrap_or("ssh");
    let path = key.to_string_lossy().replace('\'', "'\\''");
    format!("{before} -i '{path}' -o IdentitiesOnly=yes")
}

#[cfg(test)]
mod tests;
