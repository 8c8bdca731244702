//! Arguments, settings, commands: the top floor. Nobody imports it.

pub mod args;
pub mod argv;
mod cmd;
mod complete;
mod context;
pub mod env_names;
mod examples;
pub mod failure;
pub mod flag_kind;
mod habits;
pub mod help;
mod named_files;
pub mod reference;
pub mod resolve;
mod screen;
pub mod selection;
pub mod settings;
pub mod start;
pub mod words;

use crate::host::env::{self, Env};
use context::Context;
use failure::{Failure, Kind, exit};
use screen::Screen;
use settings::Request;
use start::Start;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the command line and says how the process ends.
#[must_use]
pub fn main() -> ExitCode {
    let env = Env::of_process();
    let words = env::args();
    let legible: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut screen = Screen::before_settings(&legible, &env);
    match arguments(words).and_then(|(args, behind)| start((&args, &behind), env, &mut screen)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            screen.fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs what is asked for. The screen learns how failures are told.
fn start(words: (&[String], &[OsString]), env: Env, screen: &mut Screen) -> Result<u8, Failure> {
    let (args, behind) = words;
    let cwd = env::current_dir().map_err(|error| {
        Failure::new(Kind::Machine, format!("the current folder cannot be used: {error}"))
    })?;
    if let Some((name, rest)) = args.split_first()
        && name == complete::COMMAND
    {
        return cmd::answer_completion(rest, (&cwd, *screen));
    }
    match settings::read(Start { args, behind, env: &env, cwd: &cwd })? {
        Request::Help(topic) => {
            screen.print(&help::page(&topic, screen.reading_width)).map(|()| exit::SUCCESS)
        }
        Request::Version => screen.print(&format!("{}\n", help::version())).map(|()| exit::SUCCESS),
        Request::Command(settings) => {
            let context = Context::new(*settings, env)?;
            screen.form = context.screen.form;
            context.warn();
            // The process ends with the command: to take thousands of parsed files apart first would only keep people waiting.
            std::mem::forget(Arc::clone(&context.session.files));
            run(context)
        }
    }
}

/// Runs the command, and says at last what is wrong with settings of terraform's that it read and nobody said.
fn run(context: Context) -> Result<u8, Failure> {
    let (screen, fetcher) = (context.screen, Arc::clone(&context.fetcher));
    let is_quiet = context.settings.log.disabled || context.settings.log.level < args::LogLevel::Warn;
    let (sources, root) = (Arc::clone(&context.session.files.sources), context.session.root.clone());
    let ended = cmd::run(context);
    let faults = fetcher.rc().take_faults();
    if !is_quiet {
        screen.diagnose(&faults, (&sources, &root));
    }
    ended
}

/// All arguments as text, and those behind `--` as they are: only there may be names of files that are no text.
fn arguments(all: Vec<OsString>) -> Result<(Vec<String>, Vec<OsString>), Failure> {
    let until = all.iter().position(|word| word == "--").map_or(all.len(), |at| at + 1);
    let (before, behind) = all.split_at(until.min(all.len()));
    let before = before.iter().cloned().map(OsString::into_string);
    let mut words = before
        .collect::<Result<Vec<String>, _>>()
        .map_err(|word| Failure::usage(format!("the argument {} is not Unicode", word.display())))?;
    words.extend(behind.iter().map(|word| word.to_string_lossy().into_owned()));
    Ok((words, behind.to_vec()))
}
