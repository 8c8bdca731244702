//! Packages of providers, as far as they come over http(s): what a registry offers, what it answers, and files. Knows no
//! lock file and vouches for nothing.

use super::Fetcher;
use super::error::SourceError;
use super::http::{Question, save_plainly, shown};
use super::registry::{PROVIDERS, read_json};
use reqwest::Url;
use std::io::Read;
use std::path::Path;

/// The longest answer that is passed on.
const LONGEST: u64 = 32 << 20;

/// An answer of a registry, and where it came from in the end.
#[derive(Clone, Debug)]
pub struct Said {
    pub url: Url,
    pub body: Vec<u8>,
}

impl Fetcher {
    /// Where a host's registry of providers is. Blocks.
    ///
    /// # Errors
    /// When the host has none, or does not say.
    pub fn provider_registry(&self, host: &str) -> Result<Url, SourceError> {
        self.registries.service(&self.client, (host, PROVIDERS))
    }

    /// Everything that a host offers, and what its addresses are relative to. Blocks.
    ///
    /// # Errors
    /// When the host does not say.
    pub fn services(&self, host: &str) -> Result<(Url, serde_json::Value), SourceError> {
        self.registries.discover(&self.client, host)
    }

    /// What a registry or a mirror answers, asked with the token that its host has. Blocks.
    ///
    /// # Errors
    /// When there is no answer, or one that is no success.
    pub fn ask_as_host(&self, host: &str, url: &Url) -> Result<serde_json::Value, SourceError> {
        let answer = self.registries.ask(&self.client, (host, url))?;
        read_json(answer).map_err(|said| SourceError::OddRegistry { host: host.to_owned(), said })
    }

    /// What an address answers to somebody else, whose token this is. Blocks.
    ///
    /// # Errors
    /// When there is no answer, or one that is no success.
    pub fn ask_for(&self, url: &Url, bearer: Option<String>) -> Result<Said, SourceError> {
        let question = Question { url: url.to_string(), bearer, ..Question::default() };
        let answer = self.client.get(&question)?;
        let (url, mut body) = (answer.url.clone(), Vec::new());
        answer.response.take(LONGEST).read_to_end(&mut body).map_err(|error| SourceError::Unanswered {
            address: shown(url.as_str()),
            said: error.to_string(),
        })?;
        Ok(Said { url, body })
    }

    /// Writes what an address gives to a file, as it is. Blocks.
    ///
    /// # Errors
    /// When it is not given, or cannot be written.
    pub fn save(&self, url: &Url, path: &Path) -> Result<(), SourceError> {
        save_plainly(&self.client, &Question { url: url.to_string(), ..Question::default() }, path)
    }
}
