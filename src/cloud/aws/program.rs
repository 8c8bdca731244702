//! Credentials that a program of the shared files makes (`credential_process`). It runs with the environment of whoever
//! asks, not with ours.

use super::access::Surroundings;
use super::answer;
use super::fault::{Fault, Meaning};
use crate::host::env::{self, Env};
use crate::host::process::{Captured, Invocation};
use aws_credential_types::Credentials;
use serde_json::Value as Json;
use std::time::Duration;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(60);

const WHO: &str = "the program of `credential_process`";

pub(super) async fn credentials(
    line: &str,
    surroundings: Option<&Surroundings>,
) -> Result<Credentials, Fault> {
    let none = |text: String| Fault::new(Meaning::NoCredentials, format!("{WHO} {text}"));
    let env = surroundings.map(|Surroundings(env)| env.clone()).unwrap_or_default();
    let invocation = invocation(line, env);
    let running = tokio::task::spawn_blocking(move || invocation.capture());
    let ended = tokio::time::timeout(PATIENCE, running).await;
    let ended = ended.map_err(|_| none(format!("takes longer than {} seconds", PATIENCE.as_secs())))?;
    let started = ended.map_err(|error| none(error.to_string()))?;
    let Captured { code, stdout, stderr } =
        started.map_err(|error| none(format!("does not run: {error}")))?;
    if code != 0 {
        let said = crate::diag::said(&String::from_utf8_lossy(&stderr));
        return Err(none(format!("ends with exit status {code}: {said}")));
    }
    let json: Json = serde_json::from_slice(&stdout).map_err(|_| none("prints no JSON".to_owned()))?;
    if json["Version"].as_u64() != Some(1) {
        return Err(none("prints another version than 1".to_owned()));
    }
    answer::credentials(&json, "SessionToken", WHO)
}

fn invocation(line: &str, env: Env) -> Invocation {
    let (program, flag) = if cfg!(windows) { ("cmd.exe", "/C") } else { ("sh", "-c") };
    let cwd = env::current_dir().ok().or_else(|| env.home_dir()).unwrap_or_else(|| "/".into());
    Invocation { program: program.into(), args: vec![flag.into(), line.into()], cwd, env }
}
