//! `run_cmd`: another program's words as a value.

use super::Cx;
use crate::diag::Code;
use crate::hcl::{Fault, Value};
use crate::host::process::{Captured, Invocation};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// What the leading flags ask for.
#[derive(Default)]
struct Flags {
    quiet: bool,
    global: bool,
    uncached: bool,
}

/// Runs a program in the unit's folder; its stdout without the last line break is the value. Each argv runs once a
/// folder, or once a process with `--terragrunt-global-cache`.
pub(super) fn run_cmd(cx: &Cx<'_>) -> Result<Value, Fault> {
    let words = cx.strings(1..=usize::MAX)?;
    let (flags, argv) = split_flags(&words);
    if flags.global && flags.uncached {
        return Err(cx.fault("`--terragrunt-global-cache` and `--terragrunt-no-cache` exclude each other"));
    }
    if argv.first().is_none_or(String::is_empty) {
        return Err(cx.fault("it names no program"));
    }
    if flags.uncached {
        return execute(cx, argv, &flags).map(Value::string);
    }
    let evaluation = cx.scope.evaluation;
    let dir = if flags.global { PathBuf::new() } else { evaluation.dir.clone() };
    let slot = evaluation.session.memory.command((dir, argv.to_vec(), evaluation.credentials));
    let mut remembered = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = &*remembered {
        return Ok(Value::string(text.clone()));
    }
    let text: Arc<str> = execute(cx, argv, &flags)?.into();
    *remembered = Some(text.clone());
    Ok(Value::string(text))
}

fn split_flags(words: &[String]) -> (Flags, &[String]) {
    let mut flags = Flags::default();
    let mut rest = words;
    while let [first, others @ ..] = rest {
        match first.as_str() {
            "--terragrunt-quiet" => flags.quiet = true,
            "--terragrunt-global-cache" => flags.global = true,
            "--terragrunt-no-cache" => flags.uncached = true,
            _ => break,
        }
        rest = others;
    }
    (flags, rest)
}

fn execute(cx: &Cx<'_>, argv: &[String], flags: &Flags) -> Result<String, Fault> {
    let evaluation = cx.scope.evaluation;
    let invocation = Invocation {
        program: PathBuf::from(&argv[0]),
        args: argv[1..].iter().map(Into::into).collect(),
        cwd: evaluation.dir.clone(),
        env: evaluation.env.clone(),
    };
    let captured = invocation.capture().map_err(|error| cx.fault(error))?;
    if captured.code != 0 {
        return Err(failed(cx, &argv[0], &captured));
    }
    let text =
        String::from_utf8(captured.stdout).map_err(|_| cx.fault("the program's output is not UTF-8"))?;
    if !flags.quiet {
        evaluation.session.echo(&text);
    }
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

fn failed(cx: &Cx<'_>, program: &str, captured: &Captured) -> Fault {
    let said = String::from_utf8_lossy(&captured.stderr);
    let fault = cx.fault(format!("`{program}` ended with exit code {}", captured.code));
    let fault = fault.coded(Code::CommandFailed);
    Box::new(match said.trim().is_empty() {
        true => fault,
        false => fault.detail(said.trim_end().to_owned()),
    })
}
