//! `--format junit`: a suite a rule. A violation is a failure, an exemption is skipped, what could not be looked at is
//! skipped in a suite of its own.

use super::account::{Account, Entry, Gap, Level, Place, RuleInfo, Trouble};
use std::fmt::Write;

/// The document.
#[must_use]
pub fn render(account: &Account) -> String {
    let counts = account.counts();
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let mut suites: Vec<Suite> = account.rules.iter().map(|rule| Suite::of_rule(rule, account)).collect();
    if !account.gaps.is_empty() {
        suites.push(Suite::of_gaps(&account.gaps));
    }
    if !account.troubles.is_empty() {
        suites.push(Suite::of_troubles(&account.troubles));
    }
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let skipped = counts.exempt + counts.unchecked;
    let _ = writeln!(
        out,
        "<testsuites name=\"terrace pins\" tests=\"{tests}\" failures=\"{}\" errors=\"{}\" skipped=\"{skipped}\">",
        counts.errors, counts.faults
    );
    suites.iter().for_each(|suite| suite.write(&mut out));
    out.push_str("</testsuites>\n");
    out
}

/// What became of a case.
enum Verdict {
    Passed,
    /// It passes, and this is said beside it.
    Warned(String),
    Failed {
        message: String,
        text: String,
    },
    Skipped(String),
    /// The check itself could not be made.
    Broken(String),
}

struct Case {
    name: String,
    file: Option<(String, usize)>,
    verdict: Verdict,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    /// A rule that nothing breaks is one case that passes.
    fn of_rule(rule: &RuleInfo, account: &Account) -> Self {
        let entries = account.entries.iter().filter(|entry| entry.rule == rule.name);
        let mut cases: Vec<Case> = entries.map(Case::of_entry).collect();
        if cases.is_empty() {
            cases.push(Case { name: rule.summary.to_owned(), file: None, verdict: Verdict::Passed });
        }
        Self { name: rule.name.to_owned(), cases }
    }

    fn of_gaps(gaps: &[Gap]) -> Self {
        let cases = gaps.iter().map(|gap| Case {
            name: gap.place.as_ref().map_or_else(|| gap.reason.clone(), Place::show),
            file: gap.place.as_ref().map(|place| (place.file.clone(), line_of(place))),
            verdict: Verdict::Skipped(gap.reason.clone()),
        });
        Self { name: "unchecked".to_owned(), cases: cases.collect() }
    }

    fn of_troubles(troubles: &[Trouble]) -> Self {
        let cases = troubles.iter().map(|trouble| Case {
            name: format!("{}: {}", trouble.code, trouble.message),
            file: trouble.place.as_ref().map(|place| (place.file.clone(), line_of(place))),
            verdict: Verdict::Broken(trouble.message.clone()),
        });
        Self { name: "faults".to_owned(), cases: cases.collect() }
    }

    fn write(&self, out: &mut String) {
        let count = |is: fn(&Verdict) -> bool| self.cases.iter().filter(|case| is(&case.verdict)).count();
        let failures = count(|verdict| matches!(verdict, Verdict::Failed { .. }));
        let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
        let errors = count(|verdict| matches!(verdict, Verdict::Broken(_)));
        let name = attribute(&self.name);
        let tests = self.cases.len();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
        );
        self.cases.iter().for_each(|case| case.write(&name, out));
        out.push_str("  </testsuite>\n");
    }
}

fn line_of(place: &Place) -> usize {
    place.region.map_or(1, |region| region.start.line)
}

impl Case {
    fn of_entry(entry: &Entry) -> Self {
        let message = entry.message.clone();
        let verdict = match (&entry.excuse, entry.level) {
            (Some(excuse), _) => Verdict::Skipped(format!("exempt: {} ({message})", excuse.reason)),
            (None, Level::Warning) => Verdict::Warned(entry.whole_message()),
            (None, Level::Error) => Verdict::Failed { text: long_text(entry), message },
        };
        let name = match &entry.place {
            Some(place) => format!("{}: {}", place.show(), entry.message),
            None => entry.message.clone(),
        };
        Self { name, file: entry.place.as_ref().map(|place| (place.file.clone(), line_of(place))), verdict }
    }

    fn write(&self, class: &str, out: &mut String) {
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{}\"", attribute(&self.name));
        if let Some((file, line)) = &self.file {
            let _ = write!(out, " file=\"{}\" line=\"{line}\"", attribute(file));
        }
        let inside = match &self.verdict {
            Verdict::Passed => {
                out.push_str("/>\n");
                return;
            }
            Verdict::Warned(message) => format!("<system-out>warning: {}</system-out>", text(message)),
            Verdict::Skipped(message) => format!("<skipped message=\"{}\"/>", attribute(message)),
            Verdict::Broken(message) => format!("<error type=\"fault\" message=\"{}\"/>", attribute(message)),
            Verdict::Failed { message, text: said } => format!(
                "<failure type=\"{class}\" message=\"{}\">{}</failure>",
                attribute(message),
                text(said)
            ),
        };
        let _ = writeln!(out, ">\n      {inside}\n    </testcase>");
    }
}

fn long_text(entry: &Entry) -> String {
    let mut said = entry.message.clone();
    if let Some(place) = &entry.place {
        let _ = write!(said, "\nat {}", place.show());
    }
    for (place, text) in &entry.related {
        let _ = write!(said, "\n{} at {}", text, place.show());
    }
    if let Some(hint) = &entry.hint {
        let _ = write!(said, "\nhint: {hint}");
    }
    said
}

/// A text between tags. A character that XML has no way to write becomes the sign for one that is missing.
fn text(said: &str) -> String {
    let mut out = String::with_capacity(said.len());
    for letter in said.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            letter if is_xml(letter) => out.push(letter),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// A text between double quotes.
fn attribute(said: &str) -> String {
    text(said).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

fn is_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
