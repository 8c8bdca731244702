//! Our own driver for Google Cloud Storage, against the emulator and beside the real terraform.

use std::sync::Arc;

use bytes::Bytes;
use terrace::hcl::Value;
use terrace::host::env::Env;
use terrace::state::error::{LockError, StoreError};
use terrace::state::object::{Class, Condition, Tag, read_whole};
use terrace::state::settings::Backend as Given;
use terrace::state::{LockInfo, Store, Stores};

use crate::emulators::{Backend, On, Place, Settings};
use crate::module::Module;
use crate::space::require;

const KEY: &str = "team/network";

fn given(settings: Settings) -> Given {
    let config = Value::object(settings.into_iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name, Value::string(&*text))
    }));
    let env = Env::default();
    Given { kind: "gcs".to_owned(), config, env, workspace: "default".to_owned(), dir: "/".into() }
}

fn open(stores: &Stores, place: &Place) -> Arc<dyn Store> {
    stores.open(&given(place.settings(KEY))).expect("a store")
}

fn info() -> LockInfo {
    LockInfo {
        id: "40d2a3c4-0000-1111-2222-333344445555".to_owned(),
        operation: "OperationTypeApply".to_owned(),
        who: "grace@harbour".to_owned(),
        version: "1.11.4".to_owned(),
        created: "2026-11-23T11:49:46.756847794Z".to_owned(),
        ..LockInfo::default()
    }
}

#[test]
fn contents_are_replaced_only_by_who_saw_them() {
    let Some(place) = Backend::Gcs.require() else { return };
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place);
    let told = stores.wait(async move {
        let (objects, key) = (store.objects(), store.key());
        assert_eq!(key, "team/network/default.tfstate");
        let put = |text: &'static str, condition: Condition| objects_put(objects, key, (text, condition));
        assert_eq!(read_whole(objects, key, Class::State).await.unwrap(), None);
        let first = put("one", Condition::Absent).await.unwrap();
        assert!(matches!(put("no", Condition::Absent).await, Err(StoreError::Changed { .. })));
        let second = put("two", Condition::Unchanged(first.clone())).await.unwrap();
        let stale = put("no", Condition::Unchanged(first.clone())).await;
        assert!(matches!(stale, Err(StoreError::Changed { .. })), "{stale:?}");
        let now = store.read().await.unwrap().unwrap();
        assert_eq!((&now.body[..], &now.seen.tag), (&b"two"[..], &second));
        assert!(now.seen.now.is_some() && now.seen.modified.is_some(), "{now:?}");
        assert_eq!(objects.list("team/").await.unwrap()[0].tag, second);
        assert!(matches!(objects.delete(key, &first).await, Err(StoreError::Changed { .. })));
        assert!(objects.delete(key, &second).await.unwrap());
        assert!(!objects.delete(key, &second).await.unwrap());
        assert!(matches!(objects.delete(key, &Tag("0".to_owned())).await, Err(StoreError::Changed { .. })));
    });
    told.expect("every answer");
}

async fn objects_put(
    objects: &dyn terrace::state::object::Objects,
    key: &str,
    (text, condition): (&'static str, Condition),
) -> Result<Tag, StoreError> {
    objects.put(key, Class::State, Bytes::from(text), &condition).await
}

#[test]
fn a_missing_bucket_is_no_missing_state() {
    let Some(place) = Backend::Gcs.require() else { return };
    let stores = Stores::new().unwrap();
    let mut settings = place.settings(KEY);
    settings.insert("bucket".to_owned(), "nobody-made-this-one".into());
    let store = stores.open(&given(settings)).unwrap();
    let told = stores.wait(async move {
        let read = store.read().await.unwrap_err();
        assert!(matches!(&read, StoreError::NoContainer { what: "bucket", .. }), "{read:?}");
        assert!(read.to_string().starts_with("gs://nobody-made-this-one/team/network/default.tfstate"));
        let locked = store.acquire(&info()).await.unwrap_err();
        assert!(matches!(&locked, LockError::Store(StoreError::NoContainer { .. })), "{locked:?}");
        assert!(matches!(store.versions().await, Err(StoreError::NoContainer { .. })));
    });
    told.expect("every answer");
}

#[test]
fn older_contents_come_back_from_a_bucket_that_keeps_them() {
    let Some(place) = Backend::Gcs.require() else { return };
    let stores = Stores::new().unwrap();
    let mut settings = place.settings(KEY);
    let bucket = format!("kept-{}", place.proxy().port);
    settings.insert("bucket".to_owned(), bucket.into());
    settings.insert("project".to_owned(), "test".into());
    settings.insert("location".to_owned(), "eu".into());
    let store = stores.open(&given(settings)).unwrap();
    let told = stores.wait(async move {
        let steps = store.survey().await.unwrap();
        assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["bucket"]);
        assert!(steps[0].what.contains("in eu (project test)"), "{}", steps[0].what);
        store.carry_out(&steps[0]).await.unwrap();
        store.carry_out(&steps[0]).await.expect("twice is no fault");
        assert_eq!(store.survey().await.unwrap(), []);
        assert!(store.keeps_versions().await.unwrap());
        let (objects, key) = (store.objects(), store.key());
        let first = objects_put(objects, key, ("one", Condition::Absent)).await.unwrap();
        let second = objects_put(objects, key, ("other", Condition::Unchanged(first.clone()))).await.unwrap();
        let versions = store.versions().await.unwrap();
        let seen: Vec<_> = versions.iter().map(|v| (v.id.as_str(), v.size, v.is_current)).collect();
        assert_eq!(seen, [(second.0.as_str(), 5, true), (first.0.as_str(), 3, false)]);
        assert_eq!(&store.read_version(&first.0).await.unwrap()[..], b"one");
        assert!(store.read_version("1").await.is_err());
    });
    told.expect("every answer");
}

#[test]
fn terraform_respects_our_lock_and_we_respect_its() {
    if !require("terraform") {
        return;
    }
    let Some(place) = Backend::Gcs.require() else { return };
    let module = Module::initialised(&place, KEY);
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place);
    let ours = Arc::clone(&store);
    let held = stores.wait(async move { ours.acquire(&info()).await }).unwrap().unwrap().remove(0);
    assert!(held.plain_id().is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())), "{held:?}");
    module.apply("first").failure().says(&["Error acquiring the state lock", "grace@harbour", &held.id]);
    let lock = place.lock(KEY).expect("our lock");
    let bucket = place.settings(KEY)["bucket"].as_str().unwrap().to_owned();
    assert_eq!(lock["Path"], format!("gs://{bucket}/team/network/default.tflock"));
    module.terraform(&["force-unlock", "-force", &held.id]).success();
    let theirs = place.take_lock(KEY, "ada@engine");
    let told = stores.wait(async move {
        let Err(LockError::Held(holder)) = store.acquire(&info()).await else { panic!("it is held") };
        assert_eq!((holder.id.as_str(), holder.who().contains("ada@engine")), (theirs.as_str(), true));
        let Err(LockError::Replaced(other)) = store.release(&held).await else { panic!("it is another's") };
        assert_eq!(other.id, theirs);
        let seen = store.holders().await.unwrap().remove(0);
        assert!(seen.age().is_some(), "by the store's clock");
        store.release(&seen).await.unwrap();
        store.release(&seen).await.expect("it is gone already");
        assert_eq!(store.holders().await.unwrap(), []);
    });
    told.expect("every answer");
}

#[test]
fn outputs_take_one_request() {
    let Some(place) = Backend::Gcs.require() else { return };
    place.write(
        &place.state_object(KEY),
        br#"{"version":4,"serial":1,"lineage":"l","outputs":{"a":{"value":"b","type":"string"}},"resources":[]}"#,
    );
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place);
    place.proxy().forget();
    let front = stores.wait(async move {
        let mut front = terrace::state::front::Front::default();
        store.read_front(&mut front).await.unwrap().unwrap();
        front.finish().unwrap().unwrap()
    });
    assert_eq!(front.unwrap().outputs, Value::object([("a", Value::string("b"))]));
    assert_eq!(place.proxy().count(&On::any("")), 1, "{:?}", place.proxy().seen());
}
