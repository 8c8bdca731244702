//! The bus between run and report: data only. `run` sends, `report` shows; neither knows the other.

use crate::diag::Code;
use crate::graph::unit::UnitId;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// What happened, in the order it happened.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// First: what will run, in queue order, and the words that terraform will get.
    Planned {
        units: Vec<PlannedUnit>,
        command: Vec<String>,
        parallelism: usize,
    },
    Started {
        unit: UnitId,
        at: SystemTime,
    },
    /// A unit entered a new phase; for what is shown as running.
    Phase {
        unit: UnitId,
        phase: Phase,
    },
    /// The program that the unit starts now, as it is shown, and its words; for records that name it.
    Command {
        unit: UnitId,
        tool: String,
        args: Vec<String>,
    },
    /// What a child wrote: whole lines, except where the terminal is one unit's own.
    Output {
        unit: UnitId,
        from: Speaker,
        stream: Stream,
        bytes: Vec<u8>,
    },
    /// Our own word about a unit, or about the run.
    Note {
        unit: Option<UnitId>,
        level: Level,
        text: String,
        /// Where there is a page about it.
        code: Option<Code>,
    },
    /// What is wrong with the files of a unit.
    Faults {
        unit: UnitId,
        level: Level,
        faults: Vec<Fault>,
    },
    /// Last of a unit.
    Finished(UnitReport),
    /// A signal stopped the queue; `count` is how many came so far.
    Interrupted {
        count: usize,
    },
    /// Last of all.
    Done {
        took: Duration,
    },
}

/// A diagnostic in each form in which it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// For people, in full.
    pub text: String,
    /// In one line.
    pub summary: String,
    /// For programs.
    pub object: serde_json::Value,
}

/// Whoever shows a run. Called by one thread, in the order of events; may block, and then the run waits.
pub trait Reporter {
    /// Shows one event.
    fn take(&mut self, event: RunEvent);

    /// Some time went by; for what moves.
    fn tick(&mut self) {}

    /// Whether something that was to be shown was lost (a full disk, say; a reader who left is no loss). Asked once,
    /// at the end.
    fn has_lost_output(&self) -> bool;
}

#[derive(Clone, Debug)]
pub struct PlannedUnit {
    pub unit: UnitId,
    /// Relative to the working root, as it is shown everywhere; `.` for the root itself.
    pub name: String,
    pub dir: PathBuf,
    /// The terraform or tofu that it runs, as shown.
    pub tool: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    Outputs,
    Source,
    Init,
    Running,
    Hook(String),
    /// Waiting before try number `attempt`.
    Waiting {
        attempt: u32,
    },
    /// Waiting until somebody gives a lock back.
    Locked {
        by: String,
    },
}

/// Whose words they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The command that the user asked for.
    Terraform,
    /// An `init` or output read of ours.
    Background,
    Hook(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How loud a note is; the order is that of `--log-level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a unit ended.
#[derive(Clone, Debug)]
pub struct UnitReport {
    pub unit: UnitId,
    pub outcome: Outcome,
    /// Both `None` for a unit that never started.
    pub started: Option<SystemTime>,
    pub ended: Option<SystemTime>,
    pub took: Duration,
    /// terraform's own, as a shell reports it; `None` when it was not run.
    pub exit_code: Option<i32>,
    /// What kind of failure it was, where there is a page about it.
    pub code: Option<Code>,
    /// Labels of dependencies that gave mocks instead of outputs.
    pub mocked: Vec<String>,
    /// The last lines of the error, for the summary.
    pub error_tail: Vec<String>,
}

impl UnitReport {
    /// The report of a unit that never started.
    #[must_use]
    pub fn never_ran(unit: UnitId, outcome: Outcome) -> Self {
        Self {
            unit,
            outcome,
            started: None,
            ended: None,
            took: Duration::ZERO,
            exit_code: None,
            code: None,
            mocked: Vec::new(),
            error_tail: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    pub status: Status,
    pub reason: Option<Reason>,
    /// A block's label, an error's text, an ancestor's name.
    pub cause: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Succeeded,
    Failed,
    EarlyExit,
    Excluded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    RetrySucceeded,
    ErrorIgnored,
    RunError,
    AncestorError,
    ExcludeBlock,
}
