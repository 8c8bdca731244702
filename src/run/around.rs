//! The place and time at which a unit's hooks run.

use super::prepare::Prepared;
use super::settings::Terminal;
use crate::config::unit::Terraform;
use crate::hcl::Value;
use crate::host::env::Env;
use std::path::Path;

/// What a hook is told about the place and time.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The word that a hook's `commands` are compared with.
    pub command: &'a str,
    pub tool: &'a Path,
    pub source: &'a str,
    /// Where the hooks are written.
    pub terraform: Option<&'a Terraform>,
    pub unit_dir: &'a Path,
    /// Where hooks run that do not say.
    pub working_dir: &'a Path,
    pub env: &'a Env,
    /// The unit's inputs; for programs that take them as arguments.
    pub inputs: Option<&'a Value>,
    pub terminal: Terminal,
}

impl<'a> Around<'a> {
    /// Around a command in a prepared unit.
    #[must_use]
    pub fn of(prepared: &'a Prepared, command: &'a str, env: &'a Env, terminal: Terminal) -> Self {
        Self {
            command,
            tool: &prepared.tool.program,
            source: &prepared.source,
            terraform: prepared.ready.config.terraform.as_ref(),
            unit_dir: &prepared.ready.dir,
            working_dir: &prepared.working_dir,
            env,
            inputs: prepared.ready.config.inputs.as_ref().map(|inputs| &inputs.value),
            terminal,
        }
    }
}
