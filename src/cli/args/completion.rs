//! `completion`: the script that teaches a shell our commands, flags and units.

use clap::{Args, ValueEnum};

/// Shells that can be taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
}

/// Print a script that completes commands, flags and units in a shell
///
/// Put it where the shell starts: `source <(terrace completion bash)` in ~/.bashrc, the same with zsh in ~/.zshrc,
/// `terrace completion fish | source` in config.fish, or
/// `terrace completion powershell | Out-String | Invoke-Expression` in $PROFILE.
#[derive(Args, Clone, Debug)]
pub struct CompletionArgs {
    /// bash, zsh, fish or powershell
    #[arg(value_name = "SHELL", value_parser = clap::value_parser!(Shell))]
    pub shell: Option<Shell>,
}
