//! The reference's answers to a corpus of small trees, and ours beside them.
//!
//! `tests/fixtures/reference/README.md` says how the corpus is laid out and how its answers are made anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::space::{Ran, TestSpace};

const GRAPH_FLAGS: &[&str] = &["--dependencies", "--include", "--exclude", "--external", "--reading"];

/// The questions that every tree is asked: the answer's name, its file, the arguments, whether the graph flags follow.
const QUESTIONS: &[(&str, &str, &[&str], Flags)] = &[
    ("find", "find.json", &["find", "--json"], Flags::Graph),
    ("find-plain", "find.txt", &["find"], Flags::None),
    ("find-dag", "find-dag.json", &["find", "--json", "--dag"], Flags::Graph),
    ("find-destroy", "find-destroy.json", &["find", "--json", "--as", "destroy"], Flags::Graph),
    ("find-plan", "find-plan.json", &["find", "--json", "--as", "plan"], Flags::Graph),
    ("find-no-hidden", "find-no-hidden.json", &["find", "--json", "--no-hidden"], Flags::None),
    ("list", "list.txt", &["list"], Flags::None),
    ("list-tree", "list-tree.txt", &["list", "--tree"], Flags::None),
    ("list-dag-tree", "list-dag-tree.txt", &["list", "--tree", "--dag"], Flags::None),
    ("list-long", "list-long.txt", &["list", "--long", "--dependencies"], Flags::None),
    ("dag-graph", "dag-graph.txt", &["dag", "graph"], Flags::None),
];

#[derive(Clone, Copy, PartialEq)]
enum Flags {
    None,
    Graph,
}

/// One tree of the corpus.
struct Case {
    dir: PathBuf,
    space: TestSpace,
    working_dir: String,
    extra: Vec<String>,
    faults: String,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reference")
}

/// Runs terrace over one tree and compares every answer.
fn check(name: &str) {
    let mut case = open(name);
    let exits = std::fs::read_to_string(case.dir.join("answers/exits")).expect("the exit codes");
    let excused = read_excuses(&case.dir);
    for line in exits.lines() {
        let (code, question) = line.split_once(' ').expect("a code and a name");
        if !excused.contains_key(question) {
            case.ask(question, code.parse().expect("a code"));
        }
    }
    assert!(case.faults.is_empty(), "{name} differs from the reference\n{}", case.faults);
}

fn open(name: &str) -> Case {
    let dir = corpus().join(name);
    let mut space = TestSpace::new();
    space.copy_tree(&dir.join("tree"));
    let mut case = Case {
        dir,
        working_dir: String::new(),
        extra: Vec::new(),
        faults: String::new(),
        space: TestSpace::new(),
    };
    let conf = std::fs::read_to_string(case.dir.join("case.conf")).unwrap_or_default();
    for line in conf.lines() {
        match line.split_once('=').expect("a setting") {
            ("git", _) => drop(space.tool("git", &["init", "-q"])),
            ("dir", value) => value.clone_into(&mut case.working_dir),
            ("arg", value) => case.extra.push(value.to_owned()),
            (key, value) => {
                let variable = key.strip_prefix("env.").expect("a known setting");
                space.set_env(variable, value);
            }
        }
    }
    case.space = space;
    case
}

/// Answers in which terrace differs on purpose, each with its reason.
fn read_excuses(dir: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(dir.join("differs")).unwrap_or_default();
    let pairs = text.lines().map(|l| l.split_once(": ").expect("`answer: reason`"));
    pairs.map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

impl Case {
    fn ask(&mut self, question: &str, code: i32) {
        if question == "validate" {
            let ran = self.run(&["hcl", "validate"]);
            self.want_code(question, code, &ran);
        } else if let Some(unit) = question.strip_prefix("render/") {
            self.ask_render(question, unit, code);
        } else {
            let found = QUESTIONS.iter().find(|q| q.0 == question);
            let (_, file, args, flags) = found.unwrap_or_else(|| panic!("unknown question {question}"));
            let all = if *flags == Flags::Graph { [args, GRAPH_FLAGS].concat() } else { args.to_vec() };
            let ran = self.run(&all);
            self.want_code(question, code, &ran);
            let (wanted, got) = (self.answer(file), ran.scrubbed_stdout());
            if settled(&wanted) != settled(&got) {
                self.fault(question, &differing_lines(&wanted, &got), &ran);
            }
        }
    }

    fn ask_render(&mut self, question: &str, unit: &str, code: i32) {
        let folder = if unit == "_root" { String::new() } else { unit.replace("__", "/") };
        let dir = self.space.path(&folder);
        let ran = self.run(&["render", "--json", "--working-dir", &dir.to_string_lossy()]);
        self.want_code(question, code, &ran);
        if code != 0 {
            return;
        }
        let (wanted, got) = (self.answer(&format!("{question}.json")), ran.scrubbed_stdout());
        let ((said, left), (told, right)) = (split_json(&wanted), split_json(&got));
        if said != told || !is_same(&left, &right) {
            let difference = differing_lines(&format!("{said}{left:#}"), &format!("{told}{right:#}"));
            self.fault(question, &difference, &ran);
        }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let extra: Vec<&str> = self.extra.iter().map(String::as_str).collect();
        self.space.terrace(&[args, &extra].concat()).in_dir(&self.working_dir).run()
    }

    fn answer(&self, file: &str) -> String {
        let path = self.dir.join("answers").join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    fn want_code(&mut self, question: &str, wanted: i32, ran: &Ran) {
        if ran.status.code() != Some(wanted) {
            let _ = writeln!(self.faults, "== {question}: exit code {wanted} wanted of {ran}");
        }
    }

    fn fault(&mut self, question: &str, difference: &str, ran: &Ran) {
        let _ = writeln!(
            self.faults,
            "== {question}
{difference}--- stderr
{}",
            ran.stderr
        );
    }
}

/// What `run_cmd` echoed, and the JSON after it.
fn split_json(text: &str) -> (&str, Value) {
    let (said, json) = text.split_at(text.find('{').unwrap_or(text.len()));
    (said, serde_json::from_str(json).unwrap_or(Value::Null))
}

/// The reference lists the dependencies of a unit in an order that changes from run to run; sorted, they compare.
fn settled(text: &str) -> String {
    let list = regex::Regex::new(r#"("dependencies": \[\n)([^\]]*?)(\n *\])"#).expect("a pattern");
    let text = list.replace_all(text, |found: &regex::Captures<'_>| {
        let mut lines: Vec<&str> = found[2].lines().map(|l| l.trim_end_matches(',')).collect();
        lines.sort_unstable();
        format!("{}{}{}", &found[1], lines.join(",\n"), &found[3])
    });
    let column = regex::Regex::new(r"(?m)(\S+(?:, \S+)+)$").expect("a pattern");
    let sorted = |found: &regex::Captures<'_>| {
        let mut names: Vec<&str> = found[1].split(", ").collect();
        names.sort_unstable();
        names.join(", ")
    };
    column.replace_all(&text, sorted).into_owned()
}

/// The lines that only one side has, in order; enough to see what is wrong.
fn differing_lines(wanted: &str, got: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (wanted.lines().collect(), got.lines().collect());
    let mut text = String::new();
    for line in left.iter().filter(|l| !right.contains(l)) {
        let _ = writeln!(text, "- {line}");
    }
    for line in right.iter().filter(|l| !left.contains(l)) {
        let _ = writeln!(text, "+ {line}");
    }
    if text.is_empty() { format!("same lines in another order:\n{got}") } else { text }
}

/// Equal as JSON: the order of an object's keys and the spelling of a number do not count.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(l), Value::Array(r)) => {
            l.len() == r.len() && l.iter().zip(r).all(|(l, r)| is_same(l, r))
        }
        (Value::Object(l), Value::Object(r)) => {
            l.len() == r.len() && l.iter().all(|(k, l)| r.get(k).is_some_and(|r| is_same(l, r)))
        }
        (Value::Number(l), Value::Number(r)) => {
            let (l, r) = (l.to_string(), r.to_string());
            let is_float = |s: &str| s.contains(['.', 'e', 'E']);
            l == r || ((is_float(&l) || is_float(&r)) && l.parse::<f64>() == r.parse::<f64>())
        }
        _ => left == right,
    }
}

macro_rules! cases {
    ($($name:ident)*) => {
        const CASES: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { check(stringify!($name)); })*
    };
}

include!("../fixtures/reference/cases.rs");

#[test]
fn every_tree_of_the_corpus_is_a_test() {
    let entries = std::fs::read_dir(corpus()).expect("the corpus").flatten();
    let mut folders: Vec<String> =
        entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    folders.sort();
    assert_eq!(folders, CASES);
}

#[test]
fn dependencies_are_told_in_the_order_of_their_declaration() {
    let case = open("dependency_order_of_declaration");
    let ran = case.run(&["find", "--json", "--dependencies"]).success();
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let of = |path: &str| {
        let all = found.as_array().expect("a list");
        all.iter().find(|unit| unit["path"] == path).expect("the unit")["dependencies"].clone()
    };
    assert_eq!(of("paths"), serde_json::json!(["c", "a", "b"]));
    assert_eq!(of("blocks"), serde_json::json!(["c", "b", "a", "z"]), "blocks before paths");
    assert_eq!(of("heir"), serde_json::json!(["p", "c", "n", "a"]), "parents before children");
}

#[test]
fn a_unit_is_rendered_as_a_file_that_says_the_same() {
    let case = open("exclude_blocks");
    let text = |unit: &str| {
        let dir = case.space.path(unit);
        case.run(&["render", "--working-dir", &dir.to_string_lossy()]).success().stdout
    };
    assert_eq!(
        text("everything"),
        "exclude {\n  actions = [\"all\"]\n  no_run  = true\n  if      = true\n}\n"
    );
    assert_eq!(
        text("off"),
        "exclude {\n  actions = [\"destroy\"]\n  if      = false\n}\n",
        "false is said, too"
    );
}

#[test]
fn lists_of_dependencies_settle() {
    let one = "  \"dependencies\": [\n      \"b\",\n      \"a\"\n    ]\nunit  x  b, a\n";
    let two = "  \"dependencies\": [\n      \"a\",\n      \"b\"\n    ]\nunit  x  a, b\n";
    assert_eq!(settled(one), settled(two));
}

#[test]
fn numbers_compare_by_value_and_keys_in_any_order() {
    let parse = |s: &str| serde_json::from_str::<Value>(s).expect("JSON");
    assert!(is_same(&parse(r#"{"a":1.0,"b":[1e3]}"#), &parse(r#"{"b":[1000],"a":1}"#)));
    assert!(!is_same(&parse("123456789012345678901"), &parse("123456789012345678902")));
    assert!(!is_same(&parse(r#"{"a":null}"#), &parse("{}")));
    assert!(!is_same(&parse("[1,2]"), &parse("[2,1]")));
}
