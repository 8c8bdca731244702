//! `pin/provider-bounded`: a module says where its providers come from and which versions it works with; all modules of a
//! unit together bound each provider as its environment wants it, and can hold together.

use super::module_version::advice;
use crate::config::estate_pins::Tight;
use crate::diag::Span;
use crate::pins::finding::{Edit, Finding, Fix, Place};
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::{LockText, TreeUse};
use crate::provider::code::{Dialect, Module, ProviderUse, RequiredForm, RequiredProvider, Said, UseKind};
use crate::provider::{Contradiction, Piece, ProviderAddress, ProviderConstraints, Tightness, Version};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for used in &cx.survey.trees {
        let checking = Checking { rule, cx, used };
        for node in used.tree.nodes.iter().filter(|node| !node.is_fetched && node.module.is_sound()) {
            checking.module(&node.module, findings);
        }
        checking.together(findings);
    }
}

/// The provider that a module means by a name of its own; `None` if its address is none.
#[must_use]
pub fn address_of(module: &Module, name: &str, dialect: Dialect) -> Option<ProviderAddress> {
    let host = dialect.registry();
    let source = module.required(name).find_map(|required| required.source.as_ref());
    match source {
        Some(said) => ProviderAddress::parse(said.as_text()?, host).ok(),
        None => ProviderAddress::implied(name, host).ok(),
    }
}

/// A constraint and where it stands.
struct Bound<'a> {
    said: &'a Said,
    constraints: ProviderConstraints,
    is_fetched: bool,
}

struct Checking<'a> {
    rule: &'static Rule,
    cx: &'a Cx<'a>,
    used: &'a TreeUse,
}

impl Checking<'_> {
    fn finding(&self, span: Span, message: String) -> Finding {
        let file = self.cx.survey.texts.get(span.file).map(|file| file.path.clone());
        let place = Place { file: file.unwrap_or_default(), span: Some(span) };
        Finding::new(self.rule, place, message).of_units(&self.used.units)
    }

    /// What one module says of its own providers.
    fn module(&self, module: &Module, findings: &mut Findings) {
        for required in &module.required_providers {
            self.required(module, required, findings);
        }
        let mut seen: BTreeSet<&str> = module.required_providers.iter().map(|it| &*it.name.name).collect();
        for used in &module.uses {
            if seen.insert(&used.provider) && !self.is_builtin(module, &used.provider) {
                findings.push(self.undeclared(module, used));
            }
        }
        for block in module.provider_blocks.iter().filter(|block| block.version.is_some()) {
            let span = block.version_attribute.unwrap_or(block.header);
            let name = &block.name.name;
            let finding = self
                .finding(span, format!("the version of provider `{name}` stands in its `provider` block"));
            let finding = finding.warning().about(format!("provider {name}")).under("as of terraform 0.13");
            findings
                .push(finding.hint("move it into `required_providers`; terraform will stop reading it here"));
        }
    }

    fn is_builtin(&self, module: &Module, name: &str) -> bool {
        address_of(module, name, self.used.dialect).is_some_and(|address| address.is_builtin())
    }

    fn undeclared(&self, module: &Module, used: &ProviderUse) -> Finding {
        let name = &used.provider;
        let how = match used.kind {
            UseKind::Implied => "this type belongs to it",
            UseKind::Named | UseKind::Configured | UseKind::Function => "used here",
        };
        let source = address_of(module, name, self.used.dialect).map_or_else(
            || format!("NAMESPACE/{name}"),
            |address| address.short(self.used.dialect.registry()),
        );
        let version = self.locked(module, name).unwrap_or_else(|| "~> …".to_owned());
        let hint = format!(
            "add `{name} = {{ source = \"{source}\", version = \"{version}\" }}` to `required_providers` of the module"
        );
        let finding =
            self.finding(used.span, format!("provider `{name}` is used, and no version of it is required"));
        finding.about(format!("provider {name}")).under(how).hint(hint)
    }

    /// The constraint that lock files suggest, if all units of the tree lock one version.
    fn locked(&self, module: &Module, name: &str) -> Option<String> {
        let address = address_of(module, name, self.used.dialect)?;
        let units = self.used.units.iter().filter_map(|unit| self.cx.survey.units.get(*unit));
        let locked = units.filter_map(|unit| match &unit.lock {
            LockText::Read { lock, .. } => Some(&lock.providers.get(&address)?.version),
            LockText::Missing | LockText::Unreadable(_) => None,
        });
        let mut versions: Vec<&Version> = locked.collect();
        versions.dedup();
        match (versions.as_slice(), versions.first().map(|version| version.segments())) {
            ([_], Some([major, minor, ..])) => Some(format!("~> {major}.{minor}")),
            _ => None,
        }
    }

    /// An entry of `required_providers`.
    fn required(&self, module: &Module, required: &RequiredProvider, findings: &mut Findings) {
        let name = &required.name.name;
        if self.is_builtin(module, name) {
            return;
        }
        let of_source = match &required.source {
            None => Some(self.without_source(module, required)),
            Some(said) => self.odd_source(name, said),
        };
        let in_block =
            || module.provider_blocks.iter().any(|block| block.name.name == *name && block.version.is_some());
        let of_version = match &required.version {
            Some(said) => self.odd_version(name, said),
            None if in_block() => None,
            None => {
                let finding =
                    self.finding(required.span, format!("provider `{name}` is required in any version"));
                Some(finding.under("no `version`").hint("add `version = \"~> 1.2\"`"))
            }
        };
        let found = of_source.into_iter().chain(of_version);
        findings.extend(found.map(|finding| finding.about(format!("provider {name}"))));
    }

    fn without_source(&self, module: &Module, required: &RequiredProvider) -> Finding {
        let name = &required.name.name;
        let finding = self.finding(required.span, format!("provider `{name}` is required without a source"));
        let source = address_of(module, name, self.used.dialect)
            .map_or_else(String::new, |address| address.short(self.used.dialect.registry()));
        let version = required.version.as_ref().and_then(|version| version.as_text()).unwrap_or("~> …");
        let hint = format!("write `{name} = {{ source = \"{source}\", version = \"{version}\" }}`");
        finding.under("whose provider is it?").hint(hint).fix(self.with_source(required, &source))
    }

    fn odd_source(&self, name: &str, said: &Said) -> Option<Finding> {
        let error = ProviderAddress::parse(said.as_text()?, self.used.dialect.registry()).err()?;
        let finding = self.finding(said.span, format!("the source of provider `{name}` is no address"));
        Some(finding.under(error.to_string()).hint("write it as in `hashicorp/aws`"))
    }

    fn odd_version(&self, name: &str, said: &Said) -> Option<Finding> {
        let error = ProviderConstraints::parse(said.as_text()?).err()?;
        let finding = self.finding(said.span, format!("the version of provider `{name}` is no constraint"));
        Some(finding.under(error.to_string()).hint("write it as in `~> 1.2`"))
    }

    /// The entry with the source that terraform takes it to have.
    fn with_source(&self, required: &RequiredProvider, source: &str) -> Option<Fix> {
        let file = self.cx.survey.texts.get(required.value.file)?;
        let is_json = file.path.extension().is_some_and(|ending| ending == "json");
        let quoted = |name: &str| if is_json { format!("\"{name}\": ") } else { format!("{name} = ") };
        let Span { start, end, .. } = required.value;
        let written = file.text.get(start as usize..end as usize)?;
        let source = format!("{}\"{source}\"", quoted("source"));
        let text = match required.form {
            RequiredForm::Text => format!("{{ {source}, {}{written} }}", quoted("version")),
            RequiredForm::Object => format!("{{ {source}, {}", written.strip_prefix('{')?.trim_start()),
            RequiredForm::Other => return None,
        };
        let title = format!("name the source of provider `{}`", required.name.name);
        Some(Fix { title, edits: vec![Edit { span: required.value, text }] })
    }

    /// What all modules say of each provider.
    fn together(&self, findings: &mut Findings) {
        for (address, bounds) in self.bounds() {
            let texts: Vec<&ProviderConstraints> = bounds.iter().map(|bound| &bound.constraints).collect();
            if let Some(clash) = ProviderConstraints::contradiction(&texts) {
                findings.push(self.clash(&address, &bounds, clash));
                continue;
            }
            let mut all = ProviderConstraints::default();
            texts.iter().for_each(|one| all.add(one));
            let tight = match all.tightness() {
                Tightness::Open => Tight::Any,
                Tightness::Bounded => Tight::Bounded,
                Tightness::Exact => Tight::Exact,
            };
            findings.extend(self.too_loose(&address, &bounds, tight));
        }
    }

    /// The constraints of a tree by provider; those of the root come first.
    fn bounds(&self) -> BTreeMap<ProviderAddress, Vec<Bound<'_>>> {
        let mut found: BTreeMap<ProviderAddress, Vec<Bound<'_>>> = BTreeMap::new();
        for node in &self.used.tree.nodes {
            let required =
                node.module.required_providers.iter().map(|it| (&it.name.name, it.version.as_ref()));
            let blocks = node.module.provider_blocks.iter().map(|it| (&it.name.name, it.version.as_ref()));
            for (name, version) in required.chain(blocks) {
                let Some(said) = version else { continue };
                let Some(address) = address_of(&node.module, name, self.used.dialect) else { continue };
                let bounds = found.entry(address).or_default();
                // Modules tend to say the same.
                if bounds.iter().any(|bound| bound.said.text == said.text) {
                    continue;
                }
                let Some(Ok(constraints)) = said.as_text().map(ProviderConstraints::parse) else { continue };
                bounds.push(Bound { said, constraints, is_fetched: node.is_fetched });
            }
        }
        found
    }

    fn too_loose(&self, address: &ProviderAddress, bounds: &[Bound<'_>], tight: Tight) -> Option<Finding> {
        let by_environment = self.cx.by_environment(&self.used.units);
        let (environment, units) = by_environment
            .into_iter()
            .find(|(environment, _)| tight < self.cx.demands(*environment).providers)?;
        let demand = self.cx.demands(environment).providers;
        let guilty = bounds.iter().find(|bound| !bound.is_fetched).or(bounds.first())?;
        let short = address.short(self.used.dialect.registry());
        let finding =
            self.finding(guilty.said.span, format!("the version of {short} is not {}", demand.word()));
        let (label, hint) = advice(demand, &self.cx.policy.wants(environment));
        let finding = finding.of_units(&units).in_environment(environment).about(format!("provider {short}"));
        Some(finding.under(label).hint(hint))
    }

    fn clash(&self, address: &ProviderAddress, bounds: &[Bound<'_>], clash: Contradiction<Piece>) -> Finding {
        let short = address.short(self.used.dialect.registry());
        let message = format!("no version of {short} meets all constraints");
        let finding = match clash {
            Contradiction::Pair(first, second) => {
                let span =
                    |piece: &Piece| bounds.get(piece.text).map(|bound| piece_span(bound.said, &piece.at));
                match (span(&first), span(&second)) {
                    (Some(one), Some(other)) if one != other => self
                        .finding(other, message)
                        .under(format!("`{}` excludes the other one", second.shown))
                        .and(one, format!("`{}` is wanted here", first.shown)),
                    (_, Some(span)) => self.finding(span, message).under("no version is like this"),
                    _ => self.whole_clash(message, bounds),
                }
            }
            Contradiction::Together => self.whole_clash(message, bounds),
        };
        finding
            .about(format!("provider {short}"))
            .hint("one of the modules has to change; `terraform providers` shows who wants what")
    }

    fn whole_clash(&self, message: String, bounds: &[Bound<'_>]) -> Finding {
        let mut spans = bounds.iter().map(|bound| bound.said.span);
        let Some(first) = spans.next() else {
            return Finding::new(self.rule, Place { file: self.cx.survey.root.clone(), span: None }, message);
        };
        spans.fold(self.finding(first, message), |finding, span| finding.and(span, "together with this"))
    }
}

/// A piece of a text in its file, or the whole text where it is not written as it reads.
fn piece_span(said: &Said, at: &std::ops::Range<usize>) -> Span {
    let length = said.as_text().map_or(0, str::len);
    let (start, end) = (said.span.start as usize, said.span.end as usize);
    if end - start == length + 2 && at.end <= length {
        Span::new(said.span.file, start + 1 + at.start, start + 1 + at.end)
    } else {
        said.span
    }
}
