//! `pins check`: whether everything is pinned as the policy demands.

use super::{policy, survey};
use crate::cli::args::PinsCheckArgs;
use crate::cli::cmd::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::diag::Code;
use crate::pins::tell::{Style, human};
use crate::pins::{Report, check};

/// Checks and tells.
///
/// # Errors
/// Something is not pinned, or a file is faulty.
pub(super) fn run(_args: &PinsCheckArgs, context: &Context) -> Result<u8, Failure> {
    let policy = policy(context)?;
    let survey = survey(context)?;
    let report = check(&survey, &policy);
    let screen = &context.screen;
    units::diagnose(context, report.faults);
    screen.print(&human(&report, Style { color: screen.stdout_color, width: screen.reading_width }))?;
    finish(&report)
}

/// A faulty file goes before a loose pin: who knows what else it holds.
fn finish(report: &Report<'_>) -> Result<u8, Failure> {
    let many = |count: usize, one: &str, more: &str| {
        if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
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
