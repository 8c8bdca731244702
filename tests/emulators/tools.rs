//! Where the emulators come from: `target/tools`, filled by `.ci/tools`. Starts none.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// The folder of tools of this checkout.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

/// Held by one process at a time, for as long as the value lives.
pub fn lock() -> File {
    std::fs::create_dir_all(folder()).expect("target/tools");
    let file = File::create(folder().join(".lock")).expect("a lock file");
    file.lock().expect("the lock");
    file
}

/// A tool that `.ci/tools` knows by a name, and the program that it installs.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub name: &'static str,
    pub program: &'static str,
}

/// Where the program is, installed if need be. What cannot be had is said once, and asked for once.
pub fn find(tool: Tool) -> Result<PathBuf, String> {
    static KNOWN: Mutex<BTreeMap<&str, Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().expect("the list of tools");
    known.entry(tool.name).or_insert_with(|| provide(tool)).clone()
}

/// Ours first, whose version is pinned; one that is on `PATH` only where ours cannot be had.
fn provide(tool: Tool) -> Result<PathBuf, String> {
    let _only_one = lock();
    if !folder().join("bin").join(tool.program).is_file() && on_path(tool.program).is_none() {
        say(&format!("installing {} below target/tools, this once", tool.name));
    }
    let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/tools"))
        .arg(tool.name)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!(".ci/tools: {e}"))?;
    let ours = folder().join("bin").join(tool.program);
    if ours.is_file() {
        return Ok(ours);
    }
    let missing =
        || String::from_utf8_lossy(&output.stderr).trim().lines().last().unwrap_or_default().to_owned();
    on_path(tool.program).ok_or_else(missing)
}

/// Tells whoever watches. Not by a macro: what those print is shown of failed tests only.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|found| found.is_file())
}
