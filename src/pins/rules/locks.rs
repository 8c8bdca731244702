//! What the rules about lock files share: a unit, what its code needs, what its environment asks for.

use crate::config::estate_pins::Demands;
use crate::diag::{Diagnostic, Span};
use crate::pins::finding::{Finding, Fix, Place};
use crate::pins::policy::EnvironmentId;
use crate::pins::rule::{Cx, Rule};
use crate::pins::survey::{LockText, SurveyedUnit};
use crate::provider::ProviderAddress;
use crate::provider::lock_file::LockFile;
use crate::provider::needed::Needs;
use std::path::Path;

/// One unit with all that its lock file is measured by.
#[derive(Clone, Copy)]
pub(super) struct Locking<'a> {
    pub cx: &'a Cx<'a>,
    pub rule: &'static Rule,
    pub index: usize,
    pub unit: &'a SurveyedUnit,
    /// `None` where its code is not here.
    pub needs: Option<&'a Needs>,
    pub environment: EnvironmentId,
}

/// Every unit of a survey.
pub(super) fn each<'a>(rule: &'static Rule, cx: &'a Cx<'a>) -> impl Iterator<Item = Locking<'a>> {
    let mut needs: Vec<Option<&Needs>> = vec![None; cx.survey.units.len()];
    for used in &cx.survey.trees {
        for unit in &used.units {
            if let Some(slot) = needs.get_mut(*unit) {
                *slot = Some(&used.needs);
            }
        }
    }
    let units = cx.survey.units.iter().zip(needs).zip(&cx.environments).enumerate();
    units.map(move |(index, ((unit, needs), environment))| Locking {
        cx,
        rule,
        index,
        unit,
        needs,
        environment: *environment,
    })
}

impl<'a> Locking<'a> {
    pub fn demands(&self) -> &'a Demands {
        self.cx.demands(self.environment)
    }

    /// The registry of the unit's tool.
    pub fn host(&self) -> &'static str {
        self.unit.dialect.registry()
    }

    /// A provider as people write it.
    pub fn short(&self, address: &ProviderAddress) -> String {
        address.short(self.host())
    }

    /// The lock file, where terraform would take it; a hash that no package has is no hindrance.
    pub fn sound(&self) -> Option<&'a LockFile> {
        let LockText::Read { lock, faults, .. } = &self.unit.lock else { return None };
        let is_fault = |fault: &Diagnostic| fault.is_error() && fault.code != crate::diag::Code::LockHash;
        (!faults.iter().any(is_fault)).then_some(lock)
    }

    /// A finding at a piece of some file.
    pub fn at(&self, span: Span, message: String) -> Finding {
        let file = self.cx.survey.texts.get(span.file).map(|file| file.path.clone());
        self.found(Place { file: file.unwrap_or_default(), span: Some(span) }, message)
    }

    /// A finding about a file as a whole.
    pub fn of_file(&self, file: &Path, message: String) -> Finding {
        self.found(Place { file: file.to_path_buf(), span: None }, message)
    }

    fn found(&self, place: Place, message: String) -> Finding {
        Finding::new(self.rule, place, message).of_units(&[self.index]).in_environment(self.environment)
    }

    /// A fault of the lock file as a finding.
    pub fn of_fault(&self, fault: &Diagnostic) -> Finding {
        let finding = match &fault.primary {
            Some(label) => self.at(label.span, fault.summary.clone()).under(&label.text),
            None => self.of_file(&self.unit.lock_path, fault.summary.clone()),
        };
        let finding =
            fault.labels.iter().fold(finding, |finding, label| finding.and(label.span, &label.text));
        fault.hint.iter().fold(finding, |finding, hint| finding.hint(hint)).about("lock file")
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> Option<String> {
        let file = self.cx.survey.texts.get(span.file)?;
        file.text.get(span.start as usize..span.end as usize).map(str::to_owned)
    }

    /// The lock file written as the tool writes it, with a change; only where it is written so already.
    pub fn rewritten(&self, title: String, change: impl FnOnce(&mut LockFile)) -> Option<Fix> {
        let LockText::Read { id, lock, .. } = &self.unit.lock else { return None };
        let text = self.cx.survey.texts.get(*id)?.text.clone();
        let mut lock = LockFile::clone(lock);
        if lock.to_string() != *text {
            return None;
        }
        change(&mut lock);
        Some(Fix::one(title, Span::new(*id, 0, text.len()), lock.to_string()))
    }
}
