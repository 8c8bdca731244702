//! A file's size and times, to tell cheaply that it did not change. Equal stamps prove it, if the file was at rest
//! when it was stamped.

use crate::host::fs;
use crate::host::os::touched;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Size, time of the content, time of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64, i64, i64);

/// File systems tell times apart no better than this.
const TICK: i64 = 50_000_000;

impl Stamp {
    /// `None` if there is no such file.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let meta = fs::metadata(path).ok()?;
        let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0);
        Some(Self(meta.len(), modified, touched(&meta)))
    }

    /// Whether the file was at rest at this time: a later write would have left another stamp.
    #[must_use]
    pub fn was_at_rest(self, at: i64) -> bool {
        self.2 < at - TICK && self.1 < at - TICK
    }
}

/// The stamps of a folder's files that matter; `None` if it cannot be listed.
pub(super) fn of_folder(folder: &Path, matters: impl Fn(&str) -> bool) -> Option<BTreeMap<String, Stamp>> {
    let names =
        fs::read_dir(folder).ok()?.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| matters(name))
        .map(|name| Some((name.clone(), Stamp::of(&folder.join(&name))?)))
        .collect()
}
