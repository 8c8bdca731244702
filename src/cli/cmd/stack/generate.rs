//! `stack generate`, and the same before a run over many units.

use super::note;
use crate::cli::args::{LogLevel, StackGenerateArgs};
use crate::cli::cmd::pick;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::diag::Diagnostics;
use crate::graph::changes::Generated;
use crate::graph::dag::Links;
use crate::graph::filter::{self, Candidates, Filter};
use crate::graph::unit::{Component, Components, Kind as ComponentKind, Place};
use crate::host::{env, fs};
use crate::source::worktree::Worktree;
use crate::stacks::{Done, Progress, Request, Validation, digests, generate};
use std::collections::HashMap;
use std::path::PathBuf;

/// Generates everything that the stack files below the working folder ask for.
///
/// # Errors
/// Every fault of the stack files, a source that cannot be fetched, a disk that refuses.
pub(super) fn run(args: &StackGenerateArgs, context: &Context) -> Result<u8, Failure> {
    let validation = if args.no_stack_validate { Validation::Warn } else { Validation::Refuse };
    let done = generate_all(context, validation)?;
    if done.stacks.is_empty() {
        let root = context.session.root.display();
        note(context, LogLevel::Warn, &format!("there is no stack file below {root}: nothing is generated"));
    }
    Ok(exit::SUCCESS)
}

/// What a run over many units does first.
///
/// # Errors
/// As [`run`].
pub(in crate::cli::cmd) fn before_run(context: &Context) -> Result<(), Failure> {
    generate_all(context, Validation::Refuse).map(|_| ())
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

fn generate_all(context: &Context, validation: Validation) -> Result<Done, Failure> {
    let filters = filters_of_stacks(context)?;
    if context.settings.source.source_update {
        super::clean::remove(context)?;
    }
    let request = Request {
        validation,
        select: &|dirs| select(context, &filters, dirs),
        tell: &|progress| tell(context, progress),
        ..request(context)
    };
    let done = generate(&request).map_err(|faults| refused(context, &faults, "the stacks"))?;
    diagnose(context, &done.warnings);
    tip_on_nested(context, &done);
    Ok(done)
}

/// Only filters that speak of stacks alone choose among stacks; the others choose units, whichever stack makes them.
fn filters_of_stacks(context: &Context) -> Result<Vec<Filter>, Failure> {
    let mut filters = pick::filters(context)?;
    filters.retain(Filter::is_of_stacks);
    if filter::needs(&filters).changes {
        return Err(Failure::new(Kind::NotYet, "stacks cannot be chosen by what changed in git")
            .hint("choose them by path: --filter './live/** | type=stack'"));
    }
    Ok(filters)
}

fn select(context: &Context, filters: &[Filter], dirs: Vec<PathBuf>) -> Vec<PathBuf> {
    if filters.is_empty() {
        return dirs;
    }
    let stack = |path: PathBuf| Component {
        kind: ComponentKind::Stack,
        path,
        place: Place::Inside,
        reading: Vec::new(),
        source: None,
    };
    let components: Components = dirs.into_iter().map(stack).collect();
    let (links, changed) = (Links::default(), HashMap::new());
    let roots = std::slice::from_ref(&context.session.root);
    let candidates = Candidates { components: &components, links: &links, roots, changed: &changed };
    let chosen = filter::evaluate(&filters.iter().collect::<Vec<_>>(), &candidates);
    chosen.into_iter().map(|id| components.path(id).to_path_buf()).collect()
}

fn tell(context: &Context, progress: Progress<'_>) {
    let Progress::Generating(member, stack) = progress;
    let of = fs::relative(&context.session.root, &stack.path);
    let text = format!("generating {} {} of {}", member.kind.word(), member.name, of.display());
    note(context, LogLevel::Info, &text);
}

fn tip_on_nested(context: &Context, done: &Done) {
    let Some(first) = done.nested_left_out.first() else { return };
    if context.settings.muted_tips.has("stack-filter-nested-not-generated") {
        return;
    }
    let name = fs::relative(&context.session.root, first);
    let text = format!(
        "the filters leave out {}, which another stack generated; a filter such as './live/** | type=stack' takes it along",
        name.display()
    );
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
