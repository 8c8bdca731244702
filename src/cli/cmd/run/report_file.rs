//! The report of a run as a file, for programs.

use crate::cli::args::ReportFormat;
use crate::cli::failure::{Failure, Kind};
use crate::cli::settings::OutputSettings;
use crate::graph::unit::UnitId;
use crate::host::clock;
use crate::host::fs::FileError;
use crate::report::file::{self, FileFormat, Record};
use crate::run::dispatcher::Ran;
use std::collections::{BTreeSet, HashMap};

/// What a report tells.
pub(super) struct Told<'a> {
    pub ran: &'a Ran,
    pub names: &'a HashMap<UnitId, String>,
    /// The git references that units were taken from.
    pub references: Option<&'a HashMap<UnitId, String>>,
    /// Units that were destroyed because they are gone.
    pub departed: &'a BTreeSet<UnitId>,
}

/// Writes the report of a run in which no unit took part: whoever waits for the file finds it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_empty(output: &OutputSettings) -> Result<(), Failure> {
    let ran = Ran {
        reports: Vec::new(),
        places: HashMap::new(),
        stopped_by: None,
        has_lost_output: false,
        has_lost_lock: false,
    };
    let told = Told { ran: &ran, names: &HashMap::new(), references: None, departed: &BTreeSet::new() };
    write(output, &told, &[])
}

/// Writes the report and its schema, as far as they were asked for.
///
/// # Errors
/// When one of them cannot be written; the other one is, all the same.
pub(super) fn write(output: &OutputSettings, told: &Told<'_>, command: &[String]) -> Result<(), Failure> {
    let schema = output.report_schema.as_deref().map_or(Ok(()), file::write_schema);
    let report = write_report(output, told, command);
    report
        .and(schema)
        .map_err(|error| Failure::new(Kind::Machine, format!("the report of the run is missing: {error}")))
}

fn write_report(output: &OutputSettings, told: &Told<'_>, command: &[String]) -> Result<(), FileError> {
    let Some(wanted) = &output.report else { return Ok(()) };
    let format = match wanted.format {
        ReportFormat::Csv => FileFormat::Csv,
        ReportFormat::Json => FileFormat::Json,
    };
    let moment = clock::now();
    let (word, args) = command.split_first().map_or(("", &[][..]), |(word, args)| (word.as_str(), args));
    let of_departed = [args, &["-destroy".to_owned()]].concat();
    let record = |report| -> Record<'_> {
        let report: &crate::event::UnitReport = report;
        let name = told.names.get(&report.unit).map_or("", String::as_str);
        let reference = told.references.and_then(|all| all.get(&report.unit)).map_or("", String::as_str);
        let args = if told.departed.contains(&report.unit) { &of_departed } else { args };
        Record { name, report, reference, command: word, args, moment }
    };
    let records: Vec<Record<'_>> = told.ran.reports.iter().map(record).collect();
    file::write(&wanted.path, format, &records)
}
