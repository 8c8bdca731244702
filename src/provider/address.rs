//! Addresses of providers: `aws`, `acme/tool`, `registry.example.com/acme/tool`, as `source` of `required_providers`
//! and the labels of a lock file have them. Pure.

use std::borrow::Cow;
use std::fmt;

/// Where terraform looks for a provider whose address has no host.
pub const TERRAFORM_REGISTRY: &str = "registry.terraform.io";
/// The same for OpenTofu.
pub const OPENTOFU_REGISTRY: &str = "registry.opentofu.org";

/// The namespace of a provider without one.
const USUAL_NAMESPACE: &str = "hashicorp";
/// What namespaces were before there were namespaces.
const LEGACY_NAMESPACE: &str = "-";
const BUILTIN_HOST: &str = "terraform.io";
const BUILTIN_NAMESPACE: &str = "builtin";
const BUILTIN_KIND: &str = "terraform";

const SHAPE: &str = "write name, namespace/name or host/namespace/name";
const PART: &str = "only letters, digits and single dashes between them belong here";

/// The registry of a tool of this name.
#[must_use]
pub fn default_host(tool: &str) -> &'static str {
    if tool.contains("tofu") { OPENTOFU_REGISTRY } else { TERRAFORM_REGISTRY }
}

/// A provider, whole and in lower case: the same provider is always the same value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderAddress {
    host: String,
    namespace: String,
    kind: String,
}

/// A text that is no address of a provider, and where it stops being one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct AddressError {
    /// Byte offset into the text.
    pub at: usize,
    pub problem: Cow<'static, str>,
}

impl ProviderAddress {
    /// Reads an address; `default_host` is the registry of one that names none.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str, default_host: &str) -> Result<Self, AddressError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (host, namespace, kind) = match parts.as_slice() {
            [kind] => (default_host, USUAL_NAMESPACE, *kind),
            [namespace, kind] => (default_host, *namespace, *kind),
            [host, namespace, kind] => (*host, *namespace, *kind),
            _ => return Err(AddressError { at: 0, problem: SHAPE.into() }),
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err(AddressError { at: 0, problem: SHAPE.into() });
        }
        let kind_at = text.len() - kind.len();
        if parts.len() == 3 {
            check_host(host)?;
        }
        if parts.len() > 1 && namespace != LEGACY_NAMESPACE {
            check_part(namespace, kind_at - namespace.len() - 1)?;
        }
        check_part(kind, kind_at)?;
        check_prefix(kind, kind_at)?;
        Ok(Self { host: host.to_lowercase(), namespace: namespace.to_lowercase(), kind: kind.to_lowercase() })
    }

    /// The provider that a name alone stands for: of a resource's type, or of an entry without `source`.
    ///
    /// # Errors
    /// When the name is none.
    pub fn implied(name: &str, default_host: &str) -> Result<Self, AddressError> {
        match name {
            BUILTIN_KIND => Ok(Self {
                host: BUILTIN_HOST.to_owned(),
                namespace: BUILTIN_NAMESPACE.to_owned(),
                kind: BUILTIN_KIND.to_owned(),
            }),
            _ => Self::parse(name, default_host),
        }
    }

    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The last part, which is also the usual local name.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether it is part of the tool, so that nothing is fetched and nothing locked.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        self.host == BUILTIN_HOST && self.namespace == BUILTIN_NAMESPACE
    }

    /// Whether it is an address of before there were namespaces: `-/aws`.
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        self.namespace == LEGACY_NAMESPACE
    }

    /// The shortest address that means the same where this registry is the usual one.
    #[must_use]
    pub fn short(&self, default_host: &str) -> String {
        if self.host == default_host { format!("{}/{}", self.namespace, self.kind) } else { self.to_string() }
    }
}

impl fmt::Display for ProviderAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.namespace, self.kind)
    }
}

/// A namespace or a name: letters of any language, digits, and single dashes between them.
fn check_part(part: &str, start: usize) -> Result<(), AddressError> {
    let odd = part.char_indices().find(|(_, c)| !c.is_alphanumeric() && *c != '-').map(|(at, _)| at);
    let dash = || {
        if part.starts_with('-') {
            return Some(0);
        }
        part.find("--").or_else(|| part.ends_with('-').then(|| part.len() - 1))
    };
    match odd.or_else(dash) {
        Some(at) => Err(AddressError { at: start + at, problem: PART.into() }),
        None => Ok(()),
    }
}

/// A host, with or without a port.
fn check_host(host: &str) -> Result<(), AddressError> {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let mut at = 0;
    for label in name.split('.') {
        let is_label = !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-');
        if !is_label {
            return Err(AddressError { at, problem: "this is no name of a host".into() });
        }
        at += label.len() + 1;
    }
    match port.map(str::parse::<u16>) {
        None | Some(Ok(1..)) => Ok(()),
        Some(_) => Err(AddressError { at: name.len() + 1, problem: "this is no number of a port".into() }),
    }
}

/// Programs are called `terraform-provider-NAME`; the address says NAME alone.
fn check_prefix(kind: &str, at: usize) -> Result<(), AddressError> {
    let lower = kind.to_lowercase();
    let rest = lower.strip_prefix("terraform-provider-").or_else(|| lower.strip_prefix("terraform-"));
    match rest {
        Some(rest) => Err(AddressError {
            at,
            problem: format!("a provider's name has no `terraform-` before it: write `{rest}`").into(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ProviderAddress, TERRAFORM_REGISTRY, default_host};

    #[test]
    fn the_tool_says_which_registry_is_meant() {
        for (tool, text, want) in [
            ("terraform", "aws", "registry.terraform.io/hashicorp/aws"),
            ("tofu", "aws", "registry.opentofu.org/hashicorp/aws"),
            ("/opt/terraform_1.5.7", "acme/foo", "registry.terraform.io/acme/foo"),
            ("tofu", "Example.COM/ACME/Foo", "example.com/acme/foo"),
            ("terraform", "example.com:8443/acme/foo", "example.com:8443/acme/foo"),
            ("terraform", "localhost/a/1foo", "localhost/a/1foo"),
            ("terraform", "BÜCHER.example/bücher/foo", "bücher.example/bücher/foo"),
            ("terraform", "a/provider-foo", "registry.terraform.io/a/provider-foo"),
        ] {
            let address = ProviderAddress::parse(text, default_host(tool)).unwrap();
            assert_eq!(address.to_string(), want, "{tool} {text}");
        }
    }

    #[test]
    fn some_providers_are_special() {
        let of = |text: &str| ProviderAddress::parse(text, TERRAFORM_REGISTRY).unwrap();
        assert!(of("terraform.io/builtin/terraform").is_builtin());
        assert!(!of("terraform").is_builtin(), "only a type or a name alone implies it");
        assert!(ProviderAddress::implied("terraform", TERRAFORM_REGISTRY).unwrap().is_builtin());
        assert_eq!(ProviderAddress::implied("aws", TERRAFORM_REGISTRY).unwrap(), of("hashicorp/aws"));
        assert!(of("-/aws").is_legacy());
        assert_eq!(of("aws").short(TERRAFORM_REGISTRY), "hashicorp/aws");
        assert_eq!(of("aws").short("registry.opentofu.org"), "registry.terraform.io/hashicorp/aws");
    }

    #[test]
    fn faults_have_their_place() {
        for (text, at) in [
            ("", 0),
            ("a/b/c/d", 0),
            ("a//foo", 0),
            ("http://x.y/a/foo", 0),
            ("a_b/foo", 1),
            ("a--b/foo", 1),
            ("a/-foo", 2),
            ("a/foo-", 5),
            ("a/b.c", 3),
            (" a/foo", 0),
            ("example.com:x/a/b", 12),
            ("exa_mple.com/a/b", 0),
            ("example.-com/a/b", 8),
            ("acme/terraform-provider-foo", 5),
            ("a/terraform-foo", 2),
        ] {
            assert_eq!(ProviderAddress::parse(text, TERRAFORM_REGISTRY).unwrap_err().at, at, "{text}");
        }
    }
}
