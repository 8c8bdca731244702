//! A server that knows what it may be asked, and refuses everything else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request as it came: its first line, its fields in small letters, its body.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub line: String,
    pub fields: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// `KEY/REGION/SERVICE` of the signature.
    pub fn signed_by(&self) -> String {
        let scope = self.field("authorization").split("Credential=").nth(1).unwrap_or_default();
        let parts: Vec<&str> = scope.split(',').next().unwrap_or_default().split('/').collect();
        if parts.len() < 5 { String::new() } else { format!("{}/{}/{}", parts[0], parts[2], parts[3]) }
    }
}

/// S3, STS and the instance's metadata on one port: nothing is stored, every role is given.
pub(super) struct Server {
    pub port: u16,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start() -> Self {
        Self::knowing(|_| None)
    }

    /// One that answers this too, before anything else.
    pub fn knowing(more: impl Fn(&Asked) -> Option<(u16, String)> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else { continue };
                let (status, body) = more(&request).unwrap_or_else(|| answer(&request));
                noted.lock().unwrap().push(request);
                let head =
                    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
                let date = "date: Wed, 25 Nov 2026 12:00:00 GMT\r\nx-aws-ec2-metadata-token-ttl-seconds: 600\r\n\r\n";
                let _ = (&stream).write_all(format!("{head}{date}{body}").as_bytes());
            }
        });
        Self { port, asked }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The one question to S3.
    pub fn for_state(&self) -> Asked {
        self.asked().into_iter().find(|asked| asked.line.contains("/states/")).expect("a question to S3")
    }

    pub fn for_role(&self) -> Asked {
        self.asked().into_iter().find(|asked| asked.body.contains("Action=")).expect("a question to STS")
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut fields = Vec::new();
    loop {
        let mut field = String::new();
        reader.read_line(&mut field).ok()?;
        let Some((name, value)) = field.trim_end().split_once(':') else { break };
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut asked = Asked { line: line.trim_end().to_owned(), fields, body: String::new() };
    let length = asked.field("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}

fn answer(asked: &Asked) -> (u16, String) {
    let keys = |id: &str| {
        format!(
            "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t-{id}</SessionToken><Expiration>2126-11-25T12:00:00Z</Expiration></Credentials>"
        )
    };
    for (action, id) in [("AssumeRoleWithWebIdentity", "WEB"), ("AssumeRole", "ROLE")] {
        if asked.body.contains(&format!("Action={action}&")) {
            let inside = format!("<{action}Result>{}</{action}Result>", keys(id));
            let space = "https://sts.amazonaws.com/doc/2011-06-15/";
            return (200, format!("<{action}Response xmlns=\"{space}\">{inside}</{action}Response>"));
        }
    }
    if asked.body.contains("Action=GetCallerIdentity&") {
        let inside = "<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/me</Arn>";
        let result = format!("<GetCallerIdentityResult>{inside}</GetCallerIdentityResult>");
        let space = "https://sts.amazonaws.com/doc/2011-06-15/";
        return (
            200,
            format!("<GetCallerIdentityResponse xmlns=\"{space}\">{result}</GetCallerIdentityResponse>"),
        );
    }
    if asked.line.contains("/latest/api/token") {
        return (200, "session".to_owned());
    }
    if asked.line.ends_with("/security-credentials/ HTTP/1.1")
        || asked.line.ends_with("/security-credentials-extended/ HTTP/1.1")
    {
        return (200, "instance".to_owned());
    }
    if asked.line.contains("/security-credentials") {
        let text = r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"MACHINE","SecretAccessKey":"s","Token":"t","Expiration":"2126-11-25T12:00:00Z","LastUpdated":"2026-11-25T12:00:00Z","AccountId":"1"}"#;
        return (200, text.to_owned());
    }
    let code = if asked.line.contains("/states/") { "NoSuchKey" } else { "NotExpected" };
    (404, format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>m</Message></Error>"))
}
