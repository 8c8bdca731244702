//! `pins check` over lock files, files for version managers, CI and promotions: what breaks a rule, and what does not.

use super::fake::FakeTerraform;
use super::space::TestSpace;
use serde_json::Value;

const MODULE: &str = r#"terraform {
  required_version = "~> 1.5"

  required_providers {
    null = { source = "hashicorp/null", version = "~> 3.2" }
  }
}

resource "null_resource" "x" {}
"#;
const UNIT: &str =
    "terragrunt_version_constraint = \"~> 1.1\"\n\nterraform {\n  source = \"../../modules/app\"\n}\n";
const H1: &str = "h1:+AnORRgFbRO6qqcfaQyeX80W0eX3VmjadjnUFUJTiXo=";
const OTHER_H1: &str = "h1:XY/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=";
const ZH: &str = "zh:0000000000000000000000000000000000000000000000000000000000000000";

/// A lock file of one provider as terraform writes it.
fn lock(address: &str, constraints: &str, hashes: &[&str]) -> String {
    let head = "# This file is maintained automatically by \"terraform init\".\n# Manual edits may be lost in future updates.\n";
    let hashes: String = hashes.iter().map(|hash| format!("    \"{hash}\",\n")).collect();
    let constraints = match constraints {
        "" => "  version = \"3.2.3\"\n".to_owned(),
        text => format!("  version     = \"3.2.3\"\n  constraints = \"{text}\"\n"),
    };
    format!("{head}\nprovider \"{address}\" {{\n{constraints}  hashes = [\n{hashes}  ]\n}}\n")
}

const NULL: &str = "registry.terraform.io/hashicorp/null";

/// A clean estate of one unit.
fn estate() -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("live/app/terragrunt.hcl", UNIT).write("modules/app/main.tf", MODULE);
    space.write("live/app/.terraform.lock.hcl", &lock(NULL, "~> 3.2", &[H1]));
    space
}

/// The report as JSON.
fn report(space: &TestSpace, args: &[&str]) -> Value {
    let ran = space.terrace(&[&["pins", "check", "--format", "json"], args].concat()).run();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

/// Rule and message of each finding that counts.
fn findings(space: &TestSpace) -> Vec<String> {
    let report = report(space, &[]);
    let found = report["findings"].as_array().expect("findings").iter().filter(|one| one["exempt"].is_null());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    found.map(|one| format!("{} {}", text(&one["rule"]), text(&one["message"]))).collect()
}

/// The estate with some files changed has these findings, each by how it begins.
fn expect(changes: &[(&str, &str)], wanted: &[&str]) {
    let space = estate();
    for (file, text) in changes {
        space.write(file, text);
    }
    let found = findings(&space);
    let fits =
        found.len() == wanted.len() && found.iter().zip(wanted).all(|(one, want)| one.starts_with(want));
    assert!(fits, "{changes:?}\nfound {found:#?}\nwanted {wanted:#?}");
}

const LOCK: &str = "live/app/.terraform.lock.hcl";
const CODE: &str = "modules/app/main.tf";

#[test]
fn a_clean_estate_is_clean_in_every_format() {
    let space = estate();
    space.terrace(&["pins", "check"]).run().success();
    assert_eq!(findings(&space), [""; 0]);
    for format in ["json", "sarif", "junit", "github"] {
        space.terrace(&["pins", "check", "--format", format]).run().success();
    }
    let ran = space.terrace(&["pins", "check", "--format", "sarif"]).run().success();
    let log: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn lock_files_are_there_and_can_be_read() {
    let space = estate();
    std::fs::remove_file(space.path(LOCK)).expect("removed");
    assert_eq!(findings(&space), ["pin/lock-present the unit has no lock file"]);
    expect(&[(CODE, "terraform {\n  required_version = \"~> 1.5\"\n}\n"), (LOCK, "")], &[]);
    let twice = format!("{0}{0}", lock(NULL, "~> 3.2", &[H1]));
    expect(&[(LOCK, &twice)], &["pin/lock-present `registry.terraform.io/hashicorp/null` is locked twice"]);
    let conflict = format!("<<<<<<< HEAD\n{}=======\n>>>>>>> other\n", lock(NULL, "~> 3.2", &[H1]));
    expect(&[(LOCK, &conflict)], &["pin/lock-present merge conflict that is not resolved"; 3]);
    expect(&[(LOCK, &lock(NULL, "~>3.2", &[H1]))], &["pin/lock-present a lock file is not written as"]);
}

#[test]
fn a_lock_file_that_git_ignores_is_told() {
    let space = estate();
    space.tool("git", &["init", "-q"]);
    assert_eq!(findings(&space), [""; 0]);
    space.write(".gitignore", ".terraform*\n");
    assert_eq!(findings(&space), ["pin/lock-present git ignores the lock file, so nobody else gets it"]);
    space.write(".gitignore", ".terraform*\n!.terraform.lock.hcl\n");
    assert_eq!(findings(&space), [""; 0]);
    space.write(".gitignore", ".terraform*\n");
    space.tool("git", &["add", "-f", LOCK]);
    assert_eq!(findings(&space), [""; 0], "what git has is not ignored");
}

#[test]
fn one_ignored_lock_file_is_found_among_many_that_git_has() {
    let space = estate();
    space.tool("git", &["init", "-q"]);
    for unit in 0..250 {
        space.write(&format!("live/u{unit}/terragrunt.hcl"), UNIT);
        space.write(&format!("live/u{unit}/.terraform.lock.hcl"), &lock(NULL, "~> 3.2", &[H1]));
    }
    space.tool("git", &["add", "-A"]);
    space.write(".gitignore", ".terraform*\n");
    assert_eq!(findings(&space), [""; 0], "what git has is not ignored");
    space.tool("git", &["rm", "-q", "--cached", LOCK]);
    assert_eq!(findings(&space), ["pin/lock-present git ignores the lock file, so nobody else gets it"]);
}

#[test]
fn lock_files_cover_the_tree_of_modules() {
    let sub = "terraform {\n  required_providers {\n    random = { source = \"hashicorp/random\", version = \"~> 3.6\" }\n  }\n}\n";
    let call = format!("{MODULE}\nmodule \"sub\" {{\n  source = \"./sub\"\n}}\n");
    expect(
        &[(CODE, &call), ("modules/app/sub/main.tf", sub)],
        &["pin/lock-complete hashicorp/random is not in the lock file"],
    );
    let both = format!(
        "{}\nprovider \"registry.terraform.io/hashicorp/random\" {{\n  version = \"3.6.0\"\n  hashes = [\n    \"{H1}\",\n  ]\n}}\n",
        lock(NULL, "~> 3.2", &[H1])
    );
    expect(
        &[(LOCK, &both)],
        &["pin/lock-complete hashicorp/random is in the lock file, and no module needs it"],
    );
    // Of a module that is not here, nothing is known: neither what it needs nor what it forbids.
    let away =
        format!("{MODULE}\nmodule \"away\" {{\n  source  = \"acme/away/aws\"\n  version = \"1.2.3\"\n}}\n");
    expect(&[(LOCK, &both), (CODE, &away)], &[]);
    let spread = MODULE.replace("    null = { source = \"hashicorp/null\", version = \"~> 3.2\" }\n", "");
    let versions = r#"{"terraform": [{"required_providers": {"null": {"source": "hashicorp/null", "version": "~> 3.2"}}}]}"#;
    let without = spread.replace("  required_providers {\n  }\n", "");
    expect(&[(CODE, &without), ("modules/app/versions.tf.json", versions)], &[]);
}

#[test]
fn locked_versions_meet_the_code() {
    let code = |version: &str| MODULE.replace("~> 3.2", version);
    expect(
        &[(CODE, &code("~> 3.3"))],
        &["pin/lock-satisfied hashicorp/null is locked at 3.2.3, and the code does not allow that"],
    );
    expect(
        &[(CODE, &code("~> 3.2, != 3.2.4"))],
        &["pin/lock-satisfied the constraints on hashicorp/null in the lock file"],
    );
    expect(&[(CODE, &code("~> 3.2, != 3.2.4")), (LOCK, &lock(NULL, "~> 3.2, != 3.2.4", &[H1]))], &[]);
    expect(
        &[(LOCK, &lock(NULL, "", &[H1]))],
        &["pin/lock-satisfied the constraints on hashicorp/null in the lock file"],
    );
    let over = "terraform {\n  required_providers {\n    null = { source = \"hashicorp/null\", version = \"~> 3.1\" }\n  }\n}\n";
    expect(&[("modules/app/x_override.tf", over), (LOCK, &lock(NULL, "~> 3.1", &[H1]))], &[]);
}

#[test]
fn hashes_are_counted_and_looked_at() {
    let policy = |members: &str| format!("pins {{\n  {members}\n}}\n");
    let two = policy("platforms = [\"linux_amd64\", \"darwin_arm64\"]");
    let zh = policy("zh = true");
    expect(&[("terrace.hcl", &two)], &["pin/lock-hashes hashicorp/null has 1 of 2 `h1:` hashes"]);
    expect(&[("terrace.hcl", &two), (LOCK, &lock(NULL, "~> 3.2", &[H1, OTHER_H1]))], &[]);
    expect(&[("terrace.hcl", &zh)], &["pin/lock-hashes hashicorp/null has no `zh:` hash"]);
    expect(&[("terrace.hcl", &zh), (LOCK, &lock(NULL, "~> 3.2", &[H1, ZH]))], &[]);
    expect(&[(LOCK, &lock(NULL, "~> 3.2", &[ZH]))], &["pin/lock-hashes hashicorp/null has no `h1:` hash"]);
    expect(&[(LOCK, &lock(NULL, "~> 3.2", &[H1, H1]))], &["pin/lock-hashes the hash stands twice"]);
    expect(
        &[(LOCK, &lock(NULL, "~> 3.2", &[H1, "h1:short="]))],
        &["pin/lock-hashes a hash of a lock file cannot be"],
    );
    expect(
        &[(LOCK, &lock(NULL, "~> 3.2", &[H1, "h9:abc"]))],
        &["pin/lock-hashes a hash of a lock file cannot be"],
    );
}

#[test]
fn providers_come_from_the_registry_of_the_tool() {
    let tofu = "registry.opentofu.org/hashicorp/null";
    let code = MODULE.replace("\"hashicorp/null\"", &format!("\"{tofu}\""));
    let locked = lock(tofu, "~> 3.2", &[H1]);
    let wrong = "pin/registry-host registry.opentofu.org/hashicorp/null comes from the registry of tofu";
    expect(&[(CODE, &code), (LOCK, &locked)], &[wrong]);
    let mut space = estate();
    space.set_env("TG_TF_PATH", "");
    space
        .write("live/app/terragrunt.hcl", &format!("terraform_binary = \"tofu\"\n{UNIT}"))
        .write(LOCK, &locked);
    assert_eq!(findings(&space), [""; 0]);
    let policy = "pins {\n  registry = \"mirror.example.com\"\n}\n";
    expect(
        &[("terrace.hcl", policy)],
        &["pin/registry-host registry.terraform.io/hashicorp/null comes from registry.terraform.io"],
    );
}

/// The same commit is judged alike on every machine: what PATH has tells nothing of an estate that was locked.
#[test]
fn the_lock_file_tells_the_tool_where_nothing_names_it() {
    let tofu = "registry.opentofu.org/hashicorp/null";
    let both = format!("{}\n{}", lock(NULL, "~> 3.2", &[H1]), {
        let other = lock("registry.opentofu.org/hashicorp/local", "", &[H1]);
        other.split_once("\n\n").expect("a header").1.to_owned()
    });
    let foreign = "pin/registry-host registry.opentofu.org/hashicorp/local comes from the registry of tofu";
    for installed in ["terraform", "tofu"] {
        let mut space = estate();
        let bin = space.path("bin");
        space.tool("mkdir", &["-p", &bin.to_string_lossy()]);
        space.tool("install", &["-m", "755", "/bin/true", &bin.join(installed).to_string_lossy()]);
        let path = format!("{}:/usr/bin:/bin", bin.display());
        space.set_env("PATH", path).set_env("TG_TF_PATH", "");
        assert_eq!(findings(&space), [""; 0], "{installed}");
        space.write(LOCK, &lock(tofu, "~> 3.2", &[H1]));
        assert_eq!(findings(&space), [""; 0], "{installed}");
        space.write(LOCK, &both);
        let found = findings(&space);
        assert!(found.iter().any(|one| one.starts_with(foreign)), "{installed}: {found:#?}");
    }
}

#[test]
fn people_read_once_what_differs_in_the_file_alone() {
    let space = estate();
    for unit in ["a", "b", "c", "d", "e"] {
        let text = "terraform {\n  source = \"../../modules/app\"\n}\n";
        space.write(&format!("live/{unit}/terragrunt.hcl"), text);
    }
    let ran = space.terrace(&["pins", "check"]).run().code(3);
    for (rule, title) in [
        ("tool-version", "nothing says which version of Terragrunt the files are for"),
        ("lock-present", "the unit has no lock file"),
    ] {
        assert_eq!(ran.stdout.matches(title).count(), 1, "{ran}");
        assert!(ran.stdout.contains(&format!("pin/{rule} (5)")), "{ran}");
    }
    ran.prints(&["in live/a/terragrunt.hcl, live/b/terragrunt.hcl, live/c/terragrunt.hcl and 2 more"]);
    assert_eq!(findings(&space).len(), 10, "programs read each");
}

#[test]
fn files_of_version_managers_agree() {
    let version = ".terraform-version";
    expect(&[(version, "1.5.7\n"), (".tool-versions", "terraform 1.5.7\nopentofu 1.9.0\n")], &[]);
    expect(
        &[(version, "1.5.7\n"), ("mise.toml", "[tools]\nterraform = \"1.6\"\n")],
        &["pin/tool-files terraform is pinned to `1.5.7` and to `1.6`"],
    );
    expect(
        &[(version, "1.4.0\n")],
        &["pin/tool-files terraform is pinned to `1.4.0`, and `~> 1.5` does not allow that"],
    );
    expect(&[(version, "1.4.0\n"), ("live/.terraform-version", "1.9.8\n")], &[]);
    expect(&[(version, "newest\n")], &["pin/tool-files `newest` is no version of terraform"]);
    expect(&[("mise.toml", "[tools]\nterraform = \"{{ exec(command='touch pwned') }}\"\n")], &[]);
}

#[test]
fn ci_is_held() {
    let flow = |uses: &str| format!("on: push\njobs:\n  x:\n    steps:\n      - uses: {uses}\n");
    let file = ".github/workflows/ci.yml";
    let commit = "8f4b7f84864484a7bf31766abe9204da3cbe65b3";
    expect(&[(file, &flow("actions/checkout@v4"))], &["pin/ci-refs `actions/checkout@v4` is held by "]);
    expect(&[(file, &flow(&format!("actions/checkout@{commit} # v4")))], &[]);
    expect(&[(file, &flow("./.github/actions/own"))], &[]);
    expect(&[(file, "jobs: [\n")], &["pin/ci-refs "]);
    let hooks = |rev: &str| format!("repos:\n- repo: https://example.com/hooks\n  rev: {rev}\n");
    expect(&[(".pre-commit-config.yaml", &hooks("main"))], &["pin/ci-refs `rev: main` of "]);
    expect(&[(".pre-commit-config.yaml", &hooks("v1.2.3"))], &[]);
    let space = estate();
    space.write(file, &flow("actions/checkout@v4"));
    let touching = |named: &str| space.terrace(&["pins", "check", "--files", "--", named]).run();
    touching(file).code(3).prints(&["pin/ci-refs"]);
    touching("modules/app/main.tf").success();
    space.terrace(&["pins", "check", "--working-dir", "live"]).run().success();
    let gitlab = "include:\n  - project: acme/ci\n    ref: $REF\n";
    let space = estate();
    space.write(".gitlab-ci.yml", gitlab);
    let report = report(&space, &[]);
    assert_eq!(
        (&report["summary"]["errors"], &report["summary"]["unchecked"]),
        (&0.into(), &1.into()),
        "{report:#}"
    );
}

/// An estate whose prod follows its staging.
fn following() -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write(
        "terrace.hcl",
        "pins {\n  environment \"staging\" {\n    paths = [\"live/staging\"]\n  }\n  environment \"prod\" {\n    paths   = [\"live/prod\"]\n    follows = \"staging\"\n  }\n}\n",
    );
    space
}

fn pin(space: &TestSpace, environment: &str, version: &str) {
    let unit = format!(
        "locals {{\n  version = \"{version}\"\n}}\n\nterraform {{\n  source = \"git::https://example.com/app.git?ref=${{local.version}}\"\n}}\n"
    );
    space.write(&format!("live/{environment}/app/terragrunt.hcl"), &unit);
}

fn promotions(space: &TestSpace) -> Vec<String> {
    findings(space).into_iter().filter(|one| one.starts_with("pin/promotion")).collect()
}

#[test]
fn prod_pins_what_staging_has_pinned() {
    let space = following();
    pin(&space, "staging", "v1.0.0");
    pin(&space, "prod", "v1.0.0");
    space.git_commit_all();
    assert_eq!(promotions(&space), [""; 0]);
    pin(&space, "prod", "v1.1.0");
    assert_eq!(
        promotions(&space),
        ["pin/promotion \"prod\" pins v1.1.0 of https://example.com/app.git, and \"staging\" never did"]
    );
    pin(&space, "staging", "v1.1.0");
    assert_eq!(promotions(&space).len(), 1, "by one and the same change");
    pin(&space, "prod", "v1.0.0");
    space.git_commit_all();
    pin(&space, "staging", "v1.2.0");
    space.git_commit_all();
    pin(&space, "prod", "v1.1.0");
    assert_eq!(promotions(&space), [""; 0], "staging had it, and has gone on");
    space.git_commit_all();
    let clone = TestSpace::new();
    let from = format!("file://{}", space.root().display());
    clone.tool("git", &["clone", "-q", "--depth=1", &from, "."]);
    let report = report(&clone, &["--working-dir", "."]);
    let said = report["unchecked"].to_string();
    assert!(said.contains("the history of this clone is cut off"), "{report:#}");
    assert_eq!(promotions(&clone), [""; 0]);
}

#[test]
fn without_a_repository_promotions_are_unchecked() {
    let space = following();
    pin(&space, "staging", "v1.0.0");
    pin(&space, "prod", "v1.0.0");
    let text = report(&space, &[])["unchecked"].to_string();
    assert!(text.contains("there is no git repository"), "{text}");
}

#[test]
fn exemptions_have_a_reason_and_an_end() {
    let exempt =
        |members: &str| format!("pins {{\n  exempt \"pin/lock-hashes\" {{\n    {members}\n  }}\n}}\n");
    let broken = lock(NULL, "~> 3.2", &[ZH]);
    let reason = "reason = \"a mirror of our own\"";
    expect(&[(LOCK, &broken), ("terrace.hcl", &exempt(reason))], &[]);
    let old = exempt(&format!("{reason}\n    expires = \"2020-01-31\""));
    expect(
        &[(LOCK, &broken), ("terrace.hcl", &old)],
        &["pin/lock-hashes ", "pin/exemption the exemption from pin/lock-hashes has expired"],
    );
    expect(
        &[("terrace.hcl", &exempt(reason))],
        &["pin/exemption the exemption from pin/lock-hashes lets nothing off"],
    );
    let elsewhere = exempt(&format!("{reason}\n    paths = [\"live/other\"]"));
    expect(&[(LOCK, &broken), ("terrace.hcl", &elsewhere)], &["pin/lock-hashes ", "pin/exemption "]);
    let space = estate();
    space.write("terrace.hcl", &exempt("paths = [\"live\"]"));
    space.terrace(&["pins", "check"]).run().code(1);
    space.write(LOCK, &broken).write("terrace.hcl", &exempt(reason));
    let ran = space.terrace(&["pins", "check", "--format", "sarif"]).run().success();
    let log: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let suppression = &log["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["justification"], "a mirror of our own", "{log:#}");
    let ran = space.terrace(&["pins", "check"]).run().success();
    ran.prints(&["1 exempt"]);
}

#[test]
fn fingerprints_outlive_lines() {
    let space = estate();
    space.write(LOCK, &lock(NULL, "~> 3.2", &[ZH]));
    let print = |space: &TestSpace| report(space, &[])["findings"][0]["fingerprint"].clone();
    let before = print(&space);
    space.write(LOCK, &format!("\n\n# moved\n{}", lock(NULL, "~> 3.2", &[ZH])));
    assert_eq!(print(&space), before);
    assert!(before.as_str().is_some_and(|text| text.len() >= 32));
}

#[test]
fn a_report_goes_to_a_file_and_people_still_read_theirs() {
    let space = estate();
    space.write(LOCK, &lock(NULL, "~> 3.2", &[ZH]));
    let ran = space.terrace(&["pins", "check", "--format", "junit", "--output", "out/pins.xml"]).run();
    ran.code(1).says(&["out"]);
    std::fs::create_dir(space.path("out")).expect("a folder");
    let ran =
        space.terrace(&["pins", "check", "--format", "junit", "--output", "out/pins.xml"]).run().code(3);
    ran.prints(&["pin/lock-hashes", "1 violation"]);
    assert!(space.read("out/pins.xml").contains("<failure type=\"pin/lock-hashes\""));
    let left = std::fs::read_dir(space.path("out")).expect("a folder").count();
    assert_eq!(left, 1, "nothing half-written");
}

#[test]
fn what_is_safe_is_mended() {
    let space = estate();
    let clean = space.read(LOCK);
    let broken = lock(NULL, "~>3.2", &[H1, H1]);
    space.write(LOCK, &broken);
    let ran = space.terrace(&["pins", "check", "--fix", "--dry-run"]).run().code(3);
    ran.prints(&["-  constraints = \"~>3.2\"", "+  constraints = \"~> 3.2\""]);
    assert_eq!(space.read(LOCK), broken, "shown and not written");
    space.terrace(&["pins", "check", "--fix"]).run().success();
    assert_eq!(space.read(LOCK), clean);
    let bare = lock(NULL, "", &[H1]);
    space.write(LOCK, &bare);
    space.terrace(&["pins", "check", "--fix"]).run().success();
    assert_eq!(space.read(LOCK), clean, "the constraints of the code");
    space.write(LOCK, &lock(NULL, "~> 3.2", &[ZH]));
    space.terrace(&["pins", "check", "--fix"]).run().code(3).prints(&["pin/lock-hashes"]);
}

/// Rule, place and message of each finding of a check of what a commit touches.
fn touching(space: &TestSpace, named: &str) -> Vec<String> {
    let report = report(space, &["--files", "--", named]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = report["findings"].as_array().expect("findings").iter();
    found
        .map(|one| format!("{} {} {}", text(&one["rule"]), text(&one["file"]), text(&one["message"])))
        .collect()
}

#[test]
fn a_commit_is_compared_with_units_that_it_does_not_concern() {
    let space = estate();
    for (unit, version) in [("app", "3.2.4"), ("b", "3.2.3"), ("c", "3.2.3")] {
        space.write(&format!("live/{unit}/terragrunt.hcl"), UNIT);
        let text = lock(NULL, "~> 3.2", &[H1]).replace("3.2.3", version);
        space.write(&format!("live/{unit}/.terraform.lock.hcl"), &text);
    }
    // What git does not track is not there.
    space.git_commit_all();
    for unit in ["d", "e"] {
        space.write(&format!("live/{unit}/terragrunt.hcl"), UNIT);
        space.write(&format!("live/{unit}/.terraform.lock.hcl"), &lock(NULL, "~> 3.2", &[H1]));
    }
    let found = touching(&space, "live/app/terragrunt.hcl");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("pin/provider-skew live/app/.terraform.lock.hcl")
            && found[0].contains("1 unit lock 3.2.4, 2 units lock 3.2.3"),
        "{found:?}"
    );
    assert_eq!(
        touching(&space, "live/b/terragrunt.hcl"),
        Vec::<String>::new(),
        "the others are no matter of it"
    );
    let policy = "pins {\n  environment \"app\" {\n    paths = [\"live/app/**\"]\n  }\n}\n";
    space.write("terrace.hcl", policy);
    let found = touching(&space, "live/app/terragrunt.hcl");
    assert!(
        found.iter().all(|found| !found.contains("provider-skew")),
        "alone in its environment: {found:?}"
    );
}

/// A run of a unit without a lock file takes that of its module.
#[test]
fn the_lock_file_of_a_module_counts_where_the_unit_has_none() {
    let space = estate();
    std::fs::remove_file(space.path("live/app/.terraform.lock.hcl")).unwrap();
    assert_eq!(findings(&space).len(), 1);
    space.write("modules/app/.terraform.lock.hcl", &lock(NULL, "~> 3.2", &[H1]));
    assert_eq!(findings(&space), Vec::<String>::new());
    space.write("modules/app/.terraform.lock.hcl", &lock(NULL, "~> 3.1", &[H1]));
    let report = report(&space, &[]);
    assert_eq!(report["findings"][0]["file"], "modules/app/.terraform.lock.hcl", "{report}");
    space.write("live/app/.terraform.lock.hcl", &lock(NULL, "~> 3.2", &[H1]));
    assert_eq!(findings(&space), Vec::<String>::new(), "the unit's own goes first");
    std::fs::remove_file(space.path("live/app/.terraform.lock.hcl")).unwrap();
    space.write("modules/app/.terraform.lock.hcl", &lock(NULL, "~> 3.2", &[H1]));
    let kept_back = UNIT.replace("source =", "copy_terraform_lock_file = false\n  source =");
    space.write("live/app/terragrunt.hcl", &kept_back);
    assert!(findings(&space)[0].contains("lock-present"), "it is not copied then");
}
