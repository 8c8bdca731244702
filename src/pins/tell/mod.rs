//! Forms of a report: one file each, one function over the report.

mod human;

pub use human::{Style, human};
