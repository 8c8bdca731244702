//! The store in memory on a line that can be disturbed: the contracts as they were meant.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use terrace::state::StoreError;
use terrace::state::memory::{MemoryObjects, MemoryStore};
use terrace::state::object::{
    Appetite, Class, Condition, Entry, Objects, Seen, Sink, Tag, Version, read_whole,
};
use terrace::state::retry::Retry;

use super::subject::{Client, Line, Subject, Target, Trouble, stores};

const KEY: &str = "team/state.tfstate";
const LOCK: &str = "team/state.tfstate.tflock";

/// What will happen, and what came by.
#[derive(Debug, Default)]
struct Script {
    troubles: Vec<(Target, usize, Trouble)>,
    seen: Vec<Target>,
    /// The end of the last attempt to write a state is not known.
    is_in_doubt: bool,
}

/// What a store does that none may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// Deletes whatever is there now.
    DeletesAnything,
    /// Writing a state empties what its lock says.
    LosesWhatTheLockSays,
    /// After an attempt whose end is not known it writes over whatever is there now.
    RepeatsBlindly,
}

/// Objects at the other end of a line.
#[derive(Clone, Debug)]
pub struct FarObjects {
    objects: MemoryObjects,
    script: Arc<Mutex<Script>>,
    flaw: Flaw,
}

impl FarObjects {
    /// The same objects by another line.
    fn before(objects: MemoryObjects, flaw: Flaw) -> Self {
        Self { objects, script: Arc::default(), flaw }
    }

    async fn erase(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        let present = read_whole(&self.objects, key, Class::Lock).await?.map(|object| object.seen.tag);
        let tag = if self.flaw == Flaw::DeletesAnything { present.as_ref().unwrap_or(tag) } else { tag };
        self.objects.delete(key, tag).await
    }

    async fn put_plainly(
        &self,
        (key, class): (&str, Class),
        body: Bytes,
        condition: &Condition,
    ) -> Result<Tag, StoreError> {
        let target = if class == Class::Lock { Target::TakeLock } else { Target::WriteState };
        match fate(self.next(target)) {
            Fate::Lost(error) => Err(error),
            Fate::Fine | Fate::HalfHeard => self.objects.put(key, class, body, condition).await,
            Fate::DoneBut(error) => {
                self.objects.put(key, class, body, condition).await?;
                Err(error)
            }
        }
    }

    async fn empty_the_lock(&self) -> Result<(), StoreError> {
        let Some(lock) = read_whole(&self.objects, LOCK, Class::Lock).await? else { return Ok(()) };
        let unchanged = Condition::Unchanged(lock.seen.tag);
        self.objects.put(LOCK, Class::Lock, Bytes::new(), &unchanged).await.map(drop)
    }

    /// Whoever repeats blindly takes whatever is there now for what was meant.
    async fn condition_of_a_state(&self, key: &str, meant: &Condition) -> Result<Condition, StoreError> {
        let is_in_doubt = self.script.lock().expect("the script").is_in_doubt;
        if self.flaw != Flaw::RepeatsBlindly || !is_in_doubt {
            return Ok(meant.clone());
        }
        let present = read_whole(self, key, Class::State).await?;
        Ok(present.map_or(Condition::Absent, |object| Condition::Unchanged(object.seen.tag)))
    }

    fn next(&self, target: Target) -> Option<Trouble> {
        let mut script = self.script.lock().expect("the script");
        script.seen.push(target);
        let line = script.troubles.iter_mut().find(|(on, times, _)| *on == target && *times > 0)?;
        line.1 -= 1;
        Some(line.2.clone())
    }
}

/// How a request fares.
enum Fate {
    Fine,
    Lost(StoreError),
    /// The store does it, and we hear this.
    DoneBut(StoreError),
    HalfHeard,
}

fn fate(trouble: Option<Trouble>) -> Fate {
    let (place, said) = ("memory://far".to_owned(), "it was disturbed".to_owned());
    let broken = StoreError::Unavailable { place: place.clone(), said: said.clone() };
    match trouble {
        None => Fate::Fine,
        Some(Trouble::Hold(latch)) => {
            latch.wait();
            Fate::Fine
        }
        Some(Trouble::Expired) => Fate::Lost(StoreError::Expired { place, said }),
        Some(Trouble::Denied) => Fate::Lost(StoreError::Denied { place, said }),
        Some(Trouble::DoneAndBroken | Trouble::DoneAndReset) => Fate::DoneBut(broken),
        Some(Trouble::HalfHeard) => Fate::HalfHeard,
        Some(
            Trouble::Broken | Trouble::Throttled | Trouble::Reset | Trouble::Silence | Trouble::HalfSent,
        ) => Fate::Lost(broken),
    }
}

impl Line for FarObjects {
    fn disturb(&self, target: Target, times: usize, trouble: Trouble) {
        self.script.lock().expect("the script").troubles.push((target, times, trouble));
    }

    fn count(&self, target: Target) -> usize {
        self.script.lock().expect("the script").seen.iter().filter(|seen| **seen == target).count()
    }
}

#[async_trait]
impl Objects for FarObjects {
    fn address(&self, key: &str) -> String {
        self.objects.address(key)
    }

    async fn stream(&self, key: &str, class: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        if class == Class::Lock {
            return self.objects.stream(key, class, sink).await;
        }
        match fate(self.next(Target::ReadState)) {
            Fate::Lost(error) | Fate::DoneBut(error) => Err(error),
            Fate::Fine => self.objects.stream(key, class, sink).await,
            Fate::HalfHeard => {
                let whole = read_whole(&self.objects, key, class).await?;
                let body = whole.map(|object| object.body).unwrap_or_default();
                match sink.take(&body[..body.len() / 2]) {
                    Appetite::Full => self.objects.stream(key, class, sink).await,
                    Appetite::Hungry => {
                        let said = "it ends early".to_owned();
                        Err(StoreError::Unavailable { place: self.address(key), said })
                    }
                }
            }
        }
    }

    async fn put(
        &self,
        key: &str,
        class: Class,
        body: Bytes,
        condition: &Condition,
    ) -> Result<Tag, StoreError> {
        if class == Class::Lock {
            return self.put_plainly((key, class), body, condition).await;
        }
        if self.flaw == Flaw::LosesWhatTheLockSays {
            self.empty_the_lock().await?;
        }
        let condition = self.condition_of_a_state(key, condition).await?;
        let answer = self.put_plainly((key, class), body, &condition).await;
        let is_in_doubt = matches!(&answer, Err(error) if error.may_pass());
        self.script.lock().expect("the script").is_in_doubt = is_in_doubt;
        answer
    }

    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        if key != LOCK {
            return self.erase(key, tag).await;
        }
        match fate(self.next(Target::FreeLock)) {
            Fate::Lost(error) => Err(error),
            Fate::Fine | Fate::HalfHeard => self.erase(key, tag).await,
            Fate::DoneBut(error) => {
                self.erase(key, tag).await?;
                Err(error)
            }
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        self.objects.list(prefix).await
    }

    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        self.objects.versions(key).await
    }

    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError> {
        self.objects.read_version(key, version).await
    }
}

/// A state in memory.
pub struct Memory {
    objects: MemoryObjects,
    flaw: Flaw,
}

impl Memory {
    pub fn new(flaw: Flaw) -> Self {
        Self { objects: MemoryObjects::default(), flaw }
    }
}

impl Subject for Memory {
    fn client(&self) -> Client {
        let objects = FarObjects::before(self.objects.clone(), self.flaw);
        let retry = Retry { pause: Duration::from_millis(10), ..Retry::default() };
        let store = Arc::new(MemoryStore::over(objects.clone(), KEY, retry));
        Client::new(stores(), store, Some(Box::new(objects)))
    }
}
