//! `errors`: another try, looking away, and what is left of it.

use super::fake::FakeTerraform;
use super::space::{Ran, TestSpace};

/// Applies one unit whose terraform fails with these words so many times; gives the tries as well.
fn apply(errors: &str, words: &str, (failures, args): (usize, &[&str])) -> (Ran, usize, TestSpace) {
    let mut space = TestSpace::new();
    let act = format!(
        "case \"$1\" in apply) echo x >>$TEST_TRIES; [ $(wc -l <$TEST_TRIES) -gt {failures} ] || {{ echo '{words}' >&2; return 9; }} ;; esac"
    );
    let fake = FakeTerraform::install(&mut space, &act);
    let tries = space.path("tries");
    space.write("tries", "");
    space.set_env("TEST_TRIES", tries);
    space.write("a/main.tf", "").write("a/terragrunt.hcl", &format!("errors {{\n{errors}}}\n"));
    let all = [&["apply", "--report-file", "report.json"], args].concat();
    let ran = space.terrace(&all).in_dir("a").run();
    let count = fake.calls_of("apply").len();
    (ran, count, space)
}

fn retry(name: &str, pattern: &str, attempts: usize) -> String {
    format!(
        "  retry \"{name}\" {{\n    retryable_errors   = [{pattern}]\n    max_attempts       = {attempts}\n    sleep_interval_sec = 0\n  }}\n"
    )
}

#[test]
fn a_passing_fault_is_tried_again_as_often_as_the_block_says() {
    let block = retry("flaky", "\".*flaky network.*\"", 3);
    let (ran, tries, space) = apply(&block, "a flaky,  network", (2, &[]));
    let ran = ran.success();
    assert!(!ran.stderr.contains("ERROR"), "nothing went wrong in the end: {ran}");
    assert_eq!(tries, 3);
    let report = space.read("a/report.json");
    assert!(report.contains("\"retry succeeded\"") && report.contains("\"flaky\""), "{report}");
    let (ran, tries, space) = apply(&block, "a flaky network", (9, &[]));
    ran.code(9).says(&["3 tries (flaky) were not enough"]);
    assert_eq!(tries, 3);
    let report = space.read("a/report.json");
    assert!(report.contains("\"run error\"") && report.contains("a flaky network"), "{report}");
    let (ran, tries, _) = apply(&block, "a flaky network", (9, &["--no-auto-retry"]));
    ran.code(9);
    assert_eq!(tries, 1);
}

#[test]
fn a_negative_pattern_before_a_positive_one_wins() {
    let block = retry("most", "\"!.*fatal.*\", \".*flaky.*\"", 2);
    for (words, want) in [("flaky", 2), ("fatal and flaky", 1), ("other", 1)] {
        let (ran, tries, _) = apply(&block, words, (9, &[]));
        ran.code(9);
        assert_eq!(tries, want, "{words}");
    }
}

#[test]
fn the_built_in_patterns_go_unless_they_are_asked_for() {
    let words = "Failed to install provider: net/http: TLS handshake timeout";
    let (_, tries, _) = apply(&retry("other", "\".*other.*\"", 2), words, (9, &[]));
    assert_eq!(tries, 1);
    let asked = retry("all", "\".*other.*\"", 2).replace("[\".*other.*\"]", "get_default_retryable_errors()");
    let (_, tries, _) = apply(&asked, words, (9, &[]));
    assert_eq!(tries, 2);
}

#[test]
fn an_ignored_error_is_a_success_that_leaves_its_signals_beside_the_unit() {
    let block = "  ignore \"known\" {\n    ignorable_errors = [\".*known: issue.*\"]\n    message = \"see the ticket\"\n    signals = { alert = false, page = true }\n  }\n";
    let (ran, tries, space) = apply(block, "a known: issue", (9, &[]));
    let ran = ran.success().says(&["ignored, as the errors block known asks: see the ticket"]);
    assert!(!ran.stderr.contains("ERROR"), "what a unit expects is no error: {ran}");
    assert_eq!(tries, 1);
    let signals: serde_json::Value = serde_json::from_str(&space.read("a/error-signals.json")).unwrap();
    assert_eq!(signals, serde_json::json!({ "alert": false, "page": true }));
    let report = space.read("a/report.json");
    assert!(report.contains("\"error ignored\"") && report.contains("\"known\""), "{report}");
}

#[test]
fn looking_away_goes_before_trying_again() {
    let both = format!(
        "{}  ignore \"quiet\" {{\n    ignorable_errors = [\".*boom.*\"]\n  }}\n",
        retry("loud", "\".*boom.*\"", 3)
    );
    let (ran, tries, _) = apply(&both, "boom", (9, &[]));
    ran.success();
    assert_eq!(tries, 1);
}
