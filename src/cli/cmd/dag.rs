//! `dag graph`: the dependency graph in DOT.

use super::list;
use super::look::{self, Question};
use crate::cli::args::{DagGraphArgs, ListFormat};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};

/// Prints the graph.
///
/// # Errors
/// A filter that cannot be understood, a stdout that cannot be written.
pub(super) fn run(_args: &DagGraphArgs, context: &Context) -> Result<u8, Failure> {
    let question = Question { dag: true, dependencies: true, details: true, ..Question::default() };
    let listing = look::look(context, &question)?;
    context.screen.print(&list::render(&listing, ListFormat::Dot, (&question, context)))?;
    Ok(exit::SUCCESS)
}
