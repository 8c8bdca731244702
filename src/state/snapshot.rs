//! One version of a state, as terraform writes it (version 4): its outputs, lineage and serial. Pure; resources are
//! skipped without being kept.

use crate::hcl::convert::convert;
use crate::hcl::json::from_json;
use crate::hcl::{Type, Value};
use serde::Deserialize;
use serde::de::{Error, IgnoredAny};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What we need of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub lineage: String,
    pub serial: u64,
    /// An object; sensitive outputs are marked.
    pub outputs: Value,
}

/// A text that is no state, or none that we can read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("it is not a terraform state: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("it is encrypted")]
    Encrypted,
    #[error("it is a state of version {0}, which only terraform itself can read")]
    Version(u64),
}

impl SnapshotError {
    /// Whether it may be a good state all the same, which only terraform can tell.
    #[must_use]
    pub fn is_for_terraform(&self) -> bool {
        matches!(self, Self::Encrypted | Self::Version(_))
    }
}

#[derive(Deserialize)]
struct StateFile {
    version: Option<u64>,
    encrypted_data: Option<IgnoredAny>,
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    outputs: Option<BTreeMap<String, Output>>,
}

#[derive(Deserialize)]
struct Output {
    value: Json,
    #[serde(rename = "type", default)]
    kind: Json,
    #[serde(default)]
    sensitive: bool,
}

/// Parses a state; an empty text is a state that was never written.
///
/// # Errors
/// When it is not a state of version 4 in clear text.
pub fn parse_state(bytes: &[u8]) -> Result<Option<Snapshot>, SnapshotError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    if !bytes.trim_ascii_start().starts_with(b"{") {
        let _: IgnoredAny = serde_json::from_slice(bytes)?;
        return Err(malformed("it is no object"));
    }
    let file: StateFile = serde_json::from_slice(bytes)?;
    if file.encrypted_data.is_some() {
        return Err(SnapshotError::Encrypted);
    }
    match file.version {
        Some(4) => {}
        Some(version) => return Err(SnapshotError::Version(version)),
        None => return Err(malformed("it names no version")),
    }
    let outputs = object(file.outputs.unwrap_or_default());
    Ok(Some(Snapshot { lineage: file.lineage, serial: file.serial, outputs }))
}

/// JSON, but not what a state looks like.
pub(super) fn malformed(said: &str) -> SnapshotError {
    serde_json::Error::custom(said).into()
}

/// Parses what `output -json` prints.
///
/// # Errors
/// When it is something else.
pub fn parse_outputs(bytes: &[u8]) -> Result<Value, SnapshotError> {
    // Wrappers around terraform may speak first; the first object is what we asked for.
    let start = bytes.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let mut stream = serde_json::Deserializer::from_slice(&bytes[start..]);
    Ok(object(BTreeMap::deserialize(&mut stream)?))
}

fn object(outputs: BTreeMap<String, Output>) -> Value {
    Value::object(outputs.into_iter().map(|(name, output)| (name, value_of(&output))))
}

/// The value in the type that the state says: JSON alone cannot tell a list from a tuple.
fn value_of(output: &Output) -> Value {
    let implied = from_json(&output.value);
    let mut value = match parse_type(&output.kind) {
        Some(kind) => convert(&implied, &kind).unwrap_or(implied),
        None => implied,
    };
    value.sensitive |= output.sensitive;
    value
}

/// A type in the JSON form of states and provider schemas: `"string"`, `["list", "string"]`.
#[must_use]
pub fn parse_type(json: &Json) -> Option<Type> {
    match json {
        Json::String(word) => match word.as_str() {
            "string" => Some(Type::String),
            "number" => Some(Type::Number),
            "bool" => Some(Type::Bool),
            "dynamic" => Some(Type::Dynamic),
            _ => None,
        },
        Json::Array(parts) => parse_complex(parts.first()?.as_str()?, parts.get(1)?),
        _ => None,
    }
}

fn parse_complex(word: &str, inside: &Json) -> Option<Type> {
    let element = || parse_type(inside).map(Arc::new);
    match word {
        "list" => element().map(Type::List),
        "set" => element().map(Type::Set),
        "map" => element().map(Type::Map),
        "tuple" => {
            let elements: Option<Vec<Type>> = inside.as_array()?.iter().map(parse_type).collect();
            Some(Type::Tuple(elements?.into()))
        }
        "object" => {
            let attributes = inside.as_object()?.iter();
            let typed: Option<BTreeMap<Arc<str>, Type>> =
                attributes.map(|(name, kind)| Some((name.as_str().into(), parse_type(kind)?))).collect();
            Some(Type::Object(Arc::new(typed?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{SnapshotError, parse_outputs, parse_state};
    use crate::hcl::{Data, Value};

    const STATE: &str = r#"{
      "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l",
      "outputs": {
        "ids": {"value": ["a", "b"], "type": ["list", "string"]},
        "pair": {"value": ["a", 1], "type": ["tuple", ["string", "number"]]},
        "tags": {"value": {"a": "1"}, "type": ["map", "string"]},
        "secret": {"value": "s", "type": "string", "sensitive": true},
        "big": {"value": 123456789012345678901234567890, "type": "number"},
        "none": {"value": null, "type": ["object", {"a": "bool"}]}
      },
      "resources": [{"mode": "managed", "instances": [{"attributes": {"x": [1, {"y": null}]}}]}],
      "check_results": null
    }"#;

    #[test]
    fn outputs_keep_their_types_and_marks() {
        let snapshot = parse_state(STATE.as_bytes()).unwrap().unwrap();
        assert_eq!((snapshot.serial, snapshot.lineage.as_str()), (3, "l"));
        let find = |name: &str| snapshot.outputs.find(name).unwrap().clone();
        assert!(matches!(find("ids").data, Data::List(_)));
        assert!(matches!(find("pair").data, Data::Tuple(_)));
        assert!(matches!(find("tags").data, Data::Map(_)));
        assert!(find("secret").sensitive && !find("ids").sensitive);
        assert!(find("none").is_null());
        assert!(
            matches!(find("big").data, Data::Number(n) if n.to_string() == "123456789012345678901234567890")
        );
    }

    #[test]
    fn printed_outputs_may_follow_noise() {
        let outputs = parse_outputs(
            b"a wrapper says\n{\"a\": {\"sensitive\": false, \"type\": \"string\", \"value\": \"b\"}}\nbye",
        );
        assert_eq!(outputs.unwrap(), Value::object([("a", Value::string("b"))]));
    }

    #[test]
    fn other_texts_are_told_apart() {
        assert!(parse_state(b" \n").unwrap().is_none());
        assert!(matches!(parse_state(b"{\"version\": 3}"), Err(SnapshotError::Version(3))));
        let encrypted =
            br#"{"serial": 1, "lineage": "x", "encrypted_data": "AAAA", "encryption_version": "v0"}"#;
        assert!(matches!(parse_state(encrypted), Err(SnapshotError::Encrypted)));
        for (text, said) in [
            ("<html>", "expected value"),
            ("[4]", "it is no object"),
            ("{\"serial\": 4}", "it names no version"),
        ] {
            let error = parse_state(text.as_bytes()).unwrap_err();
            assert!(!error.is_for_terraform() && error.to_string().contains(said), "{error}");
        }
        let none = parse_state(b"{\"version\": 4, \"outputs\": null}").unwrap().unwrap();
        assert_eq!(none.outputs, Value::object::<&str>([]));
    }
}
