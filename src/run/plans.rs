//! Plan files over many units: where each unit's plan is kept, and its JSON form.

use super::argv::Scope;
use super::command::TerraformCommand;
use super::failure::{Failure, Message};
use super::settings::RunSettings;
use crate::diag::Code;
use crate::host::fs::{self, Access};
use crate::host::process::Invocation;
use std::path::PathBuf;

/// The name that the reference gives to every plan.
const PLAN: &str = "tfplan.tfplan";

/// Where one unit's plan goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanFiles {
    /// What terraform writes or reads; relative to the working directory where only JSON is asked for.
    pub binary: Option<PathBuf>,
    pub json: Option<PathBuf>,
}

impl PlanFiles {
    /// For the unit of this name, which is its path below the working root.
    #[must_use]
    pub fn of(settings: &RunSettings, unit: &str) -> Self {
        if settings.scope == Scope::Single {
            return Self::default();
        }
        let json = settings.json_out_dir.as_ref().map(|dir| fs::clean(&dir.join(unit)).join("tfplan.json"));
        let kept = settings.out_dir.as_ref().map(|dir| fs::clean(&dir.join(unit)).join(PLAN));
        let is_plan = settings.action.word() == "plan";
        let binary = kept.or_else(|| json.as_ref().filter(|_| is_plan).map(|_| PLAN.into()));
        Self { binary, json }
    }

    /// Makes the folders; only the owner may look: plans hold secrets.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn make_folders(&self) -> Result<(), fs::FileError> {
        let absolute = [&self.binary, &self.json].into_iter().flatten().filter(|path| path.is_absolute());
        absolute.filter_map(|path| path.parent()).try_for_each(fs::create_private_dir_all)
    }

    /// Lets nobody but the owner read the plan that was written.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn close(&self) -> Result<(), fs::FileError> {
        match self.binary.as_ref().filter(|path| path.is_absolute() && fs::is_file(path)) {
            Some(path) => fs::make_private(path),
            None => Ok(()),
        }
    }

    /// The plan whose JSON is wanted after this command: the user's own file if there is one.
    #[must_use]
    pub fn shown_plan(&self, command: &TerraformCommand) -> Option<String> {
        let ours = || self.binary.as_ref().map(|path| path.to_string_lossy().into_owned());
        match &*command.name {
            "plan" => command.find_value("out").map(str::to_owned).or_else(ours),
            "apply" | "destroy" => command.positionals.first().cloned().or_else(ours),
            _ => None,
        }
    }
}

/// Runs `show -json` and keeps what it says.
///
/// # Errors
/// When it fails or the disk refuses.
pub async fn write_json(invocation: Invocation, json: PathBuf) -> Result<(), Failure> {
    let work = move || -> Result<(), Failure> {
        let captured = invocation.capture()?;
        if captured.code != 0 {
            let said = String::from_utf8_lossy(&captured.stderr).into_owned();
            let text = format!("show -json of the plan: exit status {}", captured.code);
            let messages = vec![Message { text, code: Some(Code::TerraformFailed) }];
            return Err(Failure {
                exit_code: Some(captured.code),
                messages,
                stderr: said,
                ..Failure::default()
            });
        }
        Ok(fs::write_atomic(&json, &captured.stdout, Access::Private)?)
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Failure::of_message(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::PlanFiles;
    use crate::custody::journal::Journal;
    use crate::host::env::Env;
    use crate::run::argv::{Approval, Colour, Scope};
    use crate::run::command::TerraformCommand;
    use crate::run::rescue::Rescues;
    use crate::run::settings::{Action, Automatic, RunSettings, Terminal};

    fn settings(line: &str, out: Option<&str>, json: Option<&str>) -> RunSettings {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        RunSettings {
            action: Action::Terraform(TerraformCommand::parse(&words).unwrap()),
            scope: Scope::Many,
            terminal: Terminal::Apart,
            approval: Approval::Given,
            colour: Colour::Off,
            auto_init: Automatic::On,
            auto_retry: Automatic::On,
            out_dir: out.map(Into::into),
            json_out_dir: json.map(Into::into),
            inputs_debug: false,
            wait_for_locks: None,
            stores: None,
            run_lock: None,
            rescues: Rescues::of_user(&Env::default()),
            journal: Journal::default(),
        }
    }

    #[test]
    fn each_unit_has_its_folder() {
        for (line, out, json, binary_path, json_path) in [
            ("plan", Some("/o"), None, Some("/o/a/b/tfplan.tfplan"), None),
            ("plan", None, Some("/j"), Some("tfplan.tfplan"), Some("/j/a/b/tfplan.json")),
            ("apply", None, Some("/j"), None, Some("/j/a/b/tfplan.json")),
            ("apply", Some("/o"), Some("/j"), Some("/o/a/b/tfplan.tfplan"), Some("/j/a/b/tfplan.json")),
        ] {
            let files = PlanFiles::of(&settings(line, out, json), "a/b");
            assert_eq!(files.binary, binary_path.map(Into::into), "{line} {out:?} {json:?}");
            assert_eq!(files.json, json_path.map(Into::into), "{line} {out:?} {json:?}");
        }
        assert_eq!(
            PlanFiles::of(&settings("plan", Some("/o"), None), ".").binary,
            Some("/o/tfplan.tfplan".into())
        );
    }
}
