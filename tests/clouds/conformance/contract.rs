//! What holds on a quiet line: conditions, contention, locks that say whose they are, deletes that look first.

use std::sync::Barrier;

use bytes::Bytes;
use terrace::state::front::Front;
use terrace::state::object::{Class, Condition, Tag};
use terrace::state::{LockError, StoreError};

use super::subject::{Client, Subject, info};

/// A body that passes for a state, with this word in it.
pub fn state(word: &str) -> String {
    format!(
        r#"{{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{{"word":{{"value":"{word}","type":"string"}}}},"resources":[]}}"#
    )
}

#[track_caller]
pub fn is_changed<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Changed { .. })), "{answer:?}");
}

pub fn nothing_is_read_where_nothing_is(subject: &dyn Subject) {
    let client = subject.client();
    assert_eq!(client.read().expect("it is read"), None);
    let mut front = Front::default();
    assert_eq!(client.wait(client.store.read_front(&mut front)).expect("it is read"), None);
    assert_eq!(front.finish().expect("an empty front"), None);
    assert_eq!(client.holders(), []);
}

pub fn what_is_written_is_read_by_another(subject: &dyn Subject) {
    let (one, other) = (subject.client(), subject.client());
    let lock = one.lock("ada");
    let tag = one.overwrite(&state("first"), &lock).expect("it is written");
    let object = other.read().expect("it is read").expect("a state");
    assert_eq!((object.body, object.seen.tag), (Bytes::from(state("first")), tag));
    one.release(&lock).expect("it is released");
    assert_eq!(other.content(), state("first"));
}

pub fn a_write_on_a_condition_that_does_not_hold_changes_nothing(subject: &dyn Subject) {
    let client = subject.client();
    let lock = client.lock("ada");
    let first = client.overwrite(&state("first"), &lock).expect("it is written");
    is_changed(client.write(&state("x"), &Condition::Absent, &lock));
    assert_eq!(client.content(), state("first"));
    let second = client.write(&state("second"), &Condition::Unchanged(first.clone()), &lock);
    let second = second.expect("its condition holds");
    assert_ne!(second, first);
    is_changed(client.write(&state("x"), &Condition::Unchanged(first.clone()), &lock));
    is_changed(client.wait(client.store.delete(&first, &lock)));
    assert_eq!(client.content(), state("second"));
    client.wait(client.store.delete(&second, &lock)).expect("it is deleted");
    assert_eq!(client.content(), "");
    let _ = client.release(&lock);
}

pub fn one_of_many_writers_wins(subject: &dyn Subject) {
    if !subject.shares_locks() {
        return;
    }
    const WRITERS: usize = 6;
    let client = subject.client();
    let lock = client.lock("ada");
    let tag = client.overwrite(&state("before"), &lock).expect("it is written");
    let clients: Vec<Client> = (0..WRITERS).map(|_| subject.client()).collect();
    let start = Barrier::new(WRITERS);
    let bodies: Vec<String> = (0..WRITERS).map(|n| state(&format!("writer {n}"))).collect();
    let won: Vec<bool> = std::thread::scope(|scope| {
        let write = |(writer, body)| {
            let (start, tag, lock): (_, &Tag, _) = (&start, &tag, &lock);
            scope.spawn(move || {
                let (writer, body): (&Client, &String) = (writer, body);
                start.wait();
                match writer.write(body, &Condition::Unchanged(tag.clone()), lock) {
                    Ok(_) => true,
                    Err(StoreError::Changed { .. }) => false,
                    Err(error) => panic!("{error}"),
                }
            })
        };
        let threads: Vec<_> = clients.iter().zip(&bodies).map(write).collect();
        threads.into_iter().map(|thread| thread.join().expect("a writer")).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    let winner = won.iter().position(|won| *won).expect("a winner");
    assert_eq!(client.content(), bodies[winner]);
}

pub fn one_of_many_gets_the_lock(subject: &dyn Subject) {
    const CLIENTS: usize = 6;
    let clients: Vec<Client> = (0..CLIENTS).map(|_| subject.client()).collect();
    let start = Barrier::new(CLIENTS);
    let answers: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let take = |(n, client)| {
            let start = &start;
            scope.spawn(move || {
                let (n, client): (usize, &Client) = (n, client);
                start.wait();
                match client.acquire(&info(&format!("client {n}"))) {
                    Ok(_) => Ok(()),
                    Err(LockError::Held(holder)) => Err(holder.who()),
                    Err(error) => panic!("{error}"),
                }
            })
        };
        let threads: Vec<_> = clients.iter().enumerate().map(take).collect();
        threads.into_iter().map(|thread| thread.join().expect("a client")).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let winner = answers.iter().position(Result::is_ok).expect("a winner");
    assert_eq!(subject.client().holder_name(), Some(format!("client {winner}")));
}

pub fn a_lock_says_whose_it_is(subject: &dyn Subject) {
    let (one, other) = (subject.client(), subject.client());
    let info = info("ada@engine");
    let lock = one.acquire(&info).expect("it is free").remove(0);
    let seen = other.holders();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let said = seen[0].info.clone().expect("what it says");
    assert_eq!((&said.who, &said.operation, &said.info), (&info.who, &info.operation, &info.info));
    assert_eq!((&seen[0].id, &seen[0].tag), (&lock.id, &lock.tag));
    assert!(seen[0].plain_id().is_some(), "an id to paste: {:?}", seen[0].id);
    let Err(LockError::Held(holder)) = other.acquire(&self::info("bob")) else { panic!("two holders") };
    assert_eq!(holder.info.map(|info| info.who).as_deref(), Some("ada@engine"));
    one.release(&lock).expect("it is released");
    assert_eq!(other.holders(), []);
    one.release(&lock).expect("what is gone is released");
    let again = other.lock("bob");
    assert_eq!(one.holder_name().as_deref(), Some("bob"));
    other.release(&again).expect("it is released");
}

pub fn a_write_keeps_what_the_lock_says(subject: &dyn Subject) {
    let (one, other) = (subject.client(), subject.client());
    let lock = one.lock("ada");
    for word in ["first", "second"] {
        one.overwrite(&state(word), &lock).expect("it is written");
        assert_eq!(other.holder_name().as_deref(), Some("ada"), "after `{word}`");
    }
    one.release(&lock).expect("it is released");
    assert_eq!(other.holders(), []);
}

pub fn a_release_of_an_earlier_lock_leaves_the_present_one(subject: &dyn Subject) {
    let (one, other) = (subject.client(), subject.client());
    let earlier = one.lock("ada");
    one.release(&earlier).expect("it is released");
    let present = other.lock("bob");
    let answer = one.release(&earlier);
    assert!(answer.is_err() || !subject.shares_locks(), "{answer:?}");
    assert_eq!(one.holder_name().as_deref(), Some("bob"), "after {answer:?}");
    other.release(&present).expect("it is released");
}

pub fn an_older_version_comes_back(subject: &dyn Subject) {
    let client = subject.client();
    let lock = client.lock("ada");
    client.overwrite(&state("first"), &lock).expect("it is written");
    client.overwrite(&state("second"), &lock).expect("it is written");
    let versions = client.wait(client.store.versions()).expect("versions");
    assert!(versions.first().is_some_and(|version| version.is_current), "{versions:?}");
    let read = |id: &str| client.wait(client.store.read_version(id)).expect("a version");
    assert_eq!(read(&versions[0].id), state("second"));
    if client.wait(client.store.keeps_versions()).expect("an answer") {
        assert!(versions.len() >= 2, "{versions:?}");
        assert_eq!(read(&versions[1].id), state("first"));
        assert!(!versions[1].is_current);
    }
}

pub fn objects_beside_the_state_keep_their_conditions(subject: &dyn Subject) {
    let client = subject.client();
    let (objects, below) = (client.store.objects(), format!("{}.terrace/", client.store.key()));
    let key = format!("{below}snapshot-1");
    let put = |body: &'static str, condition: Condition| {
        client.wait(objects.put(&key, Class::State, Bytes::from_static(body.as_bytes()), &condition))
    };
    let first = put("one", Condition::Absent).expect("nothing is there");
    is_changed(put("x", Condition::Absent));
    let second = put("two", Condition::Unchanged(first.clone())).expect("it is unchanged");
    is_changed(put("x", Condition::Unchanged(first.clone())));
    let listed = client.wait(objects.list(&below)).expect("a list");
    let listed: Vec<_> = listed.iter().map(|entry| (entry.key.as_str(), entry.size)).collect();
    assert_eq!(listed, [(key.as_str(), 3)]);
    is_changed(client.wait(objects.delete(&key, &first)));
    assert!(client.wait(objects.delete(&key, &second)).expect("its tag is right"), "it was there");
    assert!(!client.wait(objects.delete(&key, &second)).expect("it is gone"), "it was not there");
    assert_eq!(client.wait(objects.list(&below)).expect("a list"), []);
}

pub fn the_front_of_a_large_state_is_enough(subject: &dyn Subject) {
    let client = subject.client();
    let lock = client.lock("ada");
    let long = "x".repeat(4 << 20);
    let body = state("front").replace("\"resources\":[]", &format!("\"resources\":[\"{long}\"]"));
    client.overwrite(&body, &lock).expect("it is written");
    let mut front = Front::default();
    client.wait(client.store.read_front(&mut front)).expect("it is read").expect("a state");
    let snapshot = front.finish().expect("a front").expect("a state");
    assert_eq!(snapshot.serial, 1);
    assert_eq!(client.content().len(), body.len());
}

pub fn a_missing_container_is_not_a_missing_state(subject: &dyn Subject) {
    let Some(client) = subject.lost_client() else { return };
    let answer = client.read();
    assert!(matches!(answer, Err(StoreError::NoContainer { .. })), "{answer:?}");
    let answer = client.acquire(&info("ada"));
    assert!(matches!(answer, Err(LockError::Store(StoreError::NoContainer { .. }))), "{answer:?}");
}
