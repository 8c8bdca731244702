//! `just clouds`: three clouds on this machine, the real terraform, real locks, no account.
//!
//! Without arguments it plans, applies, looks and destroys. With arguments it runs that command, a shell for example,
//! in the folder of the estate, with `terrace` on PATH, for as long as the clouds are up.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a program for people at work on this repository"
)]

#[path = "../emulators/mod.rs"]
mod emulators;
#[allow(dead_code, reason = "the tests use the rest")]
mod estate;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

/// What is shown, in this order.
const TOUR: &[&[&str]] = &[
    &["list", "--tree", "--dag"],
    &["run", "--all", "--non-interactive", "plan"],
    &["run", "--all", "--non-interactive", "apply"],
    &["run", "--all", "--non-interactive", "plan", "--", "-detailed-exitcode"],
    &["output", "--working-dir", "gcp/portal"],
    &["lock", "list", "--all"],
    &["run", "--all", "--non-interactive", "destroy"],
];

/// The program that was just built, first on PATH.
fn path() -> OsString {
    let bin = Path::new(env!("CARGO_BIN_EXE_terrace")).parent().expect("its folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&others))).expect("a path")
}

fn main() -> ExitCode {
    let clouds = match estate::Clouds::start() {
        Ok(clouds) => clouds,
        Err(missing) => {
            eprintln!("the clouds do not come up: {missing}");
            return ExitCode::FAILURE;
        }
    };
    let space = tempfile::Builder::new().prefix("terrace-clouds-").tempdir().expect("a folder");
    let folder = estate::copy_to(space.path());
    let run = |words: &[OsString]| {
        let status = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(&folder)
            .env("PATH", path())
            .env("TG_TF_PATH", std::env::var_os("TG_TF_PATH").unwrap_or_else(|| "terraform".into()))
            .envs(clouds.env())
            .status();
        status.map_err(|e| format!("{}: {e}", words[0].display()))
    };
    let wanted: Vec<OsString> = std::env::args_os().skip(1).collect();
    let steps = match wanted.is_empty() {
        false => vec![wanted],
        true => {
            TOUR.iter().map(|args| [&["terrace"], *args].concat().iter().map(Into::into).collect()).collect()
        }
    };
    for words in steps {
        eprintln!("\n$ {}", words.join(OsString::from(" ").as_os_str()).display());
        match run(&words) {
            Ok(status) if status.success() => {}
            Ok(status) => return ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
