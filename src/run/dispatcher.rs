//! Owns the queue: starts units as slots become free, hears events, signals and the clock, and alone speaks to the
//! reporter. Knows nothing of how a unit runs.

use super::executor::Executor;
use super::slots::{Slot, Slots};
use super::wire::{Stop, Wire};
use crate::event::{Level, Outcome, PlannedUnit, Reason, Reporter, RunEvent, Status, UnitReport};
use crate::graph::queue::{EarlyExit, Ending, Queue};
use crate::graph::unit::UnitId;
use crate::host::clock;
use crate::host::os::{self, StopSignals};
use crate::host::process::{Origin, Signal};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};

/// How many events may wait for the reporter; each holds 128 KiB at most.
const BACKLOG: usize = 32;

/// How often the reporter may move.
const TICK: Duration = Duration::from_millis(120);

/// Signals closer to each other than this are one request: `timeout` and a closing terminal tell us and our group.
const ONE_REQUEST: Duration = Duration::from_millis(100);

/// Open files that are not a child's, and those that one child takes with its preparation.
const FILES_APART: u64 = 48;
const FILES_PER_CHILD: u64 = 6;

/// What is to run.
pub struct Run {
    pub units: Vec<PlannedUnit>,
    pub queue: Queue,
    /// The words that terraform will get, as shown.
    pub command: Vec<String>,
    pub parallelism: usize,
    /// Units that do not run and are reported all the same: excluded ones.
    pub reported: Vec<UnitReport>,
}

/// How it went.
#[derive(Debug)]
#[must_use]
pub struct Ran {
    pub reports: Vec<UnitReport>,
    /// The place of each unit in the plan, dependencies first.
    pub places: HashMap<UnitId, usize>,
    /// The last signal that stopped it.
    pub stopped_by: Option<Signal>,
    pub has_lost_output: bool,
    /// Units that did not run, or failed, may be somebody else's by now.
    pub has_lost_lock: bool,
}

/// The runtime that a run needs: one thread, and a few for what blocks. End it with `shutdown_background`: after a second
/// stop a blocked thread may be left behind.
///
/// # Errors
/// When the operating system refuses.
pub fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2 * super::gates::PREPARERS)
        .thread_keep_alive(Duration::from_secs(2))
        .build()
}

/// Runs the queue to its end. Every unit gets exactly one report.
///
/// # Errors
/// When signals cannot be listened to; nothing was started then.
pub async fn dispatch(run: Run, executor: Arc<Executor>, reporter: &mut dyn Reporter) -> io::Result<Ran> {
    let mut signals = StopSignals::install()?;
    let since = clock::instant();
    let slots = bounded(run.parallelism, os::open_file_limit());
    let mut dispatcher = Dispatcher::new(run, slots, executor, reporter);
    let mut lock = dispatcher.executor.settings().run_lock.as_ref().map(|lock| lock.watch());
    let mut tick = tokio::time::interval(TICK);
    loop {
        dispatcher.start_ready();
        if dispatcher.running.is_empty() {
            break;
        }
        tokio::select! {
            Some(event) = dispatcher.events.recv() => dispatcher.reporter.take(event),
            Some(ended) = dispatcher.tasks.join_next_with_id() => dispatcher.take_end(ended),
            signal = signals.next() => dispatcher.take_signal(signal, signals.origin()),
            why = loss_of(&mut lock) => dispatcher.take_loss(&why),
            _ = tick.tick() => dispatcher.reporter.tick(),
        }
    }
    dispatcher.reporter.take(RunEvent::Done { took: since.elapsed() });
    Ok(dispatcher.into_ran())
}

/// Waits until the run lock is lost, once; for ever where there is none.
async fn loss_of(lock: &mut Option<watch::Receiver<Option<String>>>) -> String {
    let lost = match lock {
        None => None,
        Some(lock) => lock.wait_for(Option::is_some).await.ok().and_then(|why| why.clone()),
    };
    match lost {
        Some(why) => {
            *lock = None;
            why
        }
        None => std::future::pending().await,
    }
}

/// Never so many that a limit on open files would make starts fail.
fn bounded(parallelism: usize, file_limit: Option<u64>) -> usize {
    let fit = file_limit.map_or(u64::MAX, |limit| limit.saturating_sub(FILES_APART) / FILES_PER_CHILD);
    parallelism.min(usize::try_from(fit).unwrap_or(usize::MAX)).max(1)
}

struct Dispatcher<'a> {
    queue: Queue,
    names: HashMap<UnitId, String>,
    places: HashMap<UnitId, usize>,
    slots: Slots,
    executor: Arc<Executor>,
    reporter: &'a mut dyn Reporter,
    tasks: JoinSet<(UnitReport, Slot)>,
    /// Registered before they start, so that a task that dies is still somebody's.
    running: HashMap<Id, UnitId>,
    to_events: mpsc::Sender<RunEvent>,
    events: mpsc::Receiver<RunEvent>,
    stop: watch::Sender<Stop>,
    last_signal: Option<Instant>,
    has_lost_lock: bool,
    reports: Vec<UnitReport>,
}

impl<'a> Dispatcher<'a> {
    fn new(run: Run, slots: usize, executor: Arc<Executor>, reporter: &'a mut dyn Reporter) -> Self {
        let (to_events, events) = mpsc::channel(BACKLOG);
        let names = run.units.iter().map(|unit| (unit.unit, unit.name.clone())).collect();
        let places = run.units.iter().enumerate().map(|(place, unit)| (unit.unit, place)).collect();
        reporter.take(RunEvent::Planned { units: run.units, command: run.command, parallelism: slots });
        let mut dispatcher = Self {
            queue: run.queue,
            names,
            places,
            slots: Slots::new(slots),
            executor,
            reporter,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            to_events,
            events,
            stop: watch::Sender::new(Stop::default()),
            last_signal: None,
            has_lost_lock: false,
            reports: Vec::new(),
        };
        for report in run.reported {
            dispatcher.report(report);
        }
        dispatcher
    }

    fn start_ready(&mut self) {
        if self.stop.borrow().count > 0 {
            return;
        }
        for unit in self.queue.take_ready(self.slots.free()) {
            // There is one for each that was asked for.
            let Some(slot) = self.slots.take() else { return };
            let wire = Wire::new(unit, self.to_events.clone(), self.stop.subscribe());
            let executor = Arc::clone(&self.executor);
            let task = self.tasks.spawn(async move { executor.run(wire, slot).await });
            self.running.insert(task.id(), unit);
        }
    }

    fn take_end(&mut self, ended: Result<(Id, (UnitReport, Slot)), JoinError>) {
        // What the unit said last still waits in the channel.
        while let Ok(event) = self.events.try_recv() {
            self.reporter.take(event);
        }
        // Its place stays taken until its end has had its consequences: else another unit might start in between.
        let (id, report, _slot) = match ended {
            Ok((id, (report, slot))) => (id, Some(report), Some(slot)),
            Err(error) => (error.id(), None, None),
        };
        let Some(unit) = self.running.remove(&id) else { return };
        let report = report.unwrap_or_else(|| lost(unit));
        let ending = if report.outcome.status == Status::Failed { Ending::Failed } else { Ending::Succeeded };
        self.report(report);
        for exit in self.queue.finish(unit, ending).unwrap_or_default() {
            self.report(self.early_exit(exit));
        }
    }

    /// Somebody else may hold the estate now: what runs finishes, nothing more begins.
    fn take_loss(&mut self, why: &str) {
        self.has_lost_lock = true;
        let text = format!("the run lock is lost: {why}; nothing more is started");
        self.reporter.take(RunEvent::Note { unit: None, level: Level::Error, text, code: None });
        for unit in self.queue.stop() {
            self.report(never_ran(unit, None));
        }
    }

    fn take_signal(&mut self, signal: Signal, by: Origin) {
        let last = self.last_signal.replace(clock::instant());
        if last.is_some_and(|last| last.elapsed() < ONE_REQUEST) {
            return;
        }
        self.stop.send_modify(|stop| *stop = Stop { count: stop.count + 1, signal: Some(signal), by });
        let count = self.stop.borrow().count;
        self.reporter.take(RunEvent::Interrupted { count });
        for unit in self.queue.stop() {
            self.report(never_ran(unit, None));
        }
    }

    /// The one place where a unit gets its report.
    fn report(&mut self, report: UnitReport) {
        self.reporter.take(RunEvent::Finished(report.clone()));
        self.reports.push(report);
    }

    fn early_exit(&self, exit: EarlyExit) -> UnitReport {
        never_ran(exit.unit, self.names.get(&exit.waited_for).cloned())
    }

    fn into_ran(self) -> Ran {
        let stopped_by = self.stop.borrow().signal;
        let (has_lost_output, has_lost_lock) = (self.reporter.has_lost_output(), self.has_lost_lock);
        Ran { reports: self.reports, places: self.places, stopped_by, has_lost_output, has_lost_lock }
    }
}

fn never_ran(unit: UnitId, because_of: Option<String>) -> UnitReport {
    let reason = because_of.as_ref().map(|_| Reason::AncestorError);
    UnitReport::never_ran(unit, Outcome { status: Status::EarlyExit, reason, cause: because_of })
}

/// A unit whose task died: a fault of ours, and still a failure of the unit.
fn lost(unit: UnitId) -> UnitReport {
    let cause = "the unit's worker died; this is a fault of the program, please report it".to_owned();
    let outcome =
        Outcome { status: Status::Failed, reason: Some(Reason::RunError), cause: Some(cause.clone()) };
    UnitReport { outcome, error_tail: vec![cause], ..never_ran(unit, None) }
}

/// Whether terraform's exit code 2 says "there are changes".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCodes {
    Plain,
    Detailed,
}

impl Ran {
    /// The process's exit code. It is 0 only if every unit succeeded or was meant not to run, and nothing was lost. Of
    /// several failures it is that of the first in the plan, whichever came first in time.
    #[must_use]
    pub fn exit_code(&self, codes: ExitCodes) -> i32 {
        let failed = self.reports.iter().filter(|report| report.outcome.status == Status::Failed);
        let place = |report: &&UnitReport| self.places.get(&report.unit).copied().unwrap_or(usize::MAX);
        let code = failed.min_by_key(place).map(|report| report.exit_code.unwrap_or(1).max(1));
        let is_early = |report: &UnitReport| report.outcome.status == Status::EarlyExit;
        let has_changes =
            codes == ExitCodes::Detailed && self.reports.iter().any(|report| report.exit_code == Some(2));
        match (code, self.stopped_by) {
            _ if self.has_lost_lock => super::run_lock::EXIT_CODE.into(),
            (Some(code), _) => code,
            (None, Some(signal)) if self.reports.iter().any(is_early) => 128 + number(signal),
            _ if self.has_lost_output => 1,
            _ if has_changes => 2,
            _ => 0,
        }
    }
}

fn number(signal: Signal) -> i32 {
    match signal {
        Signal::Interrupt => 2,
        Signal::Terminate => 15,
        Signal::Kill => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::{ExitCodes, Ran, bounded, lost, never_ran};
    use crate::event::{Outcome, Status, UnitReport};
    use crate::graph::unit::UnitId;
    use crate::host::process::Signal;
    use std::collections::HashMap;

    fn report(status: Status, exit_code: Option<i32>) -> UnitReport {
        let outcome = Outcome { status, reason: None, cause: None };
        UnitReport { outcome, exit_code, ..never_ran(UnitId::new(0), None) }
    }

    #[test]
    fn the_first_failure_of_the_plan_gives_the_exit_code() {
        let (first, second) = (UnitId::new(7), UnitId::new(3));
        let of = |unit, code| UnitReport { unit, ..report(Status::Failed, Some(code)) };
        let ran = Ran {
            reports: vec![of(second, 5), of(first, 3)],
            places: [(first, 0), (second, 1)].into(),
            stopped_by: None,
            has_lost_output: false,
            has_lost_lock: false,
        };
        assert_eq!((ran.exit_code(ExitCodes::Plain), ran.exit_code(ExitCodes::Detailed)), (3, 3));
    }

    #[test]
    fn exit_codes_add_up() {
        use Status::{EarlyExit, Excluded, Failed, Succeeded};
        let ok = || report(Succeeded, Some(0));
        for (reports, stopped_by, plain, detailed) in [
            (vec![ok(), report(Excluded, None)], None, 0, 0),
            (vec![ok(), report(Succeeded, Some(2))], None, 0, 2),
            (vec![report(Failed, Some(3)), report(Failed, Some(7)), report(EarlyExit, None)], None, 3, 3),
            (vec![report(Succeeded, Some(2)), report(Failed, Some(1))], None, 1, 1),
            (vec![report(Failed, None)], None, 1, 1),
            (vec![report(Failed, Some(0))], None, 1, 1),
            (vec![ok(), report(EarlyExit, None)], Some(Signal::Interrupt), 130, 130),
            (vec![ok()], Some(Signal::Terminate), 0, 0),
            (vec![lost(UnitId::new(0))], None, 1, 1),
        ] {
            let shown = format!("{reports:?}");
            let places = HashMap::new();
            let ran = Ran { reports, places, stopped_by, has_lost_output: false, has_lost_lock: false };
            let codes = (ran.exit_code(ExitCodes::Plain), ran.exit_code(ExitCodes::Detailed));
            assert_eq!(codes, (plain, detailed), "{shown}");
        }
        let ran = |has_lost_output, has_lost_lock| {
            Ran {
                reports: vec![ok()],
                places: HashMap::new(),
                stopped_by: None,
                has_lost_output,
                has_lost_lock,
            }
            .exit_code(ExitCodes::Plain)
        };
        assert_eq!((ran(true, false), ran(true, true)), (1, 4));
    }

    #[test]
    fn a_limit_on_open_files_bounds_the_slots() {
        for (wanted, limit, want) in
            [(4, None, 4), (1000, Some(256), 34), (1000, Some(10), 1), (4, Some(256), 4), (0, None, 1)]
        {
            assert_eq!(bounded(wanted, limit), want, "{wanted} {limit:?}");
        }
    }
}
