//! The settings that terraform and OpenTofu themselves read, before any module: which files these are, what is written in
//! them, and what they say together. The files are read as the tools read them, each once, and what is faulty in them is a
//! warning, as it is for the tools: they go on without it. Asks nobody, and knows no provider and no module.

mod decode;
mod files;
mod flavour;
mod hostname;
mod implied;
mod kinds;
mod settings;
mod syntax;
mod token_program;
mod veil;

pub use files::{RcBook, Reader, files_of_any};
pub use flavour::Flavour;
pub use hostname::normal_host;
pub use implied::implied_folders;
pub use kinds::{Helper, Method, Way};
pub use settings::{CACHE_VARIABLE, RcSettings, token_of_env};
pub use token_program::{HelperFault, ask_helper};
