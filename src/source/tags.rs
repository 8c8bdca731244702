//! The tags of a repository, asked without fetching anything.

use super::address::{GitSource, redact};
use super::error::SourceError;
use crate::host::env::Env;
use crate::host::process::Invocation;
use std::path::{Path, PathBuf};

/// The names of all tags, in the order of the remote. The address goes through the environment: an argument would
/// show in the process list.
///
/// # Errors
/// When git is missing or fails.
pub fn tags(env: &Env, source: &GitSource, cwd: &Path) -> Result<Vec<String>, SourceError> {
    let mut env = env.clone();
    let before: usize = env.get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    env.set(format!("GIT_CONFIG_KEY_{before}"), "remote.terrace-asks.url");
    env.set(format!("GIT_CONFIG_VALUE_{before}"), source.remote.as_str());
    env.set("GIT_CONFIG_COUNT", (before + 1).to_string());
    env.set("GIT_TERMINAL_PROMPT", "0");
    let args = ["ls-remote", "--tags", "--refs", "terrace-asks"];
    let invocation = Invocation {
        program: PathBuf::from("git"),
        args: args.iter().map(Into::into).collect(),
        cwd: cwd.to_path_buf(),
        env,
    };
    let remote = redact(&source.remote);
    let out =
        invocation.capture().map_err(|error| SourceError::NoGit { remote: remote.clone(), source: error })?;
    if out.code != 0 {
        let said = redact(String::from_utf8_lossy(&out.stderr).trim());
        return Err(SourceError::Git { remote, said });
    }
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.split_once("refs/tags/")).map(|(_, tag)| tag.to_owned()).collect())
}
