mod expressions;
mod faults;
mod json;
mod mutation;
mod shape;
mod structure;
mod templates;

use super::{parse_body, parse_expression, parse_template};
use crate::diag::{Diagnostics, FileId, SourceMap};
use crate::hcl::ast::{Body, Expr};
use std::path::Path;

/// An id for texts that no map needs to know.
fn file() -> FileId {
    SourceMap::default().add(Path::new("test.hcl"), "".into())
}

fn expr(text: &str) -> Expr {
    match parse_expression(text, file()) {
        (Some(expr), faults) if faults.is_empty() => expr,
        (_, faults) => panic!("{text:?} has faults: {faults:#?}"),
    }
}

fn template(text: &str) -> Expr {
    match parse_template(text, file()) {
        (Some(expr), faults) if faults.is_empty() => expr,
        (_, faults) => panic!("{text:?} has faults: {faults:#?}"),
    }
}

fn body(text: &str) -> Body {
    match parse_body(text, file()) {
        (Some(body), faults) if faults.is_empty() => body,
        (_, faults) => panic!("{text:?} has faults: {faults:#?}"),
    }
}

/// What is under each primary label, with the summary: `summary @ text`.
fn told(text: &str, faults: &Diagnostics) -> Vec<String> {
    let mut told: Vec<_> = faults
        .iter()
        .map(|fault| {
            let span = fault.primary.as_ref().map(|label| label.span).unwrap();
            let line = text[..span.start as usize].matches('\n').count() + 1;
            (
                span.start,
                format!("{line}: {} @ {:?}", fault.summary, &text[span.start as usize..span.end as usize]),
            )
        })
        .collect();
    told.sort();
    told.into_iter().map(|(_, words)| words).collect()
}

fn faults_of(text: &str) -> Vec<String> {
    told(text, &parse_body(text, file()).1)
}
