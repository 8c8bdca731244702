//! The reference page `docs/cli.md`, written from the definitions, so that it cannot lag behind them.

use super::args::{STRICT_CONTROLS, standing_of_command, standing_of_flag, tree};
use super::env_names::{self, Meaning, Scope};
use super::failure::exit;
use super::help::{self, COMPATIBLE_WITH, by_heading, command_text, help_of, mark, more_about, written};
use super::words::SHORTCUTS;
use clap::{Arg, Command};
use std::fmt::Write;

/// The whole page.
#[must_use]
pub fn page() -> String {
    let root = tree();
    let mut out = String::new();
    out.push_str("# Command line\n\n");
    out.push_str("<!-- Written from the definitions in src/cli/args. Do not edit; run: UPDATE_DOCS=1 cargo test --lib reference -->\n\n");
    model(&mut out);
    out.push_str("## Global flags\n\nBefore or after the command.\n\n");
    flag_tables(&mut out, &root, &root, ("", Scope::Global));
    shortcuts(&mut out);
    for (_, names) in help::TOPICS {
        for command in names.iter().filter_map(|name| root.find_subcommand(name)) {
            commands(&mut out, &root, command, "");
        }
    }
    former_variables(&mut out, &root);
    exit_codes(&mut out);
    out
}

fn model(out: &mut String) {
    let _ = writeln!(
        out,
        "`terrace [GLOBAL FLAGS] COMMAND [FLAGS] [-- ARGS]...`, compatible with Terragrunt {COMPATIBLE_WITH}.

- `-x` and `--x` are the same. A value stands behind `=` or follows. A switch takes `=true` or `=false`, nothing else.
- A flag that is not a list is given once. A list grows each time its flag is given.
- Every flag has a variable. The command line wins over the variable; an empty variable counts as unset. A list in a
  variable is split at commas.
- Everything behind `--` goes to terraform; there `--foo` is written `-foo`. The shortcuts take terraform's flags
  without `--`, too.
- `NO_COLOR` is honoured like `--no-color`.
- *(not yet)*: accepted and refused with a reason. *(no effect yet)*: accepted with a warning. *(deprecated)*: a warning,
  or an error under the strict control of that name.
"
    );
}

fn shortcuts(out: &mut String) {
    out.push_str("## Shortcuts\n\n`terrace plan` is `terrace run -- plan`; each takes the flags of `run`.\n\n| Command | |\n|---|---|\n");
    for (name, text) in SHORTCUTS {
        let _ = writeln!(out, "| `{name}` | {text} |");
    }
    out.push('\n');
}

fn commands(out: &mut String, root: &Command, command: &Command, before: &str) {
    let path = format!("{before}{}", command.get_name());
    if command.has_subcommands() {
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            commands(out, root, below, &format!("{path} "));
        }
        return;
    }
    let _ =
        writeln!(out, "## {path}\n\n{}. `{}`\n", command_text(&path, command), help::usage(command, &path));
    let aliases: Vec<String> = command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    if !aliases.is_empty() {
        let _ = writeln!(out, "Also called {}.\n", aliases.join(", "));
    }
    if let Some(more) = more_about(command) {
        let _ = writeln!(out, "{more}\n");
    }
    if let Some(example) = super::examples::of(&path) {
        let _ = writeln!(out, "```console\n$ {example}\n```\n");
    }
    if let Some(super::args::Standing::NotYet(why)) = standing_of_command(&path) {
        let _ = writeln!(out, "Not yet: {why}.\n");
    }
    flag_tables(out, root, command, (&path, Scope::Command));
}

/// A table for each topic; flags that are those of `run` are only named.
fn flag_tables(out: &mut String, root: &Command, command: &Command, (path, scope): (&str, Scope)) {
    let run = root.find_subcommand("run").filter(|_| path != "run" && scope == Scope::Command);
    let is_of_run = |arg: &Arg| {
        let twin = run.and_then(|run| run.get_arguments().find(|other| other.get_long() == arg.get_long()));
        twin.is_some_and(|twin| {
            help_of(twin) == help_of(arg) && variable(path, arg, scope) == variable("run", arg, scope)
        })
    };
    let mut of_run: Vec<String> = Vec::new();
    for (heading, args) in by_heading(command) {
        let (shared, own): (Vec<&Arg>, Vec<&Arg>) = args.into_iter().partition(|arg| is_of_run(arg));
        of_run.extend(shared.iter().filter_map(|arg| arg.get_long()).map(|name| format!("`--{name}`")));
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(out, "| {heading} | Variable | |\n|---|---|---|");
        for arg in own {
            let flag = arg.get_long().unwrap_or_default();
            let variable = variable(path, arg, scope).map(|name| format!("`{name}`")).unwrap_or_default();
            let text = format!("{}{}", help_of(arg), mark(standing_of_flag(path, flag))).replace('|', "\\|");
            let _ = writeln!(out, "| `{}` | {variable} | {text} |", written(arg));
        }
        out.push('\n');
    }
    if !of_run.is_empty() {
        let _ = writeln!(out, "As in `run`: {}.\n", of_run.join(", "));
    }
}

fn variable(path: &str, arg: &Arg, scope: Scope) -> Option<String> {
    env_names::variable(path, arg.get_long().unwrap_or_default(), scope)
}

fn former_variables(out: &mut String, root: &Command) {
    out.push_str("## Former variables\n\nStill read, with a warning; refused under the strict control `terragrunt-prefix-env-vars`.\n\n");
    out.push_str("| Former | Today |\n|---|---|\n");
    debug_assert!(STRICT_CONTROLS.active.contains(&"terragrunt-prefix-env-vars"));
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut visit = |path: &str, command: &Command, scope: Scope| {
        for arg in command.get_arguments() {
            let Some(today) = variable(path, arg, scope) else { continue };
            for former in env_names::former(path, arg.get_long().unwrap_or_default()) {
                let sense = match former.meaning {
                    Meaning::Same => format!("`{today}`"),
                    Meaning::Negated => format!("`{today}`, with the opposite value"),
                    Meaning::Picks(value) => format!("`{today}={value}` for `true`"),
                };
                if !rows.iter().any(|(name, _)| *name == former.name) {
                    rows.push((former.name, sense));
                }
            }
        }
    };
    visit("", root, Scope::Global);
    for path in ["run", "hcl fmt", "hcl validate", "render"] {
        if let Some(command) = path.split(' ').try_fold(root, |at, word| at.find_subcommand(word)) {
            visit(path, command, Scope::Command);
        }
    }
    rows.sort();
    for (former, today) in rows {
        let _ = writeln!(out, "| `{former}` | {today} |");
    }
    out.push('\n');
}

fn exit_codes(out: &mut String) {
    out.push_str("## Exit codes\n\n| Code | |\n|---|---|\n");
    for (code, text) in [
        (exit::SUCCESS, "Everything was done, or a question was answered with no."),
        (exit::FAILURE, "Something failed that has no code of its own."),
        (exit::CHANGES, "With `-detailed-exitcode`: done, and there are changes."),
        (exit::RUN_LOCK, "The run lock is held by another run, cannot be had, or was lost."),
        (exit::INTERRUPTED, "Stopped by a signal."),
    ] {
        let _ = writeln!(out, "| {code} | {text} |");
    }
    out.push_str(
        "\nIf terraform or a hook failed, its own code is ours; among many, the first that failed.\n",
    );
}

#[cfg(test)]
mod tests {
    use crate::host::{env::Env, fs};
    use std::path::Path;

    #[test]
    fn the_page_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
        let page = super::page();
        if Env::of_process().contains("UPDATE_DOCS") {
            fs::write_atomic(&path, page.as_bytes(), fs::Access::Shared).unwrap();
        }
        let written = fs::read_text(&path).unwrap_or_default();
        let differs = page.lines().zip(written.lines()).find(|(now, before)| now != before);
        assert!(
            page == written,
            "docs/cli.md lags behind the definitions, first here: {differs:?}\nrun: UPDATE_DOCS=1 cargo test --lib reference"
        );
    }
}
