//! From which file each member of a unit comes: its own or one that it includes. Knows nothing of places within a file.

use super::evaluation::{Evaluation, Stage};
use super::session::Session;
use super::unit::UnitConfig;
use super::{decode, object};
use crate::diag::Diagnostics;
use crate::hcl::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What one file says, before merging.
#[derive(Clone, Debug)]
pub struct Origin {
    pub path: PathBuf,
    pub config: UnitConfig,
}

/// What the unit's own file says, then what its includes say, the stronger ones first.
///
/// # Errors
/// Every fault of the unit.
pub fn load_origins(session: &Session, config_path: &Path) -> Result<Vec<Origin>, Diagnostics> {
    use super::evaluation::LayerId;
    let evaluation = Evaluation::open(session, config_path, Stage::Full)?;
    let includes = evaluation.includes().map_err(|fault| vec![*fault])?;
    let decoded = |layer| decode::decode_layer(&evaluation, layer, decode::Members::Every);
    let own = Origin { path: config_path.to_path_buf(), config: decoded(LayerId::Own) };
    let merged = includes
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, include)| include.strategy != super::include::MergeStrategy::NoMerge);
    let parents = merged.map(|(index, include)| Origin {
        path: include.path.clone(),
        config: decoded(LayerId::Included(index)),
    });
    Ok(std::iter::once(own).chain(parents).collect())
}

/// Texts and numbers of the unit that are told even where no file sets them.
const ALWAYS: [&str; 7] = [
    "download_dir",
    "iam_assume_role_duration",
    "iam_assume_role_session_name",
    "iam_role",
    "terraform_binary",
    "terraform_version_constraint",
    "terragrunt_version_constraint",
];

/// The unit as a value in which each member is `{metadata, value}`.
#[must_use]
pub fn with_origins(config: &UnitConfig, origins: &[Origin]) -> Value {
    let whole = object::of_config(config);
    let parts: Vec<(&Path, Value)> =
        origins.iter().map(|origin| (origin.path.as_path(), object::of_config(&origin.config))).collect();
    let mut out: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, value) in whole.entries().into_iter().flatten() {
        let told = match &**name {
            "dependencies" => value.find("paths").map(|paths| each_path(paths, &parts)),
            "dependency" | "generate" | "inputs" => each_member(name, value, &parts),
            // Only the unit's own locals are part of it.
            "locals" => each_member(name, value, &[(config_path(origins), whole.clone())]),
            "terraform" | "remote_state" | "prevent_destroy" => Some(single(name, value, &parts)),
            name if ALWAYS.contains(&name) => Some(single(name, value, &parts)),
            _ => None,
        };
        out.extend(told.map(|told| (name.clone(), told)));
    }
    Value::object(out)
}

fn config_path(origins: &[Origin]) -> &Path {
    origins.first().map_or(Path::new(""), |own| own.path.as_path())
}

/// `{metadata: {found_in_file}, value}`; no file, no metadata.
fn told(file: Option<&Path>, value: &Value) -> Value {
    let file = file.map(|path| Value::string(path.to_string_lossy().as_ref()));
    let metadata = file.map_or(Value::NULL, |file| Value::object([("found_in_file", file)]));
    Value::object([("metadata", metadata), ("value", value.clone())])
}

fn single(name: &str, value: &Value, parts: &[(&Path, Value)]) -> Value {
    let sets =
        |part: &Value| part.find(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
    told(parts.iter().find(|(_, part)| sets(part)).map(|(path, _)| *path), value)
}

/// A map or object, member by member; `None` if there is none.
fn each_member(name: &str, value: &Value, parts: &[(&Path, Value)]) -> Option<Value> {
    let entries = value.entries().filter(|entries| !entries.is_empty())?;
    let file_of = |key: &str| {
        let has = |part: &Value| part.find(name).is_some_and(|whole| whole.find(key).is_some());
        parts.iter().find(|(_, part)| has(part)).map(|(path, _)| *path)
    };
    Some(Value::object(entries.iter().map(|(key, value)| (key.clone(), told(file_of(key), value)))))
}

fn each_path(paths: &Value, parts: &[(&Path, Value)]) -> Value {
    let file_of = |path: &Value| {
        let has = |part: &Value| {
            let own = part.find("dependencies").and_then(|own| own.find("paths"));
            own.and_then(Value::items).is_some_and(|own| own.iter().any(|own| own.as_str() == path.as_str()))
        };
        parts.iter().find(|(_, part)| has(part)).map(|(path, _)| *path)
    };
    Value::tuple(paths.items().unwrap_or_default().iter().map(|path| told(file_of(path), path)))
}
