//! A report for people: grouped by rule, each finding underlined where it stands, and one line that sums up.

use crate::diag::{RenderOptions, Span, render_as};
use crate::pins::check::{Counts, Report};
use crate::pins::finding::Finding;
use crate::pins::survey::Gap;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    pub width: usize,
}

/// Places that are listed of those that cannot be looked at.
const MOST_GAPS: usize = 20;
/// Files and units that are named beside a finding.
const MOST_NAMES: usize = 3;

/// The report as text that ends in a line break.
#[must_use]
pub fn human(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    let shown: Vec<&Finding> = report.findings.iter().filter(|finding| finding.exempt.is_none()).collect();
    for group in shown.chunk_by(|a, b| a.rule == b.rule) {
        let Some(first) = group.first() else { continue };
        let _ = writeln!(out, "{} ({}): {}\n", bold(first.rule.name, style), group.len(), first.rule.summary);
        for alike in alike(group) {
            out.push_str(&told(report, &alike, style));
            out.push_str("\n\n");
        }
    }
    out.push_str(&gaps(report, style));
    let _ = writeln!(out, "{}", summary(&report.counts));
    out
}

fn bold(text: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Findings about whole files that differ in the file alone are told as one.
fn alike<'f>(group: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut told: Vec<Vec<&Finding>> = Vec::new();
    let mut known = HashMap::new();
    for finding in group {
        if finding.place.span.is_some() {
            told.push(vec![finding]);
            continue;
        }
        let key = (&finding.message, &finding.labels, &finding.hint, finding.severity);
        let at = *known.entry(key).or_insert_with(|| {
            told.push(Vec::new());
            told.len() - 1
        });
        told[at].push(finding);
    }
    told
}

fn told(report: &Report<'_>, alike: &[&Finding], style: Style) -> String {
    let survey = report.survey;
    let Some(finding) = alike.first() else { return String::new() };
    let options = RenderOptions { color: style.color, base: Some(&survey.root), width: style.width };
    let mut fault = finding.diagnostic();
    // They are named instead of counted.
    fault.others = 0;
    let units: BTreeSet<usize> = alike.iter().flat_map(|one| &one.units).copied().collect();
    let names = units.into_iter().filter_map(|unit| survey.units.get(unit)).map(|unit| unit.name.clone());
    let whole = alike.iter().filter(|one| one.place.span.is_none());
    let files = whole.map(|one| survey.shown(&one.place.file));
    let notes: Vec<String> = [("in", some_of(files)), ("concerns", some_of(names))]
        .into_iter()
        .filter_map(|(word, some)| Some(format!("{word} {}", some?)))
        .collect();
    fault.detail = (!notes.is_empty()).then(|| notes.join("; "));
    render_as(&fault, finding.rule.name, (&survey.texts, options))
}

/// The first few names, and how many more there are. `None` of none.
fn some_of(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let named = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        _ if names.is_empty() => None,
        0 => Some(named),
        more => Some(format!("{named} and {more} more")),
    }
}

fn gaps(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    if report.gaps.is_empty() {
        return out;
    }
    let _ =
        writeln!(out, "{} ({}): nothing is known of these\n", bold("unchecked", style), report.gaps.len());
    for gap in report.gaps.iter().take(MOST_GAPS) {
        let _ = writeln!(out, "  {}: {}: {}", place_of(report, gap), gap.what, gap.why);
    }
    if let Some(more) = report.gaps.len().checked_sub(MOST_GAPS).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more");
    }
    out.push('\n');
    out
}

fn place_of(report: &Report<'_>, gap: &Gap) -> String {
    let at = gap.span.and_then(|span: Span| {
        let file = report.survey.texts.get(span.file)?;
        let at = file.position(span.start as usize);
        Some(format!("{}:{}:{}", report.survey.shown(&file.path), at.line, at.column))
    });
    at.unwrap_or_else(|| report.survey.shown(&gap.file))
}

/// The line that sums up.
#[must_use]
fn summary(counts: &Counts) -> String {
    let many = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut looked = vec![many(counts.units, "unit")];
    if counts.stacks > 0 {
        looked.push(many(counts.stacks, "stack"));
    }
    looked.push(many(counts.modules, "module"));
    let mut came = vec![many(counts.violations, "violation")];
    if counts.warnings > 0 {
        came.push(many(counts.warnings, "warning"));
    }
    came.push(format!("{} unchecked", counts.unchecked));
    came.push(format!("{} exempt", counts.exempt));
    format!("{} checked: {}", looked.join(", "), came.join(", "))
}
