//! `pins list` and `pins outdated`: what is pinned to what, and what registries and repositories have besides.

use super::server::{Asked, Reply, Server};
use super::space::TestSpace;
use serde_json::Value;

const CODE: &str = "terraform {\n  required_version = \"~> 1.9\"\n  required_providers {\n    thing = {\n      source  = \"HOST/acme/thing\"\n      version = \"~> 1.0\"\n    }\n  }\n}\nmodule \"net\" {\n  source  = \"HOST/acme/net/thing\"\n  version = \"~> 2.0\"\n}\n";

fn lock(host: &str, version: &str) -> String {
    format!(
        "provider \"{host}/acme/thing\" {{\n  version     = \"{version}\"\n  constraints = \"~> 1.0\"\n  hashes = [\n    \"h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\n  ]\n}}\n"
    )
}

/// Two environments whose lock files differ, with code that names a provider and a module of this host.
fn estate(host: &str) -> TestSpace {
    let space = TestSpace::new();
    space
        .write(
            "terrace.hcl",
            "pins {\n  environment \"dev\" {\n    paths = [\"live/dev/**\"]\n  }\n  environment \"prod\" {\n    paths = [\"live/prod/**\"]\n  }\n}\n",
        )
        .write("live/root.hcl", "terraform_version_constraint = \">= 1.5\"\n")
        .write("mod/main.tf", &CODE.replace("HOST", host));
    for (name, version) in [("dev/a", "1.2.0"), ("dev/b", "1.2.0"), ("prod/a", "1.1.0")] {
        let text = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../../../mod\"\n}\n";
        space.write(&format!("live/{name}/terragrunt.hcl"), text);
        space.write(&format!("live/{name}/.terraform.lock.hcl"), &lock(host, version));
    }
    space
}

#[test]
fn what_is_pinned_is_listed_with_its_place_and_its_skew() {
    let space = estate("reg.example.com");
    let ran = space.terrace(&["pins", "list"]).run().success();
    let lines: Vec<String> =
        ran.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "terraform >= 1.5 3 live/root.hcl:1",
        "terraform ~> 1.9 3 mod/main.tf:2",
        "reg.example.com/acme/thing 1.2.0 2 live/dev/a/.terraform.lock.hcl:2 and 1 more",
        "reg.example.com/acme/net/thing ~> 2.0 3 mod/main.tf:11",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {ran}");
    }
    let table = ran.stdout.split_once("By environment\n").expect("the table").1;
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "dev", "prod"]);
    assert_eq!(rows[1], ["reg.example.com/acme/thing", "1.2.0", "1.1.0", "differs"]);
    assert_eq!(rows[2], ["reg.example.com/acme/net/thing", "~>", "2.0", "~>", "2.0"]);

    let ran = space.terrace(&["pins", "list", "--json", "--filter", "./live/prod/**"]).run().success();
    let told: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let pins = told["pins"].as_array().expect("a list");
    let locked = pins.iter().find(|pin| pin["kind"] == "provider").expect("the provider");
    assert_eq!(
        locked,
        &serde_json::json!({
            "kind": "provider",
            "name": "reg.example.com/acme/thing",
            "version": "1.1.0",
            "constraint": "~> 1.0",
            "environment": "prod",
            "unit": "live/prod/a",
            "file": "live/prod/a/.terraform.lock.hcl",
            "line": 2,
        })
    );
    assert_eq!(told["skew"][0]["environments"]["prod"]["1.1.0"], 1);
}

/// A registry with TLS; its certificate lies in the space.
fn registry(space: &mut TestSpace) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a pair");
    let server = Server::start_tls(config, |asked: &Asked| match asked.path.as_str() {
        "/.well-known/terraform.json" => Reply::ok(r#"{"modules.v1": "/m/", "providers.v1": "/p/"}"#),
        "/p/acme/thing/versions" if asked.header("authorization") == "Bearer s3cret" => Reply::ok(
            r#"{"versions": [{"version": "1.1.0"}, {"version": "1.10.0"}, {"version": "2.0.0"}, {"version": "3.0.0-rc1"}]}"#,
        ),
        "/p/acme/thing/versions" => Reply::status(401),
        "/m/acme/net/thing/versions" => {
            Reply::ok(r#"{"modules": [{"versions": [{"version": "2.0.1"}, {"version": "2.4.0"}]}]}"#)
        }
        _ => Reply::status(404),
    });
    space.write("cert.pem", &made.cert.pem());
    let file = space.path("cert.pem");
    space.set_env("SSL_CERT_FILE", file).set_env("TF_TOKEN_localhost", "s3cret");
    let port = server.url("").rsplit_once(':').expect("a port").1.to_owned();
    (server, format!("localhost:{port}"))
}

#[test]
fn registries_and_repositories_say_what_is_newer() {
    let mut outer = TestSpace::new();
    let (server, host) = registry(&mut outer);
    let mut space = estate(&host);
    let certificate = outer.path("cert.pem");
    space.set_env("SSL_CERT_FILE", certificate).set_env("TF_TOKEN_localhost", "s3cret");
    let ran = space.terrace(&["pins", "outdated"]).run().success();
    let rows: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1], [&format!("{host}/acme/thing"), "1.1.0,", "1.2.0", "1.10.0", "2.0.0"], "{ran}");
    assert_eq!(rows.len(), 2, "the module's constraint allows the newest: {ran}");
    assert_eq!(server.count("/p/acme/thing/versions"), 1, "three units, one question");
    assert_eq!(server.count("/.well-known/terraform.json"), 2, "once for each service");

    // A repository, and a registry that is not there: it hides nothing.
    space.write("repo/main.tf", "");
    let script = "cd repo && git init -q -b main && git add -A && git -c user.name=t -c user.email=t@e commit -qm x && git tag v1.0.0 && git tag v1.2.0 && git tag latest";
    space.tool("sh", &["-c", script]);
    let text =
        format!("terraform {{\n  source = \"git::file://{}?ref=v1.0.0\"\n}}\n", space.path("repo").display());
    space.write("live/dev/git/terragrunt.hcl", &text);
    space.write("live/dev/gone/terragrunt.hcl", "terraform {\n  source = \"../../../gone\"\n}\n");
    space.write(
        "gone/main.tf",
        "module \"x\" {\n  source  = \"localhost:1/acme/x/thing\"\n  version = \"1.0.0\"\n}\n",
    );
    let ran = space.terrace(&["pins", "outdated", "--json"]).run().code(1);
    let ran = ran.says(&["localhost:1/acme/x/thing: ", "the versions of 1 pin are not known"]);
    let told: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let pins = told["pins"].as_array().expect("a list");
    let git =
        pins.iter().find(|pin| pin["name"].as_str().is_some_and(|name| name.ends_with("/repo"))).expect("it");
    assert_eq!(
        (&git["current"][0], &git["latest"], &git["outdated"]),
        (&"v1.0.0".into(), &"v1.2.0".into(), &true.into())
    );
    assert_eq!(pins.len(), 3);
    assert_eq!(told["failed"][0]["name"], "localhost:1/acme/x/thing");
    ran.never_tells("s3cret");
}
