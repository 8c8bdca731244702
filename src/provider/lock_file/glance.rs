//! A glance at a lock file: which version of which provider, and nothing else. For files of units that somebody else answers for,
//! so that a faulty one just says less.

use crate::provider::{ProviderAddress, Version};

/// What each entry locks, as far as it is written as the tools write it.
#[must_use]
pub fn versions_in(text: &str) -> Vec<(ProviderAddress, Version)> {
    let mut found = Vec::new();
    let mut provider: Option<ProviderAddress> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("provider ") {
            // An address in a lock file has its host.
            provider = quoted(rest).and_then(|address| ProviderAddress::parse(address, "").ok());
        } else if let Some(rest) = line.trim_start().strip_prefix("version")
            && let Some(value) = rest.trim_start().strip_prefix('=')
            && let Some(version) = quoted(value).and_then(|version| Version::parse(version).ok())
        {
            found.extend(provider.take().map(|provider| (provider, version)));
        }
    }
    found
}

/// The text between the quotes that come first.
fn quoted(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::versions_in;

    #[test]
    fn a_glance_tells_what_is_locked() {
        let text = "# by init\nprovider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"5.1.0\"\n  constraints = \"~> 5.0\"\n  hashes = [\n    \"h1:x\",\n  ]\n}\n\nprovider \"r.example/a/b\" {\n  version=\"1.0.0-rc1\"\n}\n<<<<<<<\nprovider \"c\" {\n  version = \"x\"\n";
        let found: Vec<String> =
            versions_in(text).iter().map(|(address, version)| format!("{address} {version}")).collect();
        assert_eq!(found, ["registry.terraform.io/hashicorp/aws 5.1.0", "r.example/a/b 1.0.0-rc1"]);
    }
}
