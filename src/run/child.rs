//! One child from start to end: its output goes out as events, our signals go in. Knows no hook and no retry.

use super::lines::{Cut, Lines};
use super::lock_question::LockQuestion;
use super::lock_text::tells_of_waiting;
use super::prepare::Prepared;
use super::settings::RunSettings;
use super::tail::Tail;
use super::wire::{Stop, Wire};
use crate::custody::journal::Entry;
use crate::event::{Speaker, Stream};
use crate::host::clock;
use crate::host::os;
use crate::host::process::{Follower, Group, Invocation, Io, Origin, ProcessError, Running, Signal};
use std::io;
use std::time::{Duration, Instant};

/// When we look whether a child said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    /// After it said something.
    soon: Duration,
    /// While it is silent.
    late: Duration,
}

impl Pace {
    /// Somebody may be waiting for a question; beside others, each look costs all of them.
    fn of(cut: Cut) -> Self {
        let (soon, late) = match cut {
            Cut::AsItComes => (20, 80),
            Cut::Lines => (60, 240),
        };
        Self { soon: Duration::from_millis(soon), late: Duration::from_millis(late) }
    }

    fn after(self, pumped: Pumped, before: Duration) -> Duration {
        match pumped {
            Pumped::Nothing => (before.max(self.soon) * 2).min(self.late),
            Pumped::All => self.soon,
            Pumped::Part => Duration::ZERO,
        }
    }
}

/// How much we read at once: little, until a child turns out to be talkative.
const FEW: usize = 4 * 1024;
const MANY: usize = 64 * 1024;

/// How much of each stream is remembered for matching errors.
const REMEMBERED: usize = 256 * 1024;

/// A child to run, and who hears it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub invocation: &'a Invocation,
    pub io: Io,
    pub from: &'a Speaker,
    pub cut: Cut,
    pub audience: Audience,
    /// The lock that it may take or have to wait for.
    pub locking: Option<Locking<'a>>,
}

/// A child that takes the lock of its unit's state.
#[derive(Clone, Copy, Debug)]
pub struct Locking<'a> {
    pub settings: &'a RunSettings,
    pub prepared: &'a Prepared,
    /// terraform's word.
    pub command: &'a str,
}

impl Locking<'_> {
    fn note(&self, running: &Running) -> Option<Entry> {
        self.settings.journal.note(running.pid()?, (&self.prepared.ready.dir, self.command))
    }
}

/// Which of its streams are shown. All are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    All,
    /// stdout is for us alone.
    StderrOnly,
    Nobody,
}

/// What a child left.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As a shell reports it.
    pub code: i32,
    pub stdout: Tail,
    pub stderr: Tail,
}

/// Runs a child to its end. The first two stops are forwarded to it, the third kills it.
///
/// # Errors
/// When it cannot be started or followed; its own failure is in [`Ended::code`].
pub async fn run_child(wire: &mut Wire, call: &Call<'_>) -> Result<Ended, ProcessError> {
    let mut running = call.invocation.start(call.io)?;
    let mut entry = call.locking.and_then(|locking| locking.note(&running));
    let mut streams = Streams::of(&mut running, call);
    let mut seen = wire.stop().count;
    let pace = Pace::of(call.cut);
    let mut pause = pace.soon;
    let mut owed: Option<(Instant, Signal)> = None;
    let mut watch = LockWatch::default();
    let lost = |source| ProcessError::Follow { program: call.invocation.program.clone(), source };
    let code = loop {
        tokio::select! {
            code = running.wait() => break code.map_err(lost)?,
            () = tokio::time::sleep(pause) => {
                pause = pace.after(streams.pump(wire).await.map_err(lost)?, pause);
                entry.iter_mut().for_each(Entry::renew);
                let asks = call.locking.filter(|_| watch.is_due(streams.waits_for_lock));
                if let Some(question) = asks.and_then(|asks| LockQuestion::of(asks.settings, asks.prepared)) {
                    tokio::spawn(question.tell_waiting(wire.clone()));
                }
                if owed.take_if(|(since, _)| since.elapsed() > GRACE).is_some() && !streams.told_of_interrupt() {
                    running.send(Signal::Interrupt);
                }
            }
            stop = wire.stopped_after(seen) => {
                seen = stop.count;
                owed = forward(&running, stop, call.io.group).map(|signal| (clock::instant(), signal));
            }
        }
    };
    if let (Some(locking), Some(entry)) = (call.locking, &entry) {
        locking.settings.journal.close(entry, code);
    }
    while streams.pump(wire).await.map_err(lost)? != Pumped::Nothing {}
    streams.finish(wire).await;
    streams.heard_all().map_err(|source| call.invocation.lost(code, source))?;
    Ok(Ended { code, stdout: streams.stdout.tail, stderr: streams.stderr.tail })
}

/// When it is time to say for whom a child waits.
#[derive(Debug, Default)]
struct LockWatch {
    waits_since: Option<Instant>,
    told: u32,
}

impl LockWatch {
    /// Most locks are given back within a moment, of which nobody needs to hear.
    const FIRST: Duration = Duration::from_secs(3);
    const AGAIN: Duration = Duration::from_secs(60);

    fn is_due(&mut self, waits: bool) -> bool {
        if !waits {
            self.waits_since = None;
            return false;
        }
        let since = self.waits_since.get_or_insert_with(clock::instant);
        let is_due = since.elapsed() >= Self::FIRST + Self::AGAIN * self.told;
        self.told += u32::from(is_due);
        is_due
    }
}

/// How long a child has to show that it was told as well, before we tell it what another process told us.
const GRACE: Duration = Duration::from_millis(1500);

/// Tells the child, unless the terminal has already told it: a second interrupt would make it die hard. An interrupt by
/// another process may have gone to our whole group, too, or to us alone; that one is owed to the child, and given back.
fn forward(running: &Running, stop: Stop, group: Group) -> Option<Signal> {
    let signal = stop.signal?;
    let is_shared = signal == Signal::Interrupt && group == Group::Shared && os::owns_terminal();
    match (stop.count, is_shared, stop.by) {
        (3.., _, _) => running.send(Signal::Kill),
        (1, true, Origin::Process) => return Some(signal),
        (_, true, Origin::Terminal) => {}
        _ => running.send(signal),
    }
    None
}

/// How much of what a child said was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pumped {
    Nothing,
    All,
    /// There may be more.
    Part,
}

struct Streams<'a> {
    from: &'a Speaker,
    stdout: Followed,
    stderr: Followed,
    buffer: Vec<u8>,
    /// Whether its last words were that it waits for a lock.
    waits_for_lock: bool,
}

struct Followed {
    follower: Option<Follower>,
    stream: Stream,
    lines: Lines,
    tail: Tail,
    shown: bool,
}

impl<'a> Streams<'a> {
    fn of(running: &mut Running, call: &Call<'a>) -> Self {
        let followed = |follower, stream, shown| Followed {
            follower,
            stream,
            lines: Lines::new(call.cut),
            tail: Tail::new(REMEMBERED),
            shown,
        };
        let stdout = followed(running.stdout.take(), Stream::Stdout, call.audience == Audience::All);
        let stderr = followed(running.stderr.take(), Stream::Stderr, call.audience != Audience::Nobody);
        Self { from: call.from, stdout, stderr, buffer: vec![0; FEW], waits_for_lock: false }
    }

    /// Reads one piece of each stream and sends it on.
    async fn pump(&mut self, wire: &Wire) -> io::Result<Pumped> {
        let mut longest = 0;
        for followed in [&mut self.stdout, &mut self.stderr] {
            let Some(follower) = &mut followed.follower else { continue };
            let count = follower.read(&mut self.buffer)?;
            if count == 0 {
                continue;
            }
            longest = longest.max(count);
            followed.tail.push(&self.buffer[..count]);
            if followed.stream == Stream::Stdout {
                self.waits_for_lock = tells_of_waiting(&String::from_utf8_lossy(&self.buffer[..count]));
            }
            let ready = followed.lines.push(&self.buffer[..count]);
            if followed.shown && !ready.is_empty() {
                wire.output(self.from, followed.stream, ready).await;
            }
        }
        Ok(match longest {
            0 => Pumped::Nothing,
            longest if longest < self.buffer.len() => Pumped::All,
            _ => {
                self.buffer.resize(MANY, 0);
                Pumped::Part
            }
        })
    }

    /// Whether the child says that it was interrupted, in the words of terraform and tofu.
    fn told_of_interrupt(&self) -> bool {
        [&self.stdout, &self.stderr]
            .iter()
            .any(|followed| followed.tail.text().contains("Interrupt received"))
    }

    fn heard_all(&self) -> io::Result<()> {
        let followers =
            [&self.stdout, &self.stderr].into_iter().filter_map(|followed| followed.follower.as_ref());
        followers.into_iter().try_for_each(Follower::has_room)
    }

    async fn finish(&mut self, wire: &Wire) {
        for followed in [&mut self.stdout, &mut self.stderr] {
            let rest = followed.lines.finish();
            if followed.shown && !rest.is_empty() {
                wire.output(self.from, followed.stream, rest).await;
            }
        }
    }
}
