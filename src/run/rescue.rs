//! `errored.tfstate`: what terraform leaves in its working directory when it cannot store a state. Nothing else knows what
//! was made, so the file is brought out of the cache, and its unit does not run until the state is where it belongs.

use super::command::TerraformCommand;
use super::failure::Failure;
use super::settings::Action;
use super::whereabouts::workspace;
use crate::diag::shell_word;
use crate::hcl::functions::hex;
use crate::host::clock;
use crate::host::env::Env;
use crate::host::fs::{self, FileError};
use crate::source::Layout;
use crate::source::cache::ERRORED_STATE;
use crate::source::states::files_called;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Below the user's folder for what lasts.
const FOLDER: &str = "terrace/rescued-states";
/// Beside the unit, where the user has no folder that can be written.
const FALLBACK: &str = ".terrace-rescued-states";
const ENDING: &str = ".tfstate";
/// Stands between the time and the workspace in a name.
const WORKSPACE_MARK: char = '@';

/// Where rescued states are kept.
#[derive(Clone, Debug)]
pub struct Rescues {
    root: Option<PathBuf>,
}

/// The unit that states are rescued from.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    pub dir: &'a Path,
    pub config_path: &'a Path,
}

/// A state that was brought to safety.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescued {
    pub path: PathBuf,
    /// The workspace that it belongs to, unless that is the default one.
    pub workspace: Option<String>,
}

impl Rescues {
    #[must_use]
    pub fn of_user(env: &Env) -> Self {
        Self { root: env.data_dir().map(|dir| dir.join(FOLDER)) }
    }

    /// The states of a unit that wait to be stored, oldest first.
    #[must_use]
    pub fn pending(&self, unit_dir: &Path) -> Vec<Rescued> {
        let folders = self.own_folder(unit_dir).into_iter().chain([unit_dir.join(FALLBACK)]);
        let mut found: Vec<Rescued> = folders.flat_map(|folder| states_in(&folder)).collect();
        found.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
        found
    }

    /// Brings what terraform left in its working directory to safety.
    ///
    /// # Errors
    /// When it cannot be moved; it is then still where it was.
    pub fn take(
        &self,
        owner: Owner<'_>,
        (working_dir, env): (&Path, &Env),
    ) -> Result<Option<Rescued>, FileError> {
        let left = working_dir.join(ERRORED_STATE);
        if !is_plain_file(&left) {
            return Ok(None);
        }
        self.bring(&left, owner.dir, workspace(working_dir, env)).map(Some)
    }

    /// The same for every working directory that a unit had, before any of them is written.
    ///
    /// # Errors
    /// As there.
    pub fn take_all(&self, owner: Owner<'_>, (layout, env): (&Layout, &Env)) -> Result<(), FileError> {
        let below = layout.working_dir.strip_prefix(&layout.root).unwrap_or(Path::new(""));
        let place = layout.root.parent().unwrap_or(&layout.root);
        for (name, kind) in fs::list_dir(place).unwrap_or_default() {
            if kind != fs::EntryKind::Directory {
                continue;
            }
            let root = place.join(name);
            self.take(owner, (&root, env))?;
            if !below.as_os_str().is_empty() {
                self.take(owner, (&root.join(below), env))?;
            }
        }
        Ok(())
    }

    /// The same for every unit whose cache lies in a folder that is about to go.
    ///
    /// # Errors
    /// As there.
    pub fn take_below(&self, folder: &Path, env: &Env) -> Result<Vec<Rescued>, FileError> {
        let left = files_called(folder, ERRORED_STATE).into_iter().filter(|path| is_plain_file(path));
        left.filter_map(|path| {
            let unit = unit_around(&path)?;
            let dir = path.parent()?;
            Some(self.bring(&path, &unit, workspace(dir, env)))
        })
        .collect()
    }

    /// Hears that a state was stored; the file then waits no longer. Says where it is kept now.
    #[must_use]
    pub fn settle(&self, unit_dir: &Path, stored: &Path) -> Option<PathBuf> {
        let stored = fs::canonicalize(stored).ok()?;
        let pending = self.pending(unit_dir);
        let found =
            pending.into_iter().find(|waits| fs::canonicalize(&waits.path).is_ok_and(|it| it == stored))?;
        let names = (1..).map(|count| match count {
            1 => found.path.with_extension("stored"),
            count => found.path.with_extension(format!("{count}.stored")),
        });
        for done in names {
            if fs::move_private(&found.path, &done).ok()? {
                return Some(done);
            }
        }
        None
    }

    fn bring(&self, left: &Path, unit_dir: &Path, workspace: Option<String>) -> Result<Rescued, FileError> {
        if let Some(known) = self.pending(unit_dir).into_iter().find(|known| are_equal(&known.path, left)) {
            fs::remove_file(left)?;
            return Ok(known);
        }
        let stamp = clock::rfc3339(clock::now()).replace(':', "-");
        let place = workspace.map_or_else(String::new, |name| format!("{WORKSPACE_MARK}{name}"));
        let names = (stamp.as_str(), place.as_str());
        match self.own_folder(unit_dir).map(|folder| bring_to(&folder, left, names)) {
            Some(Ok(rescued)) => Ok(rescued),
            // A home that cannot be written, as in many containers.
            Some(Err(_)) | None => bring_to(&unit_dir.join(FALLBACK), left, names),
        }
    }

    /// Below the user's folder: the unit's name, so that people find it, and a digest of its place.
    fn own_folder(&self, unit_dir: &Path) -> Option<PathBuf> {
        let real = fs::canonicalize(unit_dir).unwrap_or_else(|_| unit_dir.to_path_buf());
        let name = real.file_name().map_or("unit".into(), |name| name.to_string_lossy());
        let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
        Some(self.root.as_ref()?.join(format!("{name}-{}", hex(&digest[..8]))))
    }
}

fn states_in(folder: &Path) -> Vec<Rescued> {
    let entries = fs::list_dir(folder).unwrap_or_default();
    let names = entries.into_iter().filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| name.ends_with(ENDING)).map(|name| rescued(folder, &name)).collect()
}

fn bring_to(folder: &Path, left: &Path, (stamp, place): (&str, &str)) -> Result<Rescued, FileError> {
    fs::create_private_dir_all(folder)?;
    if folder.ends_with(FALLBACK) {
        // Beside the unit it must not be committed by mistake.
        fs::write_atomic(&folder.join(".gitignore"), b"*\n", fs::Access::Private)?;
    }
    let mut count = 1;
    loop {
        let number = if count == 1 { String::new() } else { format!("_{count}") };
        let name = format!("{stamp}{number}{place}{ENDING}");
        if fs::move_private(left, &folder.join(&name))? {
            return Ok(rescued(folder, &name));
        }
        count += 1;
    }
}

fn rescued(folder: &Path, name: &str) -> Rescued {
    let stem = name.strip_suffix(ENDING).unwrap_or(name);
    let workspace = stem.split_once(WORKSPACE_MARK).map(|(_, workspace)| workspace.to_owned());
    Rescued { path: folder.join(name), workspace }
}

/// A link is nothing that terraform left.
fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
}

fn are_equal(one: &Path, other: &Path) -> bool {
    let size = |path: &Path| fs::metadata(path).map(|meta| meta.len()).ok();
    size(one) == size(other) && fs::read(one).ok() == fs::read(other).ok()
}

/// The unit whose cache a path lies in, where the cache is in its usual place.
fn unit_around(path: &Path) -> Option<PathBuf> {
    let cache = path.ancestors().find(|folder| folder.ends_with(crate::source::cache::DOWNLOAD_DIR))?;
    cache.parent().map(Path::to_path_buf)
}

/// The command that stores a rescued state, to be pasted.
#[must_use]
pub fn push_command(owner: Owner<'_>, rescued: &Rescued) -> String {
    let word = |path: &Path| shell_word(&path.to_string_lossy());
    let workspace = rescued.workspace.as_deref();
    let workspace = workspace.map_or_else(String::new, |name| format!("TF_WORKSPACE={} ", shell_word(name)));
    let name = owner.config_path.file_name().unwrap_or_default().to_string_lossy();
    let config = match &*name {
        "terragrunt.hcl" | "terragrunt.hcl.json" => String::new(),
        name => format!(" --config {}", shell_word(name)),
    };
    format!("cd {} && {workspace}terrace state push{config} {}", word(owner.dir), word(&rescued.path))
}

/// The failure of a unit whose state was brought to safety just now.
pub fn failure(owner: Owner<'_>, rescued: &Rescued) -> Failure {
    let failure = Failure::of_message(format!(
        "the state could not be stored; terraform left it in a file, and that is now {}: nothing else knows what was made",
        rescued.path.display()
    ));
    let failure = failure
        .advise(format!("when its store answers again, store the state: {}", push_command(owner, rescued)))
        .advise("until then this unit does not run");
    Failure { is_final: true, ..failure }
}

/// Why a unit does not run while states of it wait to be stored.
#[must_use]
pub fn refusal(owner: Owner<'_>, pending: &[Rescued]) -> String {
    let why = "this unit does not run: an earlier run could not store its state, which waits in a file";
    format!("{why}{}", ways_out(owner, pending))
}

/// What is said to somebody who only looks at such a unit.
#[must_use]
pub fn reminder(owner: Owner<'_>, pending: &[Rescued]) -> String {
    format!("a state of this unit waits to be stored{}", ways_out(owner, pending))
}

fn ways_out(owner: Owner<'_>, pending: &[Rescued]) -> String {
    let way = |rescued: &Rescued| {
        let (push, path) = (push_command(owner, rescued), rescued.path.display());
        format!("\n  store it: {push}\n  or, if it is stored already, remove {path}")
    };
    pending.iter().map(way).collect()
}

/// Whether an action may run while a state waits: it reads, or it is needed to store that state.
#[must_use]
pub fn may_run(action: &Action) -> bool {
    let Action::Terraform(command) = action else { return false };
    if ["help", "h"].iter().any(|flag| command.has_flag(flag)) {
        return true;
    }
    let below = command.subcommands.first().map(String::as_str).unwrap_or_default();
    match &*command.name {
        "console" | "fmt" | "force-unlock" | "get" | "graph" | "login" | "logout" | "metadata" | "output"
        | "providers" | "show" | "validate" | "version" => true,
        "state" => !command.may_change_state() || below == "push",
        "init" | "workspace" | "env" => !command.may_change_state(),
        _ => false,
    }
}

/// The file that a command stores as the state, where it does so.
#[must_use]
pub fn pushed_file(command: &TerraformCommand) -> Option<&str> {
    let is_push = command.name == "state" && command.subcommands.iter().any(|word| word == "push");
    command.positionals.first().map(String::as_str).filter(|file| is_push && *file != "-")
}

#[cfg(test)]
mod tests {
    use super::{Owner, Rescued, Rescues, may_run, push_command};
    use crate::host::env::Env;
    use crate::host::fs::{self, Access, create_dir_all, write_atomic};
    use crate::run::command::TerraformCommand;
    use crate::run::settings::{Action, ExecPlace};
    use std::path::Path;

    fn action(line: &str) -> Action {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Action::Terraform(TerraformCommand::parse(&words).unwrap())
    }

    #[test]
    fn only_what_reads_or_stores_may_run() {
        for line in [
            "state push x",
            "state pull",
            "state list",
            "output -json",
            "show",
            "init",
            "init -reconfigure",
            "workspace select dev",
            "force-unlock x",
            "plan -help",
            "validate",
        ] {
            assert!(may_run(&action(line)), "{line}");
        }
        for line in [
            "apply",
            "plan",
            "destroy",
            "refresh",
            "import a b",
            "taint a",
            "state mv a b",
            "state rm a",
            "init -migrate-state",
            "init -force-copy",
            "workspace delete dev",
            "workspace new dev",
            "test",
        ] {
            assert!(!may_run(&action(line)), "{line}");
        }
        assert!(!may_run(&Action::Exec { argv: vec!["ls".to_owned()], place: ExecPlace::UnitDir }));
    }

    #[test]
    fn the_command_to_paste_is_quoted() {
        let rescued = Rescued { path: "/d/it's.tfstate".into(), workspace: Some("dev 1".to_owned()) };
        let owner = Owner { dir: Path::new("/a b"), config_path: Path::new("/a b/unit.hcl") };
        assert_eq!(
            push_command(owner, &rescued),
            r"cd '/a b' && TF_WORKSPACE='dev 1' terrace state push --config unit.hcl '/d/it'\''s.tfstate'"
        );
    }

    fn write(path: &Path, text: &str) {
        create_dir_all(path.parent().unwrap()).unwrap();
        write_atomic(path, text.as_bytes(), Access::Shared).unwrap();
    }

    #[test]
    fn a_state_is_moved_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (unit, work) = (folder.path().join("u"), folder.path().join("w"));
        create_dir_all(&unit).unwrap();
        let mut env = Env::default();
        env.set("XDG_DATA_HOME", folder.path().join("data"));
        env.set("HOME", folder.path());
        let rescues = Rescues::of_user(&env);
        let owner = Owner { dir: &unit, config_path: &unit.join("terragrunt.hcl") };
        let leave = |text: &str| write(&work.join("errored.tfstate"), text);
        leave("one");
        let first = rescues.take(owner, (&work, &env)).unwrap().unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&first.path).unwrap()) & 0o777, 0o600);
        assert!(!fs::exists(&work.join("errored.tfstate")));
        env.set("TF_WORKSPACE", "dev");
        leave("two");
        let second = rescues.take(owner, (&work, &env)).unwrap().unwrap();
        assert_eq!(second.workspace.as_deref(), Some("dev"));
        leave("two");
        assert_eq!(rescues.take(owner, (&work, &env)).unwrap(), Some(second.clone()), "the same once more");
        leave("three");
        assert!(rescues.take(owner, (&work, &env)).unwrap().is_some());
        let texts: Vec<_> =
            rescues.pending(&unit).iter().map(|it| fs::read_text(&it.path).unwrap()).collect();
        assert_eq!(texts.len(), 3);
        assert!(["one", "two", "three"].iter().all(|text| texts.iter().any(|known| known == text)));
        assert!(rescues.settle(&unit, &work).is_none());
        let kept = rescues.settle(&unit, &second.path).unwrap();
        assert_eq!((fs::read_text(&kept).unwrap().as_str(), rescues.pending(&unit).len()), ("two", 2));
        assert!(rescues.pending(&folder.path().join("other")).is_empty());
    }

    #[test]
    fn without_a_home_it_goes_beside_its_unit() {
        let folder = tempfile::tempdir().unwrap();
        let unit = folder.path().join("u");
        write(&folder.path().join("file"), "");
        let mut env = Env::default();
        env.set("XDG_DATA_HOME", folder.path().join("file"));
        for env in [Env::default(), env] {
            write(&unit.join("w/errored.tfstate"), "one");
            let rescues = Rescues::of_user(&env);
            let owner = Owner { dir: &unit, config_path: &unit.join("terragrunt.hcl") };
            let rescued = rescues.take(owner, (&unit.join("w"), &env)).unwrap().unwrap();
            assert_eq!(rescued.path.parent().unwrap(), unit.join(".terrace-rescued-states"));
            assert_eq!(fs::read_text(&unit.join(".terrace-rescued-states/.gitignore")).unwrap(), "*\n");
            assert_eq!(rescues.pending(&unit).len(), 1);
        }
    }
}
