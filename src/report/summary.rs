//! What closes a run: how many came through, who did not and why, how long it took. Pure.

use super::time::span;
use crate::event::{Status, UnitReport};
use crate::graph::unit::UnitId;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

/// How much is told about each unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SummaryStyle {
    pub detail: Detail,
    pub coloured: bool,
    pub plans: Plans,
}

/// Whether the run leaves plan files that somebody may apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plans {
    None,
    Kept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Counts,
    /// `--summary-per-unit`
    Units,
}

/// What a summary is made of.
pub struct Summary<'a> {
    pub reports: &'a [UnitReport],
    pub names: &'a HashMap<UnitId, &'a str>,
    pub took: Duration,
    pub style: SummaryStyle,
}

const KINDS: [(Status, &str, &str); 4] = [
    (Status::Succeeded, "Succeeded", "32"),
    (Status::Failed, "Failed", "31"),
    (Status::EarlyExit, "Early Exits", "33"),
    (Status::Excluded, "Excluded", "34"),
];

impl Summary<'_> {
    /// The text, with an empty line around it.
    #[must_use]
    pub fn render(&self) -> String {
        let count = self.reports.len();
        let units = if count == 1 { "unit" } else { "units" };
        let head = self.paint("1", "❯❯ Run Summary");
        let mut out = format!("\n{head}  {count} {units}  {}\n   {}\n", span(self.took), "─".repeat(28));
        match self.style.detail {
            Detail::Counts => self.write_counts(&mut out),
            Detail::Units => self.write_units(&mut out),
        }
        self.write_failures(&mut out);
        self.write_mocked(&mut out);
        out.push('\n');
        out
    }

    fn of(&self, status: Status) -> Vec<&UnitReport> {
        self.reports.iter().filter(|report| report.outcome.status == status).collect()
    }

    fn name(&self, report: &UnitReport) -> &str {
        self.names.get(&report.unit).copied().unwrap_or("?")
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.style.coloured { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn write_counts(&self, out: &mut String) {
        for (status, word, colour) in KINDS {
            let count = self.of(status).len();
            if count > 0 {
                push(out, format_args!("   {}{count}\n", self.paint(colour, &format!("{word:<13}"))));
            }
        }
    }

    fn write_units(&self, out: &mut String) {
        for (status, word, colour) in KINDS {
            let mut reports = self.of(status);
            if reports.is_empty() {
                continue;
            }
            reports.sort_by_key(|report| std::cmp::Reverse(report.took));
            push(out, format_args!("   {}\n", self.paint(colour, &format!("{word} ({})", reports.len()))));
            let longest =
                reports.iter().map(|report| self.name(report).chars().count()).max().unwrap_or(0).max(14);
            for report in reports {
                let name = self.name(report);
                let dots = ".".repeat(longest + 3 - name.chars().count());
                push(out, format_args!("      {name} {dots} {}\n", span(report.took)));
            }
        }
    }

    /// The last words of each unit that failed, so that nobody has to scroll. What several of them say is said once.
    fn write_failures(&self, out: &mut String) {
        let mut causes: Vec<Vec<&UnitReport>> = Vec::new();
        let mut known: HashMap<&[String], usize> = HashMap::new();
        for report in self.of(Status::Failed) {
            let cause = *known.entry(&report.error_tail).or_insert(causes.len());
            match causes.get_mut(cause) {
                Some(reports) => reports.push(report),
                None => causes.push(vec![report]),
            }
        }
        for reports in causes {
            out.push('\n');
            for report in &reports {
                let code = report.exit_code.map_or(String::new(), |code| format!(" (exit code {code})"));
                let kind = report.code.map_or(String::new(), |code| format!(" [{code}]"));
                let title = format!("{} failed{code}{kind}", self.name(report));
                push(out, format_args!("   {}\n", self.paint("31", &title)));
            }
            for line in reports.first().into_iter().flat_map(|report| &report.error_tail) {
                push(out, format_args!("      {line}\n"));
            }
        }
    }

    fn write_mocked(&self, out: &mut String) {
        let mocked: Vec<_> = self.reports.iter().filter(|report| !report.mocked.is_empty()).collect();
        if mocked.is_empty() {
            return;
        }
        let title = match self.style.plans {
            Plans::None => "Mock outputs stood in for real ones",
            Plans::Kept => {
                "Mock outputs stood in for real ones: plan these units again before you apply them"
            }
        };
        push(out, format_args!("\n   {}\n", self.paint("33", title)));
        for report in mocked {
            push(out, format_args!("      {}: {}\n", self.name(report), report.mocked.join(", ")));
        }
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
}
