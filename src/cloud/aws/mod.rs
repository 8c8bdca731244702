//! AWS: one session for each set of access settings, with its clients, credentials and connections.
//!
//! - `access`: the settings; `keeper`: credentials in terraform's order, kept until they expire
//! - `profile`: the shared files; `sso`, `program`, `machine`: logins, programs and machines that give credentials, and
//!   `answer`: what they say; `role`: assuming roles; `identity`: who we are
//! - `desk`, `shelf`: answers and objects for those who wait
//! - `wire`: the SDK's requests over our HTTP client; `fault`: what an answer means

pub mod access;
mod answer;
pub mod desk;
pub mod fault;
pub mod identity;
mod keeper;
mod machine;
mod profile;
mod program;
pub mod role;
mod session;
pub mod shelf;
mod sso;
pub mod wire;

pub use access::{Access, Keys};
pub use fault::{Fault, Meaning};
pub use role::{Role, WebIdentity};
pub use session::Session;
