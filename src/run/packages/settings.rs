//! What terraform's own settings say about packages: where they come from, which providers are overridden, which hosts
//! and credentials there are. Settings that are not understood are left to terraform alone.

use crate::diag::SourceMap;
use crate::hcl::ast::{Block, Body, Expr, ExprKind};
use crate::hcl::parse::parse_body;
use crate::host::env::Env;
use crate::host::fs;
use crate::provider::address::ProviderAddress;
use crate::provider::mirror::Pattern;
use crate::provider::{Flavour, plugin_cache};
use std::path::{Path, PathBuf};

/// A place that packages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The registry of the provider's own host.
    Registry,
    /// A network mirror.
    Mirror(String),
}

/// One way of `provider_installation`.
#[derive(Clone, Debug)]
struct Method {
    way: Way,
    include: Vec<String>,
    exclude: Vec<String>,
}

#[derive(Clone, Debug)]
enum Way {
    Folder(PathBuf),
    From(Origin),
    /// Providers that are under development.
    Overrides(Vec<String>),
    /// One that is known to terraform alone.
    Other,
}

/// The settings that one terraform reads.
#[derive(Clone, Debug, Default)]
pub struct CliSettings {
    /// The texts of all its files, one after the other, as one file of the same meaning.
    pub text: String,
    /// Hosts for which the user says what they offer.
    pub hosts: Vec<String>,
    methods: Option<Vec<Method>>,
    /// Folders that packages are taken from without being told.
    implied: Vec<PathBuf>,
    default_host: &'static str,
}

impl CliSettings {
    /// Reads them; `None` where something in them is not understood.
    #[must_use]
    pub fn read(env: &Env, working_dir: &Path, flavour: Flavour) -> Option<Self> {
        let default_host = crate::provider::address::default_host(flavour.program());
        let implied = implied_folders(env, working_dir);
        let mut settings = Self { implied, default_host, ..Self::default() };
        for path in files(env, working_dir, flavour) {
            let Ok(text) = fs::read_text(&path) else { continue };
            let text = if path.extension().is_some_and(|end| end == "json") { of_json(&text)? } else { text };
            let file = SourceMap::default().add(&path, text.as_str().into());
            let (body, faults) = parse_body(&text, file);
            settings.add(&body.filter(|_| faults.is_empty())?)?;
            settings.text.push_str(&text);
            settings.text.push('\n');
        }
        Some(settings)
    }

    fn add(&mut self, body: &Body) -> Option<()> {
        for block in body.blocks_of("host") {
            self.hosts.push(block.labels.first()?.name.to_ascii_lowercase());
        }
        for block in body.blocks_of("provider_installation") {
            let methods = self.methods.get_or_insert_default();
            methods.extend(block.body.blocks.iter().map(method).collect::<Option<Vec<_>>>()?);
        }
        Some(())
    }

    /// Whether any provider may come from a registry.
    #[must_use]
    pub fn asks_registries(&self) -> bool {
        let asks = |method: &Method| matches!(method.way, Way::From(Origin::Registry));
        self.methods.as_ref().is_none_or(|methods| methods.iter().any(asks))
    }

    /// Where a provider's packages come from over a network, in the order in which they are asked; none where they lie
    /// in folders, or are not to be touched.
    #[must_use]
    pub fn origins(&self, address: &ProviderAddress) -> Vec<Origin> {
        let folder: PathBuf = [address.host(), address.namespace(), address.kind()].iter().collect();
        let Some(methods) = &self.methods else {
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
                Way::From(origin) => origins.push(origin.clone()),
                Way::Folder(root) if fs::is_dir(&root.join(&folder)) => return Vec::new(),
                Way::Other => return Vec::new(),
                Way::Folder(_) | Way::Overrides(_) => {}
            }
        }
        origins
    }
}

fn method(block: &Block) -> Option<Method> {
    let way = match &*block.kind.name {
        "direct" => Way::From(Origin::Registry),
        "network_mirror" => Way::From(Origin::Mirror(string(&block.body, "url")?)),
        "filesystem_mirror" => Way::Folder(string(&block.body, "path")?.into()),
        "dev_overrides" => Way::Overrides(overridden(&block.body)?),
        _ => Way::Other,
    };
    let list = |name: &str| match block.body.find_attribute(name) {
        None => Some(Vec::new()),
        Some(attribute) => texts(&attribute.expr),
    };
    Some(Method { way, include: list("include")?, exclude: list("exclude")? })
}

/// `"hashicorp/aws" = "/path"`: a name in quotes is none that our parser takes for an argument, so such a file is not
/// understood; one without is.
fn overridden(body: &Body) -> Option<Vec<String>> {
    Some(body.attributes.iter().map(|attribute| attribute.name.name.to_string()).collect())
}

fn string(body: &Body, name: &str) -> Option<String> {
    body.find_attribute(name)?.expr.as_text().map(str::to_owned)
}

fn texts(expr: &Expr) -> Option<Vec<String>> {
    match &expr.kind {
        ExprKind::Tuple(items) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// The files that this tool reads: the one that is named, or else its own and those of its folder.
fn files(env: &Env, working_dir: &Path, flavour: Flavour) -> Vec<PathBuf> {
    let candidates = plugin_cache::settings_files(env, working_dir);
    if ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].iter().any(|name| env.get_filled(name).is_some()) {
        return candidates;
    }
    let is_mine = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        flavour == Flavour::Tofu || !name.contains("tofu")
    };
    // OpenTofu's own goes before the one that both read.
    let mut mine: Vec<PathBuf> =
        candidates.into_iter().filter(is_mine).filter(|path| fs::is_file(path)).collect();
    mine.sort_by_key(|path| !path.to_string_lossy().contains("tofu"));
    mine.truncate(1);
    let folder = env.home_dir().map(|home| home.join(".terraform.d"));
    for (name, _) in folder.iter().flat_map(|folder| fs::list_dir(folder).unwrap_or_default()) {
        let text = name.to_string_lossy();
        if text.ends_with(".tfrc") || text.ends_with(".tfrc.json") {
            mine.extend(folder.as_ref().map(|folder| folder.join(&name)));
        }
    }
    mine
}

/// Credentials in JSON as a text of HCL, which `terraform login` writes; anything else is not understood.
fn of_json(text: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let json = json.as_object()?;
    if json.keys().any(|key| key != "credentials") {
        return None;
    }
    let mut written = String::new();
    for (host, value) in json.get("credentials").and_then(serde_json::Value::as_object).into_iter().flatten()
    {
        let token = value.get("token").and_then(serde_json::Value::as_str)?;
        let plain = |text: &str| !text.contains(['"', '\\', '$', '%', '\n']);
        if !plain(host) || !plain(token) {
            return None;
        }
        written.push_str(&format!("credentials \"{host}\" {{\n  token = \"{token}\"\n}}\n"));
    }
    Some(written)
}

/// Where terraform looks by itself, and for what it finds there, nowhere else.
fn implied_folders(env: &Env, working_dir: &Path) -> Vec<PathBuf> {
    let home = env.home_dir();
    let mut folders = vec![working_dir.join("terraform.d/plugins")];
    folders.extend(home.iter().map(|home| home.join(".terraform.d/plugins")));
    let data = env.get_filled("XDG_DATA_HOME").map(PathBuf::from);
    folders
        .extend(data.or_else(|| Some(home?.join(".local/share"))).map(|data| data.join("terraform/plugins")));
    let shared = env.get_filled("XDG_DATA_DIRS").unwrap_or("/usr/local/share:/usr/share");
    folders.extend(shared.split(':').map(|data| Path::new(data).join("terraform/plugins")));
    folders
}

#[cfg(test)]
mod tests {
    use super::{CliSettings, Origin};
    use crate::host::env::Env;
    use crate::host::fs::{Access, create_dir_all, write_atomic};
    use crate::provider::Flavour;
    use crate::provider::address::ProviderAddress;

    fn origins(text: &str, address: &str) -> Option<Vec<Origin>> {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        create_dir_all(&home.join("m/registry.terraform.io/acme/here")).unwrap();
        let text = text.replace("$M", &home.join("m").to_string_lossy());
        write_atomic(&home.join(".terraformrc"), text.as_bytes(), Access::Shared).unwrap();
        let mut env = Env::default();
        env.set("HOME", home);
        let settings = CliSettings::read(&env, home, Flavour::Terraform)?;
        assert!(settings.text.contains(text.trim()));
        Some(settings.origins(&ProviderAddress::parse(address, "registry.terraform.io").unwrap()))
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
    }
}
