//! Remote state. So far: what a state file says.

pub mod snapshot;
