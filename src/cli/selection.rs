//! Which units the flags select: the scope, and every flag and file of selection as queries of one filter language. It
//! reads the filter files and evaluates nothing.

use super::args::{FilterArgs, QueueSelectArgs, Shared};
use super::failure::{Failure, Kind};
use crate::diag::Code;
use crate::graph::filter::{self, Filter, FilterError};
use crate::host::fs;
use std::path::{Path, PathBuf};

/// How far a command reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The unit in the working directory.
    #[default]
    One,
    /// Every unit below the working directory that the filters select.
    All,
    /// The unit in the working directory and all that depend on it, looked for below `root` or else in the whole
    /// repository.
    Graph { root: Option<PathBuf> },
}

/// One filter and where it was written, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub form: Form,
    pub text: String,
    /// `--filter`, `--queue-exclude-dir`, `.terragrunt-filters:3`.
    pub origin: String,
}

/// How the text of a query is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the filter language.
    Filter,
    /// The same, taken away.
    ExcludeFilter,
    /// A pattern of folders.
    IncludeDir,
    ExcludeDir,
    /// A pattern of files.
    Reading,
    /// Nothing: everything inside with what it needs outside.
    IncludeExternal,
}

impl Query {
    /// What it means.
    ///
    /// # Errors
    /// When it cannot be understood.
    pub fn parse(&self) -> Result<Filter, FilterError> {
        match self.form {
            Form::Filter => filter::parse_filter(&self.text),
            Form::ExcludeFilter => filter::exclude_line(&self.text),
            Form::IncludeDir => filter::include_dir(&self.text),
            Form::ExcludeDir => filter::exclude_dir(&self.text),
            Form::Reading => filter::reading(&self.text),
            Form::IncludeExternal => filter::include_external(),
        }
    }
}

/// What the flags select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub scope: Scope,
    /// A union; those that only exclude are taken from it.
    pub queries: Vec<Query>,
    /// What HEAD changed since the default branch is one of the filters.
    pub affected: bool,
    /// Neighbours are looked for in this folder, unless a filter says otherwise. Absolute.
    pub boundary: Option<PathBuf>,
    /// Git filters may destroy what was removed.
    pub allow_destroy: bool,
}

/// Makes the selection of a command whose reach is `many` units whatever its flags say, or else by its flags.
///
/// # Errors
/// When flags exclude each other or a filter file that was asked for cannot be read.
pub fn select(shared: &Shared, working_dir: &Path, reach: Reach) -> Result<Selection, Failure> {
    let all = shared.all.all || !shared.filter.filter.is_empty();
    if all && shared.graph.graph {
        let with = if shared.all.all { "--all" } else { "--filter, which implies --all," };
        return Err(Failure::usage(format!("{with} and --graph exclude each other"))
            .coded(Code::Exclusive)
            .hint("--graph runs a unit and its dependents, --all every unit below the working folder"));
    }
    let root = shared.graph_root.as_ref().map(|root| fs::clean(&working_dir.join(root)));
    let scope = match (all, shared.graph.graph) {
        (true, _) => Scope::All,
        (_, true) => Scope::Graph { root },
        _ => Scope::One,
    };
    let many = reach == Reach::Many || scope != Scope::One;
    let queries = if many { queries(&shared.filter, &shared.queue_select, working_dir)? } else { Vec::new() };
    Ok(Selection {
        scope,
        queries,
        boundary: shared.filter.discovery_boundary.as_ref().map(|dir| fs::clean(&working_dir.join(dir))),
        affected: many && shared.filter.filter_affected,
        allow_destroy: shared.filter.filter_allow_destroy,
    })
}

/// How far a command reaches by nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One unit, unless flags say more.
    ByFlags,
    /// Everything below the working directory.
    Many,
}

fn queries(filter: &FilterArgs, queue: &QueueSelectArgs, working_dir: &Path) -> Result<Vec<Query>, Failure> {
    let mut out: Vec<Query> = Vec::new();
    let mut add = |origin: &str, texts: &[String], form: Form| {
        out.extend(texts.iter().map(|text| Query { form, text: text.clone(), origin: origin.to_owned() }));
    };
    add("--filter", &filter.filter, Form::Filter);
    add("--queue-include-dir", &queue.queue_include_dir, Form::IncludeDir);
    add("--queue-exclude-dir", &queue.queue_exclude_dir, Form::ExcludeDir);
    add("--queue-include-units-reading", &queue.queue_include_units_reading, Form::Reading);
    add("--units-that-include", &queue.units_that_include, Form::Reading);
    if queue.queue_include_external {
        add("--queue-include-external", &["**".to_owned()], Form::IncludeExternal);
    }
    if !filter.no_filters_file {
        let file = SideFile {
            given: filter.filters_file.as_deref(),
            usual: ".terragrunt-filters",
            flag: "--filters-file",
        };
        out.extend(file.read(working_dir, Form::Filter)?);
    }
    let file = SideFile {
        given: queue.queue_excludes_file.as_deref(),
        usual: ".terragrunt-excludes",
        flag: "--queue-excludes-file",
    };
    out.extend(file.read(working_dir, Form::ExcludeFilter)?);
    Ok(out)
}

/// A file of filters, one a line, that is read if it is there, and must be there if it was asked for.
struct SideFile<'a> {
    given: Option<&'a Path>,
    usual: &'static str,
    flag: &'static str,
}

impl SideFile<'_> {
    fn read(&self, working_dir: &Path, form: Form) -> Result<Vec<Query>, Failure> {
        let path = working_dir.join(self.given.unwrap_or(Path::new(self.usual)));
        let text = match fs::read_text(&path) {
            Ok(text) => text,
            Err(error) if error.is_not_found() && self.given.is_none() => return Ok(Vec::new()),
            Err(error) => {
                let hint = format!("{} names it, relative to the working folder", self.flag);
                return Err(Failure::new(Kind::Machine, error.to_string())
                    .hint_if(self.given.is_some().then_some(hint)));
            }
        };
        let name = self.given.unwrap_or(Path::new(self.usual)).display();
        let lines = text
            .lines()
            .map(str::trim)
            .enumerate()
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        Ok(lines
            .map(|(at, line)| Query { form, text: line.to_owned(), origin: format!("{name}:{}", at + 1) })
            .collect())
    }
}
