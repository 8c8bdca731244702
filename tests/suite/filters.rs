//! Filters end to end: what changed between git references, whatever the command makes of it, and older flags.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace, eventually};

/// Keeps its state elsewhere, as far as anybody can see.
const REMOTE: &str = r#"remote_state {
  backend  = "http"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config   = { address = "http://127.0.0.1:1" }
}
"#;

fn git(space: &TestSpace, args: &[&str]) {
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    space.tool("git", &[&who[..], args].concat());
}

fn commit(space: &TestSpace, tag: &str) {
    git(space, &["add", "-A"]);
    git(space, &["commit", "-q", "--allow-empty", "-m", tag]);
    git(space, &["tag", tag]);
}

fn write_unit(space: &TestSpace, name: &str, needs: &[&str]) {
    let paths: Vec<String> = needs.iter().map(|need| format!("\"../{need}\"")).collect();
    let text = format!("{REMOTE}dependencies {{\n  paths = [{}]\n}}\n", paths.join(", "));
    space.write(&format!("live/{name}/terragrunt.hcl"), &text);
    space.write(&format!("live/{name}/main.tf"), "");
}

/// Two commits: `v1` with old, renamed, app -> db -> vpc and readers; `v2` on branch `feature`, where most changed.
fn write_history(space: &TestSpace) {
    git(space, &["init", "-q", "-b", "main"]);
    for (name, needs) in [
        ("vpc", &[][..]),
        ("db", &["vpc"]),
        ("app", &["db"]),
        ("old", &["vpc"]),
        ("older", &["old"]),
        ("before", &[]),
        ("policies", &[]),
        ("still", &[]),
    ] {
        write_unit(space, name, needs);
    }
    let read = "locals {\n  shared = read_terragrunt_config(\"../../shared.hcl\")\n}\n";
    space.write("live/reader/terragrunt.hcl", &format!("{REMOTE}{read}"));
    space.write("live/reader/main.tf", "");
    space.write(
        "live/module/terragrunt.hcl",
        &format!("{REMOTE}terraform {{\n  source = \"../../modules/m\"\n}}\n"),
    );
    space.write("modules/m/main.tf", "").write("shared.hcl", "locals {}\n").write("README.md", "x\n");
    space.write("live/policies/data/policy.json", "{}\n");
    commit(space, "v1");
    git(space, &["checkout", "-q", "-b", "feature"]);
    space.write("live/vpc/main.tf", "# changed\n");
    space.write("shared.hcl", "locals {\n  a = 1\n}\n").write("modules/m/main.tf", "# changed\n");
    space.write("README.md", "y\n").write("live/policies/data/policy.json", "[]\n");
    git(space, &["rm", "-rq", "live/old", "live/older"]);
    git(space, &["mv", "live/before", "live/after"]);
    write_unit(space, "né w", &[]);
    commit(space, "v2");
}

fn history() -> TestSpace {
    let space = TestSpace::new();
    write_history(&space);
    space
}

/// The lines of `find` with these arguments, in one.
fn find(space: &TestSpace, args: &[&str]) -> String {
    let ran = space.terrace(&[&["find"], args].concat()).run().success();
    ran.stdout.lines().collect::<Vec<_>>().join(" ")
}

/// Nothing of ours is in the temporary folder, and git knows of no other work tree.
fn assert_clean(space: &TestSpace) {
    let tmp = space.root().parent().expect("a parent").join("tmp");
    let left: Vec<_> =
        std::fs::read_dir(tmp).expect("its folder").flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
    let known = space.tool("git", &["worktree", "list"]);
    assert_eq!(known.lines().count(), 1, "{known}");
}

const CHANGED: &str =
    "live/after live/module live/né w live/policies live/reader live/vpc live/before live/old live/older";

#[test]
fn what_changed_is_found_wherever_one_stands() {
    let space = history();
    for args in [&["--filter", "[v1...HEAD]"][..], &["--filter", "[v1]"], &["--filter", "[ main ... HEAD ]"]]
    {
        assert_eq!(find(&space, args), CHANGED, "{args:?}");
        let below = space.terrace(&[&["find"], args].concat()).in_dir("live/db").run().success();
        assert_eq!(below.stdout.lines().collect::<Vec<_>>().join(" "), CHANGED, "{args:?}");
    }
    assert_eq!(find(&space, &["--filter", "[v2...v2]"]), "");
    let both = find(&space, &["--filter", "[v1...v2] | vpc", "--filter", "[v2...v1] | vpc"]);
    assert_eq!(both, "live/vpc live/vpc", "each in its own version");
    let back = find(&space, &["--filter", "[v2...v1]"]);
    assert!(back.contains("live/old ") && back.ends_with("live/after live/né w"), "{back}");
    assert_clean(&space);
}

#[test]
fn what_changed_combines_with_everything_else() {
    let space = history();
    for (queries, want) in [
        (&["[v1] | vpc"][..], "live/vpc"),
        (&["vpc | [v1]"], "live/vpc"),
        (
            &["[v1] | ./live/*e*", "!./live/old*"],
            "live/after live/module live/policies live/reader live/before",
        ),
        (&["...^[v1]", "!old*"], "live/app live/db"),
        (&["1...[v1] | ./live/d*"], "live/db"),
        (&["[v1]... | vpc"], "live/vpc"),
        (&["...[v1] | app"], "live/app"),
        (&["[v1] | reading=shared.hcl"], "live/reader"),
        (&["[v1] | source=**modules/m"], "live/module"),
        (&["![v1]"], "live/app live/db live/still"),
        (&["./live/* | ![v1]", "!db"], "live/app live/still"),
        (&["[v1] | !./live/**"], ""),
        (&["[v1] | vpc", "still"], "live/vpc live/still"),
        (&["[v1] | vpc", "vpc"], "live/vpc"),
    ] {
        let args: Vec<&str> = queries.iter().flat_map(|query| ["--filter", query]).collect();
        assert_eq!(find(&space, &args), want, "{queries:?}");
    }
    assert_clean(&space);
}

#[test]
fn affected_compares_with_the_default_branch() {
    let space = history();
    assert_eq!(find(&space, &["--filter-affected"]), CHANGED);
    assert_eq!(find(&space, &["--filter-affected", "--filter", "!./live/**"]), "");
    space.terrace(&["find", "--filter-affected"]).run().success().never_tells("not committed");
    space.write("live/still/new.tf", "");
    let ran = space.terrace(&["find", "--filter-affected"]).run().success().says(&["not committed"]);
    assert!(!ran.stdout.contains("still"), "{ran}");

    git(&space, &["branch", "-m", "main", "trunk"]);
    space.terrace(&["find", "--filter-affected"]).run().code(128).says(&["`main`"]);
    git(&space, &["config", "init.defaultBranch", "trunk"]);
    assert_eq!(find(&space, &["--filter-affected"]), CHANGED);
    assert_clean(&space);
}

#[test]
fn affected_asks_the_remote_where_the_branch_is_not_here() {
    let space = history();
    let upstream = space.root().parent().expect("a parent").join("upstream");
    let upstream = upstream.to_str().expect("text");
    git(&space, &["clone", "-q", "--bare", ".", upstream]);
    git(&space, &["--git-dir", upstream, "symbolic-ref", "HEAD", "refs/heads/main"]);
    git(&space, &["remote", "add", "origin", upstream]);
    git(&space, &["fetch", "-q"]);
    git(&space, &["branch", "-qD", "main"]);
    assert_eq!(find(&space, &["--filter-affected"]).split(' ').count(), CHANGED.split(' ').count());
    space.terrace(&["find", "--filter", "[main]"]).run().code(128).says(&["`main`", "`origin/main`"]);
    assert_clean(&space);
}

#[test]
fn listings_show_places_in_the_repository() {
    let space = history();
    let ran = space.terrace(&["find", "--json", "--dependencies", "--reading", "--filter", "...[v1] | db"]);
    let found: serde_json::Value =
        serde_json::from_str(&ran.in_dir("live").run().success().stdout).expect("JSON");
    assert_eq!(found[0]["path"], "live/db");
    assert_eq!(found[0]["dependencies"][0], "live/vpc");
    let reader = space.terrace(&["find", "--json", "--reading", "--filter", "[v1] | reader"]).run().success();
    assert!(reader.stdout.contains("\"shared.hcl\""), "{reader}");
    let tree = space.terrace(&["list", "--tree", "--dag", "--filter", "...[v1] | ./live/{vpc}"]).run();
    tree.failure().says(&["'{'"]);
    let tree =
        space.terrace(&["list", "--tree", "--dag", "--filter", "...[v1] | !./live/*e*"]).run().success();
    assert_eq!(tree.stdout.lines().next(), Some("."), "{tree}");
    assert!(tree.stdout.contains("live/vpc\n") && tree.stdout.contains("live/app\n"), "{tree}");
    space
        .terrace(&["dag", "graph", "--filter", "...[v1]"])
        .run()
        .success()
        .prints(&["\"live/db\" -> \"live/vpc\";"]);
    space
        .terrace(&["render", "--all", "--json", "--filter", "[v1] | vpc"])
        .run()
        .success()
        .prints(&["127.0.0.1"]);
    assert_clean(&space);
}

fn report(space: &TestSpace) -> Vec<serde_json::Value> {
    serde_json::from_str(&space.read("report.json")).expect("a report")
}

fn run(space: &TestSpace, args: &[&str]) -> Ran {
    let always = ["run", "--non-interactive", "--report-file", "report.json"];
    space.terrace(&[&always[..], args].concat()).run()
}

#[test]
fn what_changed_runs_in_its_own_version() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in plan) cat main.tf >&2 ;; esac"#);
    write_history(&space);
    space.write("live/vpc/main.tf", "# not committed\n");
    let ran = run(&space, &["--filter", "[v1] | !*old*", "plan"]).success();
    assert!(ran.stderr.contains("# changed") && !ran.stderr.contains("not committed"), "{ran}");
    let units: Vec<String> = report(&space)
        .iter()
        .map(|row| format!("{} {} {}", row["Name"], row["Result"], row["Ref"]).replace('"', ""))
        .collect();
    assert_eq!(units.len(), 7, "{units:?}");
    assert!(units.contains(&"live/vpc succeeded HEAD".to_owned()), "{units:?}");
    assert!(units.contains(&"live/before excluded v1".to_owned()), "{units:?}");
    assert!(ran.stderr.contains("live/before is only in `v1`"), "{ran}");
    assert_eq!(fake.calls_of("plan").len(), 6);
    assert!(fake.calls_of("plan").iter().all(|call| !call.args.contains(&"-destroy".to_owned())));
    assert_clean(&space);
    assert!(!space.path("live/vpc/.terragrunt-cache").exists(), "the work tree of the user is left alone");
}

#[test]
fn what_was_removed_is_destroyed_only_when_allowed() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, r#"case "$1" in apply) sleep 0.2 ;; esac"#);
    write_history(&space);
    run(&space, &["--filter", "[v1] | *old*", "apply"]).success().says(&["--filter-allow-destroy"]);
    assert_eq!(fake.calls_of("apply").len(), 0);
    let reasons: Vec<String> = report(&space).iter().map(|row| row["Reason"].to_string()).collect();
    assert_eq!(reasons, ["\"exclude block\"", "\"exclude block\""]);

    run(&space, &["--filter", "[v1]", "--filter-allow-destroy", "apply"]).success();
    let is_destroyed = |unit: &str| fake.call("apply", unit).args.contains(&"-destroy".to_owned());
    for unit in ["old", "older", "before"] {
        assert!(is_destroyed(unit), "{unit}");
        assert!(fake.call("apply", unit).cwd.contains("/v1/live/"), "from the version that has it");
    }
    assert!(!is_destroyed("vpc") && !is_destroyed("after"));
    let [old, older] = ["old", "older"].map(|unit| fake.call("apply", unit));
    assert!(older.end <= old.start, "what needs a removed unit goes before it");
    let rows = report(&space);
    let row = rows.iter().find(|row| row["Name"] == "live/old").expect("its row");
    assert_eq!(
        (&row["Ref"], &row["Cmd"], &row["Args"][0]),
        (&"v1".into(), &"apply".into(), &"-destroy".into())
    );
    assert_clean(&space);
}

#[test]
fn other_commands_do_not_run_over_changes() {
    let space = history();
    for command in [
        &["validate"][..],
        &["destroy"],
        &["--", "plan", "-destroy"],
        &["--", "apply", "-destroy"],
        &["output"],
    ] {
        let ran = run(&space, &[&["--filter", "[v1]"], command].concat()).code(1);
        ran.says(&["'[v1]'", "only plan and apply"]);
    }
    assert_clean(&space);
}

#[test]
fn bad_references_are_told_and_nothing_stays() {
    let space = history();
    for (query, code, says) in [
        ("[nope]", 128, "git knows no commit `nope`"),
        ("[v1...nope]", 128, "`nope`"),
        ("[v1..v2]", 128, "three dots"),
        ("[--output=x]", 1, "begins with '-'"),
        ("[v1", 1, "never closed"),
    ] {
        space.terrace(&["find", "--filter", query]).run().code(code).says(&[says]);
    }
    assert_clean(&space);
    let outside = TestSpace::new();
    outside.write("a/terragrunt.hcl", "");
    let ran = outside
        .terrace(&["find", "--filter", "[main]"])
        .env("GIT_CEILING_DIRECTORIES", outside.root().parent().expect("a parent"));
    ran.run().code(128).says(&["no git repository"]);
}

#[test]
fn hooks_of_the_repository_do_not_run() {
    let space = history();
    let hook = ".git/hooks/post-checkout";
    space.write(hook, "#!/bin/sh\ntouch \"$GIT_DIR/ran\" ran\nexit 1\n");
    space.tool("chmod", &["+x", hook]);
    assert_eq!(find(&space, &["--filter", "[v1] | vpc"]), "live/vpc");
    assert!(!space.path(".git/ran").exists() && !space.path("ran").exists());
}

#[test]
fn a_signal_leaves_no_work_tree() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut space = TestSpace::new();
        let _fake =
            FakeTerraform::install(&mut space, r#"case "$1" in plan) touch "$TEST_MARK"; sleep 30 ;; esac"#);
        write_history(&space);
        let mark = space.path("mark");
        space.set_env("TEST_MARK", &mark);
        // While a run is under way, and while units are looked for.
        let running = space.terrace(&["run", "--filter", "[v1] | vpc", "--non-interactive", "plan"]).spawn();
        assert!(eventually(|| mark.exists()), "terraform was started");
        running.signal(signal);
        std::thread::sleep(std::time::Duration::from_millis(300));
        running.signal(signal);
        std::thread::sleep(std::time::Duration::from_millis(300));
        running.signal(signal);
        running.wait().failure();
        assert_clean(&space);

        std::fs::remove_file(&mark).expect("the mark");
        space.write(
            "live/still/terragrunt.hcl",
            "locals {\n  x = run_cmd(\"sh\", \"-c\", \"touch $TEST_MARK; sleep 2\")\n}\n",
        );
        commit(&space, "v3");
        let looking = space.terrace(&["find", "--filter", "[v1]"]).spawn();
        assert!(eventually(|| mark.exists()), "a unit is being read");
        looking.signal(signal);
        looking.wait().code(code);
        assert_clean(&space);
    }
}

#[test]
fn a_state_that_is_only_in_a_work_tree_is_kept() {
    let mut space = TestSpace::new();
    let _fake = FakeTerraform::install(
        &mut space,
        r#"case "$1" in apply) echo '{"serial":1}' >terraform.tfstate ;; esac"#,
    );
    write_history(&space);
    space.write("live/still/terragrunt.hcl", "").write("live/still/main.tf", "# x\n");
    commit(&space, "v3");
    let ran = run(&space, &["--filter", "[v2]", "apply"]).success();
    let ran = ran.says(&["live/still may keep no state", "is kept for it"]);
    let path = ran.stderr.lines().find_map(|line| line.split("the state ").nth(1)).expect("its path");
    let path = path.split(" is in a temporary").next().expect("its path");
    assert_eq!(std::fs::read_to_string(path).expect("the state").trim(), r#"{"serial":1}"#);
    space.tool("git", &["worktree", "prune"]);
    let known = space.tool("git", &["worktree", "list"]);
    assert_eq!(known.lines().count(), 2, "the other work tree is gone: {known}");
}

#[test]
fn work_trees_of_a_killed_run_go_as_soon_as_nobody_works_in_them() {
    let mut space = TestSpace::new();
    let _fake = FakeTerraform::install(
        &mut space,
        r#"case "$1" in plan) echo $$ >"$TEST_MARK.new"; mv "$TEST_MARK.new" "$TEST_MARK"; exec sleep 60 ;; esac"#,
    );
    write_history(&space);
    let mark = space.path("mark");
    space.set_env("TEST_MARK", &mark);
    let known = |space: &TestSpace| space.tool("git", &["worktree", "list"]).lines().count();
    let running = space.terrace(&["run", "--filter", "[v1] | vpc", "--non-interactive", "plan"]).spawn();
    assert!(eventually(|| mark.exists()), "terraform was started");
    find(&space, &["--filter", "[v1]"]);
    assert_eq!(known(&space), 3, "a living run keeps its work trees");
    running.signal("KILL");
    running.wait();
    find(&space, &["--filter", "[v1]"]);
    assert_eq!(known(&space), 3, "its terraform is still at work there");
    space.tool("kill", &["-KILL", std::fs::read_to_string(&mark).expect("its id").trim()]);
    assert!(eventually(|| {
        find(&space, &["--filter", "[v1]"]);
        known(&space) == 1
    }));
    assert_clean(&space);
}

#[test]
fn a_state_in_the_work_tree_of_a_killed_run_stays_and_is_told() {
    let mut space = TestSpace::new();
    let _fake = FakeTerraform::install(
        &mut space,
        r#"case "$1" in apply) echo '{"serial":1}' >terraform.tfstate; touch "$TEST_MARK"; kill -9 $PPID ;; esac"#,
    );
    write_history(&space);
    space.write("live/still/terragrunt.hcl", "").write("live/still/main.tf", "# x\n");
    commit(&space, "v3");
    space.set_env("TEST_MARK", space.path("mark"));
    run(&space, &["--filter", "[v2]", "apply"]);
    for _ in 0..2 {
        let ran = space.terrace(&["find", "--filter", "[v2]"]).run().success();
        let ran = ran.says(&["was left in a work tree by a run that was killed"]);
        let path = ran.stderr.lines().find_map(|line| line.split("the state ").nth(1)).expect("its path");
        let path = path.split(" was left").next().expect("its path");
        assert_eq!(std::fs::read_to_string(path).expect("the state").trim(), r#"{"serial":1}"#);
    }
}

/// `live/` with app -> db -> vpc, and units beside it on both ends.
fn neighbours() -> TestSpace {
    let space = TestSpace::new();
    for (unit, needs) in [
        ("live/vpc", "../../base/net"),
        ("live/db", "../vpc"),
        ("live/in/app", "../../db"),
        ("out/x", "../../live/db"),
        ("base/net", ""),
    ] {
        let paths = if needs.is_empty() { String::new() } else { format!("\"{needs}\"") };
        space
            .write(&format!("{unit}/terragrunt.hcl"), &format!("dependencies {{\n  paths = [{paths}]\n}}\n"));
    }
    space.git_commit_all();
    space
}

#[test]
fn boundaries_bound_the_search_for_neighbours() {
    let space = neighbours();
    let live = |args: &[&str]| space.terrace(&[&["find"], args].concat()).in_dir("live").run();
    let on = ["--experiment", "bounded-discovery"];
    for (args, want) in [
        (&["--filter", "...vpc"][..], "db in/app vpc ../out/x"),
        (&["--filter", "(.)...vpc"], "db in/app vpc"),
        (&["--filter", "(./in)...vpc"], "vpc"),
        (&["--filter", "(..)...vpc...(.)"], "db in/app vpc ../out/x"),
        (&["--filter", "...vpc", "--discovery-boundary", "."], "db in/app vpc"),
        (&["--filter", "...vpc...", "--discovery-boundary", ".."], "../base/net db in/app vpc ../out/x"),
        (&["--filter", "vpc...", "--discovery-boundary", "."], "vpc"),
        (&["--filter", "(..)...^db", "--discovery-boundary", "."], "in/app ../out/x"),
        (&["--filter", "vpc...", "--discovery-boundary", "in"], "vpc"),
    ] {
        let ran = live(&[&on[..], args].concat()).success();
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>().join(" "), want, "{args:?}");
    }
    for (args, says) in [
        (&["--filter", "(.)...vpc"][..], "'(.)...vpc' belongs to the experiment `bounded-discovery`"),
        (&["--discovery-boundary", "."], "experiment `bounded-discovery`"),
        (&["--experiment", "bounded-discovery", "--discovery-boundary", "nope"], "is no folder"),
        (
            &["--experiment", "bounded-discovery", "--discovery-boundary", "in", "--filter", "...vpc"],
            "does not hold the working folder",
        ),
    ] {
        live(args).code(1).says(&[says]);
    }
}

#[test]
fn a_filter_that_selects_nothing_names_the_unit_that_may_be_meant() {
    let space = TestSpace::new();
    for unit in ["dev/network", "dev/cluster"] {
        space.write(&format!("{unit}/terragrunt.hcl"), "").write(&format!("{unit}/main.tf"), "");
    }
    for (filter, says) in [
        ("netwrok", "did you mean `network`?"),
        ("./dev/clutser", "did you mean `dev/cluster`?"),
        ("type=unit | name=databases", "no unit is selected by `type=unit | name=databases`"),
    ] {
        let ran = space.terrace(&["run", "--all", "--filter", filter, "plan"]).run().success();
        ran.says(&[says, "nothing to run"]);
    }
    let ran = space.terrace(&["run", "--all", "--filter", "network | cluster", "plan"]).run().success();
    assert!(!ran.stderr.contains("did you mean"), "{ran}");
}
