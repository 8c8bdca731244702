//! Which pins of tools govern a folder: the nearest file upwards that names the tool, or a variable of a version
//! manager, which wins over files in all of them. Each file is read once.

use crate::diag::{Diagnostics, SourceMap};
use crate::host::env::Env;
use crate::host::fs;
use crate::provider::Flavour;
use crate::provider::tool_files::{NAMES, ToolPin, Wanted, parse, parse_wanted};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A pin, and the file that it stands in.
#[derive(Clone, Debug)]
pub struct Governing {
    pub pin: ToolPin,
    pub path: PathBuf,
}

/// What governs a folder.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    terraform: Option<Arc<Governing>>,
    tofu: Option<Arc<Governing>>,
    /// Of files that say nothing that can be understood. One that is governed by them runs nothing.
    pub faults: Arc<Diagnostics>,
}

impl Pins {
    #[must_use]
    pub fn of(&self, flavour: Flavour) -> Option<&Arc<Governing>> {
        match flavour {
            Flavour::Terraform => self.terraform.as_ref(),
            Flavour::Tofu => self.tofu.as_ref(),
        }
    }

    /// Nearer pins go before those of the folders above.
    fn under(mut self, above: &Self) -> Self {
        self.terraform = self.terraform.or_else(|| above.terraform.clone());
        self.tofu = self.tofu.or_else(|| above.tofu.clone());
        if self.faults.is_empty() {
            self.faults = Arc::clone(&above.faults);
        }
        self
    }
}

/// The pins of folders, each looked for once.
#[derive(Debug)]
pub struct PinBook {
    sources: Arc<SourceMap>,
    known: Mutex<HashMap<PathBuf, Pins>>,
}

impl PinBook {
    #[must_use]
    pub fn new(sources: Arc<SourceMap>) -> Self {
        Self { sources, known: Mutex::default() }
    }

    #[must_use]
    pub fn govern(&self, dir: &Path) -> Pins {
        let known = |dir: &Path| self.known.lock().unwrap_or_else(PoisonError::into_inner).get(dir).cloned();
        let (mut new, mut pins) = (Vec::new(), Pins::default());
        for folder in dir.ancestors() {
            if let Some(known) = known(folder) {
                pins = known;
                break;
            }
            new.push(folder);
        }
        for folder in new.into_iter().rev() {
            pins = self.read(folder).under(&pins);
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(folder.to_path_buf(), pins.clone());
        }
        pins
    }

    fn read(&self, folder: &Path) -> Pins {
        let (mut pins, mut faults) = (Pins::default(), Diagnostics::new());
        for name in NAMES {
            let path = folder.join(name);
            if !fs::is_file(&path) {
                continue;
            }
            // What cannot be read is as little there for a version manager.
            let Ok(text) = fs::read_text(&path) else { continue };
            let file = self.sources.add(&path, text.as_str().into());
            let (found, faulty) = parse(name, &text, file);
            faults.extend(faulty);
            for pin in found {
                let slot = match pin.flavour {
                    Flavour::Terraform => &mut pins.terraform,
                    Flavour::Tofu => &mut pins.tofu,
                };
                slot.get_or_insert_with(|| Arc::new(Governing { pin, path: path.clone() }));
            }
        }
        pins.faults = Arc::new(faults);
        pins
    }
}

/// Variables by which version managers are told a version.
const VARIABLES: [(Flavour, &[&str]); 2] = [
    (Flavour::Terraform, &["TFENV_TERRAFORM_VERSION", "MISE_TERRAFORM_VERSION", "ASDF_TERRAFORM_VERSION"]),
    (Flavour::Tofu, &["TOFUENV_TOFU_VERSION", "MISE_OPENTOFU_VERSION", "ASDF_OPENTOFU_VERSION"]),
];

/// The variable that is set, what it says, and what that means.
#[must_use]
pub fn of_env(env: &Env, flavour: Flavour) -> Option<(&'static str, String, Result<Wanted, String>)> {
    let (_, names) = VARIABLES.iter().find(|(of, _)| *of == flavour)?;
    let (name, text) = names.iter().find_map(|name| Some((*name, env.get_filled(name)?)))?;
    Some((name, text.to_owned(), parse_wanted(text)))
}
