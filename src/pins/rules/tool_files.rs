//! `pin/tool-files`: files for version managers agree with each other and with what the code and the unit ask for.

use super::{at_span, of_fault};
use crate::diag::Span;
use crate::pins::finding::Finding;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::SurveyedUnit;
use crate::pins::tool_book::Folder;
use crate::provider::code::Dialect;
use crate::provider::tool_files::{ToolPin, Wanted};
use crate::provider::{Constraints, Flavour, Version};
use std::collections::HashMap;
use std::sync::Arc;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    let mut governed: HashMap<*const Folder, (&Folder, Vec<usize>)> = HashMap::new();
    for (index, folders) in cx.survey.around.tools.iter().enumerate() {
        for folder in folders {
            governed.entry(Arc::as_ptr(folder)).or_insert((folder, Vec::new())).1.push(index);
        }
        let Some(unit) = cx.survey.units.get(index) else { continue };
        let flavour = flavour_of(unit);
        let Some(pin) = folders.iter().find_map(|folder| folder.pin_of(flavour)) else { continue };
        let found = against((rule, cx), pin, &constraints_of(unit));
        findings.extend(found.map(|finding| finding.of_units(&[index])));
    }
    for (folder, units) in governed.values() {
        findings.extend(of_folder((rule, cx), folder).into_iter().map(|finding| finding.of_units(units)));
    }
}

fn flavour_of(unit: &SurveyedUnit) -> Flavour {
    match unit.dialect {
        Dialect::Terraform => Flavour::Terraform,
        Dialect::Tofu => Flavour::Tofu,
    }
}

/// A constraint on the tool, and where it stands.
struct ToolConstraint {
    constraints: Constraints,
    text: String,
    span: Span,
}

/// What the unit and its modules ask for; what is no constraint is told elsewhere.
fn constraints_of(unit: &SurveyedUnit) -> Vec<ToolConstraint> {
    let own = unit.pinned.terraform_version_constraint.as_ref();
    let own = own.and_then(|written| Some((written.as_text()?, written.span)));
    let nodes = unit.tree.iter().flat_map(|tree| &tree.nodes);
    let said = nodes.flat_map(|node| &node.module.required_versions);
    let of_code = said.filter_map(|said| Some((said.as_text()?, said.span)));
    let all = own.into_iter().chain(of_code);
    all.filter_map(|(text, span)| {
        Some(ToolConstraint { constraints: Constraints::parse(text).ok()?, text: text.to_owned(), span })
    })
    .collect()
}

/// What a folder's files say against each other, and what is no version in them.
fn of_folder((rule, cx): (&'static Rule, &Cx<'_>), folder: &Folder) -> Vec<Finding> {
    let mut found: Vec<Finding> = folder.faults.iter().map(|fault| of_fault(rule, cx, fault)).collect();
    for (index, pin) in folder.pins.iter().enumerate() {
        let mut earlier = folder.pins[..index].iter().filter(|other| other.flavour == pin.flavour);
        let Some(other) = earlier.find(|other| !agree(&pin.wanted, &other.wanted)) else { continue };
        let program = pin.flavour.program();
        let message = format!("{program} is pinned to `{}` and to `{}`", other.text, pin.text);
        let finding =
            at_span((rule, cx), pin.span, message).and(other.span, "pinned to this, too").about(program);
        found.push(
            finding
                .hint("which one counts depends on the version manager: let them say the same, or keep one"),
        );
    }
    found
}

/// What speaks against the pin that governs a unit.
fn against(
    (rule, cx): (&'static Rule, &Cx<'_>),
    pin: &ToolPin,
    constraints: &[ToolConstraint],
) -> Option<Finding> {
    let against: Vec<_> = constraints.iter().filter(|one| !may_be(&pin.wanted, &one.constraints)).collect();
    let first = against.first()?;
    let program = pin.flavour.program();
    let message = format!("{program} is pinned to `{}`, and `{}` does not allow that", pin.text, first.text);
    let finding = at_span((rule, cx), pin.span, message).about(format!("{program} {}", first.text));
    let finding = against.iter().fold(finding, |finding, one| finding.and(one.span, "this is asked for"));
    Some(finding.hint("pin a version that every constraint allows"))
}

/// Whether some version can be what both want. What cannot be known is not held against anybody.
fn agree(a: &Wanted, b: &Wanted) -> bool {
    match (a, b) {
        (Wanted::Exact(version), other) | (other, Wanted::Exact(version)) => other.allows(version),
        (Wanted::Series(a), Wanted::Series(b)) => a.iter().zip(b).all(|(a, b)| a == b),
        (Wanted::Within(constraints), Wanted::Within(other)) => {
            Constraints::contradiction(&[constraints, other]).is_none()
        }
        (Wanted::Series(numbers), Wanted::Within(constraints))
        | (Wanted::Within(constraints), Wanted::Series(numbers)) => series_meets(numbers, constraints),
        _ => true,
    }
}

/// Whether a version that is wanted may meet a constraint.
fn may_be(wanted: &Wanted, constraints: &Constraints) -> bool {
    match wanted {
        Wanted::Exact(version) => constraints.allows_core(version),
        Wanted::Series(numbers) => series_meets(numbers, constraints),
        Wanted::Within(others) => Constraints::contradiction(&[others, constraints]).is_none(),
        _ => true,
    }
}

/// A series is the constraint that only its last number may not change.
fn series_meets(numbers: &[u64], constraints: &Constraints) -> bool {
    let text = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    if numbers.len() >= 3 {
        return Version::parse(&text).is_ok_and(|version| constraints.allows(&version));
    }
    let series = Constraints::parse(&format!("~> {text}.0"));
    series.map_or(true, |series| Constraints::contradiction(&[&series, constraints]).is_none())
}

#[cfg(test)]
mod tests {
    use super::{agree, may_be};
    use crate::provider::Constraints;
    use crate::provider::tool_files::parse_wanted;

    #[test]
    fn pins_agree_if_one_version_can_be_both() {
        for (one, other, want) in [
            ("1.5.7", "1.5.7", true),
            ("1.5.7", "1.5.6", false),
            ("1.5.7", "1.5", true),
            ("1.5.7", "1.6", false),
            ("1.5", "1.6", false),
            ("1", "1.6", true),
            (">= 1.6", "1.5", false),
            (">= 1.5.3", "1.5", true),
            (">= 1.6", "< 1.6", false),
            ("latest", "1.5.6", true),
            ("latest:^1.5", "1.6.0", false),
            ("{{ x }}", "1.5.7", true),
        ] {
            let (a, b) = (parse_wanted(one).unwrap(), parse_wanted(other).unwrap());
            assert_eq!((agree(&a, &b), agree(&b, &a)), (want, want), "{one} {other}");
        }
    }

    #[test]
    fn a_pin_meets_a_constraint_or_not() {
        for (pin, constraint, want) in [
            ("1.9.2", "~> 1.9.0", true),
            ("1.9.2", "< 1.6", false),
            ("1.9.0-rc1", ">= 1.9.0", true),
            ("1.8", ">= 1.8.3", true),
            ("1.8", ">= 1.9", false),
            ("1", "< 0.13", false),
            (">= 1.5, < 1.8", ">= 1.8", false),
            ("latest", ">= 99", true),
        ] {
            let constraints = Constraints::parse(constraint).unwrap();
            assert_eq!(may_be(&parse_wanted(pin).unwrap(), &constraints), want, "{pin} {constraint}");
        }
    }
}
