//! `state restore`: shows what would come of it, asks, does it.

use super::super::run::prompt::agree_to;
use super::super::states;
use super::{failure, lines, signature};
use crate::cli::args::StateRestoreArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::custody::restore;

/// Brings a version back.
///
/// # Errors
/// No such unit or version, a lock that somebody has, a state that changed meanwhile.
pub(super) fn run(args: &StateRestoreArgs, context: &Context) -> Result<u8, Failure> {
    let Some(version) = args.version.clone() else {
        return Err(Failure::usage("which version is meant is not said")
            .hint("`terrace state history UNIT` lists them; name one with --version"));
    };
    let (stores, kept) = states::named(context, args.unit.as_deref())?;
    let troubled = |trouble| failure(&kept.unit, &trouble);
    let store = kept.store.clone();
    let plan = states::wait(&stores, async move { restore::plan(&store, &version).await })?;
    let plan = plan.map_err(troubled)?;
    let text = format!(
        "{} would become serial {}; its resources themselves are not touched\n{}",
        kept.store.address(),
        plan.serial,
        lines(&plan.differences)
    );
    if let Some(torn) = &plan.torn {
        context
            .screen
            .say(&format!("the present state cannot be read, so nobody can tell its lineage: {torn}"));
    }
    if plan.differences.is_empty() {
        context.screen.say("the version holds the same resources and outputs as the present state");
    }
    if args.dry_run {
        context.screen.print(&text)?;
        return Ok(exit::SUCCESS);
    }
    agree_to(context, text.trim_end(), "Restore this version?")?;
    let (store, by, serial) = (kept.store.clone(), signature(context), plan.serial);
    let done = states::wait(&stores, async move { restore::carry_out(&store, &plan, &by).await })?;
    done.map_err(troubled)?;
    context.screen.say(&format!("{}: restored as serial {serial}", kept.unit));
    Ok(exit::SUCCESS)
}
