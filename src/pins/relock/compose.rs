//! A unit's lock file from its versions and their packages.

use super::packages::Packages;
use super::{Change, Choice, Decided, Lockable, Trust, Wishes};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::provider::lock_file::{LockFile, ProviderLock};
use crate::provider::mirror::{MirrorError, Mirrors, Package, Wanted};
use crate::provider::needed::Needed;
use crate::provider::{PackageHash, ProviderAddress, Version};
use std::collections::BTreeSet;

/// What is composed from.
type Stock<'a> = (&'a Packages, &'a Mirrors);

/// The file as terraform would write it; `None` if that is what is there.
pub(super) fn lock_of(
    unit: &Lockable,
    decided: &Decided,
    stock: Stock<'_>,
    wishes: &Wishes,
) -> Result<Option<Change>, Diagnostics> {
    // Moving one provider does not lock all others.
    if unit.old.is_none() && matches!(wishes.choice, Choice::Moved(..)) {
        return Ok(None);
    }
    let header = unit.old.as_ref().map_or(unit.header, |old| old.lock.header);
    let mut lock = LockFile { header, ..LockFile::default() };
    let mut faults = Diagnostics::new();
    for (address, needed) in &unit.needs.providers {
        let Some(version) = decided.get(address) else { continue };
        if !wishes.choice.touches(address) {
            let kept = unit.old.as_ref().and_then(|old| old.lock.providers.get(address));
            lock.providers.extend(kept.map(|kept| (address.clone(), kept.clone())));
            continue;
        }
        let entry = Entry { unit, address, needed, version, wishes };
        match entry.compose(stock) {
            Ok(locked) => drop(lock.providers.insert(address.clone(), locked)),
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let old = unit.old.as_ref().map(|old| old.text.as_str());
    // Without providers, no file is made.
    if old.is_none() && lock.providers.is_empty() {
        return Ok(None);
    }
    let new = lock.to_string();
    let old = old.unwrap_or_default().to_owned();
    Ok((old != new).then(|| Change { path: unit.path.clone(), old, new }))
}

/// An entry in the making.
struct Entry<'a> {
    unit: &'a Lockable,
    address: &'a ProviderAddress,
    needed: &'a Needed,
    version: &'a Version,
    wishes: &'a Wishes,
}

impl Entry<'_> {
    fn compose(&self, (packages, mirrors): Stock<'_>) -> Result<ProviderLock, Diagnostics> {
        let recorded = self.unit.recorded(self.address, self.version);
        let mut hashes = recorded.clone();
        let mut faults = Diagnostics::new();
        let is_open = self.unit.is_open((self.address, self.version), self.wishes);
        for platform in self.unit.platforms.iter().filter(|_| is_open) {
            let wanted = Wanted { address: self.address, version: self.version, platform };
            match packages.find(wanted) {
                Some(Ok(Some(package))) => match self.vouched(package, &recorded, wanted) {
                    Ok(hash) => hashes.extend(package.told.iter().cloned().chain([hash])),
                    Err(fault) => faults.push(*fault),
                },
                Some(Err(error)) => faults.push(self.unreadable(wanted, error)),
                Some(Ok(None)) | None => faults.push(self.missing(wanted, mirrors)),
            }
        }
        let constraints = self.needed.merged();
        let locked = ProviderLock { version: self.version.clone(), constraints, hashes, places: None };
        if faults.is_empty() { Ok(locked) } else { Err(faults) }
    }

    /// The hash to record. Where some are recorded, one of them must be the package's own: anybody could have put
    /// something else into a mirror since.
    fn vouched(
        &self,
        package: &Package,
        recorded: &BTreeSet<PackageHash>,
        wanted: Wanted<'_>,
    ) -> Result<PackageHash, Box<Diagnostic>> {
        if self.wishes.trust == Trust::Mirror || recorded.is_empty() || package.has_one_of(recorded) {
            return Ok(package.files.clone());
        }
        let text =
            format!("no recorded hash vouches for the package of {} for {}", shown(wanted), wanted.platform);
        let fault = Diagnostic::error(Code::PackageUnvouched, text);
        let span = self.places().and_then(|places| places.hashes).unwrap_or(self.needed.span);
        Err(Box::new(
            fault
                .at(span, "none of these is its own")
                .detail(format!("it lies at {} and has {}", package.place, package.files))
                .hint("if you trust the place that it comes from, give --trust-mirror; else find out who changed it"),
        ))
    }

    fn places(&self) -> Option<&crate::provider::lock_file::Places> {
        self.unit.old.as_ref()?.lock.providers.get(self.address)?.places.as_ref()
    }

    fn missing(&self, wanted: Wanted<'_>, mirrors: &Mirrors) -> Diagnostic {
        let text = format!("there is no package of {} for {}", shown(wanted), wanted.platform);
        Diagnostic::error(Code::NoPackage, text)
            .at(self.needed.span, "needed here")
            .detail(format!("looked for in {}", mirrors.places()))
            .hint("add the package to the mirror, name another place with --fs-mirror, --net-mirror or --from-registry, or leave the platform out")
    }

    fn unreadable(&self, wanted: Wanted<'_>, error: &MirrorError) -> Diagnostic {
        let (code, hint) = match error {
            MirrorError::Package(_) | MirrorError::BrokenPromise { .. } => {
                (Code::BadPackage, "put the right package in its place; nothing was written")
            }
            _ => (Code::NoPackage, "look at the place, or name another one with --fs-mirror or --net-mirror"),
        };
        let text = format!("the package of {} for {} cannot be used", shown(wanted), wanted.platform);
        Diagnostic::error(code, text).at(self.needed.span, "needed here").detail(error.to_string()).hint(hint)
    }
}

fn shown(wanted: Wanted<'_>) -> String {
    format!("{} {}", wanted.address, wanted.version)
}
