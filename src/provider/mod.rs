//! Versions, constraints on them, and what an init depends on. Runs nothing.

pub mod constraint;
pub mod version;

pub use constraint::Constraints;
pub use version::{Version, VersionError};
