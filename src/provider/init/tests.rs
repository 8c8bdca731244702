use super::{InitContext, InitDecision, Reason, Tool, needs_init, record_init};
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use std::path::{Path, PathBuf};

const LOCK: &str = "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.4\"\n}\n";
const PACKAGE: &str = "registry.terraform.io/hashicorp/null/3.2.4";

/// A working directory as an init leaves it: a provider, a local module that calls another, a backend.
struct Place {
    dir: tempfile::TempDir,
    env: Env,
    args: Vec<String>,
    version: &'static str,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut env = Env::default();
        env.set("HOME", dir.path().join("home"));
        env.set("TF_CLI_CONFIG_FILE", dir.path().join("cli.tfrc"));
        let place = Self { dir, env, args: vec!["-backend-config=path=x".to_owned()], version: "1.11.4" };
        place.write(
            "w/main.tf",
            "terraform {\n  backend \"local\" {}\n}\nresource \"null_resource\" \"a\" {}\nmodule \"m\" {\n  source = \"../m\"\n}\n",
        );
        place.write("m/main.tf", "module \"n\" {\n  source = \"./n\"\n}\n");
        place.write("m/n/main.tf", "resource \"null_resource\" \"n\" {}\n");
        place.write("tool", "1");
        place.write("cli.tfrc", "");
        place.write("w/.terraform.lock.hcl", LOCK);
        place.write("w/.terraform/terraform.tfstate", "{}");
        let list =
            r#"{"Modules":[{"Key":"","Dir":"."},{"Key":"m","Dir":"../m"},{"Key":"m.n","Dir":"../m/n"}]}"#;
        place.write("w/.terraform/modules/modules.json", list);
        fs::create_dir_all(&place.path("cache/linux_amd64")).unwrap();
        fs::create_dir_all(place.platform().parent().unwrap()).unwrap();
        fs::symlink(&place.path("cache/linux_amd64"), &place.platform()).unwrap();
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn platform(&self) -> PathBuf {
        self.path("w/.terraform/providers").join(PACKAGE).join("linux_amd64")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_text(&self.path(path)).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        self.write(path, &text.replace(from, to));
    }

    fn with<T>(&self, act: impl FnOnce(&InitContext<'_>) -> T) -> T {
        let (working_dir, tool) = (self.path("w"), self.path("tool"));
        act(&InitContext {
            working_dir: &working_dir,
            env: &self.env,
            tool: Tool { path: &tool, version: self.version },
            args: &self.args,
        })
    }

    fn ask(&self) -> InitDecision {
        self.with(needs_init)
    }
}

type Change = fn(&mut Place);

#[test]
fn everything_that_an_init_depends_on_brings_one() {
    let package = Reason::ProviderMissing(Path::new(PACKAGE).to_path_buf());
    let changes: [(&str, Change, Reason); 18] = [
        (
            "a nested local module",
            |p| p.edit("m/n/main.tf", "null_resource", "random_id"),
            Reason::ModuleChanged,
        ),
        (
            "a file more in a local module",
            |p| p.write("m/more.tf", "provider \"x\" {}\n"),
            Reason::ModuleChanged,
        ),
        (
            "a constraint",
            |p| p.edit("w/main.tf", "backend", "required_version = \">= 1\"\n  backend"),
            Reason::ModuleChanged,
        ),
        ("a module call", |p| p.edit("w/main.tf", "../m", "../m/n"), Reason::ModuleChanged),
        ("the backend", |p| p.edit("w/main.tf", "\"local\"", "\"s3\""), Reason::ModuleChanged),
        ("backend settings", |p| p.args[0].push('y'), Reason::ArgumentsChanged),
        ("the lock file", |p| p.edit("w/.terraform.lock.hcl", "3.2.4", "3.2.5"), Reason::LockFileChanged),
        (
            "no lock file",
            |p| fs::remove_file(&p.path("w/.terraform.lock.hcl")).unwrap(),
            Reason::LockFileChanged,
        ),
        ("the tool", |p| p.write("tool", "22"), Reason::ToolChanged),
        ("the tool behind a version manager", |p| p.version = "1.12.0", Reason::ToolChanged),
        ("a plugin cache", |p| p.env.set("TF_PLUGIN_CACHE_DIR", "/c"), Reason::SettingsChanged),
        ("init arguments", |p| p.env.set("TF_CLI_ARGS_init", "-upgrade"), Reason::SettingsChanged),
        ("the settings file", |p| p.write("cli.tfrc", "disable_checkpoint = true"), Reason::SettingsChanged),
        (
            "a deleted provider",
            |p| fs::remove_dir_all(&p.path("w/.terraform/providers")).unwrap(),
            package.clone(),
        ),
        ("a dangling cache link", |p| fs::remove_dir_all(&p.path("cache")).unwrap(), package),
        (
            "a missing module",
            |p| fs::remove_dir_all(&p.path("w/.terraform/modules")).unwrap(),
            Reason::ModulesMissing,
        ),
        (
            "the backend's record",
            |p| fs::remove_file(&p.path("w/.terraform/terraform.tfstate")).unwrap(),
            Reason::BackendRecordChanged,
        ),
        ("a new source", |p| p.write("w/.terragrunt-init-required", ""), Reason::NewSource),
    ];
    for (name, change, want) in changes {
        let mut place = Place::new();
        assert_eq!(place.ask(), InitDecision::Needed(Reason::Never), "{name}");
        place.with(record_init).unwrap();
        assert_eq!(place.ask(), InitDecision::Current, "{name}");
        change(&mut place);
        assert_eq!(place.ask(), InitDecision::Needed(want), "{name}");
    }
}

#[test]
fn what_an_init_does_not_look_at_brings_none() {
    let changes: [(&str, Change); 5] = [
        ("a changed resource", |p| p.edit("m/n/main.tf", "{}", "{\n  triggers = {}\n}")),
        ("a resource more", |p| p.write("w/more.tf", "resource \"null_resource\" \"b\" {}\n")),
        ("a state", |p| p.write("w/terraform.tfstate", "{}")),
        ("another variable", |p| p.env.set("TF_VAR_x", "1")),
        ("a touched file", |p| p.edit("w/main.tf", "local", "local")),
    ];
    for (name, change) in changes {
        let mut place = Place::new();
        place.with(record_init).unwrap();
        change(&mut place);
        assert_eq!(place.ask(), InitDecision::Current, "{name}");
        assert_eq!(place.ask(), InitDecision::Current, "{name}, again");
    }
}

#[test]
fn in_doubt_an_init_is_needed() {
    let place = Place::new();
    place.with(record_init).unwrap();
    place.write("w/broken.tf", "resource {");
    assert!(matches!(place.ask(), InitDecision::Needed(Reason::Unclear(_))));
    place.with(record_init).unwrap();
    assert!(place.ask().is_needed());
    place.write("w/broken.tf", "");
    place.write("w/.terrace-init", "torn");
    assert_eq!(place.ask(), InitDecision::Needed(Reason::Never));
}

#[test]
fn the_record_takes_the_mark_away_and_holds_no_secret() {
    let mut place = Place::new();
    place.args = vec!["-backend-config=access_key=hunter2".to_owned()];
    place.write("w/.terragrunt-init-required", "");
    place.with(record_init).unwrap();
    assert!(!fs::exists(&place.path("w/.terragrunt-init-required")));
    assert!(!fs::read_text(&place.path("w/.terrace-init")).unwrap().contains("hunter2"));
}

#[test]
fn a_locked_provider_that_nothing_uses_may_be_missing() {
    let place = Place::new();
    place.write("w/.terraform.lock.hcl", &format!("{LOCK}{}", LOCK.replace("null", "random")));
    place.with(record_init).unwrap();
    assert_eq!(place.ask(), InitDecision::Current);
}
