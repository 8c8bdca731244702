//! A stand-in for terraform: a shell script that writes down how it was called and does what a test says.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::space::TestSpace;

/// The script; `act` comes from the test and sees terraform's arguments.
const SCRIPT: &str = r#"#!/bin/sh
case "$*" in
  *version*-json*) echo '{"terraform_version":"1.11.4","platform":"linux_amd64","provider_selections":{},"terraform_outdated":false}'; exit 0 ;;
  version*|-version*|--version*) echo '@VERSION@'; exit 0 ;;
esac
log=@LOG@/$(date +%s%N)-$$
{
  echo "start=$(date +%s%N)"
  echo "cwd=$(pwd)"
  for a in "$@"; do echo "arg=$a"; done
  env | grep -E '^(TF_|TG_|TEST_)' | sed 's/^/env=/'
} >"$log.part"
act() {
  :
@ACT@
}
code=0
case "$1" in init) mkdir -p .terraform ;; esac
act "$@" || code=$?
echo "end=$(date +%s%N)" >>"$log.part"
mv "$log.part" "$log"
exit $code
"#;

/// A fake terraform of one test space.
pub struct FakeTerraform {
    log: PathBuf,
}

/// One call of it.
#[derive(Debug, Clone)]
pub struct Call {
    pub start: u128,
    pub end: u128,
    pub cwd: String,
    pub args: Vec<String>,
    pub env: Vec<String>,
}

impl FakeTerraform {
    /// Writes the script into the space, where `TG_TF_PATH` names it. `act` is the body of a shell function.
    pub fn install(space: &mut TestSpace, act: &str) -> Self {
        Self::install_as(space, "Terraform v1.11.4", act)
    }

    /// The same, saying that it is this program in this version.
    pub fn install_as(space: &mut TestSpace, version: &str, act: &str) -> Self {
        let base = space.root().parent().expect("a parent").to_owned();
        let (bin, log) = (base.join("fake"), base.join("calls"));
        std::fs::create_dir_all(&bin).expect("its folder");
        std::fs::create_dir_all(&log).expect("its log");
        let script = bin.join("terraform");
        let text = SCRIPT
            .replace("@LOG@", &log.to_string_lossy())
            .replace("@ACT@", act)
            .replace("@VERSION@", version);
        std::fs::write(&script, text).expect("the script");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("its mode");
        space.set_env("TG_TF_PATH", script);
        Self { log }
    }

    /// Every call that has ended, by start.
    pub fn calls(&self) -> Vec<Call> {
        let entries = std::fs::read_dir(&self.log).expect("its log").flatten();
        let done = entries.filter(|e| e.path().extension().is_none());
        let mut calls: Vec<Call> =
            done.map(|e| parse_call(&std::fs::read_to_string(e.path()).expect("a call"))).collect();
        calls.sort_by_key(|c| c.start);
        calls
    }

    /// The calls whose first argument is this command.
    pub fn calls_of(&self, command: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|c| c.args.first().is_some_and(|a| a == command)).collect()
    }

    /// The call of a command for the unit in a folder.
    pub fn call(&self, command: &str, unit: &str) -> Call {
        let all = self.calls_of(command);
        let found = all.iter().find(|c| c.is_in(unit)).cloned();
        found.unwrap_or_else(|| panic!("no call of {command} in {unit}: {all:#?}"))
    }
}

impl Call {
    /// Whether it ran in the cache of this unit.
    pub fn is_in(&self, unit: &str) -> bool {
        self.cwd.contains(&format!("/{unit}/.terragrunt-cache/"))
    }

    /// The value of a variable that it saw.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }
}

fn parse_call(text: &str) -> Call {
    let mut call = Call { start: 0, end: 0, cwd: String::new(), args: Vec::new(), env: Vec::new() };
    for line in text.lines() {
        match line.split_once('=') {
            Some(("start", value)) => call.start = value.parse().expect("a time"),
            Some(("end", value)) => call.end = value.parse().expect("a time"),
            Some(("cwd", value)) => call.cwd = value.to_owned(),
            Some(("arg", value)) => call.args.push(value.to_owned()),
            Some(("env", value)) => call.env.push(value.to_owned()),
            _ => {}
        }
    }
    call
}
