//! Versions, constraints on them, and what an init depends on. Runs nothing.

pub mod code;
pub mod constraint;
pub mod init;
pub mod lock_file;
pub mod plugin_cache;
pub mod requirements;
mod stamp;
pub mod variables;
pub mod version;

pub use constraint::Constraints;
pub use init::{InitContext, InitDecision, Reason, Tool, needs_init, record_init};
pub use version::{Version, VersionError};
