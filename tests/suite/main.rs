//! End to end: the built binary over fixture trees, with the real terraform or a stand-in for it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test drives the machine itself, and its helpers may fail loudly"
)]

mod backends;
mod bad_input;
mod catalog;
mod codes;
mod commits;
mod completion;
mod concurrency;
mod credentials;
mod diagnostics;
mod errors;
mod explain;
mod fake;
mod faults;
mod filter_stacks;
mod filters;
mod flags;
mod hooks;
mod info;
mod inputs;
mod layout;
mod limits;
mod live;
mod locks;
mod logs;
mod members;
mod mocks;
mod order;
mod outputs;
mod packages;
mod parity;
mod parity_templates;
mod passthrough;
mod pin_lists;
mod pin_rules;
mod pinned_tools;
mod pins;
mod pins_lock;
mod places;
mod plans;
mod platform_estate;
mod platforms;
mod pre_commit;
mod prompts;
mod reference;
mod registry;
mod remote_sources;
mod rendered;
mod reports;
mod robustness;
mod rule_pages;
mod screens;
mod secrets;
mod server;
mod shared_packages;
mod signals;
mod sops;
mod sources;
mod space;
mod stacks;
mod state_locks;
mod state_safety;
mod state_server;
mod states;
mod tflint;
mod tofu;
mod tool_settings;
#[path = "../emulators/tools.rs"]
mod tools;
mod validate;
