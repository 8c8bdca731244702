//! `pins check --fix`: shows what changes, and writes it: each file whole or not at all, and only as it was read.

use crate::cli::args::{PinsCheckArgs, PinsFormat};
use crate::cli::cmd::fmt::unified;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::host::fs;
use crate::pins::{Mended, Report, mend as put_together};

/// Mends what the findings of a report can mend; whether anything was written.
///
/// # Errors
/// A file that has changed since it was read, or cannot be written.
pub(super) fn mend(report: &Report<'_>, context: &Context, args: &PinsCheckArgs) -> Result<bool, Failure> {
    let files = put_together(&report.findings, &report.survey.texts);
    for file in &files {
        let shown = unified(&format!("/{}", report.survey.shown(&file.path)), &file.old, &file.new);
        // A report for programs has stdout to itself.
        match args.format {
            PinsFormat::Human => context.screen.print(&shown)?,
            _ => context.screen.put(shown.trim_end()),
        }
    }
    if args.dry_run {
        return Ok(false);
    }
    files.iter().try_for_each(write)?;
    Ok(!files.is_empty())
}

fn write(file: &Mended) -> Result<(), Failure> {
    let refuse = |error: fs::FileError| Failure::from_error(Kind::Machine, &error);
    if fs::read_text(&file.path).map_err(refuse)? != file.old {
        let text = format!("{} has changed since it was read, and is left alone", file.path.display());
        return Err(Failure::new(Kind::Machine, text).hint("run the check again"));
    }
    fs::replace_content(&file.path, file.new.as_bytes()).map_err(refuse)
}
