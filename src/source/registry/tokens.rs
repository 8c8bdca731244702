//! Tokens of hosts: of the environment, of the tools' settings, or of the user's helper. Knows no protocol.

use crate::host::env::{self, Env};
use crate::toolrc::{Flavour, RcBook, RcSettings, Reader, ask_helper, normal_host, token_of_env};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the user's helper for credentials may run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Helpers {
    #[default]
    Run,
    /// Nothing is executed.
    Never,
}

/// Who knows tokens, and the settings that both tools have.
#[derive(Debug)]
pub(super) struct Tokens {
    pub env: Env,
    pub rc: Arc<RcBook>,
    pub helpers: Helpers,
    /// What the helper said, by host.
    told: Mutex<HashMap<String, Option<String>>>,
    notes: Mutex<Vec<String>>,
}

impl Tokens {
    pub fn new(env: Env, rc: Arc<RcBook>) -> Self {
        Self { env, rc, helpers: Helpers::default(), told: Mutex::default(), notes: Mutex::default() }
    }

    /// The token for a host, if anybody has one. May run the user's helper, once for each host. Blocks.
    pub fn of_host(&self, host: &str) -> Option<String> {
        token_of_env(&self.env, host).or_else(|| self.of_files(host)).or_else(|| self.of_helper(host))
    }

    /// What terraform's settings say, and what OpenTofu's: a module may be for either.
    pub fn settings(&self) -> [Arc<RcSettings>; 2] {
        let working_dir = cwd();
        let of = |flavour| self.rc.settings(Reader { env: &self.env, working_dir: &working_dir, flavour });
        [of(Flavour::Terraform), of(Flavour::Tofu)]
    }

    fn of_files(&self, host: &str) -> Option<String> {
        self.settings().iter().find_map(|settings| settings.token(host).map(str::to_owned))
    }

    fn of_helper(&self, host: &str) -> Option<String> {
        if self.helpers == Helpers::Never {
            return None;
        }
        let host = normal_host(host)?;
        let helper = self.settings().iter().find_map(|settings| settings.helper.clone())?;
        // Held while it runs, so that it is asked once.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = told.get(&host) {
            return known.clone();
        }
        let token = ask_helper(&helper, &host, (&self.env, &cwd())).unwrap_or_else(|fault| {
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(fault.to_string());
            None
        });
        told.insert(host, token.clone());
        token
    }

    /// What went wrong, told once.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn cwd() -> PathBuf {
    env::current_dir().unwrap_or_default()
}
