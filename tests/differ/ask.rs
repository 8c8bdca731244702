//! One tree on disk and what a binary says about it: every question once, with everything that can be compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::dice::Dice;
use super::estate::{Estate, INPUTS};
use super::expr::Kind;

/// Longer than any answer takes; a binary that needs more hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands for terraform: it writes down how it was called, and keeps `outputs.json` as its state.
const SCRIPT: &str = r#"#!/bin/sh
case "$1" in
  version|-version|--version) echo 'Terraform v1.11.4'; exit 0 ;;
esac
cell=terraform.tfstate
if [ -f backend.tf ]; then
  cell=$(sed -n 's/^ *path *= *"\(.*\)"$/\1/p' backend.tf)
  if [ -z "$cell" ]; then cell=@LOG@/cell-$(grep -v '^#' backend.tf | tr -d ' \n' | cksum | tr ' ' -); fi
fi
case "$1" in
  init) mkdir -p .terraform/providers; : >.terraform.lock.hcl; exit 0 ;;
  output) if [ -f "$cell.outputs" ]; then cat "$cell.outputs"; else echo '{}'; fi; exit 0 ;;
  state|show) echo '{"version":4,"terraform_version":"1.11.4","serial":0,"lineage":"","outputs":{},"resources":[]}'; exit 0 ;;
esac
end=$(printf '\1')
printf '%s\0' "cwd=$PWD" "$@" "$end" >>@LOG@/calls
at=@LOG@/env-$$
cat /proc/self/environ >"$at"
if [ -f .terragrunt-null-vars.auto.tfvars.json ]; then cat .terragrunt-null-vars.auto.tfvars.json >"$at.null"; fi
printf '%s' "$PWD" >"$at.cwd"
case "$1" in
  apply)
    mkdir -p "$(dirname "$cell")"
    if [ -f outputs.json ]; then
      cp outputs.json "$cell.outputs"
      printf '{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":%s,"resources":[]}' "$(cat outputs.json)" >"$cell"
    fi ;;
  destroy) rm -f "$cell" "$cell.outputs" ;;
esac
exit 0
"#;

/// The answers of one binary: a question's name and what came of it.
pub type Answers = BTreeMap<String, String>;

/// Questions that are asked together.
#[derive(Clone, Copy, PartialEq)]
pub enum Group {
    Find,
    Render,
    Run,
    Stack,
}

pub const ALL: &[Group] = &[Group::Find, Group::Render, Group::Run, Group::Stack];

impl Group {
    /// The group that a question belongs to.
    pub fn of(question: &str) -> Self {
        match question.split(' ').next() {
            Some("render") => Self::Render,
            Some("run" | "file") => Self::Run,
            Some("stack") => Self::Stack,
            _ => Self::Find,
        }
    }
}

/// A place for trees and for the fake terraform.
pub struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("differ-").tempdir().expect("a folder");
        let bench = Self { dir };
        for folder in ["home", "log", "bin"] {
            fs::create_dir(bench.base().join(folder)).expect("a folder");
        }
        let script = bench.fake();
        let log = bench.base().join("log");
        fs::write(&script, SCRIPT.replace("@LOG@", &log.to_string_lossy())).expect("a script");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("its mode");
        bench
    }

    fn base(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("its path")
    }

    pub fn tree(&self) -> PathBuf {
        self.base().join("tree")
    }

    fn fake(&self) -> PathBuf {
        self.base().join("bin/terraform")
    }

    /// Writes the tree as new, a git repository, with nothing left of an earlier run.
    pub fn reset(&self, estate: &Estate) {
        let tree = self.tree();
        let _ = fs::remove_dir_all(&tree);
        let _ = fs::remove_dir_all(self.base().join("log"));
        fs::create_dir(self.base().join("log")).expect("a folder");
        for (path, text) in &estate.files {
            let path = tree.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
            fs::write(path, text).expect("a file");
        }
        for (path, text) in [
            ("HEAD", "ref: refs/heads/main\n"),
            ("config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"),
        ] {
            let path = tree.join(".git").join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
            fs::write(path, text).expect("a file");
        }
        for folder in [".git/objects", ".git/refs/heads"] {
            fs::create_dir_all(tree.join(folder)).expect("a folder");
        }
    }

    /// Runs a binary in a folder of the tree; its exit code and standard output.
    fn run(&self, binary: &Path, estate: &Estate, dir: &Path, args: &[&str]) -> (i32, String) {
        let out = fs::File::create(self.base().join("stdout")).expect("a file");
        let errors = fs::File::create(self.base().join("stderr")).expect("a file");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut child = Command::new(binary)
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.base().join("home"))
            .env("TG_TF_PATH", self.fake())
            .env("TG_NON_INTERACTIVE", "true")
            .env("TG_NO_COLOR", "true")
            .env("CHECKPOINT_DISABLE", "1")
            .envs(estate.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", binary.display()));
        let until = Instant::now() + PATIENCE;
        let code = loop {
            match child.try_wait().expect("its status") {
                Some(status) => break status.code().unwrap_or(-1),
                None if Instant::now() > until => {
                    let _ = child.kill();
                    let _ = child.wait();
                    break -2;
                }
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        (code, fs::read_to_string(self.base().join("stdout")).unwrap_or_default())
    }

    /// Everything that is asked about an estate. The dice choose variants, the same for both binaries.
    pub fn ask(&self, binary: &Path, estate: &Estate, seed: u64, groups: &[Group]) -> Answers {
        let dice = |group: u64| Dice::new(seed ^ (0xD1FF + group));
        let mut answers = Answers::new();
        self.reset(estate);
        for group in groups {
            match group {
                Group::Find => self.ask_find(binary, estate, &mut dice(0), &mut answers),
                Group::Render => self.ask_render(binary, estate, &mut answers),
                Group::Run => self.ask_run(binary, estate, &mut dice(1), &mut answers),
                Group::Stack if estate.stack.is_empty() => {}
                Group::Stack => self.ask_stack(binary, estate, &mut answers),
            }
        }
        answers
    }

    fn ask_find(&self, binary: &Path, estate: &Estate, dice: &mut Dice, answers: &mut Answers) {
        let graph = ["--dependencies", "--include", "--exclude", "--external", "--reading"];
        let variant = *dice.pick(&["", "--dag", "--as destroy", "--as plan", "--no-hidden"]);
        let args = [&["find", "--json"], &graph[..], &words(variant)].concat();
        let (code, text) = self.run(binary, estate, &self.tree(), &args);
        answers.insert("find exit".to_owned(), code.to_string());
        answers.insert(format!("find {variant}"), sorted_sets(&text));
        let filter = self.filter(estate, dice);
        let args = ["find", "--filter", &filter];
        let (code, text) = self.run(binary, estate, &self.tree(), &args);
        answers.insert(format!("find --filter {filter}"), format!("{code}\n{text}"));
        let list = *dice.pick(&[
            "list",
            "list --tree",
            "list --long --dependencies",
            "dag graph",
            "list --tree --dag",
        ]);
        let (code, text) = self.run(binary, estate, &self.tree(), &words(list));
        let text = if list == "dag graph" { sorted_lines(&text) } else { sorted_words(&text) };
        answers.insert(list.to_owned(), format!("{code}\n{text}"));
    }

    fn filter(&self, estate: &Estate, dice: &mut Dice) -> String {
        let unit = dice.pick(&estate.units).clone();
        let name = unit.rsplit('/').next().expect("a name").to_owned();
        let one = |dice: &mut Dice| match dice.below(12) {
            0 => format!("./{unit}"),
            1 => name.clone(),
            2 => "./dev/**".to_owned(),
            3 => format!("{name}..."),
            4 => format!("...{name}"),
            5 => format!("...^{name}..."),
            6 => format!("!{name}"),
            7 => "reading=root.hcl".to_owned(),
            8 => "u[0-2]".to_owned(),
            9 => "./*/eu-west-1/*".to_owned(),
            10 => format!("1...{name}...1"),
            _ => "reading=*/env.hcl".to_owned(),
        };
        let first = one(dice);
        let second = one(dice);
        // In a pipeline the reference does not know what those read that a graph operator brought in.
        let simple = !first.contains("...") && !second.contains("...");
        if simple && dice.chance(30) { format!("{first} | {second}") } else { first }
    }

    /// All units at once where that works, for it is much faster; otherwise one by one.
    fn ask_render(&self, binary: &Path, estate: &Estate, answers: &mut Answers) {
        let (all, _) = self.run(binary, estate, &self.tree(), &["render", "--all", "--json", "--write"]);
        for unit in &estate.units {
            let dir = self.tree().join(unit);
            let written = fs::read_to_string(dir.join("terragrunt.rendered.json"));
            let (code, text) = match written {
                Ok(text) if all == 0 => (0, text),
                _ => self.run(binary, estate, &dir, &["render", "--json"]),
            };
            let shown = match serde_json::from_str::<Value>(&text) {
                Ok(value) => pretty(value),
                Err(_) => text,
            };
            answers.insert(format!("render {unit}"), if code == 0 { shown } else { "refused".to_owned() });
        }
        for unit in &estate.json_units {
            let (code, text) = self.run(binary, estate, &self.tree().join(unit), &["render", "--json"]);
            let shown = serde_json::from_str::<Value>(&text).map_or(text, pretty);
            answers.insert(format!("render {unit}"), if code == 0 { shown } else { "refused".to_owned() });
        }
    }

    /// What a stack generates, and what the tree looks like then.
    fn ask_stack(&self, binary: &Path, estate: &Estate, answers: &mut Answers) {
        self.reset(&Estate { files: estate.stack.clone(), ..estate.clone() });
        // From the top, the reference may or may not copy what it generates beside the inner stack's source.
        let args = ["stack", "generate", "--working-dir", "live"];
        let (code, _) = self.run(binary, estate, &self.tree(), &args);
        answers.insert("stack exit".to_owned(), code.to_string());
        let mut units = Vec::new();
        for (path, text) in self.files_below("live") {
            if path.ends_with("terragrunt.hcl") {
                units.push(path.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_owned()));
            }
            answers.insert(format!("stack file {path}"), text);
        }
        let args = ["find", "--json", "--dependencies", "--include", "--working-dir", "live"];
        let (code, text) = self.run(binary, estate, &self.tree(), &args);
        answers.insert("stack find".to_owned(), format!("{code}\n{}", sorted_sets(&text)));
        for unit in units.into_iter().take(2) {
            let (code, text) = self.run(binary, estate, &self.tree().join(&unit), &["render", "--json"]);
            let shown = serde_json::from_str::<Value>(&text).map_or(text, pretty);
            let shown = if code == 0 { shown } else { "refused".to_owned() };
            answers.insert(format!("stack render {unit}"), shown);
        }
    }

    fn files_below(&self, folder: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.tree().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let relative =
                        path.strip_prefix(self.tree()).expect("below").to_string_lossy().into_owned();
                    found.insert(relative, fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        found
    }

    fn ask_run(&self, binary: &Path, estate: &Estate, dice: &mut Dice, answers: &mut Answers) {
        self.reset(estate);
        let commands =
            ["plan", "plan --parallelism 1", "apply", "apply --parallelism 1", "destroy", "validate"];
        let command = *dice.pick(&commands);
        let args = [&["run", "--all"], &words(command)[..]].concat();
        let (code, _) = self.run(binary, estate, &self.tree(), &args);
        answers.insert(format!("run {command}: exit"), code.to_string());
        let calls = self.calls();
        if command.contains("--parallelism") {
            answers.insert(format!("run {command}: order"), out_of_order(estate, &calls));
        }
        answers.insert(format!("run {command}: calls"), sorted_lines(&calls.join("\n")));
        // The laboratory's module declares nothing, and only the reference hands on nulls that nobody declares.
        for (at, env) in self.environments().into_iter().filter(|(at, _)| !at.starts_with("/lab/")) {
            answers.insert(format!("run {command}: env {at}"), env);
        }
        // The reference also prepares the folders of dependencies that do not run; we never touch those.
        let unit_of =
            |path: &str| path.split("/.terragrunt-cache/").next().map(|unit| format!("/tree/{unit}/"));
        let ran =
            |path: &str| unit_of(path).is_some_and(|unit| calls.iter().any(|call| call.contains(&unit)));
        for (path, text) in self.files_of_caches().into_iter().filter(|(path, _)| ran(path)) {
            answers.insert(format!("file {path}"), text);
        }
    }

    /// How the fake was called, in order.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.base().join("log/calls")).unwrap_or_default();
        let calls =
            text.split_terminator('\u{1}').map(|call| call.replace('\0', " ").trim().to_owned()).collect();
        let _ = fs::remove_file(self.base().join("log/calls"));
        calls
    }

    /// `TF_VAR_` of each call, by its folder, and the file with nulls.
    fn environments(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(self.base().join("log")).expect("the log").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("env-") || name.contains('.') {
                continue;
            }
            let text = fs::read(&path).expect("an environment");
            let text = String::from_utf8_lossy(&text);
            let mut lines: Vec<String> = text
                .split('\0')
                .filter(|entry| entry.starts_with("TF_VAR_"))
                .map(|entry| variable(entry))
                .collect();
            lines.sort();
            let nulls = fs::read_to_string(path.with_extension("null")).unwrap_or_default();
            lines.push(format!("nulls: {}", declared(&nulls)));
            let cwd = fs::read_to_string(path.with_extension("cwd")).expect("its folder");
            let below = cwd.strip_prefix(&*self.tree().to_string_lossy()).unwrap_or(&cwd).to_owned();
            for extension in ["null", "cwd"] {
                let _ = fs::remove_file(path.with_extension(extension));
            }
            let _ = fs::remove_file(&path);
            all.insert(below, lines.join("\n"));
        }
        all
    }

    /// What lies in the folders that terraform worked in, without what either binary keeps for itself.
    fn files_of_caches(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.tree()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
                let in_cache = path.components().any(|part| part.as_os_str() == ".terragrunt-cache");
                if path.is_dir() && name != ".git" && name != ".terraform" {
                    folders.push(path);
                } else if in_cache && !name.starts_with(".terr") && !name.starts_with("terraform.tfstate") {
                    let relative =
                        path.strip_prefix(self.tree()).expect("below").to_string_lossy().into_owned();
                    found.insert(relative, fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        found
    }
}

/// The nulls of inputs that the module declares: only the reference hands on the others, and terraform warns of them.
fn declared(nulls: &str) -> String {
    let names: BTreeMap<String, Value> = serde_json::from_str(nulls).unwrap_or_default();
    let known = names.into_keys().filter(|name| INPUTS.iter().any(|(input, _)| input == name));
    known.collect::<Vec<_>>().join(" ")
}

/// A variable whose value is JSON is compared as JSON: spaces and the order of keys do not count.
fn variable(entry: &str) -> String {
    let Some((name, value)) = entry.split_once('=') else { return entry.to_owned() };
    let is_text = INPUTS.iter().any(|(input, kind)| name == format!("TF_VAR_{input}") && *kind == Kind::Text);
    let declared = INPUTS.iter().any(|(input, _)| name == format!("TF_VAR_{input}"));
    if !value.starts_with(['{', '[']) && (is_text || !declared) {
        return entry.to_owned();
    }
    // We double the sign of a template's start in keys and of directives everywhere, as terraform wants it; the
    // reference hands them on as they are.
    let value = &value.replace("%%{", "%{").replace("$${", "${");
    serde_json::from_str::<Value>(value)
        .map_or_else(|_| format!("{name}={value}"), |parsed| format!("{name}={parsed}"))
}

/// JSON whose arrays of dependencies and reads are sorted: their order is chance in the reference.
fn sorted_sets(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    for unit in value.as_array_mut().into_iter().flatten() {
        for member in ["dependencies", "reading"] {
            if let Some(list) = unit.get_mut(member).and_then(Value::as_array_mut) {
                list.sort_by_key(ToString::to_string);
            }
        }
    }
    serde_json::to_string_pretty(&value).expect("it is JSON")
}

/// A rendered unit; the order of its `errors` blocks is chance in the reference.
fn pretty(mut value: Value) -> String {
    for kind in ["retry", "ignore"] {
        let list = value.pointer_mut(&format!("/errors/{kind}")).and_then(Value::as_array_mut);
        list.into_iter().for_each(|list| list.sort_by_key(|block| block["name"].to_string()));
    }
    serde_json::to_string_pretty(&value).expect("it is JSON")
}

fn sorted_lines(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// Lines whose lists after a comma are sorted.
fn sorted_words(text: &str) -> String {
    let line = |line: &str| {
        if !line.contains(", ") {
            return line.trim_end().to_owned();
        }
        let mut words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches(',')).collect();
        words.sort_unstable();
        words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// The edges whose dependent ran before its dependency. Which of several free units goes first is our own choice.
fn out_of_order(estate: &Estate, calls: &[String]) -> String {
    let place = |unit: &str| calls.iter().position(|call| call.contains(&format!("/tree/{unit}/")));
    let broken = estate.edges.iter().filter(|(from, to)| place(to) > place(from) && place(from).is_some());
    broken.map(|(from, to)| format!("{from} before {to}")).collect::<Vec<_>>().join("\n")
}
