//! Where the packages of a provider come from, as the tool's own settings say.

use crate::host::fs;
use crate::provider::address::{ProviderAddress, default_host};
use crate::provider::mirror::Pattern;
use crate::toolrc::{Method, RcSettings, Reader, Way, implied_folders};
use std::path::PathBuf;
use std::sync::Arc;

/// A place that packages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The registry of the provider's own host.
    Registry,
    /// A network mirror.
    Mirror(String),
}

/// The places that one terraform asks for packages.
#[derive(Clone, Debug)]
pub struct Origins {
    pub settings: Arc<RcSettings>,
    working_dir: PathBuf,
    /// Folders that packages are taken from without being told.
    implied: Vec<PathBuf>,
    default_host: &'static str,
}

impl Origins {
    #[must_use]
    pub fn new(settings: Arc<RcSettings>, reader: Reader<'_>) -> Self {
        Self {
            settings,
            working_dir: reader.working_dir.to_path_buf(),
            implied: implied_folders(reader),
            default_host: default_host(reader.flavour.program()),
        }
    }

    /// Whether any provider may come from a registry.
    #[must_use]
    pub fn asks_registries(&self) -> bool {
        let asks = |method: &Method| method.way == Way::Registry;
        self.settings.installation.as_ref().is_none_or(|methods| methods.iter().any(asks))
    }

    /// Where a provider's packages come from over a network, in the order in which they are asked; none where they lie
    /// in folders, or are not to be touched.
    #[must_use]
    pub fn of(&self, address: &ProviderAddress) -> Vec<Origin> {
        let folder: PathBuf = [address.host(), address.namespace(), address.kind()].iter().collect();
        let Some(methods) = &self.settings.installation else {
            let has = |implied: &PathBuf| fs::is_dir(&implied.join(&folder));
            return if self.implied.iter().any(has) { Vec::new() } else { vec![Origin::Registry] };
        };
        let mut origins = Vec::new();
        for method in methods {
            let matches = |patterns: &[String]| {
                let mut known = patterns.iter().filter_map(|text| Pattern::parse(text, self.default_host));
                known.any(|pattern| pattern.matches(address))
            };
            if let Way::Overrides(names) = &method.way
                && matches(names)
            {
                return Vec::new();
            }
            if !(method.include.is_empty() || matches(&method.include)) || matches(&method.exclude) {
                continue;
            }
            match &method.way {
                Way::Registry => origins.push(Origin::Registry),
                Way::Server(url) => origins.push(Origin::Mirror(url.clone())),
                Way::Folder(root) if fs::is_dir(&self.working_dir.join(root).join(&folder)) => {
                    return Vec::new();
                }
                Way::Other => return Vec::new(),
                Way::Folder(_) | Way::Overrides(_) => {}
            }
        }
        origins
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Origins};
    use crate::host::env::Env;
    use crate::host::fs::{Access, create_dir_all, write_atomic};
    use crate::provider::address::ProviderAddress;
    use crate::toolrc::{Flavour, RcBook, Reader};

    fn origins(text: &str, address: &str) -> Option<Vec<Origin>> {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        create_dir_all(&home.join("m/registry.terraform.io/acme/here")).unwrap();
        let text = text.replace("$M", &home.join("m").to_string_lossy());
        write_atomic(&home.join(".terraformrc"), text.as_bytes(), Access::Shared).unwrap();
        let mut env = Env::default();
        env.set("HOME", home);
        let reader = Reader { env: &env, working_dir: home, flavour: Flavour::Terraform };
        let settings = RcBook::default().settings(reader);
        assert!(settings.text.as_ref()?.contains(text.trim()));
        let origins = Origins::new(settings, reader);
        Some(origins.of(&ProviderAddress::parse(address, "registry.terraform.io").unwrap()))
    }

    #[test]
    fn packages_come_from_where_the_settings_say() {
        let mirror = || Origin::Mirror("https://m/".to_owned());
        for (methods, address, want) in [
            ("direct {}", "acme/x", vec![Origin::Registry]),
            ("", "acme/x", vec![]),
            ("filesystem_mirror {\n path = \"$M\"\n}\ndirect {}", "acme/here", vec![]),
            ("filesystem_mirror {\n path = \"$M\"\n}\ndirect {}", "acme/x", vec![Origin::Registry]),
            ("filesystem_mirror {\n path = \"$M\"\n}", "acme/x", vec![]),
            ("network_mirror {\n url = \"https://m/\"\n}", "acme/x", vec![mirror()]),
            (
                "network_mirror {\n url = \"https://m/\"\n include = [\"acme/*\"]\n}\ndirect {\n exclude = [\"acme/*\"]\n}",
                "acme/x",
                vec![mirror()],
            ),
            (
                "network_mirror {\n url = \"https://m/\"\n include = [\"acme/*\"]\n}\ndirect {\n exclude = [\"acme/*\"]\n}",
                "other/x",
                vec![Origin::Registry],
            ),
            ("oci_mirror {\n repository_template = \"x\"\n}\ndirect {}", "acme/x", vec![]),
        ] {
            let text = format!("provider_installation {{\n{methods}\n}}\n");
            assert_eq!(origins(&text, address), Some(want), "{methods} {address}");
        }
        assert_eq!(origins("", "acme/x"), Some(vec![Origin::Registry]));
        assert_eq!(origins("credentials \"a\" {\n", "acme/x"), None);
        let overridden =
            "provider_installation {\n dev_overrides {\n  \"acme/x\" = \"/p\"\n }\n direct {}\n}\n";
        assert_eq!(origins(overridden, "acme/x"), Some(vec![]));
        assert_eq!(origins(overridden, "acme/y"), Some(vec![Origin::Registry]));
    }
}
