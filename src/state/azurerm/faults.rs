//! What the service's refusals mean. Texts of the service are cut to their first line and cleaned; what it was sent
//! stands in none of them.

use crate::host::clock;
use crate::state::error::{StoreError, said};
use azure_core::Error;
use azure_core::error::ErrorKind;
use azure_core::http::RawResponse;
use azure_core::http::headers::HeaderName;
use std::time::Duration;

/// A signature is refused when the clocks differ by more.
const LEEWAY: Duration = Duration::from_secs(15 * 60);

/// A refusal in parts.
#[derive(Debug)]
pub struct Refusal<'a> {
    pub status: u16,
    /// `BlobNotFound`.
    pub code: &'a str,
    response: Option<&'a RawResponse>,
}

impl<'a> Refusal<'a> {
    /// `None` when the service did not answer at all.
    pub fn of(error: &'a Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::HttpResponse { status, error_code, raw_response } => Some(Self {
                status: u16::from(*status),
                code: error_code.as_deref().unwrap_or_default(),
                response: raw_response.as_deref(),
            }),
            _ => None,
        }
    }

    fn said(&self) -> String {
        let body =
            self.response.map(|response| String::from_utf8_lossy(response.body().as_ref()).into_owned());
        let message = body.as_deref().and_then(|body| between(body, "<Message>", "</Message>"));
        said(message.and_then(|message| message.lines().next()).unwrap_or(self.code))
    }

    /// What the service adds to a failed authentication.
    fn detail(&self) -> String {
        let body =
            self.response.map(|response| String::from_utf8_lossy(response.body().as_ref()).into_owned());
        let detail = body
            .as_deref()
            .and_then(|body| between(body, "<AuthenticationErrorDetail>", "</AuthenticationErrorDetail>"));
        detail.unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether the service's clock and ours are further apart than it allows.
    fn is_skewed(&self) -> bool {
        let date = self
            .response
            .and_then(|response| response.headers().get_optional_str(&HeaderName::from_static("date")));
        let Some(theirs) = date.and_then(clock::parse_http_date) else { return false };
        let ours = clock::now();
        let apart = ours.duration_since(theirs).or_else(|_| theirs.duration_since(ours));
        apart.is_ok_and(|apart| apart > LEEWAY)
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// A fault of a request about `place`.
pub fn store_error(error: &Error, place: &str) -> StoreError {
    let place = place.to_owned();
    if let Some(refusal) = Refusal::of(error) {
        return refused(&refusal, place);
    }
    match error.kind() {
        ErrorKind::Credential => credential(error, place),
        ErrorKind::Connection | ErrorKind::Io => {
            StoreError::Unavailable { place, said: said(&error.to_string()) }
        }
        // An answer that could not be read to its end or understood.
        ErrorKind::DataConversion => StoreError::Unavailable { place, said: said(&error.to_string()) },
        _ => StoreError::Refused { place, status: 0, said: said(&error.to_string()) },
    }
}

fn refused(refusal: &Refusal<'_>, place: String) -> StoreError {
    let (status, said) = (refusal.status, refusal.said());
    match (status, refusal.code) {
        (_, "ContainerNotFound" | "ContainerBeingDeleted" | "ContainerDisabled") => {
            StoreError::NoContainer { place, what: "container" }
        }
        (_, "AccountIsDisabled") => StoreError::Denied { place, said },
        (409, "BlobAlreadyExists") | (412, "ConditionNotMet" | "TargetConditionNotMet") => {
            StoreError::Changed { place }
        }
        (409 | 412, code) if code.starts_with("Lease") => {
            StoreError::Refused { place, status, said: format!("it is locked: {said}") }
        }
        (401 | 403, _) | (400, "InvalidAuthenticationInfo") => unauthorized(refusal, place, said),
        (408 | 429 | 500..=599, _) => {
            StoreError::Unavailable { place, said: format!("status {status}: {said}") }
        }
        _ => StoreError::Refused { place, status, said },
    }
}

fn unauthorized(refusal: &Refusal<'_>, place: String, said: String) -> StoreError {
    let detail = refusal.detail();
    let lapsed = ["expired", "lifetime validation", "specified time frame"];
    if lapsed.iter().any(|words| detail.contains(words) || said.contains(words)) {
        return StoreError::Expired { place, said };
    }
    match refusal.code {
        "AuthenticationFailed" if refusal.is_skewed() || detail.contains("request date header") => {
            StoreError::Skewed { place, said }
        }
        "NoAuthenticationInformation" => StoreError::NoCredentials { place, said },
        _ => StoreError::Denied { place, said },
    }
}

/// Nobody gave us a token: the cause says whether that may pass.
fn credential(error: &Error, place: String) -> StoreError {
    let text = said(&innermost_text(error));
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>());
    let passes = cause.is_some_and(|cause| match cause.kind() {
        ErrorKind::Connection | ErrorKind::Io => true,
        _ => Refusal::of(cause).is_some_and(|refusal| refusal.status == 429 || refusal.status >= 500),
    });
    if passes {
        return StoreError::Unavailable { place, said: text };
    }
    // Directory codes: an assertion out of its time, a secret past its end, a sign-in that must be repeated.
    let lapsed = ["AADSTS700024", "AADSTS7000222", "AADSTS700082", "AADSTS50173", "az login"];
    match lapsed.iter().any(|code| text.contains(code)) {
        true => StoreError::Expired { place, said: text },
        false => StoreError::NoCredentials { place, said: text },
    }
}

fn innermost_text(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let text = cause.unwrap_or_else(|| error.to_string());
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
}
