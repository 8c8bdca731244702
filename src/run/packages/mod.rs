//! The packages of providers that the units of a run need: each is fetched once, unpacked once, verified against the lock file, and
//! linked into the folder where `init` looks first. What cannot be linked safely is left to terraform, whose questions
//! go through a relay of ours, so that a file still crosses the network once. Decides nothing about versions.

mod archives;
mod links;
mod origins;
mod package;
mod relay;
mod store;

use super::init::data_dir;
use super::prepare::Prepared;
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::provider::Platform;
use crate::provider::address::{ProviderAddress, default_host};
use crate::provider::code::{Fetched, Modules, Root};
use crate::provider::lock_file::{FILE_NAME, LockFile};
use crate::source::Fetcher;
use crate::toolrc::Reader;
use archives::Archives;
use origins::Origins;
use package::{Locked, locked};
use relay::Relay;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use store::Store;

/// Whether terraform's questions go through us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relaying {
    Off,
    On(relay::Address),
}

pub use relay::Address as RelayAddress;

/// What a run shares of packages.
#[derive(Debug)]
pub struct Packages {
    /// The cache that OpenTofu is given, below which ours lies.
    cache: PathBuf,
    archives: Arc<Archives>,
    fetcher: Arc<Fetcher>,
    relaying: Relaying,
    relay: OnceLock<Option<Relay>>,
    /// The settings that terraform gets, by their text; they may hold credentials and go with the run.
    written: Mutex<HashMap<String, PathBuf>>,
    scratch: OnceLock<Option<tempfile::TempDir>>,
    platform: String,
}

/// What a command wants of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Packages to run, as `init` does.
    Packages,
    /// Answers of registries only, as `providers lock` does.
    Answers,
}

/// How an init goes on.
#[derive(Debug, Default)]
pub struct Readied {
    /// What is added to terraform's environment.
    pub variables: Vec<(&'static str, PathBuf)>,
    /// What is worth knowing when something is looked for.
    pub notes: Vec<String>,
}

impl Packages {
    /// Nothing is made or asked yet.
    #[must_use]
    pub fn new(cache: PathBuf, fetcher: Arc<Fetcher>, relaying: Relaying) -> Self {
        Self {
            archives: Arc::new(Archives::new(Store::new(cache.join("terrace")), Arc::clone(&fetcher))),
            cache,
            fetcher,
            relaying,
            relay: OnceLock::new(),
            written: Mutex::default(),
            scratch: OnceLock::new(),
            platform: Platform::own().to_string(),
        }
    }

    /// Puts in place what an init needs, as far as its lock file vouches for it, and says where questions go. Blocks.
    /// Never fails: what is not there, terraform fetches.
    #[must_use]
    pub fn ready(&self, prepared: &Prepared, (env, need): (&Env, Need)) -> Readied {
        let mut readied = Readied::default();
        let dir = &prepared.working_dir;
        let reader = reader(prepared, env);
        let origins = Origins::new(self.fetcher.rc().settings(reader), reader);
        let known = origins.settings.text.as_ref();
        let lock = lock_of(dir);
        if need == Need::Packages {
            let place = data_dir(dir, env).join("providers");
            let is_shared = known.is_some() && !self.is_elsewhere(reader);
            let linked = is_shared.then(|| self.link(&place, &lock, (&origins, &mut readied)));
            // terraform would write through a link whose package it does not trust.
            links::remove_others(&place, self.archives.store.root(), &linked.unwrap_or_default());
        }
        let Some(text) = known else {
            readied.notes.push("packages are not shared: terraform's settings are not understood".to_owned());
            return readied;
        };
        if self.relaying != Relaying::Off && origins.asks_registries() {
            let hosts = hosts(prepared, env, &lock);
            let foreign = hosts.iter().filter(|host| !origins.settings.describes(host));
            readied.variables.extend(self.relay_settings(text, foreign));
        }
        readied
    }

    /// Links what can be linked; what was.
    fn link(
        &self,
        place: &Path,
        lock: &LockFile,
        (origins, readied): (&Origins, &mut Readied),
    ) -> BTreeSet<PathBuf> {
        let mut linked = BTreeSet::new();
        for wanted in locked(lock, &self.platform) {
            let at = place.join(wanted.package.path());
            if links::is_own(&at) {
                continue;
            }
            let point = |folder: PathBuf| links::point(&at, &folder).map_err(|error| error.to_string());
            match self.obtain(&wanted, origins).and_then(point) {
                Ok(()) => drop(linked.insert(at)),
                Err(why) => readied.notes.push(why),
            }
        }
        linked
    }

    /// The unpacked package that a lock file vouches for.
    fn obtain(&self, wanted: &Locked, origins: &Origins) -> Result<PathBuf, String> {
        let origins = origins.of(&wanted.package.address);
        if origins.is_empty() {
            return Err(format!("{} is left to terraform, as its settings want", wanted.package));
        }
        if let Some(folder) = self.archives.store.find(wanted) {
            return Ok(folder);
        }
        if !wanted.has_files() {
            return Err(format!("{} is left to terraform: its lock has no `h1:` hash", wanted.package));
        }
        let archive = self.archives.fetch(wanted, &origins)?;
        self.archives.store.publish(wanted, &archive).map_err(|error| error.to_string())
    }

    /// After an init that went well: what terraform unpacked for this unit alone gives way to the shared package, which
    /// the new lock file vouches for. Nothing is fetched. Blocks.
    pub fn adopt(&self, prepared: &Prepared, env: &Env) {
        if self.is_elsewhere(reader(prepared, env)) {
            return;
        }
        let place = data_dir(&prepared.working_dir, env).join("providers");
        for wanted in locked(&lock_of(&prepared.working_dir), &self.platform) {
            let at = place.join(wanted.package.path());
            if !links::is_own(&at) {
                continue;
            }
            let published = self.archives.store.find(&wanted).or_else(|| {
                let archive = self.archives.known(&wanted.package)?;
                self.archives.store.publish(&wanted, &archive).ok()
            });
            // A favour: without it the unit has a copy of its own.
            let _ = published.map(|folder| links::replace(&at, &folder));
        }
    }

    /// Settings with the user's own meaning, by which these hosts' registries are asked through us.
    fn relay_settings<'a>(
        &self,
        text: &str,
        hosts: impl Iterator<Item = &'a String>,
    ) -> Option<(&'static str, PathBuf)> {
        let Relaying::On(address) = &self.relaying else { return None };
        let wanted = |host: &&String| address.hosts.is_empty() || address.hosts.contains(host);
        let start = || Relay::start(address, (Arc::clone(&self.archives), Arc::clone(&self.fetcher))).ok();
        let relay = self.relay.get_or_init(start).as_ref()?;
        let blocks: Vec<String> = hosts.filter(wanted).filter_map(|host| relay.host_block(host)).collect();
        if blocks.is_empty() {
            return None;
        }
        let text = format!("{text}\n{}", blocks.join("\n"));
        Some(("TF_CLI_CONFIG_FILE", self.write(text)?))
    }

    /// Whether the user keeps a plugin cache, which is then the only one; what OpenTofu was given by ourselves is none.
    fn is_elsewhere(&self, reader: Reader<'_>) -> bool {
        let set = self.fetcher.rc().settings(reader).plugin_cache(reader.env, reader.working_dir);
        set.is_some_and(|set| set != self.cache)
    }

    fn write(&self, text: String) -> Option<PathBuf> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = written.get(&text) {
            return Some(path.clone());
        }
        let folder = self.scratch.get_or_init(|| self.archives.store.scratch().ok()).as_ref()?;
        let path = folder.path().join(format!("settings-{}.tfrc", written.len()));
        fs::write_atomic(&path, text.as_bytes(), Access::Private).ok()?;
        written.insert(text, path.clone());
        Some(path)
    }
}

fn reader<'a>(prepared: &'a Prepared, env: &'a Env) -> Reader<'a> {
    Reader { env, working_dir: &prepared.working_dir, flavour: prepared.tool.flavour }
}

fn lock_of(working_dir: &Path) -> LockFile {
    let text = fs::read_text(&working_dir.join(FILE_NAME)).unwrap_or_default();
    LockFile::of_sound(&text).unwrap_or_default()
}

/// The registries that an init may ask: the tool's own, those of the lock file, and those that the code names.
fn hosts(prepared: &Prepared, env: &Env, lock: &LockFile) -> BTreeSet<String> {
    let (dir, flavour) = (&prepared.working_dir, prepared.tool.flavour);
    let usual = default_host(flavour.program());
    let address = |source: &str| ProviderAddress::parse(source, usual).ok();
    let fetched = Fetched::load(dir, &data_dir(dir, env)).ok().flatten();
    let root = Root { dir, dialect: flavour.dialect(), generated: &[], fetched: fetched.as_ref() };
    let tree = Modules::default().tree(&root);
    let mut needed: Vec<ProviderAddress> = lock.providers.keys().cloned().collect();
    for module in tree.nodes.iter().map(|node| &node.module) {
        let sources = module.required_providers.iter().filter_map(|it| it.source.as_ref()?.as_text());
        needed.extend(sources.filter_map(address));
        let implied = module.uses.iter().filter(|it| module.required(&it.provider).next().is_none());
        needed.extend(implied.filter_map(|it| ProviderAddress::implied(&it.provider, usual).ok()));
    }
    // A module that is still to be fetched may need anything.
    let unknown = (!tree.unchecked.is_empty()).then(|| usual.to_owned());
    let known = needed.iter().filter(|address| !address.is_builtin());
    known.map(|address| address.host().to_owned()).chain(unknown).collect()
}
