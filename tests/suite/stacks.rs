//! Stack files: what is generated, from which sources, when, and what happens when something is wrong.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const UNIT: &str = "terraform {\n  source = \".\"\n}\n";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stacks")
}

/// Every file below a folder, with whether it may be run.
fn files(root: &Path) -> BTreeMap<String, (bool, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt;
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let meta = std::fs::symlink_metadata(&path).expect("its facts");
            if entry.file_name() == ".git" && folder == root {
                continue;
            }
            if meta.is_dir() {
                folders.push(path);
            } else if meta.is_file() {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                let runs = meta.permissions().mode() & 0o100 != 0;
                found.insert(name, (runs, std::fs::read(&path).expect("a file")));
            }
        }
    }
    found
}

/// What was left beside the files of the tree, in the form of the corpus.
fn left(space: &TestSpace, before: &BTreeMap<String, (bool, Vec<u8>)>) -> String {
    let mut out = String::new();
    let root = space.root().to_string_lossy().into_owned();
    // The corpus is sorted with a leading `./`, which changes nothing.
    for (name, (runs, bytes)) in files(space.root()).iter().filter(|(name, _)| !before.contains_key(*name)) {
        let _ = writeln!(out, "=== {name}{}", if *runs { " *" } else { "" });
        if !name.ends_with("-manifest") {
            out.push_str(&String::from_utf8_lossy(bytes).replace(&root, "$ROOT"));
        }
    }
    out
}

/// Generates one tree of the corpus; what differs from the reference.
fn compare(case: &Path) -> Option<String> {
    let mut space = TestSpace::new();
    space.set_env("A", "a");
    space.copy_tree(&case.join("tree"));
    space.tool("git", &["init", "-q"]);
    let before = files(space.root());
    let words = std::fs::read_to_string(case.join("arguments")).unwrap_or_default();
    let args: Vec<&str> = ["stack", "generate"].into_iter().chain(words.lines()).collect();
    let ran = space.terrace(&args).in_dir("live").run();
    let wanted = std::fs::read_to_string(case.join("exit")).expect("an exit code");
    if ran.status.code().map(|code| code.to_string()).as_deref() != Some(wanted.trim()) {
        return Some(format!("wanted exit code {} of {ran}", wanted.trim()));
    }
    let theirs = std::fs::read_to_string(case.join("left")).ok()?;
    let ours = left(&space, &before);
    (ours != theirs).then(|| format!("--- theirs\n{theirs}--- ours\n{ours}"))
}

#[test]
fn what_is_generated_is_what_the_reference_generates() {
    let mut faults = String::new();
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(fixtures()).expect("the corpus").flatten().map(|entry| entry.path()).collect();
    cases.retain(|case| case.join("exit").exists() && !case.join("differs").exists());
    cases.sort();
    assert!(cases.len() > 40, "the corpus is there");
    for case in &cases {
        if let Some(fault) = compare(case) {
            let _ = writeln!(faults, "{}\n{fault}", case.file_name().unwrap_or_default().to_string_lossy());
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// A stack of two units, `net` and `app`, in `live`, made of the units in `units`.
fn estate() -> TestSpace {
    let space = TestSpace::new();
    space.write("units/net/terragrunt.hcl", UNIT).write("units/net/main.tf", "");
    space.write("units/app/terragrunt.hcl", &format!("{UNIT}dependency \"net\" {{\n  config_path = values.net\n  mock_outputs = {{}}\n}}\ninputs = {{ size = values.size }}\n"));
    space.write("units/app/main.tf", "").write("units/app/modules/x.tf", "");
    space.write("live/terragrunt.stack.hcl", STACK);
    space
}

const STACK: &str = r#"unit "net" {
  source = "../units/net"
  path   = "net"
}
unit "app" {
  source = "../units/app"
  path   = "core/app"
  values = { net = "../../net", size = 3 }
}
"#;

const APP: &str = "live/.terragrunt-stack/core/app";

#[test]
fn generating_again_changes_nothing_and_repairs_what_was_changed() {
    let space = estate();
    space.terrace(&["stack", "generate"]).run().success().says(&["unit app of live/terragrunt.stack.hcl"]);
    let first = files(space.root());
    let stamp = |name: &str| std::fs::metadata(space.path(name)).unwrap().modified().unwrap();
    let before = stamp(&format!("{APP}/main.tf"));
    space.terrace(&["stack", "generate"]).run().success();
    assert_eq!(files(space.root()), first);
    assert_eq!(stamp(&format!("{APP}/main.tf")), before, "an unchanged file is not touched");
    space.write(&format!("{APP}/main.tf"), "# by hand").write(&format!("{APP}/own.txt"), "mine");
    space.write(&format!("{APP}/terraform.tfstate"), "{}");
    space.write(&format!("{APP}/.terragrunt-cache/x/y.tf"), "");
    std::fs::remove_dir_all(space.path("units/app/modules")).unwrap();
    space.write("live/terragrunt.stack.hcl", &STACK.replace("size = 3", "size = 4"));
    space.terrace(&["stack", "generate"]).run().success();
    assert_eq!(space.read(&format!("{APP}/main.tf")), "");
    assert!(space.read(&format!("{APP}/terragrunt.values.hcl")).contains("size = 4"));
    assert!(!space.path(&format!("{APP}/modules")).exists(), "what the source has no more goes");
    for kept in ["own.txt", "terraform.tfstate", ".terragrunt-cache/x/y.tf"] {
        assert!(space.path(&format!("{APP}/{kept}")).exists(), "{kept} stays");
    }
}

#[test]
fn a_stack_that_says_less_leaves_no_old_values_and_tells_of_old_units() {
    let space = estate();
    let values = "  values = { net = \"../../net\", size = 3 }\n";
    space.terrace(&["stack", "generate"]).run().success();
    let (net, app) = STACK.split_at(STACK.find("unit \"app\"").unwrap());
    let _ = net;
    space.write("live/terragrunt.stack.hcl", &app.replace(values, ""));
    space.terrace(&["stack", "generate"]).run().success().says(&["TRC0913", ".terragrunt-stack/net"]);
    assert!(!space.path(&format!("{APP}/terragrunt.values.hcl")).exists());
    assert!(space.path("live/.terragrunt-stack/net/terragrunt.hcl").exists(), "it may have a state");
    space.terrace(&["stack", "generate", "--source-update"]).run().success();
    assert!(!space.path("live/.terragrunt-stack/net").exists());
}

#[test]
fn a_fault_writes_nothing_and_leaves_what_was_there() {
    let space = estate();
    space.write("live/terragrunt.stack.hcl", &STACK.replace("../units/app", "../units/nope"));
    let ran = space.terrace(&["stack", "generate"]).run().failure();
    ran.says(&["live/terragrunt.stack.hcl:6:", "TRC0907", "units/nope"]);
    assert!(!space.path("live/.terragrunt-stack/net").exists());
    space.write("live/terragrunt.stack.hcl", STACK);
    space.terrace(&["stack", "generate"]).run().success();
    let whole = files(space.root());
    std::fs::remove_file(space.path("units/app/terragrunt.hcl")).unwrap();
    space.write("units/net/new.tf", "");
    space.terrace(&["stack", "generate"]).run().failure().says(&["TRC0906", "terragrunt.hcl"]);
    let after = files(space.root());
    let below = |all: &BTreeMap<String, (bool, Vec<u8>)>| {
        all.iter()
            .filter(|(name, _)| name.starts_with("live/"))
            .map(|(n, b)| (n.clone(), b.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(below(&after), below(&whole), "neither unit has changed");
    let ran = space.terrace(&["stack", "generate", "--no-stack-validate"]).run().success();
    ran.says(&["warning", "TRC0906"]);
}

#[test]
fn a_run_over_all_generates_first_and_one_unit_or_a_listing_does_not() {
    let mut space = estate();
    let fake = FakeTerraform::install(&mut space, "");
    space.terrace(&["find"]).in_dir("live").run().success();
    space.terrace(&["run", "--all", "--no-stack-generate", "plan"]).in_dir("live").run().success();
    assert!(!space.path("live/.terragrunt-stack").exists());
    space.terrace(&["run", "--all", "plan"]).in_dir("live").run().success();
    let app = fake.call("plan", APP);
    assert!(app.env.iter().any(|line| line == "TF_VAR_size=3"), "{app:?}");
    let (net, app) = (fake.call("plan", "live/.terragrunt-stack/net"), fake.call("plan", APP));
    assert!(net.end <= app.start, "what is needed runs first");
    space.terrace(&["stack", "clean"]).run().success().says(&["removed live/.terragrunt-stack"]);
    assert!(!space.path("live/.terragrunt-stack").exists());
    space.terrace(&["stack", "clean"]).run().success();
    space.terrace(&["stack", "run", "plan", "--non-interactive"]).in_dir("live").run().success();
    assert_eq!(fake.calls_of("plan").len(), 4);
}

#[test]
fn filters_choose_stacks_only_where_they_speak_of_stacks() {
    let space = estate();
    space.write("other/terragrunt.stack.hcl", STACK);
    let generated = |filters: &[&str]| {
        space.terrace(&["stack", "clean"]).run().success();
        let args: Vec<&str> =
            ["stack", "generate"].into_iter().chain(filters.iter().flat_map(|f| ["--filter", f])).collect();
        space.terrace(&args).run().success();
        ["live", "other"].map(|dir| space.path(&format!("{dir}/.terragrunt-stack")).exists())
    };
    assert_eq!(generated(&["./live | type=stack"]), [true, false]);
    assert_eq!(generated(&["!./live | type=stack"]), [false, true]);
    assert_eq!(generated(&["live"]), [true, true]);
    assert_eq!(generated(&["type=unit"]), [true, true]);
    assert_eq!(generated(&["type=stack", "!live"]), [true, true]);
    assert_eq!(generated(&["nope | type=stack"]), [false, false]);
}

#[test]
fn a_repository_is_fetched_once_for_all_units() {
    let space = TestSpace::new();
    space.write("u/net/terragrunt.hcl", UNIT).write("u/app/terragrunt.hcl", UNIT);
    space.git_commit_all();
    let unit = |name: &str| {
        let source = format!("git::file://{}//u/{name}", space.root().display());
        format!("unit \"{name}\" {{\n  source = \"{source}\"\n  path = \"{name}\"\n}}\n")
    };
    space.write("live/terragrunt.stack.hcl", &format!("{}{}", unit("net"), unit("app")));
    let trace = space.path("trace");
    space.terrace(&["stack", "generate"]).in_dir("live").env("GIT_TRACE", &trace).run().success();
    let clones = space.read("trace").lines().filter(|line| line.contains("git fetch --quiet")).count();
    assert_eq!(clones, 1);
    assert!(space.path("live/.terragrunt-stack/net/terragrunt.hcl").exists());
    assert!(space.path("live/.terragrunt-stack/app/terragrunt.hcl").exists());
    assert!(!space.path("live/.terragrunt-stack/net/.git").exists());
}

/// Writes a state of `{ id = "net-1", … }` for a unit without a backend of its own.
fn with_outputs() -> TestSpace {
    let mut space = estate();
    let state = r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{"id":{"value":"<net>","type":"string"},"ports":{"value":[1,2],"type":["list","number"]}},"resources":[]}"#;
    let act = format!(
        "  case \"$1\" in apply) case \"$(pwd)\" in *net*) printf '%s' '{state}' >terraform.tfstate ;; esac ;; esac"
    );
    FakeTerraform::install(&mut space, &act);
    space.write(
        "inner/terragrunt.stack.hcl",
        &STACK.replace("../units", &space.path("units").to_string_lossy()),
    );
    space.write(
        "live/terragrunt.stack.hcl",
        &format!("{STACK}stack \"deep\" {{\n  source = \"../inner\"\n  path = \"deep\"\n}}\n"),
    );
    space.terrace(&["run", "--all", "apply", "--non-interactive"]).in_dir("live").run().success();
    space
}

#[test]
fn outputs_of_a_stack_are_nested_as_its_stacks_are() {
    let space = with_outputs();
    let output = |args: &[&str]| {
        let args: Vec<&str> = ["stack", "output"].into_iter().chain(args.iter().copied()).collect();
        space.terrace(&args).in_dir("live").run()
    };
    let net = "{\n  id    = \"<net>\"\n  ports = [1, 2]\n}\n";
    assert_eq!(output(&["net"]).success().stdout, format!("net = {net}"));
    let whole = output(&[]).success().stdout;
    let inner = net.replace('\n', "\n  ").trim_end().to_owned();
    assert_eq!(whole, format!("app = {{}}\ndeep = {{\n  app = {{}}\n  net = {inner}\n}}\nnet = {net}"));
    assert_eq!(output(&["--raw", "deep.net.id"]).success().stdout, "<net>");
    assert_eq!(
        output(&["--json", "net.id"]).success().stdout,
        "{\n  \"net\": {\n    \"id\": \"\\u003cnet\\u003e\"\n  }\n}"
    );
    assert_eq!(output(&["--format", "json", "nope"]).success().stdout, "");
    output(&["--raw"]).failure().says(&["UNIT.OUTPUT"]);
    output(&["--raw", "net.ports"]).failure().says(&["net.ports", "--json"]);
    space.terrace(&["stack", "clean"]).run().success();
    output(&[]).failure().says(&["TRC0912", "stack generate"]);
}

#[test]
fn what_a_stack_lays_beside_a_unit_is_merged_over_it() {
    let space = TestSpace::new();
    space
        .write("u/a/terragrunt.hcl", "inputs = {\n  own = 1\n  both = \"own\"\n}\n")
        .write("u/b/terragrunt.hcl", "");
    space.write("u/a/main.tf", "").write("u/b/main.tf", "");
    space.write(
        "live/terragrunt.stack.hcl",
        r#"
locals {
  size = 3
}
unit "b" {
  source = "../u/b"
  path   = "b"
}
unit "a" {
  source = "../u/a"
  path   = "a"
  autoinclude {
    dependency "b" {
      config_path  = unit.b.path
      mock_outputs = { id = "mock" }
    }
    inputs = {
      both = "stack-${local.size}"
      id   = upper(dependency.b.outputs.id)
    }
  }
}
"#,
    );
    space.terrace(&["stack", "generate"]).run().success();
    let rendered = space.terrace(&["render", "--json"]).in_dir("live/.terragrunt-stack/a").run().success();
    rendered.prints(&[r#""inputs":{"both":"stack-3","id":"MOCK","own":1}"#]);
    let found = space.terrace(&["find", "--json", "--dependencies"]).in_dir("live").run().success();
    found.prints(&["\"dependencies\": [\n      \".terragrunt-stack/b\"\n    ]"]);
}

/// One stack file in `live`, its fault told by every command that needs it.
#[track_caller]
fn refuses(text: &str, place: &str, words: &[&str]) -> Ran {
    let mut space = estate();
    FakeTerraform::install(&mut space, "");
    space.write("inc.hcl", "locals {\n  a = 1\n}\n");
    space.write("live/terragrunt.stack.hcl", text);
    let place = format!("live/terragrunt.stack.hcl:{place}");
    space.terrace(&["run", "--all", "plan"]).run().failure().says(&[&place]);
    let ran = space.terrace(&["stack", "generate"]).run().failure().says(&[&place]).says(words);
    assert!(!space.path("live/.terragrunt-stack/a").exists(), "nothing is written");
    let labelled = regex::Regex::new(r"\^ \S").expect("a pattern");
    assert!(ran.stderr.contains("help:") || labelled.is_match(&ran.stderr), "what to do about it: {ran}");
    ran
}

fn block(inside: &str) -> String {
    format!("unit \"a\" {{\n  source = \"../units/net\"\n  path   = \"a\"\n{inside}}}\n")
}

#[test]
fn faults_of_a_stack_file_name_the_line_and_the_remedy() {
    refuses("", "1:1", &["TRC0902"]);
    refuses("unit \"a\" {\n  path = \"a\"\n}\n", "1:1", &["`source`"]);
    refuses("unit \"a\" {\n  source = \"../units/net\"\n}\n", "1:1", &["`path`"]);
    refuses(&format!("{}{}", block(""), block("")), "5:1", &["TRC0903", "the first one is here"]);
    refuses(&format!("{}{}", block(""), block("").replace("unit \"a\"", "unit \"b\"")), "7:12", &["TRC0904"]);
    refuses(&block("").replace("\"a\"\n}", "\"../a\"\n}"), "3:12", &["TRC0905", "leads to"]);
    refuses(&block("").replace("\"a\"\n}", "\"/tmp/a\"\n}"), "3:12", &["TRC0905", "absolute"]);
    refuses(&block("").replace("\"a\"\n}", "\"\"\n}"), "3:12", &["`path` is empty"]);
    refuses(&block("").replace("../units/net", "../nope"), "2:12", &["TRC0907", "nope"]);
    refuses(&block("").replace("../units/net", "../units"), "2:12", &["TRC0906", "no_validation"]);
    refuses(&block("").replace("../units/net", ".."), "2:12", &["TRC0908", "itself"]);
    refuses(&block("").replace("../units/net", "tfr:///a/b/c//d?x"), "2:12", &["TRC0907"]);
    refuses(&block("  values = \"x\"\n"), "4:12", &["`values` must be an object"]);
    refuses(&block("  values = { \"a b\" = 1 }\n"), "4:12", &["a b"]);
    refuses(&block("  values = { x = unit.aa.path }\n"), "4:23", &["TRC0909", "`unit.a.path`"]);
    refuses(&block("  values = { x = dependency.d.outputs.x }\n"), "4:18", &["autoinclude"]);
    refuses(&block("  no_validation = \"maybe\"\n"), "4:19", &["true or false"]);
    refuses(&block("  autoinclude {\n    locals {\n    }\n  }\n"), "5:5", &["TRC0910"]);
    refuses(&block("  autoinclude {\n    input = {}\n  }\n"), "5:5", &["`inputs`"]);
    refuses(
        &block("  autoinclude {\n    inputs = { a = local.x, b = dependency.d.outputs.e }\n  }\n"),
        "5:",
        &["local.x"],
    );
    refuses(&block("  expansion {\n    count = 1\n  }\n"), "4:3", &["TRC0911", "block-iteration"]);
    refuses(&format!("{}foo {{\n}}\n", block("")), "5:1", &["`foo`"]);
    refuses(&format!("inputs = {{}}\n{}", block("")), "1:1", &["`inputs`"]);
    refuses(&format!("include \"x\" {{\n  path = \"../nope.hcl\"\n}}\n{}", block("")), "2:10", &["nope.hcl"]);
}

#[test]
fn faults_of_an_included_file_name_both_files() {
    let space = estate();
    space.write("inc.hcl", "locals {\n  a = 1\n}\n");
    space.write(
        "live/terragrunt.stack.hcl",
        &format!("include \"x\" {{\n  path = \"../inc.hcl\"\n}}\n{}", block("")),
    );
    let ran = space.terrace(&["stack", "generate"]).run().failure();
    ran.says(&["inc.hcl:1:1", "TRC0914", "live/terragrunt.stack.hcl:2:10"]);
}

#[test]
fn an_argument_that_nobody_reads_is_a_warning() {
    let space = estate();
    space.write("live/terragrunt.stack.hcl", &block("  vales = {}\n"));
    let ran = space.terrace(&["stack", "generate"]).run().success();
    ran.says(&["live/terragrunt.stack.hcl:4:3", "warning", "`values`"]);
}

#[test]
fn a_stack_that_generates_itself_ends() {
    let space = estate();
    space.write(
        "again/terragrunt.stack.hcl",
        &format!(
            "{}stack \"again\" {{\n  source = \"{}\"\n  path = \"again\"\n}}\n",
            block("").replace("../units", &space.path("units").to_string_lossy()),
            space.path("again").display(),
        ),
    );
    space.write(
        "live/terragrunt.stack.hcl",
        "stack \"again\" {\n  source = \"../again\"\n  path = \"x\"\n}\n",
    );
    let ran = space.terrace(&["stack", "generate"]).in_dir("live").run().failure();
    ran.says(&["TRC0908", ".terragrunt-stack/x/terragrunt.stack.hcl:6:12"]);
    assert!(!space.path("live/.terragrunt-stack/x/.terragrunt-stack").exists());
}

#[test]
fn hcl_validate_checks_stack_files() {
    let space = estate();
    space.write("live/terragrunt.stack.hcl", "unit \"a\" {\n  path = \"a\"\n}\n");
    let ran = space.terrace(&["hcl", "validate"]).in_dir("live").run().failure();
    ran.says(&["terragrunt.stack.hcl:1:1", "`source`"]);
}

#[test]
fn two_at_once_leave_whole_units() {
    let space = estate();
    let runs: Vec<_> = (0..4).map(|_| space.terrace(&["stack", "generate"]).spawn()).collect();
    runs.into_iter().for_each(|run| {
        run.wait().success();
    });
    let left: Vec<String> =
        files(space.root()).into_keys().filter(|name| name.contains(".terrace-")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(space.read(&format!("{APP}/terragrunt.values.hcl")).contains("size = 3"));
}

#[test]
fn a_dependency_can_be_expanded() {
    let space = TestSpace::new();
    space.write("x/terragrunt.hcl", "").write("y/terragrunt.hcl", "").write("a/main.tf", "");
    space.write("x/main.tf", "").write("y/main.tf", "");
    space.write(
        "a/terragrunt.hcl",
        r#"dependency "d" {
  config_path  = "../${each.key}"
  mock_outputs = { id = each.value }
  expansion {
    for_each = { x = 1, y = 2 }
  }
}
inputs = { all = [for one in dependency.d : one.outputs.id], x = dependency.d["x"].outputs.id }
"#,
    );
    let on = ["--experiment", "block-iteration"];
    let find = space.terrace(&[&["find", "--json", "--dependencies"], &on[..]].concat()).run().success();
    find.prints(&["\"dependencies\": [\n      \"x\",\n      \"y\"\n    ]"]);
    let render = space.terrace(&[&["render", "--json"], &on[..]].concat()).in_dir("a").run().success();
    render.prints(&[r#""inputs":{"all":[1,2],"x":1}"#]);
    let off = space.terrace(&["render", "--json"]).in_dir("a").run().failure();
    off.says(&["terragrunt.hcl:4:3", "TRC0911", "block-iteration"]);
}

#[test]
fn a_folder_cannot_be_a_unit_and_a_stack() {
    let space = estate();
    space.write("live/terragrunt.hcl", UNIT);
    space
        .terrace(&["stack", "generate"])
        .run()
        .failure()
        .says(&["live", "both a unit file and a stack file"]);
}

#[test]
fn a_stack_file_is_read_as_an_object() {
    let space = estate();
    space.write("reader/main.tf", "").write(
        "reader/terragrunt.hcl",
        "locals {\n  s = read_terragrunt_config(\"../live/terragrunt.stack.hcl\")\n}\ninputs = { path = local.s.unit.app.path, size = local.s.unit.app.values.size }\n",
    );
    let render = space.terrace(&["render", "--json"]).in_dir("reader").run().success();
    render.prints(&[r#""inputs":{"path":"core/app","size":3}"#]);
}
