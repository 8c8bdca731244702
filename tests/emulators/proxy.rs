//! The proxy that stands before every emulator: it counts requests, does what a script of faults says, holds what the
//! emulator itself does not hold, and speaks TLS where the client must. Knows no terraform.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::faults::{Fault, On, Script};
use super::http::{Reply, Request, Upstream, Wire, field, read_body, read_question, written};

/// How the proxy asks the store: plainly, or minding what the emulator forgets.
pub type Ask = Arc<dyn Fn(&Upstream, &Request) -> io::Result<Reply> + Send + Sync>;

/// What is behind a proxy, and what it speaks to clients.
#[derive(Clone)]
pub struct Behind {
    pub upstream: Upstream,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    pub ask: Ask,
}

/// A proxy on a port of its own; it stops with this value.
pub struct Proxy {
    pub port: u16,
    inside: Arc<Inside>,
}

struct Inside {
    behind: Behind,
    script: Script,
    seen: Mutex<Vec<Request>>,
    stop: AtomicBool,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.inside.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Proxy {
    pub fn start(behind: Behind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let inside = Inside {
            behind,
            script: Script::default(),
            seen: Mutex::default(),
            stop: AtomicBool::new(false),
        };
        let inside = Arc::new(inside);
        let kept = Arc::clone(&inside);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if kept.stop.load(Ordering::SeqCst) {
                    break;
                }
                let inside = Arc::clone(&kept);
                std::thread::spawn(move || inside.serve(stream));
            }
        });
        Self { port, inside }
    }

    /// From now on this fault happens on these requests, after those that were asked for before.
    pub fn inject(&self, on: On, fault: Fault) -> &Self {
        self.inside.script.add(on, fault);
        self
    }

    /// No more faults.
    pub fn heal(&self) {
        self.inside.script.clear();
    }

    /// Every request so far, those that met a fault too.
    pub fn seen(&self) -> Vec<Request> {
        self.inside.seen.lock().expect("what was seen").clone()
    }

    /// How many requests of this kind came.
    pub fn count(&self, on: &On) -> usize {
        self.seen().iter().filter(|seen| on.matches(seen)).count()
    }

    /// Forgets what came so far.
    pub fn forget(&self) {
        self.inside.seen.lock().expect("what was seen").clear();
    }
}

impl Inside {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let raw = stream.try_clone()?;
        let wire: Box<dyn Wire> = match &self.behind.tls {
            None => Box::new(stream),
            Some(config) => {
                let session = rustls::ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                Box::new(rustls::StreamOwned::new(session, stream))
            }
        };
        let mut wire = BufReader::new(wire);
        while let Some(request) = read_question(&mut wire)? {
            self.answer(request, &mut wire, &raw)?;
        }
        Ok(())
    }

    /// Ends with an error when the connection has no further use.
    fn answer(
        &self,
        mut request: Request,
        wire: &mut BufReader<Box<dyn Wire>>,
        raw: &TcpStream,
    ) -> io::Result<()> {
        if let Some(bytes) = self.script.cut(&request) {
            self.note(&request);
            let _ = wire.read_exact(&mut vec![0; bytes]);
            return reset(raw);
        }
        if field(&request.fields, "expect").is_some() {
            wire.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            wire.get_mut().flush()?;
        }
        request.body = read_body(wire, &request.fields)?;
        self.note(&request);
        let whole = usize::MAX;
        let ask = || self.ask(&request);
        let (reply, until) = match self.script.next(&request) {
            None => (ask(), whole),
            Some(Fault::Answer(answer)) => (answer.reply(), whole),
            Some(Fault::AnswerAfter(answer)) => {
                ask();
                (answer.reply(), whole)
            }
            Some(Fault::Reset | Fault::CutUpload(_)) => return reset(raw),
            Some(Fault::ResetAfter) => {
                ask();
                return reset(raw);
            }
            Some(Fault::CutAnswer(bytes)) => (ask(), bytes),
            Some(Fault::Hang(time)) => {
                std::thread::sleep(time);
                return Err(io::ErrorKind::TimedOut.into());
            }
            Some(Fault::Late(time)) => {
                let reply = ask();
                std::thread::sleep(time);
                (reply, whole)
            }
            Some(Fault::Hold(latch)) => {
                latch.wait();
                (ask(), whole)
            }
        };
        send(wire.get_mut(), &reply, &request.method, until)
    }

    /// Keeps what came, but of its body only the beginning.
    fn note(&self, request: &Request) {
        let mut short = request.clone();
        short.body.truncate(2048);
        self.seen.lock().expect("what was seen").push(short);
    }

    /// The store's answer; one that is not there is a bad gateway.
    fn ask(&self, request: &Request) -> Reply {
        (self.behind.ask)(&self.behind.upstream, request).unwrap_or_else(|error| Reply {
            status: 502,
            fields: Vec::new(),
            body: error.to_string().into_bytes(),
        })
    }
}

fn send(wire: &mut impl Write, reply: &Reply, method: &str, until: usize) -> io::Result<()> {
    let (head, body) = written(reply, method);
    wire.write_all(&head)?;
    wire.write_all(&body[..body.len().min(until)])?;
    wire.flush()?;
    if until < body.len() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// Drops the connection so that the other side hears of a reset, not of an end.
fn reset(raw: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(raw).set_linger(Some(Duration::ZERO))?;
    Err(io::ErrorKind::ConnectionReset.into())
}
