//! Files: thin helpers whose errors always say what was tried on which path.
#![expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use super::file_error::FileError;
pub(super) use super::file_error::named;

type Result<T> = std::result::Result<T, FileError>;

/// Reads a regular file; anything else in its place (a directory, a FIFO that would block) is an error.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    match read_regular(path) {
        Ok(Some(bytes)) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => named("read", path, Err(error)),
        _ => {
            check_regular(path)?;
            named("read", path, fs::read(path))
        }
    }
}

/// The bytes of a regular file in as few steps as can be; `None` of anything else.
fn read_regular(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = super::os::open_at_once(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(None);
    }
    // One more, so that the end shows without more room.
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0).saturating_add(1));
    if meta.len() < AT_ONCE {
        // As a reader of no kind in particular it is not asked for its length again.
        io::Read::read_to_end(&mut io::Read::take(&mut file, u64::MAX), &mut bytes)?;
    } else {
        io::Read::read_to_end(&mut file, &mut bytes)?;
    }
    Ok(Some(bytes))
}

/// Less than this is read at once.
const AT_ONCE: u64 = 8 << 10;

fn check_regular(path: &Path) -> Result<()> {
    let meta = named("read", path, fs::metadata(path))?;
    if meta.is_file() {
        return Ok(());
    }
    let what = if meta.is_dir() { "it is a directory" } else { "it is not a regular file" };
    named("read", path, Err(io::Error::other(what)))
}

/// Reads a regular file piece by piece, until `take` wants no more.
pub fn read_pieces(path: &Path, mut take: impl FnMut(&[u8]) -> bool) -> Result<()> {
    check_regular(path)?;
    let mut file = open(path)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let length = named("read", path, io::Read::read(&mut file, &mut piece))?;
        if length == 0 || !take(&piece[..length]) {
            return Ok(());
        }
    }
}

/// Reads a regular file that must be UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"));
    named("read", path, text)
}

/// Makes a file look as if it was written just now.
pub fn touch(path: &Path) -> Result<()> {
    let touch = || fs::OpenOptions::new().write(true).open(path)?.set_modified(super::clock::now());
    named("touch", path, touch())
}

/// Who may read a file that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The owner alone (0600): anything that may carry a secret.
    Private,
    /// The usual (0644).
    Shared,
}

/// Writes a file whole or not at all: a neighbour is written, then renamed over it.
pub fn write_atomic(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".terrace-");
        #[cfg(unix)]
        builder.permissions(match access {
            Access::Private => super::os::private_file(),
            Access::Shared => super::os::shared_file(),
        });
        let mut file = builder.tempfile_in(folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    named("write", path, write())
}

/// [`write_atomic`] to a place that the user named: through a link, and into a device or pipe instead of over it.
pub fn write_to_named(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let there = fs::metadata(path);
    if there.is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
        let write = || io::Write::write_all(&mut fs::OpenOptions::new().write(true).open(path)?, bytes);
        return named("write", path, write());
    }
    match fs::canonicalize(path) {
        Ok(real) => write_atomic(&real, bytes, access),
        Err(_) => write_atomic(path, bytes, access),
    }
}

/// Gives a file that is there new content, whole or not at all: through a link, and with its permissions.
pub fn replace_content(path: &Path, bytes: &[u8]) -> Result<()> {
    let real = canonicalize(path)?;
    let permissions = metadata(&real)?.permissions();
    let replace = || -> io::Result<()> {
        let folder = real.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".terrace-").tempfile_in(folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.as_file().set_permissions(permissions)?;
        file.persist(&real).map_err(|error| error.error)?;
        Ok(())
    };
    named("write", path, replace())
}

pub fn create_dir_all(path: &Path) -> Result<()> {
    named("create", path, fs::create_dir_all(path))
}

pub fn remove_file(path: &Path) -> Result<()> {
    named("remove", path, fs::remove_file(path))
}

pub fn remove_dir_all(path: &Path) -> Result<()> {
    named("remove", path, fs::remove_dir_all(path))
}

/// Copies content and permissions.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    named("copy", from, fs::copy(from, to)).map(|_| ())
}

/// Lets nobody but the owner read and write it.
pub fn make_private(path: &Path) -> Result<()> {
    named("change the mode of", path, fs::set_permissions(path, super::os::private_file()))
}

/// Brings a file that is nowhere else to another place, for its owner alone. Never replaces one that is there; false if
/// there is one. The file is on the disk under its new name before the old one goes.
pub fn move_private(from: &Path, to: &Path) -> Result<bool> {
    let linked = make_private(from).and_then(|()| named("link", from, fs::hard_link(from, to)));
    let moved = match linked {
        Ok(()) => fs::File::open(to).and_then(|file| file.sync_all()).map(|()| true),
        Err(error) if error.source.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // Another disk, or somebody else's file.
        Err(_) => copy_whole(from, to),
    };
    if !named("save", from, moved)? {
        return Ok(false);
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    // Not every system lets a folder be written out; the file's own content has been.
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    match remove_file(from) {
        // Somebody else moved it at the same time.
        Err(error) if error.is_not_found() => Ok(true),
        removed => removed.map(|()| true),
    }
}

/// Copies to another disk; anew if somebody wrote the original meanwhile.
fn copy_whole(from: &Path, to: &Path) -> io::Result<bool> {
    let folder = to.parent().unwrap_or(Path::new("."));
    loop {
        let before = fs::metadata(from)?;
        let mut copy = tempfile::Builder::new().prefix(".terrace-").tempfile_in(folder)?;
        io::copy(&mut fs::File::open(from)?, &mut copy)?;
        copy.as_file().sync_all()?;
        let after = fs::metadata(from)?;
        if before.len() != after.len() || before.modified()? != after.modified()? {
            continue;
        }
        return match copy.persist_noclobber(to) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        };
    }
}

pub fn rename(from: &Path, to: &Path) -> Result<()> {
    named("rename", from, fs::rename(from, to))
}

/// Follows links.
pub fn metadata(path: &Path) -> Result<fs::Metadata> {
    named("read", path, fs::metadata(path))
}

/// Does not follow a link at the end of the path.
pub fn symlink_metadata(path: &Path) -> Result<fs::Metadata> {
    named("read", path, fs::symlink_metadata(path))
}

/// A folder's entries, unsorted.
pub fn read_dir(path: &Path) -> Result<Vec<fs::DirEntry>> {
    named("list", path, fs::read_dir(path).and_then(Iterator::collect))
}

/// The path with every link resolved; it must exist.
pub fn canonicalize(path: &Path) -> Result<PathBuf> {
    named("resolve", path, fs::canonicalize(path))
}

#[must_use]
pub fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file())
}

#[must_use]
pub fn is_dir(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_dir())
}

#[must_use]
pub fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

/// The path without `.`, `..` and doubled separators, by text alone: links are not followed.
#[must_use]
pub fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// How to get from folder `from` to `to`, by text alone; both absolute and clean. `.` when they are equal.
#[must_use]
pub fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut ahead = to.components().peekable();
    let mut behind = from.components().peekable();
    while let (Some(a), Some(b)) = (ahead.peek(), behind.peek()) {
        if a != b {
            break;
        }
        ahead.next();
        behind.next();
    }
    let mut out: PathBuf = behind.map(|_| "..").collect();
    out.extend(ahead);
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// What a folder holds under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Directory,
    /// A regular file.
    File,
    /// A link, wherever it leads, or anything else.
    Other,
}

/// A folder's entries by name, unsorted, without asking the file system about each of them.
///
/// # Errors
/// When the folder cannot be listed.
pub fn list_dir(path: &Path) -> Result<Vec<(std::ffi::OsString, EntryKind)>> {
    let list = || -> io::Result<_> {
        fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                let kind = match entry.file_type()? {
                    kind if kind.is_dir() => EntryKind::Directory,
                    kind if kind.is_file() => EntryKind::File,
                    _ => EntryKind::Other,
                };
                Ok((entry.file_name(), kind))
            })
            .collect()
    };
    named("list", path, list())
}

/// Like [`copy`], but replaces what is there instead of writing into it: a file that others link to keeps its
/// content. The copy gets the original's permissions and, last of all, its time of change.
pub fn copy_anew(from: &Path, to: &Path, modified: std::time::SystemTime) -> Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return named("replace", to, Err(error)),
        _ => {}
    }
    match fs::copy(from, to) {
        Ok(_) => {}
        Err(error) => {
            // Half a file is worse than none: nothing would tell it from a whole one.
            let _ = fs::remove_file(to);
            let (verb, path) = if fs::File::open(from).is_err() { ("read", from) } else { ("write", to) };
            return named(verb, path, Err(error));
        }
    }
    let stamp = || fs::File::open(to)?.set_times(fs::FileTimes::new().set_modified(modified));
    named("write", to, stamp())
}

/// Whether a file that we make may be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Execute {
    No,
    Yes,
}

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<fs::File> {
    named("read", path, fs::File::open(path))
}

/// Writes all that a reader gives to a new file, in the place of an old one; says how much that was.
pub fn write_from(path: &Path, reader: &mut dyn io::Read, execute: Execute) -> Result<u64> {
    let mut write = || -> io::Result<u64> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        let written = io::copy(reader, &mut file)?;
        super::os::set_mode(path, super::os::mode_of(execute, Writable::Yes))?;
        Ok(written)
    };
    named("unpack", path, write())
}

/// Whether a file that we make may be changed by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writable {
    No,
    Yes,
}

/// Sets who may do what with a file: all may read it.
pub fn set_access(path: &Path, execute: Execute, writable: Writable) -> Result<()> {
    named("write", path, super::os::set_mode(path, super::os::mode_of(execute, writable)))
}

/// A second name for a file, in the place of whatever file has it. Fails where the file system has no such thing.
pub fn link_anew(from: &Path, to: &Path) -> Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return named("replace", to, Err(error)),
        _ => {}
    }
    named("link", to, fs::hard_link(from, to))
}

/// Creates the folders that are missing, for the owner alone.
pub fn create_private_dir_all(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    super::os::make_private(&mut builder);
    named("create", path, builder.create(path))
}

/// A folder in `parent` whose name begins with `prefix`; it goes when it is dropped, unless it was renamed.
pub fn temporary_dir(parent: &Path, prefix: &str) -> Result<tempfile::TempDir> {
    named("create", parent, tempfile::Builder::new().prefix(prefix).tempdir_in(parent))
}

/// A folder in the system's own place for such, which goes when it is dropped.
pub fn scratch_dir() -> Result<tempfile::TempDir> {
    named("create a folder in", &std::env::temp_dir(), tempfile::tempdir())
}

/// A file without a name, which goes when it is closed.
pub fn scratch_file() -> Result<fs::File> {
    named("create a file in", &std::env::temp_dir(), tempfile::tempfile())
}

/// Where a symbolic link points to, as written in it.
pub fn read_link(path: &Path) -> Result<PathBuf> {
    named("read", path, fs::read_link(path))
}

/// Makes `link` point to `target`.
pub fn symlink(target: &Path, link: &Path) -> Result<()> {
    named("create", link, super::os::symlink(target, link))
}

/// Removes an empty folder.
pub fn remove_dir(path: &Path) -> Result<()> {
    named("remove", path, fs::remove_dir(path))
}

/// An advisory lock on a file, given back when dropped, also when the process dies.
#[derive(Debug)]
#[must_use]
pub struct FileLock {
    file: fs::File,
}

/// Takes the lock on this file, which is created if missing; `wait` is told once if somebody else holds it.
/// On a file system without locks there is none to take.
pub fn lock(path: &Path, wait: impl FnOnce()) -> Result<FileLock> {
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = named("open", path, options.open(path))?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => {
            wait();
            named("lock", path, file.lock())?;
        }
        Ok(()) | Err(fs::TryLockError::Error(_)) => {}
    }
    Ok(FileLock { file })
}

/// The same without waiting; `None` if somebody else holds it, or nobody can tell.
pub fn try_lock(path: &Path) -> Result<Option<FileLock>> {
    let mut options = fs::OpenOptions::new();
    options.truncate(false).write(true);
    let file = named("open", path, options.open(path))?;
    Ok(file.try_lock().is_ok().then_some(FileLock { file }))
}

impl FileLock {
    /// Processes that are started from now on hold it, too, as long as they live; where a system can do that.
    pub fn share_with_children(&self) {
        // Without that the lock is given back a little early.
        let _ = super::os::inherit(&self.file);
    }
}

/// Whether it is a file that may be run.
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && super::os::may_execute(&meta))
}

/// What tells a file from another one that takes its place; `None` where there is none, or the system does not say.
#[must_use]
pub fn identity(path: &Path) -> Option<(u64, u64)> {
    super::os::identity(&symlink_metadata(path).ok()?)
}

/// Whether a file that nobody writes any more had room for another page, which it gets; `Ok` also where the system cannot say.
pub fn has_room(file: &fs::File) -> io::Result<()> {
    super::os::has_room(file)
}

#[cfg(test)]
mod tests {
    use super::{clean, relative};
    use std::path::Path;

    #[test]
    fn clean_is_textual() {
        for (given, want) in
            [("/a/./b/../c", "/a/c"), ("a/../..", ".."), ("", "."), ("/..", "/"), ("a//b/", "a/b")]
        {
            assert_eq!(clean(Path::new(given)), Path::new(want), "{given}");
        }
    }

    #[test]
    fn relative_walks_up_then_down() {
        for (from, to, want) in
            [("/a/b", "/a/c/d", "../c/d"), ("/a", "/a", "."), ("/a", "/a/b", "b"), ("/a/b", "/", "../..")]
        {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(want), "{from} -> {to}");
        }
    }
}
