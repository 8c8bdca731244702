use super::copies::{self, KEPT, Taken};
use super::history::{Keeper, editions};
use super::inventory::parse;
use super::locked::Signature;
use super::trouble::Trouble;
use super::{relocate, remove, restore};
use crate::state::memory::{MemoryObjects, MemoryStore};
use crate::state::object::{Class, Condition, Entry, Object, Objects, Seen, Sink, Tag, Version};
use crate::state::store::{Bootstrap, Locker, StateStore, Step};
use crate::state::{Holder, LockError, LockInfo, Store, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// So many more calls are answered; whoever calls then waits for ever, as if the process were killed there.
#[derive(Clone, Debug)]
struct Life(Arc<AtomicUsize>);

impl Life {
    fn of(calls: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(calls)))
    }

    async fn spend(&self) {
        let spent = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if spent.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A store in memory without versions of its own, whose user dies after some calls.
#[derive(Debug)]
struct Frail {
    store: MemoryStore,
    objects: FrailObjects,
    keeps_versions: bool,
}

#[derive(Debug)]
struct FrailObjects {
    objects: MemoryObjects,
    life: Life,
}

fn frail(objects: &MemoryObjects, key: &str, life: &Life) -> Arc<dyn Store> {
    let frail = FrailObjects { objects: objects.clone(), life: life.clone() };
    Arc::new(Frail { store: MemoryStore::new(objects.clone(), key), objects: frail, keeps_versions: false })
}

/// The same for somebody who lives.
fn sturdy(objects: &MemoryObjects, key: &str) -> Arc<dyn Store> {
    frail(objects, key, &Life::of(usize::MAX))
}

#[async_trait]
impl Objects for FrailObjects {
    fn address(&self, key: &str) -> String {
        self.objects.address(key)
    }
    async fn stream(&self, key: &str, class: Class, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        self.life.spend().await;
        self.objects.stream(key, class, sink).await
    }
    async fn put(
        &self,
        key: &str,
        class: Class,
        body: Bytes,
        condition: &Condition,
    ) -> Result<Tag, StoreError> {
        self.life.spend().await;
        self.objects.put(key, class, body, condition).await
    }
    async fn delete(&self, key: &str, tag: &Tag) -> Result<bool, StoreError> {
        self.life.spend().await;
        self.objects.delete(key, tag).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        self.life.spend().await;
        self.objects.list(prefix).await
    }
    async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        self.life.spend().await;
        self.objects.versions(key).await
    }
    async fn read_version(&self, key: &str, version: &str) -> Result<Bytes, StoreError> {
        self.life.spend().await;
        self.objects.read_version(key, version).await
    }
}

#[async_trait]
impl StateStore for Frail {
    fn backend(&self) -> &'static str {
        "memory"
    }
    fn address(&self) -> String {
        self.store.address()
    }
    fn key(&self) -> &str {
        self.store.key()
    }
    fn objects(&self) -> &dyn Objects {
        &self.objects
    }
    async fn read(&self) -> Result<Option<Object>, StoreError> {
        self.objects.life.spend().await;
        self.store.read().await
    }
    async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        self.objects.life.spend().await;
        self.store.read_front(sink).await
    }
    async fn write(&self, body: Bytes, condition: &Condition, lock: &Holder) -> Result<Tag, StoreError> {
        self.objects.life.spend().await;
        assert!(self.store.holders().await.unwrap().iter().any(|held| held.id == lock.id));
        self.store.write(body, condition, lock).await
    }
    async fn delete(&self, tag: &Tag, lock: &Holder) -> Result<(), StoreError> {
        self.objects.life.spend().await;
        assert!(self.store.holders().await.unwrap().iter().any(|held| held.id == lock.id));
        self.store.delete(tag, lock).await
    }
    async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        self.objects.life.spend().await;
        let versions = self.store.versions().await?;
        Ok(versions.into_iter().filter(|version| version.is_current || self.keeps_versions).collect())
    }
    async fn read_version(&self, version: &str) -> Result<Bytes, StoreError> {
        self.objects.life.spend().await;
        self.store.read_version(version).await
    }
}

#[async_trait]
impl Locker for Frail {
    async fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError> {
        self.objects.life.spend().await;
        self.store.acquire(info).await
    }
    async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        self.objects.life.spend().await;
        self.store.holders().await
    }
    async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        self.objects.life.spend().await;
        self.store.release(seen).await
    }
}

#[async_trait]
impl Bootstrap for Frail {
    fn container(&self) -> String {
        "memory".to_owned()
    }
    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        Ok(Vec::new())
    }
    async fn carry_out(&self, _: &Step) -> Result<(), StoreError> {
        Ok(())
    }
    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        self.objects.life.spend().await;
        Ok(self.keeps_versions)
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Whether the work came to its end before its worker died.
fn survives(future: impl Future<Output = Result<(), Trouble>>) -> bool {
    run(async { tokio::time::timeout(Duration::from_millis(20), future).await }).is_ok_and(|done| {
        done.unwrap();
        true
    })
}

fn state(serial: u64, resource: &str) -> String {
    format!(
        "{{\"version\": 4, \"serial\": {serial}, \"lineage\": \"l\", \"outputs\": {{}}, \"resources\": [{{\"mode\": \"managed\", \
         \"type\": \"t\", \"name\": \"{resource}\", \"instances\": [{{\"attributes\": {{}}}}]}}]}}"
    )
}

fn me() -> Signature {
    Signature { who: "me@here".to_owned() }
}

/// Overwrites the state as a terraform elsewhere would.
async fn put(store: &Arc<dyn Store>, text: &str) {
    let seen = store.read().await.unwrap();
    let condition = seen.map_or(Condition::Absent, |object| Condition::Unchanged(object.seen.tag));
    let held = store.acquire(&LockInfo { id: "terraform".to_owned(), ..LockInfo::default() }).await.unwrap();
    store.write(Bytes::from(text.to_owned()), &condition, &held[0]).await.unwrap();
    store.release(&held[0]).await.unwrap();
}

/// A state of serial 2 with a copy of serial 1; the copy's name.
fn with_history(objects: &MemoryObjects, key: &str) -> String {
    let store = sturdy(objects, key);
    run(async {
        put(&store, &state(1, "old")).await;
        let Taken::Copied(name) = copies::take(&*store).await.unwrap() else { panic!("a copy") };
        put(&store, &state(2, "new")).await;
        name
    })
}

fn serial_and_name(objects: &MemoryObjects, key: &str) -> Option<(u64, String)> {
    let object = run(sturdy(objects, key).read()).unwrap()?;
    let found = parse(&object.body).unwrap().unwrap();
    Some((found.serial, found.resources.keys().next().unwrap().clone()))
}

async fn free(store: &Arc<dyn Store>) {
    for holder in store.holders().await.unwrap() {
        assert!(holder.who().starts_with("me@here (state-"), "the lock says who died");
        store.release(&holder).await.unwrap();
    }
}

#[test]
fn copies_are_bounded_and_say_what_they_are() {
    let objects = MemoryObjects::default();
    let store = sturdy(&objects, "a.tfstate");
    run(async {
        assert_eq!(copies::take(&*store).await.unwrap(), Taken::Nothing);
        for serial in 1..=KEPT as u64 + 3 {
            put(&store, &state(serial, "x")).await;
            assert!(matches!(copies::take(&*store).await.unwrap(), Taken::Copied(_)));
            assert_eq!(copies::take(&*store).await.unwrap(), Taken::Known);
        }
        let kept = copies::list(&*store).await.unwrap();
        assert_eq!(kept.len(), KEPT);
        assert!(kept.iter().all(|copy| copy.entry.key.starts_with("a.tfstate.terrace/")), "{kept:?}");
        assert!(
            kept.iter().all(|copy| !copy.name.ends_with(".tfstate")),
            "no backend lists it as a workspace"
        );
        let editions = editions(&store, 4).await.unwrap();
        assert_eq!(editions.len(), 4);
        assert!(editions[0].is_current && editions[1].keeper == Keeper::Copy);
        assert_eq!(editions[0].said.as_ref().unwrap().resources, 1);
    });
}

#[test]
fn a_version_comes_back_on_top() {
    let objects = MemoryObjects::default();
    let version = with_history(&objects, "a");
    let store = sturdy(&objects, "a");
    run(async {
        let plan = restore::plan(&store, &version).await.unwrap();
        assert_eq!((plan.serial, plan.differences.len()), (3, 2));
        restore::carry_out(&store, &plan, &me()).await.unwrap();
        assert!(store.holders().await.unwrap().is_empty());
        // What it replaced can be had back.
        assert_eq!(copies::list(&*store).await.unwrap().iter().map(|copy| copy.serial).max(), Some(2));
        assert!(matches!(restore::carry_out(&store, &plan, &me()).await, Err(Trouble::Overtaken { .. })));
        assert!(store.holders().await.unwrap().is_empty());
        assert!(matches!(restore::plan(&store, "nope").await, Err(Trouble::NoVersion { .. })));
        let foreign = state(9, "x").replace("\"l\"", "\"other\"");
        put(&store, &foreign).await;
        assert!(matches!(restore::plan(&store, &version).await, Err(Trouble::Foreign { .. })));
    });
}

#[test]
fn a_torn_state_is_restored_and_an_encrypted_one_is_not() {
    let objects = MemoryObjects::default();
    let version = with_history(&objects, "a");
    let store = sturdy(&objects, "a");
    run(async {
        put(&store, &state(7, "new")[..60]).await;
        let plan = restore::plan(&store, &version).await.unwrap();
        assert!(plan.torn.is_some() && plan.serial == 8, "{plan:?}");
        restore::carry_out(&store, &plan, &me()).await.unwrap();
        put(&store, r#"{"serial": 9, "lineage": "l", "encrypted_data": "x", "encryption_version": "v0"}"#)
            .await;
        assert!(matches!(restore::plan(&store, &version).await, Err(Trouble::NotAState { .. })));
    });
}

#[test]
fn no_serial_comes_twice_after_a_state_is_gone() {
    for is_torn in [false, true] {
        let objects = MemoryObjects::default();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(objects.clone(), "a"));
        run(async {
            put(&store, &state(1, "old")).await;
            let first = store.versions().await.unwrap()[0].id.clone();
            put(&store, &state(5, "new")).await;
            if is_torn {
                put(&store, "{").await;
            } else {
                let seen = store.read().await.unwrap().unwrap().seen;
                objects.delete("a", &seen.tag).await.unwrap();
            }
            let plan = restore::plan(&store, &first).await.unwrap();
            restore::carry_out(&store, &plan, &me()).await.unwrap();
        });
        assert_eq!(serial_and_name(&objects, "a"), Some((6, "t.old".to_owned())));
    }
}

#[test]
fn a_restore_waits_for_nobody() {
    let objects = MemoryObjects::default();
    let version = with_history(&objects, "a");
    let store = sturdy(&objects, "a");
    run(async {
        let plan = restore::plan(&store, &version).await.unwrap();
        store.acquire(&LockInfo { id: "x".to_owned(), ..LockInfo::default() }).await.unwrap();
        let refused = restore::carry_out(&store, &plan, &me()).await;
        assert!(matches!(refused, Err(Trouble::Lock(LockError::Held(_)))));
    });
    assert_eq!(serial_and_name(&objects, "a"), Some((2, "t.new".to_owned())));
}

#[test]
fn a_restore_that_is_killed_anywhere_leaves_a_whole_state() {
    let mut calls = 0;
    loop {
        let objects = MemoryObjects::default();
        let version = with_history(&objects, "a");
        let plan = run(restore::plan(&sturdy(&objects, "a"), &version)).unwrap();
        let life = Life::of(calls);
        let store = frail(&objects, "a", &life);
        let done = survives(restore::carry_out(&store, &plan, &me()));
        let now = serial_and_name(&objects, "a").unwrap();
        let (before, after) = ((2, "t.new".to_owned()), (3, "t.old".to_owned()));
        assert!(now == before || now == after, "killed after {calls} calls: {now:?}");
        if done {
            assert_eq!(now, after);
            assert!(calls > 4, "it takes more steps than that");
            break;
        }
        // Somebody sees the lock, lets go of it and does it again.
        let sturdy = sturdy(&objects, "a");
        run(async {
            free(&sturdy).await;
            let plan = restore::plan(&sturdy, &version).await.unwrap();
            restore::carry_out(&sturdy, &plan, &me()).await.unwrap();
        });
        assert_eq!(serial_and_name(&objects, "a").unwrap().1, "t.old");
        calls += 1;
    }
}

#[test]
fn a_delete_that_is_killed_anywhere_loses_nothing() {
    let mut calls = 0;
    loop {
        let objects = MemoryObjects::default();
        run(put(&sturdy(&objects, "a"), &state(5, "x")));
        let doomed = run(remove::look(&sturdy(&objects, "a"))).unwrap().unwrap();
        assert_eq!(doomed.resources, Some(1));
        assert!(doomed.objection().unwrap().contains("1 resource"));
        let store = frail(&objects, "a", &Life::of(calls));
        let done = survives(remove::carry_out(&store, &doomed, &me()));
        let sturdy = sturdy(&objects, "a");
        if serial_and_name(&objects, "a").is_none() {
            // It comes back from the copy.
            run(async {
                free(&sturdy).await;
                let name = copies::list(&*sturdy).await.unwrap().remove(0).name;
                let plan = restore::plan(&sturdy, &name).await.unwrap();
                restore::carry_out(&sturdy, &plan, &me()).await.unwrap();
            });
        }
        assert!(serial_and_name(&objects, "a").is_some_and(|(serial, _)| serial >= 5));
        if done {
            break;
        }
        calls += 1;
    }
}

#[test]
fn a_move_that_is_killed_anywhere_leaves_the_state_at_one_end_at_least() {
    let mut calls = 0;
    loop {
        let objects = MemoryObjects::default();
        run(put(&sturdy(&objects, "from"), &state(5, "x")));
        let life = Life::of(usize::MAX);
        let plan = run(relocate::look(frail(&objects, "from", &life), frail(&objects, "to", &life))).unwrap();
        life.0.store(calls, Ordering::Relaxed);
        let done = survives(relocate::carry_out(&plan, &me()));
        let ends = (serial_and_name(&objects, "from"), serial_and_name(&objects, "to"));
        let whole = Some((5, "t.x".to_owned()));
        assert!(ends.0 == whole || ends.1 == whole, "killed after {calls} calls: {ends:?}");
        if done {
            assert_eq!(ends, (None, whole));
            break;
        }
        calls += 1;
    }
}

#[test]
fn a_move_never_writes_over_a_state() {
    let objects = MemoryObjects::default();
    let (from, to) = (sturdy(&objects, "from"), sturdy(&objects, "to"));
    run(async {
        let empty = relocate::look(from.clone(), to.clone()).await;
        assert!(matches!(empty, Err(Trouble::NoState { .. })));
        put(&from, &state(5, "x")).await;
        assert!(matches!(relocate::look(from.clone(), from.clone()).await, Err(Trouble::Same(_))));
        let plan = relocate::look(from.clone(), to.clone()).await.unwrap();
        put(&to, &state(1, "y")).await;
        assert!(matches!(relocate::carry_out(&plan, &me()).await, Err(Trouble::Occupied { .. })));
        assert!(from.holders().await.unwrap().is_empty() && to.holders().await.unwrap().is_empty());
    });
    assert_eq!(serial_and_name(&objects, "from"), Some((5, "t.x".to_owned())));
}
