//! Which files there are, for whom, in which order; each is read once in a process.

use super::decode::{FileSettings, decode};
use super::flavour::Flavour;
use super::settings::RcSettings;
use super::veil::veiled;
use crate::diag::{Code, Diagnostic, Diagnostics, SourceMap};
use crate::host::env::Env;
use crate::host::fs;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The variables that name the file, the one that counts first.
const VARIABLES: [&str; 2] = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"];

/// What people name who want no settings.
const NOTHING: &str = "/dev/null";

/// Whose settings they are.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// As the tool gets it.
    pub env: &'a Env,
    /// Where the tool runs.
    pub working_dir: &'a Path,
    pub flavour: Flavour,
}

/// The settings files of this machine, each read once, and what is wrong with them, each fault told once.
#[derive(Debug, Default)]
pub struct RcBook {
    sources: Arc<SourceMap>,
    files: Mutex<HashMap<PathBuf, Arc<FileSettings>>>,
    together: Mutex<HashMap<Vec<PathBuf>, Arc<RcSettings>>>,
    /// By what they say, so that a file that many units name in vain is told once.
    told: Mutex<BTreeSet<String>>,
    untold: Mutex<Diagnostics>,
}

impl RcBook {
    /// `sources` gets the texts of the files without their secrets, so that faults can be shown.
    #[must_use]
    pub fn new(sources: Arc<SourceMap>) -> Self {
        Self { sources, ..Self::default() }
    }

    /// What the files of a tool say together. Faulty ones say nothing, or less.
    #[must_use]
    pub fn settings(&self, reader: Reader<'_>) -> Arc<RcSettings> {
        let paths = files(reader);
        if let Some(known) = lock(&self.together).get(&paths) {
            return Arc::clone(known);
        }
        let read: Vec<_> = paths.iter().filter_map(|path| self.file(path)).collect();
        let (settings, faults) = RcSettings::of(&read);
        faults.into_iter().for_each(|fault| self.note(fault));
        let settings = Arc::new(settings);
        // What is not there may still be written, by a hook say.
        if read.len() == paths.len() {
            lock(&self.together).insert(paths, Arc::clone(&settings));
        }
        settings
    }

    /// The same where it is sure that the tool runs there: a file that is named in vain is a fault then.
    #[must_use]
    pub fn settings_for_sure(&self, reader: Reader<'_>) -> Arc<RcSettings> {
        if let Some((variable, named)) = named(reader.env)
            && !fs::exists(&reader.working_dir.join(named))
        {
            self.note(missing(variable, named));
        }
        self.settings(reader)
    }

    /// The faults that were found since this was asked last.
    #[must_use]
    pub fn take_faults(&self) -> Diagnostics {
        std::mem::take(&mut *lock(&self.untold))
    }

    /// `None` where there is no such file.
    fn file(&self, path: &Path) -> Option<Arc<FileSettings>> {
        if let Some(known) = lock(&self.files).get(path) {
            return Some(Arc::clone(known));
        }
        let text = if path == Path::new(NOTHING) { Ok(String::new()) } else { fs::read_text(path) };
        let read = match text {
            Ok(text) => decode(&text, self.sources.add(path, veiled(&text).into())),
            Err(error) if error.is_not_found() => return None,
            Err(error) => {
                let text = format!("a settings file of terraform is passed over: {error}");
                FileSettings::of_fault(Diagnostic::warning(Code::ToolSettings, text))
            }
        };
        read.faults.iter().for_each(|fault| self.note(fault.clone()));
        let read = Arc::new(read);
        lock(&self.files).insert(path.to_path_buf(), Arc::clone(&read));
        Some(read)
    }

    fn note(&self, fault: Diagnostic) {
        let place = fault.primary.as_ref().map(|label| (self.sources.locate(label.span), &label.text));
        if lock(&self.told).insert(format!("{} {place:?}", fault.summary)) {
            lock(&self.untold).push(fault);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(variable: &str, named: &str) -> Diagnostic {
    let text = format!("there is no settings file of terraform at {named}, which `{variable}` names");
    Diagnostic::warning(Code::ToolSettings, text)
        .hint(format!("write the file or unset `{variable}`; until then terraform runs without settings"))
}

fn named(env: &Env) -> Option<(&'static str, &str)> {
    VARIABLES.iter().find_map(|name| Some((*name, env.get_filled(name)?)))
}

/// The files that the tool reads, in order.
fn files(reader: Reader<'_>) -> Vec<PathBuf> {
    match named(reader.env) {
        Some((_, named)) => vec![fs::clean(&reader.working_dir.join(named))],
        None => [main_file(reader), files_of_folder(reader)].concat(),
    }
}

/// Every file that either tool may read, whether it is there or not.
#[must_use]
pub fn files_of_any(env: &Env, working_dir: &Path) -> Vec<PathBuf> {
    if let Some((_, named)) = named(env) {
        return vec![working_dir.join(named)];
    }
    let mut all = Vec::new();
    for flavour in [Flavour::Terraform, Flavour::Tofu] {
        let reader = Reader { env, working_dir, flavour };
        all.extend(candidates(reader));
        all.extend(files_of_folder(reader));
    }
    all.sort();
    all.dedup();
    all
}

/// The one file of a tool that is not named: the first that is there.
fn main_file(reader: Reader<'_>) -> Vec<PathBuf> {
    candidates(reader).into_iter().find(|path| fs::exists(path)).into_iter().collect()
}

fn candidates(Reader { env, flavour, .. }: Reader<'_>) -> Vec<PathBuf> {
    let is_tofu = flavour == Flavour::Tofu;
    if cfg!(windows) {
        let names = if is_tofu { &["tofu.rc", "terraform.rc"][..] } else { &["terraform.rc"] };
        let roaming = env.get_filled("APPDATA").map(Path::new);
        return roaming.into_iter().flat_map(|dir| names.iter().map(|name| dir.join(name))).collect();
    }
    let names = if is_tofu { &[".tofurc", ".terraformrc"][..] } else { &[".terraformrc"] };
    let home = env.home_dir();
    let in_home = home.iter().flat_map(|home| names.iter().map(|name| home.join(name)));
    let config = config_home(env).filter(|_| is_tofu);
    in_home.chain(config.map(|config| config.join("opentofu/tofurc"))).collect()
}

/// OpenTofu looks there only if the variable is set.
fn config_home(env: &Env) -> Option<PathBuf> {
    env.get_filled("XDG_CONFIG_HOME").map(PathBuf::from)
}

/// Files of the folder that is read beside the main file, in the order of their names.
fn files_of_folder(reader: Reader<'_>) -> Vec<PathBuf> {
    let Some(folder) = config_dir(reader) else { return Vec::new() };
    let entries = fs::list_dir(&folder).unwrap_or_default();
    let is_settings = |name: &str| name.ends_with(".tfrc") || name.ends_with(".tfrc.json");
    let names = entries.into_iter().map(|(name, _)| name).filter(|name| is_settings(&name.to_string_lossy()));
    let mut files: Vec<PathBuf> = names.map(|name| folder.join(name)).collect();
    files.sort();
    files
}

fn config_dir(Reader { env, flavour, .. }: Reader<'_>) -> Option<PathBuf> {
    let usual = home_config_dir(env);
    let is_there = usual.as_ref().is_some_and(|dir| fs::is_dir(dir));
    let other = config_home(env).filter(|_| flavour == Flavour::Tofu && !is_there && !cfg!(windows));
    other.map(|config| config.join("opentofu")).or(usual)
}

/// The folder of both tools for a user.
pub(super) fn home_config_dir(env: &Env) -> Option<PathBuf> {
    if cfg!(windows) {
        return Some(PathBuf::from(env.get_filled("APPDATA")?).join("terraform.d"));
    }
    Some(env.home_dir()?.join(".terraform.d"))
}

#[cfg(test)]
mod tests;
