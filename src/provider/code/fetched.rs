//! What terraform has fetched for a working directory: its own list of modules. Believed only where it says the same as
//! the code.

use super::file::ModuleCall;
use crate::diag::{Code, Diagnostic};
use crate::host::fs;
use crate::provider::{Constraints, Version};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The hosts that a registry address without one may mean.
const REGISTRIES: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];

/// One fetched module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedModule {
    /// The source as terraform completed it.
    pub source: String,
    pub version: Option<String>,
    /// Absolute and clean.
    pub dir: PathBuf,
}

/// The list of a working directory, by the names of the calls that lead to each module: `vpc.subnets`.
#[derive(Clone, Debug, Default)]
pub struct Fetched(HashMap<String, FetchedModule>);

#[derive(Deserialize)]
struct List {
    #[serde(rename = "Modules")]
    modules: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Version", default)]
    version: Option<String>,
    #[serde(rename = "Dir")]
    dir: PathBuf,
}

impl Fetched {
    /// Reads the list below a data folder, usually `.terraform`; `None` where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load(working_dir: &Path, data_dir: &Path) -> Result<Option<Self>, Box<Diagnostic>> {
        let path = working_dir.join(data_dir).join("modules/modules.json");
        let text = match fs::read_text(&path) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(Box::new(Diagnostic::error(Code::FileUnreadable, error.to_string()))),
        };
        let list: List = serde_json::from_str(&text).map_err(|error| {
            let summary = format!("{} is not terraform's list of modules: {error}", path.display());
            Box::new(Diagnostic::error(Code::MalformedJson, summary).hint("remove it and run `init` again"))
        })?;
        let entries = list.modules.into_iter().map(|entry| {
            let dir = fs::clean(&working_dir.join(entry.dir));
            (entry.key, FetchedModule { source: entry.source, version: entry.version, dir })
        });
        Ok(Some(Self(entries.collect())))
    }

    /// The module that was fetched for a call, if any was.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&FetchedModule> {
        self.0.get(key)
    }
}

impl FetchedModule {
    /// Whether it is what the call asks for now.
    #[must_use]
    pub fn serves(&self, call: &ModuleCall) -> bool {
        let Some(source) = call.source.as_ref().and_then(|source| source.as_text()) else { return false };
        self.has_source(source) && self.has_version(call)
    }

    /// Terraform completes addresses: of a registry with its host, others with how they are fetched.
    fn has_source(&self, source: &str) -> bool {
        let own = self.source.as_str();
        let is_completed = || REGISTRIES.iter().any(|host| own.strip_prefix(host) == Some(source));
        let is_getter = || own.contains("::") && self.version.is_none();
        own == source || is_completed() || is_getter() && same_package(own, source)
    }

    fn has_version(&self, call: &ModuleCall) -> bool {
        let wanted = match &call.version {
            None => return true,
            Some(said) => said.as_text().and_then(|text| Constraints::parse(text).ok()),
        };
        let own = self.version.as_deref().and_then(|text| Version::parse(text).ok());
        wanted.zip(own).is_some_and(|(wanted, own)| wanted.allows(&own))
    }
}

/// Whether `git::https://host/path.git?ref=x` completes `host/path?ref=x`: same ref, same last part of the path.
fn same_package(own: &str, source: &str) -> bool {
    let parts = |text: &str| {
        let (path, query) = text.split_once('?').map_or((text, ""), |(path, query)| (path, query));
        let path = path.rsplit("::").next().unwrap_or(path).replace(".git", "");
        let path = path.split_once("://").map_or(path.clone(), |(_, rest)| rest.to_owned());
        let path = path.rsplit('@').next().unwrap_or_default().replace(':', "/");
        (path, query.to_owned())
    };
    parts(own) == parts(source)
}
