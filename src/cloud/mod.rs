//! Sessions with clouds: whose credentials, which endpoints, over our own HTTP client. Knows no state and no module: the
//! rooms that keep states, fetch modules or answer functions ask through it.

pub mod aws;
pub mod google;
pub mod secret;

pub use secret::Secret;
