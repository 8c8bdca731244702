//! One try of a prepared unit: files, environment, init, hooks and terraform, in the order that repositories rely on.
//! Knows no retry and no other unit.

use super::argv::{Circumstances, argv, extra_env};
use super::around::Around;
use super::backend::{InitSettings, backend_file, init_settings};
use super::child::{Audience, Call, Ended, Locking, run_child};
use super::command::TerraformCommand;
use super::failure::Failure;
use super::gates::Gates;
use super::generate::{write_blocks, write_file};
use super::hooks::{Side, has_error_hook, run_error_hooks, run_hooks};
use super::init;
use super::inputs::{Handover, TransientFiles, hand_over, write_debug_file};
use super::literal::NotKnown;
use super::lock_queue::LockQueue;
use super::plans::PlanFiles;
use super::prepare::Prepared;
use super::rescue;
use super::settings::{Action, ExecPlace, RunSettings, Terminal};
use super::variables::Variables;
use super::wire::Wire;
use crate::config::unit::ExtraArguments;
use crate::diag::Code;
use crate::event::{Level, Phase, RunEvent, Speaker};
use crate::host::env::Env;
use crate::host::fs;
use crate::host::process::{Invocation, Io};
use crate::toolrc::Reader;
use std::path::Path;
use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

pub(super) type Result<T> = std::result::Result<T, Failure>;

/// Backend settings for `init` that do not belong on a command line; there only while it runs.
const BACKEND_FILE: &str = ".terrace-backend.tfbackend";

/// A unit on its way through one run.
pub struct Attempt<'a> {
    pub settings: &'a RunSettings,
    pub prepared: &'a Prepared,
    pub gates: &'a Gates,
    pub wire: &'a mut Wire,
}

/// A child of the unit: what it is, and how it is heard.
pub(super) struct Step<'a> {
    pub command: &'a TerraformCommand,
    pub args: Vec<String>,
    pub terminal: Terminal,
    pub io: Io,
    pub from: Speaker,
    pub audience: Audience,
}

impl<'a> Attempt<'a> {
    /// Writes the files that the configuration asks for. Done once for all tries.
    ///
    /// # Errors
    /// When a rule or the disk forbids it, or when there is nothing to run terraform on.
    pub async fn write_files(&mut self) -> Result<()> {
        let config = &self.prepared.ready.config;
        let dir = &self.prepared.working_dir;
        write_blocks(&config.generate, dir)?;
        if let Some(remote) = &config.remote_state
            && let Some(file) = &remote.generate
        {
            let wanted = backend_file(remote, file).map_err(unknown_backend)?;
            write_file(&wanted, dir)?;
        }
        if self.settings.inputs_debug {
            let path = write_debug_file(
                config.inputs.as_ref().map(|inputs| &inputs.value),
                &self.prepared.env,
                &Variables::of_module(dir),
                &self.prepared.ready.dir,
            )?;
            let text = format!("inputs are in {}; try them with -var-file", path.display());
            self.wire.note(Level::Info, text).await;
        }
        if !self.is_exec_outside() && !has_module_files(dir) {
            let text = format!("there are no .tf files in {}", dir.display());
            return Err(Failure::of_message(format!("{text}: does terraform.source name the right folder?")));
        }
        Ok(())
    }

    /// Runs the action with everything around it; the exit code is 0, or terraform's own "there are changes".
    ///
    /// # Errors
    /// When any step failed.
    pub async fn run(&mut self, queue: &mut LockQueue<'_>) -> Result<i32> {
        match &self.settings.action {
            Action::Terraform(command) => self.run_terraform(command, queue).await,
            Action::Exec { argv, place } => self.run_exec(argv, *place).await,
        }
    }

    async fn run_terraform(&mut self, command: &TerraformCommand, queue: &mut LockQueue<'_>) -> Result<i32> {
        PlanFiles::of(self.settings, &self.prepared.name).make_folders()?;
        self.refuse_destroying(command)?;
        if let Some(custodian) = &self.gates.custodian
            && (command.name == "init" || !init::goes_without(&command.name))
        {
            custodian.make_container(self.wire, self.prepared).await?;
        }
        if command.name == "init" {
            self.refuse_undeclared_backend()?;
        } else {
            self.init_if_needed(command).await?;
        }
        if let Some(custodian) = &self.gates.custodian {
            custodian.keep_copy(self.wire, self.prepared, &command.name).await;
        }
        // After init, which has transient files of its own.
        let (env, mut files) = self.environment(&command.name)?;
        let code = self.run_with_hooks(command, (&env, &mut files), queue).await?;
        if command.name == "plan" {
            PlanFiles::of(self.settings, &self.prepared.name).close()?;
        }
        if code == 0 || code == 2 {
            self.write_json_plan(command, &env).await?;
        }
        Ok(code)
    }

    /// Before hooks, terraform, after hooks, error hooks.
    async fn run_with_hooks(
        &mut self,
        command: &TerraformCommand,
        (env, files): (&Env, &mut TransientFiles),
        queue: &mut LockQueue<'_>,
    ) -> Result<i32> {
        let step = self.step(command);
        let prepared = self.prepared;
        let around = Around::of(prepared, &command.name, env, self.settings.terminal);
        let failed = run_hooks(self.wire, Side::Before, &around, None).await;
        files.renew()?;
        let mut code = 0;
        let mut failed = match failed {
            Some(failure) => Some(failure),
            None => match self.run_in_turn(&step, env, queue).await {
                Ok(ended) => {
                    code = ended;
                    self.keep_lock_file(command).await;
                    None
                }
                Err(failure) => Some(failure),
            },
        };
        if let Some(later) = run_hooks(self.wire, Side::After, &around, failed.as_ref()).await {
            failed = Some(failed.unwrap_or_default().and(later));
        }
        let Some(failure) = failed else { return Ok(code) };
        match run_error_hooks(self.wire, &around, &failure).await {
            Some(later) => Err(failure.and(later)),
            None => Err(failure),
        }
    }

    /// Again while somebody else has the lock and we may wait. What stands around it does not run again, but for the
    /// copy: what it was made of may be another state by now.
    async fn run_in_turn(&mut self, step: &Step<'_>, env: &Env, queue: &mut LockQueue<'_>) -> Result<i32> {
        loop {
            let failure = match self.run_step(step, env).await {
                Ok(code) => return Ok(code),
                Err(failure) => failure,
            };
            if !queue.wait_after(self.wire, &failure).await {
                return Err(failure);
            }
            if let Some(custodian) = &self.gates.custodian {
                custodian.keep_copy(self.wire, self.prepared, &step.command.name).await;
            }
        }
    }

    /// The step for the user's own command.
    fn step<'c>(&self, command: &'c TerraformCommand) -> Step<'c> {
        let mut terminal = self.settings.terminal;
        if has_error_hook(&self.prepared.ready, &command.name) {
            terminal = terminal.heard();
        }
        let from = Speaker::Terraform;
        let args = self.argv(command);
        Step { command, args, terminal, io: terminal.io(), from, audience: Audience::All }
    }

    pub(super) fn argv(&self, command: &TerraformCommand) -> Vec<String> {
        let dir = &self.prepared.working_dir;
        let home = &self.prepared.ready.dir;
        let plan = PlanFiles::of(self.settings, &self.prepared.name).binary;
        let around = Circumstances {
            extra: self.extra(),
            scope: self.settings.scope,
            approval: self.settings.approval,
            colour: self.settings.colour,
            plan_file: plan.as_deref().and_then(Path::to_str),
            is_file: &|path| fs::is_file(&dir.join(path)) || fs::is_file(&home.join(path)),
        };
        let mut args = argv(command, &around);
        if command.name == "init" {
            // Behind the extra arguments' place it would not matter; before the user's own, these win.
            args.splice(1..1, self.backend_words());
        }
        args
    }

    pub(super) fn extra(&self) -> &[ExtraArguments] {
        self.prepared.ready.config.terraform.as_ref().map_or(&[], |terraform| &terraform.extra_arguments)
    }

    /// The settings that `init` gets; none where a file declares them.
    fn backend_settings(&self) -> InitSettings {
        let remote = self.prepared.ready.config.remote_state.as_ref();
        let remote = remote.filter(|remote| remote.generate.is_none());
        remote.and_then(|remote| init_settings(remote).ok()).unwrap_or_default()
    }

    fn backend_words(&self) -> Vec<String> {
        let settings = self.backend_settings();
        let mut words = settings.arguments;
        if !settings.file.is_empty() {
            words.push(format!("-backend-config={BACKEND_FILE}"));
        }
        words
    }

    /// Without a generated file, the settings need a backend block to land in.
    pub(super) fn refuse_undeclared_backend(&self) -> Result<()> {
        let Some(remote) = &self.prepared.ready.config.remote_state else { return Ok(()) };
        if remote.generate.is_some() {
            return Ok(());
        }
        init_settings(remote).map_err(unknown_backend)?;
        if init::declares_backend(&self.prepared.working_dir, &remote.backend) {
            return Ok(());
        }
        let text = format!(
            "the module declares no backend \"{}\", so the settings of remote_state would go nowhere",
            remote.backend
        );
        Err(Failure::of_message(format!(
            "{text}; add the empty block to its terraform block, or `generate` to remote_state"
        )))
    }

    /// terraform's environment and the transient files beside it.
    pub(super) fn environment(&self, command: &str) -> Result<(Env, TransientFiles)> {
        self.environment_over(&self.prepared.env, command)
    }

    /// The same over what a command sets for the init that goes before it.
    pub(super) fn environment_over(&self, base: &Env, command: &str) -> Result<(Env, TransientFiles)> {
        let dir = &self.prepared.working_dir;
        let mut env = base.clone();
        for (name, value) in extra_env(self.extra(), command) {
            env.set(name, value);
        }
        let inputs = self.prepared.ready.config.inputs.as_ref().map(|inputs| &inputs.value);
        let handover: Handover = hand_over(inputs, &env, &|| Variables::of_module(dir))?;
        let mut files = handover.write_files(dir)?;
        let backend = if command == "init" { self.backend_settings().file } else { String::new() };
        files.add(dir.join(BACKEND_FILE), backend)?;
        for (name, text) in handover.env {
            env.set(name, text);
        }
        if self.settings.terminal == Terminal::Apart {
            silence_prompts(&mut env);
        }
        Ok((env, files))
    }

    /// Whoever may write the cache is alone with it; whoever runs what is in it keeps writers out.
    async fn hold_plugin_cache(&self, command: &TerraformCommand, env: &Env) -> Option<Held<'a>> {
        if self.prepared.tool.locks_plugin_cache() {
            return None;
        }
        let working_dir = self.prepared.working_dir.as_path();
        let reader = Reader { env, working_dir, flavour: self.prepared.tool.flavour };
        let place = self.gates.rc.settings(reader).plugin_cache(env, working_dir)?;
        let (cache, dir) = (&self.gates.plugin_cache, &self.prepared.working_dir);
        if command.name != "init" {
            return Some(Held::Reading(cache.read().await));
        }
        match init::may_write_plugin_cache(dir, &place, &self.prepared.tool.name) {
            true => Some(Held::Writing(cache.write().await)),
            false => Some(Held::Reading(cache.read().await)),
        }
    }

    /// Runs terraform once; its exit code if that is a success.
    pub(super) async fn run_step(&mut self, step: &Step<'_>, env: &Env) -> Result<i32> {
        let done = self.run_child_of(step, env).await;
        match self.rescue(env).await {
            None => done,
            Some(rescued) => Err(done.err().unwrap_or_default().and(rescued)),
        }
    }

    async fn run_child_of(&mut self, step: &Step<'_>, env: &Env) -> Result<i32> {
        if step.from == Speaker::Terraform {
            self.wire.phase(Phase::Running).await;
        }
        let (unit, tool) = (self.wire.unit(), self.prepared.tool.name.clone());
        self.wire.send(RunEvent::Command { unit, tool, args: step.args.clone() }).await;
        let env = &self.ready_packages(step, env).await?;
        let invocation = self.invocation(&step.args, env);
        let _held = self.hold_plugin_cache(step.command, env).await;
        let shown = format!("{} {}", self.prepared.tool.name, step.command.name);
        self.wire.note(Level::Debug, format!("{shown} in {}", invocation.cwd.display())).await;
        let cut = step.terminal.cut();
        let call = Call {
            invocation: &invocation,
            io: step.io,
            from: &step.from,
            cut,
            audience: step.audience,
            locking: self.locking(step.command),
        };
        self.refuse_after_stop(&shown)?;
        if step.command.may_change_state() {
            self.refuse_without_run_lock(&shown).await?;
        }
        let ended = run_child(self.wire, &call).await?;
        if ended.code == 0 || (ended.code == 2 && step.command.has_detailed_exit_code()) {
            if step.command.name == "init" {
                self.adopt_packages(step, env).await;
                self.record_init(step.command).await;
            }
            self.settle_rescued(step.command).await;
            return Ok(ended.code);
        }
        if step.audience == Audience::Nobody {
            self.show_errors(&step.from, &ended).await;
        }
        Err(Failure::of_child(&shown, &ended, Code::TerraformFailed))
    }

    fn locking<'c>(&self, command: &'c TerraformCommand) -> Option<Locking<'c>>
    where
        'a: 'c,
    {
        let (settings, prepared) = (self.settings, self.prepared);
        command.may_lock().then_some(Locking { settings, prepared, command: &command.name })
    }

    /// What a silent child said, now that it failed.
    async fn show_errors(&self, from: &Speaker, ended: &Ended) {
        let text = ended.stderr.text();
        if !text.is_empty() {
            self.wire.output(from, crate::event::Stream::Stderr, text.into_bytes()).await;
        }
    }

    fn invocation(&self, args: &[String], env: &Env) -> Invocation {
        Invocation {
            program: self.prepared.tool.program.clone(),
            args: args.iter().map(Into::into).collect(),
            cwd: self.prepared.working_dir.clone(),
            env: env.clone(),
        }
    }

    /// A tree that can only be read is no reason to fail: terraform has its lock file.
    pub(super) async fn keep_lock_file(&self, command: &TerraformCommand) {
        let locks = command.name == "providers" && command.subcommands.iter().any(|word| word == "lock");
        if (command.name == "init" || locks)
            && let Err(error) = init::keep_lock_file(self.prepared)
        {
            let text = format!("the lock file stays in the working directory alone: {error}");
            self.wire.note(Level::Warn, text).await;
        }
    }

    async fn write_json_plan(&mut self, command: &TerraformCommand, env: &Env) -> Result<()> {
        let files = PlanFiles::of(self.settings, &self.prepared.name);
        let (Some(json), Some(binary)) = (&files.json, files.shown_plan(command)) else { return Ok(()) };
        let args = ["show", "-json", &binary].map(str::to_owned);
        let invocation = self.invocation(&args, env);
        let _held = self.hold_plugin_cache(command, env).await;
        super::plans::write_json(invocation, json.clone()).await
    }

    fn refuse_destroying(&self, command: &TerraformCommand) -> Result<()> {
        if command.destroys() && self.prepared.ready.config.prevent_destroy == Some(true) {
            return Err(Failure::of_message(
                "prevent_destroy protects this unit; remove it to destroy the unit",
            ));
        }
        Ok(())
    }

    /// Between two children a stop has nobody to be forwarded to; what a hook survived starts nothing more.
    pub(super) fn refuse_after_stop(&self, program: &str) -> Result<()> {
        if self.wire.stop().count > 0 {
            return Err(Failure::of_message(format!("stopped before {program} started")));
        }
        Ok(())
    }

    /// Somebody else may change the same units by now.
    pub(super) async fn refuse_without_run_lock(&self, program: &str) -> Result<()> {
        let Some(lock) = &self.settings.run_lock else { return Ok(()) };
        let lost = lock.check().await.err();
        lost.map_or(Ok(()), |why| {
            let failure =
                Failure::of_message(format!("{program} was not started: the run lock is lost: {why}"));
            Err(Failure { is_final: true, ..failure })
        })
    }

    fn is_exec_outside(&self) -> bool {
        matches!(self.settings.action, Action::Exec { place: ExecPlace::UnitDir, .. })
    }

    /// Brings to safety what a child left that could not store a state. Nothing may follow it but the end.
    pub(super) async fn rescue(&self, env: &Env) -> Option<Failure> {
        let owner = self.prepared.owner();
        match self.settings.rescues.take(owner, (&self.prepared.working_dir, env)) {
            Ok(rescued) => rescued.map(|rescued| rescue::failure(owner, &rescued)),
            Err(error) => Some(Failure { is_final: true, ..Failure::from(error) }),
        }
    }

    /// A state that waited to be stored waits no longer.
    async fn settle_rescued(&self, command: &TerraformCommand) {
        let Some(file) = rescue::pushed_file(command) else { return };
        let (dir, stored) = (&self.prepared.ready.dir, self.prepared.working_dir.join(file));
        if let Some(kept) = self.settings.rescues.settle(dir, &stored) {
            let text = format!("the rescued state is stored; its file is kept as {}", kept.display());
            self.wire.note(Level::Info, text).await;
        }
    }
}

/// A hold on the plugin cache, kept for its drop.
enum Held<'a> {
    Reading(#[expect(dead_code)] RwLockReadGuard<'a, ()>),
    Writing(#[expect(dead_code)] RwLockWriteGuard<'a, ()>),
}

fn unknown_backend(_: NotKnown) -> Failure {
    Failure::of_message("a setting of remote_state is not known: it depends on an output that was not read")
}

/// Where nobody can answer, programs behind terraform must not ask: in a group of its own, a child that reads the
/// terminal would stop for ever.
fn silence_prompts(env: &mut Env) {
    for (name, value) in [("GIT_TERMINAL_PROMPT", "0"), ("SSH_ASKPASS_REQUIRE", "force")] {
        if !env.contains(name) {
            env.set(name, value);
        }
    }
}

/// Whether there is terraform code anywhere below, what terraform itself fetched aside.
fn has_module_files(dir: &Path) -> bool {
    const ENDINGS: [&str; 4] = [".tf", ".tofu", ".tf.json", ".tofu.json"];
    let Ok(entries) = fs::read_dir(dir) else { return false };
    let name = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.iter().any(|entry| ENDINGS.iter().any(|ending| name(entry).ends_with(ending)))
        || entries
            .iter()
            .filter(|entry| !name(entry).starts_with('.') && fs::is_dir(&entry.path()))
            .any(|entry| has_module_files(&entry.path()))
}
