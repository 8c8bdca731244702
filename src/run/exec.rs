//! `exec`: any other program in a prepared unit, with hooks around it.

use super::around::Around;
use super::attempt::{Attempt, Result};
use super::child::{Audience, Call, run_child};
use super::command::TerraformCommand;
use super::failure::Failure;
use super::hooks::{Side, has_error_hook, run_error_hooks, run_hooks};
use super::settings::ExecPlace;
use crate::diag::Code;
use crate::event::{Phase, Speaker};
use crate::host::env::Env;
use crate::host::process::Invocation;

impl Attempt<'_> {
    /// Runs the program; the exit code is 0.
    pub(super) async fn run_exec(&mut self, argv: &[String], place: ExecPlace) -> Result<i32> {
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
            if let Some(rescued) = self.rescue(&env).await {
                failed = Some(failed.unwrap_or_default().and(rescued));
            }
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
        self.refuse_without_run_lock(program).await?;
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
        let ended = run_child(
            self.wire,
            &Call { invocation: &invocation, io, from: &from, cut, audience, locking: None },
        )
        .await?;
        if ended.code == 0 { Ok(()) } else { Err(Failure::of_child(program, &ended, Code::ProgramFailed)) }
    }
}
