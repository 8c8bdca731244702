//! Showing a run: lines, a live display, a summary, a report file. Sees events and never what runs.

mod board;
pub mod fancy;
pub mod file;
pub mod line;
pub mod plain;
pub mod sink;
pub mod summary;
pub mod template;
mod tf_log;
pub mod time;

#[cfg(test)]
mod tests;
