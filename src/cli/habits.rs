//! Command lines in the spelling of former versions of the reference, and the same in today's. Pure.

use super::env_names::{self, Meaning};
use super::flag_kind::kind_of;
use super::words::SHORTCUTS;
use crate::diag::shell_word;
use clap::{Arg, Command};

/// Commands of the past: today's command, and terraform's command that it meant.
const COMMANDS: &[(&str, &str, Option<&str>)] = &[
    ("run-all", "run --all", None),
    ("plan-all", "run --all", Some("plan")),
    ("apply-all", "run --all", Some("apply")),
    ("destroy-all", "run --all", Some("destroy")),
    ("output-all", "run --all", Some("output")),
    ("validate-all", "run --all", Some("validate")),
    ("spin-up", "run --all", Some("apply")),
    ("tear-down", "run --all", Some("destroy")),
    ("graph-dependencies", "dag graph", None),
    ("hclfmt", "hcl fmt", None),
    ("hclvalidate", "hcl validate", None),
    ("validate-inputs", "hcl validate --inputs", None),
    ("render-json", "render --json --write", None),
    ("terragrunt-info", "info print", None),
    ("output-module-groups", "find --dag --json", None),
];

/// The prefix that every flag had.
const PREFIX: &str = "terragrunt-";

/// Whether a word was a command once.
#[must_use]
pub fn is_former_command(word: &str) -> bool {
    COMMANDS.iter().any(|(former, _, _)| *former == word)
}

/// Whether a flag, without its dashes, is spelled as flags were once.
#[must_use]
pub fn is_former_flag(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// What to type for a word that is no command of ours but may be terraform's, with all that follows it.
#[must_use]
pub fn as_terraform(word: &str, args: &[String]) -> String {
    let from = args.iter().position(|arg| arg == word).unwrap_or(args.len());
    let rest = args.get(from..).unwrap_or_default();
    let is_shortcut = |word: &String| SHORTCUTS.iter().any(|(name, _)| name == word);
    let (start, rest) = match rest {
        // It was a command once, for a unit and all that depends on it.
        [first, rest @ ..] if first == "graph" && rest.first().is_some_and(is_shortcut) => {
            ("terrace run --graph --", rest)
        }
        _ => ("terrace run --", rest),
    };
    let words = std::iter::once(start.to_owned())
        .chain(rest.iter().filter(|word| *word != "--").map(|word| shell_word(word)));
    words.collect::<Vec<_>>().join(" ")
}

/// What to type today instead of these arguments.
#[must_use]
pub fn today(args: &[String], root: &Command) -> String {
    let mut line = Line::default();
    let mut words = args.iter().peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            line.theirs.extend(words.cloned());
            break;
        }
        match word.strip_prefix("--").or_else(|| word.strip_prefix('-')) {
            None => line.word(word),
            Some(body) => {
                let (name, value) =
                    body.split_once('=').map_or((body, None), |(name, value)| (name, Some(value)));
                match flag_today(name, root) {
                    None => line.theirs.push(word.clone()),
                    Some(flag) => {
                        let takes = flag.arg.is_some_and(|arg| kind_of(arg).takes_next());
                        let value = value.map(str::to_owned);
                        let value = value.or_else(|| takes.then(|| words.next().cloned()).flatten());
                        line.ours.extend(flag.written(value.as_deref()));
                    }
                }
            }
        }
    }
    line.joined()
}

/// A command line, taken apart.
#[derive(Default)]
struct Line {
    command: Option<String>,
    is_run: bool,
    ours: Vec<String>,
    /// terraform's words.
    theirs: Vec<String>,
}

impl Line {
    fn word(&mut self, word: &str) {
        if self.command.is_some() {
            self.theirs.push(word.to_owned());
            return;
        }
        let former = COMMANDS.iter().find(|(former, _, _)| *former == word);
        let (today, theirs) = former.map_or((word, None), |(_, today, theirs)| (*today, *theirs));
        self.is_run = today.starts_with("run");
        self.command = Some(today.to_owned());
        self.theirs.extend(theirs.map(str::to_owned));
    }

    fn joined(self) -> String {
        let dashes = self.is_run && self.theirs.iter().any(|word| word.starts_with('-'));
        let arguments = self.ours.into_iter().chain(dashes.then(|| "--".to_owned())).chain(self.theirs);
        let words = std::iter::once("terrace".to_owned()).chain(self.command);
        words.chain(arguments.map(|word| shell_word(&word))).collect::<Vec<_>>().join(" ")
    }
}

/// A flag of ours by either of its names.
struct Flag<'a> {
    name: String,
    meaning: Meaning,
    arg: Option<&'a Arg>,
}

impl Flag<'_> {
    fn written(&self, value: Option<&str>) -> Option<String> {
        let off = value == Some("false");
        match (self.meaning, value) {
            (Meaning::Picks(value), _) => (!off).then(|| format!("--{}={value}", self.name)),
            (Meaning::Negated, _) => off.then(|| format!("--{}", self.name)),
            (Meaning::Same, Some(value)) => Some(format!("--{}={value}", self.name)),
            (Meaning::Same, None) => Some(format!("--{}", self.name)),
        }
    }
}

/// Today's flag for a name with or without the former prefix; `None` for a flag of terraform's.
fn flag_today<'a>(name: &str, root: &'a Command) -> Option<Flag<'a>> {
    let (today, meaning) = match name.strip_prefix(PREFIX) {
        None => (name.to_owned(), Meaning::Same),
        Some(rest) => env_names::flag_of_former(name).unwrap_or_else(|| (rest.to_owned(), Meaning::Same)),
    };
    let arg = find_flag(root, &today);
    (arg.is_some() || is_former_flag(name)).then_some(Flag { name: today, meaning, arg })
}

fn find_flag<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let own = command.get_arguments().find(|arg| arg.get_long() == Some(name));
    own.or_else(|| command.get_subcommands().find_map(|below| find_flag(below, name)))
}

#[cfg(test)]
mod tests {
    use super::{as_terraform, today};
    use crate::cli::args::tree;

    #[test]
    fn words_of_terraform_are_repeated_whole() {
        for (given, want) in [
            ("workspace list", "run -- workspace list"),
            ("fmt -check", "run -- fmt -check"),
            ("graph apply -lock=false", "run --graph -- apply -lock=false"),
            ("graph", "run -- graph"),
        ] {
            let args: Vec<String> = given.split(' ').map(str::to_owned).collect();
            assert_eq!(as_terraform(&args[0], &args), format!("terrace {want}"), "{given}");
        }
    }

    #[test]
    fn former_lines_have_a_line_of_today() {
        let root = tree();
        for (given, want) in [
            ("run-all plan", "run --all plan"),
            ("run-all apply --terragrunt-non-interactive", "run --all --non-interactive apply"),
            ("plan-all -lock=false", "run --all -- plan -lock=false"),
            (
                "run-all plan --terragrunt-exclude-dir a --terragrunt-parallelism=3",
                "run --all --queue-exclude-dir=a --parallelism=3 plan",
            ),
            ("hclfmt --terragrunt-check --terragrunt-hclfmt-file x.hcl", "hcl fmt --check --file=x.hcl"),
            ("graph-dependencies", "dag graph"),
            ("validate-inputs --terragrunt-strict-validate", "hcl validate --inputs --strict"),
            ("render-json --terragrunt-json-out x.json", "render --json --write --out=x.json"),
            (
                "plan --terragrunt-working-dir a/b --terragrunt-json-log",
                "plan --working-dir=a/b --log-format=json",
            ),
            (
                "apply --terragrunt-no-auto-init --terragrunt-tfpath tofu",
                "apply --no-auto-init --tf-path=tofu",
            ),
            ("output-module-groups", "find --dag --json"),
            ("terragrunt-info", "info print"),
            ("plan --terragrunt-source-map 'a b'", "plan '--source-map=a b'"),
        ] {
            let args: Vec<String> = match given.split_once(" '") {
                Some((before, last)) => {
                    before.split(' ').chain([last.trim_end_matches('\'')]).map(str::to_owned).collect()
                }
                None => given.split(' ').map(str::to_owned).collect(),
            };
            assert_eq!(today(&args, &root), format!("terrace {want}"), "{given}");
        }
    }
}
