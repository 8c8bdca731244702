//! Doing it: from a ready unit to terraform's exit code. Knows no terminal; what it has to say goes out as events.

pub mod argv;
pub mod around;
pub mod attempt;
mod auto_init;
pub mod backend;
pub mod child;
pub mod command;
pub mod custodian;
pub mod dispatcher;
mod exec;
pub mod executor;
pub mod failure;
pub mod gates;
pub mod generate;
pub mod hooks;
pub mod init;
pub mod inputs;
pub mod lines;
pub mod literal;
pub mod locator;
pub mod lock_question;
pub mod lock_queue;
pub mod lock_text;
pub mod locks;
pub mod module_version;
pub mod outputs;
pub mod packages;
pub mod passage;
pub mod plans;
pub mod prepare;
pub mod preparer;
pub mod rescue;
pub mod retry;
pub mod run_lock;
pub mod settings;
pub mod slots;
pub mod state_outputs;
pub mod tail;
pub mod tflint;
pub mod tools;
pub mod variables;
pub mod whereabouts;
pub mod wire;

#[cfg(test)]
#[cfg(unix)]
mod tests;
