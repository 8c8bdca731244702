//! `stack clean`: removes what was generated.

use super::note;
use crate::cli::args::LogLevel;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::host::fs;
use crate::run::rescue::Rescues;
use crate::stacks::{Cleaned, clean, generated_folders};

/// Removes it and says what it removed.
///
/// # Errors
/// When a folder cannot be removed.
pub(super) fn run(context: &Context) -> Result<u8, Failure> {
    remove(context)?;
    Ok(exit::SUCCESS)
}

/// Removes what was generated; first what terraform left there goes to safety.
///
/// # Errors
/// When a folder cannot be removed, or a state not be saved from it.
pub(super) fn remove(context: &Context) -> Result<(), Failure> {
    let (root, env) = (&context.session.root, &context.session.env);
    let rescues = Rescues::of_user(env);
    for folder in generated_folders(root) {
        let rescued = rescues.take_below(&folder, env);
        for rescued in rescued.map_err(|error| Failure::from_error(Kind::Machine, &error))? {
            let text = format!("a state that could not be stored is now {}", rescued.path.display());
            note(context, LogLevel::Warn, &text);
        }
    }
    tell(context, &clean(root))
}

/// Says what was removed.
///
/// # Errors
/// The first folder that could not be.
fn tell(context: &Context, cleaned: &Cleaned) -> Result<(), Failure> {
    for folder in &cleaned.removed {
        let name = fs::relative(&context.session.root, folder);
        note(context, LogLevel::Info, &format!("removed {}", name.display()));
    }
    if let Some(first) = cleaned.kept.first() {
        let others = match cleaned.kept.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        let name = fs::relative(&context.session.root, first);
        let text = format!("the state {}{others} still knows of resources, and stays", name.display());
        note(context, LogLevel::Warn, &text);
    }
    match cleaned.errors.first() {
        Some(error) => Err(Failure::from_error(Kind::Machine, error)),
        None => Ok(()),
    }
}
