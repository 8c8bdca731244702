//! What an estate pins: lock files of units, completed from packages that are at hand and compared with them. Runs no
//! terraform.

pub mod relock;
pub mod upgrade;
pub mod verify;
