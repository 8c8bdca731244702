//! Generating what stack files ask for: folders with units and stacks in them. What a stack file means is `config`'s to
//! say; this room knows no command line and starts no terraform.

mod clean;
mod contents;
mod digest;
mod generate;
mod lineage;
mod place;

pub use clean::{Cleaned, clean, generated_folders};
pub use digest::digests;
pub use generate::{Done, Progress, Request, Validation, generate};
