//! Older flags and files as filters, so that there is one way to select.

use super::parse::parse_path;
use super::{Attribute, Expr, Extent, Filter, FilterError, FilterFault, Graph, Keep, parse_filter};

/// A filter in a file that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {error}")]
pub struct LineError {
    /// From 1.
    pub line: usize,
    pub error: FilterError,
}

/// `--queue-include-dir`: the value is a path pattern, whatever signs it has.
///
/// # Errors
/// When it is no pattern.
pub fn include_dir(pattern: &str) -> Result<Filter, FilterError> {
    pattern_filter(pattern, |path| Expr::Match(Attribute::Path(path)), "")
}

/// `--queue-exclude-dir`
///
/// # Errors
/// When it is no pattern.
pub fn exclude_dir(pattern: &str) -> Result<Filter, FilterError> {
    pattern_filter(pattern, |path| Expr::Match(Attribute::Path(path)).negated(), "!")
}

/// `--queue-include-units-reading`, `--units-that-include`
///
/// # Errors
/// When it is no pattern.
pub fn reading(pattern: &str) -> Result<Filter, FilterError> {
    pattern_filter(pattern, |path| Expr::Match(Attribute::Reading(path)), "reading=")
}

/// `--queue-include-external`: everything inside with what it needs outside.
///
/// # Errors
/// Never in practice.
pub fn include_external() -> Result<Filter, FilterError> {
    pattern_filter("**", everything_with_dependencies, "")
}

/// A line of a `--queue-excludes-file`: any filter, taken away.
///
/// # Errors
/// When it is no filter.
pub fn exclude_line(line: &str) -> Result<Filter, FilterError> {
    parse_filter(&format!("!{line}"))
}

/// A file with one filter a line; blank lines and lines that start with `#` say nothing. `parse` is
/// [`parse_filter`], or [`exclude_line`] for an excludes file.
///
/// # Errors
/// With every line that is no filter.
pub fn parse_lines(
    text: &str,
    parse: impl Fn(&str) -> Result<Filter, FilterError>,
) -> Result<Vec<Filter>, Vec<LineError>> {
    let (mut filters, mut errors) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match parse(line) {
            Ok(filter) => filters.push(filter),
            Err(error) => errors.push(LineError { line: index + 1, error }),
        }
    }
    if errors.is_empty() { Ok(filters) } else { Err(errors) }
}

fn everything_with_dependencies(path: super::PathPattern) -> Expr {
    let target = Expr::Match(Attribute::Path(path));
    let dependencies = Some(Extent::default());
    Expr::Graph(Box::new(Graph { target, dependents: None, dependencies, keep: Keep::Target }))
}

fn pattern_filter(
    pattern: &str,
    expr: impl FnOnce(super::PathPattern) -> Expr,
    sign: &str,
) -> Result<Filter, FilterError> {
    match parse_path(pattern) {
        Ok(path) => Ok(Filter { text: format!("{sign}{pattern}"), expr: expr(path) }),
        Err(source) => Err(FilterError {
            query: pattern.to_owned(),
            fault: FilterFault::BadPattern { pattern: pattern.to_owned(), source },
            column: 0,
            hint: None,
        }),
    }
}
