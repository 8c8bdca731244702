//! Helpers: programs of the user's that know tokens of hosts. `terraform-credentials-NAME ARGS… get HOST` answers with an
//! object that has the token, or none.

use super::files::home_config_dir;
use super::kinds::Helper;
use crate::host::env::Env;
use crate::host::fs;
use crate::host::machine::platform;
use crate::host::process::Invocation;
use serde::Deserialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Why a helper has no answer. What it said is left out, as it may be secret.
#[derive(Debug, thiserror::Error)]
pub enum HelperFault {
    #[error("the credentials helper `{name}` is not installed: there is no {program} in {}", .folder.display())]
    Missing { name: String, program: String, folder: PathBuf },
    #[error("the credentials helper `{name}` did not run: {said}")]
    NotRun { name: String, said: String },
    #[error("the credentials helper `{name}` ended with exit status {code} when it was asked for {host}")]
    Failed { name: String, host: String, code: i32 },
    #[error("the credentials helper `{name}` did not answer with a JSON object when it was asked for {host}")]
    Odd { name: String, host: String },
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: Option<String>,
}

/// Asks for the token of a host in its normal form; `None` if the helper knows none. Runs it in `cwd`. Blocks.
///
/// # Errors
/// When there is no such helper, or it does not answer.
pub fn ask_helper(
    helper: &Helper,
    host: &str,
    (env, cwd): (&Env, &Path),
) -> Result<Option<String>, HelperFault> {
    let name = || helper.name.clone();
    let folder = home_config_dir(env).unwrap_or_default().join("plugins");
    let program = find(helper, &folder).ok_or_else(|| HelperFault::Missing {
        name: name(),
        program: program_name(helper),
        folder: folder.clone(),
    })?;
    let args = helper.args.iter().map(String::as_str).chain(["get", host]).map(OsString::from);
    let call = Invocation { program, args: args.collect(), cwd: cwd.to_path_buf(), env: env.clone() };
    let captured =
        call.capture().map_err(|error| HelperFault::NotRun { name: name(), said: error.to_string() })?;
    if captured.code != 0 {
        return Err(HelperFault::Failed { name: name(), host: host.to_owned(), code: captured.code });
    }
    let answer: Result<Answer, _> = serde_json::from_slice(&captured.stdout);
    match answer {
        Ok(answer) => Ok(answer.token.filter(|token| !token.is_empty())),
        Err(_) => Err(HelperFault::Odd { name: name(), host: host.to_owned() }),
    }
}

fn program_name(helper: &Helper) -> String {
    format!("terraform-credentials-{}", helper.name)
}

/// The newest program of this name: in the folder, or in that of the platform below it.
fn find(helper: &Helper, folder: &Path) -> Option<PathBuf> {
    let (os, arch) = platform();
    let folders = [folder.to_path_buf(), folder.join(format!("{os}_{arch}"))];
    let mut found: Vec<(Vec<u64>, PathBuf)> = Vec::new();
    for folder in &folders {
        for (name, _) in fs::list_dir(folder).unwrap_or_default() {
            let path = folder.join(&name);
            if let Some(version) = version_in(&name.to_string_lossy(), &program_name(helper))
                && fs::is_file(&path)
            {
                found.push((version, path));
            }
        }
    }
    found.into_iter().max_by(|a, b| a.0.cmp(&b.0)).map(|(_, path)| path)
}

/// The version in `NAME_v1.2.3`, zeros for `NAME` alone; `None` for another name.
fn version_in(file: &str, name: &str) -> Option<Vec<u64>> {
    let rest = file.strip_suffix(".exe").unwrap_or(file).strip_prefix(name)?;
    if rest.is_empty() {
        return Some(vec![0, 0, 0]);
    }
    rest.strip_prefix("_v")?.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_name_may_carry_a_version() {
        for (file, want) in [
            ("terraform-credentials-mine", Some(vec![0, 0, 0])),
            ("terraform-credentials-mine_v1.10.2", Some(vec![1, 10, 2])),
            ("terraform-credentials-mine.exe", Some(vec![0, 0, 0])),
            ("terraform-credentials-mineral", None),
            ("terraform-credentials-mine_x", None),
        ] {
            assert_eq!(version_in(file, "terraform-credentials-mine"), want, "{file}");
        }
    }
}
