//! A text that must appear nowhere: no log, no message, no `Debug`.

use reqwest::header::HeaderValue;
use serde::Deserialize;
use std::fmt::{Debug, Formatter};

#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// As a header's value that nobody shows; `None` if no header may be so.
    #[must_use]
    pub fn header(&self, scheme: &str) -> Option<HeaderValue> {
        let mut header = HeaderValue::from_str(&format!("{scheme}{}", self.0)).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
