//! Arguments, settings, commands: the top floor. Nobody imports it.

pub mod args;
pub mod argv;
mod cmd;
mod complete;
mod context;
pub mod env_names;
mod examples;
pub mod failure;
mod habits;
pub mod help;
pub mod reference;
pub mod resolve;
mod screen;
pub mod selection;
pub mod settings;
pub mod words;

use crate::host::env::{self, Env};
use context::Context;
use failure::{Failure, Kind, Look, exit};
use screen::Screen;
use settings::{Request, Start};
use std::process::ExitCode;

/// Runs the command line and says how the process ends.
#[must_use]
pub fn main() -> ExitCode {
    let env = Env::of_process();
    let screen = Screen::before_settings(&env);
    match start(env, screen) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let look = if screen.stderr_color { Look::Colored } else { Look::Plain };
            let text = failure.render(look);
            if !text.is_empty() {
                screen.say(&text);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn start(env: Env, screen: Screen) -> Result<u8, Failure> {
    let args = arguments()?;
    let cwd = env::current_dir().map_err(|error| {
        Failure::new(Kind::Machine, format!("the current folder cannot be used: {error}"))
    })?;
    if let Some((name, rest)) = args.split_first()
        && name == complete::COMMAND
    {
        return cmd::answer_completion(rest, (&cwd, screen));
    }
    match settings::read(Start { args: &args, env: &env, cwd: &cwd })? {
        Request::Help(topic) => {
            screen.print(&help::page(&topic, screen.reading_width)).map(|()| exit::SUCCESS)
        }
        Request::Version => screen.print(&format!("{}\n", help::version())).map(|()| exit::SUCCESS),
        Request::Command(settings) => {
            let context = Context::new(*settings, env)?;
            context.warn();
            cmd::run(context)
        }
    }
}

fn arguments() -> Result<Vec<String>, Failure> {
    let words = env::args().into_iter().map(std::ffi::OsString::into_string);
    words
        .collect::<Result<_, _>>()
        .map_err(|word| Failure::usage(format!("the argument {} is not Unicode", word.display())))
}
