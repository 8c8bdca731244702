//! The rules, one idea a file.

pub mod lock;
pub mod names;
pub mod tool_files;
