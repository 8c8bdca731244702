//! States in S3, locked by an object beside them, by an item of a DynamoDB table, or by both.
//!
//! - `settings`: the backend's settings in terraform's order; `bucket`: the objects
//! - `conditions`: whether the store keeps the conditions that safety rests on
//! - `table`: the lock table and the digests in it; `store`: one state; `driver`: what states share
//! - `container`: what bucket and table should be like; `harden`, `table_setup`: making them so; `policy`: who may do what

mod bucket;
mod conditions;
mod container;
mod driver;
mod fault;
mod harden;
mod policy;
mod settings;
mod store;
mod table;
mod table_setup;

pub use driver::Driver;

#[cfg(test)]
mod tests;
