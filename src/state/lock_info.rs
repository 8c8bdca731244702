//! What a lock says about its holder, in the very bytes that terraform and tofu write. Pure. The fields are other
//! people's text: whoever shows them escapes them first.

pub use crate::diag::escaped;
use serde::Deserialize;
use std::fmt::Write;

/// The seven fields of a lock, as they stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct LockInfo {
    #[serde(rename = "ID")]
    pub id: String,
    pub operation: String,
    pub info: String,
    /// `user@host`.
    pub who: String,
    /// Of the tool.
    pub version: String,
    /// RFC 3339, UTC.
    pub created: String,
    pub path: String,
}

impl LockInfo {
    /// Reads a lock's text; unknown members are ignored, as terraform ignores them.
    ///
    /// # Errors
    /// When it is no JSON object of this shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)?;
        serde_json::from_value(members.into())
    }

    /// Compact JSON, keys in terraform's order. tofu compares these bytes when it releases a lock in a table.
    #[must_use]
    pub fn to_json(&self) -> String {
        let fields = [
            ("ID", &self.id),
            ("Operation", &self.operation),
            ("Info", &self.info),
            ("Who", &self.who),
            ("Version", &self.version),
            ("Created", &self.created),
            ("Path", &self.path),
        ];
        let members = fields.map(|(name, value)| format!("\"{name}\":{}", go_string(value)));
        format!("{{{}}}", members.join(","))
    }
}

/// A JSON string as Go's encoder writes it: `<`, `>`, `&` and the two line separators are escaped as well.
fn go_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{0}'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether an id may stand in a command to paste: a UUID or a number, as the tools make them.
#[must_use]
pub fn is_plain_id(id: &str) -> bool {
    let is_number = !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = id.split('-').collect();
    let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_number || is_uuid
}

#[cfg(test)]
mod tests {
    use super::{LockInfo, escaped, is_plain_id};

    const OBSERVED: &str = r#"{"ID":"40d2a3c4-0000-1111-2222-333344445555","Operation":"OperationTypeApply","Info":"","Who":"root@vm","Version":"1.11.4","Created":"2026-11-23T11:49:46.756847794Z","Path":"terraform.tfstate"}"#;

    #[test]
    fn the_bytes_are_those_that_terraform_writes() {
        let info = LockInfo::parse(OBSERVED.as_bytes()).unwrap();
        assert_eq!(info.who, "root@vm");
        assert_eq!(info.to_json(), OBSERVED);
        let odd = LockInfo { info: "a<b>&\"\\\n\u{1}\u{2028}é".to_owned(), ..LockInfo::default() };
        assert!(
            odd.to_json().contains(r#""Info":"a\u003cb\u003e\u0026\"\\\n\u0001\u2028é","#),
            "{}",
            odd.to_json()
        );
        assert_eq!(LockInfo::parse(odd.to_json().as_bytes()).unwrap(), odd);
    }

    #[test]
    fn members_that_we_do_not_know_are_ignored() {
        let info = LockInfo::parse(br#"{"ID":"1","More":{"a":[1]}}"#).unwrap();
        assert_eq!((info.id.as_str(), info.who.as_str()), ("1", ""));
        assert!(LockInfo::parse(b"[]").is_err());
    }

    #[test]
    fn texts_of_others_cannot_drive_a_terminal() {
        assert_eq!(escaped("a\u{1b}[2Jb\r\nc\u{202e}d"), r"a\u{1b}[2Jb\r\nc\u{202e}d");
        assert_eq!(escaped("Zoë <root@vm>"), "Zoë <root@vm>");
    }

    #[test]
    fn only_ids_that_tools_make_are_pasted() {
        for (id, plain) in [
            ("40d2a3c4-0000-1111-2222-333344445555", true),
            ("1732361386756847", true),
            ("", false),
            ("x; rm -rf /", false),
            ("40d2a3c4-0000-1111-2222-33334444555g", false),
            ("123456789012345678901", false),
        ] {
            assert_eq!(is_plain_id(id), plain, "{id}");
        }
    }
}
