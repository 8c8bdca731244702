//! What the code of a module says about versions: which terraform, providers and modules it wants, and where it says so.
//! Nothing is evaluated and nothing is fetched: what is no plain text is `Computed`, what is not on the disk is unchecked.
//!
//! A [`Module`] is one folder, its override files merged as terraform does; a [`Tree`] is a module with all that it calls.

mod blocks;
mod extract;
mod fetched;
mod file;
mod memo;
mod merge;
mod names;
mod tree;

pub(super) use blocks::{BLOCKS_THAT_MATTER, blocks_of};
pub use fetched::{Fetched, FetchedModule};
pub use file::{
    BackendBlock, ModuleCall, Owner, ProviderBlock, ProviderUse, RequiredForm, RequiredProvider, Said,
    UseKind,
};
pub use memo::{Counting, Generated, Modules};
pub use merge::Module;
pub use names::{Dialect, Syntax, code_files, syntax_of};
pub use tree::{Node, Root, Step, Tree, Unchecked, Why};

#[cfg(test)]
mod tests;
