//! From the report of a check to what is told of it.

use super::account::{Account, Entry, Excuse, Gap, Level, RuleInfo, Surveyor, Trouble};
use crate::diag::{Diagnostic, Severity};
use crate::pins::check::Report;
use crate::pins::finding::Finding;
use crate::pins::rule::RULES;
use crate::pins::survey;

impl Account {
    /// What a report says, in its order.
    #[must_use]
    pub fn of(report: &Report<'_>) -> Self {
        let telling = Telling { report, surveyor: Surveyor::new(&report.survey.root, &report.survey.texts) };
        let rules = RULES.iter().map(|rule| RuleInfo {
            name: rule.name,
            summary: rule.summary,
            level: level(rule.severity),
            page: rule.page,
        });
        Self {
            rules: rules.collect(),
            units: report.counts.units,
            entries: report.findings.iter().map(|finding| telling.entry(finding)).collect(),
            gaps: report.gaps.iter().map(|gap| telling.gap(gap)).collect(),
            troubles: report.faults.iter().map(|fault| telling.trouble(fault)).collect(),
        }
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    }
}

struct Telling<'a> {
    report: &'a Report<'a>,
    surveyor: Surveyor<'a>,
}

impl Telling<'_> {
    fn entry(&self, finding: &Finding) -> Entry {
        let surveyor = &self.surveyor;
        let place = finding.place.span.and_then(|span| surveyor.place(span));
        let labels = finding.labels.iter().map(|label| (label.span, &label.text));
        let frames = finding.frames.iter().map(|frame| (frame.span, &frame.text));
        let related =
            labels.chain(frames).filter_map(|(span, text)| Some((surveyor.place(span)?, text.clone())));
        let environment = finding.environment.map(|it| self.report.policy.name_of(it).to_owned());
        let message = match finding.label.as_str() {
            "" => finding.message.clone(),
            label => format!("{}: {label}", finding.message),
        };
        Entry {
            rule: finding.rule.name,
            level: level(finding.severity),
            message,
            hint: finding.hint.clone(),
            place: Some(place.unwrap_or_else(|| surveyor.file(&finding.place.file))),
            related: related.collect(),
            units: self.units(&finding.units),
            environment: environment.filter(|name| !name.is_empty()),
            fingerprint: finding.fingerprint.clone(),
            excuse: finding.exempt.and_then(|index| self.excuse(index)),
            is_fixable: finding.fix.is_some(),
        }
    }

    fn excuse(&self, index: usize) -> Option<Excuse> {
        let exempt = self.report.policy.pins.exemptions.get(index)?;
        Some(Excuse {
            reason: exempt.reason.clone(),
            expires: exempt.expires.as_ref().map(|expiry| expiry.written.clone()),
            place: self.surveyor.place(exempt.span),
        })
    }

    fn gap(&self, gap: &survey::Gap) -> Gap {
        let place = gap.span.and_then(|span| self.surveyor.place(span));
        Gap {
            reason: format!("{}: {}", gap.what, gap.why),
            place: Some(place.unwrap_or_else(|| self.surveyor.file(&gap.file))),
            units: self.units(&gap.units),
        }
    }

    fn trouble(&self, fault: &Diagnostic) -> Trouble {
        Trouble {
            code: fault.code.id(),
            message: fault.summary.clone(),
            hint: fault.hint.clone(),
            place: fault.primary.as_ref().and_then(|label| self.surveyor.place(label.span)),
        }
    }

    fn units(&self, units: &[usize]) -> Vec<String> {
        let known = units.iter().filter_map(|unit| self.report.survey.units.get(*unit));
        known.map(|unit| self.surveyor.path(&unit.pinned.dir)).collect()
    }
}
