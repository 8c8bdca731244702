//! What the service's refusals mean to a user, and that none of them says a secret.

use serde_json::json;
use terrace::state::StoreError;

use super::contract::Contract;
use super::{CANARY, Opened, unit};
use crate::emulators::Reply;

/// A refusal as the service words it.
fn refusal(status: u16, code: &str, detail: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>It says {code}.\nRequestId:1</Message><AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
    );
    let fields = vec![
        ("x-ms-error-code".to_owned(), code.to_owned()),
        ("Content-Type".to_owned(), "application/xml".to_owned()),
    ];
    Reply { status, fields, body: body.into_bytes() }
}

/// How a read ends, and how often it was tried.
#[track_caller]
fn read(reply: Reply) -> (StoreError, usize) {
    let contract = Contract::start(move |_| Some(reply.clone()));
    let settings = json!({ "sas_token": format!("sv=1&sig={CANARY}") });
    let error = Opened::new(&unit(settings, contract.env())).read().expect_err("a refusal");
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains(CANARY) && !shown.contains("RequestId"), "{shown}");
    }
    (error, contract.heard().len())
}

#[test]
fn each_refusal_has_its_own_meaning() {
    let kind = |error: &StoreError| match error {
        StoreError::NoContainer { .. } => "no container",
        StoreError::Denied { .. } => "denied",
        StoreError::NoCredentials { .. } => "no credentials",
        StoreError::Expired { .. } => "expired",
        StoreError::Skewed { .. } => "skewed",
        StoreError::Unavailable { .. } => "unavailable",
        StoreError::Refused { .. } => "refused",
        _ => "another",
    };
    for (status, code, detail, wanted, times) in [
        (404, "ContainerNotFound", "", "no container", 1),
        (403, "AuthorizationPermissionMismatch", "", "denied", 1),
        (403, "AuthorizationFailure", "", "denied", 1),
        (403, "KeyBasedAuthenticationNotPermitted", "", "denied", 1),
        (403, "AuthenticationFailed", "The MAC signature is not the same", "denied", 1),
        (
            403,
            "AuthenticationFailed",
            "Signature not valid in the specified time frame: Start - Expiry",
            "expired",
            1,
        ),
        (401, "InvalidAuthenticationInfo", "Lifetime validation failed. The token is expired.", "expired", 1),
        (401, "NoAuthenticationInformation", "", "no credentials", 1),
        (403, "AuthenticationFailed", "Request date header too old: 'x'", "skewed", 1),
        (400, "InvalidQueryParameterValue", "", "refused", 1),
        (503, "ServerBusy", "", "unavailable", 5),
        (500, "InternalError", "", "unavailable", 5),
        (429, "TooManyRequests", "", "unavailable", 5),
    ] {
        let (error, count) = read(refusal(status, code, detail));
        assert_eq!((kind(&error), count), (wanted, times), "{status} {code} {detail}: {error}");
        assert!(error.to_string().contains("azurerm://acct/states/k.tfstate"), "{error}");
        assert!(error.hint().is_some() || wanted == "refused", "{error}");
    }
}

#[test]
fn a_clock_that_is_far_off_is_told_from_a_wrong_key() {
    let mut reply = refusal(403, "AuthenticationFailed", "");
    reply.fields.push(("Date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()));
    let (error, _) = read(reply);
    assert!(matches!(error, StoreError::Skewed { .. }), "{error:?}");
}

#[test]
fn a_missing_blob_is_no_fault() {
    let contract = Contract::start(|_| Some(refusal(404, "BlobNotFound", "")));
    let opened = Opened::new(&unit(json!({ "access_key": CANARY }), contract.env()));
    assert_eq!(opened.read().expect("nothing"), None);
    assert_eq!(contract.heard().len(), 1);
}

#[test]
fn a_key_that_is_no_key_is_said_without_it() {
    let settings = unit(json!({ "access_key": "no base64: hunter2" }), terrace::host::env::Env::default());
    let error = terrace::state::Stores::new().expect("a thread").open(&settings).expect_err("no key");
    assert!(error.to_string().contains("access_key"), "{error}");
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
}
