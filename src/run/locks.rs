//! Locks that a killed terraform may have left, and how to release them. Tells; releases nothing.

use super::prepare::Prepared;
use super::settings::Action;
use super::wire::Wire;
use crate::event::Level;
use crate::host::fs;
use std::path::{Path, PathBuf};

/// Commands that take the state's lock.
const LOCKING: &[&str] = &["apply", "destroy", "import", "plan", "refresh", "state", "taint", "untaint"];

/// Says what may remain of a child that we had to kill.
pub async fn tell_remaining(wire: &Wire, prepared: &Prepared, action: &Action) {
    if !LOCKING.contains(&action.word()) {
        return;
    }
    let remote = prepared.ready.config.remote_state.as_ref();
    let backend = remote.map_or("local", |remote| remote.backend.as_str());
    let dir = prepared.ready.dir.display();
    let text = if backend == "local" {
        let path = remote.and_then(|remote| remote.config.find("path")).and_then(|path| path.as_str());
        let Some(info) = find_lock_info(&prepared.working_dir, path) else { return };
        format!(
            "terraform was killed; its lock died with it, but its note remains: remove {}",
            info.display()
        )
    } else {
        format!(
            "terraform was killed and may have left its lock on the {backend} backend; the next run in {dir} prints \
             the lock's id, and force-unlock with that id there releases it"
        )
    };
    wire.note(Level::Error, text).await;
}

/// The note that terraform keeps beside a local state while it holds the lock.
fn find_lock_info(dir: &Path, path: Option<&str>) -> Option<PathBuf> {
    let state = dir.join(path.unwrap_or("terraform.tfstate"));
    let name = state.file_name()?.to_string_lossy().into_owned();
    let info = state.with_file_name(format!(".{name}.lock.info"));
    fs::exists(&info).then_some(info)
}
