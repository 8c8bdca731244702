//! Hooks: programs that a unit runs around terraform. Knows one unit and one command word.

use super::around::Around;
use super::child::{Audience, Call, run_child};
use super::failure::{Failure, Message};
use super::settings::Terminal;
use super::tflint::{self, TFLINT};
use super::wire::Wire;
use crate::config::unit::{ErrorHook, Hook, ReadyUnit};
use crate::diag::Code;
use crate::event::{Level, Phase, Speaker};
use crate::host::env::Env;
use crate::host::process::{Channel, Invocation, ProcessError};
use regex::Regex;
use std::path::{Path, PathBuf};

/// The command word of hooks that run right after a unit was read; after hooks only.
pub const READ_CONFIG: &str = "terragrunt-read-config";
/// The command word of hooks around the fetch of a source.
pub const INIT_FROM_MODULE: &str = "init-from-module";

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// A program to run, whichever kind of hook asks for it.
struct Program<'a> {
    name: &'a str,
    commands: &'a [String],
    kind: &'static str,
    execute: &'a [String],
    working_dir: Option<&'a str>,
    suppress_stdout: bool,
}

/// Runs the hooks of one side in their order. Once something failed, now or before, only hooks with `run_on_error`
/// run. `None` if all went well.
pub async fn run_hooks(
    wire: &mut Wire,
    side: Side,
    around: &Around<'_>,
    before: Option<&Failure>,
) -> Option<Failure> {
    let terraform = around.terraform?;
    let (hooks, kind) = match side {
        Side::Before => (&terraform.before_hook, "before_hook"),
        Side::After => (&terraform.after_hook, "after_hook"),
    };
    let mut failed: Option<Failure> = None;
    for hook in hooks.iter().filter(|hook| applies(hook, around.command)) {
        if (before.is_some() || failed.is_some()) && hook.run_on_error != Some(true) {
            continue;
        }
        if let Err(failure) = run_program(wire, &program_of(hook, kind), around).await {
            failed = Some(failed.unwrap_or_default().and(failure));
        }
    }
    failed
}

/// [`run_hooks`] with nothing failed yet, for a blocking thread of the runtime.
///
/// # Errors
/// When a hook failed.
pub fn run_hooks_blocking(wire: &Wire, side: Side, around: &Around<'_>) -> Result<(), Failure> {
    let mut wire = wire.clone();
    let failed = tokio::runtime::Handle::current().block_on(run_hooks(&mut wire, side, around, None));
    failed.map_or(Ok(()), Err)
}

/// Runs the error hooks that know this failure. `None` if all went well.
pub async fn run_error_hooks(wire: &mut Wire, around: &Around<'_>, failure: &Failure) -> Option<Failure> {
    let terraform = around.terraform?;
    let text = failure.full_text();
    let mut failed: Option<Failure> = None;
    for hook in &terraform.error_hook {
        if !hook.commands.iter().any(|command| command == around.command) {
            continue;
        }
        let result = match knows(hook, &text) {
            Ok(false) => continue,
            Ok(true) => run_program(wire, &program_of_error_hook(hook), around).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = result {
            failed = Some(failed.unwrap_or_default().and(failure));
        }
    }
    failed
}

/// Whether any error hook waits for this command: then all that terraform says must be heard.
#[must_use]
pub fn has_error_hook(ready: &ReadyUnit, command: &str) -> bool {
    let hooks = ready.config.terraform.iter().flat_map(|terraform| &terraform.error_hook);
    hooks.flat_map(|hook| &hook.commands).any(|word| word == command)
}

fn applies(hook: &Hook, command: &str) -> bool {
    hook.condition != Some(false) && hook.commands.iter().any(|word| word == command)
}

fn knows(hook: &ErrorHook, text: &str) -> Result<bool, Failure> {
    for pattern in &hook.on_errors {
        let regex = Regex::new(pattern).map_err(|error| {
            Failure::of_message(format!(
                "error hook `{}`: `{pattern}` is not a regular expression: {error}",
                hook.name
            ))
        })?;
        if regex.is_match(text) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn program_of<'a>(hook: &'a Hook, kind: &'static str) -> Program<'a> {
    Program {
        name: &hook.name,
        commands: &hook.commands,
        kind,
        execute: &hook.execute,
        working_dir: hook.working_dir.as_deref(),
        suppress_stdout: hook.suppress_stdout == Some(true),
    }
}

fn program_of_error_hook(hook: &ErrorHook) -> Program<'_> {
    Program {
        name: &hook.name,
        commands: &hook.commands,
        kind: "error_hook",
        execute: &hook.execute,
        working_dir: hook.working_dir.as_deref(),
        suppress_stdout: hook.suppress_stdout == Some(true),
    }
}

async fn run_program(wire: &mut Wire, program: &Program<'_>, around: &Around<'_>) -> Result<(), Failure> {
    wire.phase(Phase::Hook(program.name.to_owned())).await;
    wire.note(Level::Info, format!("running hook {}", program.name)).await;
    if program.execute.first().is_some_and(|first| first == TFLINT) {
        for args in tflint::calls(around, (program.commands, &program.execute[1..]))? {
            let mut invocation = invocation(program, around)?;
            invocation.args = args.iter().map(Into::into).collect();
            around.unit_dir.clone_into(&mut invocation.cwd);
            run_invocation(wire, program, (&invocation, around.terminal)).await?;
        }
        return Ok(());
    }
    run_invocation(wire, program, (&invocation(program, around)?, around.terminal)).await
}

async fn run_invocation(
    wire: &mut Wire,
    program: &Program<'_>,
    (invocation, terminal): (&Invocation, Terminal),
) -> Result<(), Failure> {
    let mut io = terminal.io().piped();
    let audience = if program.suppress_stdout {
        io.stdout = Channel::Pipe;
        Audience::StderrOnly
    } else {
        Audience::All
    };
    let from = Speaker::Hook(program.name.to_owned());
    let call = Call { invocation, io, from: &from, cut: terminal.cut(), audience, locking: None };
    let ended = run_child(wire, &call).await.map_err(|error| not_run(program, &error))?;
    if ended.code == 0 {
        return Ok(());
    }
    // Only the program: its arguments may carry a secret.
    let first = program.execute.first().map_or("", String::as_str);
    Err(Failure::of_child(&format!("hook {} ({first})", program.name), &ended, Code::HookFailed))
}

/// A hook without an end of its own.
fn not_run(program: &Program<'_>, error: &ProcessError) -> Failure {
    let text = format!("hook {}: {error}", program.name);
    Failure { messages: vec![Message { text, code: Some(Code::HookFailed) }], ..Failure::default() }
}

fn invocation(program: &Program<'_>, around: &Around<'_>) -> Result<Invocation, Failure> {
    let Some((first, args)) = program.execute.split_first().filter(|(first, _)| !first.is_empty()) else {
        return Err(Failure::of_message(format!("hook {}: execute names no program", program.name)));
    };
    // What a user writes is meant from where it is written.
    let own = program.working_dir.filter(|dir| !dir.is_empty());
    let cwd = own.map_or(around.working_dir.to_owned(), |dir| around.unit_dir.join(dir));
    Ok(Invocation {
        program: located(first, &cwd),
        args: args.iter().map(Into::into).collect(),
        env: hook_env(program, around),
        cwd,
    })
}

/// A path is meant from where the hook runs; a bare name is looked up on the PATH.
fn located(program: &str, cwd: &Path) -> PathBuf {
    if program.contains(std::path::is_separator) { cwd.join(program) } else { program.into() }
}

fn hook_env(program: &Program<'_>, around: &Around<'_>) -> Env {
    let mut env = around.env.clone();
    env.set("TG_CTX_TF_PATH", around.tool);
    env.set("TG_CTX_COMMAND", around.command);
    env.set("TG_CTX_HOOK_NAME", program.name);
    env.set("TG_CTX_HOOK_TYPE", program.kind);
    env.set("TG_CTX_SOURCE", if around.source.is_empty() { "." } else { around.source });
    env.set("TG_CTX_TERRAGRUNT_DIR", around.unit_dir);
    env
}
