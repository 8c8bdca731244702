//! The blocks of a file that matter to versions, in either syntax. The bodies of resources do not.

use super::names::Syntax;
use crate::hcl::ast::{Block, Body};
use crate::hcl::parse::json_blocks;

/// Kinds of block with their number of labels.
pub const BLOCKS_THAT_MATTER: [(&str, usize); 10] = [
    ("terraform", 0),
    ("module", 1),
    ("provider", 1),
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("action", 2),
    ("list", 2),
    ("import", 0),
    ("check", 1),
];

/// The blocks of a body of these kinds. JSON only tells them by their kind and number of labels.
pub fn blocks_of(body: &Body, syntax: Syntax, kinds: &[(&str, usize)]) -> Vec<Block> {
    match syntax {
        Syntax::Native => {
            let matters = |block: &&Block| kinds.iter().any(|(kind, _)| *kind == &*block.kind.name);
            body.blocks.iter().filter(matters).cloned().collect()
        }
        Syntax::Json => {
            let of_kind = |(kind, labels): &(&str, usize)| {
                body.find_attribute(kind).map(|attribute| json_blocks(attribute, *labels)).unwrap_or_default()
            };
            kinds.iter().flat_map(of_kind).collect()
        }
    }
}
