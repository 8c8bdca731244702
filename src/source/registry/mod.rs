//! The protocol of registries: which services a host has, which versions a module or provider has, and where a module lies.
//! Knows nothing of what is done with the answer.

mod tokens;
mod version;

pub use tokens::Helpers;

use super::address::RegistrySource;
use super::error::SourceError;
use super::http::{Answer, Client, Question, resolve_from, shown};
use crate::host::env::Env;
use crate::toolrc::RcBook;
use reqwest::Url;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use tokens::Tokens;

/// The registries that a run talks to; each is asked once for its services.
#[derive(Debug)]
pub(super) struct Registries {
    env: Env,
    tokens: Tokens,
    services: Mutex<HashMap<(String, Service), Url>>,
    versions: Mutex<HashMap<(String, String), Vec<String>>>,
}

/// What a host may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Service {
    Modules,
    Providers,
}

impl Service {
    /// As hosts announce it.
    fn name(self) -> &'static str {
        match self {
            Self::Modules => "modules.v1",
            Self::Providers => "providers.v1",
        }
    }

    /// A host that does not have it.
    fn missing(self, host: &str) -> SourceError {
        let host = host.to_owned();
        match self {
            Self::Modules => SourceError::NoRegistry { host },
            Self::Providers => SourceError::NoProviderRegistry { host },
        }
    }
}

/// The longest answer that is read.
const LONGEST: u64 = 8 << 20;

/// The host that a module without one comes from, for a tool of this name.
#[must_use]
pub fn default_host(env: &Env, tool: &str) -> String {
    let usual = if tool.contains("tofu") { "registry.opentofu.org" } else { "registry.terraform.io" };
    env.get_filled("TG_TF_DEFAULT_REGISTRY_HOST").unwrap_or(usual).to_owned()
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    location: String,
}

#[derive(Deserialize)]
struct Modules {
    #[serde(default)]
    modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Provider {
    /// `null` where there is none.
    #[serde(default)]
    versions: Option<Vec<Version>>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl Registries {
    pub fn new(env: Env, rc: Arc<RcBook>) -> Self {
        let tokens = Tokens::new(env.clone(), rc);
        Self { env, tokens, services: Mutex::default(), versions: Mutex::default() }
    }

    /// The same, whose user's helper runs or not.
    #[must_use]
    pub fn with_helpers(mut self, helpers: Helpers) -> Self {
        self.tokens.helpers = helpers;
        self
    }

    /// The settings of the tools.
    pub fn rc(&self) -> &Arc<RcBook> {
        &self.tokens.rc
    }

    /// The token that somebody has for a host which is no registry of modules.
    pub fn token_of_host(&self, host: &str) -> Option<String> {
        self.tokens.of_host(host)
    }

    /// What went wrong without doing harm, told once.
    pub fn take_notes(&self) -> Vec<String> {
        self.tokens.take_notes()
    }

    /// Where this version of a module lies: an address of any kind.
    pub fn locate(&self, client: &Client, source: &RegistrySource) -> Result<String, SourceError> {
        let version = match &source.version {
            Some(version) => version.clone(),
            None => self.newest(client, source)?,
        };
        let host = self.host(source);
        let url = self.module_url(client, source)?.join(&format!("{version}/download"));
        let url = url.map_err(|error| self.odd(source, &error.to_string()))?;
        let answer = self.ask(client, (&host, &url)).map_err(|error| match error {
            SourceError::Answered { status: 404, .. } => SourceError::NoSuchModule {
                module: source.module.clone(),
                version: Some(version.clone()),
                host: host.to_string(),
            },
            other => other,
        })?;
        let base = answer.url.clone();
        let location = match answer.header("x-terraform-get") {
            Some(location) => location.to_owned(),
            None => read_json::<Location>(answer).map_err(|said| self.odd(source, &said))?.location,
        };
        if location.is_empty() {
            return Err(self.odd(source, "the answer says nowhere where the module is"));
        }
        Ok(resolve_from(&base, &location))
    }

    /// The versions that a registry has of a module, in its order.
    pub fn versions(&self, client: &Client, source: &RegistrySource) -> Result<Vec<String>, SourceError> {
        let key = (self.host(source).into_owned(), source.module.clone());
        let known = || self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(versions) = known().get(&key) {
            return Ok(versions.clone());
        }
        let versions = self.ask_versions(client, source)?;
        known().insert(key, versions.clone());
        Ok(versions)
    }

    fn ask_versions(&self, client: &Client, source: &RegistrySource) -> Result<Vec<String>, SourceError> {
        let url = self.module_url(client, source)?.join("versions");
        let url = url.map_err(|error| self.odd(source, &error.to_string()))?;
        let answer = self.ask(client, (&self.host(source), &url)).map_err(|error| match error {
            SourceError::Answered { status: 404, .. } => self.no_such_module(source),
            other => other,
        })?;
        let modules: Modules = read_json(answer).map_err(|said| self.odd(source, &said))?;
        let versions = modules.modules.into_iter().flat_map(|module| module.versions);
        Ok(versions.map(|version| version.version).collect())
    }

    /// The versions that a registry has of a provider, `hashicorp/aws`, in its order.
    pub fn provider_versions(
        &self,
        client: &Client,
        (host, provider): (&str, &str),
    ) -> Result<Vec<String>, SourceError> {
        let base = self.service(client, host, Service::Providers)?;
        let url =
            base.join(&format!("{provider}/versions")).map_err(|error| odd(host, &error.to_string()))?;
        let none = || SourceError::NoSuchProvider { host: host.to_owned(), provider: provider.to_owned() };
        let answer = self.ask(client, (host, &url)).map_err(|error| match error {
            SourceError::Answered { status: 404, .. } => none(),
            other => other,
        })?;
        let provider: Provider = read_json(answer).map_err(|said| odd(host, &said))?;
        Ok(provider.versions.ok_or_else(none)?.into_iter().map(|version| version.version).collect())
    }

    fn newest(&self, client: &Client, source: &RegistrySource) -> Result<String, SourceError> {
        let versions = self.versions(client, source)?;
        version::newest(&versions).map(str::to_owned).ok_or_else(|| self.no_such_module(source))
    }

    /// A module that nobody settled on a registry comes from tofu's, as tofu is what is looked for first.
    fn host<'a>(&self, source: &'a RegistrySource) -> Cow<'a, str> {
        match &source.host {
            Some(host) => Cow::Borrowed(host),
            None => Cow::Owned(default_host(&self.env, "tofu")),
        }
    }

    /// Asks with the token of the host.
    pub fn ask(&self, client: &Client, (host, url): (&str, &Url)) -> Result<Answer, SourceError> {
        let question = Question { url: url.to_string(), bearer: self.token(host), ..Question::default() };
        client.get(&question)
    }

    fn token(&self, host: &str) -> Option<String> {
        if let Some(token) = self.env.get_filled("TG_TF_REGISTRY_TOKEN") {
            return Some(token.to_owned());
        }
        self.tokens.of_host(host)
    }

    /// Where the tools' settings say that a service is.
    fn said_of(&self, host: &str, service: Service) -> Option<String> {
        let settings = self.tokens.settings();
        settings.iter().find_map(|settings| settings.service(host, service.name()).map(str::to_owned))
    }

    /// `…/namespace/name/provider/` of the host's service.
    fn module_url(&self, client: &Client, source: &RegistrySource) -> Result<Url, SourceError> {
        let base = self.service(client, &self.host(source), Service::Modules)?;
        base.join(&format!("{}/", source.module)).map_err(|error| self.odd(source, &error.to_string()))
    }

    /// Where a service of a host is; its path ends with a slash.
    pub fn service(&self, client: &Client, host: &str, service: Service) -> Result<Url, SourceError> {
        let key = (host.to_owned(), service);
        let known = || self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = known().get(&key) {
            return Ok(url.clone());
        }
        let mut url = match self.said_of(host, service) {
            Some(url) => Url::parse(&url).map_err(|error| odd(host, &error.to_string()))?,
            None => self.discovered(client, host, service)?,
        };
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        known().insert(key, url.clone());
        Ok(url)
    }

    fn discovered(&self, client: &Client, host: &str, service: Service) -> Result<Url, SourceError> {
        let (base, services) = self.discover(client, host).map_err(|error| match error {
            SourceError::NoRegistry { .. } => service.missing(host),
            other => other,
        })?;
        let path = services.get(service.name()).and_then(serde_json::Value::as_str);
        let path = path.ok_or_else(|| service.missing(host))?;
        base.join(path).map_err(|error| odd(host, &error.to_string()))
    }

    /// Everything that a host says it offers, and what its addresses are relative to.
    pub fn discover(&self, client: &Client, host: &str) -> Result<(Url, serde_json::Value), SourceError> {
        let url = Url::parse(&format!("https://{host}/.well-known/terraform.json"));
        let url = url.map_err(|error| odd(host, &error.to_string()))?;
        let answer = self.ask(client, (host, &url)).map_err(|error| match error {
            SourceError::Answered { status: 404, .. } => SourceError::NoRegistry { host: host.to_owned() },
            other => other,
        })?;
        let base = answer.url.clone();
        Ok((base, read_json(answer).map_err(|said| odd(host, &said))?))
    }

    fn no_such_module(&self, source: &RegistrySource) -> SourceError {
        SourceError::NoSuchModule {
            module: source.module.clone(),
            version: source.version.clone(),
            host: self.host(source).into_owned(),
        }
    }

    fn odd(&self, source: &RegistrySource, said: &str) -> SourceError {
        odd(&self.host(source), said)
    }
}

fn odd(host: &str, said: &str) -> SourceError {
    SourceError::OddRegistry { host: host.to_owned(), said: said.to_owned() }
}

pub(super) fn read_json<T: for<'de> Deserialize<'de>>(answer: Answer) -> Result<T, String> {
    let address = shown(answer.url.as_str());
    let mut bytes = Vec::new();
    let read = answer.response.take(LONGEST).read_to_end(&mut bytes);
    read.map_err(|_| format!("the line to {address} broke"))?;
    serde_json::from_slice(&bytes).map_err(|_| format!("{address} does not speak the registry protocol"))
}

#[cfg(test)]
mod tests {
    use super::default_host;
    use crate::host::env::Env;

    #[test]
    fn a_module_without_host_comes_from_the_registry_of_the_tool() {
        let mut env = Env::default();
        assert_eq!(default_host(&env, "tofu"), "registry.opentofu.org");
        assert_eq!(default_host(&env, "terraform_1.5.7"), "registry.terraform.io");
        env.set("TG_TF_DEFAULT_REGISTRY_HOST", "mods.example");
        assert_eq!(default_host(&env, "tofu"), "mods.example");
    }
}
