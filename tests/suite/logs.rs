//! How the log looks: templates, terraform's own log, absolute names.

use super::fake::FakeTerraform;
use super::space::TestSpace;

fn space(act: &str) -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, act);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    space
}

#[test]
fn a_template_makes_every_line() {
    let space = space("case \"$1\" in plan) echo words ;; esac");
    let template = "%level(case=upper,width=7)|%prefix(suffix=': ')%tf-path(suffix='> ')%msg";
    let args = ["run", "--all", "plan", "--log-custom-format", template];
    let ran = space.terrace(&args).run().success();
    assert!(ran.stdout.lines().any(|line| line == "STDOUT |a: terraform> words"), "{ran}");
    assert!(ran.stderr.lines().any(|line| line == "INFO   |a: init"), "{ran}");
    assert!(ran.stderr.lines().all(|line| line.starts_with("INFO   |")), "{ran}");
}

#[test]
fn a_template_that_makes_no_sense_is_underlined() {
    let space = space("");
    let ran = space.terrace(&["plan"]).env("TG_LOG_CUSTOM_FORMAT", "%time %levl").in_dir("a").run().code(1);
    ran.says(&["%time %levl\n         ^", "did you mean %level?"]);
}

#[test]
fn terraforms_log_keeps_its_levels() {
    let say = "echo '2026-11-25T19:37:45.787Z [INFO]  quiet words' >&2; echo '2026-11-25T19:37:45.787Z [WARN]  loud words' >&2; echo plain >&2";
    let space = space(&format!("case \"$1\" in plan) {say} ;; esac"));
    let ran = space.terrace(&["plan"]).in_dir("a").run().success();
    let has =
        |level: &str, text: &str| ran.stderr.lines().any(|line| line.contains(level) && line.ends_with(text));
    assert!(has("INFO", "terraform: TF_LOG: quiet words"), "{ran}");
    assert!(has("WARN", "terraform: TF_LOG: loud words") && has("STDERR", "terraform: plain"), "{ran}");
    let ran = space.terrace(&["plan", "--log-level", "warn"]).in_dir("a").run().success();
    assert!(!ran.stderr.contains("quiet words") && ran.stderr.contains("loud words"), "{ran}");
}

#[test]
fn names_are_absolute_on_request() {
    let space = space("case \"$1\" in plan) echo words ;; esac");
    let ran = space.terrace(&["run", "--all", "plan", "--log-show-abs-paths"]).run().success();
    let name = format!("[{}] terraform: words", space.path("a").display());
    ran.prints(&[&name]);
    let alone = space.terrace(&["plan", "--log-show-abs-paths"]).in_dir("a").run().success();
    alone.prints(&["STDOUT terraform: words"]);
}

#[test]
fn the_lowest_level_leaves_what_terraform_prints_out() {
    let space = space("case \"$1\" in plan) echo words; echo faults >&2 ;; esac");
    for (level, is_there) in [("stderr", false), ("stdout", true), ("error", true)] {
        let ran = space.terrace(&["plan", "--log-level", level]).in_dir("a").run().success();
        assert_eq!(ran.stdout.contains("words"), is_there, "{level}: {ran}");
        ran.says(&["faults"]);
    }
}

#[test]
fn a_unit_at_the_root_is_named_among_others() {
    let space = space("case \"$1\" in plan) echo words ;; esac");
    space.write("terragrunt.hcl", "").write("main.tf", "");
    let ran = space.terrace(&["run", "--all", "plan"]).run().success();
    ran.prints(&["[.] terraform: words", "[a] terraform: words"]);
}

#[test]
fn telemetry_that_is_not_there_is_said_and_a_trace_goes_on() {
    let mut space = space("case \"$1\" in plan) echo \"trace $TRACEPARENT\" ;; esac");
    space.set_env("TRACEPARENT", "00-x-y-01");
    let ran = space.terrace(&["plan"]).env("TG_TELEMETRY_TRACE_EXPORTER", "console").in_dir("a").run();
    ran.success().says(&["TG_TELEMETRY_TRACE_EXPORTER has no effect"]).prints(&["trace 00-x-y-01"]);
}
