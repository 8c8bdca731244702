//! A text that must not be shown: nothing that prints it for debugging, no header that a client logs, says it.

use reqwest::header::{HeaderValue, InvalidHeaderValue};
use serde::Deserialize;
use std::fmt::{Debug, Formatter};

#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// For the request that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// # Errors
    /// When it has characters that no header may have.
    pub fn header(&self, scheme: &str) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut header = HeaderValue::from_str(&format!("{scheme}{}", self.0))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
