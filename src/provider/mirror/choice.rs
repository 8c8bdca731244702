//! Several mirrors, each for some providers, as terraform's settings list them: versions of all together, a package from
//! the first that has it.

use super::{Mirror, MirrorError, Package, Wanted};
use crate::provider::address::ProviderAddress;
use crate::provider::version::Version;

/// A mirror and the providers that it is for.
#[derive(Debug)]
pub struct Chosen {
    pub mirror: Mirror,
    /// Empty: every provider.
    pub include: Vec<Pattern>,
    pub exclude: Vec<Pattern>,
}

/// `host/namespace/name` where `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern([String; 3]);

/// Mirrors in order.
#[derive(Debug, Default)]
pub struct Mirrors(Vec<Chosen>);

impl Pattern {
    /// Reads it; `None` if it is none. One without a host is for the default one.
    #[must_use]
    pub fn parse(text: &str, default_host: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let parts = match parts.as_slice() {
            [kind] => [default_host, "hashicorp", *kind],
            [namespace, kind] => [default_host, *namespace, *kind],
            [host, namespace, kind] => [*host, *namespace, *kind],
            _ => return None,
        };
        Some(Self(parts.map(str::to_lowercase)))
    }

    #[must_use]
    pub fn matches(&self, address: &ProviderAddress) -> bool {
        let own = [address.host(), address.namespace(), address.kind()];
        self.0.iter().zip(own).all(|(pattern, part)| pattern == "*" || pattern == part)
    }
}

impl Chosen {
    /// A mirror for every provider.
    #[must_use]
    pub fn for_all(mirror: Mirror) -> Self {
        Self { mirror, include: Vec::new(), exclude: Vec::new() }
    }

    fn serves(&self, address: &ProviderAddress) -> bool {
        let is_included = self.include.is_empty() || self.include.iter().any(|it| it.matches(address));
        is_included && !self.exclude.iter().any(|pattern| pattern.matches(address))
    }
}

impl Mirrors {
    #[must_use]
    pub fn new(mirrors: Vec<Chosen>) -> Self {
        Self(mirrors)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn serving<'a>(&'a self, address: &'a ProviderAddress) -> impl Iterator<Item = &'a Mirror> {
        self.0.iter().filter(|chosen| chosen.serves(address)).map(|chosen| &chosen.mirror)
    }

    /// The versions of a provider that any of them has, the oldest first.
    ///
    /// # Errors
    /// When one cannot be looked at.
    pub fn versions(&self, address: &ProviderAddress) -> Result<Vec<Version>, MirrorError> {
        let mut all = Vec::new();
        for mirror in self.serving(address) {
            all.extend(mirror.versions(address)?);
        }
        all.sort_by(Version::precedence);
        all.dedup_by(|a, b| a.is_same(b));
        Ok(all)
    }

    /// A package from the first that has it; `None` if none has.
    ///
    /// # Errors
    /// When one that comes before cannot be asked, or the package is damaged.
    pub fn read(&self, wanted: Wanted<'_>) -> Result<Option<Package>, MirrorError> {
        for mirror in self.serving(wanted.address) {
            if let Some(package) = mirror.read(wanted)? {
                return Ok(Some(package));
            }
        }
        Ok(None)
    }

    /// Where they are, for messages.
    #[must_use]
    pub fn places(&self) -> String {
        let places: Vec<String> = self.0.iter().map(|chosen| chosen.mirror.place()).collect();
        if places.is_empty() { "no place: none is known".to_owned() } else { places.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::provider::address::{ProviderAddress, TERRAFORM_REGISTRY};

    #[test]
    fn patterns_are_addresses_with_stars() {
        let aws = ProviderAddress::parse("hashicorp/aws", TERRAFORM_REGISTRY).unwrap();
        for (text, want) in [
            ("hashicorp/*", true),
            ("*/*/*", true),
            ("aws", true),
            ("registry.terraform.io/*/*", true),
            ("registry.opentofu.org/*/*", false),
            ("acme/*", false),
            ("Hashicorp/AWS", true),
        ] {
            assert_eq!(Pattern::parse(text, TERRAFORM_REGISTRY).unwrap().matches(&aws), want, "{text}");
        }
        assert_eq!(Pattern::parse("a/b/c/d", TERRAFORM_REGISTRY), None);
    }
}
