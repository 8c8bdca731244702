//! Answers of the small services that give credentials in JSON.

use super::fault::{Fault, Meaning};
use crate::host::clock;
use crate::host::http::innermost;
use aws_credential_types::Credentials;
use reqwest::RequestBuilder;
use serde_json::Value as Json;

/// What credentials of ours say about their origin.
pub(super) const PROVIDER: &str = "terrace";

/// One answer, whole. What it says on success is a secret.
pub(super) struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub(super) async fn to(request: RequestBuilder) -> Result<Self, Fault> {
        let unreachable =
            |error: reqwest::Error| Fault::new(Meaning::Unavailable, innermost(&error.without_url()));
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        Ok(Self { status, text: answer.text().await.map_err(unreachable)? })
    }

    pub(super) fn json(&self, who: &str) -> Result<Json, Fault> {
        let no_json = |_| Fault::new(Meaning::Unavailable, format!("{who} answers without JSON"));
        serde_json::from_str(&self.text).map_err(no_json)
    }

    /// What a refusal says of itself.
    pub(super) fn said(&self) -> String {
        let json: Json = serde_json::from_str(&self.text).unwrap_or_default();
        let names = ["error_description", "message", "Message", "error", "code", "Code"];
        let said = names.iter().find_map(|name| text_of(&json, name));
        said.unwrap_or_else(|| format!("status {}", self.status))
    }

    pub(super) fn fault(&self, who: &str) -> Fault {
        let passes = matches!(self.status, 408 | 429 | 500..);
        let meaning = if passes { Meaning::Unavailable } else { Meaning::NoCredentials };
        Fault { status: self.status, ..Fault::new(meaning, format!("{who} refuses: {}", self.said())) }
    }
}

/// A text that is there and says something.
pub(super) fn text_of(json: &Json, name: &str) -> Option<String> {
    json[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Credentials as machines and programs write them; their session's token has several names.
pub(super) fn credentials(json: &Json, token: &str, who: &str) -> Result<Credentials, Fault> {
    let parts = ["AccessKeyId", "SecretAccessKey", token].map(|name| text_of(json, name));
    let [Some(id), Some(secret), token] = parts else {
        return Err(Fault::new(Meaning::NoCredentials, format!("{who} gives no credentials")));
    };
    let end = text_of(json, "Expiration");
    let unread =
        || Fault::new(Meaning::NoCredentials, format!("{who} gives an `Expiration` that is no time"));
    let end = end.map(|text| clock::parse_rfc3339(&text).ok_or_else(unread)).transpose()?;
    if end.is_some_and(|end| end <= clock::now()) {
        return Err(Fault::new(Meaning::Expired, format!("{who} gives credentials whose time is over")));
    }
    Ok(Credentials::new(id, secret, token, end, PROVIDER))
}
