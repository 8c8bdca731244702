//! Where a unit's state is, told without running anything; and what to ask terraform when that cannot be told.

use super::init::{backend_block, data_dir};
use super::outputs::{OutputError, Remote, Target};
use crate::config::unit::RemoteState;
use crate::hcl::ast::{Block, ExprKind};
use crate::hcl::{Data, Value};
use crate::host::env::Env;
use crate::host::fs;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// The answer.
#[derive(Debug)]
pub enum Place {
    /// A local state; need not exist.
    File(PathBuf),
    Ask(Asked),
}

/// A backend for terraform to ask.
#[derive(Debug)]
pub struct Asked {
    pub declaration: Declaration,
    /// `None`: the default one, or what the environment says.
    pub workspace: Option<String>,
}

#[derive(Debug)]
pub enum Declaration {
    Unit(Box<RemoteState>),
    /// A `.tf.json` text.
    Json(Json),
}

impl Asked {
    /// For a local state that only terraform can read.
    #[must_use]
    pub fn local(path: &Path) -> Self {
        let path = path.to_string_lossy();
        let declaration = Declaration::Json(json!({"terraform": {"backend": {"local": {"path": path}}}}));
        Self { declaration, workspace: Some("default".to_owned()) }
    }
}

/// The settings of a local backend.
#[derive(Debug, Default, PartialEq, Eq)]
struct Local {
    path: Option<String>,
    workspace_dir: Option<String>,
}

/// Looks, in this order, at the unit file, at terraform's own record of the last init, and at the module.
///
/// # Errors
/// When none of them can tell.
pub fn locate(target: &Target) -> Result<Place, OutputError> {
    match &target.remote {
        Remote::Known(remote) => Ok(of_remote(target, remote)),
        Remote::Absent | Remote::Unknown if !fs::is_dir(&target.working_dir) => {
            Err(OutputError::Unprepared { dir: target.working_dir.clone() })
        }
        Remote::Absent | Remote::Unknown => match of_record(target) {
            Some(place) => Ok(place),
            None => of_module(target),
        },
    }
}

fn of_remote(target: &Target, remote: &RemoteState) -> Place {
    let text = |name: &str| match remote.config.find(name) {
        None => Some(None),
        Some(value) if value.is_null() => Some(None),
        Some(Value { data: Data::String(text), .. }) => Some(Some(text.to_string())),
        Some(_) => None,
    };
    match (&*remote.backend, &remote.encryption, text("path"), text("workspace_dir")) {
        ("local", None, Some(path), Some(workspace_dir)) => {
            Place::File(state_file(target, &Local { path, workspace_dir }))
        }
        _ => Place::Ask(Asked {
            declaration: Declaration::Unit(Box::new(absolute(target, remote))),
            workspace: chosen_workspace(target),
        }),
    }
}

/// A local backend's path means the same from another folder only if it is absolute.
fn absolute(target: &Target, remote: &RemoteState) -> RemoteState {
    let mut remote = remote.clone();
    if remote.backend == "local"
        && let Some(path) = remote.config.find("path").and_then(Value::as_str)
    {
        let path = target.working_dir.join(path).to_string_lossy().into_owned();
        let entries = remote.config.entries().cloned().unwrap_or_default();
        let others = entries.into_iter().filter(|(name, _)| &**name != "path");
        remote.config = Value::object(others.chain([("path".into(), Value::string(path))]));
    }
    remote
}

/// terraform notes the backend of the last init, if there was one.
fn of_record(target: &Target) -> Option<Place> {
    let record = data_dir(&target.working_dir, &target.env).join("terraform.tfstate");
    let record: Json = serde_json::from_slice(&fs::read(&record).ok()?).ok()?;
    let backend = record.get("backend")?;
    let kind = backend.get("type")?.as_str()?;
    let config = backend.get("config")?.as_object()?;
    let text = |name: &str| config.get(name).and_then(Json::as_str).map(str::to_owned);
    if kind == "local" {
        let local = Local { path: text("path"), workspace_dir: text("workspace_dir") };
        return Some(Place::File(state_file(target, &local)));
    }
    let set: serde_json::Map<String, Json> = config
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let declaration = Declaration::Json(json!({"terraform": {"backend": {kind: set}}}));
    Some(Place::Ask(Asked { declaration, workspace: chosen_workspace(target) }))
}

/// A module that was never initialised: what it declares, or a local state.
fn of_module(target: &Target) -> Result<Place, OutputError> {
    let unclear = || OutputError::Unprepared { dir: target.working_dir.clone() };
    match backend_block(&target.working_dir) {
        None => Err(unclear()),
        Some(None) => Ok(Place::File(state_file(target, &Local::default()))),
        Some(Some(block)) => {
            let local = of_block(&block).ok_or_else(unclear)?;
            Ok(Place::File(state_file(target, &local)))
        }
    }
}

/// A `backend "local"` whose settings are plain text.
fn of_block(block: &Block) -> Option<Local> {
    let is_local =
        &*block.kind.name == "backend" && block.labels.first().is_some_and(|label| &*label.name == "local");
    if !is_local {
        return None;
    }
    let text = |name: &str| match block.body.find_attribute(name).map(|attribute| &attribute.expr.kind) {
        None | Some(ExprKind::Null) => Some(None),
        Some(ExprKind::String(text)) => Some(Some(text.to_string())),
        Some(_) => None,
    };
    Some(Local { path: text("path")?, workspace_dir: text("workspace_dir")? })
}

fn state_file(target: &Target, local: &Local) -> PathBuf {
    let dir = &target.working_dir;
    match workspace(dir, &target.env) {
        None => {
            dir.join(local.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("terraform.tfstate"))
        }
        Some(workspace) => {
            let base = local.workspace_dir.as_deref().filter(|base| !base.is_empty());
            dir.join(base.unwrap_or("terraform.tfstate.d")).join(workspace).join("terraform.tfstate")
        }
    }
}

/// The workspace that terraform works in there, unless it is the default one.
#[must_use]
pub fn workspace(working_dir: &Path, env: &Env) -> Option<String> {
    let set = env.get_filled("TF_WORKSPACE").map(str::to_owned);
    set.or_else(|| selected(working_dir, env)).filter(|workspace| workspace != "default")
}

fn chosen_workspace(target: &Target) -> Option<String> {
    selected(&target.working_dir, &target.env)
}

/// The workspace that was chosen by `workspace select`.
fn selected(working_dir: &Path, env: &Env) -> Option<String> {
    let file = data_dir(working_dir, env).join("environment");
    let name = fs::read_text(&file).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::outputs::{OutputError, Outputs, Remote, Target};
    use super::super::prepare::{Flavour, Tool};
    use super::{Place, locate};
    use crate::config::unit::RemoteState;
    use crate::diag::{SourceMap, Span};
    use crate::hcl::Value;
    use crate::host::env::Env;
    use crate::host::fs::{Access, create_dir_all, write_atomic};
    use std::path::Path;

    fn target(dir: &Path) -> Target {
        Target {
            unit_dir: dir.to_path_buf(),
            working_dir: dir.to_path_buf(),
            remote: Remote::Absent,
            env: Env::default(),
            tool: Tool {
                program: "terraform".into(),
                name: "terraform".into(),
                version: "1.11.4".into(),
                flavour: Flavour::Terraform,
            },
        }
    }

    fn remote(backend: &str, path: &str) -> Remote {
        Remote::Known(Box::new(RemoteState {
            backend: backend.to_owned(),
            disable_init: None,
            disable_dependency_optimization: None,
            generate: None,
            config: Value::object([("path", Value::string(path))]),
            encryption: None,
            span: Span::new(SourceMap::default().add(Path::new("a"), "".into()), 0, 0),
        }))
    }

    fn write(dir: &Path, name: &str, text: &str) {
        create_dir_all(dir.join(name).parent().unwrap()).unwrap();
        write_atomic(&dir.join(name), text.as_bytes(), Access::Shared).unwrap();
    }

    /// The state's path below `dir`, or `ask`.
    fn place(target: &Target, dir: &Path) -> String {
        match locate(target) {
            Ok(Place::File(path)) => path.strip_prefix(dir).unwrap_or(&path).display().to_string(),
            Ok(Place::Ask(asked)) => format!("ask {:?}", asked.workspace.as_deref().unwrap_or("-")),
            Err(error) => error.to_string().chars().take(21).collect(),
        }
    }

    #[test]
    fn the_unit_file_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let mut target = target(dir);
        for (remote, want) in [
            (remote("local", "x/y.tfstate"), "x/y.tfstate"),
            (remote("local", "/abs/y.tfstate"), "/abs/y.tfstate"),
            (remote("s3", "x"), "ask \"-\""),
        ] {
            target.remote = remote;
            assert_eq!(place(&target, dir), want);
        }
        target.remote = remote("local", "x");
        target.env.set("TF_WORKSPACE", "dev");
        assert_eq!(place(&target, dir), "terraform.tfstate.d/dev/terraform.tfstate");
    }

    #[test]
    fn the_module_or_the_last_init_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let mut target = target(dir);
        assert_eq!(place(&target, dir), "terraform.tfstate");
        write(
            dir,
            "main.tf",
            "terraform {\n  backend \"local\" {\n    path = \"b.tfstate\"\n    workspace_dir = \"w\"\n  }\n}\n",
        );
        assert_eq!(place(&target, dir), "b.tfstate");
        write(dir, ".terraform/environment", "prod\n");
        assert_eq!(place(&target, dir), "w/prod/terraform.tfstate");
        target.env.set("TF_DATA_DIR", ".data");
        assert_eq!(place(&target, dir), "b.tfstate");
        let record =
            r#"{"version": 3, "backend": {"type": "s3", "config": {"bucket": "b", "profile": null}}}"#;
        write(dir, ".data/terraform.tfstate", record);
        assert_eq!(place(&target, dir), "ask \"-\"");
        write(dir, "main.tf", "terraform {\n  backend \"s3\" {}\n}\n");
        target.env.remove("TF_DATA_DIR");
        assert_eq!(place(&target, dir), "the working directory");
    }

    #[test]
    fn outputs_are_remembered_until_they_change() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let state = |value: &str| {
            format!(r#"{{"version": 4, "outputs": {{"a": {{"value": "{value}", "type": "string"}}}}}}"#)
        };
        let (outputs, target) = (Outputs::default(), target(dir));
        assert_eq!(outputs.read(&target).unwrap(), None);
        outputs.invalidate(dir);
        write(dir, "terraform.tfstate", &state("one"));
        let read =
            || outputs.read(&target).unwrap().unwrap().find("a").and_then(Value::as_str).unwrap().to_owned();
        assert_eq!(read(), "one");
        write(dir, "terraform.tfstate", &state("two"));
        assert_eq!(read(), "one");
        outputs.invalidate(dir);
        assert_eq!(read(), "two");
        let gone = Target { working_dir: dir.join("gone"), ..target.clone() };
        outputs.invalidate(dir);
        assert!(matches!(outputs.read(&gone), Err(OutputError::Unprepared { .. })));
    }
}
