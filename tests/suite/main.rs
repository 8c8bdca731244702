//! End to end: the built binary over fixture trees, with the real terraform or a stand-in for it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test drives the machine itself, and its helpers may fail loudly"
)]

mod bad_input;
mod codes;
mod completion;
mod concurrency;
mod diagnostics;
mod fake;
mod faults;
mod flags;
mod hooks;
mod info;
mod inputs;
mod layout;
mod limits;
mod live;
mod members;
mod mocks;
mod order;
mod parity;
mod passthrough;
mod prompts;
mod reference;
mod remote_sources;
mod rendered;
mod robustness;
mod screens;
mod secrets;
mod server;
mod signals;
mod sources;
mod space;
mod stacks;
mod tofu;
mod validate;
