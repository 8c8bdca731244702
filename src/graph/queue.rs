//! The run queue: which unit may run next, and who can no longer run. A pure state machine: no clock, no I/O,
//! and no idea of how many run at once (the dispatcher asks for as many as it has slots).

use super::unit::UnitId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Where a queued unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Waits for a neighbour.
    Blocked,
    /// May start.
    Ready,
    Running,
    Succeeded,
    Failed,
    /// Never ran, because another one failed or the run was stopped.
    EarlyExit,
    /// Never ran, because its own configuration says so; nobody is held up by it.
    Excluded,
}

impl Status {
    const COUNT: usize = 7;

    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::EarlyExit | Self::Excluded)
    }

    /// The edges of the state machine.
    fn may_become(self, next: Self) -> bool {
        match self {
            Self::Blocked => matches!(next, Self::Ready | Self::EarlyExit | Self::Excluded),
            Self::Ready => matches!(next, Self::Running | Self::EarlyExit | Self::Excluded),
            Self::Running => matches!(next, Self::Succeeded | Self::Failed),
            Self::Succeeded | Self::Failed | Self::EarlyExit | Self::Excluded => false,
        }
    }
}

/// Which neighbours a unit waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Its dependencies: apply, plan and nearly everything.
    #[default]
    Up,
    /// Its dependents: destroy.
    Down,
}

/// What a failure does to those who have not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum OnFailure {
    /// Those that wait for it, directly or not, exit early; the others go on.
    #[default]
    StopWaiting,
    /// Everything that has not started exits early.
    StopAll,
    /// Nothing: finished is as good as succeeded.
    Ignore,
}

/// Whether links hold anyone up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Ordering {
    #[default]
    ByLinks,
    /// Everything is ready at once.
    None,
}

/// Who goes first among the ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Priority {
    /// The order in which members were given: by layer, then by path, as listings show it.
    #[default]
    Listed,
    /// Whoever has the longest chain of others waiting behind it, then the order given. With few slots this
    /// keeps the slots busy until the end; the order still depends on nothing but the graph.
    LongestChain,
}

/// How a queue behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    pub on_failure: OnFailure,
    pub ordering: Ordering,
    pub priority: Priority,
}

/// A unit that takes part. Members of different directions never wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub unit: UnitId,
    pub direction: Direction,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    Succeeded,
    Failed,
}

/// A unit that will not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlyExit {
    pub unit: UnitId,
    /// The one that failed.
    pub because_of: UnitId,
    /// The one it waited for itself, on the way to the failed one; the failed one if it did not wait for it.
    pub waited_for: UnitId,
}

/// A change that the state machine does not know; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    #[error("a unit that is not in the queue was reported")]
    NotQueued { unit: UnitId },
    #[error("a unit cannot go from {from:?} to {to:?}")]
    Illegal { unit: UnitId, from: Status, to: Status },
}

/// How many members stand where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts([usize; Status::COUNT]);

impl Counts {
    #[must_use]
    pub fn of(&self, status: Status) -> usize {
        self.0[status as usize]
    }

    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.of(Status::Blocked) + self.of(Status::Ready) + self.of(Status::Running)
    }
}

#[derive(Debug)]
struct Entry {
    unit: UnitId,
    status: Status,
    /// How many of those it waits for have not ended well enough yet.
    pending: usize,
    /// Who waits for it, by position.
    waiters: Vec<u32>,
    chain: u32,
}

/// The queue of one run.
#[derive(Debug)]
pub struct Queue {
    entries: Vec<Entry>,
    positions: HashMap<UnitId, usize>,
    ready: BinaryHeap<(u32, Reverse<usize>)>,
    counts: Counts,
    options: Options,
}

impl Queue {
    /// `links` go from a unit to its dependency; those that leave the queue are ignored, so a dependency that is
    /// no member counts as satisfied. Links must not form a cycle among members (members on one never start).
    #[must_use]
    pub fn new(
        members: &[Member],
        links: impl IntoIterator<Item = (UnitId, UnitId)>,
        options: Options,
    ) -> Self {
        let mut queue = Self {
            entries: Vec::with_capacity(members.len()),
            positions: HashMap::with_capacity(members.len()),
            ready: BinaryHeap::new(),
            counts: Counts::default(),
            options,
        };
        let mut directions = Vec::with_capacity(members.len());
        for member in members {
            if queue.positions.contains_key(&member.unit) {
                continue;
            }
            queue.positions.insert(member.unit, queue.entries.len());
            queue.entries.push(Entry::new(member.unit));
            directions.push(member.direction);
        }
        queue.counts.0[Status::Blocked as usize] = queue.entries.len();
        if options.ordering == Ordering::ByLinks {
            queue.link(links, &directions);
        }
        if options.priority == Priority::LongestChain {
            queue.measure_chains();
        }
        for at in 0..queue.entries.len() {
            queue.wake(at);
        }
        queue
    }

    /// The next unit that may start, if any; ask [`Queue::start`] to take it.
    pub fn next_ready(&mut self) -> Option<UnitId> {
        while let Some((_, Reverse(at))) = self.ready.peek().copied() {
            if self.entries[at].status == Status::Ready {
                return Some(self.entries[at].unit);
            }
            self.ready.pop();
        }
        None
    }

    /// # Errors
    /// When the unit is not ready.
    pub fn start(&mut self, unit: UnitId) -> Result<(), QueueError> {
        let at = self.position(unit)?;
        self.set(at, Status::Running)
    }

    /// Takes up to `slots` units and marks them as running.
    pub fn take_ready(&mut self, slots: usize) -> Vec<UnitId> {
        let mut taken = Vec::new();
        while taken.len() < slots
            && let Some(unit) = self.next_ready()
            && self.start(unit).is_ok()
        {
            taken.push(unit);
        }
        taken
    }

    /// Says how a running unit ended; returns who can no longer run, nearest first.
    ///
    /// # Errors
    /// When the unit is not running.
    pub fn finish(&mut self, unit: UnitId, ending: Ending) -> Result<Vec<EarlyExit>, QueueError> {
        let at = self.position(unit)?;
        match ending {
            Ending::Succeeded => {
                self.set(at, Status::Succeeded)?;
                self.release_waiters(at);
                Ok(Vec::new())
            }
            Ending::Failed => {
                self.set(at, Status::Failed)?;
                Ok(self.spread_failure(at))
            }
        }
    }

    /// Takes a unit out before it starts; those that wait for it no longer do.
    ///
    /// # Errors
    /// When the unit has started or ended.
    pub fn exclude(&mut self, unit: UnitId) -> Result<(), QueueError> {
        let at = self.position(unit)?;
        self.set(at, Status::Excluded)?;
        self.release_waiters(at);
        Ok(())
    }

    /// Starts nothing any more: everything that waits exits early. Returns those units in their order.
    pub fn stop(&mut self) -> Vec<UnitId> {
        let unstarted: Vec<usize> = (0..self.entries.len()).filter(|at| self.exit_early(*at)).collect();
        unstarted.into_iter().map(|at| self.entries[at].unit).collect()
    }

    /// `None` for a unit that is no member.
    #[must_use]
    pub fn status(&self, unit: UnitId) -> Option<Status> {
        self.positions.get(&unit).map(|at| self.entries[*at].status)
    }

    /// Every member with its status, in the order given.
    pub fn statuses(&self) -> impl Iterator<Item = (UnitId, Status)> {
        self.entries.iter().map(|entry| (entry.unit, entry.status))
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Nothing runs and nothing will.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.counts.unfinished() == 0
    }

    /// The one place where a status changes: it keeps the counts and refuses unknown edges.
    fn set(&mut self, at: usize, next: Status) -> Result<(), QueueError> {
        let entry = &mut self.entries[at];
        if !entry.status.may_become(next) {
            return Err(QueueError::Illegal { unit: entry.unit, from: entry.status, to: next });
        }
        self.counts.0[entry.status as usize] -= 1;
        self.counts.0[next as usize] += 1;
        entry.status = next;
        if next == Status::Ready {
            self.ready.push((entry.chain, Reverse(at)));
        }
        Ok(())
    }

    fn position(&self, unit: UnitId) -> Result<usize, QueueError> {
        self.positions.get(&unit).copied().ok_or(QueueError::NotQueued { unit })
    }

    fn link(&mut self, links: impl IntoIterator<Item = (UnitId, UnitId)>, directions: &[Direction]) {
        let mut seen = std::collections::HashSet::new();
        for (unit, dependency) in links {
            let (Ok(unit), Ok(dependency)) = (self.position(unit), self.position(dependency)) else {
                continue;
            };
            if directions[unit] != directions[dependency] || !seen.insert((unit, dependency)) {
                continue;
            }
            let (waiter, awaited) = match directions[unit] {
                Direction::Up => (unit, dependency),
                Direction::Down => (dependency, unit),
            };
            self.entries[waiter].pending += 1;
            self.entries[awaited].waiters.push(u32::try_from(waiter).unwrap_or(u32::MAX));
        }
    }

    /// The length of the longest chain of waiters behind each entry: from the ends of the chains back.
    fn measure_chains(&mut self) {
        let mut order: Vec<usize> =
            (0..self.entries.len()).filter(|at| self.entries[*at].pending == 0).collect();
        let mut pending: Vec<usize> = self.entries.iter().map(|entry| entry.pending).collect();
        let mut done = 0;
        while let Some(at) = order.get(done).copied() {
            done += 1;
            for waiter in &self.entries[at].waiters {
                pending[*waiter as usize] -= 1;
                if pending[*waiter as usize] == 0 {
                    order.push(*waiter as usize);
                }
            }
        }
        for at in order.into_iter().rev() {
            let behind =
                self.entries[at].waiters.iter().map(|waiter| self.entries[*waiter as usize].chain + 1);
            self.entries[at].chain = behind.max().unwrap_or(0);
        }
    }

    /// Makes a blocked entry ready once it waits for nobody.
    fn wake(&mut self, at: usize) {
        let entry = &self.entries[at];
        if entry.status == Status::Blocked && entry.pending == 0 {
            let woken = self.set(at, Status::Ready);
            debug_assert!(woken.is_ok(), "blocked may become ready");
        }
    }

    fn release_waiters(&mut self, at: usize) {
        for waiter in std::mem::take(&mut self.entries[at].waiters) {
            let waiter = waiter as usize;
            self.entries[waiter].pending -= 1;
            self.wake(waiter);
        }
    }

    fn spread_failure(&mut self, at: usize) -> Vec<EarlyExit> {
        if self.options.on_failure == OnFailure::Ignore {
            self.release_waiters(at);
            return Vec::new();
        }
        let mut stopped = self.stop_waiters(at);
        if self.options.on_failure == OnFailure::StopAll {
            let because_of = self.entries[at].unit;
            let others = self.stop();
            stopped.extend(others.into_iter().map(|unit| EarlyExit {
                unit,
                because_of,
                waited_for: because_of,
            }));
        }
        stopped
    }

    /// Everyone who waits for the failed entry, directly or not, exits early: breadth first, in the order given.
    fn stop_waiters(&mut self, failed: usize) -> Vec<EarlyExit> {
        let because_of = self.entries[failed].unit;
        let mut stopped = Vec::new();
        let mut todo = std::collections::VecDeque::from([failed]);
        while let Some(awaited) = todo.pop_front() {
            let mut waiters = self.entries[awaited].waiters.clone();
            waiters.sort_unstable();
            for waiter in waiters {
                let waiter = waiter as usize;
                if self.exit_early(waiter) {
                    let (unit, waited_for) = (self.entries[waiter].unit, self.entries[awaited].unit);
                    stopped.push(EarlyExit { unit, because_of, waited_for });
                    todo.push_back(waiter);
                }
            }
        }
        stopped
    }

    /// Whether the entry had not started and now never will.
    fn exit_early(&mut self, at: usize) -> bool {
        let unstarted = matches!(self.entries[at].status, Status::Blocked | Status::Ready);
        unstarted && self.set(at, Status::EarlyExit).is_ok()
    }
}

impl Entry {
    fn new(unit: UnitId) -> Self {
        Self { unit, status: Status::Blocked, pending: 0, waiters: Vec::new(), chain: 0 }
    }
}

#[cfg(test)]
mod tests;
