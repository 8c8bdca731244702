//! Limits of the machine: few file handles, much output.

use super::fake::FakeTerraform;
use super::space::TestSpace;

#[test]
fn a_thousand_units_run_with_few_file_handles() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "");
    for i in 0..1000 {
        space.write(&format!("u{i:04}/terragrunt.hcl"), "").write(&format!("u{i:04}/main.tf"), "");
    }
    let ran = space.terrace(&["run", "--all", "plan"]).after_shell("ulimit -n 256").run().success();
    ran.prints(&["Succeeded    1000"]);
    assert_eq!(fake.calls_of("plan").len(), 1000);
}

#[test]
fn two_hundred_megabytes_of_output_stay_out_of_memory() {
    let mut space = TestSpace::new();
    FakeTerraform::install(
        &mut space,
        r#"case "$1" in plan) head -c 200000000 /dev/zero | tr '\0' 'x' | fold -w 200 ;; esac"#,
    );
    space.write("a/terragrunt.hcl", "").write("a/main.tf", "");
    for args in [&["plan"][..], &["run", "--all", "plan"][..]] {
        let dir = if args.len() == 1 { "a" } else { "" };
        let ran = space.terrace(args).in_dir(dir).run();
        assert_eq!(ran.status.code(), Some(0), "{}", &ran.stderr[..ran.stderr.len().min(2000)]);
        assert!(ran.stdout.len() > 200_000_000, "all of it comes through: {}", ran.stdout.len());
        assert!(ran.peak_kilobytes <= 80 * 1024, "{} kB", ran.peak_kilobytes);
    }
}

#[test]
fn one_line_of_a_hundred_megabytes_stays_out_of_memory() {
    let mut space = TestSpace::new();
    FakeTerraform::install(
        &mut space,
        r#"case "$1" in plan) head -c 100000000 /dev/zero | tr '\0' 'x' ;; esac"#,
    );
    space.write("a/terragrunt.hcl", "").write("a/main.tf", "");
    let ran = space.terrace(&["run", "--all", "plan"]).run();
    assert_eq!(ran.status.code(), Some(0), "{}", &ran.stderr[..ran.stderr.len().min(2000)]);
    assert!(ran.peak_kilobytes <= 80 * 1024, "{} kB", ran.peak_kilobytes);
}
