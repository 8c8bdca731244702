//! What a shell has to run to complete our command lines. All of them ask the binary itself, so that a script never lags
//! behind it: `terrace __complete SHELL LINE`, where the line ends at the cursor.

use crate::cli::args::Shell;

const BASH: &str = r#"_terrace() {
  local IFS=$'\n'
  COMPREPLY=($(terrace __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -o bashdefault -o default -F _terrace terrace
"#;

const ZSH: &str = r#"#compdef terrace
_terrace() {
  local -a found
  found=("${(@f)$(terrace __complete zsh "${(j: :)${(@)words[1,CURRENT]}}" 2>/dev/null)}")
  if [[ ${#found} -gt 0 && -n "${found[1]}" ]]; then
    _describe 'terrace' found
  else
    _files
  fi
}
if [[ "${funcstack[1]}" == "_terrace" ]]; then
  _terrace "$@"
else
  compdef _terrace terrace
fi
"#;

const FISH: &str = r#"complete -c terrace -e
complete -c terrace -k -a '(terrace __complete fish (commandline -cp | string collect) 2>/dev/null)'
"#;

const POWERSHELL: &str = r#"Register-ArgumentCompleter -Native -CommandName terrace -ScriptBlock {
  param($word, $ast, $cursor)
  $line = $ast.ToString()
  $line = $line.PadRight($cursor).Substring(0, $cursor - $ast.Extent.StartOffset)
  terrace __complete powershell $line 2>$null | ForEach-Object {
    $text, $about = $_ -split "`t", 2
    if (-not $about) { $about = $text }
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $about)
  }
}
"#;

/// The script of a shell.
#[must_use]
pub fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
        Shell::PowerShell => POWERSHELL,
    }
}
