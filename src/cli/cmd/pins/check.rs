//! `pins check`: whether everything is pinned as the policy demands, told to people and programs, mended where that is safe.

use super::{mending, policy, survey};
use crate::cli::args::{PinsCheckArgs, PinsFormat};
use crate::cli::cmd::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::{Files, Session};
use crate::diag::Code;
use crate::host::fs::{self, Access};
use crate::pins::tell::{Account, MachineFormat, Style, human, render};
use crate::pins::{Policy, Report, Survey, check};
use std::path::Path;
use std::sync::Arc;

/// What is mended may show what else there is to mend, and that this often.
const ROUNDS: usize = 4;

/// Checks, mends if asked to, and tells.
///
/// # Errors
/// Something is not pinned, or a file is faulty or cannot be written.
pub(super) fn run(args: &PinsCheckArgs, context: &mut Context) -> Result<u8, Failure> {
    let (mut demands, mut found): (Policy, Survey) = (policy(context)?, survey(context)?);
    for _ in 0..ROUNDS {
        if !args.fix || !mending::mend(&check(&found, &demands), context, args)? {
            break;
        }
        // What was read before is no longer what is there.
        context.session = Session { files: Arc::new(Files::default()), ..context.session.of_files_only() };
        (demands, found) = (policy(context)?, survey(context)?);
    }
    let report = check(&found, &demands);
    units::diagnose(context, report.faults);
    let end = finish(&report, "");
    let told = tell(args, context, (&report, &end));
    // The process ends here: to take it all apart first would only keep people waiting.
    std::mem::forget(found);
    told.and(end)
}

/// The report in the format that was asked for, on the screen or in a file; beside a file, people still read theirs.
fn tell(
    args: &PinsCheckArgs,
    context: &Context,
    (report, end): (&Report<'_>, &Result<u8, Failure>),
) -> Result<(), Failure> {
    let screen = &context.screen;
    let style = Style { color: screen.stdout_color, width: screen.reading_width };
    let code = end.as_ref().map_or_else(Failure::exit_code, |code| *code);
    let for_programs = machine(args.format).map(|format| render(&Account::of(report), format, code));
    match (&args.output, for_programs) {
        (None, Some(text)) => screen.print(&text),
        (None, None) => screen.print(&human(report, style)),
        (Some(path), text) => {
            let plain = || human(report, Style { color: false, ..style });
            write(context, path, &text.unwrap_or_else(plain))?;
            screen.print(&human(report, style))
        }
    }
}

fn machine(format: PinsFormat) -> Option<MachineFormat> {
    match format {
        PinsFormat::Human => None,
        PinsFormat::Json => Some(MachineFormat::Json),
        PinsFormat::Sarif => Some(MachineFormat::Sarif),
        PinsFormat::JUnit => Some(MachineFormat::JUnit),
        PinsFormat::GitHub => Some(MachineFormat::GitHub),
    }
}

fn write(context: &Context, path: &Path, text: &str) -> Result<(), Failure> {
    let path = context.session.cwd.join(path);
    fs::write_to_named(&path, text.as_bytes(), Access::Shared)
        .map_err(|error| Failure::from_error(Kind::Machine, &error))
}

/// A faulty file goes before a loose pin: who knows what else it holds.
pub(super) fn finish(report: &Report<'_>, before: &str) -> Result<u8, Failure> {
    let many = |count: usize, one: &str, more: &str| {
        if count == 1 { format!("{before}1 {one}") } else { format!("{before}{count} {more}") }
    };
    match (report.faults.len(), report.counts.violations) {
        (0, 0) => Ok(exit::SUCCESS),
        (0, found) => {
            let text =
                many(found, "thing is not pinned as it should be", "things are not pinned as they should be");
            Err(Failure::new(Kind::Pins, text).coded(Code::NotPinned))
        }
        (faults, _) => Err(Failure::new(Kind::Config, many(faults, "fault was found", "faults were found"))),
    }
}
