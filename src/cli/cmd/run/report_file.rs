//! The report of a run as a file, for programs.

use crate::cli::args::ReportFormat;
use crate::cli::failure::{Failure, Kind};
use crate::cli::settings::OutputSettings;
use crate::graph::unit::UnitId;
use crate::host::clock;
use crate::report::file::{self, FileFormat, Record};
use crate::run::dispatcher::Ran;
use std::collections::HashMap;

/// Writes the report of a run in which no unit took part: whoever waits for the file finds it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_empty(output: &OutputSettings) -> Result<(), Failure> {
    let ran = Ran { reports: Vec::new(), stopped_by: None, has_lost_output: false };
    write(output, (&ran, &HashMap::new()), &[])
}

/// Writes the report and its schema, as far as they were asked for.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(
    output: &OutputSettings,
    (ran, names): (&Ran, &HashMap<UnitId, String>),
    command: &[String],
) -> Result<(), Failure> {
    let failed = |error: crate::host::fs::FileError| Failure::new(Kind::Machine, error.to_string());
    if let Some(path) = &output.report_schema {
        file::write_schema(path).map_err(failed)?;
    }
    let Some(wanted) = &output.report else { return Ok(()) };
    let format = match wanted.format {
        ReportFormat::Csv => FileFormat::Csv,
        ReportFormat::Json => FileFormat::Json,
    };
    let moment = clock::now();
    let (word, args) = command.split_first().map_or(("", &[][..]), |(word, args)| (word.as_str(), args));
    let record = |report| -> Record<'_> {
        let report: &crate::event::UnitReport = report;
        let name = names.get(&report.unit).map_or("", String::as_str);
        Record { name, report, command: word, args, moment }
    };
    let records: Vec<Record<'_>> = ran.reports.iter().map(record).collect();
    file::write(&wanted.path, format, &records).map_err(failed)
}
