//! A unit's wire to the dispatcher: events go out, word of a stop comes in. Knows no queue and no other unit.

use crate::diag::Code;
use crate::event::{Fault, Level, Phase, RunEvent, Speaker, Stream};
use crate::graph::unit::UnitId;
use crate::host::process::{Origin, Signal};
use tokio::sync::{mpsc, watch};

/// How often, and how, we were asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    pub count: usize,
    /// The last one; `None` while nobody asked.
    pub signal: Option<Signal>,
    /// Who sent it.
    pub by: Origin,
}

/// What an executor holds of the outer world.
#[derive(Clone, Debug)]
pub struct Wire {
    unit: UnitId,
    events: mpsc::Sender<RunEvent>,
    stop: watch::Receiver<Stop>,
}

impl Wire {
    #[must_use]
    pub fn new(unit: UnitId, events: mpsc::Sender<RunEvent>, stop: watch::Receiver<Stop>) -> Self {
        Self { unit, events, stop }
    }

    #[must_use]
    pub fn unit(&self) -> UnitId {
        self.unit
    }

    /// Sends and waits while the reporter is behind: output must not pile up in memory.
    pub async fn send(&self, event: RunEvent) {
        // Without a dispatcher nobody listens any more; the child goes on all the same.
        let _ = self.events.send(event).await;
    }

    pub async fn phase(&self, phase: Phase) {
        self.send(RunEvent::Phase { unit: self.unit, phase }).await;
    }

    pub async fn note(&self, level: Level, text: impl Into<String>) {
        self.send(self.note_event(level, text.into())).await;
    }

    /// A note about something that there may be a page about.
    pub async fn coded_note(&self, level: Level, text: impl Into<String>, code: Option<Code>) {
        self.send(RunEvent::Note { unit: Some(self.unit), level, text: text.into(), code }).await;
    }

    pub async fn faults(&self, level: Level, faults: Vec<Fault>) {
        self.send(RunEvent::Faults { unit: self.unit, level, faults }).await;
    }

    /// [`Wire::faults`] for a blocking thread.
    pub fn faults_blocking(&self, level: Level, faults: Vec<Fault>) {
        let _ = self.events.blocking_send(RunEvent::Faults { unit: self.unit, level, faults });
    }

    pub async fn output(&self, from: &Speaker, stream: Stream, bytes: Vec<u8>) {
        self.send(RunEvent::Output { unit: self.unit, from: from.clone(), stream, bytes }).await;
    }

    /// [`Wire::phase`] for a blocking thread.
    pub fn phase_blocking(&self, phase: Phase) {
        let _ = self.events.blocking_send(RunEvent::Phase { unit: self.unit, phase });
    }

    /// [`Wire::note`] for a blocking thread.
    pub fn note_blocking(&self, level: Level, text: impl Into<String>) {
        let _ = self.events.blocking_send(self.note_event(level, text.into()));
    }

    /// [`Wire::output`] for a blocking thread.
    pub fn output_blocking(&self, from: &Speaker, stream: Stream, bytes: Vec<u8>) {
        let event = RunEvent::Output { unit: self.unit, from: from.clone(), stream, bytes };
        let _ = self.events.blocking_send(event);
    }

    fn note_event(&self, level: Level, text: String) -> RunEvent {
        RunEvent::Note { unit: Some(self.unit), level, text, code: None }
    }

    /// Where we stand now.
    #[must_use]
    pub fn stop(&self) -> Stop {
        *self.stop.borrow()
    }

    /// Waits until somebody asks once more than `seen` times.
    pub async fn stopped_after(&mut self, seen: usize) -> Stop {
        let stop = self.stop.wait_for(|stop| stop.count > seen).await.map(|stop| *stop);
        match stop {
            Ok(stop) => stop,
            Err(_) => std::future::pending().await,
        }
    }
}
