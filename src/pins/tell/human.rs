//! A report for people: grouped by rule, each finding underlined where it stands, and one line that sums up.

use crate::diag::{RenderOptions, Span, render_as};
use crate::pins::check::{Counts, Report};
use crate::pins::finding::Finding;
use crate::pins::survey::Gap;
use std::fmt::Write;

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    pub width: usize,
}

/// Places that are listed of those that cannot be looked at.
const MOST_GAPS: usize = 20;
/// Units that are named beside a finding.
const MOST_UNITS: usize = 3;

/// The report as text that ends in a line break.
#[must_use]
pub fn human(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    let shown: Vec<&Finding> = report.findings.iter().filter(|finding| finding.exempt.is_none()).collect();
    for group in shown.chunk_by(|a, b| a.rule == b.rule) {
        let Some(first) = group.first() else { continue };
        let _ = writeln!(out, "{} ({}): {}\n", bold(first.rule.name, style), group.len(), first.rule.summary);
        for finding in group {
            out.push_str(&one(report, finding, style));
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

fn one(report: &Report<'_>, finding: &Finding, style: Style) -> String {
    let survey = report.survey;
    let options = RenderOptions { color: style.color, base: Some(&survey.root), width: style.width };
    let mut fault = finding.diagnostic();
    // They are named instead of counted.
    fault.others = 0;
    let names: Vec<&str> = finding
        .units
        .iter()
        .filter_map(|unit| survey.units.get(*unit))
        .map(|unit| unit.name.as_str())
        .collect();
    let place = finding.place.span.is_none().then(|| format!("in {}", survey.shown(&finding.place.file)));
    let concerns = (!names.is_empty()).then(|| concerns(&names));
    let notes: Vec<String> = place.into_iter().chain(concerns).collect();
    fault.detail = (!notes.is_empty()).then(|| notes.join("; "));
    render_as(&fault, finding.rule.name, (&survey.texts, options))
}

fn concerns(names: &[&str]) -> String {
    let named = names.iter().take(MOST_UNITS).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_UNITS) {
        0 => format!("concerns {named}"),
        more => format!("concerns {named} and {more} more"),
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
