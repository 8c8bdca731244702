//! What an answer of the store means. Pure but for taking an answer off the line.

use crate::host::clock::parse_http_date;
use crate::host::http;
use crate::state::error::{StoreError, said};
use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::SystemTime;

/// No refusal says more.
const LONGEST_REFUSAL: usize = 1 << 16;

/// A refusal, read.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    /// One word of the store's.
    reason: String,
    /// For people, cleaned.
    said: String,
}

impl Refusal {
    /// Takes what there is of it off the line.
    pub async fn read(mut response: Response) -> Self {
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        while let Ok(Some(piece)) = response.chunk().await {
            body.extend_from_slice(&piece);
            if body.len() > LONGEST_REFUSAL {
                break;
            }
        }
        Self::parse(status, &String::from_utf8_lossy(&body))
    }

    fn parse(status: u16, body: &str) -> Self {
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let error = json.get("error").unwrap_or(&Value::Null);
        let reason = error.get("errors").and_then(|errors| errors.get(0)?.get("reason")?.as_str());
        let message = error.get("message").and_then(Value::as_str);
        Self {
            status,
            reason: reason.unwrap_or_default().to_owned(),
            said: said(message.unwrap_or(if json.is_null() { body } else { "" })),
        }
    }

    /// Whether it is the bucket that is missing; `None` when the store does not say.
    #[must_use]
    pub fn is_of_bucket(&self) -> Option<bool> {
        if self.said.contains("bucket does not exist") {
            return Some(true);
        }
        self.said.contains("No such object").then_some(false)
    }

    /// The meaning of every refusal that is not a missing object.
    #[must_use]
    pub fn meaning(self, place: String) -> StoreError {
        let Self { status, reason, said } = self;
        match status {
            401 if said.contains("Anonymous caller") => StoreError::NoCredentials { place, said },
            401 => StoreError::Expired { place, said },
            403 if reason.to_ascii_lowercase().contains("ratelimit") => {
                StoreError::Unavailable { place, said }
            }
            403 if reason.to_ascii_lowercase().contains("skewed") => StoreError::Skewed { place, said },
            403 => StoreError::Denied { place, said },
            404 => StoreError::NoContainer { place, what: "bucket" },
            409 | 412 => StoreError::Changed { place },
            408 | 429 | 500.. => StoreError::Unavailable { place, said: format!("status {status}: {said}") },
            _ => StoreError::Refused { place, status, said },
        }
    }
}

/// A line that broke, or an address that nobody answers at.
#[must_use]
pub fn broken(place: String, error: &reqwest::Error) -> StoreError {
    let cause = if error.is_timeout() { "it takes too long".to_owned() } else { http::innermost(error) };
    let said = said(&cause);
    if error.is_builder() {
        return StoreError::Refused { place, status: 0, said };
    }
    StoreError::Unavailable { place, said }
}

/// A header that names an instant.
#[must_use]
pub fn instant(headers: &HeaderMap, name: &str) -> Option<SystemTime> {
    parse_http_date(headers.get(name)?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::state::error::StoreError;

    fn meaning(status: u16, body: &str) -> StoreError {
        Refusal::parse(status, body).meaning("gs://b/k".to_owned())
    }

    #[test]
    fn refusals_have_a_meaning() {
        let limit = r#"{"error":{"code":403,"message":"slow","errors":[{"reason":"rateLimitExceeded"}]}}"#;
        assert!(matches!(meaning(403, limit), StoreError::Unavailable { .. }));
        let skew = r#"{"error":{"message":"clock","errors":[{"reason":"requestTimeTooSkewed"}]}}"#;
        assert!(matches!(meaning(403, skew), StoreError::Skewed { .. }));
        assert!(matches!(meaning(403, "no"), StoreError::Denied { .. }));
        let anonymous =
            r#"{"error":{"message":"Anonymous caller does not have storage.objects.get access"}}"#;
        assert!(matches!(meaning(401, anonymous), StoreError::NoCredentials { .. }));
        assert!(matches!(meaning(401, "x"), StoreError::Expired { .. }));
        assert!(matches!(meaning(412, ""), StoreError::Changed { .. }));
        for status in [408, 429, 500, 503] {
            assert!(meaning(status, "").may_pass(), "{status}");
        }
        assert!(matches!(meaning(400, "x"), StoreError::Refused { status: 400, .. }));
    }

    #[test]
    fn texts_of_the_store_are_cleaned() {
        let refusal = Refusal::parse(400, "a\u{1b}[31m\nb");
        assert!(!refusal.said.contains('\u{1b}') && !refusal.said.contains('\n'), "{}", refusal.said);
    }

    #[test]
    fn a_missing_bucket_is_told_from_a_missing_object() {
        let of = |text: &str| Refusal::parse(404, text).is_of_bucket();
        assert_eq!(of(r#"{"error":{"message":"The specified bucket does not exist."}}"#), Some(true));
        assert_eq!(of("No such object: b/k"), Some(false));
        assert_eq!(of("Not Found"), None);
    }
}
