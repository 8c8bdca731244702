//! A proxy for CONNECT that leads to loopback whatever the host is called: how a name resolves without /etc/hosts.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::LazyLock;

use super::http::read_question;

/// Its port; one for the process.
pub static PORT: LazyLock<u16> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || lead(stream));
        }
    });
    port
});

fn lead(stream: TcpStream) -> io::Result<()> {
    let mut client = BufReader::new(stream.try_clone()?);
    let Some(asked) = read_question(&mut client)? else { return Ok(()) };
    let port = asked.target.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let Some(port) = port.filter(|_| asked.method == "CONNECT") else {
        return (&stream).write_all(b"HTTP/1.1 405 CONNECT alone is led on\r\nContent-Length: 0\r\n\r\n");
    };
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
        return (&stream).write_all(b"HTTP/1.1 502 nobody listens\r\nContent-Length: 0\r\n\r\n");
    };
    (&stream).write_all(b"HTTP/1.1 200 led on\r\n\r\n")?;
    let (back, to) = (stream, server.try_clone()?);
    std::thread::spawn(move || pour(server, back));
    pour(client, to);
    Ok(())
}

/// Until either side ends; the other is told.
fn pour(mut from: impl io::Read, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}
