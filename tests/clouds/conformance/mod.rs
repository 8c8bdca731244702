//! One suite for every store: the same cases, whatever is behind. That it can tell a store that keeps its promises from
//! one that does not is shown on stores with one flaw each.

mod contract;
mod disturbed;
mod memory;
pub mod placed;
pub mod subject;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::emulators::Backend;
use memory::{Flaw, Memory};
use placed::Placed;
use subject::Subject;

/// A promise, and a subject that nobody has used to examine it on.
type Case = (&'static str, fn(&dyn Subject));

macro_rules! cases {
    ($($module:ident::$name:ident,)*) => { &[$((stringify!($name), $module::$name)),*] };
}

const ON_A_QUIET_LINE: &[Case] = cases![
    contract::nothing_is_read_where_nothing_is,
    contract::what_is_written_is_read_by_another,
    contract::a_write_on_a_condition_that_does_not_hold_changes_nothing,
    contract::one_of_many_writers_wins,
    contract::one_of_many_gets_the_lock,
    contract::a_lock_says_whose_it_is,
    contract::a_write_keeps_what_the_lock_says,
    contract::a_release_of_an_earlier_lock_leaves_the_present_one,
    contract::an_older_version_comes_back,
    contract::objects_beside_the_state_keep_their_conditions,
    contract::the_front_of_a_large_state_is_enough,
    contract::a_missing_container_is_not_a_missing_state,
];

const ON_A_BAD_LINE: &[Case] = cases![
    disturbed::a_read_survives_a_bad_line,
    disturbed::repetitions_come_to_an_end,
    disturbed::what_cannot_pass_is_not_repeated,
    disturbed::a_write_whose_answer_is_lost_is_done_once,
    disturbed::a_write_that_did_not_arrive_is_repeated,
    disturbed::a_writer_that_gives_up_half_way_leaves_the_old_state,
    disturbed::a_repeated_write_does_not_undo_anothers,
    disturbed::a_lock_whose_answer_is_lost_is_ours,
    disturbed::a_lock_that_cannot_be_taken_is_nobodys,
    disturbed::a_release_whose_answer_is_lost_is_done,
    disturbed::a_repeated_release_does_not_free_anothers,
];

/// The cases that fail, each on a subject of its own; they mostly wait, so they wait side by side.
fn broken_promises<S: Subject>(
    cases: &[&[Case]],
    subject: impl Fn() -> Option<S> + Sync,
) -> Vec<&'static str> {
    if subject().is_none() {
        return Vec::new();
    }
    let keeps = |case: fn(&dyn Subject)| {
        let subject = subject().expect("it was there");
        catch_unwind(AssertUnwindSafe(|| case(&subject))).is_ok()
    };
    std::thread::scope(|scope| {
        let keeps = &keeps;
        let run = |case: &Case| {
            let (name, case) = *case;
            (name, scope.spawn(move || keeps(case)))
        };
        let threads: Vec<_> = cases.concat().iter().map(run).collect();
        let broken = threads.into_iter().filter_map(|(name, thread)| {
            let kept = thread.join().expect("a case");
            (!kept).then_some(name)
        });
        broken.collect()
    })
}

#[track_caller]
fn keeps_all<S: Subject>(cases: &[&[Case]], subject: impl Fn() -> Option<S> + Sync) {
    let broken = broken_promises(cases, subject);
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn memory_keeps_every_promise() {
    keeps_all(&[ON_A_QUIET_LINE, ON_A_BAD_LINE], || Some(Memory::new(Flaw::None)));
}

#[test]
fn local_keeps_every_promise() {
    keeps_all(&[ON_A_QUIET_LINE], || Placed::require(Backend::Local));
}

#[test]
fn s3_keeps_every_promise() {
    keeps_all(&[ON_A_QUIET_LINE, ON_A_BAD_LINE], || Placed::require(Backend::S3));
}

#[test]
fn azurerm_keeps_every_promise() {
    keeps_all(&[ON_A_QUIET_LINE, ON_A_BAD_LINE], || Placed::require(Backend::Azurerm));
}

#[test]
fn gcs_keeps_every_promise() {
    keeps_all(&[ON_A_QUIET_LINE, ON_A_BAD_LINE], || Placed::require(Backend::Gcs));
}

/// Wants the suite to notice a flaw in exactly these cases.
#[track_caller]
fn notices(flaw: Flaw, wanted: &[&str]) {
    let broken = broken_promises(&[ON_A_QUIET_LINE, ON_A_BAD_LINE], || Some(Memory::new(flaw)));
    assert_eq!(broken, wanted, "{flaw:?}");
}

#[test]
fn a_store_that_deletes_without_a_condition_is_rejected() {
    notices(
        Flaw::DeletesAnything,
        &[
            "a_write_on_a_condition_that_does_not_hold_changes_nothing",
            "a_release_of_an_earlier_lock_leaves_the_present_one",
            "objects_beside_the_state_keep_their_conditions",
            "a_repeated_release_does_not_free_anothers",
        ],
    );
}

#[test]
fn a_store_that_loses_what_a_lock_says_is_rejected() {
    notices(
        Flaw::LosesWhatTheLockSays,
        &[
            "what_is_written_is_read_by_another",
            "a_write_keeps_what_the_lock_says",
            "a_write_whose_answer_is_lost_is_done_once",
            "a_write_that_did_not_arrive_is_repeated",
        ],
    );
}

#[test]
fn a_store_that_repeats_blindly_is_rejected() {
    notices(Flaw::RepeatsBlindly, &["a_repeated_write_does_not_undo_anothers"]);
}
