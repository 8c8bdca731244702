//! A live display for a terminal: what runs and for how long, what waits. Lines scroll above it.

use super::board::{Board, Row};
use super::plain::Plain;
use super::time::coarse;
use crate::event::{Phase, Reporter, RunEvent, Status, UnitReport};
use crate::graph::unit::UnitId;
use crate::host::{clock, os};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// Where no terminal tells its width.
const USUAL_WIDTH: usize = 80;

/// The reporter.
pub struct Fancy {
    plain: Plain,
    /// One bar whose message has several lines: they are redrawn together.
    display: ProgressBar,
    names: HashMap<UnitId, String>,
    /// In the order of the queue, each with its place there.
    waiting: BTreeMap<usize, UnitId>,
    places: HashMap<UnitId, usize>,
    running: Vec<Running>,
    counts: Counts,
    is_stopping: bool,
    since: Instant,
}

#[derive(Default)]
struct Counts {
    succeeded: usize,
    failed: usize,
    /// Excluded, or kept from running by a failure elsewhere.
    left_out: usize,
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
        Self {
            plain,
            display,
            names: HashMap::new(),
            waiting: BTreeMap::new(),
            places: HashMap::new(),
            running: Vec::new(),
            counts: Counts::default(),
            is_stopping: false,
            since: clock::instant(),
        }
    }

    fn watch(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Planned { units, .. } => {
                self.waiting = units.iter().map(|unit| unit.unit).enumerate().collect();
                self.places = self.waiting.iter().map(|(place, unit)| (*unit, *place)).collect();
                self.names = units.iter().map(|unit| (unit.unit, unit.name.clone())).collect();
            }
            RunEvent::Started { unit, .. } => {
                self.wait_no_more(*unit);
                let since = clock::instant();
                self.running.push(Running { unit: *unit, since, doing: "starting".to_owned() });
            }
            RunEvent::Phase { unit, phase } => {
                if let Some(running) = self.running.iter_mut().find(|running| running.unit == *unit) {
                    running.doing = describe(phase);
                }
            }
            RunEvent::Finished(report) => self.count(report),
            RunEvent::Interrupted { .. } => self.is_stopping = true,
            _ => {}
        }
    }

    fn wait_no_more(&mut self, unit: UnitId) {
        if let Some(place) = self.places.get(&unit) {
            self.waiting.remove(place);
        }
    }

    fn count(&mut self, report: &UnitReport) {
        self.wait_no_more(report.unit);
        self.running.retain(|running| running.unit != report.unit);
        match report.outcome.status {
            Status::Succeeded => self.counts.succeeded += 1,
            Status::Failed => self.counts.failed += 1,
            Status::EarlyExit | Status::Excluded => self.counts.left_out += 1,
        }
    }

    fn draw(&self) {
        let board = Board { rows: self.rows(), status: self.status(), next: self.next() };
        self.display.set_message(board.render(os::terminal_width().unwrap_or(USUAL_WIDTH)));
        self.display.tick();
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let row = |running: &'_ Running| Row {
            name: self.names.get(&running.unit).map_or("", String::as_str),
            doing: running.doing.clone(),
            took: coarse(running.since.elapsed()),
        };
        self.running.iter().map(row).collect()
    }

    fn status(&self) -> String {
        let Counts { succeeded, failed, left_out } = self.counts;
        let stopping = if self.is_stopping { "stopping: " } else { "" };
        let mut parts = vec![format!("{stopping}{} running", self.running.len())];
        let more = [
            (self.waiting.len(), "waiting"),
            (succeeded, "done"),
            (failed, "failed"),
            (left_out, "left out"),
        ];
        parts.extend(
            more.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")),
        );
        format!("{}, {}", parts.join(", "), coarse(self.since.elapsed()))
    }

    fn next(&self) -> Vec<&str> {
        // More than these no line can hold.
        let soon = self.waiting.values().take(16);
        soon.filter_map(|unit| self.names.get(unit)).map(String::as_str).collect()
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
        Phase::Locked { by } => format!("waiting for a lock of {by}"),
    }
}

/// Whether an event may print lines, which must not land inside the display.
fn may_print(event: &RunEvent) -> bool {
    !matches!(event, RunEvent::Planned { .. } | RunEvent::Started { .. } | RunEvent::Command { .. })
}

impl Reporter for Fancy {
    fn take(&mut self, event: RunEvent) {
        self.watch(&event);
        if matches!(event, RunEvent::Done { .. }) {
            self.display.finish_and_clear();
        }
        if !may_print(&event) {
            return self.plain.take(event);
        }
        let plain = &mut self.plain;
        self.display.suspend(|| {
            plain.take(event);
            // The display starts where the cursor stands, and would later wipe the whole of that line.
            plain.close_line();
        });
    }

    fn tick(&mut self) {
        self.draw();
    }

    fn has_lost_output(&self) -> bool {
        self.plain.has_lost_output()
    }
}
