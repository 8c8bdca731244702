//! Lines, for a pipe, a file or a quiet terminal: one at a time, each whole, each with its unit's name.

use super::line::{Format, Line, Look, Voice, render};
use super::sink::Sink;
use super::summary::{Summary, SummaryStyle};
use crate::event::{Level, PlannedUnit, Reporter, RunEvent, Speaker, Status, Stream, UnitReport};
use crate::graph::unit::UnitId;
use crate::host::clock;
use std::collections::HashMap;
use std::time::Instant;

/// How loud the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loudness {
    /// No log at all; terraform's words as they are.
    Off,
    /// This voice and all that are more important.
    UpTo(Voice),
}

/// What becomes of terraform's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// As they are: a program reads them, or a person who has the terminal.
    Raw,
    /// As log lines.
    Logged,
}

/// How a run is shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub look: Look,
    pub loudness: Loudness,
    pub passing: Passing,
    /// `None`: no summary.
    pub summary: Option<SummaryStyle>,
}

struct Unit {
    name: String,
    tool: String,
    args: Vec<String>,
}

/// The reporter.
pub struct Plain {
    style: Style,
    sink: Sink,
    since: Instant,
    units: HashMap<UnitId, Unit>,
    reports: Vec<UnitReport>,
    /// Whose line has no end yet, on which stream.
    open: Option<(UnitId, Stream)>,
}

impl Plain {
    #[must_use]
    pub fn new(style: Style, sink: Sink) -> Self {
        let since = clock::instant();
        Self { style, sink, since, units: HashMap::new(), reports: Vec::new(), open: None }
    }

    /// The sink, for whoever draws around the lines.
    pub fn sink(&mut self) -> &mut Sink {
        &mut self.sink
    }

    /// Says something that is no unit's.
    pub fn note(&mut self, level: Level, text: &str) {
        self.log(None, voice_of(level), text);
    }

    fn plan(&mut self, units: Vec<PlannedUnit>) {
        self.units = units
            .into_iter()
            .map(|unit| (unit.unit, Unit { name: unit.name, tool: unit.tool, args: Vec::new() }))
            .collect();
    }

    fn is_loud_enough(&self, voice: Voice) -> bool {
        matches!(self.style.loudness, Loudness::UpTo(loudest) if voice <= loudest)
    }

    /// A line of ours, on stderr.
    fn log(&mut self, unit: Option<UnitId>, voice: Voice, text: &str) {
        if !self.is_loud_enough(voice) {
            return;
        }
        self.close_line();
        let text = self.rendered(Who::Us(unit), voice, text.trim_end_matches('\n'));
        self.sink.err(text.as_bytes());
    }

    fn output(&mut self, unit: UnitId, from: &Speaker, said: Said<'_>) {
        let who = match from {
            Speaker::Background => return self.background(unit, said),
            Speaker::Hook(name) => Who::Hook(unit, name),
            Speaker::Terraform => Who::Terraform(unit),
        };
        if self.is_raw(from) {
            return self.write(said.stream, said.bytes);
        }
        let voice = if said.stream == Stream::Stdout { Voice::Stdout } else { Voice::Stderr };
        let continues = self.open == Some((unit, said.stream));
        if !continues {
            self.close_line();
        }
        let mut text = String::new();
        for (at, line) in lines(said.bytes).into_iter().enumerate() {
            text.push_str(&if continues && at == 0 { line + "\n" } else { self.rendered(who, voice, &line) });
        }
        let ends = said.bytes.ends_with(b"\n") || self.style.look.format == Format::Json;
        if !ends {
            // A question, say: the answer stands on the same line.
            text.pop();
        }
        self.open = (!ends).then_some((unit, said.stream));
        self.write(said.stream, text.as_bytes());
    }

    /// Others may speak only on a line of their own.
    fn close_line(&mut self) {
        if let Some((_, stream)) = self.open.take() {
            self.write(stream, b"\n");
        }
    }

    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        match stream {
            Stream::Stdout => self.sink.out(bytes),
            Stream::Stderr => self.sink.err(bytes),
        }
    }

    /// An init of ours: all of it is log.
    fn background(&mut self, unit: UnitId, said: Said<'_>) {
        let voice = if said.stream == Stream::Stdout { Voice::Info } else { Voice::Error };
        if self.is_loud_enough(voice) {
            self.close_line();
            let all = lines(said.bytes);
            let text: String =
                all.iter().map(|line| self.rendered(Who::Terraform(unit), voice, line)).collect();
            self.sink.err(text.as_bytes());
        }
    }

    /// `bare` means bare: terraform's words without ours around them. The hooks of a unit that runs alone need no name.
    fn is_raw(&self, from: &Speaker) -> bool {
        self.style.passing == Passing::Raw
            || self.style.loudness == Loudness::Off
            || (self.style.look.format == Format::Bare && *from == Speaker::Terraform)
            || (matches!(from, Speaker::Hook(_)) && self.units.len() < 2)
    }

    fn rendered(&self, who: Who<'_>, voice: Voice, text: &str) -> String {
        let unit = who.unit().and_then(|unit| self.units.get(&unit));
        let name = unit.map_or("", |unit| unit.name.as_str());
        let (tool, args) = match (who, unit) {
            (Who::Hook(_, name), _) => (name, &[][..]),
            (Who::Terraform(_), Some(unit)) => (unit.tool.as_str(), unit.args.as_slice()),
            _ => ("", &[][..]),
        };
        let line = Line {
            at: clock::now(),
            since: self.since.elapsed(),
            voice,
            prefix: if name == "." { "" } else { name },
            tool,
            args,
            text,
        };
        render(&line, self.style.look)
    }

    fn finish(&mut self, report: UnitReport) {
        let took = super::time::span(report.took);
        match report.outcome.status {
            Status::Succeeded => self.log(Some(report.unit), Voice::Debug, &format!("succeeded in {took}")),
            Status::Failed => self.log(Some(report.unit), Voice::Debug, &format!("failed after {took}")),
            Status::EarlyExit => self.early_exit(&report),
            Status::Excluded => self.log(Some(report.unit), Voice::Debug, "excluded"),
        }
        self.reports.push(report);
    }

    fn early_exit(&mut self, report: &UnitReport) {
        let text = match &report.outcome.cause {
            Some(name) => format!("did not run, because {name} failed"),
            None => "did not run, because the run was stopped".to_owned(),
        };
        self.log(Some(report.unit), Voice::Warn, &text);
    }

    fn interrupted(&mut self, count: usize) {
        let text = match count {
            1 => "stopping: nothing new starts, and what runs may finish its step and save its state",
            2 => "asking what still runs once more; a third time kills it",
            _ => "killing what still runs",
        };
        self.log(None, Voice::Warn, text);
    }

    fn done(&mut self, took: std::time::Duration) {
        self.close_line();
        let Some(style) = self.style.summary else { return };
        let names = self.units.iter().map(|(unit, about)| (*unit, about.name.as_str())).collect();
        let text = Summary { reports: &self.reports, names: &names, took, style }.render();
        self.sink.out(text.as_bytes());
    }
}

/// Who speaks.
#[derive(Clone, Copy)]
enum Who<'a> {
    /// We do, about a unit or about the run.
    Us(Option<UnitId>),
    Terraform(UnitId),
    Hook(UnitId, &'a str),
}

impl Who<'_> {
    fn unit(self) -> Option<UnitId> {
        match self {
            Self::Us(unit) => unit,
            Self::Terraform(unit) | Self::Hook(unit, _) => Some(unit),
        }
    }
}

/// A piece of a child's words.
#[derive(Clone, Copy)]
struct Said<'a> {
    stream: Stream,
    bytes: &'a [u8],
}

impl Reporter for Plain {
    fn take(&mut self, event: RunEvent) {
        match event {
            RunEvent::Planned { units, .. } => self.plan(units),
            RunEvent::Started { .. } | RunEvent::Phase { .. } => {}
            RunEvent::Command { unit, tool, args } => {
                if let Some(unit) = self.units.get_mut(&unit) {
                    (unit.tool, unit.args) = (tool, args);
                }
            }
            RunEvent::Output { unit, from, stream, bytes } => {
                self.output(unit, &from, Said { stream, bytes: &bytes });
            }
            RunEvent::Note { unit, level, text } => self.log(unit, voice_of(level), &text),
            RunEvent::Finished(report) => self.finish(report),
            RunEvent::Interrupted { count } => self.interrupted(count),
            RunEvent::Done { took } => self.done(took),
        }
    }

    fn has_lost_output(&self) -> bool {
        self.sink.has_lost_output()
    }
}

fn voice_of(level: Level) -> Voice {
    match level {
        Level::Error => Voice::Error,
        Level::Warn => Voice::Warn,
        Level::Info => Voice::Info,
        Level::Debug => Voice::Debug,
        Level::Trace => Voice::Trace,
    }
}

/// The lines of a piece; the break at its end does not begin another one.
fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.strip_suffix('\n')
        .unwrap_or(&text)
        .split('\n')
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect()
}
