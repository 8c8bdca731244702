//! `find`: the components of an estate, as lines or JSON.

use super::look::{self, Listing, Question};
use crate::cli::args::{FindArgs, FindFormat};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::config::unit::Exclude;
use crate::graph::listing::Paint;
use crate::graph::unit::{Kind, UnitId};
use serde::Serialize;
use serde_json::{Map, Value};

/// One component, with its members in the order that tools expect.
#[derive(Serialize)]
struct Entry {
    r#type: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exclude: Option<ExcludeEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reading: Vec<String>,
}

#[derive(Serialize)]
struct ExcludeEntry {
    exclude_dependencies: Option<bool>,
    no_run: Option<bool>,
    actions: Option<Vec<String>>,
    r#if: bool,
}

/// Prints what was found.
///
/// # Errors
/// A filter that cannot be understood, a stdout that cannot be written.
pub(super) fn run(args: &FindArgs, context: &Context) -> Result<u8, Failure> {
    let question = Question {
        dag: args.dag,
        dependencies: args.dependencies,
        details: args.exclude || args.reading,
        includes: args.include,
        no_hidden: args.look.no_hidden,
        construct_as: args.look.queue_construct_as.as_deref(),
        keep_excluded: false,
    };
    let listing = look::look(context, &question)?;
    if args.json || args.format == Some(FindFormat::Json) {
        context.screen.print(&json(&listing, args))?;
    } else {
        context.screen.print_bytes(&lines(&listing, context))?;
    }
    Ok(exit::SUCCESS)
}

fn json(listing: &Listing, args: &FindArgs) -> String {
    let entries: Vec<Entry> = listing.shown.iter().map(|id| entry(listing, *id, args)).collect();
    let text = serde_json::to_string_pretty(&entries).unwrap_or_default();
    // Signs that could end a script element are written as escapes; they only stand inside strings.
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026") + "\n"
}

fn entry(listing: &Listing, id: UnitId, args: &FindArgs) -> Entry {
    let estate = &listing.estate;
    let kind = estate.components.get(id).map_or(Kind::Unit, |component| component.kind);
    let facts = estate.facts_of(id);
    let relative = |path: &std::path::Path| estate.shown(path);
    let exclude = facts.and_then(|facts| facts.exclude.as_ref()).filter(|_| args.exclude);
    let include = facts.filter(|facts| args.include && !facts.includes.is_empty()).map(|facts| {
        let shown =
            |path: &std::path::Path| if path.as_os_str().is_empty() { String::new() } else { relative(path) };
        let mut pairs: Vec<_> =
            facts.includes.iter().map(|(label, path)| (label.to_string(), shown(path))).collect();
        pairs.sort_by(|left, right| left.0.cmp(&right.0));
        pairs.into_iter().map(|(label, path)| (label, Value::String(path))).collect()
    });
    let reading =
        facts.filter(|_| args.reading).map(|facts| facts.reads.iter().map(|path| relative(path)).collect());
    Entry {
        r#type: kind.word(),
        path: estate.name_of(id),
        exclude: exclude.map(exclude_entry),
        include,
        dependencies: if args.dependencies { dependencies(listing, id) } else { Vec::new() },
        reading: reading.unwrap_or_default(),
    }
}

fn exclude_entry(exclude: &Exclude) -> ExcludeEntry {
    ExcludeEntry {
        exclude_dependencies: exclude.exclude_dependencies,
        no_run: exclude.no_run,
        actions: exclude.actions.clone(),
        r#if: exclude.condition,
    }
}

/// The names of what a component depends on, in order of declaration.
fn dependencies(listing: &Listing, id: UnitId) -> Vec<String> {
    let estate = &listing.estate;
    estate.targets_of(id).iter().map(|id| estate.name_of(*id)).collect()
}

/// A line a name, byte for byte: a program may hand it to another.
fn lines(listing: &Listing, context: &Context) -> Vec<u8> {
    let estate = &listing.estate;
    let mut text = Vec::new();
    for id in &listing.shown {
        if context.screen.stdout_color {
            let kind = estate.components.get(*id).map_or(Kind::Unit, |component| component.kind);
            text.extend(Paint::Colour.name(kind, &estate.name_of(*id)).into_bytes());
        } else {
            text.extend(estate.shown_path(estate.components.path(*id)).as_os_str().as_encoded_bytes());
        }
        text.push(b'\n');
    }
    text
}
