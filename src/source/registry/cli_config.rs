//! The part of terraform's own settings that concerns registries: tokens, and services that a host is said to have.
//! A file that cannot be read is passed over here; terraform itself complains about it.

use crate::diag::SourceMap;
use crate::hcl::ast::{Body, ExprKind, ObjectItem, ObjectKey};
use crate::hcl::parse::parse_body;
use crate::host::env::{self, Env};
use crate::host::fs;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What the files say, by host in lower case.
#[derive(Default)]
pub(super) struct CliConfig {
    tokens: HashMap<String, String>,
    /// By host, then by the service's name.
    services: HashMap<String, HashMap<String, String>>,
}

/// Says nothing of the tokens.
impl std::fmt::Debug for CliConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CliConfig({} tokens, {:?})", self.tokens.len(), self.services)
    }
}

impl CliConfig {
    pub fn load(env: &Env) -> Self {
        let mut config = Self::default();
        for file in files(env) {
            let Ok(text) = fs::read_text(&file) else { continue };
            if file.extension().is_some_and(|ending| ending == "json") {
                config.take_json(&text);
            } else {
                config.take_hcl(&text, &file);
            }
        }
        config
    }

    pub fn token(&self, host: &str) -> Option<&str> {
        of_host(&self.tokens, host).map(String::as_str)
    }

    pub fn service(&self, host: &str, name: &str) -> Option<&str> {
        of_host(&self.services, host)?.get(name).map(String::as_str)
    }

    fn take_hcl(&mut self, text: &str, path: &Path) {
        let file = SourceMap::default().add(path, text.into());
        let Some(body) = parse_body(text, file).0 else { return };
        for (host, token) in labelled(&body, "credentials", |body| string_of(body, "token")) {
            self.tokens.insert(host, token);
        }
        for (host, services) in labelled(&body, "host", services_of) {
            self.services.entry(host).or_default().extend(services);
        }
    }

    fn take_json(&mut self, text: &str) {
        let Ok(json) = serde_json::from_str::<Json>(text) else { return };
        let mut each = |kind: &str, take: &mut dyn FnMut(&mut Self, String, &Json)| {
            for (host, value) in json.get(kind).and_then(Json::as_object).into_iter().flatten() {
                take(self, host.to_ascii_lowercase(), value);
            }
        };
        each("credentials", &mut |config, host, value| {
            if let Some(token) = value.get("token").and_then(Json::as_str) {
                config.tokens.insert(host, token.to_owned());
            }
        });
        each("host", &mut |config, host, value| {
            let services = value.get("services").and_then(Json::as_object).into_iter().flatten();
            let urls = services.filter_map(|(name, url)| Some((name.clone(), url.as_str()?.to_owned())));
            config.services.entry(host).or_default().extend(urls);
        });
    }
}

/// What there is for a host; a host without a port stands for every port.
fn of_host<'a, T>(table: &'a HashMap<String, T>, host: &str) -> Option<&'a T> {
    let host = host.to_ascii_lowercase();
    let without_port = host.split(':').next().unwrap_or_default();
    table.get(&host).or_else(|| table.get(without_port))
}

/// What is found in each block of this kind that has a label.
fn labelled<T>(body: &Body, kind: &str, find: impl Fn(&Body) -> Option<T>) -> Vec<(String, T)> {
    let blocks = body.blocks_of(kind);
    let found = blocks
        .filter_map(|block| Some((block.labels.first()?.name.to_ascii_lowercase(), find(&block.body)?)));
    found.collect()
}

fn string_of(body: &Body, name: &str) -> Option<String> {
    body.find_attribute(name)?.expr.as_text().map(str::to_owned)
}

/// `services = { "modules.v1" = "https://…" }`, or the same as a block.
fn services_of(body: &Body) -> Option<Vec<(String, String)>> {
    let services = body.find_attribute("services")?;
    let ExprKind::Object(items) = &services.expr.kind else { return None };
    Some(items.iter().filter_map(|item| Some((key_of(item)?, item.value.as_text()?.to_owned()))).collect())
}

fn key_of(item: &ObjectItem) -> Option<String> {
    match &item.key {
        ObjectKey::Bare(name) => Some(name.name.to_string()),
        ObjectKey::Expr(expr) => expr.as_text().map(str::to_owned),
    }
}

/// The settings' files, those of the user's own tools included; later ones win.
fn files(env: &Env) -> Vec<PathBuf> {
    let home = env.home_dir();
    let in_home = |name: &str| home.iter().map(|home| home.join(name)).collect::<Vec<_>>();
    let mut files = Vec::new();
    for folder in in_home(".terraform.d") {
        let entries = fs::list_dir(&folder).unwrap_or_default();
        let names = entries.into_iter().map(|(name, _)| folder.join(name));
        let is_config = |path: &PathBuf| {
            let name = path.to_string_lossy();
            name.ends_with(".tfrc") || name.ends_with(".tfrc.json")
        };
        files.extend(names.filter(is_config));
        files.sort();
    }
    let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].iter().find_map(|name| env.get_filled(name));
    match named {
        Some(named) => files.push(env::current_dir().map(|cwd| cwd.join(named)).unwrap_or(named.into())),
        None => files.extend([in_home(".tofurc"), in_home(".terraformrc")].concat()),
    }
    files
}

/// `TF_TOKEN_registry_example_com`: dots become `_`, dashes `__`; a host's own spelling holds, too.
pub(super) fn token_of_env(env: &Env, host: &str) -> Option<String> {
    let name = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let found = env.iter().find_map(|(key, value)| {
        let spelled = key.to_str()?.strip_prefix("TF_TOKEN_")?.to_ascii_lowercase();
        let plain = spelled.replace("__", "-").replace('_', ".");
        (spelled == name || plain == name).then(|| value.to_str()).flatten()
    });
    found.filter(|token| !token.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{CliConfig, token_of_env};
    use crate::host::env::Env;
    use std::path::Path;

    #[test]
    fn tokens_and_services_are_read_from_both_syntaxes() {
        let mut config = CliConfig::default();
        config.take_hcl(
            "credentials \"A.example\" {\n  token = \"t1\"\n}\nhost \"b\" {\n  services = {\n    \"modules.v1\" = \"http://127.0.0.1/m/\"\n    \"providers.v1\" = \"http://127.0.0.1/p/\"\n  }\n}\n",
            Path::new("rc"),
        );
        config.take_json(
            r#"{"credentials": {"c": {"token": "t2"}}, "host": {"d": {"services": {"modules.v1": "u"}}}}"#,
        );
        assert_eq!(
            (config.token("a.EXAMPLE"), config.token("c"), config.token("b")),
            (Some("t1"), Some("t2"), None)
        );
        let modules = |host| config.service(host, "modules.v1");
        assert_eq!((modules("b"), modules("d")), (Some("http://127.0.0.1/m/"), Some("u")));
        let providers = |host| config.service(host, "providers.v1");
        assert_eq!((providers("b"), providers("d")), (Some("http://127.0.0.1/p/"), None));
        assert!(!format!("{config:?}").contains("t1"));
    }

    #[test]
    fn a_variable_spells_its_host_in_letters_that_shells_know() {
        let mut env = Env::default();
        env.set("TF_TOKEN_my__registry_example_com", "one");
        env.set("TF_TOKEN_Plain", "two");
        for (host, want) in [
            ("my-registry.example.com", Some("one")),
            ("My-Registry.example.com:8443", Some("one")),
            ("plain", Some("two")),
            ("other", None),
        ] {
            assert_eq!(token_of_env(&env, host).as_deref(), want, "{host}");
        }
    }
}
