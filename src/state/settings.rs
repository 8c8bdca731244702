//! The settings of a backend as a driver reads them: each is asked for by name, from the configuration first and then
//! from the environment, and what nobody asked for at the end is a setting that we do not have. Never silence.

use crate::hcl::convert::convert;
use crate::hcl::{Data, Type, Value};
use crate::host::env::Env;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a backend cannot be opened by us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// We have no driver for it; terraform has to be asked.
    #[error("there is no driver for the backend `{backend}`")]
    NoDriver { backend: String },
    /// We do not honour it, so only terraform itself may act on this backend.
    #[error("the setting `{setting}` of the backend `{backend}` is known to terraform alone")]
    Unsupported { backend: String, setting: String },
    #[error("the backend `{backend}` needs the setting `{setting}`")]
    Missing { backend: String, setting: String },
    #[error("the setting `{setting}` of the backend `{backend}` {fault}")]
    Malformed { backend: String, setting: String, fault: String },
    /// The machine, not the settings.
    #[error("the backend `{backend}` cannot be asked: {said}")]
    Machine { backend: String, said: String },
}

impl OpenError {
    /// Whether terraform may still be able to do it.
    #[must_use]
    pub fn is_for_terraform(&self) -> bool {
        matches!(self, Self::NoDriver { .. } | Self::Unsupported { .. })
    }
}

/// What a unit says about its state: everything that a driver needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Backend {
    /// `s3`, `azurerm`, `gcs`, `local`.
    pub kind: String,
    /// The object of settings, wholly known.
    pub config: Value,
    /// The environment that terraform gets in this unit.
    pub env: Env,
    /// `default` unless one was selected.
    pub workspace: String,
    /// What relative paths start from: terraform's working directory.
    pub dir: PathBuf,
}

impl Backend {
    /// # Errors
    /// When the configuration is no object.
    pub fn settings(&self) -> Result<Settings<'_>, OpenError> {
        match self.config.entries() {
            Some(entries) => {
                Ok(Settings { backend: self, entries, scope: String::new(), asked: BTreeSet::new() })
            }
            None => Err(OpenError::Malformed {
                backend: self.kind.clone(),
                setting: "config".to_owned(),
                fault: "is no map".to_owned(),
            }),
        }
    }
}

/// Settings that are being read, at the top or in a block of them.
#[derive(Debug)]
pub struct Settings<'a> {
    backend: &'a Backend,
    entries: &'a BTreeMap<Arc<str>, Value>,
    /// `assume_role.` in that block.
    scope: String,
    asked: BTreeSet<String>,
}

impl<'a> Settings<'a> {
    #[must_use]
    pub fn env(&self) -> &'a Env {
        &self.backend.env
    }

    #[must_use]
    pub fn workspace(&self) -> &'a str {
        &self.backend.workspace
    }

    /// A path as terraform reads it: from the working directory, `~` being the user's folder.
    #[must_use]
    pub fn path(&self, text: &str) -> PathBuf {
        let home = text.strip_prefix("~/").and_then(|rest| Some(self.backend.env.home_dir()?.join(rest)));
        home.unwrap_or_else(|| self.backend.dir.join(Path::new(text)))
    }

    /// A setting that is there and not null.
    pub fn find(&mut self, name: &str) -> Option<&'a Value> {
        self.asked.insert(name.to_owned());
        self.entries.get(name).filter(|value| !value.is_null())
    }

    /// A text, numbers and truth values taken as one; an empty text counts as unset, as in terraform.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, OpenError> {
        let Some(value) = self.find(name) else { return Ok(None) };
        match convert(value, &Type::String) {
            Ok(Value { data: Data::String(text), .. }) => {
                Ok(Some(text.to_string()).filter(|text| !text.is_empty()))
            }
            _ => Err(self.malformed(name, "is no text")),
        }
    }

    /// The same, then the first filled variable of the environment.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text_or_env(&mut self, name: &str, variables: &[&str]) -> Result<Option<String>, OpenError> {
        let set = self.text(name)?;
        let of_env = || variables.iter().find_map(|name| self.env().get_filled(name)).map(str::to_owned);
        Ok(set.or_else(of_env))
    }

    /// # Errors
    /// When it is missing or no text.
    pub fn required(&mut self, name: &str) -> Result<String, OpenError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A truth value, `"true"` being one too.
    ///
    /// # Errors
    /// When it is something else.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, OpenError> {
        let Some(value) = self.find(name) else { return Ok(None) };
        match convert(value, &Type::Bool) {
            Ok(Value { data: Data::Bool(flag), .. }) => Ok(Some(flag)),
            _ => Err(self.malformed(name, "is neither true nor false")),
        }
    }

    /// The same, then a variable of the environment.
    ///
    /// # Errors
    /// When it is something else.
    pub fn flag_or_env(&mut self, name: &str, variable: &str) -> Result<Option<bool>, OpenError> {
        if let Some(flag) = self.flag(name)? {
            return Ok(Some(flag));
        }
        match self.env().get_filled(variable).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "t") => Ok(Some(true)),
            Some("false" | "0" | "f") => Ok(Some(false)),
            Some(_) => Err(self.malformed(name, &format!("is neither true nor false in {variable}"))),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&mut self, name: &str) -> Result<Option<u64>, OpenError> {
        let text = self.text(name)?;
        let parsed = text.map(|text| text.parse().map_err(|_| self.malformed(name, "is no whole number")));
        parsed.transpose()
    }

    /// Several texts.
    ///
    /// # Errors
    /// When it is something else.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, OpenError> {
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let items = value.items().ok_or_else(|| self.malformed(name, "is no list"))?;
        let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        texts.ok_or_else(|| self.malformed(name, "holds something else than texts"))
    }

    /// Texts by name.
    ///
    /// # Errors
    /// When it is something else.
    pub fn map(&mut self, name: &str) -> Result<BTreeMap<String, String>, OpenError> {
        let Some(value) = self.find(name) else { return Ok(BTreeMap::new()) };
        let entries = value.entries().ok_or_else(|| self.malformed(name, "is no map"))?;
        let pairs: Option<BTreeMap<String, String>> = entries
            .iter()
            .map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
            .collect();
        pairs.ok_or_else(|| self.malformed(name, "holds something else than texts"))
    }

    /// A block of settings, to be finished like this one.
    ///
    /// # Errors
    /// When it is no block.
    pub fn block(&mut self, name: &str) -> Result<Option<Settings<'a>>, OpenError> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let entries = value.entries().ok_or_else(|| self.malformed(name, "is no block"))?;
        let scope = format!("{}{name}.", self.scope);
        Ok(Some(Settings { backend: self.backend, entries, scope, asked: BTreeSet::new() }))
    }

    /// Settings that only concern others, or whose default alone we honour.
    pub fn ignore(&mut self, names: &[&str]) {
        self.asked.extend(names.iter().map(|name| (*name).to_owned()));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// `Unsupported` with the first setting that nobody asked for.
    pub fn finish(self) -> Result<(), OpenError> {
        let set = self.entries.iter().filter(|(_, value)| !value.is_null());
        let left = set.map(|(name, _)| name).find(|name| !self.asked.contains(&***name));
        left.map_or(Ok(()), |name| Err(self.unsupported(name)))
    }

    #[must_use]
    pub fn missing(&self, name: &str) -> OpenError {
        OpenError::Missing { backend: self.backend.kind.clone(), setting: format!("{}{name}", self.scope) }
    }

    /// A value that terraform alone can honour.
    #[must_use]
    pub fn unsupported(&self, name: &str) -> OpenError {
        OpenError::Unsupported {
            backend: self.backend.kind.clone(),
            setting: format!("{}{name}", self.scope),
        }
    }

    /// `fault` never quotes the value: it may be a secret.
    #[must_use]
    pub fn malformed(&self, name: &str, fault: &str) -> OpenError {
        OpenError::Malformed {
            backend: self.backend.kind.clone(),
            setting: format!("{}{name}", self.scope),
            fault: fault.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, OpenError};
    use crate::hcl::Value;
    use crate::host::env::Env;

    fn backend(config: Value) -> Backend {
        let mut env = Env::default();
        env.set("REGION", "from-env");
        env.set("FLAG", "true");
        Backend { kind: "s3".to_owned(), config, env, workspace: "default".to_owned(), dir: "/d".into() }
    }

    #[test]
    fn configuration_goes_before_environment() {
        let backend = backend(Value::object([
            ("region", Value::string("set")),
            ("empty", Value::string("")),
            ("encrypt", Value::string("true")),
            ("max", Value::string("3")),
        ]));
        let mut settings = backend.settings().unwrap();
        assert_eq!(settings.text_or_env("region", &["REGION"]).unwrap().unwrap(), "set");
        assert_eq!(settings.text_or_env("empty", &["NONE", "REGION"]).unwrap().unwrap(), "from-env");
        assert_eq!(settings.flag("encrypt").unwrap(), Some(true));
        assert_eq!(settings.flag_or_env("other", "FLAG").unwrap(), Some(true));
        assert_eq!(settings.number("max").unwrap(), Some(3));
        assert_eq!(
            settings.required("bucket").unwrap_err().to_string(),
            "the backend `s3` needs the setting `bucket`"
        );
        settings.finish().unwrap();
    }

    #[test]
    fn what_nobody_asks_for_is_for_terraform() {
        let role = Value::object([("role_arn", Value::string("x")), ("novel", Value::string("y"))]);
        let backend = backend(Value::object([("assume_role", role), ("old", Value::NULL)]));
        let mut settings = backend.settings().unwrap();
        let mut block = settings.block("assume_role").unwrap().unwrap();
        assert_eq!(block.text("role_arn").unwrap().unwrap(), "x");
        let error = block.finish().unwrap_err();
        assert_eq!(
            error,
            OpenError::Unsupported { backend: "s3".to_owned(), setting: "assume_role.novel".to_owned() }
        );
        assert!(error.is_for_terraform());
        settings.finish().unwrap();
    }

    #[test]
    fn a_fault_does_not_show_the_value() {
        let backend = backend(Value::object([("token", Value::tuple([Value::string("hunter2")]))]));
        let error = backend.settings().unwrap().text("token").unwrap_err().to_string();
        assert!(error.contains("token") && !error.contains("hunter2"), "{error}");
    }
}
