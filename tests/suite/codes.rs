//! The pages of `docs/errors/`: one for each code, all of one shape, and each example makes the fault that it explains.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use terrace::diag::Code;

/// Faults that a few files cannot make: the machine's, those that only exist until something is built, and guards
/// that nothing is known to reach.
const WITHOUT_EXAMPLE: &[Code] = &[
    Code::MalformedNumber,
    Code::TerraformFailed,
    Code::NotYetSupported,
    Code::IncludeCycle,
    Code::NeedsOwnOutputs,
    Code::TreeUnreadable,
    Code::FileUnwritable,
    Code::NotInCommit,
    Code::UnknownReference,
    Code::UnknownModule,
    Code::StackUnwritable,
    Code::PackageTampered,
    Code::ToolSettings,
];

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors")
}

/// What a page shows: files to write, and the command that meets the fault.
#[derive(Default)]
pub(crate) struct Example {
    pub files: Vec<(String, String)>,
    pub command: Option<Vec<String>>,
}

impl Example {
    /// A line "`path`:" names the block that follows, "`path` is empty." a file without text.
    pub fn of(page: &str) -> Self {
        let mut example = Self::default();
        let (mut name, mut fence) = (None, None::<(String, String)>);
        for line in page.lines() {
            match &mut fence {
                Some((kind, text)) if line == "```" => {
                    if kind == "console" {
                        example.command = Some(words_of(text));
                    } else {
                        let name = name.take().unwrap_or_else(|| panic!("whose text is\n{text}"));
                        example.files.push((name, std::mem::take(text)));
                    }
                    fence = None;
                }
                Some((_, text)) => {
                    text.push_str(line);
                    text.push('\n');
                }
                None => {
                    if let Some(kind) = line.strip_prefix("```") {
                        fence = Some((kind.to_owned(), String::new()));
                    } else if let Some(path) = line.strip_prefix('`').and_then(|l| l.strip_suffix("`:")) {
                        name = Some(path.to_owned());
                    } else if let Some(path) =
                        line.strip_prefix('`').and_then(|l| l.strip_suffix("` is empty."))
                    {
                        example.files.push((path.to_owned(), String::new()));
                    }
                }
            }
        }
        example
    }
}

/// The arguments of `$ terrace …`, quotes taken off.
fn words_of(line: &str) -> Vec<String> {
    let line = line.trim().strip_prefix("$ terrace ").expect("a command of terrace");
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("a word").push(letter),
        }
    }
    words
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let names = std::fs::read_dir(pages()).expect("the pages").flatten().map(|entry| entry.file_name());
    let found: BTreeSet<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let wanted: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(found, wanted);
    assert_eq!(wanted.len(), Code::ALL.len(), "no id is used twice");
}

#[test]
fn every_page_has_the_same_shape() {
    for code in Code::ALL {
        let page = code.page();
        assert!(page.starts_with(&format!("# {code}: {}\n", code.meaning())), "{code}: the title");
        let parts: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        let wanted: &[&str] = match WITHOUT_EXAMPLE.contains(code) {
            true => &["## What to do"],
            false => &["## Example", "## What to do"],
        };
        assert_eq!(parts, wanted, "{code}");
        let longest = page.lines().count();
        assert!((5..70).contains(&longest), "{code}: short, and not empty");
    }
}

#[test]
fn every_example_makes_its_fault() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| !WITHOUT_EXAMPLE.contains(code)) {
        let example = Example::of(code.page());
        let mut space = TestSpace::new();
        FakeTerraform::install(&mut space, "");
        for (path, text) in &example.files {
            space.write(path, text);
        }
        let command = example.command.unwrap_or_else(|| panic!("{code}: a command"));
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let ran = space.terrace(&words).run();
        if !format!("{}{}", ran.stdout, ran.stderr).contains(&format!("[{code}]")) {
            wrong.push(format!("{code}: {ran}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An estate with a fault in a shared file, a circle, and a fault in one unit.
fn faulty() -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    let include = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    space.write("root.hcl", "locals {\n  x = nosuchfunction()\n}\n");
    for name in ["a", "b", "c"] {
        space.write(&format!("{name}/terragrunt.hcl"), include);
    }
    space.write("d/terragrunt.hcl", "inputs = { x = local.missing }\n");
    space.write("e/terragrunt.hcl", "dependencies {\n  paths = [\"../f\"]\n}\n");
    space.write("f/terragrunt.hcl", "dependencies {\n  paths = [\"../e\"]\n}\n");
    space
}

#[test]
fn a_shared_fault_is_told_once_and_says_how_many_units_have_it() {
    let space = faulty();
    for command in [&["run", "--all", "plan"][..], &["hcl", "validate"]] {
        let ran = space.terrace(command).run().failure();
        assert_eq!(ran.stderr.matches("nosuchfunction`").count(), 1, "{ran}");
        ran.says(&["2 other units have the same fault", "TRC0202", "TRC0601"]);
    }
}

#[test]
fn with_a_json_log_each_fault_is_one_object() {
    let ran = faulty().terrace(&["run", "--all", "plan", "--log-format", "json"]).run().failure();
    let lines: Vec<serde_json::Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let codes: Vec<&str> = lines.iter().filter_map(|line| line["diagnostic"]["code"].as_str()).collect();
    assert_eq!(codes.len(), 3, "{ran}");
    let shared = lines.iter().find(|line| line["diagnostic"]["code"] == "TRC0203").expect("the shared one");
    let fault = &shared["diagnostic"];
    assert_eq!((&shared["level"], &fault["severity"]), (&"error".into(), &"error".into()));
    assert_eq!((&fault["primary"]["start"]["line"], &fault["other_units"]), (&2.into(), &2.into()));
    assert!(fault["via"][0]["file"].as_str().is_some_and(|file| file.ends_with("a/terragrunt.hcl")), "{ran}");
    let circle = lines.iter().find(|line| line["diagnostic"]["code"] == "TRC0601").expect("the circle");
    assert_eq!(circle["diagnostic"]["labels"].as_array().map(Vec::len), Some(1), "both sides: {ran}");
    assert!(
        lines.last().is_some_and(|line| line["msg"].as_str().is_some_and(|msg| msg.contains("3 faults")))
    );
}

/// Every line of stderr, as JSON.
fn records(ran: &Ran) -> Vec<serde_json::Value> {
    ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[test]
fn faults_of_the_command_line_are_records_too() {
    let space = faulty();
    for args in [
        &["find", "--jsn", "--log-format", "json"][..],
        &["--log-format=json", "find", "--filter", "{"],
        &["find", "--parallelism", "x", "--log-format", "json"],
        &["fnd", "--log-format", "json"],
    ] {
        let ran = space.terrace(args).run().failure();
        let all = records(&ran);
        assert!(all.iter().all(|one| one["time"].is_string() && one["level"] == "error"), "{ran}");
        assert!(
            all.iter().any(|one| one["code"].as_str().is_some_and(|code| code.starts_with("TRC"))),
            "{ran}"
        );
    }
    let mut space = TestSpace::new();
    space.set_env("TG_LOG_FORMAT", "json");
    assert_eq!(records(&space.terrace(&["find", "--jsn"]).run().failure())[0]["code"], "TRC1001");
}

#[test]
fn with_a_json_log_every_line_of_a_run_is_a_record() {
    let mut space = TestSpace::new();
    let script = r#"case "$1" in plan) echo planned; echo 'Error: no' >&2; exit 3 ;; esac"#;
    FakeTerraform::install(&mut space, script);
    let inputs = "inputs = {\n  x = run_cmd(\"sh\", \"-c\", \"echo words\")\n}\n";
    space.write("a/terragrunt.hcl", inputs).write("a/main.tf", "");
    space.write(
        "b/terragrunt.hcl",
        "terraform {\n  after_hook \"h\" {\n    commands = [\"init\"]\n    execute = [\"sh\", \"-c\", \"echo hooked >&2; exit 2\"]\n  }\n}\n",
    );
    space.write("b/main.tf", "");
    space.write("c/terragrunt.hcl", "terraform {\n  source = \"./missing\"\n}\n");
    let ran = space.terrace(&["run", "--all", "plan", "--log-format", "json"]).run().failure();
    let all = records(&ran);
    let of = |unit: &str| all.iter().filter(|one| one["working-dir"] == unit).collect::<Vec<_>>();
    assert!(of("a").iter().any(|one| one["code"] == "TRC0801" && one["level"] == "error"), "{ran}");
    assert!(of("b").iter().any(|one| one["code"] == "TRC0802"), "{ran}");
    let fault = of("c").into_iter().find(|one| one["diagnostic"].is_object()).expect("the fault");
    assert_eq!(
        (&fault["level"], &fault["diagnostic"]["primary"]["start"]["line"]),
        (&"error".into(), &2.into())
    );
    assert!(fault["msg"].as_str().is_some_and(|text| !text.contains('\n')), "{ran}");
    assert!(all.iter().any(|one| one["msg"] == "words"), "what run_cmd's program said: {ran}");
    for unit in ["a", "b", "c"] {
        records(&space.terrace(&["plan", "--log-format", "json"]).in_dir(unit).run().failure());
    }
    records(
        &space.terrace(&["exec", "--log-format", "json", "--", "sh", "-c", "echo x >&2"]).in_dir("a").run(),
    );
}

#[test]
fn the_failure_of_a_program_has_a_code_wherever_it_is_told() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in plan) echo 'Error: no' >&2; exit 3 ;; esac"#);
    space.write("a/terragrunt.hcl", "").write("a/main.tf", "");
    let report = ["--report-file", "report.json", "--report-format", "json"];
    let ran = space.terrace(&[&["run", "--all", "plan"], &report[..]].concat()).run().code(3);
    let ran = ran.says(&["terraform plan: exit status 3 [TRC0801]"]);
    assert!(ran.stdout.contains("a failed (exit code 3) [TRC0801]"), "the summary: {ran}");
    let text = std::fs::read_to_string(space.path("report.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(report[0]["Cause"].as_str().is_some_and(|cause| cause.contains("[TRC0801]")), "{text}");
    let page = space.terrace(&["explain", "TRC0801"]).run().success();
    assert!(page.stdout.contains("terraform failed in a unit"));
}

#[test]
fn an_editor_hears_of_the_unit_that_it_asks_for() {
    let space = faulty();
    let codes = |args: &[&str]| {
        let ran = space.terrace(&[&["hcl", "validate", "--log-format", "json"], args].concat()).run();
        let lines = ran.stderr.lines().filter_map(|line| serde_json::from_str(line).ok());
        let found = lines
            .filter_map(|line: serde_json::Value| line["diagnostic"]["code"].as_str().map(str::to_owned));
        found.collect::<Vec<_>>()
    };
    assert_eq!(codes(&["--filter", "./d"]), ["TRC0202"]);
    assert_eq!(codes(&["--filter", "name=a"]), ["TRC0203"]);
    assert_eq!(codes(&["--filter", "./e"]), ["TRC0601"]);
    assert_eq!(codes(&["--working-dir", "e"]), ["TRC0601"]);
    assert_eq!(codes(&["--filter", "!./*"]), [""; 0]);
}
