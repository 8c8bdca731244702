//! `stack generate`, and the same before a run over many units.

use super::choice::Choice;
use super::note;
use crate::cli::args::{LogLevel, StackGenerateArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::diag::Diagnostics;
use crate::graph::changes::Generated;
use crate::host::{env, fs};
use crate::source::worktree::Worktree;
use crate::stacks::{Done, Progress, Request, Validation, digests, generate};

/// Generates everything that the stack files below the working folder ask for.
///
/// # Errors
/// Every fault of the stack files, a source that cannot be fetched, a disk that refuses.
pub(super) fn run(args: &StackGenerateArgs, context: &Context) -> Result<u8, Failure> {
    let validation = if args.no_stack_validate { Validation::Warn } else { Validation::Refuse };
    let choice = Choice::of(context)?;
    let done = generate_all(context, &choice, validation)?;
    if done.stacks.is_empty() {
        note(context, LogLevel::Warn, &choice.why_none());
    }
    Ok(exit::SUCCESS)
}

/// What a run over many units does first.
///
/// # Errors
/// As [`run`].
pub(in crate::cli::cmd) fn before_run(context: &Context) -> Result<(), Failure> {
    generate_all(context, &Choice::of(context)?, Validation::Refuse).map(|_| ())
}

/// Generates all of a work tree, so that what its stacks hold can be compared with another's.
///
/// # Errors
/// As [`run`].
pub(in crate::cli::cmd) fn in_worktree(context: &Context, worktree: &Worktree) -> Result<Generated, Failure> {
    let request = Request { root: &worktree.path, ..request(context) };
    let what = format!("the stacks of `{}`", worktree.reference);
    let done = generate(&request).map_err(|faults| refused(context, &faults, &what))?;
    digests(&worktree.path, &done.made).map_err(|error| Failure::from_error(Kind::Machine, &error))
}

/// All of the working folder, in silence.
fn request(context: &Context) -> Request<'_> {
    let parallelism = context.settings.queue.parallelism.map(|given| given.get() as usize);
    Request {
        session: &context.session,
        root: &context.session.root,
        fetcher: &context.fetcher,
        parallelism: parallelism.unwrap_or_else(|| (2 * env::parallelism()).max(4)),
        validation: Validation::Refuse,
        select: &|dirs| dirs,
        tell: &|_| (),
    }
}

fn generate_all(context: &Context, choice: &Choice<'_>, validation: Validation) -> Result<Done, Failure> {
    if context.settings.source.source_update {
        super::clean::remove(context)?;
    }
    let request = Request {
        validation,
        select: &|dirs| choice.among(dirs),
        tell: &|progress| tell(context, progress),
        ..request(context)
    };
    let done = generate(&request).map_err(|faults| refused(context, &faults, "the stacks"))?;
    diagnose(context, &done.warnings);
    choice.tip_on_nested(&done);
    Ok(done)
}

fn tell(context: &Context, progress: Progress<'_>) {
    let Progress::Generating(member, stack) = progress;
    let of = fs::relative(&context.session.root, &stack.path);
    let text = format!("generating {} {} of {}", member.kind.word(), member.name, of.display());
    note(context, LogLevel::Info, &text);
}

fn diagnose(context: &Context, faults: &Diagnostics) {
    if context.settings.log.level >= LogLevel::Warn && !context.settings.log.disabled {
        crate::cli::cmd::units::diagnose(context, faults);
    }
}

fn refused(context: &Context, faults: &Diagnostics, stacks: &str) -> Failure {
    crate::cli::cmd::units::diagnose(context, faults);
    let count = faults.iter().filter(|fault| fault.is_error()).count();
    let what = if count == 1 { "1 fault keeps" } else { &format!("{count} faults keep") };
    Failure::new(Kind::Config, format!("{what} {stacks} from being generated"))
}
