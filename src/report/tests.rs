//! What a reader of stdout and stderr sees of a run.

use super::file::{FileFormat, Record, render_csv, render_json};
use super::line::{Format, Look, Voice};
use super::plain::{Loudness, Names, Passing, Plain, Style};
use super::sink::Sink;
use super::summary::{Detail, Plans, SummaryStyle};
use crate::event::{
    Level, Outcome, PlannedUnit, Reason, Reporter, RunEvent, Speaker, Status, Stream, UnitReport,
};
use crate::graph::unit::UnitId;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Memory {
    /// Without the time of day at the start of a line.
    fn text(&self) -> String {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let timeless = |line: &str| match line.get(12..13) {
            Some(" ") if line.as_bytes()[2] == b':' => line[13..].to_owned(),
            _ => line.to_owned(),
        };
        text.split('\n').map(timeless).collect::<Vec<_>>().join("\n")
    }
}

fn id(at: usize) -> UnitId {
    UnitId::new(at)
}

fn report(at: usize, status: Status, cause: Option<&str>) -> UnitReport {
    let reason = match status {
        Status::Failed => Some(Reason::RunError),
        Status::EarlyExit => Some(Reason::AncestorError),
        _ => None,
    };
    UnitReport {
        unit: id(at),
        outcome: Outcome { status, reason, cause: cause.map(str::to_owned) },
        started: (status != Status::EarlyExit).then_some(UNIX_EPOCH),
        ended: (status != Status::EarlyExit).then_some(UNIX_EPOCH + Duration::from_secs(1)),
        took: Duration::from_millis(100 * (at as u64 + 1)),
        exit_code: (status == Status::Failed).then_some(3),
        code: None,
        mocked: Vec::new(),
        error_tail: if status == Status::Failed { vec!["Error: no".to_owned()] } else { Vec::new() },
    }
}

fn output(at: usize, from: Speaker, stream: Stream, text: &str) -> RunEvent {
    RunEvent::Output { unit: id(at), from, stream, bytes: text.as_bytes().to_vec() }
}

fn events() -> Vec<RunEvent> {
    let unit = |at: usize, name: &str| PlannedUnit {
        unit: id(at),
        name: name.to_owned(),
        dir: Path::new("/root").join(name),
        tool: "terraform".to_owned(),
    };
    let units = vec![unit(0, "."), unit(1, "a/b"), unit(2, "c")];
    let note = |unit, level, text: &str| RunEvent::Note { unit, level, text: text.to_owned(), code: None };
    let mut mocked = report(0, Status::Succeeded, None);
    mocked.mocked = vec!["vpc".to_owned()];
    vec![
        RunEvent::Planned { units, command: vec!["plan".to_owned()], parallelism: 2 },
        note(None, Level::Debug, "quiet"),
        output(1, Speaker::Background, Stream::Stdout, "Initializing\n"),
        output(1, Speaker::Terraform, Stream::Stdout, "one\ntwo\n"),
        output(0, Speaker::Terraform, Stream::Stdout, "root"),
        output(1, Speaker::Terraform, Stream::Stderr, "Error: no\n"),
        output(1, Speaker::Hook("lint".to_owned()), Stream::Stdout, "linted\n"),
        RunEvent::Finished(mocked),
        RunEvent::Finished(report(1, Status::Failed, Some("exit status 3"))),
        RunEvent::Finished(report(2, Status::EarlyExit, Some("a/b"))),
        RunEvent::Done { took: Duration::from_millis(62) },
    ]
}

fn shown(style: Style) -> (String, String) {
    let (out, err) = (Memory::default(), Memory::default());
    let mut plain = Plain::new(style, Sink::new(Box::new(out.clone()), Box::new(err.clone())));
    events().into_iter().for_each(|event| plain.take(event));
    (out.text(), err.text())
}

const STYLE: Style = Style {
    names: Names::Relative,
    look: Look { format: Format::Pretty, coloured: false },
    loudness: Loudness::UpTo(Voice::Info),
    passing: Passing::Logged,
    background: Voice::Info,
    summary: None,
};

#[test]
fn every_line_names_its_unit_and_finds_its_stream() {
    let (out, err) = shown(STYLE);
    let want = "STDOUT [a/b] terraform: one\nSTDOUT [a/b] terraform: two\nSTDOUT [.] terraform: root\nSTDOUT [a/b] lint: linted\n";
    assert_eq!(out, want);
    let want = "INFO   [a/b] terraform: Initializing\nSTDERR [a/b] terraform: Error: no\nWARN   [c] did not run, because a/b did not succeed\n";
    assert_eq!(err, want);
}

#[test]
fn a_line_that_comes_in_pieces_stays_one_line() {
    let (out, err) = (Memory::default(), Memory::default());
    let mut plain = Plain::new(STYLE, Sink::new(Box::new(out.clone()), Box::new(err.clone())));
    events().into_iter().take(1).for_each(|event| plain.take(event));
    let say = |at, text| output(at, Speaker::Terraform, Stream::Stdout, text);
    for (at, text) in [(1, "x\nEnter "), (1, "a value: "), (1, "yes\nthen "), (2, "c\n"), (1, "more\n")] {
        plain.take(say(at, text));
    }
    let want = "STDOUT [a/b] terraform: x\nSTDOUT [a/b] terraform: Enter a value: yes\nSTDOUT [a/b] terraform: then \n\
                STDOUT [c] terraform: c\nSTDOUT [a/b] terraform: more\n";
    assert_eq!(out.text(), want);
}

#[test]
fn raw_words_are_left_alone() {
    let (out, err) = shown(Style { passing: Passing::Raw, ..STYLE });
    assert_eq!(out, "one\ntwo\nrootlinted\n");
    assert!(
        err.contains("STDERR [a/b] terraform: Error: no\n"),
        "of many units, each error names its own: {err}"
    );
    let (out, err) = shown(Style { loudness: Loudness::Off, ..STYLE });
    assert_eq!((out.as_str(), err.as_str()), ("one\ntwo\nrootlinted\n", "Error: no\n"));
}

#[test]
fn a_fault_says_its_level_once() {
    for text in ["error: no\n --> a:1", "\u{1b}[1m\u{1b}[91merror\u{1b}[0m\u{1b}[1m: no\n --> a:1"] {
        let err = Memory::default();
        let mut plain = Plain::new(STYLE, Sink::new(Box::new(Memory::default()), Box::new(err.clone())));
        plain.note(Level::Error, text);
        assert_eq!(err.text(), "ERROR  no\nERROR   --> a:1\n");
    }
}

#[test]
fn a_level_never_silences_terraform() {
    let (out, err) = shown(Style { loudness: Loudness::UpTo(Voice::Error), ..STYLE });
    assert!(out.contains("one"));
    assert_eq!(err, "STDERR [a/b] terraform: Error: no\n");
}

#[test]
fn the_summary_counts_and_quotes() {
    let summary = Some(SummaryStyle { detail: Detail::Counts, coloured: false, plans: Plans::None });
    let (out, _) = shown(Style { summary, ..STYLE });
    let (_, text) = out.split_once("linted\n").unwrap();
    assert_eq!(
        text,
        "\n❯❯ Run Summary  3 units  62ms\n   ────────────────────────────\n   Succeeded    1\n   Failed       1\n   \
         Early Exits  1\n\n   a/b failed (exit code 3)\n      Error: no\n\n   Mock outputs stood in for real ones\n      \
         .: vpc\n\n"
    );
}

#[test]
fn what_many_units_fail_of_is_quoted_once() {
    let out = Memory::default();
    let summary = Some(SummaryStyle { detail: Detail::Counts, coloured: false, plans: Plans::None });
    let sink = Sink::new(Box::new(out.clone()), Box::new(Memory::default()));
    let mut plain = Plain::new(Style { summary, ..STYLE }, sink);
    events().into_iter().take(1).for_each(|event| plain.take(event));
    for at in [2, 1] {
        plain.take(RunEvent::Finished(report(at, Status::Failed, None)));
    }
    plain.take(RunEvent::Done { took: Duration::ZERO });
    let text = out.text();
    let want =
        "   Failed       2\n\n   a/b failed (exit code 3)\n   c failed (exit code 3)\n      Error: no\n\n";
    assert!(text.ends_with(want), "{text}");
}

#[test]
fn the_summary_lists_units_the_slowest_first() {
    let summary = Some(SummaryStyle { detail: Detail::Units, coloured: false, plans: Plans::None });
    let (out, _) = shown(Style { summary, ..STYLE });
    assert!(out.contains("   Succeeded (1)\n      . ................ 100ms\n   Failed (1)\n"), "{out}");
}

#[test]
fn the_report_file_has_a_record_for_each_unit() {
    let reports = [
        report(0, Status::Succeeded, None),
        report(1, Status::Failed, Some("a \"b\",\nc")),
        report(2, Status::EarlyExit, Some("a/b")),
    ];
    let args = ["-x".to_owned(), "-no-color".to_owned()];
    let records: Vec<Record<'_>> = ["a", "b", "c"]
        .into_iter()
        .zip(&reports)
        .map(|(name, report)| Record {
            name,
            report,
            reference: "",
            command: "plan",
            args: &args,
            moment: UNIX_EPOCH,
        })
        .collect();
    assert_eq!(
        render_csv(&records),
        "Name,Started,Ended,Result,Reason,Cause,Ref,Cmd,Args\n\
         a,1970-01-01T00:00:00Z,1970-01-01T00:00:01Z,succeeded,,,,plan,-x|-no-color\n\
         b,1970-01-01T00:00:00Z,1970-01-01T00:00:01Z,failed,run error,\"a \"\"b\"\",\nc\",,plan,-x|-no-color\n\
         c,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z,early exit,ancestor error,b,,plan,-x|-no-color\n"
    );
    let json: serde_json::Value = serde_json::from_str(&render_json(&records)).unwrap();
    assert_eq!(json[1]["Cause"], "a \"b\",\nc");
    assert_eq!(json[0].get("Reason"), None);
    assert_eq!(json[2]["Args"][1], "-no-color");
    for (word, path, want) in [
        (None, "r.json", Some(FileFormat::Json)),
        (None, "r", Some(FileFormat::Csv)),
        (Some("csv"), "r.json", Some(FileFormat::Csv)),
        (Some("x"), "r", None),
    ] {
        assert_eq!(FileFormat::choose(word, Path::new(path)), want);
    }
}
