//! What a state holds, by resource address, and how two of them differ. Pure. Values of resources are compared, never
//! shown: a state marks only some of what is secret.

use crate::state::snapshot::{SnapshotError, parse_state};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What a state holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub serial: u64,
    pub lineage: String,
    /// By address: `module.a.aws_vpc.main["x"]`.
    pub resources: BTreeMap<String, Json>,
    pub outputs: BTreeMap<String, Output>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Output {
    pub value: Json,
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Deserialize)]
struct StateFile {
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Resource {
    module: Option<String>,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    index_key: Option<Json>,
    deposed: Option<String>,
    attributes: Option<Json>,
    attributes_flat: Option<Json>,
    #[serde(default)]
    status: Option<String>,
}

/// Reads a state; nothing of a text that is empty.
///
/// # Errors
/// When it is not a state of version 4 in clear text.
pub fn parse(bytes: &[u8]) -> Result<Option<Inventory>, SnapshotError> {
    let Some(snapshot) = parse_state(bytes)? else { return Ok(None) };
    let file: StateFile = serde_json::from_slice(bytes)?;
    let mut resources = BTreeMap::new();
    for resource in &file.resources {
        for instance in &resource.instances {
            resources.insert(address(resource, instance), content(instance));
        }
    }
    let (serial, lineage) = (snapshot.serial, snapshot.lineage);
    Ok(Some(Inventory { serial, lineage, resources, outputs: file.outputs }))
}

fn address(resource: &Resource, instance: &Instance) -> String {
    let module = resource.module.as_ref().map_or_else(String::new, |module| format!("{module}."));
    let data = if resource.mode == "data" { "data." } else { "" };
    let key = match &instance.index_key {
        None | Some(Json::Null) => String::new(),
        Some(key) => format!("[{key}]"),
    };
    let deposed = instance.deposed.as_ref().map_or_else(String::new, |id| format!(" (deposed {id})"));
    format!("{module}{data}{}.{}{key}{deposed}", resource.kind, resource.name)
}

fn content(instance: &Instance) -> Json {
    let attributes = instance.attributes.as_ref().or(instance.attributes_flat.as_ref());
    let mut content = attributes.cloned().unwrap_or_default();
    if let (Json::Object(members), Some(status)) = (&mut content, &instance.status) {
        members.insert("(status)".to_owned(), Json::String(status.clone()));
    }
    content
}

/// How something of a state differs from the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub change: Change,
    /// A resource's address, or `output.NAME`.
    pub address: String,
    /// Which attributes differ, for a resource that both have.
    pub attributes: Vec<String>,
    /// Before and after, of an output that is not sensitive in either.
    pub values: Option<(Json, Json)>,
}

/// What became of `before` in `after`.
#[must_use]
pub fn compare(before: &Inventory, after: &Inventory) -> Vec<Difference> {
    let mut all = Vec::new();
    for address in names(&before.resources, &after.resources) {
        let (old, new) = (before.resources.get(address), after.resources.get(address));
        let attributes = old.zip(new).map_or_else(Vec::new, |(old, new)| differing(old, new));
        all.extend(difference(address.clone(), (old, new), (attributes, None)));
    }
    for name in names(&before.outputs, &after.outputs) {
        let (old, new) = (before.outputs.get(name), after.outputs.get(name));
        let open = old.zip(new).filter(|(old, new)| !old.sensitive && !new.sensitive);
        let values = open.map(|(old, new)| (old.value.clone(), new.value.clone()));
        all.extend(difference(format!("output.{name}"), (old, new), (Vec::new(), values)));
    }
    all
}

fn names<'a, T>(one: &'a BTreeMap<String, T>, other: &'a BTreeMap<String, T>) -> BTreeSet<&'a String> {
    one.keys().chain(other.keys()).collect()
}

fn difference<T: PartialEq>(
    address: String,
    (old, new): (Option<&T>, Option<&T>),
    (attributes, values): (Vec<String>, Option<(Json, Json)>),
) -> Option<Difference> {
    let change = match (old, new) {
        (Some(old), Some(new)) if old == new => return None,
        (Some(_), Some(_)) => Change::Changed,
        (Some(_), None) => Change::Removed,
        (None, _) => Change::Added,
    };
    Some(Difference { change, address, attributes, values })
}

fn differing(old: &Json, new: &Json) -> Vec<String> {
    let (Json::Object(old), Json::Object(new)) = (old, new) else { return Vec::new() };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

/// The same state with another serial, every other byte kept; `None` where it states none.
#[must_use]
pub fn with_serial(text: &[u8], serial: u64) -> Option<Vec<u8>> {
    let at = find_serial(text)?;
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| [&text[..at], serial.to_string().as_bytes(), &text[at + digits..]].concat())
}

/// The serial, even of a text that is torn.
#[must_use]
pub fn serial_of(text: &[u8]) -> Option<u64> {
    let at = find_serial(text)?;
    let digits: Vec<u8> = text[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// Where the value of the member `serial` at the top level begins.
fn find_serial(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        match text[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(text, at)?;
                let value = skip(text, end, |byte| byte.is_ascii_whitespace() || byte == b':');
                let is_key = text[end..value].contains(&b':');
                if depth == 1 && is_key && &text[at..end] == b"\"serial\"" {
                    return Some(value);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn skip(text: &[u8], from: usize, what: impl Fn(u8) -> bool) -> usize {
    text[from..].iter().position(|byte| !what(*byte)).map_or(text.len(), |count| from + count)
}

/// Behind the closing quote of a string.
fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, compare, parse, serial_of, with_serial};

    const BEFORE: &str = r#"{"version": 4, "serial": 3, "lineage": "l",
      "outputs": {"id": {"value": "a", "type": "string"}, "key": {"value": "hunter2", "type": "string", "sensitive": true}},
      "resources": [
        {"mode": "managed", "type": "t", "name": "one", "instances": [
          {"index_key": "x", "attributes": {"serial": 1, "secret": "hunter2", "same": [1]}},
          {"index_key": 0, "attributes": {"a": 1}}]},
        {"module": "module.m", "mode": "data", "type": "d", "name": "two", "instances": [{"attributes": {"a": null}}]},
        {"mode": "managed", "type": "t", "name": "gone", "instances": [{"attributes": {}}, {"deposed": "ab12", "attributes": {}}]}
      ]}"#;

    #[test]
    fn differences_are_told_by_address_and_no_secret_is() {
        let after = BEFORE
            .replace("\"secret\": \"hunter2\"", "\"secret\": \"hunter3\"")
            .replace("\"sensitive\": true", "\"sensitive\": false")
            .replace("\"value\": \"a\"", "\"value\": \"b\"")
            .replace("\"name\": \"gone\"", "\"name\": \"new\"")
            .replace("\"value\": \"hunter2\"", "\"value\": \"hunter4\"");
        let (before, after) =
            (parse(BEFORE.as_bytes()).unwrap().unwrap(), parse(after.as_bytes()).unwrap().unwrap());
        let found = compare(&before, &after);
        assert!(!format!("{found:?}").contains("hunter"), "{found:?}");
        let told: Vec<(Change, &str)> = found.iter().map(|one| (one.change, one.address.as_str())).collect();
        assert_eq!(
            told,
            [
                (Change::Removed, "t.gone"),
                (Change::Removed, "t.gone (deposed ab12)"),
                (Change::Added, "t.new"),
                (Change::Added, "t.new (deposed ab12)"),
                (Change::Changed, "t.one[\"x\"]"),
                (Change::Changed, "output.id"),
                (Change::Changed, "output.key"),
            ]
        );
        assert_eq!(found[4].attributes, ["secret"]);
        assert_eq!(found[5].values, Some(("a".into(), "b".into())));
        assert!(
            before.resources.contains_key("module.m.data.d.two") && before.resources.contains_key("t.one[0]")
        );
        assert_eq!(compare(&before, &before), []);
    }

    #[test]
    fn only_the_serial_of_the_state_itself_changes() {
        let text = with_serial(BEFORE.as_bytes(), 12).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), BEFORE.replace("\"serial\": 3", "\"serial\": 12"));
        let tricky = br#"{"a":"\"serial\":1","b":{"serial":2},"c":["serial"],"serial" : 345 ,"d":1}"#;
        let want = r#"{"a":"\"serial\":1","b":{"serial":2},"c":["serial"],"serial" : 9 ,"d":1}"#;
        assert_eq!(String::from_utf8(with_serial(tricky, 9).unwrap()).unwrap(), want);
        assert_eq!(serial_of(b"{\"version\": 4, \"serial\": 34, \"outp"), Some(34), "torn, but it says so");
        for text in ["{}", "", "{\"serial", "{\"serial\": \"1\"}"] {
            assert_eq!(with_serial(text.as_bytes(), 1), None, "{text}");
        }
    }
}
