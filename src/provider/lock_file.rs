//! `.terraform.lock.hcl`, as far as its packages go. A machine writes this file, so its lines are read as lines.

use std::path::PathBuf;

/// The packages that a lock file names, as `host/namespace/name/version`; `None` if it is not as machines write it.
#[must_use]
pub fn packages(text: &str) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut address: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("provider ") {
            if address.is_some() {
                return None;
            }
            address = Some(quoted(rest.trim_end_matches('{'))?);
        } else if let Some(rest) = line.strip_prefix("version").map(str::trim_start)
            && let Some(value) = rest.strip_prefix('=')
        {
            found.push(PathBuf::from(address.take()?).join(quoted(value)?));
        }
    }
    address.is_none().then_some(found)
}

fn quoted(text: &str) -> Option<&str> {
    text.trim().strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::packages;
    use std::path::PathBuf;

    #[test]
    fn packages_are_addresses_with_versions() {
        let text = "# comment\n\nprovider \"registry.terraform.io/hashicorp/null\" {\n  version     = \"3.2.4\"\n  constraints = \"~> 3.0\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\n";
        assert_eq!(packages(text), Some(vec![PathBuf::from("registry.terraform.io/hashicorp/null/3.2.4")]));
        assert_eq!(packages("# nothing\n"), Some(Vec::new()));
        assert_eq!(packages("provider \"a/b/c\" {\n}\n"), None);
        assert_eq!(packages("version = \"1\"\n"), None);
    }
}
