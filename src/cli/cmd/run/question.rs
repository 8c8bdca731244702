//! Questions to the tool about itself: its version, its help. They need no unit, and one that is there may be faulty.

use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::cli::settings::Color;
use crate::config::{FactsDepth, load_facts};
use crate::host::fs;
use crate::host::process::{Channel, Group, Invocation, Io, Stdin};
use crate::run::command::TerraformCommand;
use crate::run::dispatcher::runtime;
use crate::run::tools::Wish;
use std::path::PathBuf;

/// Whether terraform answers without looking at code or states.
pub(super) fn is_one(command: &TerraformCommand) -> bool {
    command.name == "version" || ["help", "h"].iter().any(|name| command.has_flag(name))
}

/// Lets the tool speak for itself; the exit code is its own.
///
/// # Errors
/// When there is no tool, or it cannot be started.
pub(super) fn ask(context: &Context, command: &TerraformCommand) -> Result<u8, Failure> {
    let root = &context.session.root;
    let invocation = Invocation {
        program: program(context)?,
        args: words(context, command).iter().map(Into::into).collect(),
        cwd: root.clone(),
        env: context.session.env.clone(),
    };
    let io = Io {
        stdin: Stdin::Inherit,
        stdout: Channel::Inherit,
        stderr: Channel::Inherit,
        group: Group::Shared,
    };
    let failed = |error: &dyn std::fmt::Display| Failure::new(Kind::Machine, error.to_string());
    let runtime = runtime().map_err(|error| failed(&error))?;
    runtime.block_on(async {
        let mut running = invocation.start(io).map_err(|error| failed(&error))?;
        let code = running.wait().await.map_err(|error| failed(&error))?;
        Ok(u8::try_from(code).unwrap_or(exit::FAILURE))
    })
}

fn program(context: &Context) -> Result<PathBuf, Failure> {
    let root = &context.session.root;
    let config = context.session.config_in(root);
    let facts = fs::exists(&config).then(|| load_facts(&context.session, &config, FactsDepth::Run));
    let named = facts.as_ref().and_then(|facts| facts.terraform_binary.as_deref());
    let tool = context.tools.of_unit(&Wish { named, ..Wish::of_dir(root) });
    tool.map(|tool| tool.program).map_err(|error| Failure::new(Kind::Machine, error.to_string()))
}

fn words(context: &Context, command: &TerraformCommand) -> Vec<String> {
    let mut words = command.words();
    if context.settings.log.color == Color::Never && !command.has_flag("no-color") {
        words.push("-no-color".to_owned());
    }
    words
}
