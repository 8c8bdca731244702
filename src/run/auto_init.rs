//! The init of a unit that nobody asked for by name: whether it is needed, running it, and noting that it went well.

use super::argv::extra_env;
use super::around::Around;
use super::attempt::{Attempt, Result, Step};
use super::backend::init_facts;
use super::child::Audience;
use super::command::TerraformCommand;
use super::failure::Failure;
use super::hooks::{Side, run_error_hooks, run_hooks};
use super::init;
use super::inputs::TransientFiles;
use super::packages::Need;
use super::settings::Automatic;
use crate::event::{Level, Phase, Speaker};
use crate::host::env::Env;
use crate::provider::InitDecision;
use std::sync::Arc;

/// What we say when terraform wants to be told what becomes of its state.
const BACKEND_CHANGED: &str = "nothing is moved or forgotten by itself: in the unit's folder, `terrace init -migrate-state` \
     takes the state along to the new backend, and `terrace init -reconfigure` leaves it where it is";

impl Attempt<'_> {
    /// Runs init if something that it depends on has changed.
    pub(super) async fn init_if_needed(&mut self, command: &TerraformCommand) -> Result<()> {
        if init::goes_without(&command.name) {
            return Ok(());
        }
        let decision = init::decide(self.prepared, &self.init_env(), &self.init_facts());
        let InitDecision::Needed(reason) = decision else {
            return Ok(());
        };
        self.wire.note(Level::Debug, format!("init is needed: {reason}")).await;
        if self.settings.auto_init == Automatic::Off {
            self.wire.note(Level::Warn, "init looks necessary, but --no-auto-init forbids it").await;
            return Ok(());
        }
        self.refuse_undeclared_backend()?;
        self.wire.phase(Phase::Init).await;
        let init = our_init();
        let (env, mut files) = self.environment_over(&self.env_for(&command.name), &init.name)?;
        let shown = matches!(&*command.name, "plan" | "apply");
        let step = Step {
            args: self.argv(&init),
            command: &init,
            terminal: self.settings.terminal.heard(),
            // It may still ask, for a key's passphrase say, where one unit has the terminal.
            io: self.settings.terminal.heard().io(),
            from: Speaker::Background,
            audience: if shown { Audience::All } else { Audience::Nobody },
        };
        let ended = self.run_init(&step, &env, &mut files).await;
        if ended.as_ref().is_err_and(|failure| failure.stderr.contains("-reconfigure")) {
            self.wire.note(Level::Error, BACKEND_CHANGED).await;
        }
        ended
    }

    /// What an init depends on of its arguments: not whether many run, nor colours.
    fn init_facts(&self) -> Vec<String> {
        let ours = |word: &String| word != "-input=false" && word != "-no-color";
        let remote = self.prepared.ready.config.remote_state.as_ref();
        let backend = remote.filter(|remote| remote.generate.is_none()).map(init_facts);
        self.argv(&our_init()).into_iter().filter(ours).chain(backend.unwrap_or_default()).collect()
    }

    /// What an init depends on of its environment.
    fn init_env(&self) -> Env {
        self.env_for("init")
    }

    /// The environment with what the unit's extra arguments set for a command.
    fn env_for(&self, command: &str) -> Env {
        let mut env = self.prepared.env.clone();
        for (name, value) in extra_env(self.extra(), command) {
            env.set(name, value);
        }
        env
    }

    /// Puts shared packages where this init looks first; its environment then.
    pub(super) async fn ready_packages(&mut self, step: &Step<'_>, env: &Env) -> Result<Env> {
        let (Some(packages), Some(need)) = (&self.gates.packages, need_of(step)) else {
            return Ok(env.clone());
        };
        let (packages, prepared, mut env) = (Arc::clone(packages), self.prepared.clone(), env.clone());
        let theirs = env.clone();
        let work = tokio::task::spawn_blocking(move || packages.ready(&prepared, (&theirs, need)));
        let readied = tokio::select! {
            readied = work => readied.unwrap_or_default(),
            _ = self.wire.stopped_after(0) => return Err(Failure::of_message("stopped while packages were fetched")),
        };
        for note in readied.notes {
            self.wire.note(Level::Debug, note).await;
        }
        for (name, value) in readied.variables {
            env.set(name, value);
        }
        Ok(env)
    }

    /// What this init unpacked for the unit alone gives way to what all share.
    pub(super) async fn adopt_packages(&self, step: &Step<'_>, env: &Env) {
        let (Some(packages), Some(Need::Packages)) = (&self.gates.packages, need_of(step)) else { return };
        let (packages, prepared, env) = (Arc::clone(packages), self.prepared.clone(), env.clone());
        // Whatever comes of it, the init went well.
        let _ = tokio::task::spawn_blocking(move || packages.adopt(&prepared, &env)).await;
    }

    /// Notes the end of an init, whoever asked for it.
    pub(super) async fn record_init(&self, command: &TerraformCommand) {
        if init::is_complete(command) {
            init::record(self.prepared, &self.init_env(), &self.init_facts());
        }
        self.keep_lock_file(command).await;
    }

    async fn run_init(&mut self, step: &Step<'_>, env: &Env, files: &mut TransientFiles) -> Result<()> {
        let prepared = self.prepared;
        let around = Around::of(prepared, "init", env, self.settings.terminal);
        let mut failed = run_hooks(self.wire, Side::Before, &around, None).await;
        files.renew()?;
        if failed.is_none() {
            failed = self.run_step(step, env).await.err();
        }
        if let Some(later) = run_hooks(self.wire, Side::After, &around, failed.as_ref()).await {
            failed = Some(failed.unwrap_or_default().and(later));
        }
        if let Some(failure) = failed {
            let later = run_error_hooks(self.wire, &around, &failure).await;
            return Err(later.map_or(failure.clone(), |later| failure.and(later)));
        }
        Ok(())
    }
}

/// An init that nobody asked for by name.
fn our_init() -> TerraformCommand {
    TerraformCommand { name: "init".to_owned(), ..TerraformCommand::default() }
}

/// What a command wants of packages; nothing if it is told where they are.
fn need_of(step: &Step<'_>) -> Option<Need> {
    let command = step.command;
    match &*command.name {
        "init" if !step.args.iter().any(|word| word.trim_start_matches('-').starts_with("plugin-dir")) => {
            Some(Need::Packages)
        }
        "providers" if command.subcommands.iter().any(|word| word == "lock" || word == "mirror") => {
            Some(Need::Answers)
        }
        _ => None,
    }
}
