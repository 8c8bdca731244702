//! What a unit file means.

pub mod unit;
