//! Everything a command needs to know about what was asked for, resolved once from flags, environment and defaults: the
//! one value that commands take. Later code never looks at flags or `TG_` variables again.

use super::args::{
    self, AuthArgs, BackendArgs, CacheArgs, Command, EXPERIMENTS, Enabled, GlobalArgs, IamArgs, LockArgs,
    LogFormat, LogLevel, Names, OutputArgs, Pair, ProviderCacheArgs, ReportFormat, STRICT_CONTROLS, Shared,
    SourceArgs, TIPS,
};
use super::argv::{self, Ask, Line};
use super::failure::{Failure, Kind, Warning};
use super::named_files;
use super::resolve::resolve;
use super::selection::{Reach, Selection, select};
use super::start::Start;
use crate::diag;
use crate::diag::Code;
use crate::host::env::Env;
use crate::host::fs;
use crate::report::template::{self, Template};
use crate::run::command::TerraformCommand;
use crate::run::outputs::Reader;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// What is to be done.
#[derive(Debug)]
pub enum Request {
    Help(HelpTopic),
    Version,
    Command(Box<Settings>),
}

/// A help page that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpTopic {
    /// `stack run`; empty for the front page.
    pub command: String,
    /// The terraform command in question: its own help belongs under ours.
    pub terraform: Option<String>,
}

/// All that was asked for.
#[derive(Debug)]
pub struct Settings {
    pub command: Command,
    /// What goes to terraform; `None` for commands that run none.
    pub terraform: Option<TerraformCommand>,
    /// The program and its arguments of `exec`.
    pub program: Vec<String>,
    /// What `--files` names, absolute and clean; `None` without it.
    pub files: Option<Vec<PathBuf>>,
    /// Absolute and clean.
    pub working_dir: PathBuf,
    pub config: ConfigSettings,
    /// As given: a name for PATH, or absolute if it has a separator.
    pub tf_path: Option<PathBuf>,
    pub log: LogSettings,
    pub non_interactive: bool,
    pub strict_controls: Enabled,
    pub experiments: Enabled,
    /// Tips that are not given.
    pub muted_tips: Enabled,
    pub selection: Selection,
    pub queue: QueueSettings,
    pub source: SourceArgs,
    /// How sources are kept for later.
    pub caches: CacheArgs,
    pub features: BTreeMap<String, String>,
    pub auto: AutoSettings,
    pub output: OutputSettings,
    pub auth: AuthArgs,
    pub iam: IamArgs,
    pub backend: BackendArgs,
    pub locks: LockArgs,
    /// How provider packages are shared; its folder is absolute.
    pub provider_cache: ProviderCacheArgs,
    /// To be said before the command runs, at level warn.
    pub warnings: Vec<Warning>,
}

/// Where configuration and working directories are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigSettings {
    /// The configuration file if one was named, absolute.
    pub file: Option<PathBuf>,
    /// The base of all working directories if one was named, absolute.
    pub download_dir: Option<PathBuf>,
}

impl ConfigSettings {
    /// The name by which discovery knows a unit's file besides the usual one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.file.as_deref().and_then(Path::file_name).and_then(|name| name.to_str())
    }
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    pub level: LogLevel,
    pub format: LogFormat,
    /// Goes before the named format. It lives as long as the process, since whatever is logged is written with it.
    pub template: Option<&'static Template>,
    pub disabled: bool,
    pub absolute_paths: bool,
    /// terraform's output passes without prefixes.
    pub raw: bool,
    pub color: Color,
}

/// Whether colours are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Where a terminal shows them.
    Auto,
    /// Nowhere; terraform gets `-no-color`.
    Never,
}

/// How the run queue moves on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueSettings {
    /// `None` leaves the choice to the queue.
    pub parallelism: Option<NonZeroU32>,
    pub fail_fast: bool,
    pub ignore_errors: bool,
    pub ignore_dag_order: bool,
}

/// What is done unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoSettings {
    pub init: bool,
    pub retry: bool,
    pub approve: bool,
    pub share_providers: bool,
    pub generate_stacks: bool,
    pub copy_states: bool,
    pub check_dependents: bool,
    pub require_pins: bool,
    pub hooks: bool,
    pub dependency_outputs: bool,
    pub output_reader: Reader,
}

/// What a run leaves and says. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputSettings {
    pub plan_dir: Option<PathBuf>,
    pub json_plan_dir: Option<PathBuf>,
    pub report: Option<ReportFile>,
    pub report_schema: Option<PathBuf>,
    pub summary: Summary,
    pub inputs_debug: bool,
}

/// The report of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    pub path: PathBuf,
    pub format: ReportFormat,
}

/// How a run is summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
    None,
    #[default]
    Counts,
    PerUnit,
}

/// Reads what was asked for.
///
/// # Errors
/// When it makes no sense, or names something that does not work yet.
pub fn read(start: Start<'_>) -> Result<Request, Failure> {
    let root = args::tree();
    let line = argv::split(start.args, &root)?;
    match line.asks {
        Some(Ask::Version) => return Ok(Request::Version),
        Some(Ask::Help) => return Ok(Request::Help(topic(&line))),
        None => {}
    }
    let command = line.command.split(' ').try_fold(&root, |at, word| at.find_subcommand(word));
    let complete = command.is_some_and(|command| !command.has_subcommands());
    if !complete || (line.command == "run" && line.words.is_empty() && line.flags.is_empty()) {
        return Ok(Request::Help(topic(&line)));
    }
    let resolved = resolve(&line, start.env, &root)?;
    if matches!(resolved.cli.command, Command::Version) {
        return Ok(Request::Version);
    }
    let mut settings = Settings::new(&resolved.cli.global, resolved.cli.command, start)?;
    settings.files = named_files::of(&settings.command, &line, start)?;
    settings.take_words(line)?;
    settings.warnings.splice(0..0, resolved.warnings);
    Ok(Request::Command(Box::new(settings)))
}

fn topic(line: &Line) -> HelpTopic {
    let words = (line.command == "run").then(|| TerraformCommand::parse(&line.words)).flatten();
    HelpTopic { command: line.command.clone(), terraform: words.map(|words| words.name) }
}

impl Settings {
    fn new(global: &GlobalArgs, command: Command, start: Start<'_>) -> Result<Self, Failure> {
        let shared = command.shared();
        let mut warnings = Vec::new();
        let place = Place::find(global, &shared, start.cwd)?;
        let dir = place.working_dir.as_path();
        let reach = if runs_units(&command) { Reach::ByFlags } else { Reach::Many };
        warnings.extend(telemetry(start.env));
        let experiments = experiments_of(global, &shared, &mut warnings)?;
        Ok(Self {
            terraform: None,
            program: Vec::new(),
            files: None,
            config: place.config,
            tf_path: shared.tool.tf_path.as_ref().map(|path| tool_path(dir, path)),
            log: log_settings(global, &shared.output, start.env)?,
            non_interactive: global.non_interactive,
            strict_controls: enabled(
                &STRICT_CONTROLS,
                (global.strict_mode, &global.strict_control),
                &mut warnings,
            )?,
            experiments,
            muted_tips: enabled(&TIPS, (global.no_tips, &global.no_tip), &mut warnings)?,
            selection: select(&shared, dir, reach)?,
            queue: queue_settings(&shared),
            features: shared
                .feature
                .feature
                .iter()
                .map(|Pair { key, value }| (key.clone(), value.clone()))
                .collect(),
            auto: auto_settings(&shared),
            output: output_settings(&shared, dir),
            provider_cache: ProviderCacheArgs {
                provider_cache_dir: shared.provider_cache.provider_cache_dir.map(|path| absolute(dir, &path)),
                ..shared.provider_cache
            },
            source: shared.source,
            caches: shared.cache,
            auth: shared.auth,
            iam: shared.iam,
            backend: shared.backend,
            locks: shared.locks,
            working_dir: place.working_dir,
            command,
            warnings,
        })
    }

    /// Gives the words that are not flags to whom they belong.
    fn take_words(&mut self, line: Line) -> Result<(), Failure> {
        let path = line.command;
        match &self.command {
            Command::Run(_) | Command::Stack(args::StackCommand::Run(_)) => {
                let words = TerraformCommand::parse(&line.words);
                self.terraform = Some(words.ok_or_else(|| {
                    Failure::usage(format!("`terrace {path}` lacks terraform's command"))
                        .coded(Code::LacksCommand)
                        .hint(format!("name it last: terrace {path} -- plan"))
                })?);
            }
            Command::Exec(_) if line.words.is_empty() => {
                return Err(Failure::usage("`terrace exec` lacks a program")
                    .coded(Code::LacksCommand)
                    .hint("write: terrace exec -- PROGRAM"));
            }
            Command::Exec(_) => self.program = line.words,
            _ => {}
        }
        Ok(())
    }
}

/// Commands that work on one unit unless flags say more.
fn runs_units(command: &Command) -> bool {
    use args::{InfoCommand, StackCommand};
    matches!(
        command,
        Command::Run(_)
            | Command::Exec(_)
            | Command::Render(_)
            | Command::Explain(_)
            | Command::Backend(_)
            | Command::State(_)
            | Command::Info(InfoCommand::Print(_))
            | Command::Stack(StackCommand::Run(_))
    )
}

/// Where the work is, and which file was named for it.
struct Place {
    working_dir: PathBuf,
    config: ConfigSettings,
}

impl Place {
    fn find(global: &GlobalArgs, shared: &Shared, cwd: &Path) -> Result<Self, Failure> {
        let mut working_dir =
            global.working_dir.as_ref().map_or_else(|| fs::clean(cwd), |dir| absolute(cwd, dir));
        let mut file = None;
        if fs::is_file(&working_dir) {
            file = Some(working_dir.clone());
            working_dir.pop();
        } else if !fs::is_dir(&working_dir) {
            return Err(Failure::new(
                Kind::Machine,
                format!("the working folder {} is not there", working_dir.display()),
            )
            .hint(missing_folder_hint(&working_dir)));
        }
        let named = shared.config.config.as_ref().map(|config| absolute(&working_dir, config));
        let download_dir = shared.config.download_dir.as_ref().map(|path| absolute(&working_dir, path));
        Ok(Self { config: ConfigSettings { file: named.or(file), download_dir }, working_dir })
    }
}

/// The neighbour whose name is nearest to the one that is not there.
fn missing_folder_hint(dir: &Path) -> String {
    let parent = dir.parent().unwrap_or(dir);
    let entries = fs::list_dir(parent).unwrap_or_default();
    let folders = entries.into_iter().filter(|(_, kind)| *kind == fs::EntryKind::Directory);
    let names: Vec<String> = folders.filter_map(|(name, _)| name.into_string().ok()).collect();
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    match diag::closest(&name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {}?", parent.join(near).display()),
        None => "--working-dir is relative to the current folder".to_owned(),
    }
}

fn absolute(base: &Path, path: &Path) -> PathBuf {
    fs::clean(&base.join(path))
}

/// A bare name is looked up on PATH; anything with a separator is a file, relative to the working directory.
fn tool_path(dir: &Path, path: &Path) -> PathBuf {
    let bare =
        path.components().count() == 1 && !path.is_absolute() && path.file_name() == Some(path.as_os_str());
    if bare { path.to_path_buf() } else { absolute(dir, path) }
}

fn log_settings(global: &GlobalArgs, output: &OutputArgs, env: &Env) -> Result<LogSettings, Failure> {
    let level = global.log_level.unwrap_or_default();
    let format = global.log_format.unwrap_or_default();
    let disabled = global.log_disable || level == LogLevel::Silent;
    let no_color = global.no_color || env.get_filled("NO_COLOR").is_some();
    let template = global.log_custom_format.as_deref().map(read_template).transpose()?;
    Ok(LogSettings {
        level,
        format,
        template,
        disabled,
        absolute_paths: global.log_show_abs_paths,
        raw: disabled || output.tf_forward_stdout || (format == LogFormat::Bare && template.is_none()),
        color: if no_color { Color::Never } else { Color::Auto },
    })
}

/// The template of a log line; kept for ever.
fn read_template(text: &str) -> Result<&'static Template, Failure> {
    match template::parse(text) {
        Ok(template) => Ok(Box::leak(Box::new(template))),
        Err(error) => {
            let under = format!("{text}\n  {}^", " ".repeat(error.at));
            let text = format!("--log-custom-format: {}\n  {under}", error.text);
            Err(Failure::usage(text).coded(Code::LogTemplate).hint_if(error.hint))
        }
    }
}

fn queue_settings(shared: &Shared) -> QueueSettings {
    // terraform's questions come one at a time.
    let one = shared.auto.no_auto_approve.then_some(NonZeroU32::MIN);
    QueueSettings {
        parallelism: one.or(shared.queue.parallelism),
        fail_fast: shared.queue.fail_fast,
        ignore_errors: shared.queue.queue_ignore_errors,
        ignore_dag_order: shared.queue.queue_ignore_dag_order,
    }
}

fn auto_settings(shared: &Shared) -> AutoSettings {
    AutoSettings {
        init: !shared.auto.no_auto_init,
        retry: !shared.auto.no_auto_retry,
        approve: !shared.auto.no_auto_approve,
        share_providers: !shared.auto.no_auto_provider_cache_dir,
        generate_stacks: !shared.auto.no_stack_generate,
        copy_states: !shared.auto.no_state_snapshot,
        check_dependents: shared.auto.destroy_dependencies_check,
        require_pins: shared.auto.require_pins,
        hooks: !shared.hooks.no_hooks,
        dependency_outputs: !shared.hooks.no_dependency_outputs,
        output_reader: match shared.hooks.no_dependency_fetch_output_from_state {
            true => Reader::Terraform,
            false => Reader::Ourselves,
        },
    }
}

/// Variables that ask for traces, metrics or logs of ours: there are none yet.
fn telemetry(env: &Env) -> Option<Warning> {
    let kinds = ["TRACE", "METRIC", "LOGS"].map(|kind| format!("TG_TELEMETRY_{kind}_EXPORTER"));
    let asked = kinds.iter().find(|name| env.get_filled(name).is_some_and(|value| value != "none"))?;
    let warning = Warning::new(format!("{asked} has no effect: no telemetry is exported yet"));
    Some(warning.hint("TRACEPARENT is handed on to terraform and hooks as it is"))
}

fn output_settings(shared: &Shared, dir: &Path) -> OutputSettings {
    let output = &shared.output;
    let path_of = |path: &Option<PathBuf>| path.as_ref().map(|path| absolute(dir, path));
    OutputSettings {
        plan_dir: path_of(&output.out_dir),
        json_plan_dir: path_of(&output.json_out_dir),
        report: path_of(&output.report_file).map(|path| {
            let json = path.extension().is_some_and(|ending| ending == "json");
            let by_ending = if json { ReportFormat::Json } else { ReportFormat::Csv };
            ReportFile { path, format: output.report_format.unwrap_or(by_ending) }
        }),
        report_schema: path_of(&output.report_schema_file),
        summary: match (output.summary_disable, output.summary_per_unit) {
            (true, _) => Summary::None,
            (_, true) => Summary::PerUnit,
            _ => Summary::Counts,
        },
        inputs_debug: shared.debug.inputs_debug,
    }
}

fn experiments_of(
    global: &GlobalArgs,
    shared: &Shared,
    warnings: &mut Vec<Warning>,
) -> Result<Enabled, Failure> {
    let mut on = enabled(&EXPERIMENTS, (global.experiment_mode, &global.experiment), warnings)?;
    if shared.hooks.dependency_fetch_output_from_state {
        on.insert("dependency-fetch-output-from-state");
    }
    for (flag, used, experiment) in [
        ("--no-hooks", shared.hooks.no_hooks, "optional-hooks"),
        ("--no-dependency-outputs", shared.hooks.no_dependency_outputs, "optional-dependency-outputs"),
    ] {
        if used && !on.has(experiment) {
            return Err(Failure::usage(format!("{flag} is an experiment"))
                .coded(Code::IsExperiment)
                .hint(format!("add --experiment {experiment}")));
        }
    }
    Ok(on)
}

/// Which names of a family are on: all, or those given. A name of the past is a warning, an unknown one an error.
fn enabled(
    family: &Names,
    (all, given): (bool, &[String]),
    warnings: &mut Vec<Warning>,
) -> Result<Enabled, Failure> {
    let mut on = Enabled::default();
    if all {
        on.insert_all(family);
    }
    for name in given {
        if let Some(known) = family.active.iter().find(|known| *known == name) {
            on.insert(known);
        } else if family.completed.contains(&name.as_str()) {
            warnings.push(Warning::new(format!("the {} {name} is completed and has no effect", family.noun)));
        } else {
            let hint = match diag::closest(name, family.active.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", family.active.join(", ")),
            };
            return Err(Failure::usage(format!("there is no {} {name}", family.noun))
                .coded(Code::UnknownControl)
                .hint(hint));
        }
    }
    Ok(on)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
