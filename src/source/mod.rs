//! Module sources: what an address means, where its copy lives, how it gets there. Knows nothing of units' files.

pub mod address;
pub mod cache;
pub mod error;
pub mod glob;
pub mod manifest;
pub mod redirect;
pub mod urlpath;

pub use address::{Kind, Source, parse_source};
pub use cache::{Layout, layout};
pub use error::SourceError;
