//! What a unit file means: load order, schema, decoding, includes and merging, locals, dependencies, Terragrunt's
//! functions. Knows nothing of queues, terminals or terraform's process.

mod beside;
mod catalog;
pub mod credentials;
mod decode;
mod dependency;
mod estate_file;
pub mod estate_pins;
mod evaluation;
mod expansion;
pub mod explain;
mod expose;
mod feature;
mod file;
mod functions;
mod include;
mod lint;
mod load;
mod merge;
mod modules;
mod not_yet;
pub mod object;
pub mod origin;
pub mod pinned;
pub mod retryable;
mod role;
mod schema;
mod scope;
mod session;
pub mod stack;
pub mod unit;
mod values;
pub mod working_dir;
pub mod written;

pub use catalog::catalog_urls;
pub use estate_file::{ESTATE_FILE, EstateFile, RunLockBlock, RunLockMode, load_estate_file};
pub use file::{File, Files, VALUES_FILE};
pub use include::include_word;
pub use load::{
    Edge, FactsDepth, LoadedUnit, StatePlace, UnitFacts, check_unit, load_checked, load_facts,
    load_state_place, load_unit,
};
pub use session::{
    Away, Invoked, JSON_UNIT_FILE, Memory, OutputFault, OutputSource, Reach, Redirects, Session, UNIT_FILE,
};
