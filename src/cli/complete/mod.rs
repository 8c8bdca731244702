//! What may stand at the end of a command line that is being typed. Reads the definitions; which units there are it is
//! told. It never fails: where nothing is known, nothing is proposed.

mod scripts;

pub use scripts::script;

use super::args::{EXPERIMENTS, STRICT_CONTROLS, Shell, TIPS};
use super::argv::answers_to;
use super::flag_kind::{Kind, kind_of};
use super::help::{about, help_of};
use super::words::SHORTCUTS;
use clap::{Arg, Command};

/// The hidden command that the scripts call.
pub const COMMAND: &str = "__complete";

/// Terraform's other commands, which `run` takes.
const TERRAFORM: &[&str] = &[
    "console",
    "env",
    "fmt",
    "get",
    "graph",
    "login",
    "logout",
    "metadata",
    "providers",
    "push",
    "query",
    "taint",
    "untaint",
    "version",
    "workspace",
];

/// A word that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub text: String,
    /// A few words on it; may be empty.
    pub about: String,
}

impl Candidate {
    fn new(text: impl Into<String>, about: impl Into<String>) -> Self {
        Self { text: text.into(), about: about.into() }
    }
}

/// A line up to the cursor.
#[derive(Debug)]
pub struct Typed {
    /// The program's name included.
    words: Vec<String>,
    /// The word that is being typed; may be empty.
    last: String,
}

impl Typed {
    /// Splits a line as a shell does, quotes and backslashes considered.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let (mut words, mut word, mut open, mut quote) = (Vec::new(), String::new(), false, None);
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            match (quote, letter) {
                (Some(mark), letter) if letter == mark => quote = None,
                (None, '\'' | '"') => (quote, open) = (Some(letter), true),
                (None, '\\') => {
                    word.extend(letters.next());
                    open = true;
                }
                (None, letter) if letter.is_whitespace() => {
                    if open {
                        words.push(std::mem::take(&mut word));
                    }
                    open = false;
                }
                (_, letter) => {
                    word.push(letter);
                    open = true;
                }
            }
        }
        Self { words, last: word }
    }

    /// The value that a flag has in the words before the last one.
    #[must_use]
    pub fn value_of(&self, flag: &str) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(at, word)| {
            let body = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
            let rest = body.strip_prefix(flag)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => self.words.get(at + 1).map(String::as_str),
                None => None,
            }
        })
    }
}

/// What fits; `units` gives the paths of units and stacks, relative to the working folder, when they matter.
#[must_use]
pub fn complete(typed: &Typed, root: &Command, units: &dyn Fn() -> Vec<String>) -> Vec<Candidate> {
    let place = Place::find(typed, root);
    let last = typed.last.as_str();
    let (found, prefix) = match (&place.awaits, last.split_once('=')) {
        (Some(arg), _) => (values(arg, units), String::new()),
        (None, Some((flag, _))) if flag.starts_with('-') && !place.is_behind_dashes => {
            let arg = place.flags(root).find(|arg| answers_to(arg, flag.trim_start_matches('-')));
            (arg.map(|arg| values(arg, units)).unwrap_or_default(), format!("{flag}="))
        }
        (None, _) if last.starts_with('-') && !place.is_behind_dashes => {
            (place.flag_names(root), String::new())
        }
        (None, _) => (place.words(root), String::new()),
    };
    let found = found.into_iter().map(|one| Candidate { text: format!("{prefix}{}", one.text), ..one });
    found.filter(|one| one.text.starts_with(last)).collect()
}

/// As lines for a shell. bash replaces only what stands behind the last of its separators.
#[must_use]
pub fn render(found: &[Candidate], typed: &Typed, shell: Shell) -> String {
    let kept = typed.last.rfind(['=', ':']).map_or(0, |at| at + 1);
    let line = |one: &Candidate| match shell {
        Shell::Bash => format!("{}\n", one.text.get(kept..).unwrap_or(&one.text)),
        Shell::Zsh => format!("{}:{}\n", one.text.replace(':', "\\:"), one.about),
        Shell::Fish | Shell::PowerShell if one.about.is_empty() => format!("{}\n", one.text),
        Shell::Fish | Shell::PowerShell => format!("{}\t{}\n", one.text, one.about),
    };
    found.iter().map(line).collect()
}

/// Where in the grammar the cursor stands.
struct Place<'a> {
    command: &'a Command,
    is_root: bool,
    /// A shortcut, or words that are the command's own.
    has_words: bool,
    is_behind_dashes: bool,
    /// The flag whose value is being typed.
    awaits: Option<&'a Arg>,
}

impl<'a> Place<'a> {
    fn find(typed: &Typed, root: &'a Command) -> Self {
        let mut place =
            Self { command: root, is_root: true, has_words: false, is_behind_dashes: false, awaits: None };
        for word in typed.words.iter().skip(1) {
            if place.awaits.take().is_some() {
                continue;
            }
            if word == "--" {
                place.is_behind_dashes = true;
            } else if let Some(flag) = word.strip_prefix('-').filter(|_| !place.is_behind_dashes) {
                let name = flag.trim_start_matches('-');
                let found = place.flags(root).find(|arg| answers_to(arg, name));
                place.awaits = found.filter(|arg| kind_of(arg).takes_next());
            } else {
                place.enter(word, root);
            }
        }
        place
    }

    fn enter(&mut self, word: &str, root: &'a Command) {
        let shortcut = self.is_root && SHORTCUTS.iter().any(|(name, _)| *name == word);
        if let Some(below) = self.command.find_subcommand(word) {
            self.command = below;
        } else if let Some(run) = root.find_subcommand("run").filter(|_| shortcut) {
            self.command = run;
            self.has_words = true;
        } else {
            self.has_words = true;
        }
        self.is_root = false;
    }

    fn flags(&self, root: &'a Command) -> impl Iterator<Item = &'a Arg> {
        let globals = root.get_arguments().filter(|arg| arg.is_global_set());
        let own = self.command.get_arguments().filter(|arg| !arg.is_global_set());
        own.chain(globals).filter(|arg| arg.get_long().is_some())
    }

    fn flag_names(&self, root: &'a Command) -> Vec<Candidate> {
        let shown = self.flags(root).filter(|arg| !arg.is_hide_set());
        let ours =
            shown.filter_map(|arg| Some(Candidate::new(format!("--{}", arg.get_long()?), help_of(arg))));
        ours.chain([Candidate::new("--help", "Explain a command")]).collect()
    }

    /// Commands, or the words that a command takes.
    fn words(&self, root: &Command) -> Vec<Candidate> {
        if self.has_words && self.command.has_subcommands() {
            return Vec::new();
        }
        let below = self.command.get_subcommands().filter(|below| !below.is_hide_set());
        let mut found: Vec<Candidate> =
            below.map(|below| Candidate::new(below.get_name(), about(below))).collect();
        let shortcuts = || SHORTCUTS.iter().map(|(name, about)| Candidate::new(*name, *about));
        let path = self.command.get_name();
        if std::ptr::eq(self.command, root) {
            found.extend(shortcuts());
        } else if path == "run" && !self.has_words {
            found.extend(shortcuts());
            found.extend(TERRAFORM.iter().map(|name| Candidate::new(*name, "")));
        } else if !self.has_words {
            let positional = self.command.get_positionals().next();
            found.extend(positional.map(|arg| values(arg, &Vec::new)).unwrap_or_default());
        }
        found
    }
}

/// What a flag or a place for a word takes.
fn values(arg: &Arg, units: &dyn Fn() -> Vec<String>) -> Vec<Candidate> {
    let named = |names: &[&str]| names.iter().map(|name| Candidate::new(*name, "")).collect();
    let possible = arg.get_possible_values();
    if !possible.is_empty() && kind_of(arg) != Kind::Switch {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        return shown.map(|value| Candidate::new(value.get_name(), "")).collect();
    }
    match arg.get_id().as_str() {
        "strict_control" | "name" => named(STRICT_CONTROLS.active),
        "experiment" => named(EXPERIMENTS.active),
        "no_tip" => named(TIPS.active),
        "queue_construct_as" => SHORTCUTS.iter().map(|(name, about)| Candidate::new(*name, *about)).collect(),
        "filter" => units().into_iter().map(|path| Candidate::new(format!("./{path}"), "")).collect(),
        "working_dir" | "queue_include_dir" | "queue_exclude_dir" => {
            units().into_iter().map(|path| Candidate::new(path, "")).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Typed, complete, render};
    use crate::cli::args::{Shell, tree};

    fn found(line: &str) -> String {
        let units = || vec!["dev/app".to_owned(), "dev/vpc".to_owned()];
        let found = complete(&Typed::parse(line), &tree(), &units);
        found.into_iter().map(|one| one.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_may_follow() {
        for (line, want) in [
            ("terrace pl", "plan"),
            ("terrace hcl ", "fmt validate"),
            ("terrace hcl fmt --ch", "--check"),
            ("terrace --log-level d", "debug"),
            ("terrace plan --log-format=j", "--log-format=json"),
            ("terrace run --filter ", "./dev/app ./dev/vpc"),
            ("terrace run --filter ./dev/v", "./dev/vpc"),
            ("terrace run --queue-exclude-dir dev/a", "dev/app"),
            ("terrace --working-dir dev/v", "dev/vpc"),
            ("terrace run --all ap", "apply"),
            ("terrace run -- wor", "workspace"),
            ("terrace run -- plan -", ""),
            ("terrace completion f", "fish"),
            ("terrace list --format t", "text tree"),
            ("terrace info strict list bare", "bare-include"),
            ("terrace --strict-control root", "root-terragrunt-hcl"),
            ("terrace find --as dest", "destroy"),
            ("terrace 'pl", "plan"),
        ] {
            assert_eq!(found(line), want, "{line}");
        }
        let all = found("terrace ");
        assert!(all.contains("run ") && all.contains("plan") && !all.contains("__complete"), "{all}");
    }

    #[test]
    fn each_shell_gets_lines_that_it_understands() {
        let root = tree();
        let line = |text: &str, shell| {
            let typed = Typed::parse(text);
            render(&complete(&typed, &root, &Vec::new), &typed, shell)
        };
        assert_eq!(
            line("terrace --log-format=j", Shell::Bash),
            "json\n",
            "bash replaces what follows the sign"
        );
        assert!(line("terrace hcl v", Shell::Zsh).starts_with("validate:"));
        assert!(line("terrace hcl v", Shell::Fish).starts_with("validate\t"));
    }

    #[test]
    fn a_value_is_found_in_either_form() {
        let typed = Typed::parse("terrace --working-dir a find -x=1 ");
        assert_eq!((typed.value_of("working-dir"), typed.value_of("x")), (Some("a"), Some("1")));
        assert_eq!(typed.value_of("working"), None);
    }
}
