//! What every command works with: the settings, the session made from them, and the screen.

use super::args::{
    CacheArgs, Command, EXPERIMENTS, Enabled, IamArgs, LogLevel, Names, STRICT_CONTROLS, StackCommand,
};
use super::failure::{Failure, Warning};
use super::screen::{Form, Screen};
use super::selection::Scope;
use super::settings::{Color, Settings};
use crate::cloud::Secret;
use crate::cloud::aws::desk::Wanted;
use crate::config::credentials::{AuthCommand, InDiscovery};
use crate::config::{Away, Files, Invoked, JSON_UNIT_FILE, Memory, Reach, Redirects, Session};
use crate::diag::Code;
use crate::host::clock;
use crate::host::env::Env;
use crate::host::fs;
use crate::report::line::{Format, Line, Look, Voice, render};
use crate::run::argv::{Approval, Circumstances, Colour, Scope as Around, argv};
use crate::run::command::TerraformCommand;
use crate::run::locator::Locator;
use crate::run::outputs::Outputs;
use crate::run::state_outputs::{Containers, StateOutputs};
use crate::run::tools::{Tools, Wish};
use crate::source::git::Depth;
use crate::source::redirect::Redirect;
use crate::source::{Fetcher, Helpers};
use crate::state::StoresInWaiting;
use crate::toolrc::{Flavour, RcBook, RcSettings, Reader};
use std::sync::Arc;
use std::time::Duration;

/// The context of one command.
pub struct Context {
    pub settings: Settings,
    pub session: Session,
    pub screen: Screen,
    /// The terraforms and tofus, each looked up and asked for its version once.
    pub tools: Arc<Tools>,
    /// The checkouts of the run: whoever wants a repository gets the same one.
    pub fetcher: Arc<Fetcher>,
    /// The stores of states: one thread, one client and one login for all who ask.
    pub stores: Arc<StoresInWaiting>,
}

impl Context {
    /// Builds the session that the settings ask for.
    ///
    /// # Errors
    /// A credentials command that is none.
    pub fn new(settings: Settings, env: Env) -> Result<Self, Failure> {
        let screen = Screen::of(&settings);
        let root = settings.working_dir.clone();
        let files = Arc::new(Files::default());
        let tools = Tools::new(env.clone(), root.clone(), (settings.tf_path.clone(), &files.sources));
        let tools = Arc::new(tools);
        let rc = Arc::new(RcBook::new(Arc::clone(&files.sources)));
        let fetcher = Arc::new(fetcher(&settings.caches, env.clone()).with_rc(rc));
        let session = Session {
            files,
            env,
            invoked: invoked(&settings),
            cwd: crate::host::env::current_dir().unwrap_or_else(|_| root.clone()),
            root,
            config_name: config_name(&settings),
            away: away(&settings),
            download_dir: settings.config.download_dir.clone(),
            redirects: redirects(&settings),
            outputs: None,
            auth: auth(&settings, screen)?,
            memory: Arc::new(Memory::default()),
            echo: echo(screen),
            reach: Reach::World,
        };
        Ok(Self { settings, session, screen, tools, fetcher, stores: Arc::default() })
    }

    /// Says what the settings found deprecated or without effect.
    pub fn warn(&self) {
        self.settings.warnings.iter().for_each(|warning| self.warn_of(warning));
    }

    /// Says a warning, unless the log is too quiet for one.
    pub fn warn_of(&self, warning: &Warning) {
        if self.settings.log.level >= LogLevel::Warn && !self.settings.log.disabled {
            self.screen.warn(warning);
        }
    }

    /// The same, but nothing is started, and nobody is asked who is not named.
    #[must_use]
    pub fn of_files_only(mut self) -> Self {
        let rc = Arc::clone(self.fetcher.rc());
        let fetcher = fetcher(&self.settings.caches, self.session.env.clone()).with_rc(rc);
        self.fetcher = Arc::new(fetcher.with_helpers(Helpers::Never));
        self.session = self.session.of_files_only();
        self
    }

    /// What the tool of the working folder has for settings of its own, and which tool that is.
    #[must_use]
    pub fn settings_of_tool(&self) -> (Arc<RcSettings>, Flavour) {
        let (env, working_dir) = (&self.session.env, self.session.root.as_path());
        let flavour = self.tools.flavour_of(&Wish::of_dir(working_dir));
        (self.fetcher.rc().settings_for_sure(Reader { env, working_dir, flavour }), flavour)
    }

    /// The same with outputs of dependencies at hand. Their units are looked at through a session of its own, which
    /// shares the parsed files and needs no outputs itself.
    #[must_use]
    pub fn with_outputs(mut self) -> Self {
        self.session.outputs = Some(Arc::new(self.state_outputs(Containers::MayBeMissing)));
        self
    }

    /// Reads outputs of units from their states.
    #[must_use]
    pub fn state_outputs(&self, containers: Containers) -> StateOutputs {
        let outputs = Outputs::new(Arc::clone(&self.stores), self.settings.auto.output_reader);
        StateOutputs::new(Arc::new(self.locator()), outputs, containers)
    }

    /// Finds the states of units, through a session of its own that needs no outputs.
    #[must_use]
    pub fn locator(&self) -> Locator {
        let session = Arc::new(self.bare_session());
        Locator::new(session, Arc::clone(&self.tools), Arc::clone(&self.fetcher))
    }

    fn bare_session(&self) -> Session {
        Session {
            files: self.session.files.clone(),
            env: self.session.env.clone(),
            invoked: self.session.invoked.clone(),
            root: self.session.root.clone(),
            cwd: self.session.cwd.clone(),
            config_name: self.session.config_name.clone(),
            away: self.session.away.clone(),
            download_dir: self.session.download_dir.clone(),
            redirects: self.session.redirects.clone(),
            outputs: None,
            auth: self.session.auth.clone(),
            memory: Arc::clone(&self.session.memory),
            echo: self.session.echo,
            reach: self.session.reach,
        }
    }
}

/// The name of unit files that goes before the usual ones: the one of `--config`, or JSON for a run over many units that
/// begins in a folder with such a file.
fn config_name(settings: &Settings) -> Option<String> {
    let runs_many = settings.terraform.is_some() && settings.selection.scope != Scope::One;
    let in_json = || runs_many && fs::is_file(&settings.working_dir.join(JSON_UNIT_FILE));
    let given = settings.config.name().map(str::to_owned);
    given.or_else(|| in_json().then(|| JSON_UNIT_FILE.to_owned()))
}

/// The one unit is where the user is, wherever its file lies.
fn away(settings: &Settings) -> Option<Away> {
    let file = settings.config.file.as_ref()?.parent()?.to_path_buf();
    let home = settings.working_dir.clone();
    (settings.selection.scope == Scope::One && file != home).then_some(Away { file, home })
}

/// The credentials command, if there is one.
fn auth(settings: &Settings, screen: Screen) -> Result<Option<Arc<AuthCommand>>, Failure> {
    let Some(text) = &settings.auth.auth_provider_cmd else { return Ok(None) };
    let in_discovery =
        if settings.auth.no_discovery_auth_provider_cmd { InDiscovery::Skip } else { InDiscovery::Ask };
    match AuthCommand::parse(text, in_discovery, echo(screen)) {
        Some(command) => Ok(Some(Arc::new(command))),
        None => Err(Failure::usage("--auth-provider-cmd names no program, or has a quote without its end")
            .coded(Code::WrongValue)
            .hint("write it as in a shell: --auth-provider-cmd \"program 'an argument'\"")),
    }
}

/// Fetches as the flags say: through the store, and with so much history.
fn fetcher(caches: &CacheArgs, env: Env) -> Fetcher {
    let depth = match caches.cas_clone_depth {
        None => Depth::Commits(1),
        Some(depth) => u32::try_from(depth).map_or(Depth::Whole, Depth::Commits),
    };
    let fetcher = Fetcher::new(env).with_depth(depth);
    if caches.no_cas { fetcher } else { fetcher.with_store() }
}

fn invoked(settings: &Settings) -> Invoked {
    Invoked {
        terraform: words(settings),
        source: settings.source.source.clone().unwrap_or_default(),
        features: settings.features.clone(),
        strict: on(&settings.strict_controls, &STRICT_CONTROLS),
        experiments: on(&settings.experiments, &EXPERIMENTS),
        without_outputs: !settings.auto.dependency_outputs,
        rendering: false,
        role: role(&settings.iam),
    }
}

/// The command's words with those that we add for every unit; the stack's own word where stacks are generated.
fn words(settings: &Settings) -> Vec<String> {
    let around = Circumstances {
        extra: &[],
        scope: if settings.selection.scope == Scope::One { Around::Single } else { Around::Many },
        approval: if settings.auto.approve { Approval::Given } else { Approval::Asked },
        colour: if settings.log.color == Color::Never { Colour::Off } else { Colour::On },
        plan_file: None,
        is_file: &|_| false,
    };
    let generate = matches!(&settings.command, Command::Stack(StackCommand::Generate(_)));
    let generate = generate.then(|| TerraformCommand { name: "generate".to_owned(), ..Default::default() });
    let command = settings.terraform.as_ref().or(generate.as_ref());
    command.map(|command| argv(command, &around)).unwrap_or_default()
}

/// The role of the command line.
fn role(given: &IamArgs) -> Wanted {
    Wanted {
        arn: given.iam_assume_role.clone().unwrap_or_default(),
        session_name: given.iam_assume_role_session_name.clone().filter(|name| !name.is_empty()),
        duration: given.iam_assume_role_duration.and_then(|seconds| i32::try_from(seconds).ok()),
        web_identity_token: given.iam_assume_role_web_identity_token.clone().map(Secret::new),
    }
}

fn on(enabled: &Enabled, names: &Names) -> Vec<String> {
    names.active.iter().filter(|name| enabled.has(name)).map(|name| (*name).to_owned()).collect()
}

fn redirects(settings: &Settings) -> Redirects {
    let map = settings.source.source_map.iter();
    Redirects {
        source: settings.source.source.clone(),
        every_unit: settings.selection.scope != Scope::One,
        map: map.map(|pair| Redirect { from: pair.key.clone(), to: pair.value.clone() }).collect(),
    }
}

/// How the words of programs that the configuration starts are passed on.
fn echo(screen: Screen) -> fn(&str) {
    match screen.form {
        Form::Text => echo_command,
        Form::Json => echo_as_records,
    }
}

/// The same as a record for each line.
fn echo_as_records(text: &str) {
    let line = |text| Line {
        at: clock::now(),
        since: Duration::ZERO,
        voice: Voice::Info,
        prefix: "",
        tool: "",
        args: &[],
        text,
    };
    let look = Look { format: Format::Json, coloured: false };
    let words = text.lines().filter(|text| !text.is_empty());
    echo_command(&words.map(|text| render(&line(text), look)).collect::<String>());
}

/// `run_cmd` repeats what its programs said on stderr, so that stdout stays data.
#[expect(clippy::print_stderr, reason = "the words of the user's own programs, passed on as they are")]
fn echo_command(text: &str) {
    eprint!("{text}");
}
