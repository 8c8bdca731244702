//! A folder.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::http::{Reply, Request, Upstream};
use super::place::{Driver, Settings, settings};
use super::proxy::Proxy;

pub struct Local {
    folder: Arc<tempfile::TempDir>,
}

impl Local {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("terrace-states-").tempdir().expect("a folder");
        Self { folder: Arc::new(folder) }
    }

    fn path(&self, object: &str) -> PathBuf {
        self.folder.path().join(object)
    }

    fn lock_file(&self, key: &str) -> PathBuf {
        let (folder, name) = key.rsplit_once('/').unwrap_or((".", key));
        self.path(folder).join(format!(".{name}.lock.info"))
    }
}

impl Driver for Local {
    fn env(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn settings(&self, key: &str) -> Settings {
        settings(json!({ "path": self.path(key) }))
    }

    fn state_object(&self, key: &str) -> String {
        key.to_owned()
    }

    fn raw(&self, request: Request) -> Reply {
        panic!("a folder answers no {}", request.method)
    }

    fn read(&self, object: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(object)).ok()
    }

    fn write(&self, object: &str, body: &[u8]) {
        let path = self.path(object);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, body).expect("it is written");
    }

    fn remove(&self, object: &str) {
        std::fs::remove_file(self.path(object)).expect("it is removed");
    }

    fn list(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let relative = path.strip_prefix(self.folder.path()).expect("below it");
                    found.push(relative.to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// What the last holder wrote and has not removed.
    fn lock(&self, key: &str) -> Option<Value> {
        serde_json::from_slice(&std::fs::read(self.lock_file(key)).ok()?).ok()
    }

    fn take_lock(&self, key: &str, _: &Value) -> String {
        panic!("the lock of {key} is a process's to hold")
    }

    fn free_lock(&self, key: &str) {
        panic!("the lock of {key} is a process's to hold")
    }

    fn upstream(&self) -> Option<&Upstream> {
        None
    }

    fn proxy(&self) -> Option<&Proxy> {
        None
    }

    fn twin(&self) -> Box<dyn Driver> {
        Box::new(Self { folder: Arc::clone(&self.folder) })
    }
}
