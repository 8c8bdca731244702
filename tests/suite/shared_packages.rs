//! Packages of providers: fetched once for all units of a run, once for all runs, and never at the cost of a lock file.

use super::registry::{Registry, platform};
use super::space::{TestSpace, require};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LOCK: &str = ".terraform.lock.hcl";

/// A space with a registry; `None` where a tool is missing.
fn start() -> Option<(TestSpace, Registry)> {
    if !require("terraform") || !require("gpg") {
        return None;
    }
    let mut space = TestSpace::new();
    let registry = Registry::start(&mut space);
    Some((space, registry))
}

/// The lock file that terraform alone writes for this code.
fn plain_lock(space: &TestSpace, code: &str) -> String {
    let folder = space.root().parent().unwrap().join("plain");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.tf"), code).unwrap();
    let _ = std::fs::remove_file(folder.join(LOCK));
    let out = space.command("terraform", &["init", "-input=false"]).current_dir(&folder).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let lock = std::fs::read_to_string(folder.join(LOCK)).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    lock
}

fn write_units(space: &TestSpace, count: usize, (code, lock): (&str, Option<&str>)) {
    for i in 0..count {
        space.write(&format!("u{i:03}/main.tf"), code).write(&format!("u{i:03}/terragrunt.hcl"), "");
        if let Some(lock) = lock {
            space.write(&format!("u{i:03}/{LOCK}"), lock);
        }
    }
}

fn init_all(space: &TestSpace) {
    space.terrace(&["run", "--all", "init"]).run().success();
}

/// Each package was taken so often since then.
fn taken_since(registry: &Registry, before: &BTreeMap<String, usize>) -> Vec<usize> {
    let count = |name: &String, count: usize| count - before.get(name).copied().unwrap_or(0);
    registry.taken().iter().map(|(name, now)| count(name, *now)).filter(|count| *count > 0).collect()
}

fn forget_working_dirs(space: &TestSpace) {
    for unit in std::fs::read_dir(space.root()).unwrap().flatten() {
        let _ = std::fs::remove_dir_all(unit.path().join(".terragrunt-cache"));
    }
}

/// Where units' packages are found, each as often as it is there: links lead to what all share.
fn packages(space: &TestSpace) -> Vec<(PathBuf, bool)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, bool)>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, is_link) = (entry.path(), entry.file_type().unwrap().is_symlink());
            if entry.file_name().to_string_lossy() == platform() {
                found.push((path.canonicalize().unwrap(), is_link));
            } else if !is_link && path.is_dir() {
                walk(&path, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(space.root(), &mut found);
    found
}

#[test]
fn a_hundred_units_take_each_package_once_and_keep_their_locks() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    write_units(&space, 100, (&code, Some(&lock)));
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [1, 1], "cold: {:?}", registry.taken());
    for i in 0..100 {
        assert_eq!(space.read(&format!("u{i:03}/{LOCK}")), lock);
    }
    let found = packages(&space);
    assert_eq!(found.len(), 200);
    assert!(found.iter().all(|(_, is_link)| *is_link), "each is unpacked once");
    assert_eq!(registry.asked("/acme/ghost/versions").len(), 2, "once for terraform alone, once for the run");
    for i in 10..100 {
        std::fs::remove_dir_all(space.path(&format!("u{i:03}"))).unwrap();
    }
    forget_working_dirs(&space);
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [0; 0], "warm");
    assert_eq!(space.read(&format!("u003/{LOCK}")), lock);
}

#[test]
fn a_unit_without_a_lock_file_gets_the_one_that_terraform_writes() {
    let Some((space, registry)) = start() else { return };
    let (code, other) = (registry.code("~> 1.0"), registry.code("1.0.0"));
    let (lock, other_lock) = (plain_lock(&space, &code), plain_lock(&space, &other));
    assert!(lock.contains("zh:") && lock.contains("h1:"));
    write_units(&space, 8, (&code, None));
    space.write("u003/main.tf", &other);
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [1, 1, 1], "{:?}", registry.taken());
    for i in 0..8 {
        let want = if i == 3 { &other_lock } else { &lock };
        assert_eq!(&space.read(&format!("u{i:03}/{LOCK}")), want, "u{i:03}");
    }
    assert!(
        packages(&space).iter().all(|(_, is_link)| *is_link),
        "what terraform unpacked gave way to links"
    );
    // Nor again in a later run, whose units are as new.
    forget_working_dirs(&space);
    for i in 0..8 {
        std::fs::remove_file(space.path(&format!("u{i:03}/{LOCK}"))).unwrap();
    }
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [0; 0]);
    assert_eq!(space.read(&format!("u000/{LOCK}")), lock);
}

#[test]
fn a_lock_file_that_knows_zips_alone_becomes_what_terraform_makes_of_it() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    let zips: String =
        lock.lines().filter(|line| !line.contains("h1:")).map(|line| format!("{line}\n")).collect();
    write_units(&space, 3, (&code, Some(&zips)));
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [1, 1]);
    for i in 0..3 {
        assert_eq!(space.read(&format!("u{i:03}/{LOCK}")), lock);
    }
}

#[test]
fn a_network_mirror_of_the_users_is_asked_once_too() {
    let Some((mut space, registry)) = start() else { return };
    // terraform asks no mirror for a host with a port.
    let code = registry.code("~> 1.0").replace(&registry.host(), "example.com");
    let settings = format!(
        "provider_installation {{\n  network_mirror {{\n    url = \"{}\"\n  }}\n}}\n",
        registry.mirror()
    );
    space.write("rc", &settings);
    let at = space.path("rc");
    space.set_env("TF_CLI_CONFIG_FILE", at);
    let lock = plain_lock(&space, &code);
    write_units(&space, 5, (&code, Some(&lock)));
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [1, 1], "{:?}", registry.taken());
    assert_eq!(space.read(&format!("u004/{LOCK}")), lock);
}

#[test]
fn the_users_settings_keep_their_meaning() {
    let Some((mut space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    space.write("rc", &format!("credentials \"{}\" {{\n  token = \"s3cr3t\"\n}}\n", registry.host()));
    let at = space.path("rc");
    space.set_env("TF_CLI_CONFIG_FILE", at);
    write_units(&space, 3, (&code, None));
    let run = space.terrace(&["run", "--all", "--log-level", "debug", "init"]).run().success();
    let asked = registry.asked("/versions");
    assert!(
        !asked.is_empty() && asked.iter().all(|it| it.header("authorization") == "Bearer s3cr3t"),
        "{asked:?}"
    );
    run.never_tells("s3cr3t");
    let grep = space.command("grep", &["-rl", "s3cr3t", "../home", "../tmp"]).output().unwrap();
    let left = String::from_utf8_lossy(&grep.stdout).into_owned();
    assert_eq!(left, "", "no settings are left over");
}

#[test]
fn a_plugin_cache_of_the_users_stays_the_only_one() {
    let Some((mut space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    let cache = space.root().parent().unwrap().join("mine");
    std::fs::create_dir(&cache).unwrap();
    space.set_env("TF_PLUGIN_CACHE_DIR", &cache);
    write_units(&space, 4, (&code, Some(&lock)));
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [1, 1]);
    for (path, is_link) in packages(&space) {
        assert!(is_link && path.starts_with(&cache), "{}", path.display());
    }
}

#[test]
fn a_package_that_the_lock_file_does_not_know_is_never_linked() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    write_units(&space, 2, (&code, Some(&lock)));
    init_all(&space);
    let broken: String = lock
        .lines()
        .map(|line| match line.trim_start().starts_with("\"h1:") || line.trim_start().starts_with("\"zh:") {
            true if line.contains("h1:") => {
                "    \"h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\n".to_owned()
            }
            true => String::new(),
            false => format!("{line}\n"),
        })
        .collect();
    space.write(&format!("u001/{LOCK}"), &broken);
    let run = space.terrace(&["run", "--all", "init"]).run().failure();
    run.says(&["checksums"]);
    assert_eq!(space.read(&format!("u001/{LOCK}")), broken);
    let shared = packages(&space).into_iter().find(|(_, is_link)| *is_link).expect("a shared package").0;
    assert!(shared.exists());
    forget_working_dirs(&space);
    space.write(&format!("u001/{LOCK}"), &lock);
    init_all(&space);
}

#[test]
fn a_run_that_is_killed_publishes_no_half_of_a_package() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    write_units(&space, 3, (&code, Some(&lock)));
    registry.slow.store(true, std::sync::atomic::Ordering::SeqCst);
    let before = registry.taken();
    let running = space.terrace(&["run", "--all", "init"]).spawn();
    assert!(super::space::eventually(|| !taken_since(&registry, &before).is_empty()));
    running.signal("KILL");
    running.wait();
    registry.slow.store(false, std::sync::atomic::Ordering::SeqCst);
    let store = space.root().parent().unwrap().join("home/.cache/terragrunt/providers/terrace");
    let published = ["packages", "archives"].iter().filter(|part| store.join(part).exists()).count();
    assert_eq!(published, 0, "nothing has its name yet");
    init_all(&space);
    assert_eq!(space.read(&format!("u002/{LOCK}")), lock);
    assert_eq!(packages(&space).len(), 6);
}

#[test]
fn what_was_damaged_in_the_store_is_fetched_anew() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    write_units(&space, 2, (&code, Some(&lock)));
    init_all(&space);
    let store = space.root().parent().unwrap().join("home/.cache/terragrunt/providers/terrace");
    // A zip with something behind its end would still give the very files.
    let damage = "chmod -R u+w . && find packages archives -type f | while read f; do echo x > \"$f\"; done";
    space.tool("sh", &["-c", &format!("cd {} && {damage}", store.display())]);
    forget_working_dirs(&space);
    let before = registry.taken();
    init_all(&space);
    assert_eq!(taken_since(&registry, &before), [1, 1]);
    assert_eq!(space.read(&format!("u001/{LOCK}")), lock);
    // Without a lock file the sums of the registry tell.
    space.tool(
        "sh",
        &[
            "-c",
            &format!(
                "chmod -R u+w {0} && find {0}/archives -type f | while read f; do echo x >> \"$f\"; done",
                store.display()
            ),
        ],
    );
    forget_working_dirs(&space);
    std::fs::remove_file(space.path(&format!("u001/{LOCK}"))).unwrap();
    init_all(&space);
    assert_eq!(space.read(&format!("u001/{LOCK}")), lock);
}

#[test]
fn sharing_can_be_turned_off() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    write_units(&space, 2, (&code, Some(&lock)));
    space.terrace(&["run", "--all", "--no-auto-provider-cache-dir", "init"]).run().success();
    assert!(packages(&space).iter().all(|(_, is_link)| !*is_link));
}

/// `zh:` of every platform that the registry tells, `h1:` of the one that was asked for.
#[test]
fn a_lock_file_out_of_a_registry_is_that_of_terraform() {
    let Some((space, registry)) = start() else { return };
    let code = registry.code("~> 1.0");
    let lock = plain_lock(&space, &code);
    write_units(&space, 2, (&code, None));
    let before = registry.taken();
    let platform = platform();
    let args = ["pins", "lock", "--from-registry", "--platform", &platform];
    space.terrace(&args).run().success().says(&["signatures were not checked", "2 lock files written"]);
    for i in 0..2 {
        assert_eq!(space.read(&format!("u{i:03}/{LOCK}")), lock);
    }
    assert_eq!(taken_since(&registry, &before), [1, 1], "each package once");
    let ran = space.terrace(&args).run().success();
    assert!(ran.says(&["are complete"]).stderr.matches("signatures").count() == 0, "nothing new was trusted");
    let other = ["pins", "lock", "--from-registry", "--platform", "plan9_386"];
    space.terrace(&other).run().code(1).says(&["TRC1207", "plan9_386", "the registries of the providers"]);
    let both = [&args[..], &["--fs-mirror", "."]].concat();
    space.terrace(&both).run().failure().says(&["exclude each other"]);
}
