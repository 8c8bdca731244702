//! What git is told to ignore. Knows nothing of why somebody asks.

use super::repository::{Result, failed};
use crate::host::os;
use crate::host::process::Captured;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How git says that it cannot tell, of a path behind a link or in another repository.
const REFUSED: i32 = 128;

/// Runs git with words and an input.
pub(super) type Ask<'a> = &'a dyn Fn(&[&str], &[u8]) -> Result<Captured>;

/// Those of the paths, as seen from the top, that git ignores; what its index has is not ignored. A path that git cannot judge spoils a question, so that it is asked in halves.
pub(super) fn ignored_among(ask: Ask<'_>, paths: &[&Path]) -> Result<HashSet<PathBuf>> {
    if paths.is_empty() {
        return Ok(HashSet::new());
    }
    let mut input = Vec::new();
    for path in paths {
        input.extend(os::bytes_of(path));
        input.push(0);
    }
    let out = ask(&["check-ignore", "-z", "--stdin"], &input)?;
    match out.code {
        0 | 1 => {
            let fields = out.stdout.split(|byte| *byte == 0).filter(|field| !field.is_empty());
            Ok(fields.map(os::path_of).collect())
        }
        REFUSED if paths.len() > 1 => {
            let (left, right) = paths.split_at(paths.len() / 2);
            let mut found = ignored_among(ask, left)?;
            found.extend(ignored_among(ask, right)?);
            Ok(found)
        }
        _ => Err(failed("check-ignore", &out)),
    }
}
