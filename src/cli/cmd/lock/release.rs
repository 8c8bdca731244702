//! `lock release`: the very lock that was named and shown, or old ones of an estate after one look at all of them.

use super::super::run::prompt::agree_to;
use super::super::states::{self, States};
use super::super::table::table;
use super::list::store_failure;
use super::{field, sheet, shown_id};
use crate::cli::args::LockReleaseArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::doctor::age_text;
use crate::custody::locks::{self, Released, Rule};
use crate::custody::{Answered, Kept};
use crate::state::lock_info::is_plain_id;
use crate::state::{Holder, Life, Part, StoreError};
use std::io::IsTerminal;

/// Releases what the flags name.
///
/// # Errors
/// Flags that do not say which lock; a lock that is another one; a store that refuses.
pub(super) fn run(args: &LockReleaseArgs, context: &Context) -> Result<u8, Failure> {
    match (&args.id, args.older_than, &args.who) {
        (None, None, None) if args.nameless => nameless(args, context),
        _ if args.nameless => Err(Failure::usage("--nameless is about a lock without an id and a holder")
            .hint("write `lock release UNIT --nameless`")),
        (Some(id), None, None) => one(args, id, context),
        (None, Some(older_than), Some(who)) if args.name.is_none() => {
            many(&Rule { older_than, who: who.clone() }, context)
        }
        (None, Some(_), Some(_)) => Err(Failure::usage("--older-than is about many units, but one is named")
            .hint("name the lock of one unit by its --id; `terrace lock show` prints it")),
        _ => Err(Failure::usage("which lock is meant is not said")
            .hint("write `lock release UNIT --id ID`, or `lock release --older-than 2h --who 'ci@*'`")),
    }
}

fn one(args: &LockReleaseArgs, id: &str, context: &Context) -> Result<u8, Failure> {
    let (stores, kept) = states::named(context, args.name.as_deref())?;
    let asked = kept.clone();
    let held = states::wait(&stores, async move { asked.holders().await })?;
    let held = held.map_err(|error| store_failure(&kept.unit, &error))?;
    let meant: Vec<Holder> = held.iter().filter(|holder| holder.id == id).cloned().collect();
    if let Some(other) = held.first().filter(|_| meant.is_empty()) {
        let sheet = sheet(&kept.unit, kept.store.backend(), other);
        return Err(Failure::new(Kind::Usage, format!("{} is held under another id\n{sheet}", kept.unit))
            .hint("name the id that is shown here, if this is the lock that you mean"));
    }
    if meant.is_empty() {
        context.screen.say(&format!("{} is not locked: there is nothing to release", kept.unit));
        return Ok(exit::SUCCESS);
    }
    agree(context, &kept, &meant)?;
    let let_go = kept.clone();
    let done = states::wait(&stores, async move {
        let mut done = Vec::new();
        for holder in &meant {
            done.push(locks::release(&let_go, holder).await);
        }
        done
    })?;
    for released in done {
        conclude(&kept, id, released)?;
    }
    context.screen.say(&format!("{}: the lock is released", kept.unit));
    Ok(exit::SUCCESS)
}

/// A lease that nobody signed: its holder died in the instant between taking it and saying so, or is about to say so.
fn nameless(args: &LockReleaseArgs, context: &Context) -> Result<u8, Failure> {
    let (stores, kept) = states::named(context, args.name.as_deref())?;
    let asked = kept.clone();
    let held = states::wait(&stores, async move { asked.holders().await })?;
    let mut held = held.map_err(|error| store_failure(&kept.unit, &error))?.into_iter();
    let Some(seen) = held.find(|holder| holder.part == Part::Lease && holder.info.is_none()) else {
        context
            .screen
            .say(&format!("{} has no lease without a holder: there is nothing to release", kept.unit));
        return Ok(exit::SUCCESS);
    };
    agree(context, &kept, std::slice::from_ref(&seen))?;
    context.screen.say(&format!("{}: looking again in a minute, lest its holder says who it is", kept.unit));
    let let_go = kept.clone();
    let released = states::wait(&stores, async move { locks::break_nameless(&let_go, &seen).await })?;
    conclude(&kept, "", released)?;
    context.screen.say(&format!("{}: the lease is broken", kept.unit));
    Ok(exit::SUCCESS)
}

fn agree(context: &Context, kept: &Kept, meant: &[Holder]) -> Result<(), Failure> {
    let sheets: Vec<String> =
        meant.iter().map(|holder| sheet(&kept.unit, kept.store.backend(), holder)).collect();
    let mut text = sheets.join("\n");
    if meant.iter().any(|holder| matches!(holder.life, Life::Alive { .. })) {
        text.push_str("its holder is alive and may be writing this state right now\n");
    }
    agree_to(context, text.trim_end(), "Release this lock?")
}

fn conclude(kept: &Kept, id: &str, released: Released) -> Result<(), Failure> {
    match released {
        Released::Done | Released::GoneAlready => Ok(()),
        Released::Replaced(holder) => {
            let text = format!(
                "{}: it is held by somebody else now and was left alone: {}",
                kept.unit,
                holder.who()
            );
            Err(Failure::new(Kind::Machine, text).hint("look at it with `terrace lock show`"))
        }
        Released::Failed(error) => Err(refused(kept, id, &error)),
    }
}

/// A store that cannot compare while it deletes leaves the decision to terraform's own command.
fn refused(kept: &Kept, id: &str, error: &StoreError) -> Failure {
    let failure = store_failure(&kept.unit, error);
    match error {
        StoreError::Incapable { .. } if kept.store.backend() != "local" && is_plain_id(id) => {
            let unit = &kept.unit;
            failure.hint(format!(
                "terraform's own command does not compare: terrace --working-dir {unit} force-unlock {id}"
            ))
        }
        _ => failure,
    }
}

fn many(rule: &Rule, context: &Context) -> Result<u8, Failure> {
    let States { stores, kept, lost, .. } = &states::selected(context)?;
    let rows = states::wait(stores, locks::holders(kept.clone()))?;
    let mut silent = lost.len();
    for row in &rows {
        if let Err(error) = &row.answer {
            silent += 1;
            context.screen.say(&format!("{}: its store does not answer: {error}", row.kept.unit));
        }
    }
    for lost in lost {
        context.screen.say(&format!("{}: its state cannot be asked: {}", lost.unit, lost.why));
    }
    let meant = meant(rule, &rows);
    let code = if silent > 0 { exit::FAILURE } else { exit::SUCCESS };
    if meant.is_empty() {
        context.screen.say("no lock is so old and held by such a holder: there is nothing to release");
        return Ok(code);
    }
    let plan = plan(&meant);
    if !std::io::stdin().is_terminal() {
        context.screen.print(&plan)?;
        context.screen.say("nothing was released: without a terminal this is only a plan");
        return Ok(code);
    }
    agree_to(
        context,
        plan.trim_end(),
        &format!("Release {}?", crate::custody::counted(meant.len(), "lock")),
    )?;
    let mut failed = silent;
    for (kept, holder) in meant {
        let (let_go, seen) = (kept.clone(), holder.clone());
        let released = states::wait(stores, async move { locks::release(&let_go, &seen).await })?;
        match conclude(&kept, &holder.id, released) {
            Ok(()) => context.screen.say(&format!("{}: the lock is released", kept.unit)),
            Err(failure) => {
                failed += 1;
                context.screen.fail(&failure);
            }
        }
    }
    Ok(if failed > 0 { exit::FAILURE } else { exit::SUCCESS })
}

/// The locks that the rule means, but for those whose holder is known to live.
fn meant(rule: &Rule, rows: &[Answered<Vec<Holder>>]) -> Vec<(Kept, Holder)> {
    let mut meant = Vec::new();
    for row in rows {
        let holders = row.answer.iter().flatten().filter(|holder| rule.means(holder));
        let dead = holders.filter(|holder| !matches!(holder.life, Life::Alive { .. }));
        meant.extend(dead.map(|holder| (row.kept.clone(), holder.clone())));
    }
    meant
}

fn plan(meant: &[(Kept, Holder)]) -> String {
    let rows: Vec<[String; 5]> = meant
        .iter()
        .map(|(kept, holder)| {
            [
                kept.unit.clone(),
                field(holder, |info| &info.who),
                field(holder, |info| &info.operation),
                holder.age().map_or_else(|| "-".to_owned(), age_text),
                shown_id(holder),
            ]
        })
        .collect();
    table(["UNIT", "WHO", "OPERATION", "AGE", "ID"], &rows)
}
