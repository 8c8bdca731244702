//! Against the emulator: what the common suite does not ask of other stores.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value as Json, json};
use terrace::hcl::Value;
use terrace::hcl::json::from_json;
use terrace::host::env::Env;
use terrace::state::front::Front;
use terrace::state::object::{Condition, Tag};
use terrace::state::store::Change;
use terrace::state::{Backend as Unit, Holder, LockError, LockInfo, StoreError};

use super::Opened;
use crate::emulators::{Backend, On, Place, Request};

const KEY: &str = "team/a b/ü.tfstate";

fn open_in(place: &Place, workspace: &str, more: Json) -> Opened {
    let mut settings = place.settings(KEY);
    settings.extend(more.as_object().expect("an object").clone());
    let mut env = Env::default();
    for (name, value) in place.env() {
        env.set(name, value);
    }
    Opened::new(&Unit {
        kind: "azurerm".to_owned(),
        config: from_json(&Json::Object(settings)),
        env,
        workspace: workspace.to_owned(),
        dir: "/".into(),
    })
}

fn open(place: &Place) -> Opened {
    open_in(place, "default", json!({}))
}

fn info(id: &str) -> LockInfo {
    LockInfo {
        id: id.to_owned(),
        operation: "OperationTypeApply".to_owned(),
        who: "grace@harbour".to_owned(),
        version: "1.11.4".to_owned(),
        created: "2026-11-23T11:49:46.756847794Z".to_owned(),
        ..LockInfo::default()
    }
}

const ID: &str = "40d2a3c4-0000-1111-2222-333344445555";

impl Opened {
    fn lock(&self) -> Holder {
        self.wait(self.store.acquire(&info(ID))).expect("it is free").remove(0)
    }

    fn holders(&self) -> Vec<Holder> {
        self.wait(self.store.holders()).expect("an answer")
    }

    fn write(&self, body: &'static str, condition: &Condition, lock: &Holder) -> Tag {
        let body = Bytes::from_static(body.as_bytes());
        self.wait(self.store.write(body, condition, lock)).expect("it is written")
    }
}

/// A lease as a terraform takes it that ends before it writes who it is.
fn lease_without_note(place: &Place, container: &str) {
    let object = "team/a%20b/%C3%BC.tfstate";
    let request = Request::new("PUT", format!("/{container}/{object}?comp=lease"))
        .field("x-ms-lease-action", "acquire")
        .field("x-ms-lease-duration", "-1");
    place.raw(request).success();
}

fn container(place: &Place) -> String {
    place.settings(KEY)["container_name"].as_str().expect("a name").to_owned()
}

#[test]
fn a_lock_says_what_terraform_says_and_no_more() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let opened = open(&place);
    let held = opened.lock();
    let wanted = format!("{}/{KEY}", container(&place));
    assert_eq!(held.info.as_ref().map(|info| info.path.as_str()), Some(wanted.as_str()));
    let noted = place.lock(&place.state_object(KEY)).expect("a note");
    assert_eq!(
        (&noted["Path"], &noted["ID"], &noted["Who"]),
        (&json!(wanted), &json!(ID), &json!("grace@harbour"))
    );
    assert!(opened.holders()[0].now.is_some(), "the store's clock");
    opened.wait(opened.store.release(&held)).expect("it is released");
    assert_eq!(opened.holders(), []);
}

#[test]
fn other_workspaces_have_the_key_with_their_name() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let opened = open_in(&place, "blue", json!({}));
    assert_eq!(opened.store.key(), format!("{KEY}env:blue"));
    let lock = opened.lock();
    opened.write("{}", &Condition::Absent, &lock);
    assert_eq!(place.list(), [format!("{KEY}env:blue")]);
    assert_eq!(open(&place).read().expect("nothing"), None);
}

#[test]
fn outputs_take_one_request() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let body = br#"{"version":4,"serial":1,"lineage":"l","outputs":{"a":{"value":"b","type":"string"}},"resources":[]}"#;
    place.write(KEY, body);
    let opened = open(&place);
    place.proxy().forget();
    let mut front = Front::default();
    opened.wait(opened.store.read_front(&mut front)).expect("it is read").expect("a state");
    let outputs = front.finish().expect("a front").expect("a state").outputs;
    assert_eq!(outputs, Value::object([("a", Value::string("b"))]));
    assert_eq!(place.proxy().count(&On::any("")), 1, "{:?}", place.proxy().seen());
}

#[test]
fn a_copy_before_each_write_is_a_version() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let opened = open_in(&place, "default", json!({ "snapshot": true }));
    let lock = opened.lock();
    let first = opened.write("first", &Condition::Absent, &lock);
    let second = opened.write("second", &Condition::Unchanged(first), &lock);
    let versions = opened.wait(opened.store.versions()).expect("versions");
    let read = |id: &str| opened.wait(opened.store.read_version(id)).expect("a version");
    assert!(versions[0].is_current && !versions[1].is_current, "{versions:?}");
    assert_eq!((&read(&versions[0].id)[..], &read(&versions[1].id)[..]), (&b"second"[..], &b"first"[..]));
    assert!(opened.wait(opened.store.keeps_versions()).expect("an answer"));
    opened.wait(opened.store.delete(&second, &lock)).expect("it is deleted with its copies");
    assert_eq!(place.list(), Vec::<String>::new());
    opened.wait(opened.store.release(&lock)).expect("the lease went with it");
}

#[test]
fn a_state_under_somebody_elses_lease_is_not_written() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let opened = open(&place);
    place.take_lock(KEY, "ada@engine");
    let seen = opened.holders().remove(0);
    let stranger = Holder { id: ID.to_owned(), ..seen.clone() };
    let unchanged = Condition::Unchanged(seen.tag.clone());
    let write = opened.store.write(Bytes::from_static(b"{}"), &unchanged, &stranger);
    let error = opened.wait(write).expect_err("it is locked");
    assert!(error.to_string().contains("locked"), "{error}");
    let answer = opened.wait(opened.store.release(&stranger));
    assert!(matches!(&answer, Err(LockError::Replaced(now)) if now.id == seen.id), "{answer:?}");
    opened.wait(opened.store.release(&seen)).expect("the right id releases it");
    assert_eq!(place.lock(KEY), None);
}

#[test]
fn a_note_that_is_left_over_is_no_lock() {
    let Some(place) = Backend::Azurerm.require() else { return };
    place.write(KEY, b"{}");
    let note = STANDARD.encode(info(ID).to_json());
    let request =
        Request::new("PUT", format!("/{}/team/a%20b/%C3%BC.tfstate?comp=metadata", container(&place)));
    place.raw(request.field("x-ms-meta-terraformlockid", note)).success();
    let opened = open(&place);
    assert_eq!(opened.holders(), []);
    // Whoever leases it now, and has not said so yet, is not the one of the note.
    lease_without_note(&place, &container(&place));
    let seen = opened.holders().remove(0);
    let answer = opened.wait(opened.store.release(&seen));
    assert!(matches!(&answer, Err(LockError::Replaced(now)) if now.info.is_none()), "{answer:?}");
    assert_eq!(opened.holders().len(), 1);
}

#[test]
fn a_lease_that_names_nobody_is_broken_only_after_a_minute() {
    let Some(place) = Backend::Azurerm.require() else { return };
    place.write(KEY, b"{}");
    lease_without_note(&place, &container(&place));
    let opened = open(&place);
    let seen = opened.holders().remove(0);
    assert_eq!((seen.id.as_str(), &seen.info), ("", &None));
    let break_it = |seen: &Holder| opened.wait(opened.store.break_nameless(seen));
    assert!(matches!(
        opened.wait(opened.store.release(&seen)),
        Err(LockError::Store(StoreError::Incapable { .. }))
    ));
    let error = break_it(&seen).expect_err("too early").to_string();
    assert!(error.contains("minute"), "{error}");
    let earlier = Holder { now: seen.now.map(|now| now - Duration::from_secs(61)), ..seen.clone() };
    let changed = Holder { tag: Tag("\"0x0\"".to_owned()), ..earlier.clone() };
    assert!(matches!(break_it(&changed), Err(LockError::Replaced(_))));
    assert_eq!(opened.holders().len(), 1);
    break_it(&earlier).expect("it is broken");
    assert_eq!(opened.holders(), []);
    break_it(&earlier).expect("what is gone is broken");
    let named = opened.lock();
    let earlier = Holder { now: named.now.map(|now| now - Duration::from_secs(61)), ..named.clone() };
    assert!(
        matches!(break_it(&earlier), Err(LockError::Replaced(_))),
        "one that says who it is is never broken"
    );
}

#[test]
fn a_missing_container_is_made_once() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let opened =
        open_in(&place, "default", json!({ "container_name": format!("{}-more", container(&place)) }));
    let steps = opened.wait(opened.store.survey()).expect("a plan");
    assert_eq!(steps.iter().map(|step| step.change).collect::<Vec<_>>(), [Change::Create]);
    for _ in 0..2 {
        opened.wait(opened.store.carry_out(&steps[0])).expect("it is there");
    }
    assert_eq!(opened.wait(opened.store.survey()).expect("a plan"), []);
    assert_eq!(opened.read().expect("nothing"), None);
}

#[test]
fn a_wrong_key_is_denied_and_not_shown() {
    let Some(place) = Backend::Azurerm.require() else { return };
    let wrong = STANDARD.encode([9_u8; 64]);
    let opened = open_in(&place, "default", json!({ "access_key": wrong }));
    let error = opened.read().expect_err("the signature is another one");
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert!(!format!("{error:?} {:?}", opened.store).contains(&wrong), "{error:?}");
}
