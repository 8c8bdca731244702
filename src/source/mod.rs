//! Module sources: what an address means, where its copy lies, how it gets there. Knows nothing of units' files.

pub mod address;
pub mod cache;
mod copy;
pub mod error;
pub mod git;
pub mod glob;
pub mod manifest;
pub mod redirect;
pub mod rules;
pub mod tags;
mod tree;
pub mod urlpath;
pub mod workdir;

pub use address::{Kind, Source, parse_source};
pub use cache::{Layout, layout};
pub use error::SourceError;
pub use git::Fetcher;
pub use rules::{CopyRules, ProviderLock};
pub use tree::{has_module_files, is_module_file};
pub use workdir::{Need, Refresh, Request, WorkDir, copy_lock_file};
