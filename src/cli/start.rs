//! What the process was started with.

use crate::host::env::Env;
use std::ffi::OsString;
use std::path::Path;

/// Words, variables and a folder.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Without the program's name.
    pub args: &'a [String],
    /// Those behind `--` as they are, which need not be text.
    pub behind: &'a [OsString],
    pub env: &'a Env,
    pub cwd: &'a Path,
}
