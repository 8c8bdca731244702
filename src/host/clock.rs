//! Time: the wall clock and the stopwatch.
#![expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]

use std::time::{Instant, SystemTime};

#[must_use]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// For measuring durations.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}
