//! Which version of each provider a unit locks.

use super::{Choice, Decided, Lockable};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::provider::lock_file::ProviderLock;
use crate::provider::needed::Needed;
use crate::provider::{Contradiction, ProviderAddress, Version};
use std::collections::{BTreeMap, BTreeSet};

/// The versions of providers that a mirror has, or why that is not known.
pub(super) type Known = BTreeMap<ProviderAddress, Result<Vec<Version>, String>>;

/// The providers whose versions must be looked up.
pub(super) fn open_questions(units: &[Lockable], choice: &Choice) -> BTreeSet<ProviderAddress> {
    let of_unit = |unit: &Lockable| {
        let touched = unit.needs.providers.keys().filter(|address| choice.touches(address));
        let open = touched.filter(|address| *choice == Choice::Newest || locked(unit, address).is_none());
        open.cloned().collect::<Vec<_>>()
    };
    units.iter().flat_map(of_unit).collect()
}

fn locked<'a>(unit: &'a Lockable, address: &ProviderAddress) -> Option<&'a ProviderLock> {
    unit.old.as_ref()?.lock.providers.get(address)
}

/// The versions of a unit, or all that is in their way.
pub(super) fn versions_of(unit: &Lockable, known: &Known, choice: &Choice) -> Result<Decided, Diagnostics> {
    let (mut decided, mut faults) = (Decided::new(), unit.needs.faults.clone());
    for (address, needed) in &unit.needs.providers {
        // What is not moved stays as it is, whatever it is.
        if !choice.touches(address) {
            let kept = locked(unit, address).map(|kept| (address.clone(), kept.version.clone()));
            decided.extend(kept);
            continue;
        }
        match version_of(unit, (address, needed), known, choice) {
            Ok(version) => drop(decided.insert(address.clone(), version)),
            Err(fault) => faults.push(*fault),
        }
    }
    if faults.is_empty() { Ok(decided) } else { Err(faults) }
}

fn version_of(
    unit: &Lockable,
    (address, needed): (&ProviderAddress, &Needed),
    known: &Known,
    choice: &Choice,
) -> Result<Version, Box<Diagnostic>> {
    if let Some(contradiction) = needed.contradiction() {
        return Err(Box::new(contradicted(address, needed, &contradiction)));
    }
    let wanted = needed.merged();
    if let Choice::Moved(moved, version) = choice
        && moved == address
    {
        let fits = wanted.allows(version).then(|| version.clone());
        return fits.ok_or_else(|| Box::new(refused(address, needed, version)));
    }
    match locked(unit, address).filter(|_| *choice != Choice::Newest) {
        Some(old) if wanted.allows(&old.version) => return Ok(old.version.clone()),
        Some(old) => return Err(Box::new(outgrown(address, needed, old))),
        None => {}
    }
    let versions = match known.get(address) {
        Some(Ok(versions)) => versions.as_slice(),
        Some(Err(said)) => return Err(Box::new(unknown(address, needed, said))),
        None => &[],
    };
    let newest = wanted.newest(versions).cloned();
    newest.ok_or_else(|| Box::new(none_fits(address, needed, versions)))
}

fn contradicted(
    address: &ProviderAddress,
    needed: &Needed,
    contradiction: &Contradiction<crate::provider::Piece>,
) -> Diagnostic {
    let fault =
        Diagnostic::error(Code::ConstraintsClash, format!("no version of {address} meets all constraints"));
    let hint = "widen one of them; a version has to meet what every module of the tree asks for";
    let span = |text: usize| needed.wanted.get(text).map(|wanted| wanted.said.span);
    let fault = match contradiction {
        Contradiction::Pair(first, second) if first == second => match span(first.text) {
            Some(at) => fault.at(at, format!("no version is `{}`", first.shown)),
            None => fault,
        },
        Contradiction::Pair(first, second) => {
            let fault = span(first.text)
                .into_iter()
                .fold(fault, |fault, at| fault.at(at, format!("`{}` is asked for here", first.shown)));
            span(second.text)
                .into_iter()
                .fold(fault, |fault, at| fault.label(at, format!("and `{}` here", second.shown)))
        }
        Contradiction::Together => needed.wanted.iter().fold(fault.at(needed.span, ""), |fault, wanted| {
            fault.label(wanted.said.span, format!("`{}`", wanted.constraints))
        }),
    };
    fault.hint(hint)
}

/// The code moved on, and the lock file did not.
fn outgrown(address: &ProviderAddress, needed: &Needed, old: &ProviderLock) -> Diagnostic {
    let text = format!("{address} is locked at {}, which the code does not allow", old.version);
    let mut fault = Diagnostic::error(Code::LockOutgrown, text);
    if let Some(places) = &old.places {
        fault = fault.at(places.version, "the locked version");
    }
    let refusing = needed.wanted.iter().filter(|wanted| !wanted.constraints.allows(&old.version));
    for wanted in refusing {
        fault = fault.label(wanted.said.span, format!("`{}` is asked for here", wanted.constraints));
    }
    fault.hint("give --upgrade to lock the newest version that is allowed, or widen the constraint")
}

/// The version that is asked for does not meet what is written.
fn refused(address: &ProviderAddress, needed: &Needed, version: &Version) -> Diagnostic {
    let text = format!("`{}` does not allow {address} {version}", needed.merged());
    let hint = match version.prerelease() {
        "" => "change the constraint",
        _ => "a prerelease is only taken where a constraint names it alone, as in `= 2.0.0-beta1`",
    };
    Diagnostic::error(Code::ConstraintFixed, text).at(needed.span, "asked for here").hint(hint)
}

fn unknown(address: &ProviderAddress, needed: &Needed, said: &str) -> Diagnostic {
    Diagnostic::error(Code::NoPackage, format!("nobody can say which versions of {address} there are"))
        .at(needed.span, "needed here")
        .detail(said.to_owned())
        .hint("name a folder of packages with --fs-mirror, or a server with --net-mirror")
}

fn none_fits(address: &ProviderAddress, needed: &Needed, versions: &[Version]) -> Diagnostic {
    let wanted = needed.merged();
    let shown = if wanted.is_empty() { "is a release".to_owned() } else { format!("meets `{wanted}`") };
    let text = format!("no version of {address} that is at hand {shown}");
    let there: Vec<String> = versions.iter().rev().take(10).map(ToString::to_string).collect();
    let there =
        if there.is_empty() { "none is there".to_owned() } else { format!("there is {}", there.join(", ")) };
    let at = needed.wanted.first().map_or(needed.span, |wanted| wanted.said.span);
    Diagnostic::error(Code::NoPackage, text)
        .at(at, there)
        .hint("add the package to the mirror, or name another one with --fs-mirror or --net-mirror")
}
