//! The lock of a whole run on every store: one of many gets it, nested parts conflict, it is given back.

use std::sync::Arc;
use std::time::Duration;

use terrace::run::run_lock::{RunLock, RunLockError, Wanted};
use terrace::state::Store;

use crate::conformance::placed::client_of;
use crate::conformance::subject::stores;
use crate::emulators::Backend;

fn wanted(store: &Arc<dyn Store>, root: &str) -> Wanted {
    Wanted {
        store: Arc::clone(store),
        estate: "estate".to_owned(),
        root: root.to_owned(),
        who: "me@here".to_owned(),
        command: "apply".to_owned(),
        life: Duration::from_secs(20),
    }
}

fn one_run_holds_a_part(backend: Backend) {
    let Some(place) = backend.require() else { return };
    let client = client_of(place, "team/run");
    let (store, stores) = (&client.store, stores());
    let taken: Vec<RunLock> = std::thread::scope(|scope| {
        let begin = |_| scope.spawn(|| RunLock::take(wanted(store, "live/dev"), &stores));
        let all: Vec<_> = (0..4).map(begin).collect();
        all.into_iter().filter_map(|run| run.join().expect("a run").ok()).collect()
    });
    assert_eq!(taken.len(), 1, "one of many");
    match RunLock::take(wanted(store, "live"), &stores) {
        Err(RunLockError::Held(entry)) => assert_eq!((&*entry.root, &*entry.who), ("live/dev", "me@here")),
        other => panic!("{other:?}"),
    }
    let neighbour = RunLock::take(wanted(store, "live/prod"), &stores).expect("nobody has it");
    for lock in taken.iter().chain([&neighbour]) {
        assert_eq!(client.wait(lock.check()), Ok(()));
        lock.release().expect("it is given back");
    }
    RunLock::take(wanted(store, "."), &stores)
        .expect("all of it is free")
        .release()
        .expect("it is given back");
}

#[test]
fn of_a_run_on_s3() {
    one_run_holds_a_part(Backend::S3);
}

#[test]
fn of_a_run_on_azurerm() {
    one_run_holds_a_part(Backend::Azurerm);
}

#[test]
fn of_a_run_on_gcs() {
    one_run_holds_a_part(Backend::Gcs);
}

#[test]
fn of_a_run_on_a_folder() {
    one_run_holds_a_part(Backend::Local);
}
