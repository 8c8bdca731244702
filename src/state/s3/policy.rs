//! The policy of a bucket: the account's root may do everything, nobody may come without TLS. Pure.

use serde_json::{Map, Value, json};

const ROOT: &str = "RootAccess";
const TLS: &str = "EnforcedTLS";

/// What a bucket's policy must say.
#[derive(Clone, Debug)]
pub(super) struct Policy<'a> {
    pub bucket: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The account whose root has access; `None` if that is not wanted.
    pub root_of: Option<&'a str>,
    pub tls_only: bool,
}

impl Policy<'_> {
    /// The policy with what is missing; `None` when nothing is. Everything else in it stays.
    pub(super) fn completed(&self, present: Option<&str>) -> Option<String> {
        let present = present.and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
        let mut policy = present.unwrap_or_default();
        let mut statements = match policy.remove("Statement") {
            Some(Value::Array(statements)) => statements,
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => Vec::new(),
        };
        let before = statements.len();
        if self.tls_only && !statements.iter().any(forbids_plain) {
            statements.push(self.tls());
        }
        if let Some(account) = self.root_of.filter(|_| !statements.iter().any(|it| has_sid(it, ROOT))) {
            statements.push(self.root(account));
        }
        if statements.len() == before {
            return None;
        }
        policy.entry("Version").or_insert_with(|| json!("2012-10-17"));
        policy.insert("Statement".to_owned(), Value::Array(statements));
        Some(Value::Object(policy).to_string())
    }

    fn resources(&self) -> Value {
        let arn = format!("arn:{}:s3:::{}", self.partition, self.bucket);
        json!([arn, format!("{arn}/*")])
    }

    fn tls(&self) -> Value {
        json!({
            "Sid": TLS, "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "s3:*", "Resource": self.resources(),
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })
    }

    fn root(&self, account: &str) -> Value {
        let root = format!("arn:{}:iam::{account}:root", self.partition);
        json!({
            "Sid": ROOT, "Effect": "Allow", "Principal": { "AWS": [root] }, "Action": "s3:*",
            "Resource": self.resources(),
        })
    }
}

fn has_sid(statement: &Value, sid: &str) -> bool {
    statement["Sid"] == sid
}

fn forbids_plain(statement: &Value) -> bool {
    let transport = &statement["Condition"]["Bool"]["aws:SecureTransport"];
    has_sid(statement, TLS) || statement["Effect"] == "Deny" && (*transport == "false" || *transport == false)
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use serde_json::Value;

    const WANTED: Policy<'_> =
        Policy { bucket: "b", partition: "aws", root_of: Some("123456789012"), tls_only: true };

    fn sids(policy: &str) -> Vec<String> {
        let policy: Value = serde_json::from_str(policy).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        statements.iter().map(|it| it["Sid"].as_str().unwrap_or("?").to_owned()).collect()
    }

    #[test]
    fn what_is_missing_is_added_and_the_rest_stays() {
        let whole = WANTED.completed(None).unwrap();
        assert_eq!(sids(&whole), ["EnforcedTLS", "RootAccess"]);
        assert!(whole.contains("arn:aws:iam::123456789012:root") && whole.contains("arn:aws:s3:::b/*"));
        assert_eq!(WANTED.completed(Some(&whole)), None);
        let other = r#"{"Version":"2008-10-17","Statement":{"Sid":"Mine","Effect":"Allow"}}"#;
        let merged = WANTED.completed(Some(other)).unwrap();
        assert_eq!(sids(&merged), ["Mine", "EnforcedTLS", "RootAccess"]);
        assert!(merged.contains("2008-10-17"), "{merged}");
    }

    #[test]
    fn another_wording_of_tls_only_counts() {
        let other = r#"{"Statement":[{"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":false}}}]}"#;
        let merged = Policy { root_of: None, ..WANTED }.completed(Some(other));
        assert_eq!(merged, None);
    }
}
