//! Units and their order: finding them, linking them, choosing among them, queueing them, drawing them.
//! Knows nothing of the language in their files and runs nothing.

pub mod changes;
pub mod dag;
pub mod discover;
pub mod dot;
pub mod filter;
pub mod glob;
pub mod listing;
pub mod queue;
pub mod tree;
pub mod unit;
