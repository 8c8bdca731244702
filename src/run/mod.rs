//! Doing it: from a ready unit to terraform's exit code. Knows no terminal; what it has to say goes out as events.

pub mod argv;
pub mod child;
pub mod command;
pub mod generate;
pub mod lines;
pub mod retry;
pub mod tail;
pub mod wire;
