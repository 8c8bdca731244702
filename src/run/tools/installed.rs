//! The versions of a tool that version managers have installed: tenv, tfenv, tofuenv, mise, asdf. Looks at names of
//! folders; starts nothing and installs nothing.

use crate::host::env::Env;
use crate::host::fs;
use crate::provider::{Flavour, Version};
use std::path::{Path, PathBuf};

/// One tool that could run.
#[derive(Clone, Debug)]
pub struct Found {
    pub program: PathBuf,
    pub version: Version,
    /// `PATH`, or the version manager that keeps it.
    pub keeper: &'static str,
}

/// A folder whose folders are named after versions.
struct Shelf {
    keeper: &'static str,
    folder: PathBuf,
    /// Where the program is below the folder of its version; the first that is there.
    inside: &'static [&'static str],
}

/// Every installed version of a tool; of a version that several keep, each.
#[must_use]
pub fn installed(env: &Env, flavour: Flavour) -> Vec<Found> {
    let shelves = shelves(env, flavour);
    shelves.iter().flat_map(|shelf| on_shelf(shelf, flavour)).collect()
}

fn on_shelf(shelf: &Shelf, flavour: Flavour) -> Vec<Found> {
    let names = fs::read_dir(&shelf.folder).unwrap_or_default();
    let found = names.iter().filter_map(|entry| {
        let name = entry.file_name();
        // Links such as `latest` and `1.5` lead to folders that have names of their own.
        let version = Version::parse(name.to_str()?).ok().filter(|version| version.segments().len() >= 3)?;
        let folder = entry.path();
        let program = shelf.inside.iter().map(|inside| folder.join(inside).join(flavour.program()));
        let program = program.into_iter().find(|program| fs::is_executable(program))?;
        Some(Found { program, version, keeper: shelf.keeper })
    });
    found.collect()
}

fn shelves(env: &Env, flavour: Flavour) -> Vec<Shelf> {
    let home = env.home_dir();
    let root = |names: &[&str], usual: &str| {
        let set = names.iter().find_map(|name| env.get_filled(name)).map(PathBuf::from);
        set.or_else(|| Some(home.as_ref()?.join(usual)))
    };
    let data = env.get_filled("XDG_DATA_HOME").map(|data| Path::new(data).join("mise"));
    let mise = env.get_filled("MISE_DATA_DIR").map(PathBuf::from).or(data);
    let mise = mise.or_else(|| Some(home.as_ref()?.join(".local/share/mise")));
    let (tenv, env_of_one, names, aqua) = match flavour {
        Flavour::Terraform => (
            "Terraform",
            ("tfenv", root(&["TFENV_CONFIG_DIR", "TFENV_ROOT"], ".tfenv")),
            &["terraform"][..],
            "aqua-hashicorp-terraform",
        ),
        Flavour::Tofu => (
            "OpenTofu",
            ("tofuenv", root(&["TOFUENV_CONFIG_DIR", "TOFUENV_ROOT"], ".tofuenv")),
            &["opentofu", "tofu"][..],
            "aqua-opentofu-opentofu",
        ),
    };
    let mut shelves = Vec::new();
    let mut add = |keeper, folder: Option<PathBuf>, inside| {
        shelves.extend(folder.map(|folder| Shelf { keeper, folder, inside }));
    };
    add("tenv", root(&["TENV_ROOT"], ".tenv").map(|root| root.join(tenv)), &[""]);
    add(env_of_one.0, env_of_one.1.map(|root| root.join("versions")), &[""]);
    for name in names.iter().copied().chain([aqua]) {
        add("mise", mise.as_ref().map(|root| root.join("installs").join(name)), &["bin", ""]);
    }
    for name in names {
        let asdf = root(&["ASDF_DATA_DIR"], ".asdf");
        add("asdf", asdf.map(|root| root.join("installs").join(name)), &["bin", ""]);
    }
    shelves
}
