//! Two processes on one estate, and many units on one plugin cache.

use super::fake::FakeTerraform;
use super::space::TestSpace;

#[test]
fn two_runs_at_once_end_well_or_with_terraforms_own_lock_error() {
    let space = TestSpace::new();
    for unit in ["a", "b", "c"] {
        space.write(&format!("{unit}/terragrunt.hcl"), "inputs = {\n  n = null\n}\n");
        space.write(
            &format!("{unit}/main.tf"),
            "variable \"n\" {\n  default = \"unset\"\n}\noutput \"n\" {\n  value = var.n == null ? \"null\" : var.n\n}\nresource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"sleep 0.3\"\n  }\n}\n",
        );
    }
    let apply = ["run", "--all", "--non-interactive", "apply"];
    let both = [space.terrace(&apply).spawn(), space.terrace(&apply).spawn()];
    for ran in both.map(super::space::Running::wait) {
        let locked = ran.stderr.contains("Error acquiring the state lock");
        assert!(ran.status.success() || locked, "{ran}");
    }
    space.terrace(&apply).run().success();
    for unit in ["a", "b", "c"] {
        space.terrace(&["output", "-raw", "n"]).in_dir(unit).run().success().prints(&["null"]);
    }
    assert_eq!(space.tool("find", &[".", "-name", "*tfvars*", "-o", "-name", "*.lock.info"]), "");
}

#[test]
fn an_init_that_may_write_the_plugin_cache_has_it_to_itself() {
    let mut space = TestSpace::new();
    // Whoever finds the cache in use says so; an init takes it alone, all else takes a place in it.
    let act = r#"if [ "$1" = init ]; then
  mkdir "$TEST_CACHE/busy" || echo "init beside init" >>"$TEST_CLASHES"
  ls "$TEST_CACHE" | grep -q user && echo "init beside $1" >>"$TEST_CLASHES"
  sleep 0.1; rmdir "$TEST_CACHE/busy"
else
  touch "$TEST_CACHE/user-$$"
  [ ! -e "$TEST_CACHE/busy" ] || echo "$1 beside init" >>"$TEST_CLASHES"
  sleep 0.1; rm "$TEST_CACHE/user-$$"
fi"#;
    let fake = FakeTerraform::install(&mut space, act);
    let (cache, clashes) = (space.path("cache"), space.path("clashes"));
    std::fs::create_dir(&cache).expect("the cache");
    space.set_env("TEST_CACHE", cache.clone()).set_env("TF_PLUGIN_CACHE_DIR", cache);
    space.set_env("TEST_CLASHES", clashes);
    space.write("clashes", "");
    for unit in ["a", "b", "c", "d", "e", "f"] {
        space.write(&format!("{unit}/main.tf"), "resource \"null_resource\" \"x\" {}\n");
        space.write(&format!("{unit}/terragrunt.hcl"), "");
    }
    space.terrace(&["run", "--all", "--parallelism", "3", "plan"]).run().success();
    assert_eq!((fake.calls_of("init").len(), fake.calls_of("plan").len()), (6, 6));
    assert_eq!(space.read("clashes"), "");
}
