//! Two runs and one store: who gets the lock, keeps it, loses it.

use super::roll::Roll;
use super::{RunLock, RunLockError, Wanted};
use crate::state::Stores;
use crate::state::memory::{MemoryObjects, MemoryStore};
use crate::state::object::{Class, Condition, Objects, read_whole};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "lock.terrace/run-lock.json";

fn wanted(objects: &MemoryObjects, root: &str, life: Duration) -> Wanted {
    Wanted {
        store: Arc::new(MemoryStore::new(objects.clone(), "lock")),
        estate: "e".to_owned(),
        root: root.to_owned(),
        who: format!("me-{root}"),
        command: "apply".to_owned(),
        life,
    }
}

const LONG: Duration = Duration::from_secs(60);

fn take(stores: &Stores, wanted: Wanted) -> Result<RunLock, RunLockError> {
    stores.wait(RunLock::take(wanted, stores.handle())).unwrap()
}

fn check(stores: &Stores, lock: &Arc<RunLock>) -> Result<(), String> {
    let lock = Arc::clone(lock);
    stores.wait(async move { lock.check().await }).unwrap()
}

/// Puts another text in the place of the lock, whatever stands there.
fn overwrite(stores: &Stores, objects: &MemoryObjects, text: &str) {
    let (objects, body) = (objects.clone(), Bytes::from(text.to_owned()));
    stores
        .wait(async move {
            let seen = read_whole(&objects, KEY, Class::Lock).await.unwrap().unwrap().seen;
            objects.put(KEY, Class::Lock, body, &Condition::Unchanged(seen.tag)).await.unwrap();
        })
        .unwrap();
}

#[test]
fn one_part_is_held_by_one_run() {
    let (stores, objects) = (Stores::new().unwrap(), MemoryObjects::default());
    let first = Arc::new(take(&stores, wanted(&objects, "live/dev", LONG)).unwrap());
    for root in ["live/dev", "live", "live/dev/app", ""] {
        match take(&stores, wanted(&objects, root, LONG)) {
            Err(RunLockError::Held(entry)) => assert_eq!(entry.who, "me-live/dev"),
            other => panic!("{root}: {other:?}"),
        }
    }
    let neighbour = Arc::new(take(&stores, wanted(&objects, "live/prod", LONG)).unwrap());
    assert!(check(&stores, &first).is_ok() && check(&stores, &neighbour).is_ok());
    first.release().unwrap();
    neighbour.release().unwrap();
    take(&stores, wanted(&objects, ".", LONG)).unwrap();
}

#[test]
fn of_many_that_begin_at_once_one_gets_it() {
    let (stores, objects) = (Stores::new().unwrap(), MemoryObjects::default());
    let taken: Vec<bool> = std::thread::scope(|scope| {
        let begin = |_| {
            let (stores, objects) = (&stores, &objects);
            scope.spawn(move || take(stores, wanted(objects, "live", LONG)).map(std::mem::forget).is_ok())
        };
        let all: Vec<_> = (0..8).map(begin).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
}

#[test]
fn a_lock_lives_as_long_as_its_run_and_not_much_longer() {
    let (stores, objects) = (Stores::new().unwrap(), MemoryObjects::default());
    let life = Duration::from_millis(400);
    let first = Arc::new(take(&stores, wanted(&objects, "live", life)).unwrap());
    std::thread::sleep(life * 2);
    assert!(
        matches!(take(&stores, wanted(&objects, "live", life)), Err(RunLockError::Held(_))),
        "it is renewed"
    );
    assert!(check(&stores, &first).is_ok());
    drop(first);
    std::thread::sleep(life * 2);
    take(&stores, wanted(&objects, "live", life)).unwrap();
}

#[test]
fn who_was_struck_out_hears_of_it() {
    let (stores, objects) = (Stores::new().unwrap(), MemoryObjects::default());
    let life = Duration::from_millis(400);
    let lock = Arc::new(take(&stores, wanted(&objects, "live", life)).unwrap());
    let mut lost = lock.watch();
    overwrite(&stores, &objects, &Roll::empty("e").to_json());
    let heard = stores.wait(async move {
        tokio::time::timeout(Duration::from_secs(5), lost.wait_for(Option::is_some)).await.is_ok()
    });
    assert_eq!(heard, Some(true), "by the heartbeat");
    assert!(check(&stores, &lock).unwrap_err().contains("taken from this run"));
    lock.release().unwrap();
}

#[test]
fn a_note_of_somebody_else_is_never_overwritten() {
    let (stores, objects) = (Stores::new().unwrap(), MemoryObjects::default());
    drop(take(&stores, wanted(&objects, "live", LONG)).unwrap());
    for text in [r#"{"version":2}"#, "hello", &Roll::empty("other").to_json()] {
        overwrite(&stores, &objects, text);
        let error = take(&stores, wanted(&objects, "live", LONG)).unwrap_err();
        assert!(matches!(error, RunLockError::Roll { .. }), "{error}");
    }
}
