//! The platform on AWS that ships in `live/platforms`, planned and applied for real: modules by their tags, the locked provider,
//! a role of the environment's account, states in its bucket.
//!
//! The emulator has no add-ons and access entries of EKS, so the cluster is made without them, and it forgets some of what it
//! is told about clusters, pools and workspaces of Prometheus. Nothing here speaks to Kubernetes: Flux is not started.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::emulators::{Backend, Place, Request};
use crate::platform_estate::{platforms, shipped, told};
use crate::space::{Ran, TestSpace, require};

const DEV: &str = "live/platforms/dev/aws";
const BUCKET: &str = "acme-dev-states-210000000001";

/// The units with the parts that they are.
const UNITS: [(&str, &str); 9] = [
    ("network", "network"),
    ("cluster", "cluster"),
    ("pools/general", "node-pool"),
    ("identities/external-dns", "identity"),
    ("identities/prometheus", "identity"),
    ("dns", "dns"),
    ("registry", "registry"),
    ("observability", "observability"),
    ("flux", "flux"),
];

/// Those of which the emulator remembers everything.
const REMEMBERED: [&str; 6] =
    ["network", "identities/external-dns", "identities/prometheus", "dns", "registry", "flux"];

/// Whether a folder is a mirror with the provider that the units lock, for this machine.
fn has_provider(mirror: &Path) -> bool {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let platform = format!("linux_{arch}");
    let folder = mirror.join("registry.terraform.io/hashicorp/aws");
    folder.join("5.100.0").join(&platform).is_dir()
        || folder.join(format!("terraform-provider-aws_5.100.0_{platform}.zip")).is_file()
}

/// Where mirrors usually are: what a variable names, what terraform's settings name, and where terraform itself looks.
fn mirror() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = var("HOME").unwrap_or_default();
    let settings = var("TF_CLI_CONFIG_FILE").unwrap_or_else(|| home.join(".terraformrc"));
    let named = regex::Regex::new(r#"filesystem_mirror\s*\{[^}]*path\s*=\s*"([^"]+)""#).expect("a pattern");
    let text = std::fs::read_to_string(settings).unwrap_or_default();
    let of_settings = named.captures_iter(&text).map(|found| PathBuf::from(&found[1]));
    let usual = [
        home.join(".terraform.d/plugins"),
        home.join(".local/share/terraform/plugins"),
        PathBuf::from("/usr/local/share/terraform/plugins"),
        PathBuf::from("/usr/share/terraform/plugins"),
    ];
    let given = ["TERRACE_PROVIDER_MIRROR", "TF_PLUGIN_CACHE_DIR"].into_iter().filter_map(var);
    given.chain(of_settings).chain(usual).find(|mirror| has_provider(mirror))
}

/// The provider is half a gigabyte and from a registry: where it is not at hand, the test says so and is skipped.
fn require_mirror() -> Option<PathBuf> {
    let found = mirror();
    if found.is_none() {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: this test needs hashicorp/aws 5.100.0 in a mirror that TERRACE_PROVIDER_MIRROR names\n",
        );
    }
    found
}

/// The estate with the session of somebody who may take the role of the account.
fn estate(place: &Place, mirror: &Path) -> TestSpace {
    let mut space = platforms();
    let rc = space.path("terraformrc");
    let mirror = mirror.display();
    let include = "include = [\"registry.terraform.io/*/*\"]";
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n    {include}\n  }}\n}}\n"
    );
    space.write("terraformrc", &text);
    for (name, value) in place.env() {
        space.set_env(name, value);
    }
    let endpoint = format!("http://127.0.0.1:{}", place.proxy().port);
    space.set_env("AWS_ENDPOINT_URL", endpoint).set_env("TF_CLI_CONFIG_FILE", rc);
    space.set_env("PLATFORMS", "aws").set_env("TF_VAR_admins", "[]").set_env("TF_VAR_addons", "[]");
    place.raw(Request::new("PUT", format!("/{BUCKET}"))).success();
    space
}

fn run(space: &TestSpace, command: &str, more: &[&str]) -> Ran {
    let role = ["--iam-assume-role", "arn:aws:iam::210000000001:role/deployer", "--parallelism", "4"];
    let words = ["run", "--all", "--non-interactive", "--working-dir", DEV];
    space.terrace(&[&words[..], &role, more, &[command]].concat()).patient(4).run()
}

/// Whether an output's type, as a state has it, is what the contract calls it.
fn is_of(kind: &Value, contract: &str) -> bool {
    let all_texts = |kinds: &Value| match kinds {
        Value::Array(kinds) => kinds.iter().all(|kind| kind == "string"),
        Value::Object(kinds) => kinds.values().all(|kind| kind == "string"),
        other => other == "string",
    };
    match (contract, kind) {
        ("`string`", kind) => kind == "string",
        ("`list(string)`", Value::Array(pair)) => {
            (pair[0] == "list" || pair[0] == "tuple") && all_texts(&pair[1])
        }
        ("`map(string)`", Value::Array(pair)) => {
            (pair[0] == "map" || pair[0] == "object") && all_texts(&pair[1])
        }
        _ => false,
    }
}

fn state(place: &Place, unit: &str) -> Value {
    let path = format!("/{BUCKET}/dev/aws/{unit}/terraform.tfstate");
    serde_json::from_slice(&place.raw(Request::new("GET", path)).success().body).expect("a state")
}

#[test]
fn the_platform_on_aws_is_planned_and_applied() {
    if !require("terraform") {
        return;
    }
    let Some(mirror) = require_mirror() else { return };
    let Some(place) = Backend::S3.require() else { return };
    let space = estate(&place, &mirror);
    run(&space, "plan", &[]).success().prints(&["9 units", "Succeeded    9", "Mock outputs stood in"]);
    run(&space, "apply", &[]).success().prints(&["Succeeded    9"]);
    for (unit, part) in UNITS {
        let [_, gives] = told(part);
        let state = state(&place, unit);
        for row in gives {
            let name = row[0].trim_matches('`');
            let kind = &state["outputs"][name]["type"];
            assert!(is_of(kind, &row[1]), "{unit} gives `{name}`, {} by contract, as {kind}", row[1]);
        }
        let lock = format!("{DEV}/{unit}/.terraform.lock.hcl");
        let shipped = std::fs::read_to_string(shipped(&lock)).expect("a lock file");
        assert_eq!(space.read(&lock), shipped, "{unit}: nothing was missing");
    }
    let identity = state(&place, "identities/external-dns")["outputs"]["identity"]["value"].to_string();
    assert_eq!(identity, "\"arn:aws:iam::210000000001:role/acme-dev-external-dns-eu-west-1\"");
    let manifests = state(&place, "flux")["outputs"]["manifests"]["value"].to_string();
    assert!(manifests.contains("role/acme-dev-kustomize-eu-west-1"), "{manifests}");
    let filters: Vec<&str> = REMEMBERED.iter().flat_map(|unit| ["--filter", unit]).collect();
    let again = run(&space, "plan", &filters).success();
    assert_eq!(again.stdout.matches("No changes.").count(), REMEMBERED.len(), "{again}");
}
