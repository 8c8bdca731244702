//! Runs an emulator for as long as this process lives, and not a moment longer, even when this one is killed.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::{Request, Upstream};

/// An emulator that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(90);

/// The keeper of a server. Its input is a pipe of ours: when that ends, because we closed it or because we are no more,
/// it kills the server. What stops a test from the keyboard must not stop the keeper before that.
const KEEPER: &str = r#"trap '' INT TERM HUP QUIT
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ cat >/dev/null; kill -9 $server; } <&3 &
watcher=$!
wait $server
kill -9 $watcher"#;

/// A program to be kept running on a port of loopback.
pub struct Plan {
    pub program: PathBuf,
    /// What its log is called.
    pub name: &'static str,
    pub env: Vec<(&'static str, String)>,
    pub arguments: Box<dyn Fn(u16) -> Vec<String> + Send>,
    pub tls: Option<std::sync::Arc<rustls::ClientConfig>>,
}

/// A server that answers.
pub struct Server {
    pub upstream: Upstream,
    keeper: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

impl Plan {
    /// Starts it and waits until it answers. Somebody else may take the port before it does: then another is tried.
    pub fn start(&self) -> Server {
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.log", self.name));
        for _ in 0..3 {
            let mut server = self.spawn(&log);
            let until = Instant::now() + PATIENCE;
            while Instant::now() < until && server.keeper.try_wait().expect("its status").is_none() {
                if server.upstream.ask(&Request::new("GET", "/")).is_ok() {
                    return server;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        panic!("{} does not start: {said}", self.program.display())
    }

    fn spawn(&self, log: &Path) -> Server {
        let port = free_port();
        let output = File::create(log).expect("a log");
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&self.program)
            .args((self.arguments)(port))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(output.try_clone().expect("the log"))
            .stderr(output)
            .spawn()
            .expect("sh");
        Server { upstream: Upstream { port, tls: self.tls.clone() }, keeper }
    }
}
