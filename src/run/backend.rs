//! The backend of a unit: which of its settings are terraform's own, as a file or as words for `init`, and which
//! of them may be seen. Pure.

use super::generate::Wanted;
use super::literal::{Layout, NotKnown, indent, quote, render_hcl};
use crate::config::unit::{BackendFile, RemoteState};
use crate::hcl::format::format_source;
use crate::hcl::{Data, Value};
use crate::host::fs::Access;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Settings that only say how to create the bucket, by backend; terraform would not know them.
const OURS: &[(&str, &[&str])] = &[
    (
        "s3",
        &[
            "accesslogging_bucket_name",
            "accesslogging_bucket_tags",
            "accesslogging_target_object_partition_date_source",
            "accesslogging_target_prefix",
            "bucket_sse_algorithm",
            "bucket_sse_kms_key_id",
            "disable_aws_client_checksums",
            "disable_bucket_update",
            "dynamodb_table_tags",
            "enable_lock_table_ssencryption",
            "s3_bucket_tags",
            "skip_accesslogging_bucket_acl",
            "skip_accesslogging_bucket_enforced_tls",
            "skip_accesslogging_bucket_public_access_blocking",
            "skip_accesslogging_bucket_ssencryption",
            "skip_bucket_accesslogging",
            "skip_bucket_enforced_tls",
            "skip_bucket_public_access_blocking",
            "skip_bucket_root_access",
            "skip_bucket_ssencryption",
            "skip_bucket_versioning",
        ],
    ),
    (
        "gcs",
        &[
            "enable_bucket_policy_only",
            "gcs_bucket_labels",
            "location",
            "project",
            "skip_bucket_creation",
            "skip_bucket_versioning",
        ],
    ),
    (
        "azurerm",
        &[
            "access_tier",
            "account_kind",
            "account_replication_type",
            "account_tier",
            "allow_blob_public_access",
            "enable_soft_delete",
            "location",
            "msi_resource_id",
            "skip_container_creation",
            "skip_resource_group_creation",
            "skip_storage_account_creation",
            "skip_versioning",
            "soft_delete_retention_days",
            "tags",
        ],
    ),
];

/// The settings that terraform gets.
#[must_use]
pub fn settings(remote: &RemoteState) -> BTreeMap<Arc<str>, Value> {
    let ours = OURS.iter().find(|(backend, _)| *backend == remote.backend).map_or(&[][..], |(_, keys)| keys);
    let entries = remote.config.entries().into_iter().flatten();
    let kept = entries.filter(|(key, _)| !ours.contains(&&***key));
    kept.map(|(key, value)| {
        let key = current_name(&remote.backend, key);
        let value = flag(&remote.backend, &key, value).unwrap_or_else(|| value.clone());
        (key, value)
    })
    .collect()
}

/// Settings that are true or false and may be written as text, by backend.
const FLAGS: &[(&str, &[&str])] = &[
    ("s3", &["encrypt", "force_path_style", "skip_credentials_validation", "use_lockfile"]),
    ("azurerm", &["snapshot", "use_azuread_auth", "use_msi", "use_oidc"]),
];

fn flag(backend: &str, key: &str, value: &Value) -> Option<Value> {
    let (_, keys) = FLAGS.iter().find(|(name, _)| *name == backend)?;
    let word = value.as_str().filter(|_| keys.contains(&key))?;
    let flag = match word {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => true,
        "0" | "f" | "F" | "false" | "False" | "FALSE" => false,
        _ => return None,
    };
    Some(Value::bool(flag).with_mark(value.sensitive))
}

/// Settings that were renamed long ago.
pub(super) fn current_name(backend: &str, key: &Arc<str>) -> Arc<str> {
    if backend == "s3" && &**key == "lock_table" { "dynamodb_table".into() } else { key.clone() }
}

/// Settings that say where a state is and nothing more: they may be seen on command lines and in files that all can
/// read. Any other may be a secret, or hold one.
const PLACES: &[&str] = &[
    "bucket",
    "container_name",
    "dynamodb_table",
    "encrypt",
    "key",
    "path",
    "prefix",
    "region",
    "resource_group_name",
    "storage_account_name",
    "use_lockfile",
    "workspace_dir",
    "workspace_key_prefix",
];

/// Settings that terraform takes as blocks, by backend.
const BLOCKS: &[(&str, &str)] = &[("remote", "workspaces")];

fn may_be_seen(key: &str, value: &Value) -> bool {
    PLACES.contains(&key) && !value.sensitive && value.entries().is_none() && value.items().is_none()
}

/// Whether the backend's settings are for their owner's eyes alone.
#[must_use]
pub fn is_secret(remote: &RemoteState) -> bool {
    remote.encryption.is_some() || settings(remote).iter().any(|(key, value)| !may_be_seen(key, value))
}

/// How the settings reach `init`, for a module that declares the backend itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitSettings {
    /// `-backend-config` arguments.
    pub arguments: Vec<String>,
    /// The text of a file that only its owner may read: all that does not belong on a command line. Empty if there is
    /// nothing.
    pub file: String,
}

/// Splits the settings.
///
/// # Errors
/// When a setting is not known.
pub fn init_settings(remote: &RemoteState) -> Result<InitSettings, NotKnown> {
    let mut out = InitSettings::default();
    for (key, value) in settings(remote).into_iter().filter(|(_, value)| !value.is_null()) {
        if may_be_seen(&key, &value) {
            out.arguments.push(argument(&key, &value)?);
        } else if BLOCKS.contains(&(&*remote.backend, &*key)) && value.entries().is_some() {
            out.file.push_str(&format!("{key} {}\n", render_hcl(&value, Layout::Lines(0))?));
        } else {
            // terraform quotes the line on which a name stands that it does not know.
            let text = render_hcl(&value, Layout::Lines(1))?;
            out.file.push_str(&format!("{key} = (\n  {text}\n)\n"));
        }
    }
    Ok(out)
}

/// What an init depends on of the settings: all of them, as one text each. To be hashed, never shown.
#[must_use]
pub fn init_facts(remote: &RemoteState) -> Vec<String> {
    let known = settings(remote).into_iter().filter(|(_, value)| !value.is_null());
    known.filter_map(|(key, value)| argument(&key, &value).ok()).collect()
}

fn argument(key: &str, value: &Value) -> Result<String, NotKnown> {
    let text = match &value.data {
        // terraform takes this text as it is.
        Data::String(text) => text.to_string(),
        _ => render_hcl(value, Layout::OneLine)?,
    };
    Ok(format!("-backend-config={key}={text}"))
}

/// The file that declares the backend.
///
/// # Errors
/// When a setting is not known.
pub fn backend_file<'a>(remote: &RemoteState, file: &'a BackendFile) -> Result<Wanted<'a>, NotKnown> {
    let contents = backend_text(remote)?.into();
    let access = if is_secret(remote) { Access::Private } else { Access::Shared };
    let comment_prefix = Some("# ");
    Ok(Wanted { path: &file.path, if_exists: file.if_exists, contents, comment_prefix, access })
}

/// A terraform block with the backend and, where asked for, the encryption of the state.
///
/// # Errors
/// When a setting is not known.
pub fn backend_text(remote: &RemoteState) -> Result<String, NotKnown> {
    let mut text = format!("terraform {{\n  backend {} {{\n", quote(&remote.backend));
    text.push_str(&attributes(&settings(remote), 2)?);
    text.push_str("  }\n");
    if let Some(encryption) = &remote.encryption {
        text.push_str(&encryption_text(encryption)?);
    }
    text.push_str("}\n");
    Ok(format_source(&text))
}

fn encryption_text(encryption: &Value) -> Result<String, NotKnown> {
    let mut entries = encryption.entries().cloned().unwrap_or_default();
    let provider = entries.remove("key_provider");
    let provider = provider.as_ref().and_then(Value::as_str).unwrap_or_default();
    let mut text = format!("  encryption {{\n    key_provider {} \"default\" {{\n", quote(provider));
    text.push_str(&attributes(&entries, 3)?);
    text.push_str("    }\n    method \"aes_gcm\" \"default\" {\n");
    text.push_str(&format!("      keys = key_provider.{provider}.default\n    }}\n"));
    for part in ["state", "plan"] {
        text.push_str(&format!("    {part} {{\n      method = method.aes_gcm.default\n    }}\n"));
    }
    text.push_str("  }\n");
    Ok(text)
}

fn attributes(entries: &BTreeMap<Arc<str>, Value>, depth: usize) -> Result<String, NotKnown> {
    entries
        .iter()
        .map(|(key, value)| {
            Ok(format!("{}{key} = {}\n", indent(depth), render_hcl(value, Layout::Lines(depth))?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{InitSettings, backend_text, init_facts, init_settings, is_secret, settings};
    use crate::config::unit::RemoteState;
    use crate::diag::{SourceMap, Span};
    use crate::hcl::Value;
    use std::path::Path;

    fn s3() -> RemoteState {
        let config = Value::object([
            ("bucket", Value::string("b")),
            ("lock_table", Value::string("t")),
            ("kms_key_id", Value::NULL),
            ("s3_bucket_tags", Value::object([("a", Value::string("b"))])),
            ("endpoints", Value::object([("s3", Value::string("http://x"))])),
        ]);
        RemoteState {
            backend: "s3".to_owned(),
            disable_init: None,
            disable_dependency_optimization: None,
            generate: None,
            config,
            encryption: None,
            span: Span::new(SourceMap::default().add(Path::new("a"), "".into()), 0, 0),
        }
    }

    #[test]
    fn only_places_are_seen_on_the_command_line() {
        assert_eq!(
            init_settings(&s3()).unwrap(),
            InitSettings {
                arguments: ["-backend-config=bucket=b", "-backend-config=dynamodb_table=t"]
                    .map(str::to_owned)
                    .into(),
                file: "endpoints = (\n  {\n    s3 = \"http://x\"\n  }\n)\n".to_owned(),
            }
        );
        let mut hidden = Value::string("k");
        hidden.sensitive = true;
        let remote = RemoteState { config: Value::object([("key", hidden)]), ..s3() };
        assert_eq!(init_settings(&remote).unwrap().file, "key = (\n  \"k\"\n)\n");
        assert!(is_secret(&remote));
        let remote = RemoteState { config: Value::object([("bucket", Value::string("b"))]), ..s3() };
        assert!(!is_secret(&remote));
    }

    #[test]
    fn flags_that_are_written_as_text_become_flags() {
        let written = |name, text| Value::object([(name, Value::string(text))]);
        for (backend, name, text, want) in [
            ("s3", "encrypt", "TRUE", Value::bool(true)),
            ("s3", "use_lockfile", "0", Value::bool(false)),
            ("s3", "encrypt", "yes", Value::string("yes")),
            ("s3", "insecure", "true", Value::string("true")),
            ("azurerm", "use_oidc", "t", Value::bool(true)),
            ("azurerm", "encrypt", "true", Value::string("true")),
        ] {
            let remote = RemoteState { backend: backend.to_owned(), config: written(name, text), ..s3() };
            assert_eq!(settings(&remote).get(name), Some(&want), "{backend} {name} {text}");
        }
    }

    #[test]
    fn what_terraform_takes_as_a_block_is_one() {
        let workspaces = Value::object([("name", Value::string("x"))]);
        let config = Value::object([("workspaces", workspaces)]);
        let remote = RemoteState { backend: "remote".to_owned(), config, ..s3() };
        assert_eq!(init_settings(&remote).unwrap().file, "workspaces {\n  name = \"x\"\n}\n");
    }

    #[test]
    fn an_init_depends_on_all_settings() {
        assert_eq!(
            init_facts(&s3()),
            [
                "-backend-config=bucket=b",
                "-backend-config=dynamodb_table=t",
                r#"-backend-config=endpoints={s3="http://x"}"#
            ]
        );
    }

    #[test]
    fn the_file_declares_backend_and_encryption() {
        let encryption = Value::object([
            ("key_provider", Value::string("pbkdf2")),
            ("passphrase", Value::string("p${x}")),
        ]);
        let remote = RemoteState {
            backend: "local".to_owned(),
            config: Value::object([("path", Value::string("a\"b"))]),
            encryption: Some(encryption),
            ..s3()
        };
        let text = backend_text(&remote).unwrap();
        assert!(
            text.starts_with("terraform {\n  backend \"local\" {\n    path = \"a\\\"b\"\n  }\n"),
            "{text}"
        );
        assert!(
            text.contains("    key_provider \"pbkdf2\" \"default\" {\n      passphrase = \"p$${x}\"\n"),
            "{text}"
        );
        assert!(text.contains("keys = key_provider.pbkdf2.default"), "{text}");
    }
}
