//! Forms of a report: one file each, one function over the report.

mod account;
mod github;
mod human;
mod json;
mod junit;
mod of_report;
mod sarif;

pub use account::{Account, Entry, Excuse, Gap, Level, Place, Region, RuleInfo, Surveyor, Trouble};
pub use human::{Style, human};

/// `--format` for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineFormat {
    Json,
    Sarif,
    JUnit,
    GitHub,
}

/// The account in a format; `exit_code` is what the command will end with.
#[must_use]
pub fn render(account: &Account, format: MachineFormat, exit_code: u8) -> String {
    match format {
        MachineFormat::Json => json::render(account),
        MachineFormat::Sarif => sarif::render(account, exit_code),
        MachineFormat::JUnit => junit::render(account),
        MachineFormat::GitHub => github::render(account),
    }
}

#[cfg(test)]
mod tests;
