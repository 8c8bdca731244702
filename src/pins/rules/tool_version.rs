//! `pin/tool-version`: which terraform, and which Terragrunt, an estate works with.

use super::module_version::tightness;
use crate::config::estate_pins::Tight;
use crate::config::pinned::Written;
use crate::diag::{Frame, Span};
use crate::pins::finding::{Finding, Place};
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::SurveyedUnit;
use crate::provider::{Constraints, Contradiction};
use std::collections::{BTreeSet, HashMap};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    let mut verdicts = Verdicts::default();
    for (index, unit) in cx.survey.units.iter().enumerate() {
        let checking = Checking { rule, cx, unit, index };
        if unit.pinned.faults.is_empty() {
            checking.terragrunt(&mut verdicts, findings);
            checking.terraform(&mut verdicts, findings);
        }
    }
}

/// What constraints say together: units tend to be under the same ones.
#[derive(Default)]
struct Verdicts<'a>(HashMap<Vec<&'a str>, Verdict>);

struct Verdict {
    /// Why a text is no constraint, one a text.
    errors: Vec<Option<String>>,
    /// What keeps the sound ones from holding together, by their indices.
    clash: Option<Contradiction<usize>>,
    tightest: Tight,
}

impl<'a> Verdicts<'a> {
    fn of(&mut self, texts: Vec<&'a str>) -> &Verdict {
        self.0.entry(texts).or_insert_with_key(|texts| Verdict::of(texts))
    }
}

impl Verdict {
    fn of(texts: &[&str]) -> Self {
        let parsed: Vec<_> = texts.iter().map(|text| Constraints::parse(text)).collect();
        let sound: Vec<&Constraints> = parsed.iter().flatten().collect();
        let clash = Constraints::contradiction(&sound);
        let written = texts.iter().zip(&parsed).filter(|(_, parsed)| parsed.is_ok());
        Self {
            clash,
            tightest: written.map(|(text, _)| tightness(text)).max().unwrap_or(Tight::Any),
            errors: parsed.iter().map(|parsed| Some(parsed.as_ref().err()?.to_string())).collect(),
        }
    }
}

/// A constraint on terraform that a unit is under.
struct Bound<'a> {
    text: &'a str,
    span: Span,
    frames: &'a [Frame],
}

struct Checking<'a> {
    rule: &'static Rule,
    cx: &'a Cx<'a>,
    unit: &'a SurveyedUnit,
    index: usize,
}

impl<'a> Checking<'a> {
    fn finding(&self, span: Span, message: String) -> Finding {
        let file = self.cx.survey.texts.get(span.file).map(|file| file.path.clone());
        let place = Place { file: file.unwrap_or_default(), span: Some(span) };
        Finding::new(self.rule, place, message).of_units(&[self.index])
    }

    /// `required_version` of all modules, and the unit's own constraint.
    fn bounds(&self) -> Vec<Bound<'a>> {
        let own = self.unit.pinned.terraform_version_constraint.as_ref();
        let own = own.and_then(|it| Some(Bound { text: it.as_text()?, span: it.span, frames: &it.frames }));
        let nodes = self.unit.tree.iter().flat_map(|tree| &tree.nodes);
        let said = nodes.flat_map(|node| &node.module.required_versions);
        let of_code = said.filter_map(|it| Some(Bound { text: it.as_text()?, span: it.span, frames: &[] }));
        // Modules tend to say the same.
        let mut seen = BTreeSet::new();
        own.into_iter().chain(of_code).filter(|bound| seen.insert(bound.text)).collect()
    }

    fn terraform(&self, verdicts: &mut Verdicts<'a>, findings: &mut Findings) {
        let bounds = self.bounds();
        if bounds.is_empty() {
            findings.extend(self.unbound());
            return;
        }
        let verdict = verdicts.of(bounds.iter().map(|bound| bound.text).collect());
        let mut sound: Vec<&Bound<'_>> = Vec::new();
        for (bound, error) in bounds.iter().zip(&verdict.errors) {
            match error {
                None => sound.push(bound),
                Some(error) => findings.push(malformed(self.finding_of(bound, "terraform"), error)),
            }
        }
        if let Some(clash) = verdict.clash {
            findings.extend(self.clash(&sound, clash));
        } else if let Some(first) = sound.first() {
            findings.extend(self.too_loose(first, verdict.tightest));
        }
    }

    fn finding_of(&self, bound: &Bound<'_>, what: &str) -> Finding {
        let finding = self.finding(bound.span, format!("the version of {what} is no constraint")).about(what);
        Finding { frames: bound.frames.to_vec(), ..finding }
    }

    /// Nobody says anything, and there is code that could.
    fn unbound(&self) -> Option<Finding> {
        let tree =
            self.unit.tree.as_ref().filter(|tree| tree.nodes.iter().all(|node| node.module.is_sound()))?;
        let pinned = &self.unit.pinned;
        if pinned.terraform_version_constraint.is_some() || !pinned.unclear.is_empty() {
            return None;
        }
        let file = tree.nodes.first()?.module.files.first()?;
        let module = self.cx.survey.shown(file.parent().unwrap_or(file));
        let place = Place { file: file.clone(), span: None };
        let message = format!("nothing says which version of terraform {module} works with");
        let finding = Finding::new(self.rule, place, message).of_units(&[self.index]).about("terraform");
        Some(finding.hint(
            "add `terraform { required_version = \"~> 1.5\" }` to the module, or `terraform_version_constraint` to the unit",
        ))
    }

    fn too_loose(&self, first: &Bound<'_>, tightest: Tight) -> Option<Finding> {
        let environment = *self.cx.environments.get(self.index)?;
        let demand = self.cx.demands(environment).tools;
        if tightest >= demand {
            return None;
        }
        let message = format!("the version of terraform is not {}", demand.word());
        let finding = self.finding(first.span, message).about("terraform").in_environment(environment);
        let (label, hint) = super::module_version::advice(demand, &self.cx.policy.wants(environment));
        Some(Finding { frames: first.frames.to_vec(), ..finding.under(label).hint(hint) })
    }

    fn clash(&self, bounds: &[&Bound<'_>], clash: Contradiction<usize>) -> Option<Finding> {
        let message = "no version of terraform meets all constraints".to_owned();
        let finding = match clash {
            Contradiction::Pair(first, second) if first != second => {
                let (one, other) = (bounds.get(first)?, bounds.get(second)?);
                let finding = self
                    .finding(other.span, message)
                    .under(format!("`{}` excludes the other one", other.text));
                let finding = finding.and(one.span, format!("`{}` is wanted here", one.text));
                Finding { frames: other.frames.to_vec(), ..finding }
            }
            Contradiction::Pair(only, _) => {
                self.finding(bounds.get(only)?.span, message).under("no version is like this")
            }
            Contradiction::Together => {
                let (first, others) = bounds.split_first()?;
                others.iter().fold(self.finding(first.span, message), |finding, bound| {
                    finding.and(bound.span, "together with this")
                })
            }
        };
        Some(finding.about("terraform").hint("one of them has to change"))
    }

    fn terragrunt(&self, verdicts: &mut Verdicts<'a>, findings: &mut Findings) {
        let pinned = &self.unit.pinned;
        let Some(written) = &pinned.terragrunt_version_constraint else {
            if !pinned.unclear.is_empty() {
                return;
            }
            // The file that most units share is the one to write it into.
            let file = pinned.files.get(1).unwrap_or(&pinned.config_path).clone();
            let place = Place { file, span: None };
            let finding =
                Finding::new(self.rule, place, "nothing says which version of Terragrunt the files are for");
            let finding = finding.warning().of_units(&[self.index]).about("terragrunt");
            findings.push(finding.hint("add `terragrunt_version_constraint = \"~> 1.1\"`"));
            return;
        };
        let Written { text: Ok(text), span, frames, .. } = written else { return };
        if let [Some(error)] = verdicts.of(vec![text]).errors.as_slice() {
            let bound = Bound { text, span: *span, frames };
            findings.push(malformed(self.finding_of(&bound, "Terragrunt"), error));
        }
    }
}

fn malformed(finding: Finding, problem: &str) -> Finding {
    finding.under(problem).hint("write it as in `>= 1.5, < 2.0` or `~> 1.5`")
}
