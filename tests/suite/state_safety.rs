//! No state is lost: not one that could not be stored, not one that lies in a cache, not by the death of whoever watches.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace, binary, eventually, require};
use super::state_server::StateServer;

const MODULE: &str = "resource \"terraform_data\" \"it\" {\n  input = \"x\"\n}\n";
const LEFT: &str = r#"{"version":4,"serial":7,"lineage":"l","outputs":{},"resources":[{}]}"#;

/// The rescued states of a space, oldest first.
fn rescued(space: &TestSpace) -> Vec<PathBuf> {
    let found = space.tool("sh", &["-c", "find \"$HOME\" -path '*/rescued-states/*' -type f | sort"]);
    found.lines().map(PathBuf::from).collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("its mode").permissions().mode() & 0o777
}

/// Puts the binary on the PATH as `terrace` and runs what a user would paste.
fn paste(space: &TestSpace, command: &str) -> String {
    let bin = space.root().parent().expect("a parent").join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let _ = std::os::unix::fs::symlink(binary(), bin.join("terrace"));
    space.tool("sh", &["-c", &format!("PATH={}:$PATH; {command}", bin.display())])
}

fn push_command(ran: &Ran) -> String {
    let line = ran.stderr.lines().find(|line| line.contains("terrace state push"));
    let line = line.unwrap_or_else(|| panic!("a command to paste: {ran}"));
    line[line.find("cd ").expect("its start")..].to_owned()
}

#[test]
fn a_state_that_could_not_be_stored_is_rescued_and_blocks_its_unit() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a b", MODULE);
    store.with(|shelf| shelf.is_down = true);
    let ran = space.terrace(&["apply", "-auto-approve"]).in_dir("a b").run().failure();
    let ran = ran.says(&["nothing else knows what was made", "until then this unit does not run"]);
    let kept = rescued(&space);
    assert_eq!(kept.len(), 1, "{kept:?} {ran}");
    assert_eq!(mode(&kept[0]), 0o600);
    assert!(std::fs::read_to_string(&kept[0]).expect("it").contains("terraform_data"));
    assert_eq!(space.tool("find", &[".", "-name", "errored.tfstate"]), "");

    let asked = store.asked().len();
    for command in
        [&["plan"][..], &["apply", "-auto-approve"], &["destroy", "-auto-approve"], &["state", "rm", "x"]]
    {
        let ran = space.terrace(command).in_dir("a b").run().failure();
        assert_eq!(push_command(&ran), push_command(&ran), "{ran}");
        ran.says(&["does not run", "remove "]);
    }
    space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().failure().says(&["does not run"]);
    assert_eq!(store.asked().len(), asked, "nothing was asked of the store");
    space.terrace(&["state", "list"]).in_dir("a b").run().failure();
    space.terrace(&["validate"]).in_dir("a b").run().success().says(&["waits"]);

    store.with(|shelf| shelf.is_down = false);
    paste(&space, &push_command(&ran));
    assert!(store.with(|shelf| shelf.state.clone()).is_some());
    let ran = space.terrace(&["plan"]).in_dir("a b").run().success();
    ran.prints(&["No changes"]);
    let kept = rescued(&space);
    assert!(kept.len() == 1 && kept[0].extension().is_some_and(|ending| ending == "stored"), "{kept:?}");
}

#[test]
fn one_unit_of_many_that_could_not_store_its_state_is_told_in_the_summary() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    space.write("b/main.tf", MODULE).write("b/terragrunt.hcl", "");
    store.with(|shelf| shelf.is_down = true);
    let ran = space.terrace(&["run", "--all", "--non-interactive", "apply"]).run().failure();
    let summary = &ran.stdout[ran.stdout.find("Run Summary").unwrap_or_else(|| panic!("a summary: {ran}"))..];
    assert!(summary.contains("terrace state push"), "{ran}");
    assert!(space.tool("find", &["b", "-name", "terraform.tfstate"]).contains("terraform.tfstate"));
}

#[test]
fn no_rule_about_errors_looks_away_from_a_state_that_was_not_stored() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    store.write_unit(&space, "a", MODULE);
    let file = space.read("a/terragrunt.hcl");
    let rules = "errors {\n  retry \"r\" {\n    retryable_errors = [\".*\"]\n    max_attempts = 3\n    sleep_interval_sec = 1\n  }\n  ignore \"i\" {\n    ignorable_errors = [\".*\"]\n  }\n}\n";
    space.write("a/terragrunt.hcl", &format!("{file}{rules}"));
    store.with(|shelf| shelf.is_down = true);
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().failure();
    assert_eq!(rescued(&space).len(), 1, "it was applied once");
}

/// Leaves a state in the cache of a unit, as a terraform does that outlived us.
fn leave_state(space: &TestSpace, unit: &str, text: &str) {
    let cache = space.tool("find", &[unit, "-name", "main.tf", "-path", "*.terragrunt-cache*"]);
    let folder = Path::new(cache.lines().next().expect("a cache")).parent().expect("its folder").to_owned();
    space.write(&folder.join("errored.tfstate").to_string_lossy(), text);
}

#[test]
fn what_an_earlier_run_left_is_rescued_before_the_cache_is_written() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space.terrace(&["plan"]).in_dir("a").run().success();
    for (at, text) in [LEFT, "{}", "torn"].iter().enumerate() {
        leave_state(&space, "a", text);
        space.terrace(&["plan", "--source-update"]).in_dir("a").run().failure().says(&["terrace state push"]);
        assert_eq!(rescued(&space).len(), at + 1, "none replaces another");
    }
    assert_eq!(fake.calls_of("plan").len(), 1, "it ran before, and not since");
    let texts: Vec<String> =
        rescued(&space).iter().map(|path| std::fs::read_to_string(path).expect("it")).collect();
    assert!([LEFT, "{}", "torn"].iter().all(|text| texts.iter().any(|known| known == text)), "{texts:?}");
    for path in rescued(&space) {
        std::fs::remove_file(path).expect("removed");
    }
    space.terrace(&["plan"]).in_dir("a").run().success();
}

#[test]
fn a_workspace_is_part_of_the_command() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in apply) echo '{}' >errored.tfstate; return 1 ;; esac"#);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    let ran = space.terrace(&["apply"]).env("TF_WORKSPACE", "dev").in_dir("a").run().failure();
    assert!(push_command(&ran).contains("&& TF_WORKSPACE=dev terrace state push /"), "{ran}");
}

#[test]
fn a_source_that_ships_such_a_file_blocks_nothing() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "").write("a/errored.tfstate", LEFT);
    space.terrace(&["plan"]).in_dir("a").run().success();
    space.terrace(&["plan"]).in_dir("a").run().success();
    assert_eq!(space.read("a/errored.tfstate"), LEFT);
}

#[test]
fn a_local_state_survives_every_renewal_of_its_cache() {
    let space = TestSpace::new();
    let module = "terraform {\n  backend \"local\" {\n    path = \"kept/mine.json\"\n  }\n}\nresource \"terraform_data\" \"it\" {}\n";
    space.write("m/main.tf", module).write("a/terragrunt.hcl", "terraform {\n  source = \"../m\"\n}\n");
    space.terrace(&["apply", "-auto-approve"]).in_dir("a").run().success();
    space.write("m/more.tf", "");
    for args in [&["plan", "--source-update"][..], &["plan"]] {
        space.terrace(args).in_dir("a").run().success().prints(&["No changes"]);
    }
}

#[test]
fn cleaning_a_stack_keeps_states_that_are_in_use() {
    let space = TestSpace::new();
    space.write("u/main.tf", MODULE).write("u/terragrunt.hcl", "");
    space.write(
        "terragrunt.stack.hcl",
        "unit \"one\" {\n  source = \"./u\"\n  path   = \"one\"\n}\nunit \"two\" {\n  source = \"./u\"\n  path   = \"two\"\n}\n",
    );
    space.terrace(&["stack", "run", "--non-interactive", "apply"]).run().success();
    space.terrace(&["stack", "run", "--non-interactive", "destroy", "--filter", "*/two"]).run();
    leave_state(&space, ".terragrunt-stack/two", LEFT);
    space
        .terrace(&["stack", "clean"])
        .run()
        .success()
        .says(&["still knows of resources", "could not be stored"]);
    assert_eq!(rescued(&space).len(), 1);
    assert!(!space.path(".terragrunt-stack/one/terragrunt.hcl").exists(), "all else is gone");
    let ran =
        space.terrace(&["stack", "run", "--non-interactive", "plan", "--filter", "*/one"]).run().success();
    assert!(ran.stdout.contains("No changes"), "{ran}");
}

const CANARY: &str = "canary-1f7d";

#[test]
fn secrets_of_a_backend_reach_init_through_a_private_file() {
    let mut space = TestSpace::new();
    let act = r#"case "$1" in init) cp .terrace-backend.tfbackend "$TEST_SEEN"; stat -c %a .terrace-backend.tfbackend >"$TEST_SEEN.mode" ;; esac"#;
    let fake = FakeTerraform::install(&mut space, act);
    let seen = space.path("seen");
    space.set_env("TEST_SEEN", seen);
    let secrets = [
        "access_key",
        "secret_key",
        "token",
        "sas_token",
        "client_secret",
        "client_certificate_password",
        "password",
        "conn_str",
        "encryption_key",
        "sse_customer_key",
        "credentials",
        "access_token",
        "oidc_token",
        "endpoint",
        "address",
        "unheard_of",
    ];
    let lines: String = secrets.iter().map(|name| format!("    {name} = \"{CANARY}-{name}\"\n")).collect();
    space.write("a/main.tf", "terraform {\n  backend \"s3\" {}\n}\n");
    space.write(
        "a/terragrunt.hcl",
        &format!("remote_state {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"shown\"\n    key = sensitive(\"{CANARY}-key\")\n    assume_role = {{ external_id = \"{CANARY}-nested\" }}\n{lines}  }}\n}}\n"),
    );
    for args in [
        &["plan", "--log-level", "trace"][..],
        &["init", "--log-level", "trace"],
        &["run", "--all", "--log-level", "trace", "--report-file", "report.json", "plan"],
    ] {
        let dir = if args[0] == "run" { "" } else { "a" };
        space.terrace(args).in_dir(dir).run().success().never_tells(CANARY);
    }
    assert!(!space.read("report.json").contains(CANARY));
    for call in fake.calls() {
        assert!(!call.args.iter().any(|arg| arg.contains(CANARY)), "{call:?}");
    }
    let init = fake.call("init", "a");
    assert!(init.args.contains(&"-backend-config=bucket=shown".to_owned()), "{init:?}");
    let seen = space.read("seen");
    assert!(
        secrets.iter().all(|name| seen.contains(&format!("{name} = (\n  \"{CANARY}-{name}\"\n)"))),
        "{seen}"
    );
    assert!(seen.contains(&format!("{CANARY}-nested")) && seen.contains(&format!("{CANARY}-key")), "{seen}");
    assert_eq!(space.read("seen.mode").trim(), "600");
    let left = space.tool("sh", &["-c", &format!("grep -rl {CANARY} a --include='*' || true")]);
    assert!(
        left.lines().all(|path| path.ends_with("/terragrunt.hcl")),
        "it goes when init has ended: {left}"
    );
}

#[test]
fn the_real_terraform_takes_the_file() {
    let (space, store) = (TestSpace::new(), StateServer::start());
    let settings = store.settings();
    space.write("a/main.tf", &format!("terraform {{\n  backend \"http\" {{}}\n}}\n{MODULE}"));
    space.write(
        "a/terragrunt.hcl",
        &format!("remote_state {{\n  backend = \"http\"\n  config = {{\n    {settings}    username = \"me\"\n    password = \"{CANARY}${{\"$\"}}{{x}}\\\"\"\n  }}\n}}\n"),
    );
    for tool in ["terraform", "tofu"].into_iter().filter(|tool| require(tool)) {
        let args = ["apply", "-auto-approve", "--log-level", "trace", "--tf-path", tool];
        space.terrace(&args).in_dir("a").run().success().never_tells(CANARY);
    }
    use base64::Engine as _;
    let wanted = base64::engine::general_purpose::STANDARD.encode(format!("me:{CANARY}${{x}}\""));
    let asked = store.asked();
    let post = asked.iter().find(|asked| asked.method == "POST").expect("it was stored");
    assert_eq!(post.header("authorization"), format!("Basic {wanted}"));
}

#[test]
fn a_setting_that_terraform_does_not_know_is_told_without_its_value() {
    let space = TestSpace::new();
    space.write("a/main.tf", "terraform {\n  backend \"http\" {}\n}\n");
    space.write(
        "a/terragrunt.hcl",
        &format!("remote_state {{\n  backend = \"http\"\n  config = {{\n    address = \"http://127.0.0.1:9/\"\n    passwort = \"{CANARY}\"\n  }}\n}}\n"),
    );
    let ran = space.terrace(&["plan", "--log-level", "trace"]).in_dir("a").run().failure();
    ran.never_tells(CANARY).says(&["passwort"]);
}

#[test]
fn a_generated_backend_with_secrets_is_for_its_owner() {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, "");
    space.write("a/main.tf", "");
    let write = |settings: &str| {
        space.write("a/terragrunt.hcl", &format!("remote_state {{\n  backend = \"s3\"\n  generate = {{\n    path = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    bucket = \"b\"\n{settings}  }}\n}}\n"));
        space.terrace(&["plan"]).in_dir("a").run().success();
        let path = space.tool("find", &["a", "-name", "backend.tf"]);
        space.path(path.trim())
    };
    assert_eq!(mode(&write("")), 0o644);
    let path = write(&format!("    secret_key = \"{CANARY}\"\n"));
    assert_eq!(mode(&path), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("its mode");
    assert_eq!(mode(&write(&format!("    secret_key = \"{CANARY}\"\n"))), 0o600, "one of before, too");
}

/// What a hook does is its own: it comes to its end, however much it says to nobody.
#[test]
fn a_hook_outlives_terrace_and_writes_on() {
    for suppress in ["false", "true"] {
        let space = TestSpace::new();
        let root = space.root().display().to_string();
        let script = "touch @/begun\nuntil [ -e @/go-on ]; do sleep 0.05; done\ni=0\nwhile [ $i -lt 60 ]; do\n  head -c 9000 /dev/zero | tr '\\0' x || exit 1\n  head -c 9000 /dev/zero | tr '\\0' y >&2 || exit 1\n  echo by name >/dev/stderr || exit 1\n  i=$((i+1))\ndone\ntouch @/done\n";
        space.write("a/hook.sh", &script.replace('@', &root)).write("a/main.tf", "");
        let hook = format!(
            "terraform {{\n  before_hook \"h\" {{\n    commands        = [\"plan\"]\n    execute         = [\"sh\", \"hook.sh\"]\n    suppress_stdout = {suppress}\n  }}\n}}\n"
        );
        space.write("a/terragrunt.hcl", &hook);
        let running = space.terrace(&["plan"]).in_dir("a").spawn();
        assert!(eventually(|| space.path("begun").exists()), "the hook has begun");
        running.signal("KILL");
        running.wait();
        space.write("go-on", "");
        assert!(eventually(|| space.path("done").exists()), "the hook was cut off: {suppress}");
    }
}

/// A unit with a local state whose resources take their time.
fn write_slow_unit(space: &TestSpace) {
    let root = space.root().display();
    let slow = |name: &str, more: &str| {
        format!(
            "resource \"terraform_data\" \"{name}\" {{\n{more}  provisioner \"local-exec\" {{\n    command = \"touch {root}/made-{name}; sleep 1\"\n  }}\n}}\n"
        )
    };
    space.write("a/main.tf", &(slow("one", "") + &slow("two", "  depends_on = [terraform_data.one]\n")));
    space.write("a/terragrunt.hcl", &format!("remote_state {{\n  backend = \"local\"\n  generate = {{\n    path = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    path = \"{root}/state.tfstate\"\n  }}\n}}\n"));
}

#[test]
fn an_apply_outlives_terrace_and_the_reader_of_its_pipe() {
    if !require("pgrep") {
        return;
    }
    for flags in ["", " -json", " --tf-forward-stdout"] {
        let space = TestSpace::new();
        write_slow_unit(&space);
        let program = binary().to_string_lossy().into_owned();
        space.write(
            "run.sh",
            &format!("cd a\n('{program}' apply -auto-approve{flags} & echo $! >../pid; wait) 2>../err | cat >../out &\ncat=$!\nuntil [ -e ../made-one ]; do sleep 0.05; done\nkill -9 $cat $(cat ../pid)\nwait\n"),
        );
        space.tool("sh", &[&space.path("run.sh").to_string_lossy()]);
        let state = || std::fs::read_to_string(space.path("state.tfstate")).unwrap_or_default();
        let is_whole = || {
            state().contains("\"two\"")
                && !state().contains("tainted")
                && !space.path(".state.tfstate.lock.info").exists()
        };
        assert!(eventually(is_whole), "apply{flags}: {} {}", state(), space.read("err"));
    }
}
