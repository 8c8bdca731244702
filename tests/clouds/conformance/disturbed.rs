//! What holds on a bad line: answers that get lost, broken and half ones, silence, credentials that have expired. What is
//! repeated is what can be, and no more often than was said.

use std::time::Duration;

use terrace::state::object::Condition;
use terrace::state::{LockError, StoreError};

use super::contract::{is_changed, state};
use super::subject::{Subject, Target, Trouble, info};
use crate::emulators::Latch;

/// More than any store repeats.
const ALWAYS: usize = 1000;

/// Longer than any pause between an attempt and the next.
const PATIENCE: Duration = Duration::from_secs(10);

pub fn a_read_survives_a_bad_line(subject: &dyn Subject) {
    let client = subject.client();
    let lock = client.lock("ada");
    client.overwrite(&state("it"), &lock).expect("it is written");
    for trouble in [Trouble::Broken, Trouble::Throttled, Trouble::Reset, Trouble::HalfHeard, Trouble::Silence]
    {
        let told = format!("{trouble:?}");
        let before = client.count(Target::ReadState);
        client.disturb(Target::ReadState, 1, trouble);
        assert_eq!(client.content(), state("it"), "{told}");
        assert_eq!(client.count(Target::ReadState) - before, 2, "{told}: once more");
    }
}

pub fn repetitions_come_to_an_end(subject: &dyn Subject) {
    let client = subject.client();
    client.disturb(Target::ReadState, ALWAYS, Trouble::Broken);
    let answer = client.read();
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    let count = client.count(Target::ReadState);
    assert!((2..=10).contains(&count), "{count} requests");
}

pub fn what_cannot_pass_is_not_repeated(subject: &dyn Subject) {
    for trouble in [Trouble::Expired, Trouble::Denied] {
        let client = subject.client();
        let told = format!("{trouble:?}");
        client.disturb(Target::ReadState, ALWAYS, trouble);
        let answer = client.read();
        let is_said = matches!(answer, Err(StoreError::Expired { .. } | StoreError::Denied { .. }));
        assert!(is_said, "{told}: {answer:?}");
        assert_eq!(client.count(Target::ReadState), 1, "{told}");
    }
}

pub fn a_write_whose_answer_is_lost_is_done_once(subject: &dyn Subject) {
    for trouble in [Trouble::DoneAndBroken, Trouble::DoneAndReset] {
        let told = format!("{trouble:?}");
        let (client, other) = (subject.client(), subject.client());
        let lock = client.lock("ada");
        let before = client.now();
        client.disturb(Target::WriteState, 1, trouble);
        let tag = client.write(&state(&told), &before, &lock).unwrap_or_else(|e| panic!("{told}: {e}"));
        let object = other.read().expect("it is read").expect("a state");
        assert_eq!((object.body, object.seen.tag), (state(&told).into(), tag), "{told}");
        client.release(&lock).expect("it is released");
    }
}

pub fn a_write_that_did_not_arrive_is_repeated(subject: &dyn Subject) {
    for trouble in [Trouble::Broken, Trouble::Throttled, Trouble::Reset, Trouble::HalfSent] {
        let told = format!("{trouble:?}");
        let client = subject.client();
        let lock = client.lock("ada");
        let before = client.now();
        client.disturb(Target::WriteState, 1, trouble);
        client.write(&state(&told), &before, &lock).unwrap_or_else(|e| panic!("{told}: {e}"));
        assert_eq!(client.content(), state(&told), "{told}");
        client.release(&lock).expect("it is released");
    }
}

pub fn a_writer_that_gives_up_half_way_leaves_the_old_state(subject: &dyn Subject) {
    let client = subject.client();
    let lock = client.lock("ada");
    let tag = client.overwrite(&state("old"), &lock).expect("it is written");
    client.disturb(Target::WriteState, ALWAYS, Trouble::HalfSent);
    let answer = client.write(&state("new"), &Condition::Unchanged(tag), &lock);
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    assert_eq!(subject.client().content(), state("old"));
}

/// Our write arrives, its answer does not, and before we repeat it somebody else writes: that must stay.
pub fn a_repeated_write_does_not_undo_anothers(subject: &dyn Subject) {
    let (one, other) = (subject.client(), subject.client());
    let lock = one.lock("ada");
    let before = one.overwrite(&state("before"), &lock).expect("it is written");
    let latch = Latch::default();
    one.disturb(Target::WriteState, 1, Trouble::DoneAndBroken);
    for target in [Target::ReadState, Target::WriteState] {
        one.disturb(target, ALWAYS, Trouble::Hold(latch.clone()));
    }
    std::thread::scope(|scope| {
        let (one, lock) = (&one, &lock);
        let ours = scope.spawn(move || one.write(&state("ours"), &Condition::Unchanged(before), lock));
        let comes_back = latch.reached_within(1, PATIENCE);
        let theirs = other.overwrite(&state("theirs"), lock);
        latch.open();
        let ours = ours.join().expect("our writer");
        theirs.expect("they write");
        assert!(comes_back, "it asks what became of its write: {ours:?}");
        is_changed(ours);
    });
    assert_eq!(other.content(), state("theirs"));
}

pub fn a_lock_whose_answer_is_lost_is_ours(subject: &dyn Subject) {
    for trouble in [Trouble::DoneAndBroken, Trouble::DoneAndReset, Trouble::Broken, Trouble::Reset] {
        let told = format!("{trouble:?}");
        let (client, other) = (subject.client(), subject.client());
        client.disturb(Target::TakeLock, 1, trouble);
        let lock = client.acquire(&info("ada")).unwrap_or_else(|e| panic!("{told}: {e}")).remove(0);
        assert_eq!(other.holder_name().as_deref(), Some("ada"), "{told}");
        client.release(&lock).unwrap_or_else(|e| panic!("{told}: {e}"));
        assert_eq!(other.holders(), [], "{told}");
    }
}

pub fn a_lock_that_cannot_be_taken_is_nobodys(subject: &dyn Subject) {
    let client = subject.client();
    client.disturb(Target::TakeLock, ALWAYS, Trouble::Broken);
    let answer = client.acquire(&info("ada"));
    assert!(matches!(answer, Err(LockError::Store(StoreError::Unavailable { .. }))), "{answer:?}");
    assert_eq!(subject.client().holders(), []);
}

pub fn a_release_whose_answer_is_lost_is_done(subject: &dyn Subject) {
    for trouble in [Trouble::DoneAndBroken, Trouble::DoneAndReset, Trouble::Broken, Trouble::Reset] {
        let told = format!("{trouble:?}");
        let (client, other) = (subject.client(), subject.client());
        let lock = client.lock("ada");
        client.disturb(Target::FreeLock, 1, trouble);
        client.release(&lock).unwrap_or_else(|e| panic!("{told}: {e}"));
        assert_eq!(other.holders(), [], "{told}");
    }
}

/// Our release arrives, its answer does not, and before we repeat it somebody else takes the lock: that must stay.
pub fn a_repeated_release_does_not_free_anothers(subject: &dyn Subject) {
    let (one, other) = (subject.client(), subject.client());
    let ours = one.lock("ada");
    let latch = Latch::default();
    one.disturb(Target::FreeLock, 1, Trouble::DoneAndBroken);
    one.disturb(Target::FreeLock, ALWAYS, Trouble::Hold(latch.clone()));
    let theirs = std::thread::scope(|scope| {
        let (one, ours) = (&one, &ours);
        let released = scope.spawn(move || one.release(ours));
        let _ = latch.reached_within(1, PATIENCE);
        let theirs = other.lock("bob");
        latch.open();
        let _ = released.join().expect("our release");
        theirs
    });
    assert_eq!(one.holder_name().as_deref(), Some("bob"));
    other.release(&theirs).expect("it is released");
}
