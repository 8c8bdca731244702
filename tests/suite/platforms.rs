//! The reference that ships in `live/platforms`: one contract in three clouds, three environments, one file to promote.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use terrace::hcl::ast::{Body, ExprKind};
use terrace::provider::variables::declared_in;

use super::fake::FakeTerraform;
use super::platform_estate::{CLOUDS, ENVIRONMENTS, PARTS, body, pinned, plain, platforms, shipped, told};
use super::space::{Ran, TestSpace, require};

/// What a module's code says, as rows of such a table.
fn variables(module: &Path) -> Vec<Vec<String>> {
    let row = |variable: terrace::provider::variables::Variable| {
        assert!(!variable.sensitive, "no part takes a secret");
        let default = variable.default.map_or_else(|| "required".to_owned(), |text| format!("`{text}`"));
        vec![
            format!("`{}`", variable.name),
            format!("`{}`", variable.kind.expect("a type")),
            default,
            variable.description.expect("a description"),
        ]
    };
    declared_in(module).expect("a module").into_iter().map(row).collect()
}

/// The outputs of a module, with what they say of themselves.
fn outputs(module: &Path) -> Vec<(String, String)> {
    let body = body(&module.join("outputs.tf"));
    let one = |block: &terrace::hcl::ast::Block| {
        assert!(block.body.find_attribute("sensitive").is_none(), "no part gives out a secret");
        let text = plain(&block.body.find_attribute("description").expect("a description").expr);
        (format!("`{}`", block.labels[0].name), text.as_str().expect("a text").to_owned())
    };
    body.blocks_of("output").map(one).collect()
}

#[test]
fn three_clouds_keep_one_contract() {
    for part in PARTS {
        let [takes, gives] = told(part);
        let gives: Vec<_> = gives.iter().map(|row| (row[0].clone(), row[2].clone())).collect();
        for cloud in CLOUDS {
            let module = shipped(&format!("modules/{cloud}/{part}"));
            assert_eq!(variables(&module), takes, "variables of {cloud}/{part}, and modules/README.md");
            assert_eq!(outputs(&module), gives, "outputs of {cloud}/{part}, and modules/README.md");
        }
    }
}

fn version(text: &str) -> [u32; 3] {
    let numbers: Vec<u32> = text.split('.').map(|number| number.parse().expect("a number")).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{text} is a version"))
}

#[test]
fn a_pinned_version_is_in_the_changes_of_its_module_and_was_pinned_before() {
    let pins = ENVIRONMENTS.map(pinned);
    for cloud in CLOUDS {
        for part in PARTS {
            let path = shipped(&format!("modules/{cloud}/{part}/CHANGELOG.md"));
            let changes = std::fs::read_to_string(&path).expect("its changes");
            assert!(
                changes.contains(&format!("`{cloud}-{part}-vVERSION`")),
                "{} names its tags",
                path.display()
            );
            let released: Vec<[u32; 3]> = changes
                .lines()
                .filter_map(|line| Some(version(line.strip_prefix("## ")?.split(' ').next()?)))
                .collect();
            assert!(released.is_sorted_by(|a, b| a > b), "the newest is first: {}", path.display());
            let key = (cloud.to_owned(), part.to_owned());
            let here = pins.each_ref().map(|pins| version(&pins[&key]));
            assert!(here.iter().all(|version| released.contains(version)), "{}: {here:?}", path.display());
            assert!(here.is_sorted_by(|a, b| a >= b), "dev comes first, prod last: {cloud}/{part} {here:?}");
        }
    }
    assert_ne!(pins[0], pins[2], "there is something to promote");
}

#[test]
fn mocks_are_what_the_parts_give_out() {
    for cloud in CLOUDS {
        let mocks = body(&shipped(&format!("live/platforms/_mocks/{cloud}.hcl")));
        let locals = mocks.blocks_of("locals").next().expect("locals");
        let mut seen = BTreeSet::new();
        for attribute in &locals.body.attributes {
            let ExprKind::Object(items) = &attribute.expr.kind else { continue };
            let part = &*attribute.name.name;
            let [_, gives] = told(part);
            assert_eq!(items.len(), gives.len(), "{cloud}/{part}");
            seen.insert(part.to_owned());
        }
        assert_eq!(seen.len(), 5, "{cloud}: {seen:?}");
    }
}

/// Units with what they depend on, below one folder.
fn edges(space: &TestSpace, folder: &str) -> Value {
    let args = ["find", "--json", "--dag", "--dependencies", "--working-dir", folder];
    serde_json::from_str(&space.terrace(&args).run().success().stdout).expect("JSON")
}

#[test]
fn every_cloud_has_the_same_units_in_an_environment() {
    let space = platforms();
    for (environment, units) in ENVIRONMENTS.into_iter().zip([9, 9, 10]) {
        let [aws, azure, gcp] =
            CLOUDS.map(|cloud| edges(&space, &format!("live/platforms/{environment}/{cloud}")));
        assert_eq!(aws.as_array().expect("units").len(), units, "{environment}: {aws}");
        assert_eq!(aws, azure, "{environment}");
        assert_eq!(aws, gcp, "{environment}");
    }
}

#[test]
fn what_every_unit_gives_is_what_the_tagged_module_takes() {
    let space = platforms();
    let args = ["hcl", "validate", "--inputs", "--strict", "--working-dir", "live/platforms"];
    space.terrace(&args).run().success();
}

#[test]
fn a_platform_takes_part_in_runs_only_where_its_cloud_is_named() {
    if !require("terraform") {
        return;
    }
    let space = platforms();
    let args = ["run", "--all", "plan", "--working-dir", "live/platforms/dev"];
    space.terrace(&args).run().success().prints(&["Excluded     27"]);
}

/// No store is asked for outputs: mocks stand in.
const MOCKED: [&str; 3] = ["--experiment", "optional-dependency-outputs", "--no-dependency-outputs"];

/// What a unit's file comes to.
fn rendered(space: &TestSpace, unit: &str) -> Value {
    let args = [&["render", "--json", "--working-dir", unit][..], &MOCKED].concat();
    serde_json::from_str(&space.terrace(&args).run().success().stdout).expect("JSON")
}

/// Terraform is asked about all units at once: each is a call of its module's variables, without the resources.
#[test]
fn what_every_unit_gives_passes_the_validations_of_its_module() {
    if !require("terraform") {
        return;
    }
    let space = platforms();
    let all =
        ["render", "--all", "--json", "--write", "--out", "rendered.json", "--working-dir", "live/platforms"];
    space.terrace(&[&all[..], &MOCKED].concat()).run().success();
    let files = space.tool("find", &["live/platforms", "-name", "rendered.json"]);
    let mut calls = serde_json::Map::new();
    for file in files.lines() {
        let unit: Value = serde_json::from_str(&space.read(file)).expect("JSON");
        let source = unit["terraform"]["source"].as_str().expect("a source");
        let (_, rest) = source.split_once("modules.git//").expect("the folder of a module");
        let part = rest.split('?').next().expect("its path");
        let variables =
            std::fs::read_to_string(shipped(&format!("modules/{part}/variables.tf"))).expect("variables");
        space.write(&format!("all/{part}/variables.tf"), &variables);
        let mut call = unit["inputs"].as_object().expect("inputs").clone();
        call.insert("source".to_owned(), format!("./{part}").into());
        let name = file.replace(['/', '.'], "_");
        calls.insert(name, call.into());
    }
    assert_eq!(calls.len(), 84);
    space.write("all/main.tf.json", &serde_json::json!({ "module": calls }).to_string());
    space.tool("terraform", &["-chdir=all", "init", "-input=false"]);
    space.tool("terraform", &["-chdir=all", "plan", "-input=false"]);
}

#[test]
fn states_are_where_both_binaries_look_for_them() {
    let space = platforms();
    let config =
        |unit: &str| rendered(&space, &format!("live/platforms/{unit}"))["remote_state"]["config"].clone();
    assert_eq!(config("prod/aws/pools/batch")["key"], "prod/aws/pools/batch/terraform.tfstate");
    assert_eq!(config("dev/azure/network")["key"], "dev/azure/network/terraform.tfstate");
    assert_eq!(config("dev/gcp/identities/prometheus")["prefix"], "dev/gcp/identities/prometheus");
    let named: BTreeMap<_, _> =
        [("aws", "bucket"), ("azure", "storage_account_name"), ("gcp", "bucket")].into();
    for (cloud, key) in named {
        let places = ENVIRONMENTS
            .map(|environment| config(&format!("{environment}/{cloud}/network"))[key].to_string());
        assert_eq!(BTreeSet::from(places).len(), 3, "no two environments share a place: {cloud}");
    }
}

/// The first ```diff block of the page about promotions.
fn promotion() -> String {
    let page = std::fs::read_to_string(shipped("docs/promotion.md")).expect("the page");
    let (_, rest) = page.split_once("```diff\n").expect("a diff");
    rest.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_promotion_of_the_docs_is_one_file_and_reaches_prod_alone() {
    let space = platforms();
    space.git_commit_all();
    let unit = "live/platforms/prod/aws/network";
    let source = |space: &TestSpace| rendered(space, unit)["terraform"]["source"].clone();
    let before = source(&space);
    space.write("promotion.diff", &promotion());
    space.tool("git", &["apply", "--recount", "promotion.diff"]);
    let changed = space.tool("git", &["diff", "--name-only"]);
    assert_eq!(changed, "live/platforms/prod/versions.hcl\n");
    let wanted = "git::https://git.acme.example/platform/modules.git//aws/network?ref=aws-network-v1.1.0";
    assert_ne!(before, wanted);
    assert_eq!(source(&space), wanted);
    std::fs::remove_file(space.path("promotion.diff")).expect("it was there");
    space.git_commit_all();
    let found = space.terrace(&["find", "--filter", "[HEAD~1]", "--working-dir", "live"]).run().success();
    assert_eq!(found.stdout.lines().count(), 30, "{found}");
    assert!(found.stdout.lines().all(|unit| unit.starts_with("live/platforms/prod/")), "{found}");
    let args = ["hcl", "validate", "--inputs", "--strict", "--working-dir", "live/platforms/prod"];
    space.terrace(&args).run().success();
}

/// The blocks of `terraform { required_providers … }`.
fn requirements(module: &Path) -> Body {
    let body = body(&module.join("versions.tf"));
    body.blocks_of("terraform").next().expect("a terraform block").body.clone()
}

#[test]
fn locked_providers_are_those_that_the_modules_ask_for() {
    let folder = shipped("live/platforms");
    for environment in ENVIRONMENTS {
        for part in ["network", "flux", "pools/general", "identities/prometheus"] {
            let lock = body(&folder.join(format!("{environment}/aws/{part}/.terraform.lock.hcl")));
            let provider = lock.blocks_of("provider").next().expect("a provider");
            assert_eq!(&*provider.labels[0].name, "registry.terraform.io/hashicorp/aws");
            let asked = requirements(&shipped("modules/aws/network"));
            let asked = asked.blocks_of("required_providers").next().expect("its providers");
            let wanted = plain(&asked.body.find_attribute("aws").expect("aws").expr);
            let locked = plain(&provider.body.find_attribute("constraints").expect("constraints").expr);
            assert_eq!(locked, wanted["version"], "{environment}/aws/{part}");
        }
    }
}

/// What the cluster and the registry give out, and what the tool says of Flux itself.
const OUTPUTS: &str = r#"
case "$*" in
  output*-json*) echo '{
    "identity_provider": { "value": "arn:aws:iam::210000000001:oidc-provider/x", "type": "string" },
    "issuer": { "value": "https://x", "type": "string" },
    "repository_ids": { "value": { "manifests": "arn" }, "type": ["object", { "manifests": "string" }] }
  }' ;;
  output*-raw*manifests*) echo 'kind: FluxInstance' ;;
esac
"#;

#[test]
fn a_cluster_is_spoken_to_only_when_that_is_asked_for() {
    let mut space = platforms();
    FakeTerraform::install(&mut space, OUTPUTS);
    let base = space.root().parent().expect("a parent").to_owned();
    for tool in ["helm", "kubectl"] {
        let log = base.join(tool);
        let text = format!("#!/bin/sh\n{{ echo \"$@\"; cat; }} >>{}\n", log.display());
        space.write(&format!("bin/{tool}"), &text);
        space.tool("chmod", &["+x", &format!("bin/{tool}")]);
    }
    let path = format!("{}:{}", space.path("bin").display(), std::env::var("PATH").expect("a path"));
    space.set_env("PATH", path).set_env("PLATFORMS", "aws");
    let apply = |more: &[&str]| {
        let unit =
            ["--working-dir", "live/platforms/dev/aws/flux", "--no-dependency-fetch-output-from-state"];
        space.terrace(&[&["apply", "--non-interactive"], &unit[..], more].concat()).run().success()
    };
    apply(&[]);
    assert!(!base.join("kubectl").exists() && !base.join("helm").exists(), "nobody asked");
    apply(&["--feature", "bootstrap_flux=true"]);
    let said = |tool: &str| std::fs::read_to_string(base.join(tool)).expect("it was called");
    assert!(said("helm").starts_with("upgrade flux-operator oci://"), "{}", said("helm"));
    assert_eq!(said("kubectl"), "apply --server-side --filename -\nkind: FluxInstance\n");
}

/// The check with the policy that the repository has, the modules of this checkout in the place of their repository.
fn pins(space: &TestSpace) -> Ran {
    let map = format!("git::https://git.acme.example/platform/modules.git={}", shipped("modules").display());
    space.terrace(&["pins", "check", "--source-map", &map, "--working-dir", "live"]).run()
}

#[test]
fn everything_in_the_estate_is_pinned_as_its_policy_demands() {
    let space = platforms();
    std::fs::copy(shipped("terrace.hcl"), space.path("terrace.hcl")).expect("the policy");
    pins(&space).success().prints(&["0 violations, 0 unchecked"]);
    let versions = "live/platforms/prod/versions.hcl";
    let loose = space.read(versions).replacen("network       = \"1.0.0\"", "network       = \"next\"", 1);
    space.write(versions, &loose);
    let ran = pins(&space).code(3);
    ran.prints(&["pin/source-ref", "aws-network-vnext", "1 violation"]);
}
