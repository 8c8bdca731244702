//! `backend migrate`: one unit's state to where another unit keeps its own.

use super::super::run::prompt::agree_to;
use super::super::state::{failure, signature};
use super::super::states;
use crate::cli::args::MigrateArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::{counted, relocate};

/// Moves it.
///
/// # Errors
/// No such units; a target that is not empty; a source without versions, unless forced.
pub(super) fn run(args: &MigrateArgs, context: &Context) -> Result<u8, Failure> {
    let (Some(from), Some(to)) = (args.from.as_deref(), args.to.as_deref()) else {
        return Err(Failure::usage("from where to where is not said")
            .hint("write `terrace backend migrate FROM TO`, each a unit's folder"));
    };
    let (stores, source) = states::named(context, Some(from))?;
    let (_, target) = states::named(context, Some(to))?;
    let ends = (source.store.clone(), target.store.clone());
    let plan = states::wait(&stores, async move { relocate::look(ends.0, ends.1).await })?;
    let plan = plan.map_err(|trouble| failure(&source.unit, &trouble))?;
    let text = format!(
        "the state of {} moves, with its {}\n  from {}\n  to   {}",
        source.unit,
        counted(plan.resources, "resource"),
        plan.from.address(),
        plan.to.address()
    );
    if args.common.dry_run {
        context.screen.print(&format!("{text}\n"))?;
        return Ok(exit::SUCCESS);
    }
    if !plan.keeps_versions && !args.force {
        let text =
            format!("{}: its store keeps no versions, so a mistake could not be undone there", source.unit);
        return Err(Failure::new(Kind::Usage, text)
            .hint("add --force to move it all the same: a copy stays at the source"));
    }
    agree_to(context, &text, "Move it?")?;
    let by = signature(context);
    let done = states::wait(&stores, async move { relocate::carry_out(&plan, &by).await })?;
    done.map_err(|trouble| failure(&source.unit, &trouble))?;
    context.screen.say(&format!("{}: its state is now where {} keeps its own", source.unit, target.unit));
    Ok(exit::SUCCESS)
}
