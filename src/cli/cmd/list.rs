//! `list`: the components of an estate, for people: columns, a table, a tree, or a graph in DOT.

use super::look::{self, Listing, Question};
use crate::cli::args::{ListArgs, ListFormat};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::graph::dag::Way;
use crate::graph::tree::{self, Row};
use crate::graph::unit::{Kind, by_path};

/// Prints what was found.
///
/// # Errors
/// A filter that cannot be understood, a stdout that cannot be written.
pub(super) fn run(args: &ListArgs, context: &Context) -> Result<u8, Failure> {
    let format = match args {
        ListArgs { tree: true, .. } => ListFormat::Tree,
        ListArgs { long: true, .. } => ListFormat::Long,
        _ => args.format.unwrap_or_default(),
    };
    let question = Question {
        dag: args.dag,
        dependencies: args.dependencies,
        details: format == ListFormat::Dot,
        includes: false,
        no_hidden: args.look.no_hidden,
        construct_as: args.look.queue_construct_as.as_deref(),
    };
    let listing = look::look(context, &question)?;
    context.screen.print(&render(&listing, format, (args.dag || question.construct_as.is_some(), context)))?;
    Ok(exit::SUCCESS)
}
