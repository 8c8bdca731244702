//! `list`: the components of an estate, for people: columns, a table, a tree, or a graph in DOT.

use super::look::{self, Listing, Question};
use crate::cli::args::{ListArgs, ListFormat};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::graph::dag::Way;
use crate::graph::dot::render_dot;
use crate::graph::listing::{Detail, Paint, Row, Standing, render_columns, render_long};
use crate::graph::tree::{render_tree_by_links, render_tree_by_path};
use crate::graph::unit::{Kind, UnitId};

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
        keep_excluded: format == ListFormat::Dot,
    };
    let listing = look::look(context, &question)?;
    context.screen.print(&render(&listing, format, (&question, context)))?;
    Ok(exit::SUCCESS)
}

/// The listing in one of its forms.
pub(super) fn render(
    listing: &Listing,
    format: ListFormat,
    (question, context): (&Question<'_>, &Context),
) -> String {
    let rows: Vec<Row> = listing.shown.iter().map(|id| row(listing, *id, question)).collect();
    let paint = if context.screen.stdout_color { Paint::Colour } else { Paint::Plain };
    let detail = if question.dependencies { Detail::Dependencies } else { Detail::Path };
    match format {
        ListFormat::Text => render_columns(&rows, context.screen.width, paint),
        ListFormat::Long => render_long(&rows, detail, paint),
        ListFormat::Tree if question.dag || question.construct_as.is_some() => {
            render_tree_by_links(&rows, paint)
        }
        ListFormat::Tree => render_tree_by_path(&rows, paint),
        ListFormat::Dot => render_dot(&rows),
    }
}

fn row(listing: &Listing, id: UnitId, question: &Question<'_>) -> Row {
    let estate = &listing.estate;
    let way = if question.construct_as == Some("destroy") { Way::ToDependents } else { Way::ToDependencies };
    let links = listing.dag.as_ref().map(|dag| dag.links().neighbours(id, way)).unwrap_or_default();
    let excluded = question.construct_as.is_some_and(|command| look::excludes(estate, id, command));
    Row {
        kind: estate.components.get(id).map_or(Kind::Unit, |component| component.kind),
        name: estate.name_of(id),
        links: links.into_iter().map(|id| estate.name_of(id)).collect(),
        standing: if excluded { Standing::Excluded } else { Standing::TakesPart },
    }
}
