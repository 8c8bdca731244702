//! The versions that an account keeps, which the emulator does not: listed in pages, told apart from copies, read by id.

use serde_json::json;

use super::contract::{Contract, Heard, blob};
use super::{CANARY, Opened, unit};
use crate::emulators::Reply;

fn row(name: &str, marks: &str, modified: &str, size: usize) -> String {
    format!(
        "<Blob><Name>{name}</Name>{marks}<Properties><Last-Modified>{modified}</Last-Modified><Etag>0x1</Etag><Content-Length>{size}</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>"
    )
}

fn page(rows: &[String], next: &str) -> Option<Reply> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://acct.blob.core.windows.net/\" ContainerName=\"states\"><Prefix>k.tfstate</Prefix><Blobs>{}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>",
        rows.concat()
    );
    let fields = vec![("Content-Type".to_owned(), "application/xml".to_owned())];
    Some(Reply { status: 200, fields, body: body.into_bytes() })
}

fn account(heard: &Heard) -> Option<Reply> {
    let target = heard.request.target.as_str();
    let (monday, tuesday) = ("Mon, 23 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 10:00:00 GMT");
    match (heard.request.method.as_str(), target) {
        ("GET", list) if list.contains("comp=list") && list.contains("marker=more") => page(
            &[
                row(
                    "k.tfstate",
                    "<VersionId>v2</VersionId><IsCurrentVersion>true</IsCurrentVersion>",
                    tuesday,
                    3,
                ),
                row(
                    "k.tfstateenv:blue",
                    "<VersionId>v9</VersionId><IsCurrentVersion>true</IsCurrentVersion>",
                    tuesday,
                    9,
                ),
            ],
            "",
        ),
        ("GET", list) if list.contains("comp=list") => page(
            &[
                row("k.tfstate", "<VersionId>v1</VersionId>", monday, 2),
                row("k.tfstate", "<Snapshot>s1</Snapshot><VersionId>v1</VersionId>", monday, 2),
            ],
            "more",
        ),
        ("GET", "/states/k.tfstate?versionid=v1") => blob("v1"),
        ("GET", "/states/k.tfstate?snapshot=s1") => blob("s1"),
        ("HEAD", "/states/k.tfstate") => {
            let fields = vec![("x-ms-version-id".to_owned(), "v2".to_owned())];
            Some(Reply { status: 200, fields, body: Vec::new() })
        }
        _ => None,
    }
}

#[test]
fn versions_come_in_pages_and_are_read_by_their_ids() {
    let contract = Contract::start(account);
    let opened = Opened::new(&unit(json!({ "access_key": CANARY }), contract.env()));
    let versions = opened.wait(opened.store.versions()).expect("versions");
    let told: Vec<(&str, bool, u64)> =
        versions.iter().map(|version| (version.id.as_str(), version.is_current, version.size)).collect();
    assert_eq!(told, [("version:v2", true, 3), ("version:v1", false, 2), ("snapshot:s1", false, 2)]);
    let read = |id: &str| opened.wait(opened.store.read_version(id)).expect("a version");
    assert_eq!((&read("version:v1")[..], &read("snapshot:s1")[..]), (&b"v1"[..], &b"s1"[..]));
    let error = opened.wait(opened.store.read_version("v1")).expect_err("an id of nothing");
    assert!(error.to_string().contains("no such version"), "{error}");
    assert!(opened.wait(opened.store.keeps_versions()).expect("an answer"));
    assert_eq!(contract.heard().len(), 5);
}
