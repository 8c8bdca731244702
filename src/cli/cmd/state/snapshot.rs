//! `state snapshot`: a copy of each state, now.

use super::super::states::{self, States};
use super::failure;
use crate::cli::args::StateSnapshotArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::cli::selection::Scope;
use crate::custody::copies::{self, Taken};
use crate::custody::each;
use crate::custody::trouble::Trouble;

/// Copies the states.
///
/// # Errors
/// No such unit.
pub(super) fn run(args: &StateSnapshotArgs, context: &Context) -> Result<u8, Failure> {
    let is_one = args.unit.is_some() || context.settings.selection.scope == Scope::One;
    let (stores, kept, lost) = if is_one {
        let (stores, kept) = states::named(context, args.unit.as_deref())?;
        (stores, vec![kept], Vec::new())
    } else {
        let States { stores, kept, lost, .. } = states::selected(context)?;
        (stores, kept, lost)
    };
    let take = |kept: crate::custody::Kept| async move { (kept.unit, copies::take(&*kept.store).await) };
    let taken = states::wait(&stores, each(kept, take))?;
    let mut failures: Vec<Failure> = lost.into_iter().map(states::Lost::into_failure).collect();
    for (unit, taken) in taken {
        match taken {
            Ok(Taken::Copied(name)) => context.screen.print(&format!("{unit}: {name}\n"))?,
            Ok(Taken::Known) => context.screen.say(&format!("{unit}: its newest copy is the same")),
            Ok(Taken::Nothing) => context.screen.say(&format!("{unit}: there is no state yet")),
            Err(error) => failures.push(failure(&unit, &Trouble::Store(error))),
        }
    }
    for failure in &failures {
        context.screen.fail(failure);
    }
    Ok(if failures.is_empty() { exit::SUCCESS } else { exit::FAILURE })
}
