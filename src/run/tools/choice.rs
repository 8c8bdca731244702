//! Which of the tools that are there is the one that is wanted. Pure: what is wanted and what is there comes from
//! elsewhere.

use super::installed::Found;
use crate::diag::{Code, Diagnostic, Span};
use crate::provider::tool_files::Wanted;
use crate::provider::{Constraints, Flavour, Version};
use std::cmp::Ordering;

/// Something that is wanted, and by whom.
#[derive(Clone, Debug)]
pub struct Demand {
    /// `terraform_version_constraint`, or the path of a pin file.
    pub who: String,
    /// As written.
    pub text: String,
    pub span: Option<Span>,
    pub rule: Rule,
}

/// How it says which versions it means.
#[derive(Clone, Debug)]
pub enum Rule {
    Constraint(Constraints),
    Pin(Wanted),
}

impl Demand {
    /// Of a constraint the numbers count, so that a prerelease can be tried out.
    fn allows(&self, version: &Version) -> bool {
        match &self.rule {
            Rule::Constraint(constraints) => constraints.allows_core(version),
            Rule::Pin(wanted) => wanted.allows(version),
        }
    }

    fn wanted(&self) -> Option<&Wanted> {
        match &self.rule {
            Rule::Pin(wanted) => Some(wanted),
            Rule::Constraint(_) => None,
        }
    }
}

/// The one that every demand allows and that a pin prefers. What PATH gives comes first in `found`, and stays unless
/// something speaks against it.
#[must_use]
pub fn choose<'a>(demands: &[Demand], found: &'a [Found]) -> Option<&'a Found> {
    let fits: Vec<&Found> =
        found.iter().filter(|one| demands.iter().all(|demand| demand.allows(&one.version))).collect();
    let has_constraint = demands.iter().any(|demand| matches!(demand.rule, Rule::Constraint(_)));
    match demands.iter().find_map(Demand::wanted) {
        Some(Wanted::Newest(_) | Wanted::NewestAllowed) => newest(&fits),
        Some(Wanted::OldestAllowed) if has_constraint => fits.iter().min_by(|a, b| by_age(a, b)).copied(),
        _ => fits.iter().find(|one| one.keeper == "PATH").copied().or_else(|| newest(&fits)),
    }
}

/// Of several with the same version the first.
fn newest<'a>(fits: &[&'a Found]) -> Option<&'a Found> {
    fits.iter().rev().max_by(|a, b| by_age(a, b)).copied()
}

/// Prereleases count as older than everything that was released.
fn by_age(a: &Found, b: &Found) -> Ordering {
    let is_released = |one: &Found| one.version.prerelease().is_empty();
    is_released(a).cmp(&is_released(b)).then_with(|| a.version.cmp(&b.version))
}

/// Nothing that is there is what is wanted.
#[derive(Clone, Debug)]
pub struct Unfit {
    pub flavour: Flavour,
    /// The name of the tool, as it is shown.
    pub name: String,
    pub demands: Vec<Demand>,
    pub found: Vec<Found>,
}

impl Unfit {
    /// In one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let name = &self.name;
        match (self.found.as_slice(), self.demands.as_slice()) {
            ([], _) => format!("no {name} is installed here"),
            ([one], [demand]) => {
                format!("the version of {name} is {}, which `{}` does not allow", one.version, demand.text)
            }
            ([one], _) => format!("the version of {name} is {}, which is not what is wanted", one.version),
            (many, _) => format!("none of the {} versions of {name} here is what is wanted", many.len()),
        }
    }

    /// With every place that wants something, and everything that was found.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let mut fault = Diagnostic::error(Code::VersionNotAllowed, self.summary());
        let mut placed = self.demands.iter().filter_map(|demand| Some((demand, demand.span?)));
        if let Some((first, span)) = placed.next() {
            fault = fault.at(span, self.verdict(first));
        }
        fault = placed.fold(fault, |fault, (demand, span)| fault.label(span, self.verdict(demand)));
        let details: Vec<String> = self.elsewhere().into_iter().chain(self.listing()).collect();
        if !details.is_empty() {
            fault = fault.detail(details.join("\n"));
        }
        fault.hint(self.hint())
    }

    fn verdict(&self, demand: &Demand) -> String {
        match (self.demands.len(), self.found.iter().filter(|one| demand.allows(&one.version)).count()) {
            (1, _) => String::new(),
            (_, 0) => "nothing here is that".to_owned(),
            (_, 1) => "one here is that, but not what the others want".to_owned(),
            (_, some) => format!("{some} here are that, but not what the others want"),
        }
    }

    /// What is wanted by what stands in no file.
    fn elsewhere(&self) -> Vec<String> {
        let unplaced = self.demands.iter().filter(|demand| demand.span.is_none());
        unplaced.map(|demand| format!("{} wants {}", demand.who, demand.text)).collect()
    }

    fn listing(&self) -> Option<String> {
        // One program and one wish: the summary says it all.
        if self.found.is_empty() || self.found.len() == 1 && self.demands.len() == 1 {
            return None;
        }
        let one = |one: &Found| format!("{} at {} ({})", one.version, one.program.display(), one.keeper);
        Some(format!("found: {}", self.found.iter().map(one).collect::<Vec<_>>().join(", ")))
    }

    fn hint(&self) -> String {
        let exact = self.demands.iter().find_map(|demand| match demand.wanted() {
            Some(Wanted::Exact(version)) => Some(version.to_string()),
            _ => None,
        });
        match exact {
            Some(version) => format!(
                "install {} {version} with your version manager; a path in --tf-path wins over files that pin the version",
                self.name
            ),
            None => "use a version that fits, or change the constraint".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, Found, Rule, choose};
    use crate::provider::tool_files::parse_wanted;
    use crate::provider::{Constraints, Version};

    fn pin(text: &str) -> Demand {
        demand(text, Rule::Pin(parse_wanted(text).unwrap()))
    }

    fn constraint(text: &str) -> Demand {
        demand(text, Rule::Constraint(Constraints::parse(text).unwrap()))
    }

    fn demand(text: &str, rule: Rule) -> Demand {
        Demand { who: String::new(), text: text.to_owned(), span: None, rule }
    }

    /// The first one is what PATH gives.
    fn found(versions: &str) -> Vec<Found> {
        let one = |(i, version): (usize, &str)| Found {
            program: format!("/{i}").into(),
            version: Version::parse(version).unwrap(),
            keeper: if i == 0 { "PATH" } else { "tenv" },
        };
        versions.split(' ').enumerate().map(one).collect()
    }

    #[test]
    fn the_one_that_is_wanted_is_chosen() {
        let here = found("1.11.4 1.5.7 1.5.5 1.9.0 1.12.0-beta1");
        for (demands, want) in [
            (vec![], Some("1.11.4")),
            (vec![pin("1.11.4")], Some("1.11.4")),
            (vec![pin("1.5.5")], Some("1.5.5")),
            (vec![pin("1.5")], Some("1.5.7")),
            (vec![pin("1")], Some("1.11.4")),
            (vec![pin("latest:^1.5")], Some("1.5.7")),
            (vec![pin("latest")], Some("1.11.4")),
            (vec![pin("1.12.0-beta1")], Some("1.12.0-beta1")),
            (vec![constraint("< 1.10")], Some("1.9.0")),
            (vec![constraint(">= 1.12")], Some("1.12.0-beta1")),
            (vec![pin("latest-allowed"), constraint("~> 1.5.0")], Some("1.5.7")),
            (vec![pin("min-required"), constraint("~> 1.5.0")], Some("1.5.5")),
            (vec![pin("min-required")], Some("1.11.4")),
            (vec![pin("system")], Some("1.11.4")),
            (vec![pin("1.5.7"), constraint(">= 1.6")], None),
            (vec![pin("1.4.0")], None),
            (vec![constraint("< 1.10"), constraint("< 1.6")], Some("1.5.7")),
        ] {
            let got = choose(&demands, &here).map(|one| one.version.to_string());
            assert_eq!(got.as_deref(), want, "{demands:?}");
        }
    }
}
