//! Where a unit's state is, told without running anything; and what to ask terraform when only that can read it.

use super::backend;
use super::init::{backend_block, data_dir};
use super::outputs::{OutputError, Remote, Target};
use crate::config::unit::RemoteState;
use crate::hcl::ast::{Block, Expr, ExprKind, ObjectItem, ObjectKey};
use crate::hcl::json::{from_json, to_json};
use crate::hcl::{Data, Value};
use crate::host::env::Env;
use crate::host::fs;
use crate::state::Backend;
use crate::state::local::LocalStore;
use crate::state::store::StateStore;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The answer.
#[derive(Debug)]
pub struct Whereabouts {
    /// For a driver of ours.
    pub backend: Backend,
    /// For terraform.
    pub declaration: Declaration,
    /// The unit asks for an encrypted state, which only the tool can read.
    pub is_encrypted: bool,
    /// Selected in the working directory.
    chosen: Option<String>,
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

impl Whereabouts {
    /// The state's file, if it is a local one in clear text; need not exist.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let is_readable = self.backend.kind == "local" && !self.is_encrypted;
        let store = LocalStore::open(&self.backend).ok().filter(|_| is_readable)?;
        Some(PathBuf::from(store.key()))
    }

    /// The same for terraform.
    #[must_use]
    pub fn into_asked(self) -> Asked {
        Asked { declaration: self.declaration, workspace: self.chosen }
    }
}

/// Looks, in this order, at the unit file, at terraform's own record of the last init, and at the module.
///
/// # Errors
/// When none of them can tell.
pub fn locate(target: &Target) -> Result<Whereabouts, OutputError> {
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

fn of_remote(target: &Target, remote: &RemoteState) -> Whereabouts {
    let entries = remote.config.entries().cloned().unwrap_or_default();
    let named =
        entries.into_iter().map(|(name, value)| (backend::current_name(&remote.backend, &name), value));
    let declaration = Declaration::Unit(Box::new(absolute(target, remote)));
    let is_encrypted = remote.encryption.is_some();
    Whereabouts { is_encrypted, ..whereabouts(target, (&remote.backend, Value::object(named)), declaration) }
}

fn whereabouts(target: &Target, (kind, config): (&str, Value), declaration: Declaration) -> Whereabouts {
    let chosen = chosen_workspace(target);
    let workspace = target.env.get_filled("TF_WORKSPACE").map(str::to_owned).or_else(|| chosen.clone());
    let backend = Backend {
        kind: kind.to_owned(),
        config,
        env: target.env.clone(),
        workspace: workspace.unwrap_or_else(|| "default".to_owned()),
        dir: target.working_dir.clone(),
    };
    Whereabouts { backend, declaration, is_encrypted: false, chosen }
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
fn of_record(target: &Target) -> Option<Whereabouts> {
    let record = data_dir(&target.working_dir, &target.env).join("terraform.tfstate");
    let record: Json = serde_json::from_slice(&fs::read(&record).ok()?).ok()?;
    let backend = record.get("backend")?;
    let kind = backend.get("type")?.as_str()?;
    let config = backend.get("config")?.as_object()?;
    let set: serde_json::Map<String, Json> = config
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let config = from_json(&Json::Object(set.clone()));
    let declaration = Declaration::Json(json!({"terraform": {"backend": {kind: set}}}));
    Some(whereabouts(target, (kind, config), declaration))
}

/// A module that was never initialised: what it and the files that are generated into it declare, or a local state.
fn of_module(target: &Target) -> Result<Whereabouts, OutputError> {
    let unclear = || OutputError::Unprepared { dir: target.working_dir.clone() };
    let (kind, config) = match backend_block(&target.working_dir, &target.generated) {
        None => return Err(unclear()),
        Some(None) => ("local".to_owned(), Value::object::<&str>([])),
        Some(Some(_)) if has_backend_arguments(target) => return Err(unclear()),
        Some(Some(block)) => of_block(&block).ok_or_else(unclear)?,
    };
    let set = to_json(&config).map_err(|_| unclear())?;
    let declaration = Declaration::Json(json!({"terraform": {"backend": {&kind: set}}}));
    Ok(whereabouts(target, (&kind, config), declaration))
}

/// What the module says is not all: arguments of init say more.
fn has_backend_arguments(target: &Target) -> bool {
    let in_env = |name: &str| target.env.get(name).is_some_and(|words| words.contains("-backend-config"));
    let given = target.init_arguments.iter().any(|argument| argument.contains("-backend-config"));
    given || in_env("TF_CLI_ARGS") || in_env("TF_CLI_ARGS_init")
}

/// A `backend` whose settings are plain values. An empty one is filled in by arguments of init that nobody knows, but
/// for a local one, which needs none.
fn of_block(block: &Block) -> Option<(String, Value)> {
    let kind = block.labels.first().filter(|_| &*block.kind.name == "backend")?.name.to_string();
    let is_plain = block.body.blocks.is_empty() && (kind == "local" || !block.body.attributes.is_empty());
    let attributes = block.body.attributes.iter();
    let plain: Option<Vec<(Arc<str>, Value)>> = attributes
        .map(|attribute| Some((attribute.name.name.clone(), plain_value(&attribute.expr)?)))
        .collect();
    Some((kind, Value::object(plain.filter(|_| is_plain)?)))
}

/// A value that stands there as it is.
fn plain_value(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Null => Value::NULL,
        ExprKind::Bool(flag) => Value::bool(*flag),
        ExprKind::Number(number) => Value::number(number.clone()),
        ExprKind::String(text) => Value::string(text.clone()),
        ExprKind::Parens(inner) => plain_value(inner)?,
        ExprKind::Tuple(items) => Value::tuple(items.iter().map(plain_value).collect::<Option<Vec<_>>>()?),
        ExprKind::Object(items) => Value::object(items.iter().map(plain_item).collect::<Option<Vec<_>>>()?),
        _ => return None,
    })
}

fn plain_item(item: &ObjectItem) -> Option<(Arc<str>, Value)> {
    let name = match &item.key {
        ObjectKey::Bare(name) => name.name.clone(),
        ObjectKey::Expr(expr) => match plain_value(expr)?.data {
            Data::String(text) => text,
            _ => return None,
        },
    };
    Some((name, plain_value(&item.value)?))
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
    use super::super::tools::ToolError;
    use super::locate;
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
            init_arguments: Vec::new(),
            generated: Vec::new(),
            env: Env::default(),
            tool: Err(ToolError::NoneFound),
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
            Ok(place) => match place.file() {
                Some(path) => path.strip_prefix(dir).unwrap_or(&path).display().to_string(),
                None => format!("ask {:?}", place.into_asked().workspace.as_deref().unwrap_or("-")),
            },
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
        let backend = locate(&target).unwrap().backend;
        assert_eq!((backend.kind.as_str(), backend.workspace.as_str()), ("s3", "default"));
        assert_eq!(backend.config, Value::object([("bucket", Value::string("b"))]));
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

    #[test]
    fn the_settings_of_a_module_that_was_never_initialised_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let module = |settings: &str| format!("terraform {{\n  backend \"s3\" {{\n{settings}  }}\n}}\n");
        let settings = "    bucket = \"b\"\n    encrypt = true\n    endpoints = { s3 = \"http://x\" }\n";
        write(dir, "main.tf", &module(settings));
        let backend = locate(&target(dir)).unwrap().backend;
        let endpoints = Value::object([("s3", Value::string("http://x"))]);
        let want = [("bucket", Value::string("b")), ("encrypt", Value::bool(true)), ("endpoints", endpoints)];
        assert_eq!((backend.kind.as_str(), backend.config), ("s3", Value::object(want)));
        write(dir, "main.tf", &module("    bucket = var.b\n"));
        assert!(locate(&target(dir)).is_err(), "terraform would refuse it too");
        write(dir, "main.tf", &module(settings));
        let mut filled = target(dir);
        filled.init_arguments = vec!["-backend-config=key=k".to_owned()];
        assert!(locate(&filled).is_err(), "the module says one half only");
        let mut filled = target(dir);
        filled.env.set("TF_CLI_ARGS_init", "-backend-config=key=k");
        assert!(locate(&filled).is_err(), "the module says one half only");
    }

    #[test]
    fn settings_for_the_bucket_itself_go_along() {
        let folder = tempfile::tempdir().unwrap();
        let mut target = target(folder.path());
        let Remote::Known(mut remote) = remote("s3", "x") else { panic!("known") };
        remote.config = Value::object([
            ("lock_table", Value::string("t")),
            ("skip_bucket_versioning", Value::bool(true)),
        ]);
        target.remote = Remote::Known(remote);
        let config = locate(&target).unwrap().backend.config;
        assert!(config.find("skip_bucket_versioning").is_some() && config.find("dynamodb_table").is_some());
    }
}
