//! The one door to the machine: environment, clock, files, processes. Pure code above asks here or is handed values.

pub mod clock;
pub mod env;
pub mod fs;
pub mod http;
pub mod listings;
pub mod machine;
pub mod os;
pub mod parallel;
pub mod process;
pub mod random;
pub mod reactor;
pub mod record_lock;
pub mod terminal;
