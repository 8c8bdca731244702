//! `run`, its shortcuts, and `exec`: terraform or another program in one unit, or in many in the order of the queue.

mod check;
mod many;
mod plan;
mod prompt;
mod report_file;
mod reporter;

pub(super) use reporter::notice;

use super::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::cli::selection::Scope as Selected;
use crate::cli::settings::Color;
use crate::diag::Code;
use crate::event::PlannedUnit;
use crate::graph::queue::{Direction, Member, Options, Queue};
use crate::graph::unit::UnitId;
use crate::run::argv::{Approval, Colour, Scope};
use crate::run::dispatcher::{ExitCodes, Ran, Run, dispatch, runtime};
use crate::run::executor::Executor;
use crate::run::preparer::{Preparer, UnitPlace};
use crate::run::settings::{Action, Automatic, ExecPlace, RunSettings, Terminal};
use crate::source::workdir::Refresh;
use plan::RunPlan;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};

/// Runs what was asked for.
///
/// # Errors
/// Everything that keeps it from running; how it went otherwise is in the exit code.
pub(super) fn run(context: Context) -> Result<u8, Failure> {
    let action = action(&context)?;
    let context = context.with_outputs();
    let plan = match context.settings.selection.scope {
        Selected::One => one(&context)?,
        Selected::All | Selected::Graph { .. } => match many::plan(&context, &action)? {
            many::Answer::Run(plan) => *plan,
            many::Answer::Nothing => return Ok(exit::SUCCESS),
        },
    };
    execute(context, action, plan)
}

fn action(context: &Context) -> Result<Action, Failure> {
    if !context.settings.program.is_empty() {
        let place = if plan::in_download_dir(context) { ExecPlace::WorkingDir } else { ExecPlace::UnitDir };
        return Ok(Action::Exec { argv: context.settings.program.clone(), place });
    }
    let words = context.settings.terraform.as_ref();
    let words = words.ok_or_else(|| {
        Failure::new(Kind::Usage, "no terraform command was given").coded(Code::LacksCommand)
    })?;
    Ok(Action::Terraform(words.clone()))
}

/// The one unit in the working directory, checked as far as it can be before anything runs.
fn one(context: &Context) -> Result<RunPlan, Failure> {
    let config_path = units::own_config(context)?;
    let unit = UnitId::new(0);
    check::one(context, &config_path)?;
    let member = Member { unit, direction: Direction::Up };
    let places =
        HashMap::from([(unit, UnitPlace { config_path: config_path.clone(), name: ".".to_owned() })]);
    let dir = config_path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
    Ok(RunPlan {
        units: vec![PlannedUnit { unit, name: ".".to_owned(), dir, tool: String::new() }],
        places,
        queue: Queue::new(&[member], [], Options::default()),
        excluded: Vec::new(),
        scope: Scope::Single,
    })
}

fn execute(context: Context, action: Action, plan: RunPlan) -> Result<u8, Failure> {
    let settings = run_settings(&context, action, plan.scope);
    let codes = exit_codes(&settings.action);
    let command = shown_command(&settings.action);
    let mut reporter = reporter::choose(&context, &settings);
    let refresh = if context.settings.source.source_update { Refresh::Always } else { Refresh::IfChanged };
    let width = context.screen.reading_width;
    let (output, screen) = (context.settings.output.clone(), context.screen);
    let parallelism = plan::parallelism(&context);
    let preparer = Preparer {
        fetcher: context.fetcher,
        session: Arc::new(context.session),
        units: plan.places,
        tools: context.tools,
        refresh,
        warned: Mutex::default(),
        color: screen.stderr_color,
        width,
    };
    let executor = Arc::new(Executor::new(settings, Arc::new(preparer)));
    let names = plan::names(&plan.units);
    let run = Run {
        units: plan.units,
        queue: plan.queue,
        command: command.clone(),
        parallelism,
        reported: plan.excluded,
    };
    let runtime = runtime().map_err(|error| machine("cannot start working", &error))?;
    let ran = runtime
        .block_on(dispatch(run, executor, reporter.as_mut()))
        .map_err(|error| machine("cannot listen to signals", &error))?;
    drop(reporter);
    report_file::write(&output, (&ran, &names), &command)?;
    Ok(code_of(&ran, codes))
}

fn code_of(ran: &Ran, codes: ExitCodes) -> u8 {
    let code = ran.exit_code(codes);
    u8::try_from(code).unwrap_or(exit::FAILURE)
}

fn machine(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Machine, format!("{what}: {error}"))
}

fn exit_codes(action: &Action) -> ExitCodes {
    match action {
        Action::Terraform(command) if command.has_detailed_exit_code() => ExitCodes::Detailed,
        _ => ExitCodes::Plain,
    }
}

fn shown_command(action: &Action) -> Vec<String> {
    match action {
        Action::Terraform(command) => command.words(),
        Action::Exec { argv, .. } => argv.clone(),
    }
}

fn run_settings(context: &Context, action: Action, scope: Scope) -> RunSettings {
    let settings = &context.settings;
    let automatic = |on| if on { Automatic::On } else { Automatic::Off };
    let colour = colour(context, &action);
    RunSettings {
        terminal: terminal(context, &action, scope),
        action,
        scope,
        approval: if settings.auto.approve { Approval::Given } else { Approval::Asked },
        colour,
        auto_init: automatic(settings.auto.init),
        auto_retry: automatic(settings.auto.retry),
        out_dir: settings.output.plan_dir.clone(),
        json_out_dir: settings.output.json_plan_dir.clone(),
        inputs_debug: settings.output.inputs_debug,
    }
}

/// Commands that colour their words whether or not a terminal shows them.
const COLOURFUL: [&str; 9] =
    ["apply", "destroy", "import", "init", "plan", "refresh", "show", "test", "validate"];

/// Off where the user says so; without a terminal only for commands that would write colours all the same.
fn colour(context: &Context, action: &Action) -> Colour {
    let unseen = !context.screen.stdout_color && COLOURFUL.contains(&action.word());
    if context.settings.log.color == Color::Never || unseen { Colour::Off } else { Colour::On }
}

/// One unit may ask; what it prints is ours to pass on, but for a command whose output a program or a person reads
/// as it is.
fn terminal(context: &Context, action: &Action, scope: Scope) -> Terminal {
    if scope == Scope::Many {
        return Terminal::Apart;
    }
    let raw = match action {
        Action::Terraform(command) => command.wants_raw_output(),
        Action::Exec { .. } => true,
    };
    // A command that changes things must outlive whoever reads its words, so a pipe stays ours.
    let forwarded = context.settings.log.raw && std::io::stdout().is_terminal();
    if raw || forwarded { Terminal::Given } else { Terminal::Followed }
}
