use super::{Client, Patience, Question, shown};
use crate::host::env::Env;
use crate::source::SourceError;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn client() -> Client {
    let ms = Duration::from_millis;
    let patience = Patience { connect: ms(2000), silence: ms(200), pauses: [ms(1), ms(1)] };
    Client::with_patience(Env::default(), patience)
}

fn question(url: &str) -> Question {
    Question { url: url.to_owned(), ..Question::default() }
}

/// A server that sends each connection the next of these texts and closes it; an empty one leaves it open and silent.
fn server(answers: &'static [&'static str]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://u:hunter2@{}/x", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let at = counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]);
            let text = answers[at.min(answers.len() - 1)];
            let _ = stream.write_all(text.as_bytes());
            if text.is_empty() {
                open.push(stream);
            }
        }
    });
    (url, count)
}

const BUSY: &str = "HTTP/1.1 503 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const FINE: &str = "HTTP/1.1 200 x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
const GONE: &str = "HTTP/1.1 404 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[test]
fn what_may_pass_is_tried_three_times_and_no_more() {
    let (url, count) = server(&[BUSY, BUSY, FINE]);
    assert!(client().get(&question(&url)).is_ok());
    assert_eq!(count.load(Ordering::SeqCst), 3);
    let (url, count) = server(&[BUSY]);
    let error = client().get(&question(&url)).unwrap_err();
    assert!(matches!(error, SourceError::Answered { status: 503, .. }), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 3);
    let (url, count) = server(&[GONE]);
    assert!(client().get(&question(&url)).is_err());
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_silent_server_is_given_up() {
    let (url, count) = server(&[""]);
    let error = client().get(&question(&url)).unwrap_err().to_string();
    assert!(error.contains("takes too long") && !error.contains("hunter2"), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[test]
fn an_address_is_shown_without_what_is_secret() {
    assert_eq!(shown("https://u:p@h/a/b.zip?token=t#f"), "https://***@h/a/b.zip");
    let error = client().get(&question("http://u:hunter2@h h/")).unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}
