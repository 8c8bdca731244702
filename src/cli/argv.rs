//! Splits a command line into our command, our flags and the words for terraform, before anything is parsed. Pure.
//!
//! The model is that of Go's `flag` package: `-x` and `--x` are the same, a value follows or stands behind `=`, a
//! switch takes `=true` or `=false` alone. What is a flag, and of which kind, is read from the tree of clap commands.

use super::failure::Failure;
use super::flag_kind::{Kind, kind_of};
use super::habits;
use super::words::SHORTCUTS;
use crate::diag;
use crate::diag::Code;
use clap::{Arg, Command};

/// What terraform and tofu have below `state`.
const OF_STATE: [&str; 8] = ["identities", "list", "mv", "pull", "push", "replace-provider", "rm", "show"];

/// A command line, split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The command's words, `stack run`; empty if there is none.
    pub command: String,
    /// What is asked for instead of running the command.
    pub asks: Option<Ask>,
    /// Our flags in the order given.
    pub flags: Vec<Given>,
    /// All other words: terraform's, another program's, or the command's own arguments.
    pub words: Vec<String>,
    /// How many of them stand before `--`.
    pub before: usize,
}

/// A question about us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Help,
    Version,
}

/// A flag of ours as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The long name, whatever alias was written.
    pub name: String,
    /// `true` or `false` for a switch.
    pub value: String,
}

/// `true` and `false` in every spelling that people use for switches.
#[must_use]
pub fn parse_switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Some(true),
        "0" | "f" | "false" => Some(false),
        _ => None,
    }
}

/// Splits the arguments that follow the program's name.
///
/// # Errors
/// When a flag is unknown where it stands, lacks its value or is repeated, and when the command is unknown.
pub fn split(args: &[String], root: &Command) -> Result<Line, Failure> {
    let mut splitter = Splitter {
        root,
        args,
        at: root,
        path: Vec::new(),
        mode: Mode::Ours,
        line: Line::default(),
        before: None,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let arg = arg.trim();
        if arg == "--" {
            splitter.verbatim(args.as_slice())?;
            break;
        }
        if arg.len() > 1 && arg.starts_with('-') {
            splitter.flag(arg, &mut args)?;
        } else if !arg.is_empty() {
            splitter.word(arg)?;
        }
    }
    splitter.line.command = splitter.path.join(" ");
    splitter.line.before = splitter.before.unwrap_or(splitter.line.words.len());
    Ok(splitter.line)
}

/// Who a flag belongs to that we do not know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nobody.
    Ours,
    /// terraform, if it stands behind `--`.
    Explicit,
    /// terraform.
    Shortcut,
    /// The program behind `--`, whose words are not touched.
    Program,
}

struct Splitter<'a> {
    root: &'a Command,
    /// As given, for hints.
    args: &'a [String],
    /// The command found so far.
    at: &'a Command,
    path: Vec<String>,
    mode: Mode,
    line: Line,
    /// How many words there were at `--`.
    before: Option<usize>,
}

impl<'a> Splitter<'a> {
    /// Everything behind `--`. Where no command stood before it, its first word names a shortcut.
    fn verbatim(&mut self, rest: &[String]) -> Result<(), Failure> {
        self.before = Some(self.line.words.len());
        if self.mode == Mode::Program {
            self.line.words.extend_from_slice(rest);
            return Ok(());
        }
        let rest = rest.iter().map(|arg| arg.trim()).filter(|arg| !arg.is_empty());
        for arg in rest {
            if self.at.has_subcommands() && !arg.starts_with('-') {
                self.word(arg)?;
            } else {
                self.line.words.push(arg.to_owned());
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Failure> {
        if !self.at.has_subcommands() {
            self.line.words.push(word.to_owned());
            return Ok(());
        }
        if word == "help" {
            self.line.asks = Some(Ask::Help);
            return Ok(());
        }
        if let Some(command) = self.at.find_subcommand(word).filter(|_| !self.is_terraforms_state(word)) {
            self.enter(command);
            return Ok(());
        }
        let shortcut = SHORTCUTS.iter().any(|(name, _)| *name == word);
        if let Some(run) = self.root.find_subcommand("run").filter(|_| shortcut && self.path.is_empty()) {
            self.enter(run);
            self.mode = Mode::Shortcut;
            self.line.words.insert(0, word.to_owned());
            return Ok(());
        }
        if self.line.asks == Some(Ask::Help) { Ok(()) } else { Err(self.unknown_command(word)) }
    }

    /// `state` is a command of terraform and of ours; the word behind it tells.
    fn is_terraforms_state(&self, word: &str) -> bool {
        let ours = self.root.find_subcommand("state").filter(|_| self.path.is_empty() && word == "state");
        let Some(ours) = ours else { return false };
        let behind = self.args.iter().map(|arg| arg.trim()).skip_while(|arg| *arg != word).skip(1);
        let said = behind
            .take_while(|arg| *arg != "--")
            .find(|arg| ours.find_subcommand(arg).is_some() || OF_STATE.contains(arg));
        said.is_none_or(|said| ours.find_subcommand(said).is_none())
    }

    fn enter(&mut self, command: &'a Command) {
        self.at = command;
        self.path.push(command.get_name().to_owned());
        self.mode = match command.get_name() {
            "run" => Mode::Explicit,
            "exec" => Mode::Program,
            _ => Mode::Ours,
        };
    }

    fn flag(&mut self, written: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<(), Failure> {
        let body = written.strip_prefix("--").or_else(|| written.strip_prefix('-')).unwrap_or(written);
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(Failure::usage(format!("`{written}` is no flag"))
                .coded(Code::UnknownFlag)
                .hint("a flag is one or two dashes and a name"));
        }
        // A command may have a flag of that name: a version of a state.
        if let Some(ask) = question(name).filter(|_| self.find_flag(name).is_none()) {
            self.line.asks = self.line.asks.or(Some(ask));
            return Ok(());
        }
        let Some(arg) = self.find_flag(name) else { return self.foreign_flag(written, name) };
        let long = arg.get_long().unwrap_or(name).to_owned();
        let value = match (kind_of(arg), value) {
            (Kind::Switch, value) => switch_value(&long, value)?,
            (_, Some(value)) => value.to_owned(),
            (Kind::Optional, None) => "true".to_owned(),
            (_, None) => next_value(rest).ok_or_else(|| lacks_value(&long, arg))?,
        };
        let repeated = kind_of(arg) != Kind::Many && self.line.flags.iter().any(|given| given.name == long);
        // terraform takes -no-color any number of times, and people's aliases give it twice.
        if repeated && long != "no-color" {
            return Err(Failure::usage(format!("--{long} is given more than once")).coded(Code::GivenTwice));
        }
        if !repeated {
            self.line.flags.push(Given { name: long, value });
        }
        Ok(())
    }

    /// A flag of the command at hand, or a global one.
    fn find_flag(&self, name: &str) -> Option<&'a Arg> {
        let globals = self.root.get_arguments().filter(|arg| arg.is_global_set());
        self.at.get_arguments().chain(globals).find(|arg| answers_to(arg, name))
    }

    /// A flag that is not ours here: terraform's, or a mistake.
    fn foreign_flag(&mut self, written: &str, name: &str) -> Result<(), Failure> {
        if habits::is_former_flag(name) {
            return Err(self.former(format!("--{name} is no flag any more")));
        }
        match self.mode {
            Mode::Shortcut => {
                self.line.words.push(written.to_owned());
                Ok(())
            }
            Mode::Explicit => Err(self.not_ours(written, name)),
            Mode::Ours | Mode::Program => Err(self.unknown_flag(name)),
        }
    }

    fn not_ours(&self, written: &str, name: &str) -> Failure {
        let command = self.path.join(" ");
        let first = self.line.words.first().map_or("COMMAND", String::as_str);
        let for_terraform =
            format!("for terraform, put it behind `--`: terrace {command} -- {first} {written}");
        let hint =
            self.nearest_flag(name).map(|near| format!("did you mean --{near}? If it is {for_terraform}"));
        Failure::usage(format!("--{name} is no flag of `terrace {command}`"))
            .coded(Code::UnknownFlag)
            .hint(hint.unwrap_or_else(|| format!("if it is {for_terraform}")))
    }

    fn unknown_flag(&self, name: &str) -> Failure {
        let command = self.path.join(" ");
        let elsewhere = self.command_with(name);
        if self.path.is_empty() {
            let failure = Failure::usage(format!("--{name} is no global flag")).coded(Code::UnknownFlag);
            return match elsewhere {
                Some(path) => failure.hint(format!("write it behind the command: terrace {path} --{name}")),
                None => {
                    failure.hint_if(self.nearest_flag(name).map(|near| format!("did you mean --{near}?")))
                }
            };
        }
        let near = self.nearest_flag(name).map(|near| format!("did you mean --{near}?"));
        let elsewhere = elsewhere.map(|path| format!("`terrace {path}` has that flag"));
        Failure::usage(format!("--{name} is no flag of `terrace {command}`"))
            .coded(Code::UnknownFlag)
            .hint(near.or(elsewhere).unwrap_or_else(|| format!("`terrace {command} --help` lists them")))
    }

    fn nearest_flag(&self, name: &str) -> Option<&'a str> {
        let globals = self.root.get_arguments().filter(|arg| arg.is_global_set());
        let shown = self.at.get_arguments().chain(globals).filter(|arg| !arg.is_hide_set());
        diag::closest(name, shown.filter_map(Arg::get_long).chain(["help"]))
    }

    /// The first command below the one at hand, else anywhere, that has this flag.
    fn command_with(&self, name: &str) -> Option<String> {
        let below = first_with(self.at, name).map(|path| {
            self.path.iter().map(String::as_str).chain([path.as_str()]).collect::<Vec<_>>().join(" ")
        });
        below.or_else(|| first_with(self.root, name))
    }

    /// The whole line in today's spelling is the hint.
    fn former(&self, message: String) -> Failure {
        Failure::usage(message)
            .coded(Code::FormerSpelling)
            .hint(format!("write: {}", habits::today(self.args, self.root)))
    }

    fn unknown_command(&self, word: &str) -> Failure {
        if self.path.is_empty() && habits::is_former_command(word) {
            return self.former(format!("`{word}` is no command any more"));
        }
        let shortcuts = SHORTCUTS.iter().map(|(name, _)| *name).filter(|_| self.path.is_empty());
        let names = self.at.get_subcommands().filter(|command| !command.is_hide_set());
        let near =
            diag::closest(word, names.flat_map(Command::get_name_and_visible_aliases).chain(shortcuts));
        let before: String = self.path.iter().map(|part| format!("{part} ")).collect();
        let failure =
            Failure::usage(format!("`{before}{word}` is no command of terrace")).coded(Code::UnknownCommand);
        if let Some(near) = near {
            return failure.hint(format!("did you mean `terrace {before}{near}`?"));
        }
        if !self.path.is_empty() {
            return failure.hint(format!("`terrace {before}--help` lists its commands"));
        }
        failure
            .hint(format!("if it is a terraform command, write: {}", habits::as_terraform(word, self.args)))
    }
}

fn first_with(command: &Command, name: &str) -> Option<String> {
    command.get_subcommands().filter(|below| !below.is_hide_set()).find_map(|below| {
        let own = below.get_arguments().any(|arg| answers_to(arg, name)).then(|| below.get_name().to_owned());
        own.or_else(|| first_with(below, name).map(|path| format!("{} {path}", below.get_name())))
    })
}

/// Whether a flag has this name, of however many letters.
#[must_use]
pub fn answers_to(arg: &Arg, name: &str) -> bool {
    let mut letters = name.chars();
    let letter = letters.next().filter(|_| letters.next().is_none());
    arg.get_long() == Some(name)
        || (letter.is_some() && arg.get_short() == letter)
        || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
}

fn question(name: &str) -> Option<Ask> {
    match name {
        "help" | "h" => Some(Ask::Help),
        "version" | "v" => Some(Ask::Version),
        _ => None,
    }
}

fn switch_value(name: &str, value: Option<&str>) -> Result<String, Failure> {
    let Some(value) = value else { return Ok("true".to_owned()) };
    match parse_switch(value) {
        Some(on) => Ok(on.to_string()),
        None => Err(Failure::usage(format!("`{value}` is no value for --{name}"))
            .coded(Code::WrongValue)
            .hint("write true or false")),
    }
}

/// The next argument, whatever it looks like: `--filter -x` gives the filter `-x`.
fn next_value(rest: &mut std::slice::Iter<'_, String>) -> Option<String> {
    let mut ahead = rest.clone();
    while let Some(arg) = ahead.next() {
        match arg.trim() {
            "" => {}
            "--" => return None,
            value => {
                *rest = ahead;
                return Some(value.to_owned());
            }
        }
    }
    None
}

fn lacks_value(name: &str, arg: &Arg) -> Failure {
    let value = arg.get_value_names().and_then(|names| names.first()).map_or("VALUE", |name| name.as_str());
    Failure::usage(format!("--{name} lacks its value"))
        .coded(Code::LacksValue)
        .hint(format!("write --{name} {value}"))
}

#[cfg(test)]
#[path = "argv_tests.rs"]
mod tests;
