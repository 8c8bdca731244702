//! `tests/data/flags.tsv` is what the reference has: every command with its flags, their variables of today and of old,
//! and their kinds. Each of them must be here, do or say something, and be documented. The last column is ours;
//! `UPDATE_DOCS=1` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use terrace::cli::args::{Standing, standing_of_command, standing_of_flag, tree};
use terrace::cli::argv::answers_to;
use terrace::cli::env_names::{Scope, also_accepted, former, variable};
use terrace::cli::failure::Failure;
use terrace::cli::flag_kind::{Kind, kind_of};
use terrace::cli::settings::{Request, Settings, read};
use terrace::cli::start::Start;
use terrace::host::env::Env;

struct Row {
    command: String,
    flag: String,
    variable: String,
    former: Vec<String>,
    kind: String,
    default: String,
    status: String,
}

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/flags.tsv")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(table()).expect("the table");
    let rows = text.lines().skip(1).map(|line| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut cell = || cells.next().unwrap_or_default();
        let (command, flag, variable, former) = (cell(), cell(), cell(), cell());
        let former = former.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Row { command, flag, variable, former, kind: cell(), default: cell(), status: cell() }
    });
    rows.collect()
}

impl Row {
    fn path(&self) -> &str {
        if self.command == "-" { "" } else { &self.command }
    }

    fn scope(&self) -> Scope {
        if self.command == "-" { Scope::Global } else { Scope::Command }
    }

    /// How the flag stands here, in a word.
    fn standing(&self, long: &str) -> &'static str {
        match standing_of_command(self.path()).or_else(|| standing_of_flag(self.path(), long)) {
            None => "works",
            Some(Standing::NotYet(_)) => "not yet",
            Some(Standing::NoEffect(_)) => "no effect",
            Some(Standing::Deprecated { .. }) => "deprecated",
        }
    }

    /// A value that the flag takes.
    fn sample(&self) -> &'static str {
        match self.flag.as_str() {
            "log-level" => "debug",
            "log-format" | "report-format" | "format" => "json",
            "feature" | "source-map" | "override-attr" | "var" => "a=b",
            "parallelism" | "cas-clone-depth" | "provider-cache-port" | "iam-assume-role-duration" => "7",
            "working-dir" => "/",
            "experiment" => "symlinks",
            "strict-control" => "bare-include",
            "no-tip" => "debugging-docs",
            _ => "x",
        }
    }

    fn args(&self, value: &str) -> Vec<String> {
        let command = if self.command == "-" { "find" } else { &self.command };
        let mut args: Vec<String> = command.split(' ').map(str::to_owned).collect();
        args.push(match (self.kind.as_str(), value) {
            ("switch", "") => format!("--{}", self.flag),
            _ => format!("--{}={value}", self.flag),
        });
        match command {
            "run" | "stack run" => args.push("plan".to_owned()),
            "exec" => args.extend(["--".to_owned(), "true".to_owned()]),
            _ => {}
        }
        args
    }
}

fn command_at<'a>(root: &'a clap::Command, path: &str) -> &'a clap::Command {
    let words = path.split(' ').filter(|word| !word.is_empty());
    words.fold(root, |at, word| at.find_subcommand(word).unwrap_or_else(|| panic!("no command {path}")))
}

fn ask(args: &[String], env: &Env) -> Result<Box<Settings>, Failure> {
    match read(Start { args, behind: &[], env, cwd: Path::new("/") })? {
        Request::Command(settings) => Ok(settings),
        other => panic!("{args:?} asks for {other:?}"),
    }
}

#[test]
fn every_flag_is_here_with_its_variables_and_its_kind() {
    let root = tree();
    let mut table = "command\tflag\tvariable\tformer variables\tkind\tdefault\tstatus\n".to_owned();
    let mut lags = BTreeSet::new();
    for row in rows() {
        let told = format!("{} --{}", row.command, row.flag);
        let command = command_at(&root, row.path());
        let arg = command.get_arguments().find(|arg| answers_to(arg, &row.flag));
        let arg = arg.unwrap_or_else(|| panic!("there is no {told}"));
        let long = arg.get_long().expect("a long name");
        let kind = match kind_of(arg) {
            Kind::Switch => "switch",
            Kind::One => "one",
            Kind::Many => "many",
            Kind::Optional => "optional",
        };
        assert_eq!(kind, row.kind, "{told}");
        if !row.variable.is_empty() {
            let today = variable(row.path(), long, row.scope());
            let names = [today.clone(), also_accepted(row.path(), long)];
            assert!(names.contains(&Some(row.variable.clone())), "{told}: {names:?}, not {}", row.variable);
        }
        let known: Vec<String> = former(row.path(), long).into_iter().map(|former| former.name).collect();
        for name in &row.former {
            assert!(known.contains(name), "{told} does not know {name}, only {known:?}");
        }
        let standing = row.standing(long);
        if standing != row.status {
            lags.insert(format!("{told}: {standing}"));
        }
        let Row { command, flag, variable, kind, default, .. } = &row;
        let _ = writeln!(
            table,
            "{command}\t{flag}\t{variable}\t{}\t{kind}\t{default}\t{standing}",
            row.former.join(",")
        );
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(self::table(), table).expect("the table is written");
        return;
    }
    assert!(lags.is_empty(), "run: UPDATE_DOCS=1 cargo test --test suite flags\n{lags:#?}");
}

#[test]
fn every_flag_is_taken_or_honestly_refused() {
    for row in rows() {
        let given = row.args(if row.kind == "switch" { "" } else { row.sample() });
        let env = Env::default();
        let told = given.join(" ");
        let answer = ask(&given, &env);
        let warned =
            |settings: &Settings| settings.warnings.iter().any(|warning| warning.message.contains(&row.flag));
        match (row.status.as_str(), answer) {
            ("not yet", Err(failure)) => {
                assert!(failure.message.contains("does not work yet"), "{told}: {failure:?}")
            }
            ("no effect" | "deprecated", Ok(settings)) => assert!(warned(&settings), "{told} says nothing"),
            ("works", Ok(settings)) => assert!(!warned(&settings), "{told} warns"),
            // Some need an experiment, another flag, or a file.
            ("works", Err(failure)) => assert!(failure.hint.is_some(), "{told}: {failure:?}"),
            (status, answer) => panic!("{told} is said to be `{status}`, but: {answer:?}"),
        }
    }
}

#[test]
fn a_variable_does_what_its_flag_does() {
    for row in rows().iter().filter(|row| row.status == "works" && !row.variable.is_empty()) {
        let value = if row.kind == "switch" { "true" } else { row.sample() };
        let by_flag = ask(&row.args(value), &Env::default()).map(|settings| format!("{settings:?}"));
        let mut bare = row.args(value);
        bare.retain(|word| !word.starts_with(&format!("--{}", row.flag)));
        let with = |name: &str, value: &str| {
            let mut env = Env::default();
            env.set(name, value);
            ask(&bare, &env).map(|settings| format!("{settings:?}"))
        };
        let by_variable = with(&row.variable, value);
        assert_eq!(by_variable.is_ok(), by_flag.is_ok(), "{}: {by_variable:?}", row.variable);
        if let (Ok(by_variable), Ok(by_flag)) = (by_variable, by_flag) {
            assert_eq!(by_variable, by_flag, "{}", row.variable);
            let empty = with(&row.variable, "").expect("an empty variable is unset");
            let none = ask(&bare, &Env::default()).expect("no flag at all");
            assert_eq!(empty, format!("{none:?}"), "{} is empty", row.variable);
        }
    }
}

#[test]
fn a_flag_that_is_no_list_is_given_once() {
    for row in
        rows().iter().filter(|row| row.status == "works" && row.kind != "many" && row.flag != "no-color")
    {
        let mut args = row.args(if row.kind == "switch" { "" } else { row.sample() });
        let flag = args.iter().find(|word| word.starts_with("--") && word.len() > 2).expect("a flag").clone();
        args.insert(1, flag);
        if row.command == "-" || !row.command.contains(' ') {
            let failure = ask(&args, &Env::default()).expect_err("given twice");
            assert!(failure.message.contains("more than once"), "{args:?}: {failure:?}");
        }
    }
}

#[test]
fn every_flag_that_is_shown_is_documented() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")).expect("the page");
    let root = tree();
    for row in rows() {
        let command = command_at(&root, row.path());
        let arg = command.get_arguments().find(|arg| answers_to(arg, &row.flag)).expect("the flag");
        let is_shown = !arg.is_hide_set() && !command.is_hide_set();
        let long = arg.get_long().expect("a long name");
        assert!(
            !is_shown || page.contains(&format!("--{long}")),
            "{} --{long} is not in docs/cli.md",
            row.command
        );
    }
}
