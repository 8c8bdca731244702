//! The files that a command line names behind `--files`.

use super::args::Command;
use super::argv::Line;
use super::failure::Failure;
use super::start::Start;
use crate::host::fs;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// With `--files` all words are names, seen from where the process was started; `None` without it.
///
/// # Errors
/// Without it, a word that is no text.
pub(super) fn of(command: &Command, line: &Line, start: Start<'_>) -> Result<Option<Vec<PathBuf>>, Failure> {
    if !command.files().is_some_and(|args| args.files) {
        return match start.behind.iter().find(|word| word.to_str().is_none()) {
            None => Ok(None),
            Some(word) => Err(Failure::usage(format!("the argument {} is not Unicode", word.display()))),
        };
    }
    let before = line.words.iter().take(line.before).map(OsString::from);
    let names = before.chain(start.behind.iter().cloned()).filter(|name| !name.is_empty());
    let mut files: Vec<PathBuf> = names.map(|name| fs::clean(&start.cwd.join(Path::new(&name)))).collect();
    files.sort();
    files.dedup();
    Ok(Some(files))
}
