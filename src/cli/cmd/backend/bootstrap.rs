//! `backend bootstrap`: containers, each once: what is missing is made, what differs is changed after a question.

use super::super::run::prompt::agree_to;
use super::super::states::{self, States};
use crate::cli::args::BootstrapArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::IN_FLIGHT;
use crate::custody::containers::{self, Surveyed};
use crate::state::StoreError;
use crate::state::store::{Change, Step};
use futures_util::{StreamExt, stream};

/// Looks at the containers of the selected units and makes them as the settings say.
///
/// # Errors
/// Something that would have to be created, with `--backend-require-bootstrap`; a question that was declined.
pub(super) fn run(args: &BootstrapArgs, context: &Context) -> Result<u8, Failure> {
    let States { stores, mut kept, lost, left_alone, .. } = states::of_selection(context)?;
    kept.retain(|kept| !left_alone.contains(&kept.unit));
    let mut failed = false;
    for lost in lost {
        if lost.has_no_driver {
            context.screen.say(&format!("{}: {}: there is nothing to make for it", lost.unit, lost.why));
        } else {
            failed = true;
            context.screen.fail(&lost.into_failure());
        }
    }
    let surveyed = states::wait(&stores, containers::survey(kept))?;
    for found in &surveyed {
        if let Err(error) = &found.steps {
            failed = true;
            context.screen.fail(&refused(error));
        }
    }
    let missing = text_of(&surveyed, Change::Create);
    let wants_updates = !context.settings.backend.disable_bucket_update;
    let differing = if wants_updates { text_of(&surveyed, Change::Update) } else { String::new() };
    if missing.is_empty() && differing.is_empty() {
        if !failed {
            context.screen.say("every bucket and container is as the settings say");
        }
        return Ok(if failed { exit::FAILURE } else { exit::SUCCESS });
    }
    if args.common.dry_run {
        context.screen.print(&format!("{missing}{differing}"))?;
        return Ok(if failed { exit::FAILURE } else { exit::SUCCESS });
    }
    if context.settings.backend.backend_require_bootstrap && !missing.is_empty() {
        let text = format!(
            "something would have to be created, which --backend-require-bootstrap forbids\n{missing}"
        );
        return Err(Failure::new(Kind::Machine, text.trim_end()));
    }
    let mut code = do_steps(context, (&stores, &surveyed), Change::Create)?;
    if !differing.is_empty() {
        agree_to(context, differing.trim_end(), "Change what is there?")?;
        code = code.max(do_steps(context, (&stores, &surveyed), Change::Update)?);
    }
    Ok(if failed { exit::FAILURE } else { code })
}

fn text_of(surveyed: &[Surveyed], change: Change) -> String {
    let lines = surveyed.iter().flat_map(|found| {
        found.of(change).map(|step| format!("{} ({}): {}\n", found.name, shown(&found.units), step.what))
    });
    lines.collect()
}

/// The units that share a container, the first few by name.
fn shown(units: &[String]) -> String {
    match units {
        [one] => one.clone(),
        [one, other] => format!("{one}, {other}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} more", rest.len()),
        [] => String::new(),
    }
}

/// Does the steps of one kind, many containers at a time; each is told when it is done.
fn do_steps(
    context: &Context,
    (stores, surveyed): (&crate::state::Stores, &[Surveyed]),
    change: Change,
) -> Result<u8, Failure> {
    let work: Vec<(Surveyed, Vec<Step>)> = surveyed
        .iter()
        .map(|found| (found.clone(), found.of(change).cloned().collect::<Vec<_>>()))
        .filter(|(_, steps)| !steps.is_empty())
        .collect();
    let one = |(found, steps): (Surveyed, Vec<Step>)| async move {
        let done = containers::carry_out(&*found.store, &steps).await;
        (found, steps, done)
    };
    let done = states::wait(stores, stream::iter(work).map(one).buffered(IN_FLIGHT).collect::<Vec<_>>())?;
    let mut code = exit::SUCCESS;
    for (found, steps, done) in done {
        match done {
            Ok(()) => {
                for step in steps {
                    context.screen.say(&format!("{}: done: {}", found.name, step.what));
                }
            }
            Err(error) => {
                code = exit::FAILURE;
                context.screen.fail(&refused(&error));
            }
        }
    }
    Ok(code)
}

/// The error names the container itself.
fn refused(error: &StoreError) -> Failure {
    Failure::new(Kind::Machine, error.to_string()).hint_if(error.hint().map(str::to_owned))
}
