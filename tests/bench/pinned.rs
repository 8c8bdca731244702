//! Estates whose versions are pinned: environments, modules that call modules, a lock file beside every unit, all of it in
//! git; and the folders in which terraform alone locks the same provider.

use super::generate::put;
use super::{Plan, Row, in_clean_env, measure, terrace};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An estate on disk.
pub struct Pinned {
    root: PathBuf,
    units: usize,
}

const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// So many modules that units take, each with one that it calls.
const MODULES: usize = 20;

const POLICY: &str = r#"pins {
  providers = "bounded"

  environment "dev" {
    paths = ["live/dev/**"]
  }

  environment "staging" {
    paths = ["live/staging/**"]
  }

  environment "prod" {
    paths     = ["live/prod/**"]
    providers = "bounded"
  }
}
"#;

const ROOT: &str = r#"terraform_version_constraint  = ">= 1.5.0, < 2.0.0"
terragrunt_version_constraint = ">= 0.50.0, < 2.0.0"

locals {
  environment = read_terragrunt_config(find_in_parent_folders("env.hcl"))
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = <<-EOF
    provider "thing" {
      region = "${local.environment.locals.region}"
    }
  EOF
}
"#;

const CODE: &str = r#"terraform {
  required_version = ">= 1.5.0, < 2.0.0"

  required_providers {
    thing = {
      source  = "acme/thing"
      version = "~> 1.2"
    }
  }
}
"#;

const LOCK: &str = r#"# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/acme/thing" {
  version     = "1.2.0"
  constraints = "~> 1.2"
  hashes = [
    "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "zh:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  ]
}
"#;

impl Pinned {
    /// Writes the estate below `root` and commits it.
    pub fn write(root: &Path, units: usize) -> Self {
        let estate = Self { root: root.to_owned(), units };
        put(&root.join("terrace.hcl"), POLICY);
        put(&root.join("live/root.hcl"), ROOT);
        put(&root.join(".gitignore"), ".terragrunt-cache/\n.terraform/\n");
        for environment in ENVIRONMENTS {
            let text = format!("locals {{\n  region = \"{environment}-1\"\n}}\n");
            put(&root.join("live").join(environment).join("env.hcl"), &text);
        }
        for module in 0..MODULES {
            let call =
                "module \"inner\" {\n  source = \"./inner\"\n}\n\nresource \"thing_one\" \"this\" {}\n";
            let dir = root.join(format!("modules/m{module:02}"));
            put(&dir.join("versions.tf"), CODE);
            put(&dir.join("main.tf"), call);
            put(&dir.join("variables.tf"), "variable \"name\" {\n  type = string\n}\n");
            put(&dir.join("inner/main.tf"), &format!("{CODE}\nresource \"thing_two\" \"this\" {{}}\n"));
        }
        for unit in 0..units {
            let dir = root.join(estate.name(unit));
            put(&dir.join("terragrunt.hcl"), &estate.unit_file(unit));
            put(&dir.join(".terraform.lock.hcl"), LOCK);
        }
        let script = "git init -q -b main && git add -A && git -c user.name=b -c user.email=b@example.com -c commit.gpgsign=false commit -q -m one";
        measure::run(Command::new("sh").arg("-c").arg(script).current_dir(root));
        estate
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A unit's folder from the root.
    pub fn name(&self, unit: usize) -> String {
        let environment = ENVIRONMENTS[unit % ENVIRONMENTS.len()];
        format!("live/{environment}/group{:03}/u{unit:05}", unit / 30)
    }

    pub fn last(&self) -> String {
        self.name(self.units - 1)
    }

    fn unit_file(&self, unit: usize) -> String {
        let module = unit % MODULES;
        let mut text =
            String::from("include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n\n");
        text += &format!("terraform {{\n  source = \"../../../../modules//m{module:02}\"\n}}\n\n");
        if let Some(before) = unit.checked_sub(ENVIRONMENTS.len()) {
            text += &format!(
                "dependency \"before\" {{\n  config_path = \"${{get_terragrunt_dir()}}/../../../../{}\"\n\n  mock_outputs = {{ id = \"mock\" }}\n}}\n\n",
                self.name(before)
            );
        }
        text + &format!("inputs = {{\n  name = \"u{unit:05}\"\n}}\n")
    }
}

/// Folders of terraform alone that need the same provider, and a mirror that has it.
pub struct Bare {
    pub folders: Vec<PathBuf>,
    pub mirror: PathBuf,
}

impl Bare {
    /// Writes them below `root`. The provider is made up: to lock and to install it, it is never started.
    pub fn write(root: &Path, units: usize) -> Self {
        let mirror = root.join("mirror");
        let package = mirror.join("registry.terraform.io/acme/thing/1.2.0/linux_amd64");
        let program = package.join("terraform-provider-thing_v1.2.0");
        put(&program, &"#!/bin/sh\nexit 1\n".repeat(100_000));
        measure::run(Command::new("chmod").arg("+x").arg(&program));
        let folders: Vec<PathBuf> = (0..units).map(|unit| root.join(format!("bare/u{unit:05}"))).collect();
        for folder in &folders {
            put(&folder.join("main.tf"), CODE);
        }
        Self { folders, mirror }
    }

    /// As they were before anything was locked.
    pub fn forget(&self) {
        for folder in &self.folders {
            let _ = std::fs::remove_file(folder.join(".terraform.lock.hcl"));
            let _ = std::fs::remove_dir_all(folder.join(".terraform"));
        }
    }
}

impl Plan {
    /// The whole check of an estate with modules and lock files.
    pub(super) fn pins_rows(&self) {
        for (name, units, wanted) in [("pins-1000", 1000, "≤ 0.25 s"), ("pins-10000", 10_000, "≤ 2 s")] {
            if !self.wants(name) {
                continue;
            }
            let units = self.size(units);
            let estate = Pinned::write(&self.base.join(name), units);
            let what = format!("`pins check`, {units} units with modules and lock files");
            let mut row = Row::new(name, what, wanted, units);
            for _ in 0..self.pairs {
                row.ours.push(measure::run(terrace(&["pins", "check"]).current_dir(estate.root())));
            }
            row.print();
        }
    }

    /// What a hook asks on each commit.
    pub(super) fn commit_rows(&self) {
        let rows: [(&'static str, &[&str], &str); 4] = [
            ("pins-files", &["pins", "check", "--files", "--"], "/terragrunt.hcl"),
            ("pins-files-lock", &["pins", "check", "--files", "--"], "/.terraform.lock.hcl"),
            ("validate-files", &["hcl", "validate", "--files", "--"], "/terragrunt.hcl"),
            ("validate-nothing", &["hcl", "validate", "--files", "--"], ""),
        ];
        let units = self.size(1000);
        let wanted = rows.iter().any(|(name, ..)| self.wants(name));
        let Some(estate) = wanted.then(|| Pinned::write(&self.base.join("commits"), units)) else { return };
        for (name, args, file) in rows.into_iter().filter(|(name, ..)| self.wants(name)) {
            let touched = format!("{}{file}", estate.last());
            let args: Vec<&str> =
                args.iter().copied().chain((!file.is_empty()).then_some(&*touched)).collect();
            let what = format!(
                "`{}` and {}, {units} units",
                args[..4].join(" "),
                if file.is_empty() { "nothing" } else { &file[1..] }
            );
            let mut row = Row::new(name, what, "≤ 0.05 s", 1);
            for _ in 0..self.pairs {
                row.ours.push(measure::run(terrace(&args).current_dir(estate.root())));
            }
            row.print();
        }
    }

    /// The usual hook beside ours: one process of terraform for each unit that changed, one after the other, with the
    /// provider in a folder on this machine, where it is fastest.
    pub(super) fn usual_hook_row(&self) {
        let units = 10;
        let hooks: [(&'static str, &str, &[&str]); 2] = [
            ("hook-lock", "providers lock", &["providers", "lock", "-platform=linux_amd64"]),
            ("hook-init", "init -backend=false", &["init", "-backend=false", "-input=false"]),
        ];
        for (name, shown, args) in hooks {
            if !self.wants(name) {
                continue;
            }
            let bare = Bare::write(&self.base.join(name), units);
            let estate = Pinned::write(&self.base.join(format!("{name}-ours")), self.size(1000));
            let place = match args[0] {
                "init" => format!("-plugin-dir={}", bare.mirror.display()),
                _ => format!("-fs-mirror={}", bare.mirror.display()),
            };
            let names: Vec<String> =
                (0..units).map(|unit| format!("{}/terragrunt.hcl", estate.name(unit))).collect();
            let touched =
                ["pins", "check", "--files", "--"].into_iter().chain(names.iter().map(String::as_str));
            let touched: Vec<&str> = touched.collect();
            let what = format!(
                "`pins check --files` of {units} units of {}, beside `terraform {shown}` in {units} folders",
                self.size(1000)
            );
            let mut row = Row::new(name, what, "faster", units);
            let theirs = || {
                bare.forget();
                let begin = std::time::Instant::now();
                for folder in &bare.folders {
                    let mut terraform = Command::new("terraform");
                    measure::run(in_clean_env(terraform.args(args).arg(&place)).current_dir(folder));
                }
                begin.elapsed()
            };
            self.measure_pairs(
                &mut row,
                || measure::run(terrace(&touched).current_dir(estate.root())),
                theirs,
            );
            row.print();
        }
    }
}
