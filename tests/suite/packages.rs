//! Packages of providers that units share by themselves.

use super::fake::FakeTerraform;
use super::space::TestSpace;

/// Plans a unit with a tool of this version; the cache that its init was given.
fn cache(version: &str, args: &[&str], prepare: impl FnOnce(&mut TestSpace)) -> Option<String> {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install_as(&mut space, version, "");
    space.write("a/main.tf", "").write("a/terragrunt.hcl", "");
    prepare(&mut space);
    space.terrace(&[&["plan"], args].concat()).in_dir("a").run().success();
    let seen = fake.call("init", "a").env("TF_PLUGIN_CACHE_DIR").map(str::to_owned)?;
    assert!(std::path::Path::new(&seen).is_dir(), "{seen} is there");
    let base = space.root().parent().unwrap();
    Some(seen.replace(&*base.to_string_lossy(), "$BASE"))
}

#[test]
fn a_tool_that_locks_its_cache_shares_it() {
    let usual = Some("$BASE/home/.cache/terragrunt/providers".to_owned());
    assert_eq!(cache("OpenTofu v1.10.0", &[], |_| {}), usual);
    assert_eq!(
        cache("OpenTofu v1.11.2", &["--provider-cache-dir", "../own"], |_| {}),
        Some("$BASE/tree/own".to_owned())
    );
    for version in ["OpenTofu v1.9.4", "Terraform v1.11.4"] {
        assert_eq!(cache(version, &[], |_| {}), None, "{version}");
    }
    assert_eq!(cache("OpenTofu v1.10.0", &["--no-auto-provider-cache-dir"], |_| {}), None);
}

#[test]
fn what_the_user_set_stays() {
    let set = |space: &mut TestSpace| {
        let own = space.path("mine");
        std::fs::create_dir(&own).unwrap();
        space.set_env("TF_PLUGIN_CACHE_DIR", own);
    };
    assert_eq!(cache("OpenTofu v1.10.0", &[], set), Some("$BASE/tree/mine".to_owned()));
    let written = |space: &mut TestSpace| {
        let file = space.path("rc");
        space.write("rc", "plugin_cache_dir = \"/somewhere\"\n");
        space.set_env("TF_CLI_CONFIG_FILE", file);
    };
    assert_eq!(cache("OpenTofu v1.10.0", &[], written), None);
}

#[test]
fn inits_that_write_a_cache_of_the_settings_file_go_one_by_one() {
    let mut space = TestSpace::new();
    let fake = FakeTerraform::install(&mut space, "case \"$1\" in init) sleep 0.3 ;; esac");
    let file = space.path("rc");
    space.write("rc", "plugin_cache_dir = \"/somewhere\"\n");
    space.set_env("TF_CLI_CONFIG_FILE", file);
    for unit in ["a", "b", "c"] {
        space.write(&format!("{unit}/main.tf"), "resource \"null_resource\" \"a\" {}\n");
        space.write(&format!("{unit}/terragrunt.hcl"), "");
    }
    space.terrace(&["run", "--all", "plan"]).run().success();
    let inits = fake.calls_of("init");
    assert_eq!(inits.len(), 3);
    assert!(inits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{inits:?}");
}
