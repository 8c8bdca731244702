//! Arguments, settings, commands: the top floor. Nobody imports it.

pub mod args;

/// Runs the command line and says how the process ends.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
