//! `hcl fmt` over trees of files: which it takes, what it writes, and how it ends. The layout itself is tested beside
//! the formatter.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::space::TestSpace;

const UNTIDY: &str = "a=1\nbbb=2\n";
const TIDY: &str = "a   = 1\nbbb = 2\n";

fn tree() -> TestSpace {
    let space = TestSpace::new();
    for file in ["root.hcl", "a/terragrunt.hcl", "a/b/x.hcl", "d/terragrunt.stack.hcl", "d/.hid/y.hcl"] {
        space.write(file, UNTIDY);
    }
    for file in [
        "a/main.tf",
        "a/x.HCL",
        "a/x.hcl.json",
        "a/.terragrunt-cache/x.hcl",
        "a/.boilerplate/x.hcl",
        ".terragrunt-stack/u/terragrunt.hcl",
    ] {
        space.write(file, UNTIDY);
    }
    space
}

/// The files that are tidy, by path.
fn tidy(space: &TestSpace) -> String {
    let found = space.tool("grep", &["-rlF", "--include=*", "a   = 1", "."]);
    let mut files: Vec<&str> = found.lines().map(|line| line.trim_start_matches("./")).collect();
    files.sort_unstable();
    files.join(" ")
}

#[test]
fn every_file_of_the_tree_is_formatted_but_none_of_a_cache() {
    let space = tree();
    let ran = space.terrace(&["hcl", "fmt"]).run().success().says(&["formatted a/terragrunt.hcl"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(tidy(&space), "a/b/x.hcl a/terragrunt.hcl d/.hid/y.hcl d/terragrunt.stack.hcl root.hcl");
    let again = space.terrace(&["hcl", "format"]).run().success();
    assert_eq!(again.stderr, "", "nothing is left to do");
}

#[test]
fn folders_files_and_filters_choose() {
    for (args, want) in [
        (&["--exclude-dir", "b", "--exclude-dir", "d"][..], "a/terragrunt.hcl root.hcl"),
        (
            &["--exclude-dir", "a/b", "--exclude-dir", "d*", "--filter", "./a/**"],
            "a/b/x.hcl a/terragrunt.hcl",
        ),
        (&["--file", "a/main.tf"], "a/main.tf"),
        (&["--working-dir", "a", "--file", "b/x.hcl"], "a/b/x.hcl"),
        (&["--working-dir", "a/terragrunt.hcl"], "a/terragrunt.hcl"),
        (&["--filter", "!./a/**", "--filter", "!./d/**"], "root.hcl"),
        (&["--filter", "./**/x.hcl"], "a/b/x.hcl"),
    ] {
        let space = tree();
        space.terrace(&[&["hcl", "fmt"], args].concat()).run().success();
        assert_eq!(tidy(&space), want, "{args:?}");
    }
    let space = tree();
    space.terrace(&["hcl", "fmt"]).env("TG_EXCLUDE_DIR", "b,d").run().success();
    assert_eq!(tidy(&space), "a/terragrunt.hcl root.hcl");
    for query in ["name=a", "type=unit", "./a...", "[main]", "reading=x", "source=x"] {
        let ran = space.terrace(&["hcl", "fmt", "--filter", query]).run().code(1);
        ran.says(&["filter by path"]);
    }
}

#[test]
fn a_check_writes_nothing_and_fails() {
    let space = tree();
    let ran = space.terrace(&["hcl", "fmt", "--check", "--exclude-dir", "d"]).run().code(1);
    let ran =
        ran.says(&["needs formatting: root.hcl", "3 files need formatting", "hint: run: terrace hcl fmt"]);
    assert_eq!((ran.stdout.as_str(), space.read("root.hcl").as_str()), ("", UNTIDY));
    space.terrace(&["hcl", "fmt"]).run().success();
    space.terrace(&["hcl", "fmt", "--check"]).run().success();
}

#[test]
fn a_diff_is_one_that_patch_reads() {
    let space = TestSpace::new();
    space.write("x.hcl", "a = 1\nbb=2\n").write("y.hcl", "c=3");
    let ran = space.terrace(&["hcl", "fmt", "--diff", "--check"]).run().code(1);
    let want = "diff old$ROOT/x.hcl new$ROOT/x.hcl\n--- old$ROOT/x.hcl\n+++ new$ROOT/x.hcl\n@@ -1,2 +1,2 @@\n-a = 1\n-bb=2\n+a  = 1\n+bb = 2\n\
        diff old$ROOT/y.hcl new$ROOT/y.hcl\n--- old$ROOT/y.hcl\n+++ new$ROOT/y.hcl\n@@ -1,1 +1,1 @@\n-c=3\n\\ No newline at end of file\n+c = 3\n\\ No newline at end of file\n";
    assert_eq!(ran.scrubbed_stdout(), want);
    assert_eq!(space.read("y.hcl"), "c=3");
    space.terrace(&["hcl", "fmt", "--diff"]).run().success();
    assert_eq!(space.read("y.hcl"), "c = 3");
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    let space = TestSpace::new();
    for (given, want) in [(UNTIDY, TIDY), ("", ""), ("a=1", "a = 1")] {
        assert_eq!(space.terrace(&["hcl", "fmt", "--stdin"]).stdin(given).run().success().stdout, want);
    }
    let ran = space.terrace(&["hcl", "fmt", "--stdin"]).stdin("a = \n").run().code(1).says(&["stdin:1:"]);
    assert_eq!(ran.stdout, "");
    space.terrace(&["hcl", "fmt", "--stdin", "--file", "x"]).run().code(1);
}

#[test]
fn a_faulty_file_is_told_and_the_others_are_formatted() {
    let space = tree();
    space.write("bad.hcl", "a = \n").write("twice.hcl", "a=1\na=2\n");
    std::fs::write(space.path("bytes.hcl"), b"\xff\xfe=1").expect("a file");
    symlink("nowhere", space.path("dangling.hcl")).expect("a link");
    let ran = space.terrace(&["hcl", "fmt"]).run().code(1);
    ran.says(&[
        "bad.hcl:1:",
        "twice.hcl:2:1",
        "bytes.hcl: it is not UTF-8",
        "dangling.hcl",
        "4 faults were found",
    ]);
    assert_eq!((space.read("bad.hcl").as_str(), space.read("twice.hcl").as_str()), ("a = \n", "a=1\na=2\n"));
    assert_eq!(space.read("root.hcl"), TIDY);
    space.terrace(&["hcl", "fmt", "--file", "nope.hcl"]).run().code(1).says(&["nope.hcl"]);
}

#[test]
fn permissions_and_links_stay() {
    let space = TestSpace::new();
    space.write("real/x.hcl", UNTIDY).write("other/y.hcl", "");
    let file = space.path("real/x.hcl");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("its mode");
    symlink("../real/x.hcl", space.path("other/link.hcl")).expect("a link");
    space.terrace(&["hcl", "fmt", "--working-dir", "other"]).run().success();
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), TIDY);
    assert_eq!(file.metadata().expect("its mode").mode() & 0o777, 0o640);
    assert!(space.path("other/link.hcl").is_symlink());
    let left = space.tool("find", &[".", "-name", ".terrace-*"]);
    assert_eq!(left, "", "no temporary file stays");
}
