//! Estates of any size: units in layers, each with two dependencies, beside the same work for bare terraform.

use std::fs;
use std::path::{Path, PathBuf};

/// A tree of units on disk.
pub struct Estate {
    root: PathBuf,
    units: usize,
    layers: usize,
}

const MODULE: &str = r#"variable "name" {
  type = string
}

variable "needs" {
  type    = list(string)
  default = []
}

resource "terraform_data" "this" {
  input = join("/", concat([var.name], var.needs))
}

output "id" {
  value = "id-${var.name}"
}
"#;

const ROOT: &str = r#"remote_state {
  backend = "local"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    path = "${get_parent_terragrunt_dir()}/../state/${path_relative_to_include()}/terraform.tfstate"
  }
}
"#;

impl Estate {
    /// Writes `units` units in `layers` layers below `root`.
    pub fn write(root: &Path, units: usize, layers: usize, source: &str) -> Self {
        let estate = Self { root: root.to_owned(), units, layers };
        put(&root.join("modules/unit/main.tf"), MODULE);
        put(&root.join("live/root.hcl"), ROOT);
        for unit in 0..units {
            put(
                &root.join("live").join(estate.name(unit)).join("terragrunt.hcl"),
                &estate.unit_file(unit, source),
            );
        }
        estate
    }

    /// Writes the folders in which bare terraform does the same: same module, backend and inputs.
    pub fn write_bare(&self) {
        for unit in 0..self.units {
            let (name, dir) = (self.name(unit), self.bare_dir(unit));
            put(&dir.join("main.tf"), MODULE);
            let state = self.root.join("bare-state").join(&name).join("terraform.tfstate");
            put(
                &dir.join("backend.tf"),
                &format!(
                    "terraform {{\n  backend \"local\" {{\n    path = \"{}\"\n  }}\n}}\n",
                    state.display()
                ),
            );
            let needs: Vec<String> =
                self.needs(unit).iter().map(|n| format!("\"id-{}\"", self.name(*n))).collect();
            put(
                &dir.join("terraform.tfvars.json"),
                &format!("{{\"name\":\"{name}\",\"needs\":[{}]}}\n", needs.join(",")),
            );
        }
    }

    pub fn live(&self) -> PathBuf {
        self.root.join("live")
    }

    /// The folders of bare terraform, layer by layer.
    pub fn bare_layers(&self) -> Vec<Vec<PathBuf>> {
        let width = self.width();
        let all: Vec<PathBuf> = (0..self.units).map(|unit| self.bare_dir(unit)).collect();
        all.chunks(width).map(<[PathBuf]>::to_vec).collect()
    }

    /// Forgets caches: the next run is a first one. States go too.
    pub fn forget(&self) {
        for unit in 0..self.units {
            let _ = fs::remove_dir_all(self.live().join(self.name(unit)).join(".terragrunt-cache"));
            let _ = fs::remove_dir_all(self.bare_dir(unit).join(".terraform"));
        }
        self.forget_states();
    }

    /// Forgets what was applied.
    pub fn forget_states(&self) {
        let _ = fs::remove_dir_all(self.root.join("state"));
        let _ = fs::remove_dir_all(self.root.join("bare-state"));
    }

    /// Puts a cache of the usual shape beside every unit, as after a run of a module with a provider.
    pub fn populate_caches(&self) {
        for unit in 0..self.units {
            let cache = self.live().join(self.name(unit)).join(".terragrunt-cache/AAAA/BBBB");
            for file in [
                "main.tf",
                "backend.tf",
                ".terraform.lock.hcl",
                "modules/a/main.tf",
                "modules/b/main.tf",
                "terragrunt.hcl",
            ] {
                put(&cache.join(file), "");
            }
            put(&cache.join(".terraform/providers/example.com/acme/x/1.0.0/linux_amd64/provider"), "");
            put(&cache.join(".terraform/modules/modules.json"), "{}");
        }
    }

    fn bare_dir(&self, unit: usize) -> PathBuf {
        self.root.join("bare").join(self.name(unit))
    }

    fn width(&self) -> usize {
        self.units.div_ceil(self.layers)
    }

    pub fn name(&self, unit: usize) -> String {
        format!("layer{:02}/u{unit:05}", unit / self.width())
    }

    /// The two units of the layer below that this one needs.
    fn needs(&self, unit: usize) -> Vec<usize> {
        let width = self.width();
        let Some(below) = (unit / width).checked_sub(1) else { return Vec::new() };
        let place = unit % width;
        let mut needs = vec![below * width + place, below * width + (place + 1) % width];
        needs.dedup();
        needs
    }

    fn unit_file(&self, unit: usize, source: &str) -> String {
        use std::fmt::Write as _;
        let mut text =
            String::from("include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n\n");
        let _ = write!(text, "terraform {{\n  source = \"{source}\"\n}}\n\n");
        let needs = self.needs(unit);
        for (label, need) in ["one", "two"].iter().zip(&needs) {
            let _ = write!(
                text,
                "dependency \"{label}\" {{\n  config_path = \"../../{}\"\n\n  mock_outputs = {{ id = \"mock\" }}\n}}\n\n",
                self.name(*need)
            );
        }
        let ids: Vec<String> =
            ["one", "two"].iter().take(needs.len()).map(|l| format!("dependency.{l}.outputs.id")).collect();
        let _ = write!(
            text,
            "inputs = {{\n  name  = \"{}\"\n  needs = [{}]\n}}\n",
            self.name(unit),
            ids.join(", ")
        );
        text
    }
}

/// Writes a file with its folders.
pub fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
    fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
