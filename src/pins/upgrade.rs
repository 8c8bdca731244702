//! Moving a provider to another version: which texts of constraints must change, and the lock files with them. Writes
//! nothing; what it answers is written together or not at all.

use super::relock::{Change, Choice, Lockable, Wishes, relock};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::provider::code::Said;
use crate::provider::lock_file::ProviderLock;
use crate::provider::mirror::Mirrors;
use crate::provider::needed::Wanted;
use crate::provider::{ProviderAddress, ProviderConstraints, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

/// Where a constraint can be edited: a file, its text, and the place between the quotes.
#[derive(Clone, Debug)]
pub struct Spot {
    pub path: PathBuf,
    pub text: String,
    pub at: Range<usize>,
}

/// What is to be moved, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    pub address: &'a ProviderAddress,
    pub version: &'a Version,
}

/// The units that are moved, and all others that are known.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    pub units: &'a [Lockable],
    pub others: &'a [Lockable],
}

/// Edits of files by path.
type Edits = BTreeMap<PathBuf, FileEdits>;

/// The text that is there now, and what changes in it, by where that begins.
type FileEdits = (String, BTreeMap<usize, (Range<usize>, String)>);

/// Everything that changes, files of code first. `spot` finds where a constraint of a unit can be edited.
///
/// # Errors
/// All that is in the way.
pub fn plan(
    moved: Moved<'_>,
    to: Move<'_>,
    (mirrors, wishes): (&Mirrors, Wishes),
    spot: impl Fn(usize, &Said) -> Option<Spot>,
) -> Result<Vec<Change>, Diagnostics> {
    let mut planning =
        Planning { to, edits: Edits::new(), texts: BTreeMap::new(), faults: Diagnostics::new() };
    let mut units = moved.units.to_vec();
    for (index, unit) in units.iter_mut().enumerate() {
        planning.unit(unit, |said| spot(index, said));
    }
    let followers = planning.look_at_others(moved.others);
    if !planning.faults.is_empty() {
        return Err(planning.faults);
    }
    let choice = Choice::Moved(to.address.clone(), to.version.clone());
    let outcomes = relock(&units, mirrors, &Wishes { choice, ..wishes });
    let mut changes = changes_of(planning.edits);
    changes.extend(followers);
    let mut faults = Diagnostics::new();
    for outcome in outcomes {
        match outcome {
            Ok(change) => changes.extend(change),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(changes) } else { Err(faults) }
}

struct Planning<'a> {
    to: Move<'a>,
    edits: Edits,
    /// New constraints by the place of the old ones.
    texts: BTreeMap<Span, ProviderConstraints>,
    faults: Diagnostics,
}

impl Planning<'_> {
    /// Moves the constraints of one unit, in its needs and in the files that they stand in.
    fn unit(&mut self, unit: &mut Lockable, spot: impl Fn(&Said) -> Option<Spot>) {
        let Some(needed) = unit.needs.providers.get_mut(self.to.address) else { return };
        for wanted in &mut needed.wanted {
            if wanted.constraints.allows_in_company(self.to.version) {
                continue;
            }
            match self.moved(wanted, &spot) {
                Ok(constraints) => wanted.constraints = constraints,
                Err(fault) => self.faults.push(*fault),
            }
        }
    }

    fn moved(
        &mut self,
        wanted: &Wanted,
        spot: &impl Fn(&Said) -> Option<Spot>,
    ) -> Result<ProviderConstraints, Box<Diagnostic>> {
        let Move { address, version } = self.to;
        let refuse = |why: &str, hint: &str| {
            let text = format!("`{}` does not allow {address} {version}", wanted.constraints);
            let fault = Diagnostic::error(Code::ConstraintFixed, text);
            Box::new(fault.at(wanted.said.span, why).hint(hint))
        };
        if wanted.is_fetched {
            let hint = "take a version of that module that allows it first";
            return Err(refuse("in a module that was fetched from elsewhere", hint));
        }
        let old = wanted.said.as_text().unwrap_or_default();
        let new = ProviderConstraints::moved_to(old, version);
        let Some((new, constraints)) =
            new.and_then(|new| ProviderConstraints::parse(&new).ok().map(|parsed| (new, parsed)))
        else {
            return Err(refuse("no small change makes it", "change it by hand"));
        };
        let by_hand = "write the constraint as a plain text of a file, or change it by hand";
        let spot = spot(&wanted.said).filter(|spot| spot.text.get(spot.at.clone()) == Some(old));
        let Some(spot) = spot else {
            return Err(refuse("it cannot be told which text of which file this comes from", by_hand));
        };
        let (_, edits) = self.edits.entry(spot.path).or_insert_with(|| (spot.text, BTreeMap::new()));
        edits.insert(spot.at.start, (spot.at, new));
        self.texts.insert(wanted.said.span, constraints.clone());
        Ok(constraints)
    }

    /// Code that is edited may belong to units that are not moved; what those lock must stay allowed. Their lock files say
    /// the new constraints, too, and stay as they are otherwise.
    fn look_at_others(&mut self, others: &[Lockable]) -> Vec<Change> {
        let mut hurt: BTreeMap<Span, BTreeSet<String>> = BTreeMap::new();
        let mut followers = Vec::new();
        for unit in others {
            let Some(needed) = unit.needs.providers.get(self.to.address) else { continue };
            let Some(old) = &unit.old else { continue };
            let Some(entry) = old.lock.providers.get(self.to.address) else { continue };
            let mut merged = ProviderConstraints::default();
            for wanted in &needed.wanted {
                let new = self.texts.get(&wanted.said.span);
                if new.is_some_and(|new| !new.allows(&entry.version)) {
                    hurt.entry(wanted.said.span).or_default().insert(unit.name.clone());
                }
                merged.add(new.unwrap_or(&wanted.constraints));
            }
            let is_edited = needed.wanted.iter().any(|wanted| self.texts.contains_key(&wanted.said.span));
            if is_edited && merged != entry.constraints {
                let mut lock = old.lock.clone();
                let entry = ProviderLock { constraints: merged, ..entry.clone() };
                lock.providers.insert(self.to.address.clone(), entry);
                let new = lock.to_string();
                followers.push(Change { path: unit.path.clone(), old: old.text.clone(), new });
            }
        }
        for (span, units) in hurt {
            let names: Vec<String> = units.into_iter().collect();
            let text = format!("this code also belongs to {}, which would not be moved", names.join(", "));
            let fault =
                Diagnostic::error(Code::ConstraintFixed, text).at(span, "it would have to change here");
            self.faults.push(fault.hint(
                "move those units, too; to keep environments apart, pin the module's source to a tag in each of them",
            ));
        }
        followers
    }
}

fn changes_of(edits: Edits) -> Vec<Change> {
    let change = |(path, (old, edits)): (PathBuf, FileEdits)| {
        let mut new = old.clone();
        for (range, text) in edits.into_values().rev() {
            new.replace_range(range, &text);
        }
        Change { path, old, new }
    };
    edits.into_iter().map(change).collect()
}
