//! Arguments, settings, commands: the top floor. Nobody imports it.

pub mod args;
pub mod argv;
pub mod env_names;
pub mod failure;
pub mod help;
pub mod reference;
pub mod resolve;
pub mod selection;
pub mod settings;
pub mod words;

/// Runs the command line and says how the process ends.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
