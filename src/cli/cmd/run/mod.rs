//! `run`, its shortcuts, and `exec`: terraform or another program in one unit, or in many in the order of the queue.

mod check;
mod dependents;
mod many;
mod plan;
pub(super) mod prompt;
mod question;
mod report_file;
mod reporter;
mod run_lock;

pub(super) use reporter::note;

use super::units;
use crate::cli::args::ProviderCacheArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, Warning, exit};
use crate::cli::screen::Screen;
use crate::cli::selection::Scope as Selected;
use crate::cli::settings::Color;
use crate::custody::journal::Journal;
use crate::diag::Code;
use crate::event::PlannedUnit;
use crate::graph::queue::{Direction, Member, Options, Queue};
use crate::graph::unit::UnitId;
use crate::provider::plugin_cache;
use crate::run::argv::{Approval, Colour, Scope};
use crate::run::custodian::{Containers, Custodian, Rule};
use crate::run::dispatcher::{ExitCodes, Ran, Run, dispatch, runtime};
use crate::run::executor::Executor;
use crate::run::packages::{Packages, RelayAddress, Relaying};
use crate::run::preparer::{Preparer, UnitPlace};
use crate::run::rescue::Rescues;
use crate::run::run_lock::RunLock;
use crate::run::settings::{Action, Automatic, ExecPlace, RunSettings, Terminal};
use crate::source::workdir::Refresh;
use plan::RunPlan;
use std::collections::{BTreeSet, HashMap};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Runs what was asked for.
///
/// # Errors
/// Everything that keeps it from running; how it went otherwise is in the exit code.
pub(super) fn run(context: Context) -> Result<u8, Failure> {
    let action = action(&context)?;
    if let Action::Terraform(command) = &action
        && context.settings.selection.scope == Selected::One
        && question::is_one(command)
    {
        return question::ask(&context, command);
    }
    let context = context.with_outputs();
    let answer = match context.settings.selection.scope {
        Selected::One => one(&context, &action).map(|plan| many::Answer::Run(Box::new(plan))),
        Selected::All | Selected::Graph { .. } => many::plan(&context, &action),
    };
    let nothing_ran = || report_file::write_empty(&context.settings.output);
    match answer {
        Ok(many::Answer::Run(plan)) => match run_lock::take(&context, &plan, &action) {
            Ok(lock) => execute(context, action, *plan, lock.map(Arc::new)),
            Err(failure) => {
                let _ = nothing_ran();
                Err(failure)
            }
        },
        Ok(many::Answer::Nothing) => nothing_ran().map(|()| exit::SUCCESS),
        Err(failure) => {
            // Why nothing ran matters more than a report that cannot say so.
            let _ = nothing_ran();
            Err(failure)
        }
    }
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
fn one(context: &Context, action: &Action) -> Result<RunPlan, Failure> {
    let config_path = units::own_config(context)?;
    let unit = UnitId::new(0);
    check::one(context, action, &config_path)?;
    let member = Member { unit, direction: Direction::Up };
    let places =
        HashMap::from([(unit, UnitPlace { config_path: config_path.clone(), name: ".".to_owned() })]);
    let dir = config_path.parent().map(|dir| context.session.home_of(dir).to_path_buf()).unwrap_or_default();
    dependents::agree(context, action, &dir)?;
    Ok(RunPlan {
        units: vec![PlannedUnit { unit, name: ".".to_owned(), dir, tool: String::new() }],
        places,
        queue: Queue::new(&[member], [], Options::default()),
        excluded: Vec::new(),
        scope: Scope::Single,
        departed: BTreeSet::new(),
        changes: None,
    })
}

fn execute(
    context: Context,
    action: Action,
    plan: RunPlan,
    lock: Option<Arc<RunLock>>,
) -> Result<u8, Failure> {
    let mut settings = run_settings(&context, action, plan.scope);
    settings.run_lock.clone_from(&lock);
    let codes = exit_codes(&settings.action);
    let reported = reported_command(&context, &settings);
    let command = shown_command(&settings.action);
    let mut reporter = reporter::choose(&context, &settings);
    let refresh = if context.settings.source.source_update { Refresh::Always } else { Refresh::IfChanged };
    let width = context.screen.reading_width;
    let (output, screen) = (context.settings.output.clone(), context.screen);
    let parallelism = plan::parallelism(&context);
    let outputs = context.session.outputs.clone();
    let package_cache = package_cache(&context);
    let packages = packages(&context, (&settings, package_cache.as_deref()));
    let hooks = if context.settings.auto.hooks { Automatic::On } else { Automatic::Off };
    let custodian = Custodian::new(Arc::clone(&context.stores), care(&context));
    let rc = Arc::clone(context.fetcher.rc());
    let preparer = Preparer {
        fetcher: context.fetcher,
        session: Arc::new(context.session),
        units: plan.places,
        tools: context.tools,
        refresh,
        package_cache,
        hooks,
        action: settings.action.clone(),
        rescues: settings.rescues.clone(),
        warned: Mutex::default(),
        color: screen.stderr_color,
        width,
    };
    let executor = Executor::new(settings, Arc::new(preparer))
        .with_departed(plan.departed.clone())
        .with_custodian(custodian)
        .with_rc(rc)
        .with_packages(packages);
    let executor = Arc::new(executor);
    let names = plan::names(&plan.units);
    let run = Run { units: plan.units, queue: plan.queue, command, parallelism, reported: plan.excluded };
    let runtime = runtime().map_err(|error| machine("cannot start working", &error))?;
    let changes = plan.changes;
    if let Some(changes) = &changes {
        changes.worktrees.leave_signals();
    }
    let ran = runtime.block_on(dispatch(run, executor, reporter.as_mut()));
    if let Some(lock) = &lock {
        run_lock::release(lock, &|warning| screen.warn(warning));
    }
    let ran = ran.map_err(|error| machine("cannot listen to signals", &error))?;
    // Whoever asked twice to stop does not wait for a reading that still goes on.
    runtime.shutdown_background();
    if let Some(outputs) = outputs {
        outputs.sweep();
    }
    drop(reporter);
    let references = changes.as_ref().map(|changes| &changes.references);
    let told = report_file::Told { ran: &ran, names: &names, references, departed: &plan.departed };
    let written = report_file::write(&output, &told, &reported);
    if let Some(changes) = &changes {
        tell_kept_states(screen, &changes.worktrees.keep_states());
    }
    let code = code_of(&ran, codes);
    match written {
        // How the run ended matters more.
        Err(failure) if code != exit::SUCCESS => screen.fail(&failure),
        written => written?,
    }
    Ok(code)
}

/// How states are taken care of.
fn care(context: &Context) -> Rule {
    let backend = &context.settings.backend;
    let automatic = |on| if on { Automatic::On } else { Automatic::Off };
    Rule {
        containers: match (backend.backend_bootstrap, backend.backend_require_bootstrap) {
            (false, _) => Containers::Leave,
            (true, false) => Containers::Create,
            (true, true) => Containers::Require,
        },
        differences: automatic(!backend.disable_bucket_update),
        copies: automatic(context.settings.auto.copy_states),
    }
}

/// A state that was made in a work tree is nowhere else: it outlives the run, and the user must take it from there.
fn tell_kept_states(screen: Screen, states: &[PathBuf]) {
    let Some(first) = states.first() else { return };
    let others = if states.len() > 1 { format!(" and {} more", states.len() - 1) } else { String::new() };
    let text =
        format!("the state {}{others} is in a temporary work tree, which is kept for it", first.display());
    let warning = Warning::new(text)
        .hint("move it to a remote state, then `git worktree remove --force` the work tree");
    screen.warn(&warning);
}

/// Where packages are shared by themselves; `None` where they are not to be.
fn package_cache(context: &Context) -> Option<PathBuf> {
    let settings = &context.settings;
    let given = settings
        .provider_cache
        .provider_cache_dir
        .clone()
        .or_else(|| plugin_cache::usual_place(&context.session.env));
    given.filter(|_| settings.auto.share_providers)
}

/// What the units of this run share of packages. Between the questions of one unit there is nothing to relay.
fn packages(context: &Context, (run, cache): (&RunSettings, Option<&Path>)) -> Option<Packages> {
    let settings = &context.settings.provider_cache;
    let usual = || plugin_cache::usual_place(&context.session.env);
    let asked_for = settings.provider_cache.then(usual).flatten();
    let cache = cache.map(Path::to_path_buf).or(asked_for)?;
    let relays = settings.provider_cache || run.scope == Scope::Many;
    let relaying = if relays { Relaying::On(relay_address(settings)) } else { Relaying::Off };
    Some(Packages::new(cache, Arc::clone(&context.fetcher), relaying))
}

fn relay_address(settings: &ProviderCacheArgs) -> RelayAddress {
    let usual = RelayAddress::default();
    RelayAddress {
        host: settings.provider_cache_hostname.clone().unwrap_or(usual.host),
        port: settings.provider_cache_port.unwrap_or(usual.port),
        token: settings.provider_cache_token.clone(),
        hosts: settings.provider_cache_registry_names.clone(),
    }
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

/// The same as it stands in a report: only over many units, and with the flag that we hand on.
fn reported_command(context: &Context, settings: &RunSettings) -> Vec<String> {
    if settings.scope == Scope::Single {
        return Vec::new();
    }
    let mut words = shown_command(&settings.action);
    let is_handed_on =
        context.settings.log.color == Color::Never && matches!(settings.action, Action::Terraform(_));
    if is_handed_on && !words.iter().any(|word| word == "-no-color") {
        words.push("-no-color".to_owned());
    }
    words
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
        stores: Some(Arc::clone(&context.stores)),
        run_lock: None,
        wait_for_locks: settings.locks.wait_for_locks.filter(|limit| !limit.is_zero()),
        rescues: Rescues::of_user(&context.session.env),
        journal: Journal::of_user(&context.session.env),
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
        // One unit at a time runs then, and terraform asks.
        let asks = !context.settings.auto.approve && matches!(action.word(), "apply" | "destroy");
        return if asks { Terminal::Followed } else { Terminal::Apart };
    }
    let raw = match action {
        Action::Terraform(command) => command.wants_raw_output(),
        Action::Exec { .. } => true,
    };
    // A command that changes things must outlive whoever reads its words, so a pipe stays ours.
    let is_seen = std::io::stdout().is_terminal();
    let changes = matches!(action, Action::Terraform(command) if command.may_change_state());
    let given = is_seen && context.settings.log.raw || raw && (is_seen || !changes);
    if given { Terminal::Given } else { Terminal::Followed }
}
