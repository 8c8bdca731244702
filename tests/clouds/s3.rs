//! Our own driver for S3, against the emulator and beside the real terraform.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use terrace::hcl::Value;
use terrace::host::env::Env;
use terrace::state::error::{LockError, StoreError};
use terrace::state::object::{Class, Condition, Objects, Tag};
use terrace::state::settings::{Backend as Given, OpenError};
use terrace::state::{LockInfo, Part, Store, Stores};

use crate::emulators::{Answer, Backend, Fault, On, Place, Request, Settings};
use crate::module::Module;
use crate::space::require;

pub const KEY: &str = "team/network/terraform.tfstate";

/// Settings as a driver gets them.
pub fn given(settings: &Settings) -> Given {
    let mut env = Env::default();
    for (name, value) in [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")] {
        env.set(name, value);
    }
    let config = hcl(&Json::Object(settings.clone()));
    Given { kind: "s3".to_owned(), config, env, workspace: "default".to_owned(), dir: "/".into() }
}

fn hcl(value: &Json) -> Value {
    match value {
        Json::Object(entries) => {
            Value::object(entries.iter().map(|(name, value)| (name.clone(), hcl(value))))
        }
        Json::Array(items) => Value::tuple(items.iter().map(hcl)),
        Json::String(text) => Value::string(text.as_str()),
        other => Value::string(other.to_string()),
    }
}

/// The place's settings with some of them changed; null takes one away.
pub fn settings(place: &Place, changes: &Json) -> Settings {
    let mut settings = place.settings(KEY);
    for (name, value) in changes.as_object().expect("changes by name") {
        settings.insert(name.clone(), value.clone());
    }
    settings
}

fn open(stores: &Stores, place: &Place, changes: &Json) -> Arc<dyn Store> {
    stores.open(&given(&settings(place, changes))).expect("a store")
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

/// One request to the emulator's tables, past the proxy.
pub fn table(place: &Place, action: &str, body: &Json) -> Json {
    table_in("us-east-1", place, (action, body))
}

/// The same in any region.
pub fn table_in(region: &str, place: &Place, (action, body): (&str, &Json)) -> Json {
    let request = Request::new("POST", "/")
        .field("X-Amz-Target", format!("DynamoDB_20120810.{action}"))
        .field("Content-Type", "application/x-amz-json-1.0")
        .field(
            "Authorization",
            format!("AWS4-HMAC-SHA256 Credential=test/20260101/{region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"),
        );
    let reply = place.upstream().ask(&request.body(body.to_string())).expect("the emulator answers");
    serde_json::from_str(&reply.text()).expect("JSON")
}

fn make_table(place: &Place) -> String {
    let name = format!("locks-{}", place.proxy().port);
    table(
        place,
        "CreateTable",
        &json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "LockID", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "LockID", "KeyType": "HASH" }],
        }),
    );
    name
}

fn item(place: &Place, name: &str, id: &str) -> Json {
    table(place, "GetItem", &json!({ "TableName": name, "Key": { "LockID": { "S": id } } }))["Item"].clone()
}

async fn put(objects: &dyn Objects, (text, condition): (&'static str, Condition)) -> Result<Tag, StoreError> {
    objects.put(KEY, Class::State, Bytes::from(text), &condition).await
}

#[test]
fn contents_are_replaced_only_by_who_saw_them() {
    let Some(place) = Backend::S3.require() else { return };
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({}));
    let told = stores.wait(async move {
        let objects = store.objects();
        assert!(store.read().await.unwrap().is_none());
        let first = put(objects, ("one", Condition::Absent)).await.unwrap();
        assert!(matches!(put(objects, ("no", Condition::Absent)).await, Err(StoreError::Changed { .. })));
        let second = put(objects, ("two", Condition::Unchanged(first.clone()))).await.unwrap();
        let stale = put(objects, ("no", Condition::Unchanged(first.clone()))).await;
        assert!(matches!(stale, Err(StoreError::Changed { .. })), "{stale:?}");
        let now = store.read().await.unwrap().unwrap();
        assert_eq!((&now.body[..], &now.seen.tag), (&b"two"[..], &second));
        assert!(now.seen.now.is_some() && now.seen.modified.is_some(), "{now:?}");
        assert_eq!(objects.list("team/").await.unwrap()[0].tag, second);
        assert!(matches!(objects.delete(KEY, &first).await, Err(StoreError::Changed { .. })));
        assert!(objects.delete(KEY, &second).await.unwrap());
        assert!(!objects.delete(KEY, &second).await.unwrap());
        let gone = put(objects, ("no", Condition::Unchanged(second))).await;
        assert!(matches!(gone, Err(StoreError::Changed { .. })), "{gone:?}");
    });
    told.expect("every answer");
    assert_eq!(place.list(), Vec::<String>::new(), "nothing of ours is left behind");
}

#[test]
fn older_contents_come_back() {
    let Some(place) = Backend::S3.require() else { return };
    let bucket = place.settings(KEY)["bucket"].as_str().unwrap().to_owned();
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    place.raw(Request::new("PUT", format!("/{bucket}?versioning")).body(on)).success();
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({}));
    let told = stores.wait(async move {
        assert!(store.keeps_versions().await.unwrap());
        let first = put(store.objects(), ("one", Condition::Absent)).await.unwrap();
        put(store.objects(), ("two!", Condition::Unchanged(first))).await.unwrap();
        let versions = store.versions().await.unwrap();
        let seen: Vec<(u64, bool)> =
            versions.iter().map(|version| (version.size, version.is_current)).collect();
        assert_eq!(seen, [(4, true), (3, false)]);
        assert_eq!(&store.read_version(&versions[1].id).await.unwrap()[..], b"one");
    });
    told.expect("every answer");
}

#[test]
fn a_missing_bucket_is_no_missing_state() {
    let Some(place) = Backend::S3.require() else { return };
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({ "bucket": "never-made", "max_retries": 0 }));
    let error = stores.wait(async move { store.read().await }).unwrap().unwrap_err();
    assert!(matches!(error, StoreError::NoContainer { .. }), "{error:?}");
    assert_eq!(error.to_string(), "s3://never-made: there is no such bucket");
}

#[test]
fn both_locks_are_taken_or_none() {
    let Some(place) = Backend::S3.require() else { return };
    let name = make_table(&place);
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({ "dynamodb_table": name }));
    let lock_id = format!("{}/{KEY}", place.settings(KEY)["bucket"].as_str().unwrap());
    let (taken, id) = (store.clone(), lock_id.clone());
    stores
        .wait(async move {
            let held = taken.acquire(&info()).await.unwrap();
            assert_eq!(
                held.iter().map(|holder| holder.part).collect::<Vec<_>>(),
                [Part::Object, Part::Table]
            );
            let error = taken.acquire(&info()).await.unwrap_err();
            assert!(matches!(&error, LockError::Held(holder) if holder.info.as_ref().unwrap().path == id));
        })
        .expect("every answer");
    let raw = item(&place, &name, &lock_id)["Info"]["S"].as_str().unwrap().to_owned();
    assert!(
        raw.starts_with(r#"{"ID":"40d2a3c4-0000-1111-2222-333344445555","Operation":"OperationTypeApply","#)
    );
    let released = store.clone();
    stores
        .wait(async move {
            for holder in released.holders().await.unwrap() {
                released.release(&holder).await.unwrap();
            }
            assert!(released.holders().await.unwrap().is_empty());
        })
        .expect("every answer");
    // Somebody else has the item alone: the object must not stay behind.
    let theirs = json!({ "LockID": { "S": lock_id }, "Info": { "S": raw.replace("grace", "ada") } });
    table(&place, "PutItem", &json!({ "TableName": name, "Item": theirs }));
    stores
        .wait(async move {
            let error = store.acquire(&info()).await.unwrap_err();
            assert!(error.to_string().contains("ada@harbour"), "{error}");
            let mut left = store.holders().await.unwrap();
            assert_eq!(left.len(), 1);
            let mut seen = left.remove(0);
            seen.tag = Tag("another text".to_owned());
            assert!(matches!(store.release(&seen).await, Err(LockError::Replaced(_))));
        })
        .expect("every answer");
    assert_eq!(place.lock(KEY), None);
}

#[test]
fn a_state_is_what_its_digest_says_or_a_fault() {
    let Some(place) = Backend::S3.require() else { return };
    let name = make_table(&place);
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({ "dynamodb_table": name, "use_lockfile": false }));
    let digest_id = format!("{}/{KEY}-md5", place.settings(KEY)["bucket"].as_str().unwrap());
    let written = store.clone();
    stores
        .wait(async move {
            let held = written.acquire(&info()).await.unwrap();
            written.write(Bytes::from_static(b"{}"), &Condition::Absent, &held[0]).await.unwrap();
            assert_eq!(&written.read().await.unwrap().unwrap().body[..], b"{}");
            written.release(&held[0]).await.unwrap();
        })
        .expect("every answer");
    assert_eq!(item(&place, &name, &digest_id)["Digest"]["S"], "99914b932bd37a50b983c5e7c90ae93b");
    place.write(KEY, "{\"by\":\"hand\"}");
    let error = stores.wait(async move { store.read().await }).unwrap().unwrap_err();
    assert!(
        matches!(&error, StoreError::Digest { recorded, .. } if recorded.starts_with("99914b")),
        "{error:?}"
    );
}

#[test]
fn terraform_and_we_respect_each_others_locks() {
    let Some(place) = Backend::S3.require() else { return };
    if !require("terraform") {
        return;
    }
    let module = Module::initialised(&place, KEY);
    module.apply("first").success();
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({}));
    let taken = store.clone();
    stores.wait(async move { taken.acquire(&info()).await.unwrap() }).expect("a lock");
    module.apply("second").failure().says(&["grace@harbour", "40d2a3c4-0000-1111-2222-333344445555"]);
    let left = module.terraform(&["force-unlock", "-force", "40d2a3c4-0000-1111-2222-333344445555"]);
    left.success();
    let freed = store.clone();
    assert!(stores.wait(async move { freed.holders().await.unwrap() }).unwrap().is_empty());
    place.take_lock(KEY, "ada@harbour");
    let error = stores.wait(async move { store.acquire(&info()).await }).unwrap().unwrap_err();
    assert!(error.to_string().contains("ada@harbour"), "{error}");
}

#[test]
fn writes_carry_encryption_and_access_list() {
    let Some(place) = Backend::S3.require() else { return };
    let stores = Stores::new().unwrap();
    let changes =
        json!({ "encrypt": true, "kms_key_id": "alias/states", "acl": "bucket-owner-full-control" });
    let store = open(&stores, &place, &changes);
    stores.wait(async move { store.acquire(&info()).await.unwrap() }).expect("a lock");
    let seen = place.proxy().seen();
    let lock =
        seen.iter().find(|request| request.method == "PUT" && request.target.contains(".tflock?")).unwrap();
    for (name, value) in [
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "alias/states"),
        ("x-amz-acl", "bucket-owner-full-control"),
        ("content-type", "application/json"),
        ("if-none-match", "*"),
    ] {
        assert_eq!(lock.sent(name), Some(value), "{name}");
    }
    assert!(lock.sent("x-amz-checksum-sha256").is_some());
}

#[test]
fn a_store_that_ignores_conditions_loses_nothing() {
    let Some(place) = Backend::S3.require() else { return };
    let stores = Stores::new().unwrap();
    let store = open(&stores, &place, &json!({}));
    place.write(KEY, "{}");
    place.take_lock(KEY, "ada@harbour");
    place.proxy().inject(On::any(".terrace/probe-"), Fault::Answer(Answer::status(200)));
    let told = stores.wait(async move {
        let holders = store.holders().await.unwrap();
        let error = store.release(&holders[0]).await.unwrap_err();
        assert!(matches!(&error, LockError::Store(StoreError::Incapable { .. })), "{error:?}");
        let error =
            store.objects().put(KEY, Class::State, Bytes::new(), &Condition::Absent).await.unwrap_err();
        assert!(matches!(&error, StoreError::Incapable { .. }), "{error:?}");
    });
    told.expect("every answer");
    assert!(place.lock(KEY).is_some());
}

#[test]
fn what_we_do_not_honour_is_for_terraform() {
    let Some(place) = Backend::S3.require() else { return };
    let stores = Stores::new().unwrap();
    for changes in [
        json!({ "insecure": true }),
        json!({ "novel": "x" }),
        json!({ "assume_role": { "role_arn": "a", "novel": 1 } }),
    ] {
        let error = stores.open(&given(&settings(&place, &changes))).unwrap_err();
        assert!(matches!(error, OpenError::Unsupported { .. }), "{error:?}");
    }
}
