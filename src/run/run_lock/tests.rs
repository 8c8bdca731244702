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
    let (stores, objects) = (Arc::new(Stores::new().unwrap()), MemoryObjects::default());
    let first = Arc::new(RunLock::take(wanted(&objects, "live/dev", LONG), &stores).unwrap());
    for root in ["live/dev", "live", "live/dev/app", ""] {
        match RunLock::take(wanted(&objects, root, LONG), &stores) {
            Err(RunLockError::Held(entry)) => assert_eq!(entry.who, "me-live/dev"),
            other => panic!("{root}: {other:?}"),
        }
    }
    let neighbour = Arc::new(RunLock::take(wanted(&objects, "live/prod", LONG), &stores).unwrap());
    assert!(check(&stores, &first).is_ok() && check(&stores, &neighbour).is_ok());
    first.release().unwrap();
    neighbour.release().unwrap();
    RunLock::take(wanted(&objects, ".", LONG), &stores).unwrap();
}

#[test]
fn of_many_that_begin_at_once_one_gets_it() {
    let (stores, objects) = (Arc::new(Stores::new().unwrap()), MemoryObjects::default());
    let taken: Vec<bool> = std::thread::scope(|scope| {
        let begin = |_| {
            let (stores, objects) = (&stores, &objects);
            scope.spawn(move || {
                RunLock::take(wanted(objects, "live", LONG), stores).map(std::mem::forget).is_ok()
            })
        };
        let all: Vec<_> = (0..8).map(begin).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
}

#[test]
fn a_lock_lives_as_long_as_its_run_and_not_much_longer() {
    let (stores, objects) = (Arc::new(Stores::new().unwrap()), MemoryObjects::default());
    let life = Duration::from_millis(400);
    let first = Arc::new(RunLock::take(wanted(&objects, "live", life), &stores).unwrap());
    std::thread::sleep(life * 2);
    assert!(
        matches!(RunLock::take(wanted(&objects, "live", life), &stores), Err(RunLockError::Held(_))),
        "it is renewed"
    );
    assert!(check(&stores, &first).is_ok());
    drop(first);
    std::thread::sleep(life * 2);
    RunLock::take(wanted(&objects, "live", life), &stores).unwrap();
}

#[test]
fn who_was_struck_out_hears_of_it() {
    let (stores, objects) = (Arc::new(Stores::new().unwrap()), MemoryObjects::default());
    let life = Duration::from_millis(400);
    let lock = Arc::new(RunLock::take(wanted(&objects, "live", life), &stores).unwrap());
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
    let (stores, objects) = (Arc::new(Stores::new().unwrap()), MemoryObjects::default());
    drop(RunLock::take(wanted(&objects, "live", LONG), &stores).unwrap());
    for text in [r#"{"version":2}"#, "hello", &Roll::empty("other").to_json()] {
        overwrite(&stores, &objects, text);
        let error = RunLock::take(wanted(&objects, "live", LONG), &stores).unwrap_err();
        assert!(matches!(error, RunLockError::Roll { .. }), "{error}");
    }
}
