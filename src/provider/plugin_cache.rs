//! Where packages are shared between working directories if nobody says where. Creates nothing.

use crate::host::env::Env;
use std::path::PathBuf;

/// Where packages are shared if nobody says where; the reference uses the same place.
#[must_use]
pub fn usual_place(env: &Env) -> Option<PathBuf> {
    let home = || env.get_filled("HOME").map(PathBuf::from);
    let caches = match std::env::consts::OS {
        "macos" => home().map(|home| home.join("Library/Caches")),
        "windows" => env.get_filled("LOCALAPPDATA").map(PathBuf::from),
        _ => {
            env.get_filled("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| home().map(|it| it.join(".cache")))
        }
    };
    caches.filter(|dir| dir.is_absolute()).map(|dir| dir.join("terragrunt/providers"))
}
