//! The protocol of module registries: which service a host has, which versions a module has, and where one lies.
//! Knows nothing of what is done with the answer.

mod cli_config;
mod version;

use super::address::RegistrySource;
use super::error::SourceError;
use super::http::{Answer, Client, Question, resolve_from, shown};
use crate::host::env::Env;
use cli_config::CliConfig;
use reqwest::Url;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The registries that a run talks to; each is asked once for its services.
#[derive(Debug)]
pub(super) struct Registries {
    env: Env,
    config: OnceLock<CliConfig>,
    services: Mutex<HashMap<(String, &'static str), Url>>,
    versions: Mutex<HashMap<(String, String), Vec<String>>>,
}

/// The service that modules come from, and the one that providers come from.
const MODULES: &str = "modules.v1";
pub(super) const PROVIDERS: &str = "providers.v1";

/// The longest answer that is read.
const LONGEST: u64 = 8 << 20;

/// The host that a module without one comes from, for a tool of this name.
#[must_use]
pub fn default_host(env: &Env, tool: &str) -> String {
    let usual = if tool.contains("tofu") { "registry.opentofu.org" } else { "registry.terraform.io" };
    env.get_filled("TG_TF_DEFAULT_REGISTRY_HOST").unwrap_or(usual).to_owned()
}

/// The token that the environment or the tools' own settings have for a host.
#[must_use]
pub fn token_of_host(env: &Env, host: &str) -> Option<String> {
    cli_config::token_of_env(env, host).or_else(|| CliConfig::load(env).token(host).map(str::to_owned))
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
struct Version {
    version: String,
}

impl Registries {
    pub fn new(env: Env) -> Self {
        Self { env, config: OnceLock::new(), services: Mutex::default(), versions: Mutex::default() }
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
        cli_config::token_of_env(&self.env, host).or_else(|| self.config().token(host).map(str::to_owned))
    }

    fn config(&self) -> &CliConfig {
        self.config.get_or_init(|| CliConfig::load(&self.env))
    }

    /// `…/namespace/name/provider/` of the host's service.
    fn module_url(&self, client: &Client, source: &RegistrySource) -> Result<Url, SourceError> {
        let base = self.service(client, (&self.host(source), MODULES))?;
        base.join(&format!("{}/", source.module)).map_err(|error| self.odd(source, &error.to_string()))
    }

    /// Where a service of a host is; its path ends with a slash.
    pub fn service(&self, client: &Client, (host, name): (&str, &'static str)) -> Result<Url, SourceError> {
        let known = || self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = known().get(&(host.to_owned(), name)) {
            return Ok(url.clone());
        }
        let mut url = match self.config().service(host, name) {
            Some(url) => Url::parse(url).map_err(|error| odd(host, &error.to_string()))?,
            None => {
                let (base, services) = self.discover(client, host)?;
                let service = services.get(name).and_then(serde_json::Value::as_str);
                let service = service.ok_or_else(|| SourceError::NoRegistry { host: host.to_owned() })?;
                base.join(service).map_err(|error| odd(host, &error.to_string()))?
            }
        };
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        known().insert((host.to_owned(), name), url.clone());
        Ok(url)
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
