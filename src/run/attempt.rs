//! One try of a prepared unit: files, environment, init, hooks and terraform, in the order that repositories rely on.
//! Knows no retry and no other unit.

use super::argv::{Circumstances, argv, extra_env};
use super::backend::{backend_file, init_arguments};
use super::child::{Audience, Call, Ended, run_child};
use super::command::TerraformCommand;
use super::executor::Gates;
use super::failure::Failure;
use super::generate::{write_blocks, write_file};
use super::hooks::{Around, Side, has_error_hook, run_error_hooks, run_hooks};
use super::init;
use super::inputs::{Handover, TransientFiles, hand_over, write_debug_file};
use super::literal::NotKnown;
use super::plans::PlanFiles;
use super::prepare::Prepared;
use super::settings::{Action, Automatic, ExecPlace, RunSettings, Terminal};
use super::variables::Variables;
use super::wire::Wire;
use crate::config::unit::ExtraArguments;
use crate::event::{Level, Phase, RunEvent, Speaker};
use crate::host::env::Env;
use crate::host::fs;
use crate::host::process::{Invocation, Io};
use crate::provider::{InitDecision, plugin_cache};
use std::path::Path;
use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

type Result<T> = std::result::Result<T, Failure>;

/// What we say when terraform wants to be told what becomes of its state.
const BACKEND_CHANGED: &str = "nothing is moved or forgotten by itself: in the unit's folder, `terrace init -migrate-state` \
     takes the state along to the new backend, and `terrace init -reconfigure` leaves it where it is";

/// A unit on its way through one run.
pub struct Attempt<'a> {
    pub settings: &'a RunSettings,
    pub prepared: &'a Prepared,
    pub gates: &'a Gates,
    pub wire: &'a mut Wire,
}

/// A child of the unit: what it is, and how it is heard.
struct Step<'a> {
    command: &'a TerraformCommand,
    args: Vec<String>,
    terminal: Terminal,
    io: Io,
    from: Speaker,
    audience: Audience,
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
    pub async fn run(&mut self) -> Result<i32> {
        match &self.settings.action {
            Action::Terraform(command) => self.run_terraform(command).await,
            Action::Exec { argv, place } => self.run_exec(argv, *place).await,
        }
    }

    async fn run_terraform(&mut self, command: &TerraformCommand) -> Result<i32> {
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
        let code = self.run_with_hooks(command, &env, &mut files).await?;
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
        env: &Env,
        files: &mut TransientFiles,
    ) -> Result<i32> {
        let step = self.step(command);
        let prepared = self.prepared;
        let around = Around::of(prepared, &command.name, env, self.settings.terminal);
        let failed = run_hooks(self.wire, Side::Before, &around, None).await;
        files.renew()?;
        let mut code = 0;
        let mut failed = match failed {
            Some(failure) => Some(failure),
            None => match self.run_step(&step, env).await {
                Ok(ended) => {
                    code = ended;
                    self.keep_lock_file(command)?;
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

    fn argv(&self, command: &TerraformCommand) -> Vec<String> {
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
            args.splice(1..1, self.backend_arguments());
        }
        args
    }

    fn extra(&self) -> &[ExtraArguments] {
        self.prepared.ready.config.terraform.as_ref().map_or(&[], |terraform| &terraform.extra_arguments)
    }

    fn backend_arguments(&self) -> Vec<String> {
        let remote = self.prepared.ready.config.remote_state.as_ref();
        let remote = remote.filter(|remote| remote.generate.is_none());
        remote.and_then(|remote| init_arguments(remote).ok()).unwrap_or_default()
    }

    /// Without a generated file, the settings need a backend block to land in.
    fn refuse_undeclared_backend(&self) -> Result<()> {
        let Some(remote) = &self.prepared.ready.config.remote_state else { return Ok(()) };
        if remote.generate.is_some() {
            return Ok(());
        }
        init_arguments(remote).map_err(unknown_backend)?;
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
    fn environment(&self, command: &str) -> Result<(Env, TransientFiles)> {
        let dir = &self.prepared.working_dir;
        let mut env = self.prepared.env.clone();
        for (name, value) in extra_env(self.extra(), command) {
            env.set(name, value);
        }
        let inputs = self.prepared.ready.config.inputs.as_ref().map(|inputs| &inputs.value);
        let handover: Handover = hand_over(inputs, &env, &|| Variables::of_module(dir))?;
        let files = handover.write_files(dir)?;
        for (name, text) in handover.env {
            env.set(name, text);
        }
        if self.settings.terminal == Terminal::Apart {
            silence_prompts(&mut env);
        }
        Ok((env, files))
    }

    async fn init_if_needed(&mut self, command: &TerraformCommand) -> Result<()> {
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
        let (env, _files) = self.environment(&init.name)?;
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
        let ended = self.run_init(&step, &env).await;
        if ended.as_ref().is_err_and(|failure| failure.stderr.contains("-reconfigure")) {
            self.wire.note(Level::Error, BACKEND_CHANGED).await;
        }
        ended
    }

    /// What an init depends on of its arguments: not whether many run, nor colours.
    fn init_facts(&self) -> Vec<String> {
        let ours = |word: &String| word != "-input=false" && word != "-no-color";
        self.argv(&our_init()).into_iter().filter(ours).collect()
    }

    /// What an init depends on of its environment.
    fn init_env(&self) -> Env {
        let mut env = self.prepared.env.clone();
        for (name, value) in extra_env(self.extra(), "init") {
            env.set(name, value);
        }
        env
    }

    /// Notes the end of an init, whoever asked for it.
    fn record_init(&self, command: &TerraformCommand) -> Result<()> {
        if init::is_complete(command) {
            init::record(self.prepared, &self.init_env(), &self.init_facts());
        }
        self.keep_lock_file(command)
    }

    async fn run_init(&mut self, step: &Step<'_>, env: &Env) -> Result<()> {
        let prepared = self.prepared;
        let around = Around::of(prepared, "init", env, self.settings.terminal);
        let mut failed = run_hooks(self.wire, Side::Before, &around, None).await;
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

    /// Whoever may write the cache is alone with it; whoever runs what is in it keeps writers out.
    async fn hold_plugin_cache(&self, command: &TerraformCommand, env: &Env) -> Option<Held<'a>> {
        if self.prepared.tool.locks_plugin_cache() {
            return None;
        }
        let place = plugin_cache::find_set(env, &self.prepared.working_dir)?;
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
    async fn run_step(&mut self, step: &Step<'_>, env: &Env) -> Result<i32> {
        if step.from == Speaker::Terraform {
            self.wire.phase(Phase::Running).await;
        }
        let (unit, tool) = (self.wire.unit(), self.prepared.tool.name.clone());
        self.wire.send(RunEvent::Command { unit, tool, args: step.args.clone() }).await;
        let invocation = self.invocation(&step.args, env);
        let _held = self.hold_plugin_cache(step.command, env).await;
        let shown = format!("{} {}", self.prepared.tool.name, step.command.name);
        self.wire.note(Level::Debug, format!("{shown} in {}", invocation.cwd.display())).await;
        let cut = step.terminal.cut();
        let call =
            Call { invocation: &invocation, io: step.io, from: &step.from, cut, audience: step.audience };
        self.refuse_after_stop(&shown)?;
        let ended = run_child(self.wire, &call).await?;
        if ended.code == 0 || (ended.code == 2 && step.command.has_detailed_exit_code()) {
            if step.command.name == "init" {
                self.record_init(step.command)?;
            }
            return Ok(ended.code);
        }
        if step.audience == Audience::Nobody {
            self.show_errors(&step.from, &ended).await;
        }
        Err(Failure::of_child(&shown, &ended))
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

    fn keep_lock_file(&self, command: &TerraformCommand) -> Result<()> {
        let locks = command.name == "providers" && command.subcommands.iter().any(|word| word == "lock");
        if command.name == "init" || locks {
            init::keep_lock_file(self.prepared)?;
        }
        Ok(())
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
    fn refuse_after_stop(&self, program: &str) -> Result<()> {
        if self.wire.stop().count > 0 {
            return Err(Failure::of_message(format!("stopped before {program} started")));
        }
        Ok(())
    }

    fn is_exec_outside(&self) -> bool {
        matches!(self.settings.action, Action::Exec { place: ExecPlace::UnitDir, .. })
    }

    async fn run_exec(&mut self, argv: &[String], place: ExecPlace) -> Result<i32> {
        if place == ExecPlace::WorkingDir {
            let exec = TerraformCommand { name: "exec".to_owned(), ..TerraformCommand::default() };
            self.init_if_needed(&exec).await?;
        }
        let (env, _files) = self.environment("exec")?;
        let (prepared, terminal) = (self.prepared, self.settings.terminal);
        let around = Around::of(prepared, "exec", &env, terminal);
        let mut failed = run_hooks(self.wire, Side::Before, &around, None).await;
        if failed.is_none() {
            failed = self.run_program(argv, place, &env).await.err();
        }
        if let Some(later) = run_hooks(self.wire, Side::After, &around, failed.as_ref()).await {
            failed = Some(failed.unwrap_or_default().and(later));
        }
        let Some(failure) = failed else { return Ok(0) };
        let later = run_error_hooks(self.wire, &around, &failure).await;
        Err(later.map_or(failure.clone(), |later| failure.and(later)))
    }

    async fn run_program(&mut self, argv: &[String], place: ExecPlace, env: &Env) -> Result<()> {
        let Some((program, args)) = argv.split_first() else {
            return Err(Failure::of_message("exec needs a program after --"));
        };
        self.wire.phase(Phase::Running).await;
        self.refuse_after_stop(program)?;
        let cwd = match place {
            ExecPlace::UnitDir => self.prepared.ready.dir.clone(),
            ExecPlace::WorkingDir => self.prepared.working_dir.clone(),
        };
        let args = args.iter().map(Into::into).collect();
        let invocation = Invocation { program: program.into(), args, cwd, env: env.clone() };
        let mut terminal = self.settings.terminal;
        if has_error_hook(&self.prepared.ready, "exec") {
            terminal = terminal.heard();
        }
        let from = Speaker::Terraform;
        let (io, cut, audience) = (terminal.io(), terminal.cut(), Audience::All);
        let ended =
            run_child(self.wire, &Call { invocation: &invocation, io, from: &from, cut, audience }).await?;
        if ended.code == 0 { Ok(()) } else { Err(Failure::of_child(program, &ended)) }
    }
}

/// A hold on the plugin cache, kept for its drop.
enum Held<'a> {
    Reading(#[expect(dead_code)] RwLockReadGuard<'a, ()>),
    Writing(#[expect(dead_code)] RwLockWriteGuard<'a, ()>),
}

/// An init that nobody asked for by name.
fn our_init() -> TerraformCommand {
    TerraformCommand { name: "init".to_owned(), ..TerraformCommand::default() }
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
