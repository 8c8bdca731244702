//! The lock of a whole run: two people do not change the same part of an estate at the same time. It is a note in a store of
//! its own, renewed while the run goes on; every change of it is conditional on what was read. Knows no unit.

pub mod roll;

use crate::host::clock::{self, rfc3339};
use crate::host::random;
use crate::state::object::{Class, Condition, Object, Tag, read_whole};
use crate::state::{Store, StoreError, Stores};
use bytes::Bytes;
use roll::{Entry, Roll, RollError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a process ends with that did not get the run lock, or lost it.
pub const EXIT_CODE: u8 = 4;

/// What is to be locked, and where.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub store: Arc<dyn Store>,
    /// The name of the estate, the same for everybody.
    pub estate: String,
    /// The part of it, from its root, with `/`.
    pub root: String,
    pub who: String,
    pub command: String,
    /// How long the lock outlives the run that took it, if that dies.
    pub life: Duration,
}

/// Why a run lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum RunLockError {
    #[error("the run lock is held by another run")]
    Held(Box<Entry>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{place}: {source}")]
    Roll { place: String, source: RollError },
    #[error("the system has no randomness to give")]
    Random,
    #[error("the question died; this is a fault of the program, please report it")]
    Died,
    #[error("{place}: the store does not answer")]
    Silent { place: String },
    #[error("{place}: too many runs change it at the same time")]
    Busy { place: String },
}

/// A run lock that was taken.
#[derive(Debug)]
pub struct RunLock {
    held: Arc<Held>,
    beat: JoinHandle<()>,
    /// Their thread does the work.
    stores: Arc<Stores>,
}

/// What the heartbeat and the run share.
#[derive(Debug)]
struct Held {
    wanted: Wanted,
    key: String,
    entry: Entry,
    confirmed: Mutex<Stamp>,
    /// Why it is lost.
    lost: watch::Sender<Option<String>>,
}

/// A moment by both clocks: one of them stands still while the machine sleeps.
#[derive(Clone, Copy, Debug)]
struct Stamp {
    instant: Instant,
    wall: SystemTime,
}

impl Stamp {
    fn now() -> Self {
        Self { instant: clock::instant(), wall: clock::now() }
    }

    fn age(self) -> Duration {
        let by_wall = clock::now().duration_since(self.wall).unwrap_or_default();
        self.instant.elapsed().max(by_wall)
    }
}

/// A confirmation that is younger than this is as good as a new one.
const FRESH: Duration = Duration::from_secs(3);

/// How long giving the lock back may take.
const FAREWELL: Duration = Duration::from_secs(10);

/// How often a write is tried again because others wrote meanwhile.
const ATTEMPTS: u32 = 12;

impl RunLock {
    /// Takes the lock, or says who holds it. Requests run on the stores' own thread; any other may wait for this.
    ///
    /// # Errors
    /// When it is held, or the store cannot tell.
    pub fn take(wanted: Wanted, stores: &Arc<Stores>) -> Result<Self, RunLockError> {
        let token = random::uuid().map_err(|_| RunLockError::Random)?;
        let entry = Entry {
            token,
            root: wanted.root.clone(),
            who: wanted.who.clone(),
            command: wanted.command.clone(),
            since: rfc3339(clock::now()),
            until: String::new(),
        };
        let key = format!("{}.terrace/run-lock.json", wanted.store.key());
        let (lost, _) = watch::channel(None);
        let held = Arc::new(Held { wanted, key, entry, confirmed: Mutex::new(Stamp::now()), lost });
        let work = Arc::clone(&held);
        stores.wait(async move { work.enter().await }).unwrap_or(Err(RunLockError::Died))?;
        let beat = stores.handle().spawn(Arc::clone(&held).keep());
        Ok(Self { held, beat, stores: Arc::clone(stores) })
    }

    /// Whether the lock is still ours; asked before each child that changes anything.
    ///
    /// # Errors
    /// Why it is not.
    pub async fn check(&self) -> Result<(), String> {
        if self.held.is_fresh() {
            return self.held.verdict();
        }
        let held = Arc::clone(&self.held);
        // What it found is in the verdict; an unreachable store is no loss before the time is over.
        let _ = self.stores.handle().spawn(async move { held.renew().await }).await;
        self.held.verdict()
    }

    /// Hears of the loss of the lock.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Option<String>> {
        self.held.lost.subscribe()
    }

    /// Gives the lock back; blocks, but not for long.
    ///
    /// # Errors
    /// When the store does not take it back; it is then over by itself after a while.
    pub fn release(&self) -> Result<(), RunLockError> {
        self.beat.abort();
        let held = Arc::clone(&self.held);
        let leaving = async move {
            let left = tokio::time::timeout(FAREWELL, held.leave()).await;
            left.unwrap_or_else(|_| Err(RunLockError::Silent { place: held.place() }))
        };
        self.stores.wait(leaving).unwrap_or(Err(RunLockError::Died))
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        self.beat.abort();
    }
}

/// What was read: the roll, what a write of it must find, and the store's time.
struct Read {
    roll: Roll,
    condition: Condition,
    now: SystemTime,
    /// Whether that time is the store's own.
    is_theirs: bool,
}

impl Held {
    fn place(&self) -> String {
        self.wanted.store.objects().address(&self.key)
    }

    async fn read(&self) -> Result<Read, RunLockError> {
        let found = read_whole(self.wanted.store.objects(), &self.key, Class::Lock).await?;
        let estate = &self.wanted.estate;
        let Some(Object { body, seen }) = found else {
            let (roll, condition) = (Roll::empty(estate), Condition::Absent);
            return Ok(Read { roll, condition, now: clock::now(), is_theirs: false });
        };
        let roll = Roll::parse(&body, estate)
            .map_err(|source| RunLockError::Roll { place: self.place(), source })?;
        let condition = Condition::Unchanged(seen.tag);
        Ok(Read { roll, condition, now: seen.now.unwrap_or_else(clock::now), is_theirs: seen.now.is_some() })
    }

    async fn write(&self, roll: &Roll, condition: &Condition) -> Result<Tag, StoreError> {
        let body = Bytes::from(roll.to_json());
        self.wanted.store.objects().put(&self.key, Class::Lock, body, condition).await
    }

    async fn enter(&self) -> Result<(), RunLockError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let read = match self.read().await {
                Err(RunLockError::Store(error)) if error.may_pass() && attempt + 1 < ATTEMPTS / 2 => continue,
                read => read?,
            };
            if read.roll.find(&self.entry.token).is_some() {
                // An earlier attempt arrived, though its answer did not.
                return self.renew().await;
            }
            if let Some(other) = read.roll.holder(&self.wanted.root, read.now) {
                return Err(RunLockError::Held(Box::new(other.clone())));
            }
            let started = Stamp::now();
            match self
                .write(&read.roll.with(&self.entry, (read.now, self.wanted.life)), &read.condition)
                .await
            {
                Ok(_) if read.is_theirs => {
                    self.confirm(started);
                    return Ok(());
                }
                // Written by our own clock; once more by theirs.
                Ok(_) => return self.renew().await,
                Err(StoreError::Changed { .. }) => {}
                Err(error) if error.may_pass() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RunLockError::Busy { place: self.place() })
    }

    /// Makes it last longer. That somebody else's note stands in its place is a loss; that the store does not answer is
    /// none, until the time is over.
    async fn renew(&self) -> Result<(), RunLockError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let started = Stamp::now();
            let read = self.read().await?;
            if read.roll.find(&self.entry.token).is_none() {
                let by = read.roll.holder(&self.wanted.root, read.now);
                let by =
                    by.map_or_else(String::new, |entry| format!(", and {} holds it now", describe(entry)));
                self.lose(format!("it was taken from this run{by}"));
                return Ok(());
            }
            let roll = read.roll.with(&self.entry, (read.now, self.wanted.life));
            match self.write(&roll, &read.condition).await {
                Ok(_) => {
                    self.confirm(started);
                    return Ok(());
                }
                Err(StoreError::Changed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RunLockError::Busy { place: self.place() })
    }

    async fn leave(&self) -> Result<(), RunLockError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let read = self.read().await?;
            if read.roll.find(&self.entry.token).is_none() {
                return Ok(());
            }
            match self.write(&read.roll.without(&self.entry.token), &read.condition).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Changed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RunLockError::Busy { place: self.place() })
    }

    /// Renews again and again, until the lock is lost or this is dropped.
    async fn keep(self: Arc<Self>) {
        while self.lost.borrow().is_none() {
            tokio::time::sleep(self.wanted.life / 4).await;
            // A store that does not answer is asked again; the verdict knows how long that is good enough.
            let asked = tokio::time::timeout(self.wanted.life / 4, self.renew()).await;
            if !matches!(asked, Ok(Ok(()))) {
                let _ = self.verdict();
            }
        }
    }

    fn confirm(&self, at: Stamp) {
        *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn age(&self) -> Duration {
        self.confirmed.lock().unwrap_or_else(PoisonError::into_inner).age()
    }

    fn is_fresh(&self) -> bool {
        self.age() < FRESH.min(self.wanted.life / 8)
    }

    /// Whether it is ours, as far as we know: not taken, and confirmed within its life, with something to spare.
    fn verdict(&self) -> Result<(), String> {
        if self.age() > self.wanted.life * 3 / 4 {
            self.lose("its store has not confirmed it for too long".to_owned());
        }
        self.lost.borrow().clone().map_or(Ok(()), Err)
    }

    fn lose(&self, why: String) {
        self.lost.send_if_modified(|lost| {
            let is_news = lost.is_none();
            if is_news {
                *lost = Some(why);
            }
            is_news
        });
    }
}

/// None before the first attempt; then growing, and different for everybody.
async fn pause(attempt: u32) {
    if attempt == 0 {
        return;
    }
    let longest = 50 * (1_u64 << attempt.min(5));
    let part = random::bytes::<1>().map_or(128, |[byte]| u64::from(byte));
    tokio::time::sleep(Duration::from_millis(longest / 2 + longest * part / 512)).await;
}

/// Who holds it, in words that a terminal does not obey.
#[must_use]
pub fn describe(entry: &Entry) -> String {
    let text = |text: &str| crate::state::lock_info::escaped(text);
    format!(
        "{} (`{}` in {}, since {})",
        text(&entry.who),
        text(&entry.command),
        text(&entry.root),
        text(&entry.since)
    )
}

#[cfg(test)]
mod tests;
