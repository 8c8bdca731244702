//! Runs one unit from preparation to report, with its tries. Knows no queue, no terminal and no other unit.

use super::argv::Scope;
use super::attempt::Attempt;
use super::custodian::{self, Custodian};
use super::failure::{Failure, Message};
use super::gates::Gates;
use super::literal::{Templates, render_json};
use super::lock_queue::LockQueue;
use super::locks;
use super::packages::Packages;
use super::prepare::{Prepare, PrepareError, Prepared};
use super::retry::{Verdict, judge};
use super::settings::{Action, Automatic, RunSettings};
use super::slots::Slot;
use super::tail::last_lines;
use super::wire::Wire;
use crate::config::unit::{Errors, Ignore};
use crate::event::{Level, Outcome, Phase, Reason, RunEvent, Status, UnitReport};
use crate::graph::unit::UnitId;
use crate::host::clock;
use crate::host::fs::{self, Access};
use crate::toolrc::RcBook;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Runs units, one at a time or many at once.
pub struct Executor {
    settings: RunSettings,
    /// Units that are to go, whatever the others do, and what runs in them.
    departed: Option<(BTreeSet<UnitId>, RunSettings)>,
    prepare: Arc<dyn Prepare>,
    gates: Gates,
}

/// How a unit came through.
#[derive(Clone, Debug, Default)]
struct Done {
    exit_code: Option<i32>,
    reason: Option<Reason>,
    cause: Option<String>,
}

impl Executor {
    #[must_use]
    pub fn new(settings: RunSettings, prepare: Arc<dyn Prepare>) -> Self {
        Self { settings, departed: None, prepare, gates: Gates::default() }
    }

    /// The same, with somebody who takes care of the states.
    #[must_use]
    pub fn with_custodian(mut self, custodian: Custodian) -> Self {
        self.gates.custodian = Some(custodian);
        self
    }

    /// The same, with settings of the tools that others read too.
    #[must_use]
    pub fn with_rc(mut self, rc: Arc<RcBook>) -> Self {
        self.gates.rc = rc;
        self
    }

    /// The same, with packages that units share.
    #[must_use]
    pub fn with_packages(mut self, packages: Option<Packages>) -> Self {
        self.gates.packages = packages.map(Arc::new);
        self
    }

    /// The same, but a plan or an apply of these units destroys what they made.
    #[must_use]
    pub fn with_departed(mut self, units: BTreeSet<UnitId>) -> Self {
        if let Action::Terraform(command) = &self.settings.action
            && !units.is_empty()
        {
            let action = Action::Terraform(command.with_flag("-destroy"));
            self.departed = Some((units, RunSettings { action, ..self.settings.clone() }));
        }
        self
    }

    fn settings_of(&self, unit: UnitId) -> &RunSettings {
        let departed = self.departed.as_ref().filter(|(units, _)| units.contains(&unit));
        departed.map_or(&self.settings, |(_, settings)| settings)
    }

    #[must_use]
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }

    /// Runs the wire's unit to its end. Events go out as they happen; the report comes back, and the place with it.
    pub async fn run(&self, mut wire: Wire, mut slot: Slot) -> (UnitReport, Slot) {
        let (started, since) = (clock::now(), clock::instant());
        wire.send(RunEvent::Started { unit: wire.unit(), at: started }).await;
        let mut mocked = Vec::new();
        let result = self.run_unit((&mut wire, &mut slot), &mut mocked).await;
        let (outcome, exit_code, code, error_tail) = match result {
            Ok(done) => (succeeded(&done), done.exit_code, None, Vec::new()),
            Err(failure) => (failed(&failure), failure.exit_code, failure.code(), tail_of(&failure)),
        };
        let report = UnitReport {
            unit: wire.unit(),
            outcome,
            started: Some(started),
            ended: Some(clock::now()),
            took: since.elapsed(),
            exit_code,
            code,
            mocked,
            error_tail,
        };
        (report, slot)
    }

    async fn run_unit(
        &self,
        (wire, slot): (&mut Wire, &mut Slot),
        mocked: &mut Vec<String>,
    ) -> Result<Done, Failure> {
        let prepared = self.prepare_with_retries(wire).await?;
        *mocked = prepared.ready.mocked.iter().map(ToString::to_string).collect();
        if self.is_excluded(&prepared) {
            wire.note(
                Level::Info,
                format!("an exclude block keeps {} from running here", self.settings.action.word()),
            )
            .await;
            return Ok(Done::default());
        }
        let settings = self.settings_of(wire.unit());
        let mut attempt = Attempt { settings, prepared: &prepared, gates: &self.gates, wire };
        if let Err(failure) = attempt.write_files().await {
            tell(wire, &failure, Level::Error).await;
            return Err(failure);
        }
        let done = self.run_with_retries((wire, slot), &prepared).await;
        let done = self.rescued_after(done, wire, &prepared).await;
        self.prepare.forget_outputs(&prepared);
        if wire.stop().count > 2 {
            locks::tell_remaining(wire, &prepared, settings).await;
        }
        done
    }

    /// A hook may have run terraform, too.
    async fn rescued_after(
        &self,
        done: Result<Done, Failure>,
        wire: &mut Wire,
        prepared: &Prepared,
    ) -> Result<Done, Failure> {
        let settings = self.settings_of(wire.unit());
        let attempt = Attempt { settings, prepared, gates: &self.gates, wire };
        let Some(rescued) = attempt.rescue(&prepared.env).await else { return done };
        tell(wire, &rescued, Level::Error).await;
        Err(done.err().unwrap_or_default().and(rescued))
    }

    async fn run_with_retries(
        &self,
        (wire, slot): (&mut Wire, &mut Slot),
        prepared: &Prepared,
    ) -> Result<Done, Failure> {
        let mut queue = LockQueue::new(slot, self.settings.wait_for_locks);
        let errors = prepared.ready.config.errors.as_ref();
        let mut tries = Tries::under(errors);
        loop {
            let settings = self.settings_of(wire.unit());
            let mut attempt = Attempt { settings, prepared, gates: &self.gates, wire };
            let failure = match attempt.run(&mut queue).await {
                Ok(code) => return Ok(tries.succeeded(code)),
                Err(failure) => failure,
            };
            if queue.wait_after(wire, &failure).await {
                continue;
            }
            let unit_dir = prepared.ready.dir.as_path();
            let failure = match &locks::holder_of(&failure).filter(|_| !failure.is_final) {
                Some(info) => locks::explain(failure, (info, unit_dir)),
                None => custodian::explain(failure, prepared),
            };
            let verdict = self.verdict(wire, &failure, &tries);
            tell(wire, &failure, verdict.as_ref().map_or(Level::Error, weight)).await;
            match self.next_step(wire, verdict?, &mut tries).await {
                Next::Again => {}
                Next::Fail => return Err(failure),
                Next::Exhausted(text) => return Err(failure.preceded_by(text)),
                Next::LookAway(block) => return ignore(wire, prepared, block, &failure).await,
            }
        }
    }

    fn verdict<'e>(&self, wire: &Wire, failure: &Failure, tries: &Tries<'e>) -> Result<Verdict<'e>, Failure> {
        if wire.stop().count > 0 || failure.is_final {
            return Ok(Verdict::Fail);
        }
        match judge(tries.errors, &failure.text(), tries.attempt)? {
            Verdict::Retry { .. } | Verdict::Exhausted { .. }
                if self.settings.auto_retry == Automatic::Off =>
            {
                Ok(Verdict::Fail)
            }
            verdict => Ok(verdict),
        }
    }

    async fn next_step<'e>(&self, wire: &mut Wire, verdict: Verdict<'e>, tries: &mut Tries<'e>) -> Next<'e> {
        match verdict {
            Verdict::Fail => Next::Fail,
            Verdict::Ignore(block) => Next::LookAway(block),
            Verdict::Retry { name, wait } => {
                tries.attempt += 1;
                let text =
                    format!("worth another try ({name}), in {} s: try {}", wait.as_secs(), tries.attempt);
                wire.note(Level::Warn, text).await;
                tries.because_of = Some(name);
                wire.phase(Phase::Waiting { attempt: tries.attempt }).await;
                if rest(wire, wait).await { Next::Again } else { Next::Fail }
            }
            Verdict::Exhausted { name, attempts } => {
                let text = format!("{attempts} tries ({name}) were not enough");
                wire.note(Level::Error, text.as_str()).await;
                Next::Exhausted(text)
            }
        }
    }

    /// Preparing may need a network, so that another try may help.
    async fn prepare_with_retries(&self, wire: &mut Wire) -> Result<Prepared, Failure> {
        let mut attempt = 1;
        loop {
            let error = match self.prepare_once(wire).await {
                Ok(prepared) => return Ok(prepared),
                Err(error) => error,
            };
            if error.faults.is_empty() {
                wire.coded_note(Level::Error, error.message.as_str(), error.code).await;
            } else {
                wire.faults(Level::Error, error.faults.clone()).await;
            }
            let messages = vec![Message { text: error.message.clone(), code: error.code }];
            let failure = Failure { exit_code: error.exit_code, messages, ..Failure::default() };
            if !error.transient {
                return Err(failure);
            }
            let mut tries = Tries { attempt, ..Tries::under(error.errors.as_ref()) };
            let verdict = self.verdict(wire, &failure, &tries)?;
            match self.next_step(wire, verdict, &mut tries).await {
                Next::Again => attempt = tries.attempt,
                Next::Exhausted(text) => return Err(failure.preceded_by(text)),
                Next::Fail | Next::LookAway(_) => return Err(failure),
            }
        }
    }

    async fn prepare_once(&self, wire: &mut Wire) -> Result<Prepared, PrepareError> {
        let lost = |message: String| PrepareError { message, ..PrepareError::default() };
        let _permit = self.gates.prepare.acquire().await.map_err(|error| lost(error.to_string()))?;
        if wire.stop().count > 0 {
            return Err(lost("stopped before it was prepared".to_owned()));
        }
        // Said here, since a word from the other thread would wake this one.
        wire.phase(Phase::Outputs).await;
        let (prepare, theirs) = (Arc::clone(&self.prepare), wire.clone());
        let work = tokio::task::spawn_blocking(move || prepare.prepare(&theirs));
        tokio::select! {
            result = work => result.unwrap_or_else(|error| Err(lost(format!("preparing died: {error}")))),
            // What blocks there hears the terminal, but not us; whoever insists need not wait for it.
            _ = wire.stopped_after(1) => Err(lost("stopped while it was prepared".to_owned())),
        }
    }

    /// Over many units the exclude block has had its say before the queue was made.
    fn is_excluded(&self, prepared: &Prepared) -> bool {
        let word = self.settings.action.word();
        let exclude = prepared.ready.config.exclude.as_ref();
        self.settings.scope == Scope::Single
            && exclude.is_some_and(|exclude| exclude.no_run == Some(true) && exclude.applies(word))
    }
}

enum Next<'a> {
    Again,
    Fail,
    /// The same, after too many tries; says so.
    Exhausted(String),
    LookAway(&'a Ignore),
}

/// The tries of one piece of work, and the rules that they go by.
#[derive(Debug)]
struct Tries<'a> {
    errors: Option<&'a Errors>,
    attempt: u32,
    because_of: Option<Arc<str>>,
}

impl<'a> Tries<'a> {
    fn under(errors: Option<&'a Errors>) -> Self {
        Self { errors, attempt: 1, because_of: None }
    }

    fn succeeded(self, code: i32) -> Done {
        let reason = self.because_of.as_ref().map(|_| Reason::RetrySucceeded);
        Done { exit_code: Some(code), reason, cause: self.because_of.map(|name| name.to_string()) }
    }
}

/// Waits; false if we were stopped meanwhile.
async fn rest(wire: &mut Wire, wait: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        _ = wire.stopped_after(0) => false,
    }
}

/// An error that the unit expects is none to whoever reads the log.
fn weight(verdict: &Verdict<'_>) -> Level {
    match verdict {
        Verdict::Retry { .. } | Verdict::Ignore(_) => Level::Warn,
        Verdict::Fail | Verdict::Exhausted { .. } => Level::Error,
    }
}

async fn tell(wire: &Wire, failure: &Failure, level: Level) {
    for message in &failure.messages {
        wire.coded_note(level, message.text.as_str(), message.code).await;
    }
    for advice in &failure.advice {
        wire.note(level, advice.as_str()).await;
    }
}

/// Makes an error that a block knows about a success, and leaves its signals for whoever looks.
async fn ignore(
    wire: &Wire,
    prepared: &Prepared,
    block: &Ignore,
    failure: &Failure,
) -> Result<Done, Failure> {
    let reason = block.message.as_deref().map_or(String::new(), |message| format!(": {message}"));
    wire.note(Level::Warn, format!("ignored, as the errors block {} asks{reason}", block.name)).await;
    let signals =
        block.signals.as_ref().filter(|signals| signals.entries().is_some_and(|all| !all.is_empty()));
    if let Some(signals) = signals
        && let Ok(json) = render_json(signals, Templates::Plain)
    {
        let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        let path = prepared.ready.dir.join("error-signals.json");
        fs::write_atomic(&path, format!("{json:#}").as_bytes(), Access::Shared)?;
    }
    Ok(Done {
        exit_code: failure.exit_code,
        reason: Some(Reason::ErrorIgnored),
        cause: Some(block.name.to_string()),
    })
}

fn succeeded(done: &Done) -> Outcome {
    Outcome { status: Status::Succeeded, reason: done.reason, cause: done.cause.clone() }
}

fn failed(failure: &Failure) -> Outcome {
    Outcome { status: Status::Failed, reason: Some(Reason::RunError), cause: Some(cause_of(failure)) }
}

/// What the report says: our sentences, then what the child said last.
fn cause_of(failure: &Failure) -> String {
    let ours = failure.messages.iter().map(ToString::to_string).chain(failure.advice.iter().cloned());
    let ours = ours.collect::<Vec<_>>().join("; ");
    let said = last_lines(&failure.stderr).join("\n");
    if said.is_empty() { ours } else { format!("{ours}\n{said}") }
}

/// What the summary quotes: the child's last words, or ours where no child spoke; then what is to be done.
fn tail_of(failure: &Failure) -> Vec<String> {
    let said = last_lines(&failure.stderr);
    let mut tail = if said.is_empty() { last_lines(&failure.own_words()) } else { said };
    tail.extend(failure.advice.iter().cloned());
    tail
}
