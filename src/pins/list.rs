//! The pins of a survey, one row each. Judges nothing.

use super::inventory::{Kind, Pin};
use super::policy::Policy;
use super::sites::{Address, Site};
use super::survey::{LockText, Survey, SurveyedUnit, TreeUse};
use crate::config::pinned::Written;
use crate::diag::Span;
use crate::provider::ProviderAddress;
use crate::provider::code::RequiredProvider;
use crate::source;
use std::collections::BTreeSet;
use std::path::Path;

/// Every pin, sorted: tools, providers, modules.
#[must_use]
pub fn pins_of(survey: &Survey, policy: &Policy) -> Vec<Pin> {
    let lister = Lister { survey, policy };
    let mut pins: BTreeSet<Pin> = BTreeSet::new();
    for unit in &survey.units {
        pins.extend(lister.tools(unit));
        pins.extend(lister.providers(unit));
    }
    for used in &survey.trees {
        pins.extend(lister.required_versions(used));
    }
    pins.extend(survey.sites.iter().flat_map(|site| lister.modules(site)));
    pins.into_iter().collect()
}

struct Lister<'a> {
    survey: &'a Survey,
    policy: &'a Policy,
}

/// What is pinned, and to what.
struct Pinned {
    kind: Kind,
    name: String,
    version: Option<String>,
    constraint: Option<String>,
}

impl Lister<'_> {
    fn environment(&self, dir: &Path) -> Option<String> {
        let name = self.policy.name_of(self.policy.environment_of(dir));
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn pin(&self, what: Pinned, unit: Option<&SurveyedUnit>, span: Span) -> Pin {
        let place = self.survey.texts.get(span.file);
        let dir = unit.map(|unit| unit.pinned.dir.as_path());
        let dir = dir.or_else(|| place.as_ref()?.path.parent().map(|_| self.survey.root.as_path()));
        Pin {
            kind: what.kind,
            name: what.name,
            version: what.version,
            constraint: what.constraint,
            environment: dir.and_then(|dir| self.environment(dir)),
            unit: unit.map(|unit| unit.name.clone()),
            line: place.as_ref().map(|file| file.position(span.start as usize).line),
            file: place.map_or_else(String::new, |file| self.survey.shown(&file.path)),
        }
    }

    /// What a unit wants of the programs that work on it.
    fn tools(&self, unit: &SurveyedUnit) -> Vec<Pin> {
        let tool = unit.dialect.program();
        let wanted = [
            (tool, &unit.pinned.terraform_version_constraint),
            ("terragrunt", &unit.pinned.terragrunt_version_constraint),
        ];
        let written = wanted.into_iter().filter_map(|(name, written)| Some((name, written.as_ref()?)));
        let pin = |(name, written): (&str, &Written)| {
            let what = Pinned {
                kind: Kind::Tool,
                name: name.to_owned(),
                version: None,
                constraint: Some(written.as_text()?.to_owned()),
            };
            Some(self.pin(what, Some(unit), written.span))
        };
        written.filter_map(pin).collect()
    }

    /// `required_version` of the code that units run.
    fn required_versions(&self, used: &TreeUse) -> Vec<Pin> {
        let said = used.tree.nodes.iter().flat_map(|node| &node.module.required_versions);
        let known = said.filter_map(|said| Some((said.as_text()?, said.span)));
        let of_units = |(text, span): (&str, Span)| {
            let what = || Pinned {
                kind: Kind::Tool,
                name: used.dialect.program().to_owned(),
                version: None,
                constraint: Some(text.to_owned()),
            };
            let units = used.units.iter().filter_map(|unit| self.survey.units.get(*unit));
            units.map(|unit| self.pin(what(), Some(unit), span)).collect::<Vec<_>>()
        };
        known.flat_map(of_units).collect()
    }

    /// What the lock file says; of what it lacks, what the code wants.
    fn providers(&self, unit: &SurveyedUnit) -> Vec<Pin> {
        let (mut pins, mut locked) = (Vec::new(), BTreeSet::new());
        if let LockText::Read { lock, .. } = &unit.lock {
            for (address, entry) in &lock.providers {
                let Some(places) = &entry.places else { continue };
                let constraint = entry.constraints.to_string();
                let what = Pinned {
                    kind: Kind::Provider,
                    name: address.to_string(),
                    version: Some(entry.version.to_string()),
                    constraint: (!constraint.is_empty()).then_some(constraint),
                };
                pins.push(self.pin(what, Some(unit), places.version));
                locked.insert(address.clone());
            }
        }
        let host = unit.dialect.registry();
        let nodes = unit.tree.iter().flat_map(|tree| &tree.nodes);
        for required in nodes.flat_map(|node| &node.module.required_providers) {
            let Some(address) = address_of(required, host).filter(|address| !locked.contains(address)) else {
                continue;
            };
            let constraint = required.version.as_ref().and_then(|version| version.as_text());
            let what = Pinned {
                kind: Kind::Provider,
                name: address.to_string(),
                version: None,
                constraint: constraint.map(str::to_owned),
            };
            pins.push(self.pin(what, Some(unit), required.span));
        }
        pins
    }

    /// A source, for each unit that takes it.
    fn modules(&self, site: &Site) -> Vec<Pin> {
        let Some((name, version, constraint)) = module_of(site) else { return Vec::new() };
        let what = || Pinned {
            kind: Kind::Module,
            name: name.clone(),
            version: version.clone(),
            constraint: constraint.clone(),
        };
        let units: Vec<&SurveyedUnit> =
            site.units.iter().filter_map(|unit| self.survey.units.get(*unit)).collect();
        if units.is_empty() {
            let pin = self.pin(what(), None, site.span);
            return vec![Pin { environment: self.environment(&site.dir), ..pin }];
        }
        units.into_iter().map(|unit| self.pin(what(), Some(unit), site.span)).collect()
    }
}

/// Address without its version, version, constraint; `None` for a folder on this machine, which is never another version.
#[must_use]
pub fn module_of(site: &Site) -> Option<(String, Option<String>, Option<String>)> {
    let beside = site.version.as_ref().and_then(|version| version.as_text()).map(str::to_owned);
    match &site.address {
        Address::Registry(module) => {
            let name = module.host.iter().map(String::as_str).chain([module.module.as_str()]);
            Some((name.collect::<Vec<_>>().join("/"), None, beside))
        }
        Address::Source(found) => match &found.kind {
            source::Kind::Local(_) => None,
            source::Kind::Git(git) => {
                Some((source::address::redact(&git.remote), git.reference.clone(), None))
            }
            source::Kind::Registry(module) => {
                let host = module.host.iter().map(String::as_str);
                let name = host.chain([module.module.as_str()]).collect::<Vec<_>>().join("/");
                Some((format!("tfr://{name}"), module.version.clone(), beside))
            }
            _ => Some((found.to_string(), None, None)),
        },
        Address::Bad(_) => None,
    }
}

fn address_of(required: &RequiredProvider, host: &str) -> Option<ProviderAddress> {
    match required.source.as_ref() {
        Some(source) => ProviderAddress::parse(source.as_text()?, host).ok(),
        None => ProviderAddress::implied(&required.name.name, host).ok(),
    }
    .filter(|address| !address.is_builtin())
}
