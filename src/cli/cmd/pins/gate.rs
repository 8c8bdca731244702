//! `run --require-pins`: the check of `pins check`, in front of a run.

use super::{check::finish, dialect, policy};
use crate::cli::cmd::units;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::pins::tell::{Style, human};
use crate::pins::{Extent, Places, Survey, ToolTelling, check};
use std::path::PathBuf;

/// Wants these units to be pinned as the policy demands. Starts nothing and asks nobody.
///
/// # Errors
/// When they are not, or a file is faulty; what was found is told.
pub(in crate::cli::cmd) fn require(context: &Context, configs: &[PathBuf]) -> Result<(), Failure> {
    if !context.settings.auto.require_pins {
        return Ok(());
    }
    let policy = policy(context)?;
    let session = context.session.of_files_only();
    // What runs here counts, and not what once wrote the lock file.
    let dialect = |telling: &ToolTelling<'_>| dialect(context, &ToolTelling { locked: None, ..*telling });
    let survey = Survey::of(
        &session,
        &Places {
            units: configs,
            stacks: &[],
            others: &[],
            dialect: &dialect,
            extent: Extent::Picked,
            counting: None,
            named: &[],
        },
    );
    let report = check(&survey, &policy);
    let verdict = finish(&report, "nothing was run: ");
    if verdict.is_err() {
        let screen = &context.screen;
        units::diagnose(context, report.faults);
        screen.say(&human(&report, Style { color: screen.stderr_color, width: screen.reading_width }));
    }
    verdict.map(drop)
}
