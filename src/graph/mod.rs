//! Units and their order.

mod unit;

pub use unit::UnitId;
