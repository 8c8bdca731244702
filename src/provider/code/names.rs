//! Which files of a folder are code, in which order they count, and which of them override others.

use crate::provider::address::{OPENTOFU_REGISTRY, TERRAFORM_REGISTRY};

/// In which syntax a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Native,
    Json,
}

/// Whose files are read: only OpenTofu knows `.tofu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    Terraform,
    Tofu,
}

impl Dialect {
    /// Where providers and modules come from that name no host.
    #[must_use]
    pub fn registry(self) -> &'static str {
        match self {
            Self::Terraform => TERRAFORM_REGISTRY,
            Self::Tofu => OPENTOFU_REGISTRY,
        }
    }

    /// The name of the program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Tofu => "tofu",
        }
    }
}

/// The endings of code; the longer one first, where one ends with the other.
const ENDINGS: [(&str, Syntax, Dialect); 4] = [
    (".tf.json", Syntax::Json, Dialect::Terraform),
    (".tofu.json", Syntax::Json, Dialect::Tofu),
    (".tf", Syntax::Native, Dialect::Terraform),
    (".tofu", Syntax::Native, Dialect::Tofu),
];

/// A name without its ending, and what the ending means.
fn split(name: &str) -> Option<(&str, Syntax, Dialect)> {
    let is_hidden =
        name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#');
    let mut endings = ENDINGS.iter().filter(|_| !is_hidden);
    endings.find_map(|(ending, syntax, dialect)| Some((name.strip_suffix(ending)?, *syntax, *dialect)))
}

/// Whether a file of this name may belong to a module, and in which syntax it is.
#[must_use]
pub fn syntax_of(name: &str) -> Option<Syntax> {
    split(name).map(|(_, syntax, _)| syntax)
}

/// The names among these that are code, in the order in which they count: what overrides others comes last.
#[must_use]
pub fn code_files(mut names: Vec<String>, dialect: Dialect) -> Vec<String> {
    names.sort();
    let counts = |name: &&String| match split(name) {
        None => false,
        Some((_, _, Dialect::Tofu)) => dialect == Dialect::Tofu,
        Some((stem, syntax, Dialect::Terraform)) => {
            let twin = match syntax {
                Syntax::Native => format!("{stem}.tofu"),
                Syntax::Json => format!("{stem}.tofu.json"),
            };
            dialect == Dialect::Terraform || names.binary_search(&twin).is_err()
        }
    };
    let (overrides, primary): (Vec<String>, Vec<String>) =
        names.iter().filter(counts).cloned().partition(|name| is_override(name));
    primary.into_iter().chain(overrides).collect()
}

/// Whether a file of this name overrides what the others say.
#[must_use]
pub(super) fn is_override(name: &str) -> bool {
    split(name).is_some_and(|(stem, ..)| stem == "override" || stem.ends_with("_override"))
}
