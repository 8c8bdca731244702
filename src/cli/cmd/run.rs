//! `run`
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
pub(super) fn run(_context: Context) -> Result<u8, Failure> { Err(Failure::new(Kind::NotYet, "run")) }
