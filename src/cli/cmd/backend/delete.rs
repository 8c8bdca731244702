//! `backend delete`: the states of units, one after the other, after one look at all of them.

use super::super::run::prompt::agree_to;
use super::super::state::{failure, signature};
use super::super::states::{self, States};
use crate::cli::args::DeleteArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::remove::{self, Doomed};
use crate::custody::{Kept, each};
use std::fmt::Write;

/// Deletes the states of the selected units.
///
/// # Errors
/// A state that must not be deleted without `--force`; a question that was declined.
pub(super) fn run(args: &DeleteArgs, context: &Context) -> Result<u8, Failure> {
    let States { stores, kept, lost, .. } = states::of_selection(context)?;
    if let Some(lost) = lost.into_iter().next() {
        return Err(lost.into_failure());
    }
    let look = |kept: Kept| async move {
        let doomed = remove::look(&kept.store).await;
        (kept, doomed)
    };
    let mut doomed: Vec<(Kept, Doomed)> = Vec::new();
    for (kept, found) in states::wait(&stores, each(kept, look))? {
        match found.map_err(|trouble| failure(&kept.unit, &trouble))? {
            Some(found) => doomed.push((kept, found)),
            None => context.screen.say(&format!("{}: there is no state", kept.unit)),
        }
    }
    doomed.sort_by(|(a, _), (b, _)| a.unit.cmp(&b.unit));
    if doomed.is_empty() {
        return Ok(exit::SUCCESS);
    }
    let plan = plan(&doomed);
    if args.common.dry_run {
        context.screen.print(&plan)?;
        return Ok(exit::SUCCESS);
    }
    if !args.force && doomed.iter().any(|(_, doomed)| doomed.objection().is_some()) {
        return Err(Failure::new(Kind::Usage, format!("nothing was deleted\n{}", plan.trim_end()))
            .hint("add --force to delete them all the same; `terrace destroy` removes what a state holds"));
    }
    agree_to(context, plan.trim_end(), "Delete these states?")?;
    let mut code = exit::SUCCESS;
    for (kept, doomed) in doomed {
        let (store, by) = (kept.store.clone(), signature(context));
        let done = states::wait(&stores, async move { remove::carry_out(&store, &doomed, &by).await })?;
        match done.map_err(|trouble| failure(&kept.unit, &trouble)) {
            Ok(()) => context.screen.say(&format!("{}: its state is deleted", kept.unit)),
            Err(failure) if args.fail.fail_fast => return Err(failure),
            Err(failure) => {
                code = exit::FAILURE;
                context.screen.fail(&failure);
            }
        }
    }
    Ok(code)
}

fn plan(doomed: &[(Kept, Doomed)]) -> String {
    let mut text = String::new();
    for (kept, doomed) in doomed {
        let _ = writeln!(text, "{}: delete {}", kept.unit, kept.store.address());
        if let Some(objection) = doomed.objection() {
            let _ = writeln!(text, "  {objection}");
        }
    }
    text
}
