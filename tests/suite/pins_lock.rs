//! `pins lock` and `pins verify` end to end: lock files are those of the real terraform, byte for byte.

use super::server::{Asked, Reply, Server};
use super::space::{TestSpace, require};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PLATFORMS: [&str; 2] = ["linux_amd64", "darwin_arm64"];
const LOCK: &str = ".terraform.lock.hcl";

/// A packed provider.
fn packed(kind: &str, version: &str, platform: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let program = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(format!("terraform-provider-{kind}_v{version}"), program).unwrap();
    zip.write_all(format!("#!/bin/sh\n# {kind} {version} {platform}\n").as_bytes()).unwrap();
    zip.add_directory("docs", SimpleFileOptions::default()).unwrap();
    zip.start_file("docs/README.md", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"read me\n").unwrap();
    zip.finish().unwrap().into_inner()
}

fn zip_name(kind: &str, version: &str, platform: &str) -> String {
    format!("terraform-provider-{kind}_{version}_{platform}.zip")
}

/// Puts the packages of a provider of `acme` into `mirror/`.
fn mirror(space: &TestSpace, kind: &str, versions: &[&str]) {
    for version in versions {
        for platform in PLATFORMS {
            let folder = space.path(&format!("mirror/registry.terraform.io/acme/{kind}"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(zip_name(kind, version, platform)), packed(kind, version, platform))
                .unwrap();
        }
    }
}

fn required(kind: &str, version: &str) -> String {
    let version = if version.is_empty() { String::new() } else { format!("\n      version = \"{version}\"") };
    format!(
        "terraform {{\n  required_providers {{\n    {kind} = {{\n      source  = \"acme/{kind}\"{version}\n    }}\n  }}\n}}\n"
    )
}

const VERSIONS: [&str; 8] =
    ["1.0.0", "1.1.0", "1.1.5", "1.2.0-beta1", "1.2.0", "1.3.0-rc.1", "2.0.0", "10.0.0"];

/// What terraform writes for the code of a folder, copied elsewhere with its lock file.
fn by_terraform(space: &TestSpace, unit: &str, args: &[&str]) -> String {
    let name = format!("terraform-{}", unit.replace('/', "-"));
    let copy = space.path(&name);
    copy_all(&space.path(unit), &copy);
    let run = |args: &[&str]| {
        let done = space.command("terraform", args).current_dir(&copy).output().unwrap();
        assert!(done.status.success(), "{unit}: {}", String::from_utf8_lossy(&done.stderr));
    };
    run(&["get"]);
    run(&[&["providers", "lock"], args].concat());
    let text = std::fs::read_to_string(copy.join(LOCK)).unwrap();
    std::fs::remove_dir_all(&copy).unwrap();
    text
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// Units with the constraints that their modules have: the first is the root's, the next one is called by it, and so on.
const UNITS: [(&str, &[&str]); 9] = [
    ("plain", &[""]),
    ("bounded", &["~> 1.1"]),
    ("ordered", &["< 2.0.0, ~>1.1,!=1.1.5 , >= 1.0.0"]),
    ("tree", &[">= 1.0.0", "~> 1.1", "!= 1.1.5", "< 2.0.0", ">= 1.0"]),
    ("prerelease", &["1.2.0-beta1", ">= 1.0.0", "< 1.2.0"]),
    ("near", &["~> 1.2.0-beta1"]),
    ("not", &["!= 10.0.0, != 2.0"]),
    ("exact", &["= 1.1"]),
    ("old", &["<= 1.1, ~> 1"]),
];

fn estate(space: &TestSpace) {
    mirror(space, "foo", &VERSIONS);
    for (unit, constraints) in UNITS {
        let mut folder = format!("units/{unit}");
        space.write(&format!("{folder}/terragrunt.hcl"), "");
        for (depth, constraint) in constraints.iter().enumerate() {
            space.write(&format!("{folder}/versions.tf"), &required("foo", constraint));
            if depth + 1 < constraints.len() {
                space.write(&format!("{folder}/main.tf"), "module \"next\" {\n  source = \"./next\"\n}\n");
            }
            folder += "/next";
        }
    }
}

fn with_mirror<'a>(space: &'a TestSpace, args: &[&'a str]) -> Vec<String> {
    let mirror = space.path("mirror").display().to_string();
    let platforms = PLATFORMS.iter().flat_map(|platform| ["--platform", platform]);
    let words = ["pins", "lock", "--all", "--fs-mirror", &mirror].into_iter().chain(platforms);
    words.chain(args.iter().copied()).map(str::to_owned).collect()
}

fn lock_all(space: &TestSpace, args: &[&str]) -> super::space::Invocation {
    let words = with_mirror(space, args);
    space.terrace(&words.iter().map(String::as_str).collect::<Vec<_>>()).in_dir("units")
}

#[test]
fn lock_files_are_those_of_terraform_for_two_platforms() {
    if !require("terraform") {
        return;
    }
    let space = TestSpace::new();
    estate(&space);
    let mirror = format!("-fs-mirror={}", space.path("mirror").display());
    let args = [&*mirror, "-platform=linux_amd64", "-platform=darwin_arm64"];
    let mut wanted: BTreeMap<&str, String> = BTreeMap::new();
    for (unit, _) in UNITS {
        wanted.insert(unit, by_terraform(&space, &format!("units/{unit}"), &args));
    }
    lock_all(&space, &["--check"])
        .run()
        .code(3)
        .prints(&["+++ new/tree/.terraform.lock.hcl", "+  hashes = ["]);
    assert!(!space.path("units/tree").join(LOCK).exists(), "--check writes nothing");
    lock_all(&space, &[]).run().success().says(&["9 lock files written"]);
    for (unit, text) in &wanted {
        assert_eq!(space.read(&format!("units/{unit}/{LOCK}")), *text, "{unit}");
    }
    lock_all(&space, &["--check"]).run().success().says(&["complete"]);
}

#[test]
fn what_is_locked_for_one_platform_is_completed_as_terraform_does() {
    if !require("terraform") {
        return;
    }
    let space = TestSpace::new();
    mirror(&space, "foo", &VERSIONS);
    space.write("units/u/terragrunt.hcl", "").write("units/u/main.tf", &required("foo", "~> 1.1"));
    let mirror = format!("-fs-mirror={}", space.path("mirror").display());
    let first = by_terraform(&space, "units/u", &[&mirror, "-platform=linux_amd64"]);
    // What a registry said, and terraform's own words of before; an older version that still fits.
    let zh = format!("    \"zh:{}\",\n  ]", "0".repeat(64));
    let old = first
        .replace("  ]", &zh)
        .replace("# Manual", "# mine\n# Manual")
        .replace("\"~> 1.1\"", "\">= 1.0.0\"");
    space.write(&format!("units/u/{LOCK}"), &old);
    let both = by_terraform(&space, "units/u", &[&mirror, "-platform=linux_amd64", "-platform=darwin_arm64"]);
    lock_all(&space, &[]).run().code(1).says(&["TRC1209", "darwin_arm64", "--trust-mirror"]);
    assert_eq!(space.read(&format!("units/u/{LOCK}")), old, "nothing half-written");
    lock_all(&space, &["--trust-mirror"]).run().success();
    assert_eq!(space.read(&format!("units/u/{LOCK}")), both);
    assert!(both.contains("zh:000") && both.contains("\"~> 1.1\""), "{both}");
}

/// The provider that users have most, in a mirror that holds it unpacked.
#[test]
fn an_unpacked_mirror_yields_the_hash_that_terraform_records() {
    let Some(mirror) = std::env::var_os("TERRACE_PROVIDER_MIRROR").filter(|_| require("terraform")) else {
        return;
    };
    let mirror = mirror.to_string_lossy().into_owned();
    let space = TestSpace::new();
    let code = required("aws", "~> 5.0").replace("acme/", "hashicorp/");
    space.write("units/u/terragrunt.hcl", "").write("units/u/main.tf", &code);
    let want = by_terraform(&space, "units/u", &[&format!("-fs-mirror={mirror}"), "-platform=linux_amd64"]);
    let args = ["pins", "lock", "--fs-mirror", &mirror, "--platform", "linux_amd64"];
    space.terrace(&args).in_dir("units/u").run().success();
    assert_eq!(space.read(&format!("units/u/{LOCK}")), want);
}

#[test]
fn tofu_has_its_own_registry_and_its_own_words() {
    if !require("tofu") {
        return;
    }
    let mut space = TestSpace::new();
    space.set_env("TG_TF_PATH", "tofu");
    mirror(&space, "foo", &["1.0.0"]);
    let (from, to) = (space.path("mirror/registry.terraform.io"), space.path("mirror/registry.opentofu.org"));
    std::fs::rename(from, to).unwrap();
    space.write("units/u/terragrunt.hcl", "").write("units/u/main.tofu", &required("foo", "1.0.0"));
    copy_all(&space.path("units/u"), &space.path("copy"));
    let mirror = format!("-fs-mirror={}", space.path("mirror").display());
    let args = ["providers", "lock", &mirror, "-platform=linux_amd64", "-platform=darwin_arm64"];
    let done = space.command("tofu", &args).current_dir(space.path("copy")).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    lock_all(&space, &[]).run().success();
    assert_eq!(space.read(&format!("units/u/{LOCK}")), space.read(&format!("copy/{LOCK}")));
}

/// A network mirror of one provider; what it says of each package's hashes is up to the test.
fn serve(space: &TestSpace, hashes: &'static str) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a pair");
    space.write("cert.pem", &made.cert.pem());
    let server = Server::start_tls(config, move |asked: &Asked| answer(asked, hashes));
    let address = server.url("/providers/");
    (server, address)
}

fn answer(asked: &Asked, hashes: &str) -> Reply {
    let name = asked.path.rsplit('/').next().unwrap_or_default();
    let json = |text: String| Reply::ok(text).header("content-type", "application/json");
    match name {
        "index.json" => json("{\"versions\":{\"1.0.0\":{},\"1.1.0\":{}}}".to_owned()),
        "1.1.0.json" => {
            let of = |platform: &str| {
                let name = zip_name("foo", "1.1.0", platform);
                format!("\"{platform}\":{{\"url\":\"../../../../zips/{name}\"{hashes}}}")
            };
            json(format!("{{\"archives\":{{{},{}}}}}", of(PLATFORMS[0]), of(PLATFORMS[1])))
        }
        name => match PLATFORMS.iter().find(|platform| zip_name("foo", "1.1.0", platform) == name) {
            Some(platform) if asked.method == "HEAD" => {
                let length = packed("foo", "1.1.0", platform).len().to_string();
                Reply::ok("").header("content-type", "application/zip").header("content-length", &length)
            }
            Some(platform) => {
                Reply::ok(packed("foo", "1.1.0", platform)).header("content-type", "application/zip")
            }
            None => Reply::status(404),
        },
    }
}

#[test]
fn a_network_mirror_is_read_once_for_the_whole_estate() {
    if !require("terraform") {
        return;
    }
    let mut space = TestSpace::new();
    let (server, address) = serve(&space, "");
    let cert = space.path("cert.pem");
    space.set_env("SSL_CERT_FILE", cert);
    for unit in ["a", "b", "c", "d"] {
        space.write(&format!("units/{unit}/terragrunt.hcl"), "");
        space.write(&format!("units/{unit}/main.tf"), &required("foo", ">= 1.0"));
    }
    let flag = format!("-net-mirror={address}");
    let want = by_terraform(&space, "units/a", &[&flag, "-platform=linux_amd64", "-platform=darwin_arm64"]);
    let before = server.asked().len();
    let args = ["pins", "lock", "--all", "--net-mirror", &address, "--platform", "linux_amd64"];
    let args = [&args[..], &["--platform", "darwin_arm64"]].concat();
    space.terrace(&args).in_dir("units").run().success().says(&["4 lock files written"]);
    for unit in ["a", "b", "c", "d"] {
        assert_eq!(space.read(&format!("units/{unit}/{LOCK}")), want, "{unit}");
    }
    let asked: Vec<String> = server.asked()[before..].iter().map(|asked| asked.path.clone()).collect();
    let zips = asked.iter().filter(|path| path.ends_with(".zip")).count();
    assert_eq!((zips, asked.len()), (2, 4), "{asked:?}");
}

#[test]
fn a_mirror_that_does_not_keep_its_promise_is_refused() {
    let mut space = TestSpace::new();
    let wrong = ",\"hashes\":[\"h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]";
    let (_server, address) = serve(&space, wrong);
    space.write("units/u/terragrunt.hcl", "").write("units/u/main.tf", &required("foo", ""));
    let args = ["pins", "lock", "--net-mirror", &address, "--platform", "linux_amd64"];
    space.terrace(&args).in_dir("units/u").run().code(1).says(&["TRC1207", "certificate"]);
    let cert = space.path("cert.pem");
    space.set_env("SSL_CERT_FILE", cert);
    space.terrace(&args).in_dir("units/u").run().code(1).says(&["TRC1208", "h1:AAAAAAA"]);
    assert!(!space.path(&format!("units/u/{LOCK}")).exists());
}

#[test]
fn a_bad_package_leaves_every_lock_file_of_its_units_alone() {
    let space = TestSpace::new();
    mirror(&space, "foo", &["1.0.0"]);
    mirror(&space, "bar", &["1.0.0"]);
    space.write("units/bad/terragrunt.hcl", "").write("units/bad/main.tf", &required("bar", ""));
    space.write("units/good/terragrunt.hcl", "").write("units/good/main.tf", &required("foo", ""));
    let place =
        space.path("mirror/registry.terraform.io/acme/bar").join(zip_name("bar", "1.0.0", PLATFORMS[0]));
    let whole = std::fs::read(&place).unwrap();
    std::fs::write(&place, &whole[..whole.len() - 30]).unwrap();
    lock_all(&space, &[]).run().code(1).says(&["TRC1208", "no whole zip", "bad/main.tf"]);
    assert!(!space.path(&format!("units/bad/{LOCK}")).exists());
    assert!(space.path(&format!("units/good/{LOCK}")).exists(), "others are locked");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("../../evil", SimpleFileOptions::default()).unwrap();
    std::fs::write(&place, zip.finish().unwrap().into_inner()).unwrap();
    lock_all(&space, &[]).run().code(1).says(&["TRC1208", "../../evil", "climbs out"]);
}

#[test]
fn mirrors_of_terraforms_own_settings_are_used() {
    let mut space = TestSpace::new();
    mirror(&space, "foo", &["1.0.0"]);
    let rc = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path    = \"{}\"\n    include = [\"acme/*\"]\n  }}\n  direct {{}}\n}}\n",
        space.path("mirror").display()
    );
    space.write("rc", &rc);
    let file = space.path("rc");
    space.set_env("TF_CLI_CONFIG_FILE", file);
    space.write("u/terragrunt.hcl", "").write("u/main.tf", &required("foo", ""));
    let args = ["pins", "lock", "--platform", "linux_amd64"];
    space.terrace(&args).in_dir("u").run().success();
    assert!(space.read(&format!("u/{LOCK}")).contains("acme/foo"));
    space
        .write("v/terragrunt.hcl", "")
        .write("v/main.tf", &required("aws", "").replace("acme/", "hashicorp/"));
    space.terrace(&args).in_dir("v").run().code(1).says(&["TRC1207", "hashicorp/aws"]);
}

/// The code of a unit is its module with what the unit lays over it and generates.
#[test]
fn generated_files_and_the_units_own_count() {
    let space = TestSpace::new();
    mirror(&space, "foo", &["1.0.0", "2.0.0"]);
    mirror(&space, "bar", &["1.0.0"]);
    space.write("modules/m/main.tf", &required("foo", ">= 1.0"));
    let generate = "generate \"versions\" {\n  path      = \"bar.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\nterraform {\n  required_providers {\n    bar = {\n      source = \"acme/bar\"\n    }\n  }\n}\nEOF\n}\n";
    space.write(
        "units/u/terragrunt.hcl",
        &format!("terraform {{\n  source = \"../../modules//m\"\n}}\n{generate}"),
    );
    space.write("units/u/own_override.tf", &required("foo", "< 2.0"));
    lock_all(&space, &[]).run().success();
    let lock = space.read(&format!("units/u/{LOCK}"));
    assert!(lock.contains("acme/bar") && lock.contains("version     = \"1.0.0\""), "{lock}");
    assert!(lock.contains("constraints = \"< 2.0.0\""), "an override replaces: {lock}");
}

#[test]
fn a_tampered_package_is_found_and_named() {
    let space = TestSpace::new();
    let platform = terrace::provider::Platform::own().to_string();
    let package = |root: &str| format!("{root}/registry.terraform.io/acme/foo/1.0.0/{platform}");
    for root in ["mirror", "units/u/.terraform/providers"] {
        space.write(&format!("{}/terraform-provider-foo_v1.0.0", package(root)), "program");
        space.write(&format!("{}/README.md", package(root)), "read me");
    }
    space.write("units/u/terragrunt.hcl", "").write("units/u/main.tf", &required("foo", ""));
    let mirror = space.path("mirror").display().to_string();
    space.terrace(&["pins", "lock", "--fs-mirror", &mirror]).in_dir("units/u").run().success();
    let verify = ["pins", "verify", "--all", "--fs-mirror", &mirror];
    space.terrace(&verify).in_dir("units").run().success().says(&["2 packages compared"]);
    space
        .write(&format!("{}/terraform-provider-foo_v1.0.0", package("units/u/.terraform/providers")), "evil");
    let ran = space.terrace(&verify).in_dir("units").run().code(3);
    let ran = ran.says(&["TRC1210", "changed: terraform-provider-foo_v1.0.0"]);
    assert!(!ran.stderr.contains("README"), "{}", ran.stderr);
    let json = space.terrace(&[&verify[..], &["--json"]].concat()).in_dir("units").run().code(3);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).unwrap();
    let verdicts: Vec<&str> = rows.iter().filter_map(|row| row["verdict"].as_str()).collect();
    assert!(verdicts.contains(&"tampered") && verdicts.contains(&"sound"), "{rows:?}");
}

const SHARED: &str = "# why this version\nterraform {\n  required_providers {\n    foo = {\n      source  = \"acme/foo\"\n      version = \">= 1.0,  < 2.0\" # keep\n    }\n    bar = {\n      source = \"acme/bar\"\n    }\n  }\n}\n";

/// Two environments with modules of their own, locked at the first version of `foo`.
fn environments() -> TestSpace {
    let space = TestSpace::new();
    mirror(&space, "foo", &["1.0.0"]);
    mirror(&space, "bar", &["1.0.0"]);
    space.tool("git", &["init", "-q"]);
    for unit in ["dev", "prod"] {
        space.write(&format!("modules/{unit}/main.tf"), SHARED);
        let source = format!("terraform {{\n  source = \"../../../modules/{unit}\"\n}}\n");
        space.write(&format!("units/{unit}/app/terragrunt.hcl"), &source);
    }
    lock_all(&space, &[]).run().success();
    mirror(&space, "foo", &["2.1.0"]);
    // Nobody looks at packages of what is not moved.
    std::fs::remove_dir_all(space.path("mirror/registry.terraform.io/acme/bar")).unwrap();
    space
}

#[test]
fn an_upgrade_edits_constraint_and_lock_file_together() {
    let space = environments();
    let mirror = space.path("mirror").display().to_string();
    let upgrade =
        ["pins", "upgrade", "acme/foo@2.1.0", "--all", "--fs-mirror", &mirror, "--platform", "linux_amd64"];
    let lock = format!("units/dev/app/{LOCK}");
    let old = space.read(&lock);
    let shown = [&upgrade[..], &["--dry-run"]].concat();
    space
        .terrace(&shown)
        .in_dir("units/dev")
        .run()
        .success()
        .prints(&["+      version = \">= 1.0,  < 3.0\" # keep"]);
    let declined = space.terrace(&upgrade).in_dir("units/dev").stdin("n\n").run();
    assert!(declined.stderr.contains("Change 2 files?"), "{}", declined.stderr);
    assert_eq!((space.read(&lock), space.read("modules/dev/main.tf")), (old.clone(), SHARED.to_owned()));
    let yes = [&upgrade[..], &["--non-interactive"]].concat();
    space.terrace(&yes).in_dir("units/dev").run().success().says(&["2 files changed"]);
    assert_eq!(space.read("modules/dev/main.tf"), SHARED.replace("< 2.0", "< 3.0"));
    assert_eq!(space.read("modules/prod/main.tf"), SHARED, "another environment");
    let new = space.read(&lock);
    assert!(new.contains("version     = \"2.1.0\"\n  constraints = \">= 1.0.0, < 3.0.0\""), "{new}");
    let bar = |text: &str| text.split("\n\n").find(|block| block.contains("acme/bar")).unwrap().to_owned();
    assert_eq!(bar(&new), bar(&old), "the other provider stays");
    assert_eq!(new.matches("h1:").count(), old.matches("h1:").count() - 1, "one platform, and no old hash");
    space.terrace(&yes).in_dir("units/dev").run().success().says(&["already"]);
}

#[test]
fn an_upgrade_that_cannot_be_whole_changes_nothing() {
    let space = environments();
    let mirror = space.path("mirror").display().to_string();
    let run = |version: &str| {
        let target = format!("acme/foo@{version}");
        let args = ["pins", "upgrade", &target, "--all", "--non-interactive", "--fs-mirror", &mirror];
        space.terrace(&[&args[..], &["--platform", "linux_amd64"]].concat()).in_dir("units/dev").run()
    };
    run("3.0.0").code(1).says(&["TRC1207", "nothing was changed"]);
    assert_eq!(space.read("modules/dev/main.tf"), SHARED);
    let source = "terraform {\n  source = \"../../../modules/dev\"\n}\n";
    space.write("units/prod/app/terragrunt.hcl", source);
    let exact = SHARED.replace(">= 1.0,  < 2.0", "1.0.0");
    space.write("modules/dev/main.tf", &exact);
    run("2.1.0").code(1).says(&["TRC1211", "also belongs to", "prod/app"]);
    assert_eq!(space.read("modules/dev/main.tf"), exact);
    run("2.1").code(1).says(&["no version in full"]);
}

#[test]
fn a_generated_constraint_is_edited_where_it_is_generated() {
    let space = TestSpace::new();
    mirror(&space, "foo", &["1.0.0", "2.1.0"]);
    let code = required("foo", "~> 1.0");
    let generate = format!(
        "generate \"v\" {{\n  path      = \"v.tf\"\n  if_exists = \"overwrite\"\n  contents  = <<EOF\n{code}EOF\n}}\n"
    );
    space.write("units/u/terragrunt.hcl", &generate);
    lock_all(&space, &[]).run().success();
    let mirror = space.path("mirror").display().to_string();
    let args = ["pins", "upgrade", "acme/foo@2.1.0", "--non-interactive", "--fs-mirror", &mirror];
    space.terrace(&args).in_dir("units/u").run().success();
    assert_eq!(space.read("units/u/terragrunt.hcl"), generate.replace("~> 1.0", "~> 2.1"));
}

/// A module that both environments use may allow more than each of them locks.
#[test]
fn what_others_lock_stays_and_says_the_new_constraint() {
    let space = environments();
    let mirror = space.path("mirror").display().to_string();
    let source = "terraform {\n  source = \"../../../modules/dev\"\n}\n";
    space.write("units/prod/app/terragrunt.hcl", source);
    let old = space.read(&format!("units/prod/app/{LOCK}"));
    let policy = "pins {\n  environment \"dev\" {\n    paths = [\"units/dev\"]\n  }\n}\n";
    space.write("terrace.hcl", policy);
    let args =
        ["pins", "upgrade", "acme/foo@2.1.0", "--env", "dev", "--non-interactive", "--fs-mirror", &mirror];
    let args = [&args[..], &["--platform", "linux_amd64"]].concat();
    space.terrace(&args).in_dir("units").run().success().says(&["3 files changed"]);
    let new = space.read(&format!("units/prod/app/{LOCK}"));
    assert_eq!(new, old.replace(">= 1.0.0, < 2.0.0", ">= 1.0.0, < 3.0.0"));
    let nowhere = [&args[..3], &["--env", "stage"]].concat();
    space.terrace(&nowhere).in_dir("units").run().code(1).says(&["no environment `stage`", "dev"]);
}

/// A run takes the lock file of the module where the unit has none, and so does a new one.
#[test]
fn a_new_lock_file_starts_from_that_of_the_module() {
    let space = TestSpace::new();
    mirror(&space, "foo", &["1.0.0", "2.0.0"]);
    space.write("modules/m/terragrunt.hcl", "");
    let lock = ["pins", "lock", "--fs-mirror", "../../mirror", "--platform"];
    space.write("modules/m/main.tf", &required("foo", "1.0.0"));
    space.terrace(&[&lock[..], &["linux_amd64"]].concat()).in_dir("modules/m").run().success();
    space.write("modules/m/main.tf", &required("foo", ">= 1.0.0"));
    std::fs::remove_file(space.path("modules/m/terragrunt.hcl")).unwrap();
    space.write("live/u/terragrunt.hcl", "terraform {\n  source = \"../../modules//m\"\n}\n");
    space
        .terrace(&[&lock[..], &["darwin_arm64", "--trust-mirror"]].concat())
        .in_dir("live/u")
        .run()
        .success();
    let (ours, of_module) = (space.read(&format!("live/u/{LOCK}")), space.read(&format!("modules/m/{LOCK}")));
    assert!(ours.contains("version     = \"1.0.0\""), "the module's version stays: {ours}");
    let hash = of_module.lines().find(|line| line.contains("h1:")).unwrap();
    assert!(ours.contains(hash) && ours.matches("h1:").count() == 2, "and its hash: {ours}");
}
