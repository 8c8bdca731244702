//! Fetching sources of every kind, each once in a run, whoever asks; through the content store where there is one.
//! Knows nothing of units.

use super::address::{GcsSource, GitSource, HttpSource, RegistrySource, S3Source};
use super::content::{Content, cut};
use super::error::SourceError;
use super::gcs::Buckets;
use super::git::{Depth, Repository, environment};
use super::http::{Client, Downloaded, Listing, Stamp, download, shown};
use super::registry::{self, Helpers, Registries};
use super::s3::{Folders, Taken, take};
use super::store::{Record, Store, StoreError, Tree};
use super::tree::Delivery;
use super::unpack::{file_name, place_file};
use super::{Kind, Source, parse_source, urlpath};
use crate::host::env::Env;
use crate::host::fs;
use crate::toolrc::RcBook;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Fetched = Result<Arc<Content>, Arc<SourceError>>;

/// The run's sources. Shared by all threads: those that want the same source wait for one fetch, others do not wait
/// for each other. What is not in the store lies in a private folder that goes with the run.
#[derive(Debug)]
pub struct Fetcher {
    env: Env,
    pub(super) client: Client,
    pub(super) registries: Registries,
    buckets: Buckets,
    store: Option<Store>,
    depth: Depth,
    scratch: OnceLock<Result<tempfile::TempDir, Arc<SourceError>>>,
    folders: AtomicUsize,
    fetches: Mutex<HashMap<String, Arc<OnceLock<Fetched>>>>,
    notes: Mutex<Vec<String>>,
}

/// How often a server may send us elsewhere.
const MOST_HOPS: usize = 8;

impl Fetcher {
    /// Without a store: everything is fetched anew in every run. `env` is what git runs with, and says which
    /// proxies, certificates and tokens there are. Nothing is fetched or written yet.
    #[must_use]
    pub fn new(env: Env) -> Self {
        let registries = Registries::new(env.clone(), Arc::default());
        Self {
            client: Client::new(env.clone()),
            registries,
            buckets: Buckets::new(env.clone()),
            env: environment(env),
            store: None,
            depth: Depth::Commits(1),
            scratch: OnceLock::new(),
            folders: AtomicUsize::new(0),
            fetches: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// With the user's content store, shared by runs; without one where the user has no cache folder.
    #[must_use]
    pub fn with_store(mut self) -> Self {
        self.store = Store::of_user(&self.env);
        self
    }

    /// With these settings of the tools, which others read too.
    #[must_use]
    pub fn with_rc(mut self, rc: Arc<RcBook>) -> Self {
        self.registries = Registries::new(self.env.clone(), rc);
        self
    }

    /// The user's helper for credentials runs or not.
    #[must_use]
    pub fn with_helpers(mut self, helpers: Helpers) -> Self {
        self.registries = self.registries.with_helpers(helpers);
        self
    }

    /// The settings of the tools, as far as they were read.
    #[must_use]
    pub fn rc(&self) -> &Arc<RcBook> {
        self.registries.rc()
    }

    /// The token that the environment, the tools' settings or the user's helper has for a host. Blocks.
    #[must_use]
    pub fn token_of_host(&self, host: &str) -> Option<String> {
        self.registries.token_of_host(host)
    }

    /// Clones bring this much history.
    #[must_use]
    pub fn with_depth(mut self, depth: Depth) -> Self {
        self.depth = depth;
        self
    }

    /// The registry of a tool: where its modules come from that name none.
    #[must_use]
    pub fn default_registry(&self, tool: &str) -> String {
        registry::default_host(&self.env, tool)
    }

    /// What went wrong without doing harm, told once.
    #[must_use]
    pub fn take_notes(&self) -> Vec<String> {
        let mut notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        notes.extend(self.registries.take_notes());
        notes
    }

    /// The versions that a registry has of a module, in its order. Blocks.
    ///
    /// # Errors
    /// When the registry does not say.
    pub fn versions(&self, source: &RegistrySource) -> Result<Vec<String>, SourceError> {
        self.registries.versions(&self.client, source)
    }

    /// The versions that a registry has of a provider, `hashicorp/aws`, in its order. Blocks.
    ///
    /// # Errors
    /// When the registry does not say.
    pub fn provider_versions(&self, host: &str, provider: &str) -> Result<Vec<String>, SourceError> {
        self.registries.provider_versions(&self.client, (host, provider))
    }

    /// A folder with the whole source, without its `//` part; it must not be changed. Blocks.
    ///
    /// # Errors
    /// When it cannot be fetched; everybody who asks for the same gets the same error.
    pub fn fetch(&self, source: &Source) -> Result<PathBuf, SourceError> {
        if let Some(folder) = source.local().filter(|path| fs::is_dir(path)) {
            return Ok(folder.to_path_buf());
        }
        self.content(source)?.folder(|| self.folder())
    }

    /// Copies the source's folder, its `//` part followed, into a folder of the caller's, with everything that is
    /// in it. Blocks.
    ///
    /// # Errors
    /// When it cannot be fetched or written, or has no such part.
    pub fn fetch_into(
        &self,
        source: &Source,
        (into, delivery): (&Path, Delivery),
    ) -> Result<(), SourceError> {
        let whole = match source.local().filter(|path| fs::is_dir(path)) {
            Some(folder) => Arc::new(Content::of_folder(folder.to_path_buf())),
            None => self.content(source)?,
        };
        let part = source.subdir.as_deref().unwrap_or_default();
        if let Some(tree) = whole.read(delivery)?.into_part(part) {
            return super::copy::deliver(&tree, into);
        }
        // A link may stand in its way.
        let root = whole.folder(|| self.folder())?;
        cut((&root, part), (into, delivery)).map_err(|error| error.at(source))
    }

    /// Whether there is a store.
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// Puts a folder into the store; gives an address for it, which stands for this content for ever.
    ///
    /// # Errors
    /// When there is no store, or it cannot be written.
    pub fn put_folder(&self, folder: &Path) -> Result<String, SourceError> {
        let refused = |said: String| SourceError::NotKept { folder: folder.to_path_buf(), said };
        let store = self.store.as_ref().ok_or_else(|| refused("there is no store".to_owned()))?;
        let tree = store.put(folder).map_err(|error| refused(error.to_string()))?;
        Ok(format!("cas::sha256:{}", tree.digest))
    }

    /// The content of a source that is no folder of this machine.
    pub(super) fn content(&self, source: &Source) -> Result<Arc<Content>, SourceError> {
        let key = key_of(source);
        let cell = {
            let mut fetches = self.fetches.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(fetches.entry(key).or_default())
        };
        let fetched = cell.get_or_init(|| self.obtain(source, MOST_HOPS).map(Arc::new).map_err(Arc::new));
        fetched.clone().map_err(SourceError::Shared)
    }

    fn obtain(&self, source: &Source, hops: usize) -> Result<Content, SourceError> {
        match &source.kind {
            Kind::Local(path) => self.of_file(source, path),
            Kind::Git(git) => self.of_git(git),
            Kind::Http(http) => self.of_http(source, http, hops),
            Kind::S3(s3) => self.of_s3(source, s3),
            Kind::Registry(registry) => {
                let location = self.registries.locate(&self.client, registry)?;
                self.elsewhere(source, &location, hops)
            }
            Kind::Gcs(gcs) => self.of_gcs(gcs),
            Kind::Stored(digest) => self.of_store(source, digest),
            Kind::Later(kind) => Err(SourceError::NotYet { kind, address: source.to_string() }),
        }
    }

    fn of_file(&self, source: &Source, path: &Path) -> Result<Content, SourceError> {
        if !fs::is_file(path) {
            return Err(SourceError::MissingLocal { path: path.to_path_buf() });
        }
        let folder = self.folder()?;
        let unpack = super::Unpack::of_query(source.query());
        let name = file_name(&path.to_string_lossy());
        place_file(&self.client, (path, &name, &unpack), (&folder, &source.to_string()))?;
        Ok(Content::of_folder(folder))
    }

    fn of_git(&self, git: &GitSource) -> Result<Content, SourceError> {
        let folder = self.folder()?;
        let repository = Repository::new(self.env.clone(), git, (folder.clone(), self.depth))?;
        let key = |commit: &str| format!("git {} {commit}", without_login(&git.remote));
        let fill = || -> Result<Got, SourceError> {
            repository.fill()?;
            // A branch may have moved since it was asked for.
            let key = repository.commit().map(|commit| key(&commit));
            Ok(Got::Folder { folder: folder.clone(), stamp: Stamp::default(), key })
        };
        let asked = self.store.is_some().then(|| repository.ask_commit()).flatten();
        let got = match asked {
            Some(commit) => self.through(&Key::Lasting(key(&commit)), |_| fill())?,
            None => self.keep(fill()?, "")?,
        };
        self.settle(got)
    }

    fn of_http(&self, source: &Source, http: &HttpSource, hops: usize) -> Result<Content, SourceError> {
        let got = self.through(&key_of_http(http), |known| {
            let scratch = self.folder()?;
            match download(&self.client, &http.url, (&scratch, known))? {
                Downloaded::Unchanged => Ok(Got::Unchanged),
                Downloaded::Elsewhere(address) => Ok(Got::Elsewhere(address)),
                Downloaded::File { path, stamp } => {
                    let folder = self.folder()?;
                    let name = file_name(http.url.split(['?', '#']).next().unwrap_or_default());
                    place_file(&self.client, (&path, &name, &http.unpack), (&folder, &shown(&http.url)))?;
                    let _ = fs::remove_file(&path);
                    Ok(Got::Folder { folder, stamp, key: None })
                }
            }
        })?;
        match got {
            Got::Elsewhere(location) => self.elsewhere(source, &location, hops),
            got => self.settle(got),
        }
    }

    fn of_gcs(&self, gcs: &GcsSource) -> Result<Content, SourceError> {
        let found = self.buckets.find(&self.client, gcs)?;
        let got = self.through(&Key::Lasting(found.key(gcs)), |_| {
            let (folder, scratch) = (self.folder()?, self.folder()?);
            self.buckets.fill(&self.client, (gcs, &found), (&folder, &scratch))?;
            Ok(Got::Folder { folder, stamp: Stamp::default(), key: None })
        })?;
        self.settle(got)
    }

    fn of_s3(&self, source: &Source, s3: &S3Source) -> Result<Content, SourceError> {
        let got = self.through(&Key::Asked(key_of(source)), |known| {
            let (into, scratch) = (self.folder()?, self.folder()?);
            let folders = Folders { into: &into, scratch: &scratch };
            match take((s3, &self.env, &self.client), &folders, known)? {
                Taken::Unchanged => Ok(Got::Unchanged),
                Taken::Anew(stamp) => Ok(Got::Folder { folder: into, stamp, key: None }),
            }
        })?;
        self.settle(got)
    }

    /// What a server names as the place of a module, cut down to the part that it names.
    fn elsewhere(&self, source: &Source, location: &str, hops: usize) -> Result<Content, SourceError> {
        let refuse = |problem: &str| SourceError::BadLocation {
            address: source.to_string(),
            location: super::address::redact(location),
            problem: problem.to_owned(),
        };
        if hops == 0 {
            return Err(refuse("it leads on and on"));
        }
        let found = parse_source(location, Path::new("/")).map_err(|error| refuse(&error.to_string()))?;
        if matches!(found.kind, Kind::Local(_) | Kind::Stored(_)) {
            return Err(refuse("a server may not name a folder of this machine"));
        }
        let whole = self.obtain(&found, hops - 1)?;
        match &found.subdir {
            None => Ok(whole),
            Some(part) => {
                let root = whole.folder(|| self.folder())?;
                let into = self.folder()?;
                cut((&root, part), (&into, Delivery::Copy)).map_err(|error| error.at(&found))?;
                Ok(self.shelve(into))
            }
        }
    }

    /// A folder of this run, through the store if that works: what lies there can be linked to.
    fn shelve(&self, folder: PathBuf) -> Content {
        match self.store.as_ref().map(|store| store.put(&folder)) {
            Some(Ok(tree)) => return Content::of_tree(tree),
            Some(Err(error)) => self.note_store(&error),
            None => {}
        }
        Content::of_folder(folder)
    }

    /// A tree that was put into the store on purpose.
    fn of_store(&self, source: &Source, digest: &str) -> Result<Content, SourceError> {
        let tree = self.store.as_ref().and_then(|store| store.tree(digest).ok().flatten());
        tree.map(Content::of_tree).ok_or_else(|| SourceError::NotStored { address: source.to_string() })
    }

    /// Fetches unless the store has it, and leaves in the store what was fetched. Without a store, or with one
    /// that fails, this is a plain fetch.
    fn through(
        &self,
        key: &Key,
        fetch: impl Fn(Option<&Stamp>) -> Result<Got, SourceError>,
    ) -> Result<Got, SourceError> {
        let Some(store) = &self.store else { return fetch(None) };
        let _lock = match store.lock(key.text()) {
            Ok(lock) => lock,
            Err(error) => {
                self.note_store(&error);
                return fetch(None);
            }
        };
        let known = self.known(store, key.text());
        match (key, known) {
            (Key::Lasting(_), Some((_, tree))) => Ok(Got::Tree(tree)),
            (_, known) => {
                let stamp = known.as_ref().map(|(stamp, _)| stamp).filter(|stamp| stamp.is_some());
                match (fetch(stamp)?, known) {
                    (Got::Unchanged, Some((_, tree))) => Ok(Got::Tree(tree)),
                    (got, _) => self.keep(got, key.text()),
                }
            }
        }
    }

    /// What the store has under a key, whole and unharmed.
    fn known(&self, store: &Store, key: &str) -> Option<(Stamp, Tree)> {
        let record = store.find(key)?;
        match store.tree(&record.tree) {
            Ok(tree) => Some((record.stamp, tree?)),
            Err(error) => {
                self.note_store(&error);
                None
            }
        }
    }

    /// Puts a fetched folder into the store; where that fails, the folder itself serves.
    fn keep(&self, got: Got, asked: &str) -> Result<Got, SourceError> {
        let (Got::Folder { folder, stamp, key }, Some(store)) = (&got, &self.store) else { return Ok(got) };
        let key = key.as_deref().unwrap_or(asked);
        if key.is_empty() {
            return Ok(got);
        }
        match store.put(folder).and_then(|tree| {
            store.remember(key, &Record { tree: tree.digest.clone(), stamp: stamp.clone() })?;
            Ok(tree)
        }) {
            Ok(tree) => {
                // It lies in the store now; what is left would only take room.
                let _ = fs::remove_dir_all(folder);
                Ok(Got::Tree(tree))
            }
            Err(error) => {
                self.note_store(&error);
                Ok(got)
            }
        }
    }

    fn settle(&self, got: Got) -> Result<Content, SourceError> {
        match got {
            Got::Folder { folder, .. } => Ok(Content::of_folder(folder)),
            Got::Tree(tree) => Ok(Content::of_tree(tree)),
            Got::Unchanged | Got::Elsewhere(_) => Err(SourceError::Unanswered {
                address: "the server".to_owned(),
                said: "it says that nothing has changed, but nothing was there".to_owned(),
            }),
        }
    }

    fn note_store(&self, error: &StoreError) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let note = format!("the store of module sources is passed over: {error}");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// A new folder of this run.
    fn folder(&self) -> Result<PathBuf, SourceError> {
        let scratch = self.scratch.get_or_init(|| make_scratch().map_err(Arc::new));
        let scratch = scratch.as_ref().map_err(|error| SourceError::Shared(Arc::clone(error)))?;
        let folder = scratch.path().join(self.folders.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

/// What a fetch came to.
enum Got {
    /// A folder of this run; the key that it is stored under, where that is known only now.
    Folder {
        folder: PathBuf,
        stamp: Stamp,
        key: Option<String>,
    },
    Tree(Tree),
    Unchanged,
    Elsewhere(String),
}

/// What the store knows a source by.
enum Key {
    /// Never stands for another content.
    Lasting(String),
    /// The server must be asked whether it still stands for the same.
    Asked(String),
}

impl Key {
    fn text(&self) -> &str {
        match self {
            Self::Lasting(text) | Self::Asked(text) => text,
        }
    }
}

fn key_of_http(http: &HttpSource) -> Key {
    let unpack = &http.unpack;
    let rest = format!("{:?} {:?}", unpack.archive, unpack.filename);
    let checksum = unpack.checksum.as_deref().and_then(|text| Listing::parse(text).ok());
    match checksum {
        Some(Listing::Plain(checksum)) if checksum.is_strong() => {
            let name = file_name(http.url.split(['?', '#']).next().unwrap_or_default());
            Key::Lasting(format!("sum {checksum} {name} {rest}"))
        }
        _ => Key::Asked(format!("http {} {:?} {rest}", http.url, unpack.checksum)),
    }
}

/// What tells one fetch of a run from another. Depth changes nothing of what is delivered.
fn key_of(source: &Source) -> String {
    let query = source.query().iter().filter(|(key, _)| key != "depth").cloned().collect::<Vec<_>>();
    let host = match &source.kind {
        Kind::Registry(registry) => registry.host.as_deref().unwrap_or_default(),
        _ => "",
    };
    format!("{host} {}?{}", source.canonical(), urlpath::encode_query(&query))
}

/// Two who may read one repository share its commits.
fn without_login(remote: &str) -> String {
    match remote.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        None => remote.to_owned(),
    }
}

fn make_scratch() -> Result<tempfile::TempDir, SourceError> {
    let failed =
        |source| fs::FileError { action: "create", path: PathBuf::from("a temporary folder"), source };
    Ok(tempfile::Builder::new().prefix("terrace-").tempdir().map_err(failed)?)
}

#[cfg(test)]
mod tests;
