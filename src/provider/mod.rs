//! Versions, constraints on them, and what an init depends on. Runs nothing.

pub mod address;
pub mod code;
pub mod constraint;
pub mod contents;
pub mod contradiction;
pub mod init;
pub mod lock_file;
pub mod mirror;
pub mod needed;
pub mod package_hash;
pub mod platform;
pub mod plugin_cache;
pub mod provider_range;
pub mod requirements;
pub mod stamp;
pub mod tool_files;
pub mod variables;
pub mod version;

pub use address::ProviderAddress;
pub use constraint::Constraints;
pub use contents::{Contents, Difference, PackageError};
pub use contradiction::Contradiction;
pub use init::{InitContext, InitDecision, Reason, Tool, needs_init, record_init};
pub use lock_file::LockFile;
pub use package_hash::PackageHash;
pub use platform::Platform;
pub use provider_range::{Piece, ProviderConstraints, Tightness};
pub use tool_files::Flavour;
pub use version::{Version, VersionError};
