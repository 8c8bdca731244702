//! A live display for a terminal: what runs and for how long, what waits. Lines scroll above it.

use super::plain::Plain;
use super::time::span;
use crate::event::{Phase, Reporter, RunEvent, Status};
use crate::graph::unit::UnitId;
use crate::host::clock;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::time::Instant;

/// How many running units are shown by name; the rest is counted.
const SHOWN: usize = 8;

/// The reporter.
pub struct Fancy {
    plain: Plain,
    display: MultiProgress,
    /// The last line: how far we are.
    total: ProgressBar,
    bars: Vec<ProgressBar>,
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
        let display = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let bars = (0..SHOWN).map(|_| display.add(line())).collect();
        let total = display.add(line());
        let since = clock::instant();
        Self {
            plain,
            display,
            total,
            bars,
            names: HashMap::new(),
            running: Vec::new(),
            finished: 0,
            failed: 0,
            since,
        }
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
        for (at, bar) in self.bars.iter().enumerate() {
            let text = self.running.get(at).map_or(String::new(), |running| {
                let name = self.names.get(&running.unit).map_or("", String::as_str);
                format!("  {name}  {}  {}", running.doing, span(running.since.elapsed()))
            });
            bar.set_message(text);
        }
        let waiting = self.names.len().saturating_sub(self.finished + self.running.len());
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let text = format!(
            "{} running, {waiting} waiting, {} done{failed}  {}",
            self.running.len(),
            self.finished,
            span(self.since.elapsed())
        );
        self.total.set_message(text);
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_style(
        ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar
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
            // A display that cannot be cleared was not there.
            let _ = self.display.clear();
            self.display.set_draw_target(ProgressDrawTarget::hidden());
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
