//! A cloud's fault as a store's.

use crate::cloud::aws::{Fault, Meaning};
use crate::state::error::{StoreError, said};

/// At a place for people.
pub(super) fn at(place: impl Into<String>, fault: &Fault) -> StoreError {
    let (place, said) = (place.into(), said(&fault.said));
    match fault.meaning {
        Meaning::NoContainer => StoreError::NoContainer { place, what: "bucket or table" },
        Meaning::Denied if is_of_keys(&fault.code) => {
            let said = format!("these credentials are not accepted, look where they come from: {said}");
            StoreError::Denied { place, said }
        }
        Meaning::Denied => StoreError::Denied { place, said },
        Meaning::NoCredentials => StoreError::NoCredentials { place, said },
        Meaning::Expired => StoreError::Expired { place, said },
        Meaning::WrongRegion => StoreError::WrongRegion { place, said },
        Meaning::Skewed => StoreError::Skewed { place, said },
        Meaning::Changed => StoreError::Changed { place },
        Meaning::Incapable => StoreError::Incapable { place, what: "do what was asked of it" },
        Meaning::Unavailable => StoreError::Unavailable { place, said },
        Meaning::NotFound | Meaning::Exists | Meaning::Refused => {
            StoreError::Refused { place, status: fault.status, said }
        }
    }
}

/// Whether the keys themselves are wrong, not what they may do.
fn is_of_keys(code: &str) -> bool {
    let codes = [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidClientTokenId",
        "InvalidToken",
        "UnrecognizedClientException",
    ];
    codes.contains(&code)
}
