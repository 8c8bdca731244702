//! `completion`, and the hidden command that its scripts call.

use crate::cli::args::{CompletionArgs, Shell, tree};
use crate::cli::complete::{Typed, complete, render, script};
use crate::cli::failure::{Failure, exit};
use crate::cli::screen::Screen;
use crate::diag::Code;
use crate::graph::discover::{WalkOptions, walk};
use crate::host::fs;
use clap::ValueEnum;
use std::path::Path;

/// Prints a shell's script.
///
/// # Errors
/// No shell; a stdout that cannot be written.
pub(super) fn run(args: &CompletionArgs, screen: Screen) -> Result<u8, Failure> {
    let Some(shell) = args.shell else {
        return Err(Failure::usage("`terrace completion` lacks the shell")
            .coded(Code::LacksValue)
            .hint("write: terrace completion bash (or zsh, fish, powershell)"));
    };
    screen.print(script(shell)).map(|()| exit::SUCCESS)
}

/// Prints what may stand at the end of a line: the shell's name and the line are the arguments.
///
/// # Errors
/// A stdout that cannot be written.
pub fn answer(args: &[String], (cwd, screen): (&Path, Screen)) -> Result<u8, Failure> {
    let [shell, line] = args else { return Ok(exit::FAILURE) };
    let Ok(shell) = Shell::from_str(shell, true) else { return Ok(exit::FAILURE) };
    let typed = Typed::parse(line);
    let root =
        typed.value_of("working-dir").map_or_else(|| cwd.to_path_buf(), |dir| fs::clean(&cwd.join(dir)));
    let units = || {
        let found = walk(&root, &WalkOptions::default()).found;
        found.iter().map(|found| fs::relative(&root, &found.path).to_string_lossy().into_owned()).collect()
    };
    screen.print(&render(&complete(&typed, &tree(), &units), &typed, shell)).map(|()| exit::SUCCESS)
}
