//! `stack clean`: removes what was generated.

use super::note;
use crate::cli::args::LogLevel;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::host::fs;
use crate::stacks::{Cleaned, clean};

/// Removes it and says what it removed.
///
/// # Errors
/// When a folder cannot be removed.
pub(super) fn run(context: &Context) -> Result<u8, Failure> {
    tell(context, &clean(&context.session.root))?;
    Ok(exit::SUCCESS)
}

/// Says what was removed.
///
/// # Errors
/// The first folder that could not be.
pub(super) fn tell(context: &Context, cleaned: &Cleaned) -> Result<(), Failure> {
    for folder in &cleaned.removed {
        let name = fs::relative(&context.session.root, folder);
        note(context, LogLevel::Info, &format!("removed {}", name.display()));
    }
    match cleaned.errors.first() {
        Some(error) => Err(Failure::from_error(Kind::Machine, error)),
        None => Ok(()),
    }
}
