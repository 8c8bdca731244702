use super::LocalStore;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::state::error::LockError;
use crate::state::lock_info::LockInfo;
use crate::state::object::Condition;
use crate::state::settings::Backend;
use crate::state::store::{Locker, StateStore};
use bytes::Bytes;
use std::path::Path;

fn store(dir: &Path, workspace: &str) -> LocalStore {
    let config = Value::object([("path", Value::string("a/x.tfstate"))]);
    let (kind, workspace) = ("local".to_owned(), workspace.to_owned());
    LocalStore::open(&Backend { kind, config, env: Env::default(), workspace, dir: dir.into() }).unwrap()
}

fn info(id: &str) -> LockInfo {
    LockInfo { id: id.to_owned(), who: "me@here".to_owned(), ..LockInfo::default() }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write_atomic(path, bytes, Access::Shared).unwrap();
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn the_state_lies_where_terraform_puts_it() {
    let dir = Path::new("/w");
    assert_eq!(store(dir, "default").key(), "/w/a/x.tfstate");
    assert_eq!(store(dir, "dev").key(), "/w/terraform.tfstate.d/dev/terraform.tfstate");
}

#[test]
fn a_second_client_learns_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (store(folder.path(), "default"), store(folder.path(), "default"));
    run(async {
        let held = first.acquire(&info("one")).await.unwrap();
        let Err(LockError::Held(seen)) = second.acquire(&info("two")).await else { panic!("two holders") };
        assert_eq!((seen.id.as_str(), seen.who().as_str()), ("one", "me@here ()"));
        assert!(second.release(&seen).await.is_err(), "nobody takes it from a living process");
        assert_eq!(second.holders().await.unwrap().len(), 1);
        first.release(&held[0]).await.unwrap();
        assert_eq!(second.holders().await.unwrap(), []);
        assert_eq!(fs::list_dir(&folder.path().join("a")).unwrap(), []);
    });
}

#[test]
fn a_note_that_was_left_over_is_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(&folder.path().join("a")).unwrap();
    write(&folder.path().join("a/x.tfstate"), b"{}");
    write(&folder.path().join("a/.x.tfstate.lock.info"), info("old").to_json().as_bytes());
    assert_eq!(run(store(folder.path(), "default").holders()).unwrap(), []);
}

#[test]
fn a_write_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), "default");
    run(async {
        let held = store.acquire(&info("one")).await.unwrap().remove(0);
        let first = store.write(Bytes::from("one"), &Condition::Absent, &held).await.unwrap();
        assert!(store.write(Bytes::from("x"), &Condition::Absent, &held).await.is_err());
        store.write(Bytes::from("two"), &Condition::Unchanged(first), &held).await.unwrap();
        assert_eq!(store.read().await.unwrap().unwrap().body, "two");
        assert_eq!(store.read_version("backup").await.unwrap(), "one");
        let ours = format!("{}.terrace/a", store.key());
        let tag =
            store.objects().put(&ours, super::Class::State, "x".into(), &Condition::Absent).await.unwrap();
        assert_eq!(store.objects().list(&format!("{}.terrace/", store.key())).await.unwrap()[0].key, ours);
        assert!(store.objects().delete(&ours, &tag).await.unwrap());
        store.release(&held).await.unwrap();
    });
}
