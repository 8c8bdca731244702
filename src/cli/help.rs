//! Help pages, written from the definitions: short, grouped by topic, readable without colours in any width.

use super::args::{Standing, standing_of_command, standing_of_flag, tree};
use super::env_names::{self, Scope};
use super::examples;
use super::flag_kind::{Kind, kind_of};
use super::settings::HelpTopic;
use super::words::SHORTCUTS;
use clap::{Arg, Command};
use std::fmt::Write;

/// The version of Terragrunt whose behaviour and configuration language we keep to.
pub const COMPATIBLE_WITH: &str = "1.1.3";

/// The line of `--version`.
#[must_use]
pub fn version() -> String {
    format!("terrace {} (compatible with Terragrunt {COMPATIBLE_WITH})", env!("CARGO_PKG_VERSION"))
}

/// The commands of the front page by topic.
pub(super) const TOPICS: &[(&str, &[&str])] = &[
    ("Run", &["run", "exec", "stack", "backend"]),
    ("Look", &["find", "list", "dag"]),
    ("States", &["outputs", "state", "lock"]),
    ("Pin", &["pins"]),
    ("Configure", &["hcl", "render", "explain", "info"]),
    ("Begin", &["catalog", "scaffold", "completion"]),
];

/// The page for a topic, with a line break at its end. `width` is the terminal's.
#[must_use]
pub fn page(topic: &HelpTopic, width: usize) -> String {
    let root = tree();
    let mut page = Page { out: String::new(), width: width.clamp(40, 110) };
    let command = topic.command.split(' ').try_fold(&root, |at, word| at.find_subcommand(word));
    match command {
        Some(command) if command.has_subcommands() => page.group(command, &topic.command),
        Some(command) => page.command(command, topic, &root),
        None => page.front(&root),
    }
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn front(&mut self, root: &Command) {
        self.line(&about(root));
        self.line("\nUsage: terrace [GLOBAL FLAGS] COMMAND [FLAGS] [-- ARGS]...");
        for (topic, names) in TOPICS {
            let rows = names.iter().filter_map(|name| root.find_subcommand(name));
            self.rows(
                topic,
                &rows
                    .map(|command| (names_of(command), command_text(command.get_name(), command)))
                    .collect::<Vec<_>>(),
            );
        }
        let rows: Vec<_> =
            SHORTCUTS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        self.rows("Shortcuts (`terrace plan` is `terrace run -- plan`)", &rows);
        self.flags("", root, Scope::Global);
        let rows = [("-h, --help", "Explain a command"), ("-v, --version", "Print terrace's version")];
        self.rows("Anywhere", &rows.map(|(flag, text)| (flag.to_owned(), text.to_owned())));
        self.paragraph("\nEvery flag has a variable: --log-level is TG_LOG_LEVEL.");
    }

    fn group(&mut self, command: &Command, path: &str) {
        self.line(&about(command));
        let _ = writeln!(self.out, "\nUsage: terrace {path} COMMAND [FLAGS]");
        let rows = command
            .get_subcommands()
            .map(|below| (names_of(below), command_text(&format!("{path} {}", below.get_name()), below)));
        self.rows("Commands", &rows.collect::<Vec<_>>());
    }

    fn command(&mut self, command: &Command, topic: &HelpTopic, root: &Command) {
        let path = topic.command.as_str();
        let shortcut =
            topic.terraform.as_deref().and_then(|name| SHORTCUTS.iter().find(|(known, _)| *known == name));
        match shortcut.filter(|_| path == "run") {
            Some((name, text)) => {
                let _ = writeln!(
                    self.out,
                    "{text}\n\nUsage: terrace {name} [FLAGS] [TERRAFORM'S FLAGS AND ARGS]..."
                );
                self.paragraph(&format!(
                    "\nThe same as `terrace run -- {name}`. terraform's own flags: `terrace run -- {name} -help`."
                ));
            }
            None => {
                self.line(&command_text(path, command));
                let _ = writeln!(self.out, "\nUsage: {}", usage(command, path));
                if let Some(example) = examples::of(path) {
                    let _ = writeln!(self.out, "Example: {example}");
                }
                if let Some(more) = more_about(command) {
                    self.paragraph(&format!("\n{more}"));
                }
            }
        }
        self.flags(path, command, Scope::Command);
        let globals = root.get_arguments().filter(|arg| !arg.is_hide_set());
        let globals: Vec<String> =
            globals.filter_map(Arg::get_long).map(|name| format!("--{name}")).collect();
        self.paragraph(&format!("\nGlobal flags (`terrace --help` explains them): {}", globals.join(", ")));
    }

    fn flags(&mut self, path: &str, command: &Command, scope: Scope) {
        for (heading, args) in by_heading(command) {
            let rows: Vec<_> = args.iter().map(|arg| (written(arg), explained(path, arg, scope))).collect();
            self.rows(heading, &rows);
        }
    }

    /// Two columns under a heading. A first column that is too wide gets a line of its own.
    fn rows(&mut self, heading: &str, rows: &[(String, String)]) {
        let _ = writeln!(self.out, "\n{heading}:");
        let limit = (self.width / 3).clamp(16, 36);
        let widest = rows.iter().map(|(name, _)| name.chars().count()).filter(|width| *width <= limit).max();
        let column = widest.unwrap_or(limit) + 4;
        for (name, text) in rows {
            let lines = wrap(text, self.width.saturating_sub(column).max(20));
            let fits = name.chars().count() + 4 <= column;
            let mut lines = lines.iter();
            let first = if fits { lines.next() } else { None };
            let line = format!("  {name:<rest$}{}", first.map_or("", String::as_str), rest = column - 2);
            self.line(line.trim_end());
            for line in lines {
                let _ = writeln!(self.out, "{:column$}{line}", "");
            }
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        let (gap, text) = text.strip_prefix('\n').map_or(("", text), |text| ("\n", text));
        self.out.push_str(gap);
        for line in wrap(text, self.width) {
            self.line(&line);
        }
    }
}

/// The flags that are shown, by topic, in the order of their definition.
pub(super) fn by_heading(command: &Command) -> Vec<(&str, Vec<&Arg>)> {
    let mut groups: Vec<(&str, Vec<&Arg>)> = Vec::new();
    let shown = command.get_arguments().filter(|arg| arg.get_long().is_some() && !arg.is_hide_set());
    for arg in shown {
        let heading = arg.get_help_heading().unwrap_or("Flags");
        match groups.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, args)) => args.push(arg),
            None => groups.push((heading, vec![arg])),
        }
    }
    groups
}

/// `-a, --all` or `--config FILE`, with other names of the flag.
pub(super) fn written(arg: &Arg) -> String {
    let short = arg.get_short().map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let long = arg.get_long().unwrap_or_default();
    let aliases: String =
        arg.get_visible_aliases().into_iter().flatten().map(|alias| format!(", --{alias}")).collect();
    let name = arg.get_value_names().and_then(|names| names.first());
    let value = match (kind_of(arg), name) {
        (Kind::Switch, _) | (_, None) => String::new(),
        (Kind::Optional, Some(name)) => format!("[={name}]"),
        (_, Some(name)) => format!(" {name}"),
    };
    format!("{short}--{long}{aliases}{value}")
}

/// What a flag does, how it stands, and its variable.
fn explained(path: &str, arg: &Arg, scope: Scope) -> String {
    let flag = arg.get_long().unwrap_or_default();
    let variable =
        env_names::variable(path, flag, scope).map(|name| format!(" [{name}]")).unwrap_or_default();
    format!("{}{}{variable}", help_of(arg), mark(standing_of_flag(path, flag)))
}

pub(super) fn help_of(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

pub(super) fn mark(standing: Option<Standing>) -> &'static str {
    match standing {
        Some(Standing::NotYet(_)) => " (not yet)",
        Some(Standing::NoEffect(_)) => " (no effect yet)",
        Some(Standing::Deprecated { .. }) => " (deprecated)",
        None => "",
    }
}

pub(super) fn command_text(path: &str, command: &Command) -> String {
    format!("{}{}", about(command), mark(standing_of_command(path)))
}

pub(super) fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// What follows the first paragraph of a command's text.
pub(super) fn more_about(command: &Command) -> Option<String> {
    let long = command.get_long_about()?.to_string();
    long.split_once("\n\n").map(|(_, more)| more.replace('\n', " "))
}

pub(super) fn names_of(command: &Command) -> String {
    command.get_name_and_visible_aliases().join(", ")
}

/// How a command is called.
pub(super) fn usage(command: &Command, path: &str) -> String {
    let tail = match path {
        "run" | "stack run" => " -- COMMAND [ARGS]...".to_owned(),
        "exec" => " -- PROGRAM [ARGS]...".to_owned(),
        _ => command
            .get_positionals()
            .filter_map(|arg| {
                let many = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
                let name = arg.get_value_names()?.first()?;
                Some(if many { format!(" [-- {name}...]") } else { format!(" [{name}]") })
            })
            .collect(),
    };
    format!("terrace {path} [FLAGS]{tail}")
}

/// Breaks a text at spaces; a word that is too long stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { continue };
        let gap = usize::from(!line.is_empty());
        if gap == 1 && line.chars().count() + gap + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            line.push_str(&" "[..gap]);
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{HelpTopic, TOPICS, page, tree, wrap};

    fn topic(command: &str) -> HelpTopic {
        HelpTopic { command: command.to_owned(), terraform: None }
    }

    fn paths(command: &clap::Command, before: &str, out: &mut Vec<String>) {
        for below in command.get_subcommands() {
            let path = format!("{before} {}", below.get_name()).trim().to_owned();
            paths(below, &path, out);
            out.push(path);
        }
    }

    #[test]
    fn every_page_keeps_to_the_width() {
        let mut all = vec![String::new()];
        paths(&tree(), "", &mut all);
        assert!(all.len() > 20);
        for path in all {
            for width in [60, 100] {
                let text = page(&topic(&path), width);
                let long = text.lines().find(|line| {
                    line.chars().count() > width && !line.contains("Usage") && line.contains("  --")
                });
                assert_eq!(long, None, "{path} at {width}");
                assert!(!text.contains('\u{1b}'), "{path}");
            }
        }
    }

    #[test]
    fn every_command_that_is_shown_is_on_the_front_page() {
        let listed: Vec<&str> = TOPICS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for command in tree().get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = command.get_name();
            assert!(name == "version" || listed.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_page_names_flags_by_topic_with_their_variables() {
        let text = page(&topic("run"), 100);
        for part in [
            "Which units:",
            "Order and failures:",
            "--fail-fast",
            "[TG_FAIL_FAST]",
            "-a, --all",
            "Credentials:",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let plan = HelpTopic { command: "run".to_owned(), terraform: Some("plan".to_owned()) };
        assert!(page(&plan, 100).contains("Usage: terrace plan [FLAGS]"));
    }

    #[test]
    fn wrapping_breaks_at_spaces_alone() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("extraordinary x", 5), ["extraordinary", "x"]);
    }
}
