//! That the faulty proxy does what its script says, to an ordinary client.

use std::time::{Duration, Instant};

use crate::emulators::{Answer, Backend, Fault, On, Place, Reply, Request, Upstream};

/// Asks the proxy of the place as an ordinary client would.
fn ask(place: &Place, request: Request) -> std::io::Result<Reply> {
    let upstream = Upstream { port: place.proxy().port, tls: None };
    upstream.ask(&request.field("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"))
}

fn path(place: &Place, object: &str) -> String {
    format!("/{}/{object}", place.settings("k")["bucket"].as_str().expect("a bucket"))
}

fn put(place: &Place, body: &str) -> std::io::Result<Reply> {
    ask(place, Request::new("PUT", path(place, "it")).field("Content-Type", "application/json").body(body))
}

fn get(place: &Place) -> std::io::Result<Reply> {
    ask(place, Request::new("GET", path(place, "it")))
}

fn stored(place: &Place) -> Option<String> {
    place.read("it").map(|body| String::from_utf8(body).expect("text"))
}

fn faulty(place: &Place, method: &'static str, fault: Fault) {
    place.proxy().heal();
    place.proxy().inject(On::new(method, "/it").times(1), fault);
}

#[test]
fn an_answer_of_the_proxy_is_not_the_stores() {
    let Some(place) = Backend::S3.require() else { return };
    faulty(&place, "PUT", Fault::Answer(Answer::throttled(Backend::S3)));
    let reply = put(&place, "one").expect("an answer");
    assert_eq!((reply.status, reply.text().contains("SlowDown")), (503, true));
    assert_eq!(stored(&place), None, "the store heard nothing");
    faulty(&place, "PUT", Fault::AnswerAfter(Answer::status(500)));
    assert_eq!(put(&place, "two").expect("an answer").status, 500);
    assert_eq!(stored(&place).as_deref(), Some("two"), "the store did it all the same");
    assert_eq!(put(&place, "three").expect("an answer").status, 200, "once was once");
}

#[test]
fn a_connection_is_reset_before_or_after_the_store_hears() {
    let Some(place) = Backend::S3.require() else { return };
    for (fault, is_stored) in [(Fault::Reset, false), (Fault::CutUpload(2), false), (Fault::ResetAfter, true)]
    {
        let told = format!("{fault:?}");
        faulty(&place, "PUT", fault);
        let error = put(&place, &told).expect_err("no answer");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{told}");
        assert_eq!(stored(&place) == Some(told.clone()), is_stored, "{told}");
    }
}

#[test]
fn an_answer_ends_early_or_comes_late_or_never() {
    let Some(place) = Backend::S3.require() else { return };
    place.write("it", b"0123456789");
    faulty(&place, "GET", Fault::CutAnswer(4));
    assert_eq!(get(&place).expect_err("half an answer").kind(), std::io::ErrorKind::UnexpectedEof);
    let begun = Instant::now();
    faulty(&place, "GET", Fault::Late(Duration::from_millis(200)));
    assert_eq!(get(&place).expect("an answer").text(), "0123456789");
    assert!(begun.elapsed() >= Duration::from_millis(200));
    faulty(&place, "GET", Fault::Hang(Duration::from_millis(100)));
    get(&place).expect_err("no answer");
}

#[test]
fn requests_are_counted_on_their_own_line() {
    let Some(place) = Backend::S3.require() else { return };
    let twin = place.twin();
    put(&place, "one").expect("an answer");
    faulty(&place, "GET", Fault::Reset);
    get(&place).expect_err("a reset");
    get(&place).expect("an answer");
    get(&twin).expect("an answer");
    let count = |place: &Place, method| place.proxy().count(&On::new(method, "/it"));
    assert_eq!((count(&place, "PUT"), count(&place, "GET"), count(&twin, "GET")), (1, 2, 1));
}
