//! The environment and the current directory, read once and handed on as values.
#![expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

/// A set of environment variables: the process's own, or what a child will get. Cheap to clone: copied when changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Env(Arc<BTreeMap<OsString, OsString>>);

impl Env {
    /// What this process was started with.
    #[must_use]
    pub fn of_process() -> Self {
        Self(Arc::new(std::env::vars_os().collect()))
    }

    /// The value as text; `None` if unset or not Unicode.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(OsStr::new(name)).and_then(|value| value.to_str())
    }

    /// The value as text, an empty one counting as unset.
    #[must_use]
    pub fn get_filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        Arc::make_mut(&mut self.0).insert(name.into(), value.into());
    }

    pub fn remove(&mut self, name: &str) {
        if self.contains(name) {
            Arc::make_mut(&mut self.0).remove(OsStr::new(name));
        }
    }

    /// The user's own folder.
    #[must_use]
    pub fn home_dir(&self) -> Option<PathBuf> {
        self.get_filled("HOME").or_else(|| self.get_filled("USERPROFILE")).map(PathBuf::from)
    }

    /// Where programs keep what they can make again.
    #[must_use]
    pub fn cache_dir(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            return self.get_filled("LOCALAPPDATA").map(PathBuf::from);
        }
        if cfg!(target_os = "macos") {
            return Some(self.home_dir()?.join("Library/Caches"));
        }
        let named = self.get_filled("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| Some(self.home_dir()?.join(".cache")))
    }

    /// Where programs keep what must last: it cannot be made again.
    #[must_use]
    pub fn data_dir(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            return self.get_filled("LOCALAPPDATA").map(PathBuf::from);
        }
        if cfg!(target_os = "macos") {
            return Some(self.home_dir()?.join("Library/Application Support"));
        }
        let named = self.get_filled("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| Some(self.home_dir()?.join(".local/share")))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

/// The process's arguments without its own name.
#[must_use]
pub fn args() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}

/// The directory we were started in.
///
/// # Errors
/// When it was removed meanwhile.
pub fn current_dir() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// What this machine is called, as far as it tells without being asked through a library.
#[must_use]
pub fn host_name(env: &Env) -> Option<String> {
    let told = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|path| {
        let text = super::fs::read_text(std::path::Path::new(path)).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    });
    told.or_else(|| {
        ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| env.get_filled(name)).map(str::to_owned)
    })
}

/// How many threads can do work at the same time here; at least one.
#[must_use]
pub fn parallelism() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
