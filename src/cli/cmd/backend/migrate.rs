//! `backend migrate`: one unit's state to where another unit keeps its own; where we have no driver, through terraform.

use super::super::run::prompt::agree_to;
use super::super::state::{failure, signature};
use super::super::states;
use crate::cli::args::MigrateArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::OutputFault;
use crate::custody::passage::{self, End};
use crate::custody::trouble::Trouble;
use crate::custody::{counted, relocate};
use crate::run::outputs::described;
use crate::run::passage::Passage;
use crate::run::whereabouts::locate;
use crate::state::{Store, Stores};
use std::sync::Arc;

/// One of the two units.
struct Party {
    unit: String,
    end: End,
    /// Where terraform looks for us; goes with this.
    _folder: Option<tempfile::TempDir>,
}

/// Both ends, as they were looked at.
enum Plan {
    Ours(relocate::Move),
    Far(passage::Move),
}

impl Plan {
    fn look(stores: &Stores, (from, to): (&End, &End)) -> Result<Result<Self, Trouble>, Failure> {
        if let (End::Ours(from), End::Ours(to)) = (from, to) {
            let ends: (Arc<dyn Store>, Arc<dyn Store>) = (Arc::clone(from), Arc::clone(to));
            let looked = states::wait(stores, async move { relocate::look(ends.0, ends.1).await })?;
            return Ok(looked.map(Self::Ours));
        }
        let ends = (from.clone(), to.clone());
        let looked = states::wait(stores, async move { passage::look(ends.0, ends.1).await })?;
        Ok(looked.map(Self::Far))
    }

    fn resources(&self) -> usize {
        match self {
            Self::Ours(plan) => plan.resources,
            Self::Far(plan) => plan.resources,
        }
    }

    fn is_safe(&self) -> bool {
        match self {
            Self::Ours(plan) => plan.keeps_versions,
            Self::Far(plan) => plan.is_safe,
        }
    }
}

/// Moves it.
///
/// # Errors
/// No such units; a target that is not empty; a source without versions, unless forced.
pub(super) fn run(args: &MigrateArgs, context: &Context) -> Result<u8, Failure> {
    let (Some(from), Some(to)) = (args.from.as_deref(), args.to.as_deref()) else {
        return Err(Failure::usage("from where to where is not said")
            .hint("write `terrace backend migrate FROM TO`, each a unit's folder"));
    };
    let stores = states::stores(context)?;
    let source = party(context, &stores, from)?;
    let target = party(context, &stores, to)?;
    let plan = match Plan::look(&stores, (&source.end, &target.end))? {
        Err(Trouble::NoState { address }) => {
            context.screen.say(&format!("{}: {address}: there is no state to move", source.unit));
            return Ok(exit::SUCCESS);
        }
        plan => plan.map_err(|trouble| failure(&source.unit, &trouble))?,
    };
    let text = format!(
        "the state of {} moves, with its {}\n  from {}\n  to   {}",
        source.unit,
        counted(plan.resources(), "resource"),
        source.end.address(),
        target.end.address()
    );
    if args.common.dry_run {
        context.screen.print(&format!("{text}\n"))?;
        return Ok(exit::SUCCESS);
    }
    if !plan.is_safe() && !args.force {
        let text =
            format!("{}: its store keeps no versions, so a mistake could not be undone there", source.unit);
        return Err(Failure::new(Kind::Usage, text)
            .hint("add --force to move it all the same: a copy stays at the source"));
    }
    agree_to(context, &text, "Move it?")?;
    let by = signature(context);
    let done = states::wait(&stores, async move {
        match plan {
            Plan::Ours(plan) => relocate::carry_out(&plan, &by).await,
            Plan::Far(plan) => passage::carry_out(&plan, &by).await,
        }
    })?;
    done.map_err(|trouble| failure(&source.unit, &trouble))?;
    context.screen.say(&format!("{}: its state is now where {} keeps its own", source.unit, target.unit));
    if let End::Far(far) = &source.end {
        context.screen.say(&format!(
            "terraform deletes no state, so that it is also still {}: delete it there before anybody applies it",
            far.address()
        ));
    }
    Ok(exit::SUCCESS)
}

/// The state of the unit that a word names: in a store of ours, else through terraform.
fn party(context: &Context, stores: &Stores, name: &str) -> Result<Party, Failure> {
    let path = states::config_of(context, Some(name))?;
    let unit = states::name_of(context, &path);
    let unreached = |why: String, hint: Option<String>| {
        Failure::new(Kind::Machine, format!("the state of {unit} cannot be reached: {why}")).hint_if(hint)
    };
    let faulty = |fault: OutputFault| unreached(fault.message, fault.hint);
    let target = context.locator().target(&path).map_err(faulty)?;
    let refused =
        |error: crate::run::outputs::OutputError| unreached(error.to_string(), error.hint(&target.unit_dir));
    let place = locate(&target).map_err(refused)?;
    if !place.is_encrypted {
        match stores.open(&place.backend) {
            Ok(store) => return Ok(Party { unit, end: End::Ours(store), _folder: None }),
            Err(error) if error.is_for_terraform() => {}
            Err(error) => return Err(unreached(error.to_string(), None)),
        }
    }
    let folder = tempfile::tempdir().map_err(|error| unreached(error.to_string(), None))?;
    let address = described(&place.backend);
    let far = Passage::open((&target, &place.into_asked()), &address, folder.path()).map_err(refused)?;
    Ok(Party { end: End::Far(Arc::new(far)), unit, _folder: Some(folder) })
}
