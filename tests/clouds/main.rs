//! Against the emulators of three clouds and a local folder: the real terraform, the binary, and our own stores.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test drives the machine itself, and its helpers may fail loudly"
)]

#[path = "../emulators/mod.rs"]
mod emulators;
#[path = "../suite/space.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod space;

mod aws;
mod azurerm;
mod bad_states;
mod canary;
mod conformance;
mod custody;
#[allow(dead_code, reason = "the tour uses the rest")]
mod estate;
#[path = "../suite/fake.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod fake;
mod faults;
mod gcs;
mod gcs_modules;
mod harness;
mod interop;
mod kills;
mod live;
mod module;
mod outputs;
#[path = "../suite/platform_estate.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod platform_estate;
mod platforms;
mod run_locks;
mod s3;
mod s3_container;
