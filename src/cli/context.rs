//! What every command works with: the settings, the session made from them, and the screen.

use super::screen::Screen;
use super::settings::Settings;
use crate::config::{Files, Invoked, Memory, Redirects, Session};
use crate::host::env::Env;
use crate::source::redirect::Redirect;

/// The context of one command.
pub struct Context {
    pub settings: Settings,
    pub session: Session,
    pub screen: Screen,
}

impl Context {
    /// Builds the session that the settings ask for.
    #[must_use]
    pub fn new(settings: Settings, env: Env) -> Self {
        let screen = Screen::of(&settings);
        let session = Session {
            files: Files::default(),
            env,
            invoked: invoked(&settings),
            root: settings.working_dir.clone(),
            config_name: settings.config.name().map(str::to_owned),
            download_dir: settings.config.download_dir.clone(),
            redirects: redirects(&settings),
            outputs: None,
            memory: Memory::default(),
            echo: echo_command,
        };
        Self { settings, session, screen }
    }
}

fn invoked(settings: &Settings) -> Invoked {
    Invoked {
        terraform: settings.terraform.as_ref().map(super::words::TerraformWords::all).unwrap_or_default(),
        source: settings.source.source.clone().unwrap_or_default(),
        features: settings.features.clone(),
        strict: settings.strict_controls.names(),
        experiments: settings.experiments.names(),
        rendering: false,
    }
}

fn redirects(settings: &Settings) -> Redirects {
    let map = settings.source.source_map.iter();
    Redirects {
        source: settings.source.source.clone(),
        every_unit: settings.selection.scope != super::selection::Scope::One,
        map: map.map(|pair| Redirect { from: pair.key.clone(), to: pair.value.clone() }).collect(),
    }
}

/// `run_cmd` repeats what its programs said on stderr, so that stdout stays data.
#[expect(clippy::print_stderr, reason = "the words of the user's own programs, passed on as they are")]
fn echo_command(text: &str) {
    eprint!("{text}");
}
