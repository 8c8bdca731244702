//! What a settings file can name: ways to packages, and helpers.

use std::path::PathBuf;

/// A way to packages, and the providers that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    pub way: Way,
    /// Empty: every provider.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

/// Which kind of way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The registry that a provider's address names.
    Registry,
    /// As written: from where the tool runs.
    Folder(PathBuf),
    Server(String),
    /// Providers that are under development, by their addresses.
    Overrides(Vec<String>),
    /// One that is the tool's own affair.
    Other,
}

/// A program that knows tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    pub name: String,
    /// May be secret.
    pub args: Vec<String>,
}
