//! Settings that show in the requests for states and locks.

use super::{STATE, Server, backend, fault, open, text};
use crate::hcl::Value;
use crate::state::LockInfo;
use crate::state::object::Condition;
use crate::state::settings::{Backend, OpenError};
use bytes::Bytes;

/// 32 bytes in base64, and the digest of those.
const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const DIGEST: &str = "hhAJ7E1Zn6sfQKvHbm+JiAz/WDPHnFSMmfkEXxkc2Qs=";

/// Takes every upload and download.
fn server() -> Server {
    Server::start(|asked| match asked.line.split(' ').next() {
        Some("POST") => Some(super::json(r#"{"generation":"5"}"#)),
        Some("GET") => Some((200, "x-goog-generation: 5\r\n", STATE.to_owned())),
        _ => None,
    })
}

/// Takes the lock, reads and writes the state.
fn use_all(given: &Backend) {
    let (stores, store) = open(given);
    let told = stores.wait(async move {
        let lock = store.acquire(&LockInfo::default()).await.unwrap().remove(0);
        assert_eq!(lock.id, "5");
        let seen = store.read().await.unwrap().unwrap().seen;
        store.write(Bytes::from(STATE), &Condition::Unchanged(seen.tag), &lock).await.unwrap();
    });
    told.unwrap();
}

const LOCK: &str =
    "POST /upload/storage/v1/b/team-states/o?uploadType=media&name=live%2Fdefault.tflock&ifGenerationMatch=0";
const WRITE: &str = "POST /upload/storage/v1/b/team-states/o?uploadType=media&name=live%2Fdefault.tfstate&ifGenerationMatch=5";

#[test]
fn a_key_of_our_own_encrypts_the_state_and_not_the_lock() {
    let server = server();
    let mut given = backend(&server, &[("access_token", text("t"))]);
    given.env.set("GOOGLE_ENCRYPTION_KEY", KEY);
    use_all(&given);
    for line in ["GET ", WRITE] {
        let asked = server.only(line);
        let headers = ["algorithm", "key", "key-sha256"];
        let sent = headers.map(|name| asked.header(&format!("x-goog-encryption-{name}")).unwrap().to_owned());
        assert_eq!(sent, ["AES256", KEY, DIGEST]);
    }
    let lock = server.only(LOCK);
    assert_eq!(lock.header("x-goog-encryption-key"), None);
    assert!(lock.body.contains(r#""Path":"gs://team-states/live/default.tflock""#), "{}", lock.body);
}

#[test]
fn a_key_of_the_key_service_is_named_for_the_state_alone() {
    let server = server();
    let mut given = backend(&server, &[("access_token", text("t"))]);
    given.env.set("GOOGLE_KMS_ENCRYPTION_KEY", "projects/p/keys/k");
    use_all(&given);
    assert_eq!(server.only(WRITE).line, format!("{WRITE}&kmsKeyName=projects%2Fp%2Fkeys%2Fk"));
    assert_eq!(server.only(LOCK).line, LOCK);
}

#[test]
fn every_request_goes_to_the_endpoint_that_is_set() {
    for path in ["/storage/v1/", "/storage/v1/b", "/behind/a/gate/storage/v1/"] {
        for variable in [
            "storage_custom_endpoint",
            "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT",
            "GOOGLE_STORAGE_CUSTOM_ENDPOINT",
        ] {
            let server = server();
            let url = server.url(path);
            let set = if variable == "storage_custom_endpoint" { text(&url) } else { Value::NULL };
            let more = [("access_token", text("t")), ("storage_custom_endpoint", set)];
            let mut given = backend(&server, &more);
            given.env.set(variable, url);
            use_all(&given);
            let base = path.trim_end_matches('b');
            let read = format!("GET {base}b/team-states/o/live%2Fdefault.tfstate?alt=media");
            assert_eq!(server.lines(), [LOCK, &read, WRITE], "{variable} {path}");
        }
    }
    let server = server();
    let mut given = backend(&server, &[("storage_custom_endpoint", Value::NULL)]);
    given.env.set("STORAGE_EMULATOR_HOST", format!("127.0.0.1:{}", server.port));
    use_all(&given);
    assert_eq!(server.only(LOCK).header("authorization"), None, "an emulator knows nobody");
}

#[test]
fn keys_follow_prefix_and_workspace() {
    let server = server();
    for (prefix, workspace, key) in [
        ("", "default", "default.tfstate"),
        ("/a//b/", "dev", "a/b/dev.tfstate"),
        ("a/./c/../b", "", "a/b/default.tfstate"),
    ] {
        let more = [("access_token", text("t")), ("prefix", text(prefix))];
        let given = Backend { workspace: workspace.to_owned(), ..backend(&server, &more) };
        assert_eq!(open(&given).1.key(), key);
    }
}

#[test]
fn faulty_settings_are_named_without_their_value() {
    let server = server();
    let token = ("access_token", text("t"));
    let both = [token.clone(), ("encryption_key", text(KEY)), ("kms_encryption_key", text("k"))];
    for (more, setting) in [
        (&both[..], "encryption_key"),
        (&[token.clone(), ("encryption_key", text("aHVzaA=="))], "encryption_key"),
        (&[token.clone(), ("storage_custom_endpoint", text("hush"))], "storage_custom_endpoint"),
    ] {
        let error = fault(&backend(&server, more));
        assert!(matches!(&error, OpenError::Malformed { setting: named, .. } if named == setting), "{error}");
        assert!(!error.to_string().contains("hush") && !error.to_string().contains(KEY), "{error}");
    }
    let novel = fault(&backend(&server, &[token.clone(), ("novel", text("x"))]));
    assert!(novel.is_for_terraform(), "{novel}");
    let nameless = fault(&backend(&server, &[token, ("bucket", Value::NULL)]));
    assert!(matches!(nameless, OpenError::Missing { .. }));
}
