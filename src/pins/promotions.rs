//! Which pins of which environments are promotions, and how they are judged: the policy's side of [`super::promote`].

use super::finding::Place;
use super::policy::{EnvironmentId, Policy};
use super::promote::{self, Kind, Now, Release, Sides, Verdict};
use super::sites::Address;
use super::survey::{Gap, LockText, Survey, SurveyedUnit};
use crate::source;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// A release that should have been somewhere else before.
#[derive(Debug)]
pub struct Promotion {
    pub later: EnvironmentId,
    pub earlier: EnvironmentId,
    pub release: Release,
    pub verdict: Verdict,
    pub place: Place,
    /// The units that pin it, in order.
    pub units: Vec<usize>,
}

/// What is promoted in a survey.
#[derive(Debug, Default)]
pub struct Promotions {
    /// Those that were not there before.
    pub faulty: Vec<Promotion>,
    /// What cannot be known.
    pub gaps: Vec<Gap>,
}

/// A survey under a policy, with the environment of each unit.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub survey: &'a Survey,
    pub policy: &'a Policy,
    pub environments: &'a [EnvironmentId],
}

impl Promotions {
    /// Asks git only if some environment follows another.
    #[must_use]
    pub(super) fn of(view: View<'_>) -> Self {
        let mut promotions = Self::default();
        for later in view.policy.environments() {
            let Some(earlier) = view.policy.follows(later) else { continue };
            let pins = view.pins(later);
            if pins.is_empty() {
                continue;
            }
            match view.judge((later, &pins), earlier) {
                Ok(verdicts) => promotions.take(verdicts, pins, (later, earlier)),
                Err(why) => promotions.gaps.push(view.gap(later, earlier, &why)),
            }
        }
        promotions
    }

    fn take(
        &mut self,
        verdicts: BTreeMap<Release, Verdict>,
        mut pins: Pins,
        (later, earlier): (EnvironmentId, EnvironmentId),
    ) {
        for (release, verdict) in verdicts {
            let Some(Pinned { place, units }) = pins.remove(&release) else { continue };
            match verdict {
                Verdict::Promoted => {}
                Verdict::Unclear => {
                    let what = format!("since when {} of {} is pinned", release.version, release.name);
                    let gap = Gap::new((&place.file, place.span), &what, "no text in the history says it");
                    self.gaps.push(Gap { units, ..gap });
                }
                Verdict::Never | Verdict::AtOnce => {
                    self.faulty.push(Promotion { later, earlier, release, verdict, place, units });
                }
            }
        }
    }
}

/// Where a release is pinned, and by whom.
struct Pinned {
    place: Place,
    units: Vec<usize>,
}

type Pins = BTreeMap<Release, Pinned>;

fn add(pins: &mut Pins, (release, place): (Release, Place), unit: usize) {
    let pinned = pins.entry(release).or_insert_with(|| Pinned { place, units: Vec::new() });
    if pinned.units.last() != Some(&unit) {
        pinned.units.push(unit);
    }
}

impl<'a> View<'a> {
    fn is_in(&self, unit: usize, environment: EnvironmentId) -> bool {
        self.environments.get(unit) == Some(&environment)
    }

    fn units(
        &self,
        environment: EnvironmentId,
    ) -> impl Iterator<Item = (usize, &'a SurveyedUnit)> + use<'a, '_> {
        let units = self.survey.units.iter().enumerate();
        units.filter(move |(index, _)| self.is_in(*index, environment))
    }

    /// What an environment pins now.
    fn pins(&self, environment: EnvironmentId) -> Pins {
        let mut pins = Pins::new();
        for (index, unit) in self.units(environment) {
            let LockText::Read { lock, .. } = &unit.lock else { continue };
            for (address, entry) in &lock.providers {
                let span = entry.places.as_ref().map(|places| places.version);
                let version = entry.version.to_string();
                let release = Release { kind: Kind::Provider, name: address.to_string(), version };
                add(&mut pins, (release, Place { file: unit.lock_path.clone(), span }), index);
            }
        }
        for site in &self.survey.sites {
            let version = site.version.as_ref().and_then(|said| said.as_text());
            let Some((name, version)) = module_of(&site.address, version) else { continue };
            let place = Place { file: site.file.clone(), span: Some(site.span) };
            for unit in site.units.iter().filter(|unit| self.is_in(**unit, environment)) {
                let release = Release { kind: Kind::Module, name: name.clone(), version: version.clone() };
                add(&mut pins, (release, place.clone()), *unit);
            }
        }
        pins
    }

    fn judge(
        &self,
        (later, pins): (EnvironmentId, &Pins),
        earlier: EnvironmentId,
    ) -> Result<BTreeMap<Release, Verdict>, String> {
        let around = &self.survey.around;
        let Some(repository) = &around.repository else {
            return Err("there is no git repository whose history could tell".to_owned());
        };
        if repository.is_shallow() {
            let why = "the history of this clone is cut off: fetch all of it, with `fetch-depth: 0` or `git fetch --unshallow`";
            return Err(why.to_owned());
        }
        let (first, second) = (Files::of(*self, earlier), Files::of(*self, later));
        let sides =
            Sides { is_earlier: &|path: &Path| first.have(path), is_later: &|path: &Path| second.have(path) };
        let before = self.pins(earlier);
        let (later, earlier): (BTreeSet<&Release>, BTreeSet<&Release>) =
            (pins.keys().collect(), before.keys().collect());
        let now = Now { later: &later, earlier: &earlier };
        promote::judge(repository, now, sides).map_err(|error| error.to_string())
    }

    fn gap(&self, later: EnvironmentId, earlier: EnvironmentId, why: &str) -> Gap {
        let (later_name, earlier) = (self.policy.name_of(later), self.policy.name_of(earlier));
        let what = format!("whether \"{earlier}\" had before what \"{later_name}\" pins");
        let file = self.policy.root.join(crate::config::ESTATE_FILE);
        let units = self.units(later).map(|(index, _)| index).collect();
        Gap { units, ..Gap::new((&file, self.policy.span_of(later)), &what, why) }
    }
}

/// What a source is without its version, and the version; `None` of one that has none.
fn module_of(address: &Address, version: Option<&str>) -> Option<(String, String)> {
    match address {
        Address::Registry(module) => Some((module.module.clone(), exact(version?)?)),
        Address::Source(source) => match &source.kind {
            source::Kind::Git(git) => Some((within(&git.remote, source), git.reference.clone()?)),
            source::Kind::Registry(registry) => Some((registry.module.clone(), registry.version.clone()?)),
            _ => None,
        },
        Address::Bad(_) => None,
    }
}

/// An address with the folder in it.
fn within(remote: &str, source: &source::Source) -> String {
    match source.subdir.as_deref().filter(|dir| !dir.is_empty()) {
        Some(dir) => format!("{remote}//{dir}"),
        None => remote.to_owned(),
    }
}

/// A constraint that means one version.
fn exact(text: &str) -> Option<String> {
    let version = text.trim().trim_start_matches('=').trim();
    crate::provider::Version::parse(version).ok().map(|_| version.to_owned())
}

/// The files of an environment: all below its folders, and those elsewhere that its units read.
struct Files<'a> {
    view: View<'a>,
    environment: EnvironmentId,
    read: HashSet<PathBuf>,
}

impl<'a> Files<'a> {
    fn of(view: View<'a>, environment: EnvironmentId) -> Self {
        let top = &view.survey.around.top;
        let of_unit = |unit: &'a SurveyedUnit| {
            let code = unit.tree.iter().flat_map(|tree| &tree.nodes).flat_map(|node| &node.module.files);
            unit.pinned.files.iter().chain(code)
        };
        let files = view.units(environment).flat_map(|(_, unit)| of_unit(unit));
        let read = files.filter_map(|file| file.strip_prefix(top).ok().map(Path::to_path_buf)).collect();
        Self { view, environment, read }
    }

    /// A path as git has it.
    fn have(&self, path: &Path) -> bool {
        if self.read.contains(path) {
            return true;
        }
        let folder = self.view.survey.around.top.join(path.parent().unwrap_or(Path::new("")));
        let is_named = !self.view.policy.name_of(self.environment).is_empty();
        is_named && self.view.policy.environment_of(&folder) == self.environment
    }
}
