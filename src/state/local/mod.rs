//! States in files, locked as terraform locks them: by a lock of the operating system on the state's file, with a note
//! about the holder beside it. Whether the lock is held is asked of the system; the note may be left over.

mod objects;

pub use objects::FileObjects;

use super::error::{LockError, StoreError};
use super::holder::{Holder, Life, Part};
use super::lock_info::LockInfo;
use super::object::{Class, Condition, Object, Objects, Seen, Sink, Tag, Version, read_whole};
use super::settings::{Backend, OpenError, Settings};
use super::store::{Bootstrap, Change, Locker, StateStore, Step};
use crate::host::fs::{self, Access, FileError};
use crate::host::record_lock::{self, Owner, RecordLock};
use async_trait::async_trait;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The version that terraform keeps beside a state.
const BACKUP: &str = "backup";

/// One state file.
#[derive(Debug)]
pub struct LocalStore {
    path: PathBuf,
    /// The same as text.
    key: String,
    /// As terraform writes it into a lock.
    lock_path: String,
    objects: FileObjects,
    /// Our own lock lives as long as this.
    held: Mutex<Option<RecordLock>>,
}

impl LocalStore {
    /// # Errors
    /// When the settings are not a local backend's.
    pub fn open(backend: &Backend) -> Result<Self, OpenError> {
        let mut settings = backend.settings()?;
        let lock_path = state_path(&mut settings)?;
        let path = settings.path(&lock_path);
        settings.finish()?;
        Ok(Self {
            key: path.to_string_lossy().into_owned(),
            path,
            lock_path,
            objects: FileObjects,
            held: Mutex::default(),
        })
    }

    fn held(&self) -> MutexGuard<'_, Option<RecordLock>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_path(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.lock.info"))
    }

    fn backup_path(&self) -> PathBuf {
        PathBuf::from(format!("{}.backup", self.key))
    }

    fn holder(&self, owner: Owner) -> Holder {
        let raw = fs::read(&self.note_path()).unwrap_or_default();
        let info = LockInfo::parse(&raw).ok();
        let life = match owner {
            Owner::Process(pid) => Life::Alive { pid },
            Owner::Unnamed => Life::Unknown,
        };
        Holder {
            part: Part::File,
            place: self.key.clone(),
            id: info.as_ref().map(|info| info.id.clone()).unwrap_or_default(),
            info,
            tag: objects::tag_of(&raw),
            raw,
            since: None,
            now: Some(crate::host::clock::now()),
            life,
        }
    }

    fn owner(&self) -> Result<Option<Owner>, StoreError> {
        record_lock::find_owner(&self.path).map_err(file_error)
    }

    fn lock_and_note(&self, info: &LockInfo) -> Result<Option<Holder>, FileError> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let Some(lock) = record_lock::try_take(&self.path)? else { return Ok(None) };
        let info = LockInfo { path: self.lock_path.clone(), ..info.clone() };
        fs::write_atomic(&self.note_path(), info.to_json().as_bytes(), Access::Shared)?;
        *self.held() = Some(lock);
        Ok(Some(self.holder(Owner::Unnamed)))
    }

    /// The old content is safe in the backup before the first byte changes.
    fn replace(&self, body: &[u8], condition: &Condition) -> Result<Tag, StoreError> {
        let held = self.held();
        let Some(lock) = &*held else { return Err(self.not_ours()) };
        let old = lock.read().map_err(file_error)?;
        let holds = match condition {
            Condition::Absent => old.is_empty(),
            Condition::Unchanged(tag) => objects::tag_of(&old) == *tag,
        };
        if !holds {
            return Err(StoreError::Changed { place: self.key.clone() });
        }
        if !old.is_empty() {
            fs::write_atomic(&self.backup_path(), &old, Access::Private).map_err(file_error)?;
        }
        lock.write(body).map_err(file_error)?;
        Ok(objects::tag_of(body))
    }

    fn not_ours(&self) -> StoreError {
        StoreError::Incapable { place: self.key.clone(), what: "be written without its lock" }
    }
}

/// The state's path as the settings spell it.
fn state_path(settings: &mut Settings<'_>) -> Result<String, OpenError> {
    let path = settings.text("path")?.unwrap_or_else(|| "terraform.tfstate".to_owned());
    let folder = settings.text("workspace_dir")?.unwrap_or_else(|| "terraform.tfstate.d".to_owned());
    Ok(match settings.workspace() {
        "default" | "" => path,
        workspace => format!("{folder}/{workspace}/terraform.tfstate"),
    })
}

fn file_error(error: FileError) -> StoreError {
    StoreError::File(Arc::new(error))
}

#[async_trait]
impl StateStore for LocalStore {
    fn backend(&self) -> &'static str {
        "local"
    }

    fn address(&self) -> String {
        self.key.clone()
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn objects(&self) -> &dyn Objects {
        &self.objects
    }

    async fn read(&self) -> Result<Option<Object>, StoreError> {
        read_whole(&self.objects, &self.key, Class::State).await
    }

    async fn read_front(&self, sink: &mut dyn Sink) -> Result<Option<Seen>, StoreError> {
        self.objects.stream(&self.key, Class::State, sink).await
    }

    async fn write(&self, body: Bytes, condition: &Condition, _: &Holder) -> Result<Tag, StoreError> {
        self.replace(&body, condition)
    }

    async fn delete(&self, tag: &Tag, _: &Holder) -> Result<(), StoreError> {
        self.replace(b"", &Condition::Unchanged(tag.clone()))?;
        fs::remove_file(&self.path).map_err(file_error)
    }

    async fn versions(&self) -> Result<Vec<Version>, StoreError> {
        let version = |path: &Path, id: &str| {
            let meta = fs::metadata(path).ok()?;
            let is_current = path == self.path;
            Some(Version { id: id.to_owned(), modified: meta.modified().ok(), size: meta.len(), is_current })
        };
        let kept = [version(&self.path, "current"), version(&self.backup_path(), BACKUP)];
        Ok(kept.into_iter().flatten().collect())
    }

    async fn read_version(&self, version: &str) -> Result<Bytes, StoreError> {
        let path = if version == BACKUP { self.backup_path() } else { self.path.clone() };
        fs::read(&path).map(Bytes::from).map_err(file_error)
    }
}

#[async_trait]
impl Locker for LocalStore {
    async fn acquire(&self, info: &LockInfo) -> Result<Vec<Holder>, LockError> {
        match self.lock_and_note(info).map_err(file_error)? {
            Some(holder) => Ok(vec![holder]),
            None => {
                let owner = self.owner()?.unwrap_or(Owner::Unnamed);
                Err(LockError::Held(Box::new(self.holder(owner))))
            }
        }
    }

    async fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        Ok(self.owner()?.map(|owner| self.holder(owner)).into_iter().collect())
    }

    /// Only our own lock can be released: another one lives exactly as long as its process.
    async fn release(&self, seen: &Holder) -> Result<(), LockError> {
        let Some(lock) = self.held().take() else {
            return match self.owner()? {
                None => Ok(()),
                Some(_) => {
                    let what = "take a lock from a living process: end that process instead";
                    Err(StoreError::Incapable { place: seen.place.clone(), what }.into())
                }
            };
        };
        let _ = fs::remove_file(&self.note_path());
        Ok(lock.release().map_err(file_error)?)
    }
}

#[async_trait]
impl Bootstrap for LocalStore {
    fn container(&self) -> String {
        self.path.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned()
    }

    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        let container = self.container();
        let what = format!("create the folder {container}");
        let create = Step { change: Change::Create, name: "folder", what };
        Ok(if fs::is_dir(Path::new(&container)) { Vec::new() } else { vec![create] })
    }

    async fn carry_out(&self, _: &Step) -> Result<(), StoreError> {
        fs::create_dir_all(Path::new(&self.container())).map_err(file_error)
    }

    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
