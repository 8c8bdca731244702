//! A lock on a file that other programs respect, and writing to the file while it is held. The file keeps its identity:
//! whoever waits for the lock waits on this very file.

use super::fs::FileError;
use super::os;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Who holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Process(u32),
    /// The system does not say.
    Unnamed,
}

/// A held lock; given back when dropped, also when the process dies.
#[derive(Debug)]
#[must_use]
pub struct RecordLock {
    file: File,
    path: PathBuf,
    made_file: bool,
}

type Result<T> = std::result::Result<T, FileError>;

/// Takes the lock of a file, which is made if it is missing; `None` when somebody else holds it.
///
/// # Errors
/// As the operating system says.
pub fn try_take(path: &Path) -> Result<Option<RecordLock>> {
    let made_file = !super::fs::exists(path);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = named("open", path, options.open(path))?;
    let taken = named("lock", path, os::try_lock(&file))?;
    Ok(taken.then(|| RecordLock { file, path: path.to_path_buf(), made_file }))
}

/// Who holds the lock of a file now; nobody if there is no file.
///
/// # Errors
/// As the operating system says.
pub fn find_owner(path: &Path) -> Result<Option<Owner>> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => named("ask for the lock of", path, os::find_owner(&file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // Whoever may not write cannot lock either, but may ask.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let file = named("open", path, File::open(path))?;
            named("ask for the lock of", path, os::find_owner(&file))
        }
        Err(error) => named("open", path, Err(error)),
    }
}

impl RecordLock {
    /// The content.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
        named("read", &self.path, read).map(|_| bytes)
    }

    /// Replaces the content of a text to whose end spaces may be added. At every instant the file holds the old text
    /// or the new one: the new one is written at once, padded over what it must hide, and only then the file is cut.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn write(&self, text: &[u8]) -> Result<()> {
        let mut file = &self.file;
        let mut write = || -> io::Result<()> {
            let old = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
            let mut padded = text.to_vec();
            padded.resize(old.max(text.len()), b' ');
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&padded)?;
            file.sync_all()?;
            file.set_len(text.len() as u64)?;
            file.sync_all()
        };
        named("write", &self.path, write())
    }

    /// Gives the lock back. A file that was made for it and is still empty goes with it.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn release(self) -> Result<()> {
        let is_empty = named("look at", &self.path, self.file.metadata())?.len() == 0;
        if self.made_file && is_empty {
            super::fs::remove_file(&self.path)?;
        }
        Ok(())
    }
}

fn named<T>(verb: &'static str, path: &Path, result: io::Result<T>) -> Result<T> {
    super::fs::named(verb, path, result)
}

#[cfg(test)]
mod tests {
    use super::{Owner, find_owner, try_take};
    use crate::host::fs;

    #[test]
    fn one_holder_at_a_time_and_none_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(find_owner(&path).unwrap(), None);
        let lock = try_take(&path).unwrap().unwrap();
        assert!(try_take(&path).unwrap().is_none());
        assert_eq!(find_owner(&path).unwrap(), Some(Owner::Unnamed));
        // Reading the file elsewhere in this process does not lose the lock.
        drop(fs::open(&path));
        assert!(try_take(&path).unwrap().is_none());
        lock.release().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn writing_keeps_the_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        fs::write_atomic(&path, b"a long text", fs::Access::Private).unwrap();
        let before = fs::identity(&path);
        let lock = try_take(&path).unwrap().unwrap();
        lock.write(b"short").unwrap();
        assert_eq!(lock.read().unwrap(), b"short");
        lock.write(b"something longer than before").unwrap();
        lock.release().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"something longer than before");
        assert_eq!(fs::identity(&path), before);
    }
}
