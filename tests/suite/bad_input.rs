//! Bad input: each fault ends the run non-zero, names file and line, and says what to do.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};

/// A fault with a place in a file: the place is named and underlined, and either a hint follows or the
/// underline itself says what is missing.
#[track_caller]
fn wants_place(ran: Ran, place: &str) -> Ran {
    let ran = ran.failure().says(&[place]);
    let labelled = regex::Regex::new(r"\^ \S").expect("a pattern");
    assert!(ran.stderr.contains("help:") || labelled.is_match(&ran.stderr), "what to do about it: {ran}");
    ran
}

/// Plans unit `a` alone and with all others; both name the place.
#[track_caller]
fn plan_both(space: &TestSpace, place: &str) {
    wants_place(space.terrace(&["run", "--all", "plan"]).run(), place);
    let inside = place.strip_prefix("a/").map_or_else(|| place.to_owned(), ToOwned::to_owned);
    wants_place(space.terrace(&["plan"]).in_dir("a").run(), &inside);
}

fn unit(text: &str) -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("a/terragrunt.hcl", text).write("a/main.tf", "");
    space
}

#[test]
fn a_syntax_error() {
    plan_both(&unit("locals {\n  x = 1\n}\ninputs = { a = }\n"), "a/terragrunt.hcl:4:");
}

#[test]
fn an_unclosed_block() {
    plan_both(&unit("locals {\n  x = 1\n"), "a/terragrunt.hcl:");
}

#[test]
fn an_unknown_function_with_a_suggestion() {
    let space = unit("locals {\n  x = uper(\"a\")\n}\ninputs = { x = local.x }\n");
    plan_both(&space, "a/terragrunt.hcl:2:");
    space.terrace(&["plan"]).in_dir("a").run().failure().says(&["uper", "`upper`"]);
}

#[test]
fn an_unknown_member_with_a_suggestion() {
    let space = unit("input = { a = 1 }\n");
    plan_both(&space, "a/terragrunt.hcl:1:");
    space.terrace(&["plan"]).in_dir("a").run().failure().says(&["inputs"]);
}

#[test]
fn an_unknown_local_with_a_suggestion() {
    let space = unit("locals {\n  region = \"x\"\n}\ninputs = { a = local.regoin }\n");
    let ran = space.terrace(&["plan"]).in_dir("a").run();
    wants_place(ran, "terragrunt.hcl:4:").says(&["regoin", "region"]);
}

#[test]
fn a_missing_include() {
    plan_both(
        &unit("include \"root\" {\n  path = find_in_parent_folders(\"no-such-root.hcl\")\n}\n"),
        "a/terragrunt.hcl:2:",
    );
    plan_both(&unit("include \"root\" {\n  path = \"../no-such-root.hcl\"\n}\n"), "a/terragrunt.hcl:2:");
}

#[test]
fn a_fault_in_an_included_file_names_the_chain() {
    let space = unit("include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n");
    space.write("root.hcl", "locals {\n  x = nosuchfunction()\n}\ninputs = { x = local.x }\n");
    let ran = space.terrace(&["run", "--all", "plan"]).run();
    wants_place(ran, "root.hcl:2:").says(&["a/terragrunt.hcl"]);
}

#[test]
fn a_fault_shared_by_many_units_is_told_once() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("root.hcl", "locals {\n  x = nosuchfunction()\n}\n");
    for name in ["a", "b", "c"] {
        space.write(&format!("{name}/main.tf"), "");
        space.write(
            &format!("{name}/terragrunt.hcl"),
            "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n",
        );
    }
    let ran = space.terrace(&["run", "--all", "plan"]).run().failure();
    assert_eq!(ran.stderr.matches("root.hcl:2:").count(), 1, "{ran}");
}

#[test]
fn all_faults_are_told_in_one_go() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space
        .write("a/terragrunt.hcl", "inputs = { a = }\n")
        .write("b/terragrunt.hcl", "locals {\n  x = nosuchfunction()\n}\n");
    space
        .write("c/terragrunt.hcl", "colour = \"red\"\n")
        .write("fine/terragrunt.hcl", "")
        .write("fine/main.tf", "");
    let ran = space.terrace(&["run", "--all", "plan"]).run().failure();
    ran.says(&["a/terragrunt.hcl:1:", "b/terragrunt.hcl:2:", "c/terragrunt.hcl:1:"]);
    assert!(fake.calls().is_empty(), "nothing runs in a faulty estate");
    let ran = space.terrace(&["hcl", "validate"]).run().failure();
    ran.says(&["a/terragrunt.hcl:1:", "b/terragrunt.hcl:2:", "c/terragrunt.hcl:1:"]);
}

#[test]
fn find_and_list_go_on_with_faulty_files() {
    let space = TestSpace::new();
    space.write("a/terragrunt.hcl", "inputs = { a = }\n").write("b/terragrunt.hcl", "");
    let ran = space.terrace(&["find"]).run().success();
    assert_eq!(ran.stdout, "a\nb\n");
    space.terrace(&["find", "--json", "--dependencies"]).run().success().says(&["a/terragrunt.hcl:1:"]);
    space.terrace(&["list"]).run().success();
}

#[test]
fn a_cycle_shows_its_whole_path_with_the_line_of_each_edge() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    for (name, next) in [("a", "b"), ("b", "c"), ("c", "a")] {
        space.write(&format!("{name}/main.tf"), "");
        space.write(
            &format!("{name}/terragrunt.hcl"),
            &format!("# {name}\ndependencies {{\n  paths = [\"../{next}\"]\n}}\n"),
        );
    }
    let ran = space.terrace(&["run", "--all", "plan"]).run();
    wants_place(ran, "a/terragrunt.hcl:3:").says(&["b/terragrunt.hcl:3:", "c/terragrunt.hcl:3:"]);
}

#[test]
fn a_dependency_on_a_folder_that_is_no_unit() {
    let space = unit("dependency \"x\" {\n  config_path  = \"../empty\"\n  mock_outputs = { a = 1 }\n}\n");
    space.write("empty/readme.txt", "");
    plan_both(&space, "a/terragrunt.hcl:2:");
    plan_both(&unit("dependencies {\n  paths = [\"../nowhere\"]\n}\n"), "a/terragrunt.hcl:2:");
}

#[test]
fn terraform_missing_from_the_path() {
    let mut space = unit("");
    let nowhere = space.path("nowhere");
    space.set_env("PATH", nowhere);
    space
        .terrace(&["plan"])
        .in_dir("a")
        .without_env("TG_TF_PATH")
        .run()
        .failure()
        .says(&["terraform", "PATH"]);
    let ran = space.terrace(&["run", "--all", "plan", "--tf-path", "/no/such/terraform"]).run().failure();
    ran.says(&["/no/such/terraform"]);
    space
        .write("b/terragrunt.hcl", "")
        .write("b/main.tf", "")
        .write("c/terragrunt.hcl", "")
        .write("c/main.tf", "");
    let ran = space.terrace(&["run", "--all", "plan", "--tf-path", "/no/such/terraform"]).run().code(1);
    assert_eq!(ran.stderr.matches("/no/such/terraform").count(), 1, "once for all units: {ran}");
    ran.says(&["nothing was run"]);
}

#[test]
fn terraforms_own_error_stands_under_the_name_of_its_unit() {
    let space = TestSpace::new();
    space
        .write("a/terragrunt.hcl", "")
        .write("a/main.tf", "resource \"terraform_data\" \"x\" {\n  nonsense = 1\n}\n");
    space.write("b/terragrunt.hcl", "").write("b/main.tf", "");
    let ran = space.terrace(&["run", "--all", "plan"]).run().code(1);
    ran.says(&["Unsupported argument"]).prints(&["Failed       1", "Succeeded    1"]);
}

#[test]
fn a_file_that_cannot_be_read() {
    let broken = [
        ("a dangling link", &["ln", "-s", "nowhere.hcl", "a/terragrunt.hcl"][..]),
        ("a folder", &["mkdir", "a/terragrunt.hcl"]),
        ("a pipe", &["mkfifo", "a/terragrunt.hcl"]),
    ];
    for (what, make) in broken {
        let mut space = TestSpace::new();
        FakeTerraform::install(&mut space, "");
        space.write("a/main.tf", "").write("b/terragrunt.hcl", "").write("b/main.tf", "");
        space.tool(make[0], &make[1..]);
        let ran = space.terrace(&["plan"]).in_dir("a").run();
        assert!(ran.status.code().is_some_and(|c| c != 0), "{what}: {ran}");
        assert!(ran.stderr.contains("terragrunt.hcl"), "{what}: {ran}");
    }
}

#[test]
fn an_included_or_read_file_that_cannot_be_read() {
    for reader in [
        "include \"x\" {\n  path = \"../x.hcl\"\n}\n",
        "locals {\n  x = read_terragrunt_config(\"../x.hcl\")\n}\n",
        "inputs = { x = file(\"../x.hcl\") }\n",
    ] {
        for make in [&["ln", "-s", "nowhere", "x.hcl"][..], &["mkdir", "x.hcl"], &["mkfifo", "x.hcl"]] {
            let space = unit(reader);
            space.tool(make[0], &make[1..]);
            let ran = space.terrace(&["plan"]).in_dir("a").run().failure();
            assert!(
                ran.stderr.contains("x.hcl") && ran.stderr.contains("terragrunt.hcl:"),
                "{make:?} {reader}: {ran}"
            );
        }
    }
}

#[test]
fn a_faulty_file_is_faulty_for_every_unit_that_reads_it() {
    let space = TestSpace::new();
    for text in
        ["locals {\n  x = nosuchfunction()\n}\n", "locals {\n  x = [1, 2\n}\n", "inputs = { a = local.b }\n"]
    {
        space.write("shared.hcl", text);
        for name in ["a", "b", "c"] {
            let read =
                "locals {\n  s = read_terragrunt_config(\"../shared.hcl\")\n}\ninputs = { x = local.s }\n";
            space.write(&format!("{name}/terragrunt.hcl"), read).write(&format!("{name}/main.tf"), "");
        }
        let ran = space.terrace(&["render", "--all", "--json"]).run().failure();
        let ran =
            ran.says(&["shared.hcl:", "2 other units have the same fault", "3 units cannot be rendered"]);
        assert_eq!(ran.stderr.matches("--> shared.hcl:").count(), 1, "told once: {ran}");
        for name in ["a", "b", "c"] {
            let one = space.terrace(&["render", "--json"]).in_dir(name).run().failure();
            one.says(&["shared.hcl:"]);
        }
        let write = ["render", "--all", "--json", "--write"];
        space.terrace(&write).run().failure();
        assert!(!space.path("a/terragrunt.rendered.json").exists(), "{text}");
    }
}

#[test]
fn text_that_is_not_utf_8() {
    let space = unit("");
    std::fs::write(space.path("a/terragrunt.hcl"), b"inputs = { a = \"\xff\xfe\" }\n").expect("a file");
    space.terrace(&["plan"]).in_dir("a").run().failure().says(&["terragrunt.hcl"]);
}

#[test]
fn a_full_disk_under_our_own_output() {
    let space = unit("");
    space.terrace(&["find"]).after_shell("exec >/dev/full").run().failure();
    space.terrace(&["render", "--json"]).in_dir("a").after_shell("exec >/dev/full").run().failure();
}

#[test]
fn a_limit_on_the_size_of_files() {
    let space = unit(
        "generate \"big\" {\n  path      = \"big.tf\"\n  if_exists = \"overwrite\"\n  contents  = join(\"\", [for i in range(1000) : \"# 0123456789012345678901234567890123456789012345678901234567890\\n\"])\n}\n",
    );
    // In blocks of 512 bytes; the signal that the kernel sends for it must not end us without a word.
    let ran = space.terrace(&["plan"]).in_dir("a").after_shell("ulimit -f 8").run().failure();
    ran.says(&["big.tf"]);
}

#[test]
fn a_provider_that_cannot_be_found() {
    let space = TestSpace::new();
    space.write("mirror/empty", "");
    space.write(
        "rc",
        &format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
            space.path("mirror").display()
        ),
    );
    space.write("a/terragrunt.hcl", "");
    space.write("a/main.tf", "terraform {\n  required_providers {\n    ghost = { source = \"acme/ghost\" }\n  }\n}\nresource \"ghost_thing\" \"x\" {}\n");
    let rc = space.path("rc");
    let ran = space.terrace(&["run", "--all", "plan"]).env("TF_CLI_CONFIG_FILE", rc).run().code(1);
    ran.says(&["acme/ghost", "[a]"]);
}

#[test]
fn a_version_constraint_that_is_not_met() {
    let space = unit("terraform_version_constraint = \">= 99.0\"\n");
    wants_place(space.terrace(&["plan"]).in_dir("a").run(), "terragrunt.hcl:1:").says(&[">= 99.0", "1.11.4"]);
    let space = unit("terragrunt_version_constraint = \">= 99.0\"\n");
    wants_place(space.terrace(&["run", "--all", "plan"]).run(), "a/terragrunt.hcl:1:").says(&[">= 99.0"]);
}

#[test]
fn a_source_of_a_kind_that_comes_later() {
    for source in ["oci://example.com/modules?tag=1.0.0", "hg::https://example.com/modules"] {
        let space = unit(&format!("terraform {{\n  source = \"{source}\"\n}}\n"));
        wants_place(space.terrace(&["plan"]).in_dir("a").run(), "terragrunt.hcl:2:").says(&["yet"]);
    }
}

#[test]
fn a_source_folder_that_does_not_exist() {
    let space = unit("terraform {\n  source = \"../modules//app\"\n}\n");
    wants_place(space.terrace(&["plan"]).in_dir("a").run(), "terragrunt.hcl:2:");
    space.write("modules/other/main.tf", "");
    wants_place(space.terrace(&["plan"]).in_dir("a").run(), "terragrunt.hcl:2:");
}

#[test]
fn arguments_that_do_not_exist() {
    let space = unit("");
    let ran = space.terrace(&["run", "--all", "--paralelism", "3", "plan"]).run().failure();
    ran.says(&["--paralelism", "--parallelism"]);
    space.terrace(&["workspace", "list"]).run().failure().says(&["run -- workspace"]);
    space.terrace(&["run", "--all", "--graph", "plan"]).run().failure();
    space.terrace(&["find", "--format", "yaml"]).run().failure();
    space.terrace(&["plan", "--working-dir", "no/such/folder"]).run().failure().says(&["no/such/folder"]);
    space.terrace(&["run", "--all", "console"]).run().failure();
}

#[test]
fn a_folder_without_a_unit() {
    let space = TestSpace::new();
    space.write("empty/readme.txt", "");
    space.terrace(&["plan"]).in_dir("empty").run().failure().says(&["terragrunt.hcl"]);
}
