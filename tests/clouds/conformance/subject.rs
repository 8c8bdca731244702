//! A store under examination: clients of one state, each on a line of its own that can be disturbed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use terrace::host::http::Patience;
use terrace::state::object::{Condition, Object, Tag};
use terrace::state::{Holder, LockError, LockInfo, Store, StoreError, Stores};

use crate::emulators::Latch;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    ReadState,
    WriteState,
    TakeLock,
    FreeLock,
}

/// What happens to it.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The store hears nothing, and says that it is broken.
    Broken,
    /// The store hears nothing, and wants fewer requests.
    Throttled,
    /// The store hears nothing, and the credentials are too old for it.
    Expired,
    /// The store hears nothing, and does not let us.
    Denied,
    /// The store hears nothing, and the connection is reset.
    Reset,
    /// The store hears nothing, and neither do we.
    Silence,
    /// Half of what we send is taken, then the connection is reset.
    HalfSent,
    /// The store answers, and half of it arrives.
    HalfHeard,
    /// The store does it and says that it is broken.
    DoneAndBroken,
    /// The store does it, and the connection is reset.
    DoneAndReset,
    /// It waits for the test.
    Hold(Latch),
}

/// Between a client and the store.
pub trait Line: Send + Sync {
    /// Disturbs so many requests of this kind; what was asked for before comes first.
    fn disturb(&self, target: Target, times: usize, trouble: Trouble);

    /// How many requests of this kind came by.
    fn count(&self, target: Target) -> usize;
}

/// One client: its own connections, its own line.
pub struct Client {
    pub store: Arc<dyn Store>,
    pub line: Option<Box<dyn Line>>,
    stores: Arc<Stores>,
}

/// A server that is silent for longer is not waited for.
pub const SILENCE: Duration = Duration::from_secs(3);

/// What opens stores for a client.
pub fn stores() -> Arc<Stores> {
    let patience = Patience { connect: Duration::from_secs(5), silence: SILENCE };
    Arc::new(Stores::with_patience(patience).expect("a thread for requests"))
}

impl Client {
    pub fn new(stores: Arc<Stores>, store: Arc<dyn Store>, line: Option<Box<dyn Line>>) -> Self {
        Self { store, line, stores }
    }

    /// Waits for a question to the store.
    pub fn wait<T>(&self, question: impl Future<Output = T>) -> T {
        self.stores.handle().block_on(question)
    }

    pub fn read(&self) -> Result<Option<Object>, StoreError> {
        self.wait(self.store.read())
    }

    /// The content; nothing is as good as an empty one, which a lock may have made.
    pub fn content(&self) -> String {
        let object = self.read().expect("it is read");
        object.map(|object| String::from_utf8_lossy(&object.body).into_owned()).unwrap_or_default()
    }

    pub fn write(&self, body: &str, condition: &Condition, lock: &Holder) -> Result<Tag, StoreError> {
        self.wait(self.store.write(Bytes::copy_from_slice(body.as_bytes()), condition, lock))
    }

    /// Writes over whatever is there.
    pub fn overwrite(&self, body: &str, lock: &Holder) -> Result<Tag, StoreError> {
        self.write(body, &self.now(), lock)
    }

    /// What holds now.
    pub fn now(&self) -> Condition {
        match self.read().expect("it is read") {
            Some(object) => Condition::Unchanged(object.seen.tag),
            None => Condition::Absent,
        }
    }

    pub fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError> {
        self.wait(self.store.acquire(info))
    }

    /// Takes the lock, which is free.
    pub fn lock(&self, who: &str) -> Holder {
        self.acquire(&info(who)).expect("the lock is free").remove(0)
    }

    pub fn release(&self, seen: &Holder) -> Result<(), LockError> {
        self.wait(self.store.release(seen))
    }

    pub fn holders(&self) -> Vec<Holder> {
        self.wait(self.store.holders()).expect("the lock is looked at")
    }

    /// The name of the only holder.
    pub fn holder_name(&self) -> Option<String> {
        self.holders().pop()?.info.map(|info| info.who)
    }

    pub fn disturb(&self, target: Target, times: usize, trouble: Trouble) {
        self.line.as_ref().expect("a line").disturb(target, times, trouble);
    }

    pub fn count(&self, target: Target) -> usize {
        self.line.as_ref().expect("a line").count(target)
    }
}

/// A lock's text as a tool would write it, with an id of its own.
pub fn info(who: &str) -> LockInfo {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    LockInfo {
        id: format!("{count:08x}-0000-4000-8000-000000000000"),
        operation: "OperationTypeApply".to_owned(),
        info: "a <note> & more".to_owned(),
        who: who.to_owned(),
        version: "1.11.4".to_owned(),
        created: "2026-11-23T11:49:46.756847794Z".to_owned(),
        path: String::new(),
    }
}

/// A kind of store: gives clients of one state that nobody has used.
pub trait Subject: Sync {
    /// The same state each time, by another client.
    fn client(&self) -> Client;

    /// A client of a state in a container that does not exist, where there is such a thing.
    fn lost_client(&self) -> Option<Client> {
        None
    }

    /// Whether two clients may write under one lock: a lock of the operating system is one process's alone.
    fn shares_locks(&self) -> bool {
        true
    }
}
