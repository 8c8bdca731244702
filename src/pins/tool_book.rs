//! Files for version managers, by the folders that they govern.

use crate::diag::{Diagnostics, SourceMap};
use crate::host::fs;
use crate::host::listings::Listings;
use crate::provider::Flavour;
use crate::provider::tool_files::{NAMES, ToolPin, parse};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the files of one folder pin.
#[derive(Debug, Default)]
pub struct Folder {
    pub pins: Vec<ToolPin>,
    pub faults: Diagnostics,
}

impl Folder {
    fn says_something(&self) -> bool {
        !self.pins.is_empty() || !self.faults.is_empty()
    }

    /// The first pin of a tool, which is the one that counts.
    #[must_use]
    pub fn pin_of(&self, flavour: Flavour) -> Option<&ToolPin> {
        self.pins.iter().find(|pin| pin.flavour == flavour)
    }
}

/// The folders that were looked at, each once.
#[derive(Debug)]
pub struct ToolBook {
    sources: Arc<SourceMap>,
    listings: Arc<Listings>,
    /// Nothing above it is looked at.
    top: PathBuf,
    known: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

impl ToolBook {
    #[must_use]
    pub fn new(top: &Path, sources: Arc<SourceMap>, listings: Arc<Listings>) -> Self {
        Self { sources, listings, top: top.to_path_buf(), known: Mutex::default() }
    }

    /// The folders with such files that have a say in what runs in `dir`, the nearest first.
    #[must_use]
    pub fn folders(&self, dir: &Path) -> Vec<Arc<Folder>> {
        let above = dir.ancestors().take_while(|folder| folder.starts_with(&self.top));
        above.map(|folder| self.folder(folder)).filter(|folder| folder.says_something()).collect()
    }

    fn folder(&self, path: &Path) -> Arc<Folder> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let read = Arc::new(self.read(path));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_path_buf()).or_insert(read).clone()
    }

    fn read(&self, folder: &Path) -> Folder {
        let mut read = Folder::default();
        for name in NAMES {
            let path = folder.join(name);
            if self.listings.is_absent(&path) {
                continue;
            }
            let Ok(text) = fs::read_text(&path) else { continue };
            let file = self.sources.add(&path, text.as_str().into());
            let (pins, faults) = parse(name, &text, file);
            read.pins.extend(pins);
            read.faults.extend(faults);
        }
        read
    }
}
