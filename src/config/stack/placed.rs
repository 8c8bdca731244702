//! A `unit` or `stack` block whose place is known.

use crate::config::expansion::Turn;
use crate::diag::Span;
use crate::graph::unit::Kind;
use crate::hcl::ast::Block;
use std::path::PathBuf;
use std::sync::Arc;

/// A block, and the folder that it fills.
pub(super) struct PlacedBlock<'e> {
    pub kind: Kind,
    pub name: Arc<str>,
    pub dir: PathBuf,
    /// The path, as far as it is to blame.
    pub path_span: Span,
    pub block: &'e Block,
    pub turn: Option<Turn>,
    pub via: Option<Span>,
}
