//! What faults look like: each text as a person reads it, kept in snapshots. A changed snapshot is read again by a
//! person before it is accepted (`INSTA_UPDATE=always cargo test diagnostics`).

use super::fake::FakeTerraform;
use super::space::TestSpace;
use std::fmt::Write;

/// A snapshot of a text, without the code that made it.
macro_rules! keep {
    ($text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

/// A fault: what is wrong, and the files of an estate that has it. `a/terragrunt.hcl` is the unit that is planned.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// What is said about each case, one after the other.
#[track_caller]
pub(super) fn said(cases: &[Case<'_>]) -> String {
    let mut all = String::new();
    for (what, files) in cases {
        let mut space = TestSpace::new();
        FakeTerraform::install(&mut space, "");
        space.write("a/main.tf", "");
        for (path, text) in *files {
            space.write(path, text);
        }
        let ran = space.terrace(&["run", "--all", "plan"]).run();
        assert_ne!(ran.status.code(), Some(0), "{what}: {ran}");
        let root = space.root().display().to_string();
        let text = ran.stderr.replace(&root, "ROOT");
        let text: Vec<&str> = text.lines().map(str::trim_end).map(timeless).collect();
        let faults = text.iter().filter(|line| line.starts_with("error[")).count();
        let hints =
            text.iter().filter(|line| line.contains("= help: ") || line.starts_with("help: ")).count();
        assert!(hints >= faults, "{what}: what to do next\n{}", text.join("\n"));
        let _ = writeln!(all, "### {what}\n{}\n", text.join("\n"));
    }
    all
}

/// Cases whose only file is the unit's.
pub(super) fn units<'a>(texts: &[(&'a str, &'a str)]) -> String {
    texts.iter().map(|(what, text)| said(&[(what, &[("a/terragrunt.hcl", text)])])).collect()
}

#[test]
fn syntax() {
    keep!(units(&[
        ("no value", "inputs = {\n  a =\n}\n"),
        ("a block that is never closed", "locals {\n  x = 1\n"),
        ("a list that is never closed", "locals {\n  x = [1, 2\n  y = 3\n}\n"),
        ("a string that is never ended", "locals {\n  x = \"abc\n}\n"),
        ("single quotes", "locals {\n  x = 'abc'\n}\n"),
        ("typographic quotes", "locals {\n  x = “abc”\n}\n"),
        ("a colon for an equals sign", "locals {\n  x: 1\n}\n"),
        ("a semicolon", "locals {\n  x = 1;\n}\n"),
        ("a brace on the next line", "locals\n{\n  x = 1\n}\n"),
        ("a heredoc that is never ended", "locals {\n  x = <<EOT\nabc\n}\n"),
        ("a name set twice", "locals {\n  x = 1\n  x = 2\n}\n"),
        ("a for without its arrow", "locals {\n  x = { for k, v in {} : k }\n}\n"),
        ("a directive that is never ended", "locals {\n  x = \"%{ if true }yes\"\n}\n"),
        ("an unknown escape", "locals {\n  x = \"C:\\dir\"\n}\n"),
        ("an operator of another language", "locals {\n  x = true & false\n}\n"),
        ("a choice without its other half", "locals {\n  x = true ? 1\n}\n"),
        ("a merge conflict", "<<<<<<< HEAD\nlocals {}\n=======\n>>>>>>> x\n"),
    ]));
}

#[test]
fn several_faults_of_one_file() {
    keep!(units(&[("three lines", "locals {\n  a = \n  b = 'x'\n  c = [1 2]\n}\ninput = {}\n")]));
}

#[test]
fn json() {
    let json = |what: &'static str, text: &'static str| -> String {
        let mut space = TestSpace::new();
        FakeTerraform::install(&mut space, "");
        space.write("a/main.tf", "").write("a/terragrunt.hcl.json", text);
        let ran = space.terrace(&["plan"]).in_dir("a").run().failure();
        format!("### {what}\n{}\n", ran.stderr)
    };
    let all = [
        json("a comma too much", "{\n  \"inputs\": {\"a\": 1,}\n}\n"),
        json("a comma too few", "{\n  \"inputs\": {\"a\": 1}\n  \"locals\": {}\n}\n"),
        json("no quotes", "{\n  \"inputs\": {\"a\": yes}\n}\n"),
        json("never closed", "{\n  \"inputs\": {\"a\": 1}\n"),
    ];
    keep!(all.concat());
}

#[test]
fn names() {
    keep!(units(&[
        ("an unknown attribute of a unit", "input = {}\n"),
        ("an unknown block of a unit", "dependancy \"x\" {\n  config_path = \"../b\"\n}\n"),
        ("an unknown attribute of a block", "terraform {\n  sources = \"x\"\n}\n"),
        ("an unknown function", "locals {\n  x = fomat(\"a\")\n}\n"),
        ("an unknown function like no other", "locals {\n  x = frobnicate(\"a\")\n}\n"),
        ("an unknown local", "locals {\n  region = 1\n}\ninputs = { x = local.regoin }\n"),
        ("an unknown variable", "inputs = { x = var.region }\n"),
        ("an unknown dependency", "inputs = { x = dependency.vpc.outputs.id }\n"),
        ("an unknown attribute of an object", "locals {\n  o = { name = 1 }\n  x = local.o.nam\n}\n"),
        (
            "an unknown enum word",
            "generate \"x\" {\n  path = \"x.tf\"\n  if_exists = \"overwite\"\n  contents = \"\"\n}\n"
        ),
    ]));
}

#[test]
fn values() {
    keep!(units(&[
        ("a number that is text", "locals {\n  x = 1 + \"one\"\n}\n"),
        ("a list in a text", "locals {\n  l = [1]\n  x = \"a-${local.l}\"\n}\n"),
        ("null in a text", "locals {\n  n = null\n  x = \"a-${local.n}\"\n}\n"),
        ("a condition that is text", "locals {\n  x = \"maybe\" ? 1 : 2\n}\n"),
        ("results of two types", "locals {\n  x = true ? { a = 1 } : [2]\n}\n"),
        ("an element that is not there", "locals {\n  l = [1, 2]\n  x = local.l[5]\n}\n"),
        ("a key that is there twice", "locals {\n  x = { for v in [1, 2] : \"k\" => v }\n}\n"),
        ("too many arguments", "locals {\n  x = upper(\"a\", \"b\")\n}\n"),
        ("an argument of another type", "locals {\n  x = join(\",\", 5)\n}\n"),
        ("a division by zero", "locals {\n  x = 0 / 0\n}\n"),
        ("no attempt that works", "locals {\n  l = {}\n  x = try(local.l.a, local.l.b)\n}\n"),
        ("text where a list is due", "dependencies {\n  paths = \"../b\"\n}\n"),
        ("a local that needs itself", "locals {\n  a = local.b\n  b = local.a\n}\n"),
    ]));
}

#[test]
fn includes() {
    let include = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    keep!(said(&[
        ("a missing parent file", &[("a/terragrunt.hcl", include)]),
        ("a missing path", &[("a/terragrunt.hcl", "include \"root\" {\n  path = \"../root.hcl\"\n}\n")]),
        (
            "a fault in the included file",
            &[
                ("a/terragrunt.hcl", include),
                ("b/terragrunt.hcl", include),
                ("root.hcl", "locals {\n  x = uper(\"a\")\n}\n"),
            ]
        ),
        (
            "an include that is not exposed",
            &[
                (
                    "a/terragrunt.hcl",
                    "include \"root\" {\n  path = \"../root.hcl\"\n}\ninputs = { x = include.root.locals.y }\n"
                ),
                ("root.hcl", "locals {\n  y = 1\n}\n"),
            ]
        ),
        (
            "a fault in a file that is read",
            &[
                ("a/terragrunt.hcl", "locals {\n  c = read_terragrunt_config(\"../c.hcl\")\n}\n"),
                ("c.hcl", "locals {\n  x = [\n}\n"),
            ]
        ),
        (
            "an include in an included file",
            &[
                ("a/terragrunt.hcl", "include \"mid\" {\n  path = \"../mid.hcl\"\n}\n"),
                ("mid.hcl", "include \"root\" {\n  path = \"root.hcl\"\n}\n"),
                ("root.hcl", ""),
            ]
        ),
    ]));
}

#[test]
fn dependencies() {
    keep!(said(&[
        (
            "a folder that is not there",
            &[("a/terragrunt.hcl", "dependency \"vpc\" {\n  config_path = \"../vpc\"\n}\n"),]
        ),
        ("a dependency without its path", &[("a/terragrunt.hcl", "dependency \"vpc\" {\n}\n")]),
        ("a block without its label", &[("a/terragrunt.hcl", "dependency {\n  config_path = \"../b\"\n}\n")]),
        (
            "a circle of three",
            &[
                ("a/terragrunt.hcl", "dependencies {\n  paths = [\"../b\"]\n}\n"),
                ("b/terragrunt.hcl", "dependency \"c\" {\n  config_path = \"../c\"\n}\n"),
                ("c/terragrunt.hcl", "dependencies {\n  paths = [\"../a\"]\n}\n"),
            ]
        ),
    ]));
}

#[test]
fn versions() {
    keep!(units(&[
        ("a version that is not met", "terraform_version_constraint = \">= 99.0\"\n"),
        ("a version of ours that is not met", "terragrunt_version_constraint = \"< 0.1\"\n"),
        ("no constraint", "terraform_version_constraint = \"newest\"\n"),
    ]));
}

#[test]
fn shapes_of_text() {
    let long = format!("locals {{\n  x = \"{}\" + 'y' # {}\n}}\n", "long ".repeat(40), "tail ".repeat(40));
    keep!(units(&[
        ("line ends of Windows", "locals {\r\n  a = 1\r\n  b = uper(\"a\")\r\n}\r\n"),
        ("tabs", "locals {\n\t\tb =\tuper(\"a\")\n}\n"),
        ("wide and combined characters", "locals {\n  b = \"日本語 é 👩‍👩‍👧\" + uper(\"a\")\n}\n"),
        ("a long line", &long),
        ("a fault of several lines", "locals {\n  x = join(\",\", {\n    a = 1\n  })\n}\n"),
    ]));
}

#[test]
fn more_faults_than_a_screen_holds() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    for at in 0..30 {
        space.write(&format!("u{at}/terragrunt.hcl"), "input = {}\n");
    }
    let ran = space.terrace(&["run", "--all", "plan"]).run().failure();
    assert_eq!(ran.stderr.matches("unknown attribute `input`").count(), 30, "{ran}");
    ran.says(&["30 faults"]);
}

/// Without the time of day at the start of a log line.
fn timeless(line: &str) -> &str {
    let has_time =
        line.get(..12).is_some_and(|start| start.bytes().filter(|byte| *byte == b':').count() == 2);
    if has_time && line.as_bytes()[0].is_ascii_digit() { &line[13..] } else { line }
}
