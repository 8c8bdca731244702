//! What a unit file means.

pub mod retryable;
pub mod unit;
