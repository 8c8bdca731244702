//! The pages of `docs/rules/`: one for each rule, all of one shape, and each example breaks the rule that it explains.

use super::codes::Example;
use super::fake::FakeTerraform;
use super::space::TestSpace;
use std::collections::BTreeSet;
use std::path::Path;
use terrace::pins::RULES;

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let names = std::fs::read_dir(folder).expect("the pages").flatten().map(|entry| entry.file_name());
    let found: BTreeSet<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let wanted: BTreeSet<String> =
        RULES.iter().map(|rule| format!("{}.md", rule.name.replace('/', "-"))).collect();
    assert_eq!(found, wanted);
    let teaching = include_str!("../../docs/pins.md");
    for rule in RULES {
        assert!(rule.page.starts_with(&format!("# {}: {}\n", rule.name, rule.summary)), "{}", rule.name);
        let parts: Vec<&str> = rule.page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(parts, ["## Example", "## What to do"], "{}", rule.name);
        assert!(teaching.contains(&format!("](rules/{}.md)", rule.name.replace('/', "-"))), "{}", rule.name);
    }
}

#[test]
fn every_example_breaks_its_rule() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let example = Example::of(rule.page);
        let mut space = TestSpace::new();
        FakeTerraform::install(&mut space, "");
        for (path, text) in &example.files {
            space.write(path, text);
        }
        space.git_commit_all();
        let words = example.command.unwrap_or_else(|| panic!("{}: a command", rule.name));
        let ran = space.terrace(&words.iter().map(String::as_str).collect::<Vec<_>>()).run();
        if !ran.stdout.contains(&format!("[{}]", rule.name)) {
            wrong.push(format!("{}: {ran}", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn explain_prints_the_page_of_a_rule() {
    let space = TestSpace::new();
    let ran = space.terrace(&["explain", "pin/source-ref"]).run().success();
    ran.prints(&["pin/source-ref", "a source in git names a tag or a commit", "What to do"]);
    let ran = space.terrace(&["explain", "pin/sourceref"]).run().failure();
    ran.says(&["there is no rule pin/sourceref", "did you mean pin/source-ref?"]);
}
