//! Modules from web servers and registries, all of them on loopback; and what is kept of them for the next run.

use super::fake::FakeTerraform;
use super::server::{Asked, Reply, Server};
use super::space::{Ran, TestSpace};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A tar.gz with these files.
fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).expect("an entry");
    }
    gzip(&builder.into_inner().expect("a tar"))
}

/// A tar.gz with one entry that no honest tool writes.
fn evil_tgz(name: &str, kind: tar::EntryType, target: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    let raw = header.as_ustar_mut().expect("its fields");
    raw.name[..name.len()].copy_from_slice(name.as_bytes());
    raw.linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, &b""[..]).expect("an entry");
    gzip(&builder.into_inner().expect("a tar"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("to memory");
    encoder.finish().expect("to memory")
}

fn module() -> Vec<u8> {
    tgz(&[("main.tf", "# root"), ("app/main.tf", "# app"), (".hidden", "")])
}

/// A space with a stand-in for terraform, and one unit `u`.
fn space() -> TestSpace {
    let mut space = TestSpace::new();
    FakeTerraform::install(&mut space, r#"case "$1" in plan) cat main.tf ;; esac"#);
    space
}

fn plan(space: &TestSpace, source: &str) -> Ran {
    unit(space, "u", source);
    space.terrace(&["plan"]).in_dir("u").run()
}

fn unit(space: &TestSpace, name: &str, source: &str) {
    space.write(&format!("{name}/terragrunt.hcl"), &format!("terraform {{\n  source = \"{source}\"\n}}\n"));
}

/// What a run left of the source in the unit's cache, bookkeeping aside.
fn delivered(space: &TestSpace, unit: &str) -> Vec<String> {
    let found = space.tool("sh", &["-c", &format!("cd {unit} && find .terragrunt-cache -type f -o -type l")]);
    let names = found.lines().filter_map(|line| line.splitn(4, '/').nth(3));
    let mut names: Vec<String> = names
        .filter(|name| !name.contains(".terra") && !name.ends_with("terragrunt.hcl"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

fn store(space: &TestSpace) -> PathBuf {
    space.root().parent().expect("a parent").join("home/.cache/terrace")
}

#[test]
fn an_archive_is_unpacked_and_shared_by_units_and_runs() {
    let space = space();
    let server = Server::start(|asked: &Asked| {
        if asked.header("if-none-match") == "\"1\"" {
            return Reply { body: Vec::new(), ..Reply::status(304) };
        }
        Reply::ok(module()).header("etag", "\"1\"")
    });
    for name in ["a", "b", "c", "d"] {
        unit(&space, name, &server.url("/m.tar.gz//app"));
    }
    space.terrace(&["run", "--all", "plan"]).run().success().prints(&["# app"]);
    assert_eq!(server.count("/m.tar.gz"), 1, "four units, one download");
    assert_eq!(delivered(&space, "a"), [".hidden", "app/main.tf", "main.tf"]);
    let inodes = space.tool("sh", &["-c", "find . -name main.tf -path '*/app/*' | xargs stat -c '%i %a'"]);
    assert!(
        inodes.lines().all(|line| Some(line) == inodes.lines().next() && line.ends_with("444")),
        "{inodes}"
    );
    plan(&space, &server.url("/m.tar.gz")).success().prints(&["# root"]);
    assert_eq!(server.asked().last().expect("a question").header("if-none-match"), "\"1\"");
}

#[test]
fn every_format_and_spelling_of_an_archive_is_taken() {
    let space = space();
    let server = Server::start(|asked: &Asked| match asked.path.as_str() {
        "/single.tf" => Reply::ok("# single"),
        _ => Reply::ok(module()),
    });
    let single = [("/single.tf", "single.tf"), ("/single.tf?filename=other.tf", "other.tf")];
    for (path, name) in single {
        let _ = plan(&space, &server.url(path));
        assert!(delivered(&space, "u").contains(&name.to_owned()), "{path}");
    }
    plan(&space, &server.url("/m?archive=tgz&x=1")).success().prints(&["# root"]);
    assert_eq!(server.count("/m?x=1"), 1, "what is meant for us stays with us");
    std::fs::write(space.path("m.tar.gz"), module()).expect("an archive");
    plan(&space, "../m.tar.gz//app").success().prints(&["# app"]);
    plan(&space, &format!("file://{}", space.path("m.tar.gz").display())).success().prints(&["# root"]);
    plan(&space, &server.url("/m")).failure().says(&["TRC0731", "?archive=tar.gz"]);
    plan(&space, &server.url("/m?archive=rar")).failure().says(&["archive=rar"]);
    plan(&space, &server.url("/single.tf.gz")).failure().says(&["TRC0731", "one compressed file"]);
}

#[test]
fn a_checksum_decides_whether_a_file_is_used() {
    let space = space();
    std::fs::write(space.path("m.tar.gz"), module()).expect("an archive");
    let sum = |tool: &str| space.tool(tool, &["m.tar.gz"]).split(' ').next().unwrap_or_default().to_owned();
    let (md5, sha256) = (sum("md5sum"), sum("sha256sum"));
    let list = format!("{md5}  other.zip\n{sha256}  m.tar.gz\n");
    let server = Server::start(move |asked: &Asked| match asked.path.as_str() {
        "/sums" => Reply::ok(list.clone()),
        _ => Reply::ok(module()),
    });
    for good in [format!("md5:{md5}"), sha256.clone(), format!("file:{}", server.url("/sums"))] {
        plan(&space, &server.url(&format!("/m.tar.gz?checksum={good}"))).success();
    }
    let before = server.asked().len();
    unit(&space, "pinned", &server.url(&format!("/m.tar.gz?checksum=sha256:{sha256}")));
    space.terrace(&["plan"]).in_dir("pinned").run().success();
    unit(&space, "again", &server.url(&format!("/m.tar.gz?checksum=sha256:{sha256}")));
    space.terrace(&["plan"]).in_dir("again").run().success();
    assert!(server.asked().len() <= before + 1, "a pinned file that is at hand is not asked for");
    let bad = format!("/m.tar.gz?checksum=sha1:{}", "0".repeat(40));
    unit(&space, "bad", &server.url(&bad));
    let ran = space.terrace(&["plan"]).in_dir("bad").run().failure();
    ran.says(&["TRC0732", &"0".repeat(40), "terragrunt.hcl:2"]);
    assert_eq!(delivered(&space, "bad"), Vec::<String>::new());
}

#[test]
fn servers_that_refuse_are_named_with_what_to_do() {
    let space = space();
    let tries = AtomicUsize::new(0);
    let server = Server::start(move |asked: &Asked| match asked.path.as_str() {
        "/401.zip" => Reply::status(401),
        "/403.zip" => Reply::status(403),
        "/500.zip" => Reply::status(500),
        "/busy.tgz" if tries.fetch_add(1, Ordering::SeqCst) == 0 => {
            Reply::status(503).header("retry-after", "0")
        }
        "/busy.tgz" => Reply::ok(module()),
        "/torn.tgz" => Reply::ok(module()).header("content-length", "1000000"),
        "/loop" => Reply::status(302).header("location", "/loop"),
        _ => Reply::status(404),
    });
    for (path, says) in [
        ("/401.zip", &["401", "netrc"][..]),
        ("/403.zip", &["403", "may not read"]),
        ("/404.zip", &["404", "git::https://"]),
        ("/500.zip", &["500", "try again"]),
        ("/torn.tgz", &["/torn.tgz"]),
        ("/loop", &["redirects again"]),
    ] {
        plan(&space, &server.url(path)).code(1).says(says).says(&["TRC0730", "terragrunt.hcl:2:12"]);
    }
    assert_eq!((server.count("/401.zip"), server.count("/500.zip")), (1, 3));
    plan(&space, &server.url("/busy.tgz")).success();
    plan(&space, "http://127.0.0.1:9/m.zip").code(1).says(&["127.0.0.1:9/m.zip"]);
}

#[test]
fn logins_come_from_netrc_or_the_address_and_are_never_told() {
    let mut space = space();
    let server = Server::start(|asked: &Asked| {
        // user:hunter2, in the encoding of the header.
        if asked.header("authorization") == "Basic dXNlcjpodW50ZXIy" {
            return Reply::ok(module());
        }
        Reply::status(401)
    });
    let netrc = space.root().parent().expect("a parent").join("home/.netrc");
    std::fs::write(netrc, "machine 127.0.0.1 login user password hunter2\n").expect("a file");
    plan(&space, &server.url("/m.tgz")).success().never_tells("hunter2");
    space.set_env("NETRC", "/nowhere");
    plan(&space, &server.url("/m.tgz?token=s3cret")).code(1).never_tells("s3cret");
    let with_login = server.url("/m.tgz").replace("http://", "http://user:hunter2@");
    space.terrace(&["plan", "--log-level", "trace"]).in_dir("u").run().failure();
    plan(&space, &with_login).success().never_tells("hunter2");
    let wrong = server.url("/m.tgz").replace("http://", "http://user:wr0ng@");
    plan(&space, &wrong).code(1).never_tells("wr0ng");
}

#[test]
fn a_server_may_send_us_elsewhere_but_not_into_this_machine() {
    let space = space();
    let wrapped = tgz(&[("m-1.0/main.tf", "# wrapped"), ("m-1.0/app/main.tf", "# inner"), ("readme", "")]);
    let server = Server::start(move |asked: &Asked| match asked.path.as_str() {
        "/header" => Reply::ok("").header("X-Terraform-Get", "/w.tar.gz//m-*"),
        "/page" => Reply::ok("<meta name=\"terraform-get\" content=\"/w.tar.gz//m-1.0/app\">")
            .header("content-type", "text/html"),
        "/moved.tar.gz" => Reply::status(302).header("location", "/w.tar.gz"),
        "/round" => Reply::ok("").header("X-Terraform-Get", "/round"),
        "/local" => Reply::ok("").header("X-Terraform-Get", "file:///etc"),
        "/missing" => Reply::ok("").header("X-Terraform-Get", "/w.tar.gz//nope"),
        _ => Reply::ok(wrapped.clone()),
    });
    plan(&space, &server.url("/header")).success().prints(&["# wrapped"]);
    plan(&space, &server.url("/header//app")).success().prints(&["# inner"]);
    plan(&space, &server.url("/page")).success().prints(&["# inner"]);
    plan(&space, &server.url("/moved.tar.gz//m-1.0")).success().prints(&["# wrapped"]);
    plan(&space, &server.url("/round")).code(1).says(&["on and on"]);
    plan(&space, &server.url("/local")).code(1).says(&["file:///etc", "folder of this machine"]);
    plan(&space, &server.url("/missing")).code(1).says(&["`nope`"]);
}

#[test]
fn archives_that_climb_out_leave_nothing() {
    let space = space();
    let server = Server::start(|asked: &Asked| {
        Reply::ok(match asked.path.as_str() {
            "/up.tgz" => evil_tgz("../../evil", tar::EntryType::Regular, ""),
            "/abs.tgz" => evil_tgz("/tmp/terrace-evil", tar::EntryType::Regular, ""),
            "/link.tgz" => evil_tgz("link", tar::EntryType::Symlink, "/etc/passwd"),
            "/hard.tgz" => evil_tgz("hard", tar::EntryType::Link, "../../evil"),
            "/device.tgz" => evil_tgz("device", tar::EntryType::Char, ""),
            _ => gzip(&vec![0; 300 << 20]),
        })
    });
    for path in ["/up.tgz", "/abs.tgz", "/link.tgz", "/hard.tgz", "/device.tgz", "/garbage.tgz"] {
        plan(&space, &server.url(path)).code(1).says(&["TRC0731", path, "terragrunt.hcl:2:12"]);
        assert_eq!(delivered(&space, "u"), Vec::<String>::new(), "{path}");
    }
    assert!(!std::path::Path::new("/tmp/terrace-evil").exists());
    let left = std::fs::read_dir(space.root().parent().expect("a parent").join("tmp")).expect("it").count();
    assert_eq!(left, 0, "no temporary folder stays behind");
}

/// A registry of one module, spoken to as `mods.test`.
fn registry(space: &mut TestSpace) -> Server {
    let server = Server::start(|asked: &Asked| match asked.path.as_str() {
        "/v1/org/net/aws/versions" => Reply::ok(
            r#"{"modules":[{"versions":[{"version":"1.2.0"},{"version":"1.10.0"},{"version":"2.0.0-rc1"}]}]}"#,
        ),
        "/v1/org/net/aws/1.10.0/download" => {
            Reply { status: 204, ..Reply::ok("") }.header("X-Terraform-Get", "../../../../../files/m.tar.gz")
        }
        "/v1/org/net/aws/1.2.0/download" => Reply::ok(r#"{"location": "/files/m.tar.gz//app"}"#),
        "/v1/org/secret/aws/1.0.0/download" if asked.header("authorization") != "Bearer t0ken" => {
            Reply::status(401)
        }
        "/v1/org/secret/aws/1.0.0/download" => Reply::ok(r#"{"location": "/files/m.tar.gz"}"#),
        "/v1/org/odd/aws/1.0.0/download" => Reply::ok("<html>"),
        "/files/m.tar.gz" => Reply::ok(module()),
        _ => Reply::status(404),
    });
    let services = server.url("/v1");
    let text =
        format!("host \"mods.test\" {{\n  services = {{\n    \"modules.v1\" = \"{services}\"\n  }}\n}}\n");
    space.write("rc", &text);
    let rc = space.path("rc");
    space.set_env("TF_CLI_CONFIG_FILE", rc);
    server
}

#[test]
fn a_registry_says_where_a_version_lies() {
    let mut space = space();
    let server = registry(&mut space);
    plan(&space, "tfr://mods.test/org/net/aws?version=1.2.0").success().prints(&["# app"]);
    plan(&space, "tfr://mods.test/org/net/aws//app?version=1.10.0").success().prints(&["# app"]);
    plan(&space, "tfr://mods.test/org/net/aws").success().prints(&["# root"]);
    space.set_env("TG_TF_DEFAULT_REGISTRY_HOST", "mods.test");
    plan(&space, "tfr:///org/net/aws?version=1.10.0").success().prints(&["# root"]);
    plan(&space, "tfr:///org/net/aws?version=9.9.9").code(1).says(&["TRC0733", "9.9.9"]);
    plan(&space, "tfr:///org/none/aws").code(1).says(&["TRC0733", "org/none/aws"]);
    plan(&space, "tfr:///org/odd/aws?version=1.0.0").code(1).says(&["TRC0733", "registry protocol"]);
    plan(&space, "tfr:///org/net/aws?version=~> 1.0").code(1).says(&["constraint", "`version`"]);
    let asked = server.count("/v1/org/secret/aws/1.0.0/download");
    plan(&space, "tfr:///org/secret/aws?version=1.0.0").code(1).says(&["401", "TF_TOKEN_"]);
    assert_eq!(server.count("/v1/org/secret/aws/1.0.0/download"), asked + 1);
    for name in ["TF_TOKEN_mods_test", "TG_TF_REGISTRY_TOKEN"] {
        unit(&space, name, "tfr:///org/secret/aws?version=1.0.0");
        let run = space.terrace(&["plan", "--log-level", "trace"]).in_dir(name).env(name, "t0ken").run();
        run.success().never_tells("t0ken");
    }
    let told = server.asked().into_iter().find(|asked| asked.path == "/files/m.tar.gz").expect("a download");
    assert_eq!(told.header("authorization"), "", "a token is for the registry alone");
}

#[test]
fn a_constraint_takes_the_highest_version_that_meets_it() {
    let mut space = space();
    let server = registry(&mut space);
    let with = |version: &str, source: &str| {
        let text = format!("terraform {{\n  source  = \"{source}\"\n  version = \"{version}\"\n}}\n");
        space.write("u/terragrunt.hcl", &text);
        space.terrace(&["plan", "--experiment", "version-attribute"]).in_dir("u").run()
    };
    let module = "tfr://mods.test/org/net/aws";
    with("< 1.10", module).success().prints(&["# app"]);
    with("~> 1.0", module).success().prints(&["# root"]);
    assert_eq!(server.count("/v1/org/net/aws/1.10.0/download"), 1);
    with("~> 7.0", module).code(1).says(&["TRC0733", "~> 7.0", "terragrunt.hcl:3"]);
    with("~> x", module).code(1).says(&["TRC0703"]);
    with("~> 1.0", &format!("{module}?version=1.2.0")).code(1).says(&["twice"]);
    with("~> 1.0", "../m").code(1).says(&["tfr://"]);
    space.terrace(&["plan"]).in_dir("u").run().code(1).says(&["TRC0734", "--experiment version-attribute"]);
}

#[test]
fn a_damaged_store_is_not_delivered_and_a_useless_one_is_passed_over() {
    let mut space = space();
    let server = Server::start(|_: &Asked| Reply::ok(module()).header("etag", "\"1\""));
    plan(&space, &server.url("/m.tgz")).success();
    let blobs = store(&space).join("sources-v1/blobs");
    let script =
        format!("find {0} -type f -exec sh -c 'chmod 644 $1; echo evil > $1' _ {{}} \\;", blobs.display());
    space.tool("sh", &["-c", &script]);
    unit(&space, "v", &server.url("/m.tgz"));
    let ran =
        space.terrace(&["plan"]).in_dir("v").run().success().prints(&["# root"]).says(&["changed since"]);
    drop(ran.never_tells("evil"));
    unit(&space, "plain", &server.url("/m.tgz"));
    space.set_env("XDG_CACHE_HOME", "/dev/null/x");
    space.terrace(&["plan"]).in_dir("plain").run().success().prints(&["# root"]).says(&["passed over"]);
}

#[test]
fn without_the_store_nothing_is_kept_and_files_may_be_changed() {
    let space = space();
    let server = Server::start(|_: &Asked| Reply::ok(module()));
    unit(&space, "u", &server.url("/m.tgz"));
    space.terrace(&["plan", "--no-cas"]).in_dir("u").run().success();
    assert!(!store(&space).exists());
    let mode = |unit: &str| {
        space.tool("sh", &["-c", &format!("find {unit}/.terr* -name main.tf | head -1 | xargs stat -c %a")])
    };
    assert_eq!(mode("u").trim(), "644");
    space.write(
        "m/terragrunt.hcl",
        &format!("terraform {{\n  source  = \"{}\"\n  mutable = true\n}}\n", server.url("/m.tgz")),
    );
    space.terrace(&["plan"]).in_dir("m").run().success();
    assert_eq!(mode("m").trim(), "644");
}

#[test]
fn a_part_that_a_server_names_is_linked_or_copied_like_a_whole() {
    let mut space = space();
    let _server = registry(&mut space);
    for (unit, mutable, mode) in [("linked", false, "444"), ("copied", true, "644")] {
        let source = "tfr://mods.test/org/net/aws?version=1.2.0";
        let text = format!("terraform {{\n  source  = \"{source}\"\n  mutable = {mutable}\n}}\n");
        space.write(&format!("{unit}/terragrunt.hcl"), &text);
        space.terrace(&["plan"]).in_dir(unit).run().success().prints(&["# app"]);
        let found =
            space.tool("sh", &["-c", &format!("find {unit}/.terr* -name main.tf | xargs stat -c %a")]);
        assert_eq!(found.trim(), mode, "{unit}");
    }
}

#[test]
fn several_processes_share_a_download() {
    let space = space();
    let server = Server::start(|asked: &Asked| {
        std::thread::sleep(std::time::Duration::from_millis(300));
        match asked.header("if-none-match") {
            "\"1\"" => Reply { body: Vec::new(), ..Reply::status(304) },
            _ => Reply::ok(module()).header("etag", "\"1\""),
        }
    });
    let names = ["a", "b", "c"];
    names.iter().for_each(|name| unit(&space, name, &server.url("/m.tgz")));
    let runs: Vec<_> = names.iter().map(|name| space.terrace(&["plan"]).in_dir(name).spawn()).collect();
    for run in runs {
        run.wait().success().prints(&["# root"]);
    }
    let whole = server.asked().iter().filter(|asked| asked.header("if-none-match").is_empty()).count();
    assert_eq!(whole, 1, "the others find it in the store");
}

#[test]
fn a_pinned_commit_needs_no_server_twice() {
    let space = space();
    space.write("r/main.tf", "# pinned");
    space.tool(
        "sh",
        &[
            "-c",
            "cd r && git init -q -b main && git add -A && git -c user.name=t -c user.email=t@e commit -qm x",
        ],
    );
    let commit = space.tool("git", &["-C", "r", "rev-parse", "HEAD"]).trim().to_owned();
    let source = format!("git::file://{}?ref={commit}", space.path("r").display());
    plan(&space, &source).success().prints(&["# pinned"]);
    space.tool("rm", &["-rf", "r"]);
    unit(&space, "v", &source);
    space.terrace(&["plan"]).in_dir("v").run().success().prints(&["# pinned"]);
}

#[test]
fn a_branch_is_asked_for_and_fetched_only_when_it_has_moved() {
    let space = space();
    let commit = |text: &str| {
        space.write("r/main.tf", text);
        let who = "git -c user.name=t -c user.email=t@e";
        space
            .tool("sh", &["-c", &format!("cd r && git init -q -b main && git add -A && {who} commit -qm x")]);
    };
    commit("# one");
    let source = format!("git::file://{}?ref=main", space.path("r").display());
    plan(&space, &source).success().prints(&["# one"]);
    let trace = space.path("trace");
    for (unit_name, text, fetches) in [("v", "# one", 0), ("w", "# two", 1)] {
        if text == "# two" {
            commit(text);
        }
        unit(&space, unit_name, &source);
        let run = space.terrace(&["plan"]).in_dir(unit_name).env("GIT_TRACE", trace.clone());
        run.run().success().prints(&[text]);
        let traced = std::fs::read_to_string(&trace).expect("git ran");
        let fetched = traced.lines().filter(|line| line.contains("git fetch ")).count();
        assert_eq!(fetched, fetches, "{traced}");
    }
}

#[test]
fn proxies_are_used_but_not_for_this_machine() {
    let mut space = space();
    let proxy = Server::start(|asked: &Asked| match asked.path.as_str() {
        "http://modules.invalid/m.tgz" => Reply::ok(module()),
        _ => Reply::status(404),
    });
    let direct = Server::start(|_: &Asked| Reply::ok(module()));
    space.set_env("HTTP_PROXY", proxy.url(""));
    plan(&space, "http://modules.invalid/m.tgz").success().prints(&["# root"]);
    plan(&space, &direct.url("/m.tgz")).success();
    assert_eq!((proxy.asked().len(), direct.asked().len()), (1, 1));
}

#[test]
fn a_certificate_of_ones_own_is_trusted_by_name() {
    let mut space = space();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a pair");
    let server = Server::start_tls(config, |_: &Asked| Reply::ok(module()));
    plan(&space, &server.url("/m.tgz")).code(1).says(&["certificate", "SSL_CERT_FILE"]);
    space.write("cert.pem", &made.cert.pem());
    let file = space.path("cert.pem");
    space.set_env("SSL_CERT_FILE", file);
    plan(&space, &server.url("/m.tgz")).success().prints(&["# root"]);
}

#[test]
fn kinds_that_are_not_fetched_say_so() {
    let space = space();
    for (source, says) in [
        ("hg::https://h.invalid/r", "Mercurial"),
        ("smb://h.invalid/s", "SMB"),
        ("oci://h.invalid/r?tag=1", "OCI"),
        ("gcs::https://www.googleapis.com/storage/v1/b/k.zip", "GCS"),
        ("cas::sha1:0000000000000000000000000000000000000000", "own store"),
    ] {
        plan(&space, source).code(1).says(&[says, "terragrunt.hcl:2:12"]);
    }
}
