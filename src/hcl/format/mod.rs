//! AST-free writing of HCL: values as text, blocks as text, and the canonical layout of any source. Knows nothing of
//! what the text means.

mod layout;
#[cfg(test)]
mod tests;
mod tokens;
mod write;

pub use layout::format_source;
pub use write::{BodyWriter, quote, write_value};
