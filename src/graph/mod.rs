//! Units and their order: finding them, linking them, choosing among them, queueing them, drawing them.
//! Knows nothing of the language in their files and runs nothing.

pub mod dag;
pub mod queue;
pub mod unit;

pub use unit::UnitId;
