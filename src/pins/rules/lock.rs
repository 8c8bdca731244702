//! Lock files against the code that they belong to: there, whole, satisfied, with the hashes that are asked for. One unit at
//! a time, and nothing but what was read before.

use super::names;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::pins::remark::{Fix, Remark};
use crate::provider::address::{OPENTOFU_REGISTRY, TERRAFORM_REGISTRY};
use crate::provider::lock_file::{LockFile, Places, ProviderLock};
use crate::provider::needed::{Needed, Needs};
use crate::provider::package_hash::Scheme;
use crate::provider::{ProviderAddress, ProviderConstraints};
use std::collections::HashSet;
use std::path::Path;

/// A lock file that was read.
#[derive(Debug)]
pub struct ReadLock {
    pub text: String,
    pub lock: LockFile,
    pub faults: Diagnostics,
}

impl ReadLock {
    fn is_sound(&self) -> bool {
        !self.faults.iter().any(|fault| fault.is_error() && fault.code != Code::LockHash)
    }
}

/// What the unit's environment asks of lock files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Each needs an `h1:` hash; none at all: any one will do.
    pub platforms: &'a [String],
    pub zh: bool,
    /// The one host that providers come from; `None`: that of the tool.
    pub registry: Option<&'a str>,
}

/// What is known of a unit's lock file.
#[derive(Clone, Copy, Debug)]
pub struct Locking<'a> {
    /// Where it is, or should be.
    pub path: &'a Path,
    /// The unit's own file.
    pub unit_file: &'a Path,
    /// `None` if there is none.
    pub read: Option<&'a ReadLock>,
    pub is_ignored: bool,
    pub needs: &'a Needs,
    pub asked: Asked<'a>,
    /// The registry of the unit's tool.
    pub usual_host: &'a str,
}

/// Everything that rules 6 to 9 and 11 have to say.
#[must_use]
pub fn remarks(locking: &Locking<'_>) -> Vec<Remark> {
    let mut found = presence(locking);
    found.extend(hosts_of_code(locking));
    let Some(read) = locking.read else { return found };
    found.extend(coverage(locking, read));
    found.extend(hashes(locking, read));
    found.extend(hosts_of_lock(locking, read));
    found
}

/// `pin/lock-present`
fn presence(locking: &Locking<'_>) -> Vec<Remark> {
    let Some(read) = locking.read else {
        return missing(locking).into_iter().collect();
    };
    let mut found: Vec<Remark> = read
        .faults
        .iter()
        .filter(|fault| fault.code != Code::LockHash)
        .filter_map(|fault| {
            let remark = Remark::of_fault(names::LOCK_PRESENT, fault)?;
            Some(Remark { fix: respelled(fault, read), ..remark })
        })
        .collect();
    if locking.is_ignored {
        found.push(
            Remark::at_file(
                names::LOCK_PRESENT,
                locking.path,
                "git ignores the lock file, so nobody else gets it",
            )
            .hint("take `.terraform.lock.hcl` out of the .gitignore, or add `!.terraform.lock.hcl` to it"),
        );
    }
    found
}

fn missing(locking: &Locking<'_>) -> Option<Remark> {
    // Without providers, no lock file is written.
    let first = locking.needs.providers.values().next()?;
    let ignored = if locking.is_ignored { ", and git would ignore it" } else { "" };
    let remark = Remark::at_file(
        names::LOCK_PRESENT,
        locking.unit_file,
        format!("the unit has no lock file{ignored}"),
    );
    Some(remark.related(first.span, "this provider is not locked").hint("`terrace pins lock` writes it"))
}

/// Constraints in another spelling, which terraform refuses: the same ones as it writes them.
fn respelled(fault: &Diagnostic, read: &ReadLock) -> Option<Fix> {
    let span = fault.primary.as_ref()?.span;
    let quoted = read.text.get(span.start as usize..span.end as usize)?;
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let canonical = ProviderConstraints::parse(text).ok()?.to_string();
    (canonical != text && text.contains(['~', '>', '<', '=', ',']))
        .then(|| Fix::replace(span, format!("\"{canonical}\"")))
}

/// `pin/lock-complete`, `pin/lock-satisfied`
fn coverage(locking: &Locking<'_>, read: &ReadLock) -> Vec<Remark> {
    // With an entry that cannot be read, what is missing cannot be told from what is broken.
    if !read.is_sound() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (address, needed) in &locking.needs.providers {
        match read.lock.providers.get(address) {
            Some(entry) => found.extend(satisfaction(locking, (address, needed), (entry, read))),
            None => found.push(not_covered(locking, address, needed)),
        }
    }
    if locking.needs.is_whole {
        let extra =
            read.lock.providers.iter().filter(|(address, _)| !locking.needs.providers.contains_key(address));
        found.extend(extra.filter_map(|(address, entry)| superfluous(locking, address, entry)));
    }
    found
}

fn not_covered(locking: &Locking<'_>, address: &ProviderAddress, needed: &Needed) -> Remark {
    let name = address.short(locking.usual_host);
    Remark::at_file(names::LOCK_COMPLETE, locking.path, format!("`{name}` is not in the lock file"))
        .related(needed.span, "it is needed here")
        .hint("`terrace pins lock` adds it")
}

fn superfluous(locking: &Locking<'_>, address: &ProviderAddress, entry: &ProviderLock) -> Option<Remark> {
    let places = entry.places.as_ref()?;
    let name = address.short(locking.usual_host);
    let remark =
        Remark::at(names::LOCK_COMPLETE, places.header, format!("`{name}` is locked, and nothing needs it"));
    Some(remark.hint("the next `init` would drop it; so does `terrace pins lock`"))
}

fn satisfaction(
    locking: &Locking<'_>,
    (address, needed): (&ProviderAddress, &Needed),
    (entry, read): (&ProviderLock, &ReadLock),
) -> Vec<Remark> {
    let Some(places) = &entry.places else { return Vec::new() };
    let name = address.short(locking.usual_host);
    let refusing: Vec<_> =
        needed.wanted.iter().filter(|wanted| !wanted.constraints.allows(&entry.version)).collect();
    if !refusing.is_empty() {
        let message =
            format!("version {} of `{name}` is locked, and the code does not allow it", entry.version);
        let mut remark = Remark::at(names::LOCK_SATISFIED, places.version, message);
        for wanted in refusing {
            remark = remark.related(wanted.said.span, format!("`{}` is asked for here", wanted.constraints));
        }
        let hint = "`terrace pins upgrade` moves the version and its hashes, or widen the constraint";
        return vec![remark.hint(hint)];
    }
    let merged = needed.merged();
    if locking.needs.is_whole && merged != entry.constraints {
        return vec![other_constraints((&name, &merged), (address, entry, places), read)];
    }
    Vec::new()
}

fn other_constraints(
    (name, merged): (&str, &ProviderConstraints),
    (address, entry, places): (&ProviderAddress, &ProviderLock, &Places),
    read: &ReadLock,
) -> Remark {
    let shown = |constraints: &ProviderConstraints| match constraints.is_empty() {
        true => "none".to_owned(),
        false => format!("`{constraints}`"),
    };
    let message = format!(
        "the lock file has the constraints {} for `{name}`, and the code has {}",
        shown(&entry.constraints),
        shown(merged)
    );
    let remark = Remark::at(names::LOCK_SATISFIED, places.constraints.unwrap_or(places.header), message);
    let remark =
        remark.hint("tools that renew lock files go by this text; `--fix` writes it as `init` would");
    let fix = match places.constraints.filter(|_| !merged.is_empty()) {
        Some(span) => Some(Fix::replace(span, format!("\"{merged}\""))),
        None => rewritten(read, places.header, |lock| {
            if let Some(entry) = lock.providers.get_mut(address) {
                entry.constraints = merged.clone();
            }
        }),
    };
    Remark { fix, ..remark }
}

/// The whole file as terraform writes it, with a change; only where the file is written so already.
fn rewritten(read: &ReadLock, at: Span, change: impl FnOnce(&mut LockFile)) -> Option<Fix> {
    let mut lock = read.lock.clone();
    if lock.to_string() != read.text {
        return None;
    }
    change(&mut lock);
    let whole = Span::new(at.file, 0, read.text.len());
    Some(Fix::replace(whole, lock.to_string()))
}

/// `pin/lock-hashes`
fn hashes(locking: &Locking<'_>, read: &ReadLock) -> Vec<Remark> {
    let malformed = read.faults.iter().filter(|fault| fault.code == Code::LockHash);
    let mut found: Vec<Remark> =
        malformed.filter_map(|fault| Remark::of_fault(names::LOCK_HASHES, fault)).collect();
    for (address, entry) in &read.lock.providers {
        let Some(places) = &entry.places else { continue };
        let name = address.short(locking.usual_host);
        found.extend(repeated(places, read));
        found.extend(too_few(locking, &name, (entry, places)));
    }
    found
}

fn repeated(places: &Places, read: &ReadLock) -> Vec<Remark> {
    let mut seen = HashSet::new();
    let again = places.each_hash.iter().filter(|(hash, _)| !seen.insert(hash));
    again
        .map(|(_, span)| Remark {
            fix: Some(Fix::replace(whole_element(*span, &read.text), String::new())),
            ..Remark::at(names::LOCK_HASHES, *span, "the hash stands twice").hint("`--fix` takes it out")
        })
        .collect()
}

/// An element of a list with the comma behind it, and its line if it stands alone there.
fn whole_element(span: Span, text: &str) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    let after = text.get(end..).unwrap_or_default();
    let blank = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let comma = blank(after);
    let end = if after[comma..].starts_with(',') { end + comma + 1 } else { end };
    let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let is_first = text.get(line..start).is_some_and(|before| before.trim().is_empty());
    let rest = text.get(end..).unwrap_or_default();
    let gap = blank(rest);
    let line_break = ["\r\n", "\n"].into_iter().find(|sign| rest[gap..].starts_with(sign));
    match line_break {
        Some(sign) if is_first => Span::new(span.file, line, end + gap + sign.len()),
        _ => Span::new(span.file, start, end + gap),
    }
}

fn too_few(locking: &Locking<'_>, name: &str, (entry, places): (&ProviderLock, &Places)) -> Option<Remark> {
    let platforms = locking.asked.platforms;
    let wanted = platforms.len().max(1);
    let have = entry.hashes.iter().filter(|hash| hash.scheme() == Scheme::Files).count();
    let at = places.hashes.unwrap_or(places.header);
    if have < wanted {
        let message = match (have, platforms) {
            (0, _) => format!("`{name}` has no `h1:` hash, so no package can be checked"),
            (_, all) => {
                format!(
                    "`{name}` has {have} of {wanted} `h1:` hashes: one is needed for each of {}",
                    all.join(", ")
                )
            }
        };
        let hint = match platforms {
            [] => "`terrace pins lock` adds it".to_owned(),
            all => format!("`terrace pins lock --platform {}` adds them", all.join(" --platform ")),
        };
        return Some(Remark::at(names::LOCK_HASHES, at, message).hint(hint));
    }
    (locking.asked.zh && !entry.has(Scheme::Zip)).then(|| {
        Remark::at(
            names::LOCK_HASHES,
            at,
            format!("`{name}` has no `zh:` hash, and the policy asks for them"),
        )
        .hint("only a registry gives them: run `terraform providers lock`, or say `zh = false`")
    })
}

/// `pin/registry-host`: the other tool's registry, or another one than the policy names.
fn wrong_host(locking: &Locking<'_>, address: &ProviderAddress) -> Option<String> {
    let host = address.host();
    match locking.asked.registry {
        Some(only) if only != host => {
            Some(format!("`{address}` comes from {host}, and the policy allows {only} alone"))
        }
        Some(_) => None,
        None => {
            let is_other =
                host != locking.usual_host && [TERRAFORM_REGISTRY, OPENTOFU_REGISTRY].contains(&host);
            is_other.then(|| {
                let (own, other) =
                    if host == OPENTOFU_REGISTRY { ("terraform", "tofu") } else { ("tofu", "terraform") };
                format!("`{address}` comes from the registry of {other}, and the unit runs {own}")
            })
        }
    }
}

fn hosts_of_code(locking: &Locking<'_>) -> Vec<Remark> {
    let of = |(address, needed): (&ProviderAddress, &Needed)| {
        let message = wrong_host(locking, address)?;
        let hint = "leave the host out of `source`, or say which tool the unit runs with `terraform_binary`";
        Some(Remark::at(names::REGISTRY_HOST, needed.span, message).hint(hint))
    };
    locking.needs.providers.iter().filter_map(of).collect()
}

fn hosts_of_lock(locking: &Locking<'_>, read: &ReadLock) -> Vec<Remark> {
    let of = |(address, entry): (&ProviderAddress, &ProviderLock)| {
        // Told where the code asks for it.
        if locking.needs.providers.contains_key(address) {
            return None;
        }
        let message = wrong_host(locking, address)?;
        let header = entry.places.as_ref()?.header;
        Some(
            Remark::at(names::REGISTRY_HOST, header, message)
                .hint("lock the providers again with the unit's own tool"),
        )
    };
    read.lock.providers.iter().filter_map(of).collect()
}
