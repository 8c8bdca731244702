//! Module sources: what an address means, where its copy lies, how it gets there. Knows nothing of units' files.

pub mod address;
pub mod archive;
pub mod cache;
mod content;
mod copy;
pub mod error;
mod fetch;
mod folder;
mod gcs;
pub mod git;
pub mod glob;
mod http;
pub mod index;
pub mod manifest;
pub mod redirect;
mod registry;
pub mod repository;
pub mod rules;
mod s3;
mod stale;
pub mod states;
mod store;
pub mod tags;
mod tree;
mod unpack;
pub mod urlpath;
pub mod workdir;
pub mod worktree;

pub use address::{GcsSource, HttpSource, Kind, RegistrySource, Source, Unpack, parse_source};
pub use cache::{Layout, layout};
pub use error::SourceError;
pub use fetch::Fetcher;
pub use folder::folder_of;
pub use rules::{CopyRules, Mutable, ProviderLock};
pub use tree::{Delivery, has_module_files, is_module_file};
pub use workdir::{Need, Refresh, Request, WorkDir, copy_lock_file};
