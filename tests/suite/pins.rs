//! `pins check`: each rule with what it lets pass and what it finds, where the evaluator and not a regular expression knows
//! what a source is, and what an environment demands.

use super::space::TestSpace;

const APP: &str = r#"
terraform {
  required_version = "~> 1.5"
  required_providers {
    null = {
      source  = "hashicorp/null"
      version = "~> 3.0"
    }
  }
}
resource "null_resource" "x" {}
"#;

const UNIT: &str = r#"terragrunt_version_constraint = "~> 1.1"
terraform {
  source = "../modules/app"
}
"#;

/// An estate in which everything is pinned.
fn pinned() -> TestSpace {
    let space = TestSpace::new();
    space.write("modules/app/main.tf", APP).write("app/terragrunt.hcl", UNIT);
    space.write("app/.terraform.lock.hcl", &lock("3.2.3"));
    space
}

/// The same with some files written over it; a file without text goes.
fn with(files: &[(&str, &str)]) -> TestSpace {
    let space = pinned();
    for (path, text) in files {
        space.write(path, text);
    }
    space
}

/// A unit whose source is this.
fn unit(source: &str) -> String {
    format!("terragrunt_version_constraint = \"~> 1.1\"\nterraform {{\n  source = {source}\n}}\n")
}

/// Rules about lock files and exemptions, which `pin_rules` is about.
const ELSEWHERE: [&str; 6] =
    ["lock-present", "lock-complete", "lock-satisfied", "lock-hashes", "registry-host", "exemption"];

/// What was found, as `rule file:line:column`, warnings with a `~` before it; sorted.
fn found(space: &TestSpace) -> (i32, Vec<String>) {
    let ran = space.terrace(&["pins", "check"]).run();
    let mut found = Vec::new();
    let mut lines = ran.stdout.lines().peekable();
    while let Some(line) = lines.next() {
        let (mark, rest) = match (line.strip_prefix("error[pin/"), line.strip_prefix("warning[pin/")) {
            (Some(rest), _) => ("", rest),
            (_, Some(rest)) => ("~", rest),
            _ => continue,
        };
        let rule = rest.split(']').next().unwrap_or_default();
        if ELSEWHERE.contains(&rule) {
            continue;
        }
        let place = lines.peek().and_then(|next| next.trim_start().strip_prefix("--> ").map(str::to_owned));
        found.push(format!("{mark}{rule} {}", place.unwrap_or_default()).trim_end().to_owned());
    }
    found.sort();
    (ran.status.code().expect("an exit code"), found)
}

/// The same for one fixture, which must be told as expected.
#[track_caller]
fn expect(files: &[(&str, &str)], want: &[&str]) {
    let space = with(files);
    let (code, found) = found(&space);
    let ran = || space.terrace(&["pins", "check"]).run();
    assert_eq!(found, want, "{files:?}\n{}", ran());
    let fails = want.iter().any(|line| !line.starts_with('~'));
    let is_all = !ELSEWHERE.iter().any(|rule| ran().stdout.contains(&format!("[pin/{rule}]")));
    if is_all {
        assert_eq!(code, if fails { 3 } else { 0 }, "{files:?}\n{}", ran());
    }
}

#[test]
fn an_estate_in_which_everything_is_pinned_passes() {
    let ran = pinned().terrace(&["pins", "check"]).run().success();
    assert_eq!(ran.stdout, "1 unit, 1 module checked: 0 violations, 0 unchecked, 0 exempt\n");
}

#[test]
fn sources_in_git_name_a_tag_or_a_commit() {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let long = format!("{sha}{}", &sha[..24]);
    for good in [
        "git::https://example.com/m.git//vpc?ref=v1.2.3",
        "git::ssh://git@example.com/m.git?ref=1.2.3&depth=1",
        "git@github.com:org/m.git//a?ref=v2",
        "github.com/org/m//vpc?ref=vpc/v1.2.3",
        &format!("git::https://example.com/m.git?ref={sha}"),
        &format!("git::https://example.com/m.git?ref={long}"),
        "git::https://example.com/m.git?ref=refs/tags/stable",
    ] {
        expect(&[("app/terragrunt.hcl", &unit(&format!("\"{good}\"")))], &[]);
    }
    for bad in [
        "git::https://example.com/m.git//vpc",
        "git::https://example.com/m.git?ref=main",
        "git::https://example.com/m.git?ref=",
        "git::https://example.com/m.git?depth=1",
        "github.com/org/m?ref=HEAD",
        "git@github.com:org/m.git?ref=feature/v1.2.3",
        "git::ssh://git@example.com/m.git?ref=refs/heads/v1.2.3",
        "git::https://example.com/m.git?ref=release-1.2",
        "git::https://example.com/m.git?ref=abc1234",
        "git::https://example.com/m.git?ref=--upload-pack=x",
        "git::https://example.com/m.git?ref=-x",
    ] {
        expect(
            &[("app/terragrunt.hcl", &unit(&format!("\"{bad}\"")))],
            &["source-ref app/terragrunt.hcl:3:12"],
        );
    }
}

#[test]
fn a_source_is_what_the_evaluator_says_it_is() {
    let map = r#"locals {
  refs = { vpc = "v1.0.0", eks = "main" }
  base = "git::https://example.com/m.git"
  kind = "KIND"
}
terragrunt_version_constraint = "~> 1.1"
terraform {
  source = "${local.base}//${local.kind}?ref=${local.refs[local.kind]}"
}
"#;
    expect(&[("app/terragrunt.hcl", &map.replace("KIND", "vpc"))], &[]);
    let bad = map.replace("KIND", "eks");
    expect(&[("app/terragrunt.hcl", &bad)], &["source-ref app/terragrunt.hcl:8:12"]);
    let ran = with(&[("app/terragrunt.hcl", &bad)]).terrace(&["pins", "check"]).run();
    ran.prints(&["follows the branch `main`", "`refs` is set here", "--> app/terragrunt.hcl:8:12"]);

    let commented = "# source = \"git::https://example.com/m.git?ref=main\"\n".to_owned() + UNIT;
    expect(&[("app/terragrunt.hcl", &commented)], &[]);
}

#[test]
fn a_shared_source_is_told_once_with_the_way_to_it() {
    let root = "terragrunt_version_constraint = \"~> 1.1\"\nterraform {\n  source = \"git::https://example.com/m.git//${basename(get_terragrunt_dir())}?ref=main\"\n}\n";
    let include = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    let space = with(&[("root.hcl", root), ("app/terragrunt.hcl", include), ("b/terragrunt.hcl", include)]);
    let ran = space.terrace(&["pins", "check"]).run();
    ran.prints(&["root.hcl:3:12", "in `root.hcl` as \"root\", included at app/terragrunt.hcl:2:10"]);

    let same = root.replace("${basename(get_terragrunt_dir())}", "x");
    let space = with(&[("root.hcl", &same), ("app/terragrunt.hcl", include), ("b/terragrunt.hcl", include)]);
    assert_eq!(found(&space), (3, vec!["source-ref root.hcl:3:12".to_owned()]));
    space.terrace(&["pins", "check"]).run().prints(&["concerns app, b"]);
}

/// Nothing is run: a program that would leave a mark does not.
#[test]
fn what_would_have_to_be_run_is_unchecked_and_not_run() {
    let space = with(&[(
        "app/terragrunt.hcl",
        "locals {\n  ref = run_cmd(\"sh\", \"-c\", \"touch ran; echo v1\")\n  acc = get_aws_account_id()\n  key = sops_decrypt_file(\"x.yaml\")\n}\nterraform {\n  source = \"git::https://example.com/m.git?ref=${local.ref}\"\n}\ninputs = { a = local.acc, k = local.key }\n",
    )]);
    let ran = space.terrace(&["pins", "check", "--auth-provider-cmd", "touch asked"]).run().success();
    let ran = ran.prints(&[
        "1 unchecked",
        "app/terragrunt.hcl:7:12: the source",
        "it needs `run_cmd`, which is not called here",
    ]);
    assert!(!space.path("app/ran").exists() && !space.path("app/asked").exists(), "{ran}");

    space.write("terrace.hcl", "pins {\n  unchecked = \"deny\"\n}\n");
    assert_eq!(found(&space).0, 3, "what is not known is no pass where the policy says so");
}

#[test]
fn sources_of_registries_have_one_version() {
    for good in ["tfr:///org/vpc/aws?version=1.2.3", "tfr://host.example.com/org/vpc/aws?version=1.2.3-rc1"] {
        expect(&[("app/terragrunt.hcl", &unit(&format!("\"{good}\"")))], &[]);
    }
    for good in [
        "oci://host/repo?tag=1.0.0",
        "oci://host/repo?digest=sha256:aaaa",
        "https://example.com/m.zip?checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "s3::https://s3.amazonaws.com/bucket/m.zip?version=abc",
    ] {
        expect(&[("app/terragrunt.hcl", &unit(&format!("\"{good}\"")))], &[]);
    }
    for bad in [
        "tfr:///org/vpc/aws",
        "tfr:///org/vpc/aws?version=~> 1.0",
        "tfr:///org/vpc/aws?version=",
        "oci://host/repo",
        "oci://host/repo?tag=latest",
        "https://example.com/m.zip",
        "s3::https://s3.amazonaws.com/bucket/m.zip",
    ] {
        expect(
            &[("app/terragrunt.hcl", &unit(&format!("\"{bad}\"")))],
            &["registry-version app/terragrunt.hcl:3:12"],
        );
    }
}

#[test]
fn calls_of_registry_modules_are_as_tight_as_the_environment_wants() {
    let call = |version: &str| format!("{APP}module \"vpc\" {{\n  source = \"org/vpc/aws\"\n{version}}}\n");
    expect(&[("modules/app/main.tf", &call("  version = \"~> 1.2\"\n"))], &[]);
    expect(&[("modules/app/main.tf", &call("  version = \"1.2.3\"\n"))], &[]);
    for (version, place) in [
        ("", "13:12"),
        ("  version = \">= 1.2\"\n", "14:13"),
        ("  version = \"!= 1.2\"\n", "14:13"),
        ("  version = \"latest\"\n", "14:13"),
    ] {
        let want = format!("module-version modules/app/main.tf:{place}");
        expect(&[("modules/app/main.tf", &call(version))], &[want.as_str()]);
    }
    let exact = "pins {\n  modules = \"exact\"\n}\n";
    let bounded = call("  version = \"~> 1.2\"\n");
    expect(
        &[("terrace.hcl", exact), ("modules/app/main.tf", &bounded)],
        &["module-version modules/app/main.tf:14:13"],
    );
    let any = "pins {\n  modules = \"any\"\n}\n";
    expect(&[("terrace.hcl", any), ("modules/app/main.tf", &call("  version = \">= 1.2\"\n"))], &[]);
}

/// terraform refuses it today; each file counts all the same.
#[test]
fn requirements_may_be_spread_over_files() {
    let random = "terraform {\n  required_providers {\n    random = { source = \"hashicorp/random\", version = \"VERSION\" }\n  }\n}\nresource \"random_id\" \"x\" {}\n";
    expect(&[("modules/app/random.tf", &random.replace("VERSION", "~> 3.0"))], &[]);
    expect(
        &[("modules/app/random.tf", &random.replace("VERSION", ">= 3.0"))],
        &["provider-bounded modules/app/random.tf:3:55"],
    );
}

/// Trees of modules: local ones are followed, what `init` fetched is looked into, the rest is counted.
#[test]
fn the_whole_tree_of_modules_is_looked_at() {
    let space = with(&[
        ("modules/app/net.tf", "module \"net\" {\n  source = \"../net\"\n}\n"),
        (
            "modules/net/main.tf",
            "module \"sub\" {\n  source = \"org/sub/aws\"\n}\nmodule \"self\" {\n  source = \"./\"\n}\n",
        ),
        (
            "modules/net/git.tf.json",
            r#"{"module": {"g": {"source": "git::https://example.com/x.git?ref=main"}}}"#,
        ),
    ]);
    let (code, all) = found(&space);
    let want = ["module-version modules/net/main.tf:2:12", "source-ref modules/net/git.tf.json:1:29"];
    assert_eq!((code, all), (3, want.map(str::to_owned).to_vec()));
    let ran = space.terrace(&["pins", "check"]).run();
    ran.prints(&[
        "modules/net/main.tf:2:12: module sub: it is not fetched",
        "2 unchecked",
        "1 unit, 2 modules",
    ]);
}

#[test]
fn each_provider_that_is_used_is_required_with_source_and_bounds() {
    let required = |entry: &str| {
        format!(
            "terraform {{\n  required_version = \"~> 1.5\"\n  required_providers {{\n    {entry}\n  }}\n}}\nresource \"null_resource\" \"x\" {{}}\n"
        )
    };
    for (entry, want) in [
        ("null = { source = \"hashicorp/null\", version = \"~> 3.0\" }", vec![]),
        ("null = { source = \"hashicorp/null\", version = \">= 3.0, < 4.0\" }", vec![]),
        ("null = { source = \"hashicorp/null\", version = \"3.2.4\" }", vec![]),
        ("null = { source = \"hashicorp/null\", version = \">= 3.0\" }", vec!["4:51"]),
        ("null = { source = \"hashicorp/null\", version = \"three\" }", vec!["4:51"]),
        ("null = { source = \"hashicorp/null\" }", vec!["4:5"]),
        ("null = { version = \"~> 3.0\" }", vec!["4:5"]),
        ("null = \"~> 3.0\"", vec!["4:5"]),
        ("aws = { source = \"hashicorp/aws\", version = \"~> 5.0\" }", vec!["7:10"]),
    ] {
        let want: Vec<String> =
            want.iter().map(|place| format!("provider-bounded modules/app/main.tf:{place}")).collect();
        let want: Vec<&str> = want.iter().map(String::as_str).collect();
        expect(&[("modules/app/main.tf", &required(entry))], &want);
    }
    let exact = ("terrace.hcl", "pins {\n  providers = \"exact\"\n}\n");
    expect(&[exact], &["provider-bounded modules/app/main.tf:7:17"]);
}

#[test]
fn what_terraform_reads_is_what_is_checked() {
    let versions = |version: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    null = {{ source = \"hashicorp/null\", version = \"{version}\" }}\n  }}\n}}\n"
        )
    };
    let bare = "terraform {\n  required_version = \"~> 1.5\"\n}\nresource \"null_resource\" \"x\" {}\n";
    // An override file replaces what the others say.
    expect(
        &[("modules/app/versions_override.tf", &versions(">= 3.0"))],
        &["provider-bounded modules/app/versions_override.tf:3:51"],
    );
    expect(
        &[
            ("modules/app/main.tf", bare),
            ("modules/app/versions.tf", &versions(">= 3.0")),
            ("modules/app/override.tf", &versions("~> 3.0")),
        ],
        &[],
    );
    // JSON.
    let json =
        r#"{"terraform": {"required_providers": {"null": {"source": "hashicorp/null", "version": ">= 3"}}}}"#;
    expect(
        &[("modules/app/main.tf", bare), ("modules/app/versions.tf.json", json)],
        &["provider-bounded modules/app/versions.tf.json:1:87"],
    );
    // Only OpenTofu reads `.tofu`, and then not the `.tf` of that name.
    let files = [
        ("modules/app/main.tf", bare),
        ("modules/app/versions.tf", &*versions("~> 3.0")),
        ("modules/app/versions.tofu", &*versions(">= 3.0")),
    ];
    expect(&files, &[]);
    let mut space = with(&files);
    space.set_env("TG_TF_PATH", "tofu");
    assert_eq!(found(&space).1, ["provider-bounded modules/app/versions.tofu:3:51"]);
    // A generated file is there when terraform runs.
    let generate = format!(
        "{UNIT}generate \"versions\" {{\n  path = \"versions.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\n{}EOF\n}}\n",
        versions("~> 3.0")
    );
    expect(&[("modules/app/main.tf", bare), ("app/terragrunt.hcl", &generate)], &[]);
    expect(&[("modules/app/main.tf", bare)], &["provider-bounded modules/app/main.tf:4:10"]);
    // As of terraform 0.13.
    let legacy = format!("{APP}provider \"null\" {{\n  version = \"~> 3.1\"\n}}\n");
    expect(&[("modules/app/main.tf", &legacy)], &["~provider-bounded modules/app/main.tf:13:3"]);
}

#[test]
fn constraints_that_exclude_each_other_are_both_shown() {
    let other = "terraform {\n  required_providers {\n    null = { source = \"hashicorp/null\", version = \">= 3.0, < 2.5\" }\n  }\n}\n";
    expect(&[("modules/app/zz.tf", other)], &["provider-bounded modules/app/zz.tf:3:60"]);
    let net = "terraform {\n  required_version = \"< 1.3\"\n  required_providers {\n    null = { source = \"hashicorp/null\", version = \"~> 2.0\" }\n  }\n}\nresource \"null_resource\" \"y\" {}\n";
    let call = format!("{APP}module \"net\" {{\n  source = \"../net\"\n}}\n");
    let files = [("modules/net/main.tf", net), ("modules/app/main.tf", &*call)];
    expect(&files, &["provider-bounded modules/net/main.tf:4:52", "tool-version modules/net/main.tf:2:22"]);
    let ran = with(&files).terrace(&["pins", "check"]).run();
    ran.prints(&["modules/app/main.tf:", "`~> 3.0` is wanted here", "`~> 1.5` is wanted here"]);
}

#[test]
fn the_tool_has_a_version() {
    let code = APP.replace("  required_version = \"~> 1.5\"\n", "");
    let bare = "terraform {\n  source = \"../modules/app\"\n}\n";
    expect(&[("modules/app/main.tf", &code)], &["tool-version"]);
    expect(&[("app/terragrunt.hcl", bare)], &["~tool-version"]);
    let own = format!("terraform_version_constraint = \">= 1.5\"\n{UNIT}");
    expect(&[("modules/app/main.tf", &code), ("app/terragrunt.hcl", &own)], &[]);
    let odd = format!("terraform_version_constraint = \"one\"\n{UNIT}");
    expect(&[("app/terragrunt.hcl", &odd)], &["tool-version app/terragrunt.hcl:1:32"]);
    let clash = format!("terraform_version_constraint = \"< 1.2\"\n{UNIT}");
    expect(&[("app/terragrunt.hcl", &clash)], &["tool-version modules/app/main.tf:3:22"]);
    let tight = ("terrace.hcl", "pins {\n  tools = \"exact\"\n}\n");
    expect(&[tight], &["tool-version modules/app/main.tf:3:22"]);
}

fn lock(version: &str) -> String {
    format!(
        "provider \"registry.terraform.io/hashicorp/null\" {{\n  version     = \"{version}\"\n  constraints = \"~> 3.0\"\n  hashes = [\n    \"h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\n  ]\n}}\n"
    )
}

#[test]
fn an_environment_has_one_version_of_a_provider() {
    let policy = "pins {\n  environment \"prod\" {\n    paths = [\"prod/**\"]\n  }\n  environment \"dev\" {\n    paths = [\"dev\"]\n  }\n}\n";
    let unit = UNIT.replace("../modules", "../../modules");
    let (old, new) = (lock("3.2.3"), lock("3.2.4"));
    let mut files = vec![("terrace.hcl", policy), ("app/.terraform.lock.hcl", &*old)];
    for dir in ["prod/a", "prod/b", "dev/a"] {
        files.push((dir, &*unit));
    }
    let space = with(&files[..2]);
    for (dir, text) in &files[2..] {
        space.write(&format!("{dir}/terragrunt.hcl"), text);
        space.write(&format!("{dir}/.terraform.lock.hcl"), if *dir == "dev/a" { &old } else { &new });
    }
    assert_eq!(found(&space), (0, vec![]), "environments may differ");
    space.write("prod/c/terragrunt.hcl", &unit).write("prod/c/.terraform.lock.hcl", &old);
    assert_eq!(found(&space), (0, vec!["~provider-skew prod/c/.terraform.lock.hcl:2:17".to_owned()]));
    space.terrace(&["pins", "check"]).run().prints(&["in \"prod\"", "1 unit lock 3.2.3, 2 units lock 3.2.4"]);
}

#[test]
fn production_may_want_more_than_development() {
    let policy = "pins {\n  environment \"prod\" {\n    paths   = [\"prod/**\"]\n    sources = \"commit\"\n  }\n  environment \"dev\" {\n    paths   = [\"dev/**\"]\n    sources = \"any\"\n  }\n}\n";
    let unit = |reference: &str| unit(&format!("\"git::https://example.com/m.git?ref={reference}\""));
    expect(
        &[
            ("terrace.hcl", policy),
            ("prod/a/terragrunt.hcl", &unit("v1.0.0")),
            ("dev/a/terragrunt.hcl", &unit("v1.0.0")),
            ("dev/b/terragrunt.hcl", &unit("stable")),
            ("dev/c/terragrunt.hcl", &unit("main")),
            ("other/terragrunt.hcl", &unit("stable")),
        ],
        &[
            "source-ref dev/c/terragrunt.hcl:3:12",
            "source-ref other/terragrunt.hcl:3:12",
            "source-ref prod/a/terragrunt.hcl:3:12",
        ],
    );
}

#[test]
fn an_exemption_holds_where_and_as_long_as_it_says() {
    let bad = unit("\"git::https://example.com/m.git?ref=main\"");
    let policy = |body: &str| {
        format!("pins {{\n  exempt \"pin/source-ref\" {{\n    reason = \"moves soon\"\n{body}  }}\n}}\n")
    };
    for (body, exempt) in [
        ("", true),
        ("    paths = [\"app\"]\n", true),
        ("    paths = [\"app/terragrunt.hcl\"]\n", true),
        ("    paths = [\"other/**\"]\n", false),
        ("    expires = \"2999-01-01\"\n", true),
        ("    expires = \"2020-01-01\"\n", false),
    ] {
        let space = with(&[("terrace.hcl", &policy(body)), ("app/terragrunt.hcl", &bad)]);
        let ran = space.terrace(&["pins", "check"]).run();
        assert_eq!(
            (ran.status.code(), ran.stdout.contains("1 exempt")),
            (Some(if exempt { 0 } else { 3 }), exempt),
            "{ran}"
        );
    }
}

#[test]
fn a_faulty_policy_or_module_is_no_pass() {
    for (text, want) in [
        ("pins {\n  modules = \"tight\"\n}\n", "terrace.hcl:2:13"),
        ("pins {\n  environment \"prod\" {\n  }\n}\n", "terrace.hcl:2:3"),
        ("pins {\n  environment \"prod\" {\n    paths = []\n  }\n}\n", "terrace.hcl:3:13"),
        ("pins {\n  exempt \"pin/source-ref\" {\n  }\n}\n", "terrace.hcl:2:3"),
        ("pins {\n  exempt \"pin/sourceref\" {\n    reason = \"x\"\n  }\n}\n", "terrace.hcl:2:10"),
        (
            "pins {\n  exempt \"pin/source-ref\" {\n    reason = \"x\"\n    expires = \"soon\"\n  }\n}\n",
            "terrace.hcl:4:15",
        ),
        ("pins {\n  platforms = [\"linux\"]\n}\n", "terrace.hcl:2:15"),
        ("pins {\n  modulse = \"exact\"\n}\n", "terrace.hcl:2:3"),
    ] {
        let ran = with(&[("terrace.hcl", text)]).terrace(&["pins", "check"]).run();
        assert_eq!(ran.status.code(), Some(1), "{text}\n{ran}");
        ran.says(&[want]);
    }
    let ran = with(&[("modules/app/bad.tf", "resource {\n")]).terrace(&["pins", "check"]).run();
    assert_eq!(ran.status.code(), Some(1), "{ran}");
    ran.says(&["modules/app/bad.tf"]);
}

#[test]
fn stacks_and_catalogs_are_checked_before_anything_is_generated() {
    let stack = "unit \"a\" {\n  source = \"git::https://example.com/m.git?ref=main\"\n  path   = \"a\"\n  values = { x = run_cmd(\"touch\", \"ran\") }\n}\nstack \"b\" {\n  source = \"git::https://example.com/m.git?ref=v1.0.0\"\n  path   = \"b\"\n}\n";
    let root = "catalog {\n  urls = [\"git::https://example.com/c.git\", \"git::https://example.com/d.git?ref=v1\"]\n}\n";
    let unit = format!("include \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\n{UNIT}");
    expect(
        &[("st/terragrunt.stack.hcl", stack), ("root.hcl", root), ("app/terragrunt.hcl", &unit)],
        &["source-ref root.hcl:2:11", "source-ref st/terragrunt.stack.hcl:2:12"],
    );
}

#[test]
fn filters_pick_what_is_checked() {
    let bad = unit("\"git::https://example.com/m.git?ref=main\"");
    let space = with(&[("app/terragrunt.hcl", &bad), ("b/terragrunt.hcl", UNIT)]);
    space.write("b/.terraform.lock.hcl", &lock("3.2.3"));
    space.terrace(&["pins", "check", "--filter", "./b"]).run().code(0);
    space.terrace(&["pins", "check", "--filter", "name=app"]).run().code(3);
    space.terrace(&["pins", "check", "--working-dir", "b"]).run().code(0);
}

/// A branch that is named like a tag: only the repository itself can tell, and its files are read for that.
#[test]
fn a_repository_on_this_machine_says_what_is_a_branch() {
    let space = pinned();
    let repository = space.path("repo");
    let path = repository.display();
    space.write("repo/HEAD", "ref: refs/heads/main\n").write("repo/refs/heads/v1.0.0", "x\n");
    space.write("repo/refs/tags/v2.0.0", "x\n").write("repo/refs/heads/v3.0.0", "x\n");
    space.write("repo/packed-refs", "# pack-refs\nabc refs/tags/v3.0.0\nabc refs/tags/stable\n");
    for (reference, good) in
        [("v1.0.0", false), ("v2.0.0", true), ("v3.0.0", false), ("stable", true), ("v9", true)]
    {
        space.write("app/terragrunt.hcl", &unit(&format!("\"git::file://{path}?ref={reference}\"")));
        assert_eq!(found(&space).0, if good { 0 } else { 3 }, "{reference}");
    }
}

/// What a stack will generate is looked at where it comes from, with the values that it will get.
#[test]
fn values_of_stacks_are_known_before_they_are_generated() {
    let space = TestSpace::new();
    let catalog = space.path("catalog");
    let at = catalog.display();
    let vpc = "terragrunt_version_constraint = \"~> 1.1\"\nterraform {\n  source = \"git::https://example.com/m.git//vpc?ref=${values.ref}\"\n}\n";
    let member = |kind: &str, name: &str, values: &str| {
        format!(
            "{kind} \"{name}\" {{\n  source = \"{at}/{kind}s/vpc\"\n  path   = \"{name}\"\n  values = {{ {values} }}\n}}\n"
        )
    };
    space.write("catalog/units/vpc/terragrunt.hcl", vpc);
    space.write("catalog/stacks/vpc/terragrunt.stack.hcl", &member("unit", "deep", "ref = values.ref"));
    let stack = |own: &str, inner: &str| {
        let values = |reference: &str| format!("ref = \"{reference}\"");
        member("unit", "own", &values(own)) + &member("stack", "in", &values(inner))
    };
    space.write("live/terragrunt.stack.hcl", &stack("v1.0.0", "v2.0.0"));
    let check = || space.terrace(&["pins", "check", "--working-dir", "live"]).run();
    check().success().prints(&["2 units, 2 stacks, 0 modules checked: 0 violations"]);

    space.write("live/terragrunt.stack.hcl", &stack("main", "dev"));
    let ran = check().code(3);
    let ran = ran.prints(&["the branch `main`", "the branch `dev`", "catalog/units/vpc/terragrunt.hcl:3:12"]);
    assert!(!space.path("live/.terragrunt-stack").exists(), "{ran}");

    // A unit of the catalog by itself has no values yet, which is no fault of its own.
    let ran = space.terrace(&["pins", "check", "--working-dir", "catalog/units"]).run();
    ran.success().prints(&["terragrunt.hcl:3:12: the source: there are no values here"]);
}

const FETCHED: &str = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"vpc","Source":"registry.terraform.io/org/vpc/aws","Version":"5.1.0","Dir":".terraform/modules/vpc"}]}"#;

/// What `init` fetched is looked into, where it is what the code asks for; nobody is asked to mend it there.
#[test]
fn fetched_modules_count_and_are_not_blamed() {
    let main = |version: &str| {
        APP.to_owned()
            + &format!("module \"vpc\" {{\n  source = \"org/vpc/aws\"\n  version = \"{version}\"\n}}\n")
    };
    let unit = "terragrunt_version_constraint = \"~> 1.1\"\n";
    let inner = |version: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    null = {{ source = \"hashicorp/null\", version = \"{version}\" }}\n  }}\n}}\nresource \"null_x\" \"y\" {{}}\nmodule \"z\" {{\n  source = \"git::https://example.com/z.git\"\n}}\n"
        )
    };
    let locks = format!("{}{}", lock("3.2.3"), lock("5.1.0").replace("/null", "/aws"));
    let space = with(&[
        ("app/.terraform.lock.hcl", &locks),
        ("app/terragrunt.hcl", unit),
        ("app/main.tf", &main("~> 5.0")),
        ("app/.terraform/modules/modules.json", FETCHED),
        ("app/.terraform/modules/vpc/main.tf", &inner(">= 2.0")),
    ]);
    let ran = space.terrace(&["pins", "check"]).run().success();
    ran.prints(&["1 unit, 2 modules checked: 0 violations, 1 unchecked", "module z: it is not fetched"]);
    space.write("app/.terraform/modules/vpc/main.tf", &inner("< 2.0"));
    let place = "provider-bounded app/.terraform/modules/vpc/main.tf:3:52";
    assert_eq!(
        found(&space),
        (3, vec![place.to_owned()]),
        "constraints of all modules have to hold together"
    );
    space.write("app/main.tf", &main("~> 6.0"));
    assert_eq!(found(&space), (0, vec![]), "what is fetched is not what is asked for any more");
    space.terrace(&["pins", "check"]).run().prints(&["what is fetched is another source or version"]);
}

/// terraform runs in a copy of the source with the files beside the unit laid over it.
#[test]
fn code_beside_the_unit_file_is_part_of_the_module() {
    let bare = "terraform {\n  required_version = \"~> 1.5\"\n}\nresource \"null_resource\" \"x\" {}\n";
    let versions = "terraform {\n  required_providers {\n    null = { source = \"hashicorp/null\", version = \">= 3.0\" }\n  }\n}\n";
    expect(
        &[("modules/app/main.tf", bare), ("app/versions.tf", versions)],
        &["provider-bounded app/versions.tf:3:51"],
    );
}

/// The file that units include may have the name of a unit file, as it had in former times.
#[test]
fn a_parent_with_the_name_of_a_unit_is_no_unit() {
    let root = "locals {\n  up = find_in_parent_folders(\"nowhere.hcl\")\n}\nterragrunt_version_constraint = \"~> 1.1\"\ngenerate \"p\" {\n  path = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents = \"# ${get_terragrunt_dir()}\"\n}\n";
    let unit =
        "include {\n  path = find_in_parent_folders()\n}\nterraform {\n  source = \"../modules/app\"\n}\n";
    expect(&[("terragrunt.hcl", root), ("app/terragrunt.hcl", unit)], &[]);
}
