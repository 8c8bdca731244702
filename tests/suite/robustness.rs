//! Files that no person writes: deep, long, huge, circular. Each ends soon, with a value or a fault; the stack holds
//! and memory stays within bounds.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};

/// In kilobytes. Most need a hundredth of it.
const MOST_MEMORY: u64 = 1_000_000;

/// How deep things are nested here.
const DEEP: usize = 10_000;

fn space_of(files: &[(&str, &str)]) -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    for (path, text) in files {
        space.write(path, text);
    }
    space
}

/// Renders the unit at `unit` and wants an end that is no signal, without much memory.
#[track_caller]
fn render(files: &[(&str, &str)], unit: &str) -> Ran {
    let ran = space_of(files).terrace(&["render", "--json"]).in_dir(unit).run();
    let about: String = files.first().map_or("", |(_, text)| text).chars().take(80).collect();
    assert!(ran.status.code().is_some(), "{about}: {}", ran.status);
    assert!(!ran.stderr.contains("panicked"), "{about}: {}", ran.stderr);
    assert!(ran.peak_kilobytes < MOST_MEMORY, "{about}: {} kB", ran.peak_kilobytes);
    ran
}

/// Wants each expression refused, with its place underlined.
#[track_caller]
fn refused(expressions: &[&str]) {
    for expression in expressions {
        let text = format!("inputs = {{\n  x = {expression}\n}}\n");
        let ran = render(&[("terragrunt.hcl", &text)], "");
        let about: String = expression.chars().take(80).collect();
        assert_eq!(
            ran.status.code(),
            Some(1),
            "{about}: {}",
            ran.stdout.chars().take(200).collect::<String>()
        );
        assert!(ran.stderr.contains("terragrunt.hcl:"), "{about}: {}", ran.stderr);
    }
}

fn nested(open: &str, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(DEEP), close.repeat(DEEP))
}

/// `count` locals; each is made from the one before.
fn chain(count: usize, first: &str, next: impl Fn(&str) -> String) -> String {
    let mut text = format!("locals {{\n  l0 = {first}\n");
    for at in 1..count {
        text.push_str(&format!("  l{at} = {}\n", next(&format!("local.l{}", at - 1))));
    }
    text + "}\n"
}

#[test]
fn brackets_of_every_kind_ten_thousand_deep() {
    refused(&[
        &nested("[", "", "]"),
        &nested("(", "1", ")"),
        &nested("{a=", "1", "}"),
        &nested("\"${", "1", "}\""),
        &nested("upper(", "\"a\"", ")"),
        &nested("[for x in ", "[]", ": x]"),
        &nested("true?", "1", ":1"),
        &format!("{}1", "-".repeat(DEEP)),
        &"[".repeat(DEEP),
        &format!("\"{}\"", nested("%{if true}", "", "%{endif}")),
        &vec!["1"; 100_000].join("+"),
        &format!("local{}", ".a".repeat(100_000)),
    ]);
}

#[test]
fn blocks_ten_thousand_deep() {
    render(&[("terragrunt.hcl", &nested("a {\n", "", "}\n"))], "").failure();
}

#[test]
fn data_as_deep() {
    refused(&[
        &format!("jsondecode(\"{}\")", nested("[", "", "]")),
        &format!("yamldecode(\"{}\")", nested("[", "", "]")),
        &format!("yamldecode(\"{}1\")", "- ".repeat(DEEP)),
    ]);
    render(&[("terragrunt.hcl.json", &nested("{\"a\":", "1", "}"))], "").failure();
    render(&[("terragrunt.hcl", &chain(DEEP, "1", |last| format!("[{last}]")))], "").failure();
}

#[test]
fn aliases_of_aliases() {
    let mut bomb = "yamldecode(<<Y\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let all = vec![format!("*a{}", at - 1); 9].join(", ");
        bomb.push_str(&format!("a{at}: &a{at} [{all}]\n"));
    }
    refused(&[&(bomb + "Y\n)"), "yamldecode(\"a: &a [*a]\")"]);
}

#[test]
fn values_that_double() {
    for (first, next) in [("\"0123456789\"", "\"${X}${X}\""), ("[1]", "concat(X, X)"), ("[1]", "[X, X]")] {
        let text = chain(60, first, |last| next.replace('X', last));
        render(&[("terragrunt.hcl", &text)], "").failure();
    }
}

#[test]
fn results_without_bounds() {
    for verb in ["%999999999d", "%.999999999f"] {
        let text = format!("inputs = {{ x = length(format(\"{verb}\", 1)) }}\n");
        render(&[("terragrunt.hcl", &text)], "");
    }
    refused(&[
        "range(1000000000)",
        "range(0, 1e9, 1e-9)",
        "pow(10, 1e9)",
        "pow(2, 1e308)",
        "1e1000000000",
        "jsondecode(\"1e999999999\")",
        "format(\"%[999999999]d\", 1)",
        "setproduct(range(1000), range(1000), range(1000))",
        "indent(1e18, \"a\\nb\")",
        "replace(join(\"\", [for a in range(1000) : \"aaaaaaaaaa\"]), \"\", join(\"\", [for a in range(1000) : \"bbbbbbbbbb\"]))",
        "join(\"\", [for a in range(1000) : join(\"\", [for b in range(1000) : \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"])])",
        "cidrsubnet(\"::/0\", 1e9, 1)",
        "timeadd(\"2020-01-01T00:00:00Z\", \"99999999999999h\")",
        "chunklist([1], -1)",
        "regex(\"(((((a{1,100}){1,100}){1,100}){1,100}){1,100})\", \"a\")",
        &format!("regex(\"(a+)+$\", \"{}b\")", "a".repeat(5000)),
        &format!("regex(\"{}\", \"a\")", nested("(", "a", ")")),
    ]);
}

#[test]
fn a_hundred_thousand_locals() {
    render(&[("terragrunt.hcl", &chain(100_000, "1", str::to_owned))], "").success();
    let backwards: String = (0..100_000).map(|at| format!("  l{at} = local.l{}\n", at + 1)).collect();
    let text = format!("locals {{\n{backwards}  l100000 = 1\n}}\n");
    render(&[("terragrunt.hcl", &text)], "");
}

#[test]
fn ten_megabytes_of_anything() {
    const SIZE: usize = 10_000_000;
    render(&[("terragrunt.hcl", &format!("# {}\n", "x".repeat(SIZE)))], "").success();
    render(&[("terragrunt.hcl", &"\n".repeat(SIZE))], "").success();
    render(&[("terragrunt.hcl", &format!("inputs = {{\n  x = \"{}\"\n}}\n", "a".repeat(SIZE)))], "")
        .success();
    let ran = render(&[("terragrunt.hcl", &format!("{} = 1\n", "a".repeat(SIZE)))], "").failure();
    assert!(ran.stderr.len() < 50_000_000);
    render(&[("terragrunt.hcl", &"\"".repeat(SIZE / 10))], "").failure();
    render(&[("terragrunt.hcl", &"\0".repeat(SIZE / 10))], "").failure();
    let ran = render(&[("terragrunt.hcl", &"a=\n".repeat(SIZE / 30))], "").failure();
    assert!(ran.stderr.len() < 1_000_000, "nobody reads so many faults");
}

#[test]
fn files_in_a_ring() {
    let reads = |file: &str| format!("locals {{\n  x = read_terragrunt_config(\"{file}\")\n}}\n");
    render(&[("terragrunt.hcl", &reads("terragrunt.hcl"))], "").failure();
    render(&[("terragrunt.hcl", &reads("b.hcl")), ("b.hcl", &reads("terragrunt.hcl"))], "").failure();
    let includes = |file: &str| format!("include \"a\" {{\n  path = \"{file}\"\n}}\n");
    render(&[("terragrunt.hcl", &includes("terragrunt.hcl"))], "").failure();
    let ring = [
        ("u/terragrunt.hcl", includes("../b.hcl")),
        ("b.hcl", includes("c.hcl")),
        ("c.hcl", includes("b.hcl")),
    ];
    let ring: Vec<(&str, &str)> = ring.iter().map(|(path, text)| (*path, text.as_str())).collect();
    render(&ring, "u").failure();
    render(&[("terragrunt.hcl", "dependency \"a\" {\n  config_path = \".\"\n}\n")], "").failure();
    let template = "inputs = { x = templatefile(\"t\", {}) }\n";
    render(&[("terragrunt.hcl", template), ("t", "${templatefile(\"t\", {})}")], "").failure();
    let ring: String = (0..1000).map(|at| format!("  l{at} = local.l{}\n", (at + 1) % 1000)).collect();
    render(&[("terragrunt.hcl", &format!("locals {{\n{ring}}}\n"))], "").failure();
}

#[test]
fn files_that_read_files() {
    let mut files = vec![(
        "terragrunt.hcl".to_owned(),
        "locals {\n  x = read_terragrunt_config(\"f0.hcl\")\n}\n".to_owned(),
    )];
    for at in 0..25 {
        let next = format!("read_terragrunt_config(\"f{}.hcl\")", at + 1);
        files.push((format!("f{at}.hcl"), format!("locals {{\n  x = {next}\n  y = {next}\n}}\n")));
    }
    files.push(("f25.hcl".to_owned(), String::new()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    render(&files, "");
}
