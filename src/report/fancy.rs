//! A live display for a terminal: what runs and for how long, what waits. Lines scroll above it.

use super::plain::Plain;
use super::time::span;
use crate::event::{Phase, Reporter, RunEvent, Status};
use crate::graph::unit::UnitId;
use crate::host::clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::time::Instant;

/// How many running units are shown by name; the rest is counted.
const SHOWN: usize = 8;

/// The reporter.
pub struct Fancy {
    plain: Plain,
    /// One bar whose message has several lines: they are redrawn together.
    display: ProgressBar,
    names: HashMap<UnitId, String>,
    running: Vec<Running>,
    finished: usize,
    failed: usize,
    since: Instant,
}

struct Running {
    unit: UnitId,
    since: Instant,
    doing: String,
}

impl Fancy {
    /// Draws on stderr, around what `plain` prints.
    #[must_use]
    pub fn new(plain: Plain) -> Self {
        let display = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg}");
        display.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let since = clock::instant();
        Self { plain, display, names: HashMap::new(), running: Vec::new(), finished: 0, failed: 0, since }
    }

    fn watch(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Planned { units, .. } => {
                self.names = units.iter().map(|unit| (unit.unit, unit.name.clone())).collect();
            }
            RunEvent::Started { unit, .. } => {
                let since = clock::instant();
                self.running.push(Running { unit: *unit, since, doing: "starting".to_owned() });
            }
            RunEvent::Phase { unit, phase } => {
                if let Some(running) = self.running.iter_mut().find(|running| running.unit == *unit) {
                    running.doing = describe(phase);
                }
            }
            RunEvent::Finished(report) => {
                self.running.retain(|running| running.unit != report.unit);
                self.finished += 1;
                self.failed += usize::from(report.outcome.status == Status::Failed);
            }
            _ => {}
        }
    }

    fn draw(&self) {
        let line = |running: &Running| {
            let name = self.names.get(&running.unit).map_or("", String::as_str);
            format!("  {name}  {}  {}\n", running.doing, span(running.since.elapsed()))
        };
        let mut text: String = self.running.iter().take(SHOWN).map(line).collect();
        let waiting = self.names.len().saturating_sub(self.finished + self.running.len());
        let (running, done) = (self.running.len(), self.finished);
        text.push_str(&format!("{running} running, {waiting} waiting, {done} done"));
        if self.failed > 0 {
            text.push_str(&format!(", {} failed", self.failed));
        }
        self.display.set_message(format!("{text}  {}", span(self.since.elapsed())));
        self.display.tick();
    }
}

fn describe(phase: &Phase) -> String {
    match phase {
        Phase::Outputs => "reading outputs".to_owned(),
        Phase::Source => "fetching its source".to_owned(),
        Phase::Init => "init".to_owned(),
        Phase::Running => "running".to_owned(),
        Phase::Hook(name) => format!("hook {name}"),
        Phase::Waiting { attempt } => format!("waiting for try {attempt}"),
    }
}

/// Whether an event prints lines, which must not land inside the display.
fn prints(event: &RunEvent) -> bool {
    !matches!(
        event,
        RunEvent::Planned { .. }
            | RunEvent::Started { .. }
            | RunEvent::Phase { .. }
            | RunEvent::Command { .. }
    )
}

impl Reporter for Fancy {
    fn take(&mut self, event: RunEvent) {
        self.watch(&event);
        if matches!(event, RunEvent::Done { .. }) {
            self.display.finish_and_clear();
        }
        if prints(&event) {
            let plain = &mut self.plain;
            self.display.suspend(|| plain.take(event));
        } else {
            self.plain.take(event);
        }
    }

    fn tick(&mut self) {
        self.draw();
    }

    fn has_lost_output(&self) -> bool {
        self.plain.has_lost_output()
    }
}
