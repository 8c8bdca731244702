//! What the files say together.

use super::decode::{FileSettings, Located, plain};
use super::hostname::normal_host;
use super::kinds::{Helper, Method};
use super::syntax::fault;
use crate::diag::Diagnostics;
use crate::host::env::Env;
use regex::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The variable that names the plugin cache.
pub const CACHE_VARIABLE: &str = "TF_PLUGIN_CACHE_DIR";
/// What variables with tokens begin with.
const TOKEN_PREFIX: &str = "TF_TOKEN_";

/// What the settings files of one tool say. Hosts are in their [normal form](normal_host).
#[derive(Clone, Default)]
pub struct RcSettings {
    /// Where packages come from; `None` where nothing is said of it. Without a method there are none.
    pub installation: Option<Vec<Method>>,
    pub helper: Option<Helper>,
    /// The files as one with the same meaning, secrets included; `None` where there is none such.
    pub text: Option<String>,
    plugin_cache_dir: Option<String>,
    tokens: BTreeMap<String, String>,
    hosts: BTreeMap<String, BTreeMap<String, String>>,
}

/// Says nothing that is secret.
impl std::fmt::Debug for RcSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RcSettings({:?}, {:?}, {} tokens)", self.installation, self.hosts, self.tokens.len())
    }
}

impl RcSettings {
    /// Puts files together as the tools do: of tokens and services the last one counts, of anything else the first.
    pub(super) fn of(files: &[Arc<FileSettings>]) -> (Self, Diagnostics) {
        let mut all = Self::default();
        let mut installations: Vec<&Located<Vec<Method>>> = Vec::new();
        let mut helpers: Vec<&Located<Helper>> = Vec::new();
        for file in files {
            all.tokens.extend(file.tokens.iter().cloned());
            all.hosts.extend(file.hosts.iter().cloned());
            installations.extend(&file.installations);
            // The same name again replaces what it said before.
            helpers.retain(|known| file.helpers.iter().all(|it| it.value.name != known.value.name));
            helpers.extend(&file.helpers);
        }
        all.plugin_cache_dir = files.iter().find_map(|file| file.plugin_cache_dir.clone());
        let mut faults = Diagnostics::new();
        all.installation = installations.first().map(|it| it.value.clone());
        if let [first, second, ..] = installations.as_slice() {
            let said = "terraform goes by the first `provider_installation` alone";
            faults.push(fault(second.span, said).label(first.span, "the first one").hint(ONE));
        }
        let other =
            helpers.iter().find(|it| helpers.first().is_some_and(|first| first.value.name != it.value.name));
        if let (Some(first), Some(second)) = (helpers.first(), other) {
            let said = "terraform runs no helper at all where there is more than one";
            faults.push(fault(second.span, said).label(first.span, "the first one").hint(ONE));
        }
        all.helper = helpers.last().filter(|_| other.is_none()).map(|it| it.value.clone());
        all.text = all.text_of(files).filter(|_| faults.is_empty());
        (all, faults)
    }

    /// In one file the last value counts, so the first one is said again at the end.
    fn text_of(&self, files: &[Arc<FileSettings>]) -> Option<String> {
        let mut text = String::new();
        for file in files {
            text.push_str(file.text.as_ref()?);
            text.push('\n');
        }
        if let Some(cache) = self.plugin_cache_dir.as_ref().filter(|_| files.len() > 1) {
            text.push_str(&format!("plugin_cache_dir = \"{}\"\n", plain(cache)?));
        }
        if files.len() > 1 && files.iter().any(|file| file.may_break_lock_file) {
            text.push_str("plugin_cache_may_break_dependency_lock_file = true\n");
        }
        Some(text)
    }

    /// The token that the files have for a host; one for a host without a port stands for every port.
    #[must_use]
    pub fn token(&self, host: &str) -> Option<&str> {
        spellings(host).find_map(|host| self.tokens.get(&host)).map(String::as_str)
    }

    /// Where the files say that a service of a host is.
    #[must_use]
    pub fn service(&self, host: &str, name: &str) -> Option<&str> {
        self.hosts.get(&normal_host(host)?)?.get(name).map(String::as_str)
    }

    /// Whether the files say what a host offers.
    #[must_use]
    pub fn describes(&self, host: &str) -> bool {
        normal_host(host).is_some_and(|host| self.hosts.contains_key(&host))
    }

    /// The plugin cache that the user set, in the environment or in a file; relative paths start from where the tool runs.
    #[must_use]
    pub fn plugin_cache(&self, env: &Env, working_dir: &Path) -> Option<PathBuf> {
        let of_files =
            || self.plugin_cache_dir.as_ref().map(|dir| expanded(dir, env)).filter(|dir| !dir.is_empty());
        let set = env.get_filled(CACHE_VARIABLE).map(str::to_owned);
        set.or_else(of_files).map(|dir| working_dir.join(dir))
    }
}

const ONE: &str = "keep one of them";

/// The tools put in variables of the environment here: `$HOME` and `${HOME}`.
fn expanded(text: &str, env: &Env) -> String {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let regex = PATTERN.get_or_init(|| Regex::new(r"\$(?:\{(\w+)\}|(\w+))").ok());
    let Some(regex) = regex else { return text.to_owned() };
    let value = |found: &regex::Captures<'_>| {
        let name = found.get(1).or(found.get(2)).map_or("", |name| name.as_str());
        env.get(name).unwrap_or_default().to_owned()
    };
    regex.replace_all(text, value).into_owned()
}

/// `TF_TOKEN_registry_example_com`: dots become `_`, dashes `__`; letters of other alphabets stand for themselves or are
/// written in punycode. One without a port stands for every port.
#[must_use]
pub fn token_of_env(env: &Env, host: &str) -> Option<String> {
    let tokens = env.iter().filter_map(|(key, value)| {
        let spelled = key.to_str()?.strip_prefix(TOKEN_PREFIX)?.replace("__", "-").replace('_', ".");
        Some((normal_host(&spelled)?, value.to_str().filter(|token| !token.is_empty())?))
    });
    let tokens: BTreeMap<String, &str> = tokens.collect();
    spellings(host).find_map(|host| tokens.get(&host).map(|token| (*token).to_owned()))
}

/// The forms under which a token of a host may be kept: names of variables have no colon.
fn spellings(host: &str) -> impl Iterator<Item = String> {
    let whole = normal_host(host);
    let bare = whole.as_ref().and_then(|host| host.split_once(':')).map(|(name, _)| name.to_owned());
    whole.into_iter().chain(bare)
}

#[cfg(test)]
mod tests {
    use super::token_of_env;
    use crate::host::env::Env;

    #[test]
    fn a_variable_spells_its_host_in_letters_that_shells_know() {
        let mut env = Env::default();
        env.set("TF_TOKEN_my__registry_example_com", "one");
        env.set("TF_TOKEN_Plain", "two");
        env.set("TF_TOKEN_with-dash.example", "three");
        env.set("TF_TOKEN_xn____bcher__kva_example", "four");
        env.set("TF_TOKEN_café_example", "five");
        env.set("TF_TOKEN_port_example:8443", "six");
        env.set("TF_TOKEN_empty", "");
        for (host, want) in [
            ("my-registry.example.com", Some("one")),
            ("My-Registry.example.com:443", Some("one")),
            ("my-registry.example.com:8443", Some("one")),
            ("plain", Some("two")),
            ("with-dash.example", Some("three")),
            ("bücher.example", Some("four")),
            ("xn--bcher-kva.example", Some("four")),
            ("xn--caf-dma.example", Some("five")),
            ("CAFÉ.example", Some("five")),
            ("port.example:8443", Some("six")),
            ("port.example", None),
            ("empty", None),
            ("other", None),
        ] {
            assert_eq!(token_of_env(&env, host).as_deref(), want, "{host}");
        }
    }
}
