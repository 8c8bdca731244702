use super::{Flavour, RcBook, RcSettings, Reader};
use crate::diag::SourceMap;
use crate::host::env::Env;
use crate::host::fs::{Access, create_dir_all, write_atomic};
use std::path::Path;
use std::sync::Arc;

/// A home with these files, each of which says its own name in every way.
struct Home {
    folder: tempfile::TempDir,
    env: Env,
    book: RcBook,
}

impl Home {
    fn with(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let text = format!(
                "host \"a.example\" {{ services = {{ \"m.v1\" = \"{name}\" }} }}\ncredentials \"a.example\" {{ token = \"{name}\" }}\nplugin_cache_dir = \"/{name}\"\n"
            );
            write(folder.path(), name, &text);
        }
        let mut env = Env::default();
        env.set("HOME", folder.path());
        Self { folder, env, book: RcBook::default() }
    }

    fn settings(&self, flavour: Flavour) -> Arc<RcSettings> {
        self.book.settings_for_sure(Reader { env: &self.env, working_dir: self.folder.path(), flavour })
    }

    /// Which file's service and token, and which one's cache, count.
    fn winners(&self, flavour: Flavour) -> String {
        let settings = self.settings(flavour);
        let service = settings.service("a.example", "m.v1").unwrap_or("none");
        assert_eq!(settings.token("A.example").unwrap_or("none"), service);
        let cache = settings.plugin_cache(&self.env, Path::new("/w"));
        let cache = cache.map_or("none".to_owned(), |path| path.display().to_string().replacen('/', "", 1));
        format!("{service} {cache}")
    }
}

fn write(home: &Path, name: &str, text: &str) {
    let path = home.join(name);
    create_dir_all(path.parent().unwrap()).unwrap();
    write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
}

/// Each line was asked of terraform 1.11 and OpenTofu 1.11.
#[test]
#[cfg(unix)]
fn files_count_in_the_order_of_the_tools() {
    let dir = [".terraform.d/a.tfrc", ".terraform.d/b.tfrc", ".terraform.d/other"];
    for (names, terraform, tofu, tofu_with_xdg) in [
        (&[][..], "none none", "none none", "none none"),
        (
            &[".terraformrc", ".tofurc", ".config/opentofu/tofurc"][..],
            ".terraformrc .terraformrc",
            ".tofurc .tofurc",
            ".tofurc .tofurc",
        ),
        (
            &[".terraformrc", ".config/opentofu/tofurc"],
            ".terraformrc .terraformrc",
            ".terraformrc .terraformrc",
            ".terraformrc .terraformrc",
        ),
        (
            &[".config/opentofu/tofurc"],
            "none none",
            "none none",
            ".config/opentofu/tofurc .config/opentofu/tofurc",
        ),
        (
            &[&[".terraformrc"], &dir[..]].concat(),
            ".terraform.d/b.tfrc .terraformrc",
            ".terraform.d/b.tfrc .terraformrc",
            ".terraform.d/b.tfrc .terraformrc",
        ),
        (
            &[&[".config/opentofu/c.tfrc"], &dir[..]].concat(),
            ".terraform.d/b.tfrc .terraform.d/a.tfrc",
            ".terraform.d/b.tfrc .terraform.d/a.tfrc",
            ".terraform.d/b.tfrc .terraform.d/a.tfrc",
        ),
        (
            &[".config/opentofu/c.tfrc.json"],
            "none none",
            "none none",
            ".config/opentofu/c.tfrc.json .config/opentofu/c.tfrc.json",
        ),
    ] {
        let mut home = Home::with(names);
        assert_eq!(home.winners(Flavour::Terraform), terraform, "{names:?}");
        assert_eq!(home.winners(Flavour::Tofu), tofu, "{names:?}");
        home.env.set("XDG_CONFIG_HOME", home.folder.path().join(".config"));
        assert_eq!(home.winners(Flavour::Terraform), terraform, "{names:?}");
        assert_eq!(home.winners(Flavour::Tofu), tofu_with_xdg, "{names:?}");
        assert_eq!(home.book.take_faults(), []);
    }
}

#[test]
fn a_file_that_is_named_is_the_only_one() {
    let mut home = Home::with(&[".terraformrc", ".tofurc", ".terraform.d/a.tfrc", "rc"]);
    home.env.set("TF_CLI_CONFIG_FILE", "");
    home.env.set("TERRAFORM_CONFIG", "rc");
    assert_eq!(home.winners(Flavour::Tofu), "rc rc");
    home.env.set("TF_CLI_CONFIG_FILE", "gone");
    for _ in 0..2 {
        assert_eq!(home.winners(Flavour::Terraform), "none none");
    }
    let faults = home.book.take_faults();
    assert_eq!(faults.len(), 1, "told once");
    assert!(faults[0].summary.contains("gone, which `TF_CLI_CONFIG_FILE` names") && !faults[0].is_error());
    home.env.set("TF_CLI_CONFIG_FILE", "/dev/null");
    assert_eq!(home.winners(Flavour::Terraform), "none none");
    assert_eq!(home.book.take_faults(), []);
    home.env.set("TF_CLI_CONFIG_FILE", home.folder.path());
    assert_eq!(home.winners(Flavour::Terraform), "none none");
    assert!(home.book.take_faults()[0].summary.contains("passed over"));
}

#[test]
fn a_faulty_file_is_passed_over_and_told_without_its_secrets() {
    let sources = Arc::new(SourceMap::default());
    let home = Home::with(&[".terraform.d/good.tfrc"]);
    let home = Home { book: RcBook::new(Arc::clone(&sources)), ..home };
    write(home.folder.path(), ".terraformrc", "credentials \"a\" {\n  token = \"s3cr3t\n}\n");
    assert_eq!(home.winners(Flavour::Terraform), ".terraform.d/good.tfrc .terraform.d/good.tfrc");
    assert!(home.settings(Flavour::Terraform).text.is_none(), "it is terraform's to understand it");
    let faults = home.book.take_faults();
    assert_eq!(faults.len(), 1);
    let span = faults[0].primary.as_ref().unwrap().span;
    assert!(sources.locate(span).ends_with(".terraformrc:2:11"));
    assert!(!sources.get(span.file).unwrap().text.contains("s3cr3t"));
}

#[test]
fn one_text_means_what_the_files_mean() {
    let home = Home::with(&[".terraformrc", ".terraform.d/a.tfrc"]);
    write(
        home.folder.path(),
        ".terraform.d/credentials.tfrc.json",
        "{\"credentials\": {\"j.example\": {\"token\": \"j\"}}}",
    );
    let text = home.settings(Flavour::Terraform).text.clone().unwrap();
    let other = Home::with(&[]);
    write(other.folder.path(), ".terraformrc", &text);
    assert_eq!(other.winners(Flavour::Terraform), home.winners(Flavour::Terraform), "{text}");
    assert_eq!(other.settings(Flavour::Terraform).token("j.example"), Some("j"));
    let two = Home::with(&[]);
    write(two.folder.path(), ".terraformrc", "provider_installation {\n  direct {}\n}\n");
    write(
        two.folder.path(),
        ".terraform.d/a.tfrc",
        "provider_installation {\n}\ncredentials_helper \"x\" {}\ncredentials_helper \"y\" {}\n",
    );
    let settings = two.settings(Flavour::Terraform);
    assert_eq!(settings.installation.as_ref().map(Vec::len), Some(1), "the first counts");
    assert!(settings.helper.is_none() && settings.text.is_none());
    assert_eq!(two.book.take_faults().len(), 2);
}
