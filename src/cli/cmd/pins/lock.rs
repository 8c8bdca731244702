//! `pins lock`: completes the lock files of units.

use super::super::fmt::changes::unified;
use super::super::units;
use super::code::{Platforms, Reading};
use super::mirrors;
use crate::cli::args::PinsLockArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::custody::counted;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::host::fs::{self, Access};
use crate::pins::relock::{Change, Choice, Lockable, Look, Trust, Wishes, relock};

/// Completes them, or shows what would be completed.
///
/// # Errors
/// A unit that cannot be locked; the files of the others are written all the same.
pub(super) fn run(args: &PinsLockArgs, context: &Context) -> Result<u8, Failure> {
    let mirrors = match args.from_registry {
        true => mirrors::of_registries(&args.packages, context)?,
        false => mirrors::of_flags(&args.packages, context)?,
    };
    let chosen = super::chosen(context)?;
    let policy = super::policy(context)?;
    let platforms = Platforms { given: &args.platform, policy: &policy };
    let reading = Reading::new(context);
    let (units, mut faults) = parted(reading.lockables(&chosen.units, &platforms));
    faults.extend(chosen.faults);
    let mut failed = chosen.units.len() - units.len();
    let mut changes = Vec::new();
    for outcome in relock(&units, &mirrors, &wishes(args)) {
        match outcome {
            Ok(change) => changes.extend(change),
            Err(found) => {
                failed += 1;
                faults.extend(found);
            }
        }
    }
    let only_shows = args.dry_run || args.check;
    for change in &changes {
        if only_shows {
            context.screen.print(&diff(context, change))?;
        } else if let Err(error) = write(change) {
            failed += 1;
            faults.push(Diagnostic::error(Code::FileUnwritable, error.to_string()));
        }
    }
    units::diagnose(context, &crate::diag::distinct(faults));
    if args.from_registry && !changes.is_empty() {
        context.screen.say(TRUST);
    }
    finish(args, context, (&units, changes.len(), failed))
}

/// What new hashes of registries rest on.
const TRUST: &str = "new hashes are those that the registries told over TLS; signatures were not checked";

fn wishes(args: &PinsLockArgs) -> Wishes {
    Wishes {
        trust: if args.trust_mirror { Trust::Mirror } else { Trust::Recorded },
        choice: if args.upgrade { Choice::Newest } else { Choice::Same },
        look: if args.check { Look::Counts } else { Look::Packages },
    }
}

fn parted(read: Vec<Result<Lockable, Diagnostics>>) -> (Vec<Lockable>, Diagnostics) {
    let (mut units, mut faults) = (Vec::new(), Diagnostics::new());
    for one in read {
        match one {
            Ok(unit) => units.push(unit),
            Err(found) => faults.extend(found),
        }
    }
    (units, faults)
}

/// The lines that differ, with a path from the working folder.
pub(super) fn diff(context: &Context, change: &Change) -> String {
    let path = fs::relative(&context.session.root, &change.path);
    unified(&format!("/{}", path.display()), &change.old, &change.new)
}

/// Whole or not at all: a file that is there keeps its permissions, and a link stays one.
pub(super) fn write(change: &Change) -> Result<(), fs::FileError> {
    if fs::exists(&change.path) {
        return fs::replace_content(&change.path, change.new.as_bytes());
    }
    fs::write_atomic(&change.path, change.new.as_bytes(), Access::Shared)
}

fn finish(
    args: &PinsLockArgs,
    context: &Context,
    (units, changed, failed): (&[Lockable], usize, usize),
) -> Result<u8, Failure> {
    if failed > 0 {
        let text = format!("{} could not be locked", counted(failed, "unit"));
        return Err(Failure::new(Kind::Config, text));
    }
    let files = counted(changed, "lock file");
    let text = match (args.dry_run || args.check, changed) {
        (_, 0) => format!("the lock files of {} are complete", counted(units.len(), "unit")),
        (true, _) => format!("{files} would change"),
        (false, _) => format!("{files} written, for {}", counted(units.len(), "unit")),
    };
    context.screen.say(&text);
    Ok(if args.check && changed > 0 { exit::PINS } else { exit::SUCCESS })
}
