//! Units that nobody picked, as far as their lock files tell which versions of providers they have: what is picked is compared
//! with them.

use crate::host::env::parallelism;
use crate::host::fs;
use crate::host::parallel::in_order;
use crate::provider::code::Counting;
use crate::provider::lock_file::{FILE_NAME, versions_in};
use crate::provider::{ProviderAddress, Version};
use std::path::PathBuf;

/// What another unit locks.
#[derive(Debug)]
pub struct OtherLock {
    /// The unit's folder.
    pub dir: PathBuf,
    pub versions: Vec<(ProviderAddress, Version)>,
}

/// Those of these units that lock something.
pub(super) fn read(dirs: &[PathBuf], counting: Option<&Counting>) -> Vec<OtherLock> {
    let read = in_order(dirs, parallelism(), |dir| {
        let path = dir.join(FILE_NAME);
        if counting.is_some_and(|counting| !counting.counts(&path)) {
            return None;
        }
        let versions = versions_in(&fs::read_text(&path).ok()?);
        (!versions.is_empty()).then(|| OtherLock { dir: dir.clone(), versions })
    });
    read.into_iter().flatten().collect()
}
