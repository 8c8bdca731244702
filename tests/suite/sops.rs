//! `sops_decrypt_file` through a stand-in for `sops`.

use std::os::unix::fs::PermissionsExt;

use super::space::TestSpace;

/// Puts a `sops` first on PATH that notes its arguments and "decrypts" by dropping a first line.
fn install(space: &mut TestSpace) {
    let bin = space.path("bin");
    space.write(
        "bin/sops",
        r#"#!/bin/sh
echo "$*" >>"$TEST_CALLS"
for file; do :; done
grep -q '^#locked' "$file" || { echo "no metadata found" >&2; exit 7; }
tail -n +2 "$file"
"#,
    );
    std::fs::set_permissions(bin.join("sops"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let calls = space.path("calls");
    space.write("calls", "");
    space.set_env("PATH", path).set_env("TEST_CALLS", calls);
}

#[test]
fn a_file_is_decrypted_once_in_its_own_format() {
    let mut space = TestSpace::new();
    install(&mut space);
    space.write("secret.yaml", "#locked\na: s3cr3t\n").write("more.env", "#locked\nB=2\n");
    for unit in ["a", "b"] {
        space.write(&format!("{unit}/main.tf"), "");
        space.write(
            &format!("{unit}/terragrunt.hcl"),
            "locals {\n  s = yamldecode(sops_decrypt_file(\"../secret.yaml\"))\n  e = sops_decrypt_file(\"../more.env\")\n}\ninputs = { a = local.s.a, e = local.e }\n",
        );
    }
    let ran = space.terrace(&["render", "--json", "--all"]).run().success();
    assert!(ran.stdout.contains(r#""a":"s3cr3t""#) && ran.stdout.contains(r#""e":"B=2\n""#), "{ran}");
    let calls = space.read("calls");
    let root = space.root().display();
    assert_eq!(calls.lines().count(), 2, "{calls}");
    assert!(calls.contains(&format!("--decrypt --input-type yaml --output-type yaml {root}/secret.yaml\n")));
    assert!(calls.contains(&format!("--decrypt --input-type dotenv --output-type dotenv {root}/more.env\n")));
    let found = space.terrace(&["find", "--json", "--reading"]).run().success();
    assert!(found.stdout.contains("secret.yaml"), "{found}");
}

#[test]
fn what_goes_wrong_has_a_place_and_a_next_step() {
    let mut space = TestSpace::new();
    install(&mut space);
    space.write("a/open.json", "{}").write("a/main.tf", "");
    for (name, says) in [("open.json", "no metadata found"), ("missing.json", "does not exist")] {
        space.write("a/terragrunt.hcl", &format!("locals {{\n  s = sops_decrypt_file(\"{name}\")\n}}\n"));
        space.terrace(&["render"]).in_dir("a").run().code(1).says(&["terragrunt.hcl:2:", name, says]);
    }
    space.write("a/terragrunt.hcl", "locals {\n  s = sops_decrypt_file(\"open.json\")\n}\n");
    let ran = space.terrace(&["render"]).in_dir("a").env("PATH", "/nonexistent").run().code(1);
    ran.says(&["terragrunt.hcl:2:", "`sops`, which is not on PATH", "getsops.io"]);
}
