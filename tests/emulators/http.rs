//! HTTP/1.1 messages on a stream, and a client that asks one question. Knows no store and no fault.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any answer of an emulator takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection, plain or under TLS.
pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// Names and values in the order they came.
pub type Fields = Vec<(String, String)>;

/// The value of a field, whatever the case of its name.
pub fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A question with its whole body.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    pub fields: Fields,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        Self { method: method.to_owned(), target: target.into(), fields: Vec::new(), body: Vec::new() }
    }

    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// What came with a request.
    pub fn sent(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// An answer with its whole body.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub fields: Fields,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Wants a status of the two hundreds.
    #[track_caller]
    pub fn success(self) -> Self {
        assert!((200..300).contains(&self.status), "status {}: {}", self.status, self.text());
        self
    }
}

/// First line and fields; nothing when the other side closed before it said anything.
fn read_head(from: &mut impl BufRead) -> io::Result<Option<(String, Fields)>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let first = line.trim_end().to_owned();
    let mut fields = Vec::new();
    loop {
        line.clear();
        if from.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => fields.push((name.to_owned(), value.trim().to_owned())),
            None => return Ok(Some((first, fields))),
        }
    }
}

/// The head of a question, before anything of its body is read.
pub fn read_question(from: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some((first, fields)) = read_head(from)? else { return Ok(None) };
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    Ok(Some(Request { method: method.to_owned(), target: target.to_owned(), fields, body: Vec::new() }))
}

/// The body that the fields announce; without a length there is none.
pub fn read_body(from: &mut impl BufRead, fields: &Fields) -> io::Result<Vec<u8>> {
    if field(fields, "transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked")) {
        return read_chunks(from);
    }
    let length = field(fields, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let mut body = Vec::new();
    from.take(length).read_to_end(&mut body)?;
    if body.len() as u64 == length { Ok(body) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let size = u64::from_str_radix(size, 16).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        from.take(size).read_to_end(&mut body)?;
        if size == 0 {
            // Trailers end like a head does.
            while line.trim_end() != "" {
                line.clear();
                from.read_line(&mut line)?;
            }
            return Ok(body);
        }
        from.read_line(&mut line)?;
    }
}

fn read_reply(from: &mut impl BufRead, method: &str) -> io::Result<Reply> {
    loop {
        let (first, fields) = read_head(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        if status == 100 {
            continue;
        }
        let has_length =
            field(&fields, "content-length").is_some() || field(&fields, "transfer-encoding").is_some();
        let body = match (method, status) {
            ("HEAD", _) | (_, 204 | 304) => Vec::new(),
            _ if has_length => read_body(from, &fields)?,
            _ => {
                let mut body = Vec::new();
                from.read_to_end(&mut body)?;
                body
            }
        };
        return Ok(Reply { status, fields, body });
    }
}

/// Fields that describe one connection or one way of sending, and are told anew.
fn is_hop(name: &str) -> bool {
    ["connection", "transfer-encoding", "content-length", "keep-alive", "expect"]
        .iter()
        .any(|hop| name.eq_ignore_ascii_case(hop))
}

/// The bytes of an answer, head and body apart. A HEAD keeps the length that it was told.
pub fn written(reply: &Reply, method: &str) -> (Vec<u8>, Vec<u8>) {
    let mut head = format!("HTTP/1.1 {} As It Is\r\n", reply.status);
    for (name, value) in reply.fields.iter().filter(|(name, _)| !is_hop(name)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = match reply.field("content-length") {
        Some(told) if method == "HEAD" => told.to_owned(),
        _ => reply.body.len().to_string(),
    };
    if reply.status != 204 {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    (head.into_bytes(), reply.body.clone())
}

/// Where a store listens on loopback.
#[derive(Clone, Debug)]
pub struct Upstream {
    pub port: u16,
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

impl Upstream {
    /// Asks one question over a connection of its own.
    pub fn ask(&self, request: &Request) -> io::Result<Reply> {
        let mut wire = BufReader::new(self.connect()?);
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        if field(&request.fields, "host").is_none() {
            head.push_str(&format!("Host: 127.0.0.1:{}\r\n", self.port));
        }
        for (name, value) in request.fields.iter().filter(|(name, _)| !is_hop(name)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", request.body.len()));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&request.body);
        wire.get_mut().write_all(&bytes)?;
        wire.get_mut().flush()?;
        read_reply(&mut wire, &request.method)
    }

    fn connect(&self) -> io::Result<Box<dyn Wire>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let Some(config) = &self.tls else { return Ok(Box::new(stream)) };
        let name = "localhost".try_into().expect("a name");
        let session = rustls::ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        Ok(Box::new(rustls::StreamOwned::new(session, stream)))
    }
}

/// One connection of a client, question after question.
pub struct Exchange(BufReader<Box<dyn Wire>>);

impl Exchange {
    pub fn new(wire: Box<dyn Wire>) -> Self {
        Self(BufReader::new(wire))
    }

    /// The next question with its body; nothing when the client has no more.
    pub fn question(&mut self) -> io::Result<Option<Request>> {
        let Some(mut request) = read_question(&mut self.0)? else { return Ok(None) };
        request.body = read_body(&mut self.0, &request.fields)?;
        Ok(Some(request))
    }

    pub fn answer(&mut self, reply: &Reply, method: &str) -> io::Result<()> {
        let (mut bytes, body) = written(reply, method);
        if method != "HEAD" {
            bytes.extend(body);
        }
        self.0.get_mut().write_all(&bytes)?;
        self.0.get_mut().flush()
    }
}
