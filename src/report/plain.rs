//! Lines, for a pipe, a file or a quiet terminal: one at a time, each whole, each with its unit's name.

use super::line::{Format, Frame, Line, Look, Voice};
use super::sink::Sink;
use super::summary::{Summary, SummaryStyle};
use super::tf_log;
use crate::diag::Code;
use crate::event::{
    Fault, Level, Phase, PlannedUnit, Reporter, RunEvent, Speaker, Status, Stream, UnitReport,
};
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

/// How units are called in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Relative,
    /// `--log-show-abs-paths`
    Absolute,
}

/// How a run is shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub look: Look,
    pub loudness: Loudness,
    pub passing: Passing,
    /// How loud the stdout of an init of ours is. Its stderr is always an error.
    pub background: Voice,
    /// Whether units go by their path from the root of the disk.
    pub names: Names,
    /// `None`: no summary.
    pub summary: Option<SummaryStyle>,
}

struct Unit {
    /// In the order of the queue.
    place: usize,
    name: String,
    /// What its lines begin with.
    prefix: String,
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
        self.log(None, voice_of(level), (text, None));
    }

    fn plan(&mut self, units: Vec<PlannedUnit>) {
        let is_alone = units.len() < 2;
        self.units = units
            .into_iter()
            .enumerate()
            .map(|(place, unit)| {
                let prefix = match self.style.names {
                    _ if is_alone && unit.name == "." => String::new(),
                    Names::Absolute => unit.dir.display().to_string(),
                    Names::Relative => unit.name.clone(),
                };
                let (name, tool) = (unit.name, unit.tool);
                (unit.unit, Unit { place, name, prefix, tool, args: Vec::new() })
            })
            .collect();
    }

    fn is_loud_enough(&self, voice: Voice) -> bool {
        matches!(self.style.loudness, Loudness::UpTo(loudest) if voice <= loudest)
    }

    /// A line of ours, on stderr.
    fn log(&mut self, unit: Option<UnitId>, voice: Voice, (text, code): (&str, Option<Code>)) {
        if !self.is_loud_enough(voice) {
            return;
        }
        self.close_line();
        let mut out = Vec::new();
        let frame = self.frame(Who::Us(unit), voice);
        let text = without_level(text.trim_end_matches('\n'));
        match (self.style.look.format, code) {
            (Format::Json, Some(code)) => frame.put_with(&mut out, text, ("code", &code.id().into())),
            (Format::Json, None) => frame.put(&mut out, text.as_bytes()),
            _ => {
                let text = code.map_or_else(|| text.to_owned(), |code| format!("{text} [{code}]"));
                // A diagnostic, say: each line of it names its unit.
                text.lines().for_each(|line| frame.put(&mut out, line.as_bytes()));
            }
        }
        self.write(Stream::Stderr, &out);
    }

    /// What is wrong with files: a text for people, an object for programs.
    fn fault(&mut self, unit: UnitId, voice: Voice, fault: &Fault) {
        if self.style.look.format != Format::Json {
            return self.log(Some(unit), voice, (&fault.text, None));
        }
        if self.is_loud_enough(voice) {
            let mut out = Vec::new();
            self.frame(Who::Us(Some(unit)), voice).put_with(
                &mut out,
                &fault.summary,
                ("diagnostic", &fault.object),
            );
            self.write(Stream::Stderr, &out);
        }
    }

    fn output(&mut self, unit: UnitId, from: &Speaker, said: Said<'_>) {
        let usual = if said.stream == Stream::Stdout { Voice::Stdout } else { Voice::Stderr };
        match from {
            // An init of ours: all of it is log.
            Speaker::Background => {
                let is_error = said.stream == Stream::Stderr;
                let voice = if is_error { Voice::Error } else { self.style.background };
                if self.is_loud_enough(voice) {
                    self.speak(Who::Terraform(unit), voice, Said { stream: Stream::Stderr, ..said });
                }
            }
            _ if self.is_raw(unit, from, said.stream) => self.write(said.stream, said.bytes),
            // terraform's own words outrank every level but `stderr`.
            _ if usual == Voice::Stdout && !self.is_loud_enough(usual) => {}
            Speaker::Hook(name) => self.speak(Who::Hook(unit, name), usual, said),
            Speaker::Terraform => self.speak(Who::Terraform(unit), usual, said),
        }
    }

    /// Another's words, line by line. Empty lines are left out: behind a prefix they are no relief for the eye.
    fn speak(&mut self, who: Who<'_>, voice: Voice, said: Said<'_>) {
        let place = who.unit().map(|unit| (unit, said.stream));
        let mut continues = place.is_some() && self.open == place;
        if !continues {
            self.close_line();
        }
        let frame = self.frame(who, voice);
        let mut out = Vec::with_capacity(said.bytes.len() * 2);
        for line in lines(said.bytes) {
            if continues {
                out.extend_from_slice(line);
                out.push(b'\n');
            } else if let Some((level, text)) = tf_log::parse(line).filter(|_| said.stream == Stream::Stderr)
            {
                if self.is_loud_enough(level) {
                    self.frame(who, level).put(&mut out, &[tf_log::MARK, text].concat());
                }
            } else if !is_blank(line) {
                frame.put(&mut out, line);
            }
            continues = false;
        }
        let ends = said.bytes.ends_with(b"\n") || self.style.look.format == Format::Json;
        if !ends {
            // A question, say: the answer stands on the same line.
            out.pop();
        }
        self.open = place.filter(|_| !ends);
        self.write(said.stream, &out);
    }

    /// Others may speak only on a line of their own.
    pub fn close_line(&mut self) {
        if let Some((_, stream)) = self.open.take() {
            self.write(stream, b"\n");
        }
    }

    /// What cannot be written is said once; the run goes on, since what it does matters more.
    fn write(&mut self, stream: Stream, bytes: &[u8]) {
        if stream == Stream::Stderr {
            return self.sink.err(bytes);
        }
        if let Err(error) = self.sink.out(bytes) {
            let text = format!("cannot write to stdout: {error}; what terraform says from here on is lost");
            let mut out = Vec::new();
            self.frame(Who::Us(None), Voice::Error).put(&mut out, text.as_bytes());
            self.sink.err(&out);
        }
    }

    /// `bare` means bare: terraform's words without ours around them. The hooks of a unit that runs alone need no name.
    fn is_raw(&self, unit: UnitId, from: &Speaker, stream: Stream) -> bool {
        // A program reads stdout; the errors of many units need their names all the same.
        let is_alone = self.units.get(&unit).is_none_or(|unit| unit.prefix.is_empty());
        // And who asked for JSON reads every line of the log as such.
        let is_free = stream == Stream::Stdout || self.style.look.format != Format::Json;
        (self.style.passing == Passing::Raw && (stream == Stream::Stdout || (is_alone && is_free)))
            || self.style.loudness == Loudness::Off
            || (self.style.look.format == Format::Bare && *from == Speaker::Terraform)
            || (matches!(from, Speaker::Hook(_)) && self.units.len() < 2 && is_free)
    }

    fn frame(&self, who: Who<'_>, voice: Voice) -> Frame {
        let unit = who.unit().and_then(|unit| self.units.get(&unit));
        let (tool, args) = match (who, unit) {
            (Who::Hook(_, name), _) => (name, &[][..]),
            (Who::Terraform(_), Some(unit)) => (unit.tool.as_str(), unit.args.as_slice()),
            _ => ("", &[][..]),
        };
        let line = Line {
            at: clock::now(),
            since: self.since.elapsed(),
            voice,
            prefix: unit.map_or("", |unit| unit.prefix.as_str()),
            tool,
            args,
            text: "",
        };
        Frame::of(&line, self.style.look)
    }

    fn phase(&mut self, unit: UnitId, phase: &Phase) {
        if *phase == Phase::Init {
            self.log(Some(unit), Voice::Info, ("init", None));
        }
    }

    fn finish(&mut self, report: UnitReport) {
        let took = super::time::span(report.took);
        match report.outcome.status {
            Status::Succeeded => {
                self.log(Some(report.unit), Voice::Debug, (&format!("succeeded in {took}"), None));
            }
            Status::Failed => {
                self.log(Some(report.unit), Voice::Debug, (&format!("failed after {took}"), None));
            }
            Status::EarlyExit => self.early_exit(&report),
            Status::Excluded => self.log(Some(report.unit), Voice::Debug, ("excluded", None)),
        }
        self.reports.push(report);
    }

    fn early_exit(&mut self, report: &UnitReport) {
        let (voice, text) = match &report.outcome.cause {
            Some(name) => (Voice::Warn, format!("did not run, because {name} did not succeed")),
            // Whoever stopped the run knows; the summary counts them.
            None => (Voice::Debug, "did not run, because the run was stopped".to_owned()),
        };
        self.log(Some(report.unit), voice, (&text, None));
    }

    fn interrupted(&mut self, count: usize) {
        let text = match count {
            1 => {
                "stopping: nothing new starts, and what runs may finish its step and save its state; \
                 a second signal makes it hurry, a third kills it"
            }
            2 => {
                "asking what still runs once more; a third signal kills it, and its state and locks may stay behind"
            }
            _ => "killing what still runs",
        };
        self.log(None, Voice::Warn, (text, None));
    }

    fn done(&mut self, took: std::time::Duration) {
        self.close_line();
        let Some(style) = self.style.summary else { return };
        // As they were listed, not as they happened to end.
        self.reports.sort_by_key(|report| self.units.get(&report.unit).map(|unit| unit.place));
        let names = self.units.iter().map(|(unit, about)| (*unit, about.name.as_str())).collect();
        let text = Summary { reports: &self.reports, names: &names, took, style }.render();
        self.write(Stream::Stdout, text.as_bytes());
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
            RunEvent::Started { .. } => {}
            RunEvent::Phase { unit, phase } => self.phase(unit, &phase),
            RunEvent::Command { unit, tool, args } => {
                if let Some(unit) = self.units.get_mut(&unit) {
                    (unit.tool, unit.args) = (tool, args);
                }
            }
            RunEvent::Output { unit, from, stream, bytes } => {
                self.output(unit, &from, Said { stream, bytes: &bytes });
            }
            RunEvent::Note { unit, level, text, code } => self.log(unit, voice_of(level), (&text, code)),
            RunEvent::Faults { unit, level, faults } => {
                faults.iter().for_each(|fault| self.fault(unit, voice_of(level), fault));
            }
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

/// A diagnostic without the word that begins it: the line says its level already.
fn without_level(text: &str) -> &str {
    let bare = after_codes(text);
    let words = ["error", "warning"];
    let rest = words.iter().find_map(|word| {
        let rest = after_codes(bare.strip_prefix(word)?);
        if rest.starts_with('[') { Some(rest) } else { rest.strip_prefix(": ") }
    });
    rest.unwrap_or(text)
}

/// What follows changes of colours.
fn after_codes(mut text: &str) -> &str {
    while let Some((code, rest)) = text.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m')) {
        if !code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
            break;
        }
        text = rest;
    }
    text
}

/// Whether a line shows nothing: empty, or only a change of colours.
fn is_blank(line: &[u8]) -> bool {
    let mut rest = line;
    while let Some(code) = rest.strip_prefix(b"\x1b[") {
        let Some(end) = code.iter().position(|byte| *byte == b'm') else { return false };
        rest = &code[end + 1..];
    }
    rest.is_empty()
}

/// The lines of a piece; the break at its end does not begin another one.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}
