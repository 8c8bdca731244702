//! A folder of its own for one test, and the built binary run in it with a scrubbed environment.
//!
//! Knows nothing of units: it writes files, runs processes and gives back what they said.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here should take, so that a hang is a failure and not a stuck build.
const PATIENCE: Duration = Duration::from_secs(240);

/// A temporary folder with files, removed at the end of the test.
pub struct TestSpace {
    /// Kept for its drop.
    _dir: tempfile::TempDir,
    root: PathBuf,
    env: BTreeMap<String, OsString>,
}

impl TestSpace {
    /// An empty folder; the binary sees no `TG_*` and no `TF_*` variable and a home of its own.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("terrace-test-").tempdir().expect("a temporary folder");
        let base = dir.path().canonicalize().expect("its real path");
        let (root, home, tmp) = (base.join("tree"), base.join("home"), base.join("tmp"));
        for folder in [&root, &home, &tmp] {
            std::fs::create_dir(folder).expect("a folder in it");
        }
        let mut env = BTreeMap::new();
        env.insert("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default());
        env.insert("HOME".to_owned(), home.into_os_string());
        env.insert("TMPDIR".to_owned(), tmp.into_os_string());
        env.insert("CHECKPOINT_DISABLE".to_owned(), "1".into());
        env.insert("LC_ALL".to_owned(), "C.UTF-8".into());
        env.insert("TG_TF_PATH".to_owned(), "terraform".into());
        Self { _dir: dir, root, env }
    }

    /// The folder that holds the files.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Writes a file, with its parents.
    pub fn write(&self, relative: &str, text: &str) -> &Self {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
        std::fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        self
    }

    /// The text of a file.
    pub fn read(&self, relative: &str) -> String {
        let path = self.path(relative);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Copies a tree from elsewhere to the root, symbolic links as links.
    pub fn copy_tree(&self, from: &Path) -> &Self {
        let done = Command::new("cp").arg("-a").arg(from.join(".")).arg(&self.root).status().expect("cp");
        assert!(done.success(), "{} is copied", from.display());
        self
    }

    /// Sets a variable for every process of this space.
    pub fn set_env(&mut self, name: &str, value: impl Into<OsString>) -> &mut Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// A tool to be run in the root, with the variables of this space.
    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.root).env_clear().envs(&self.env);
        command
    }

    /// Runs a tool in the root and wants it to succeed.
    pub fn tool(&self, program: &str, args: &[&str]) -> String {
        let out = self.command(program, args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
        assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Makes the root a git repository with everything committed.
    pub fn git_commit_all(&self) -> &Self {
        self.tool("git", &["init", "-q", "-b", "main"]);
        self.tool("git", &["add", "-A"]);
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        self.tool("git", &[&who[..], &["commit", "-q", "--allow-empty", "-m", "x"]].concat());
        self
    }

    /// The binary with these arguments, to be run in the root.
    pub fn terrace(&self, args: &[&str]) -> Invocation {
        Invocation {
            args: args.iter().map(Into::into).collect(),
            env: self.env.clone(),
            dir: self.root.clone(),
            root: self.root.clone(),
            stdin: Vec::new(),
            prelude: None,
            patience: PATIENCE,
        }
    }
}

/// The binary under test. `TERRACE_TEST_BINARY` names another one, such as the reference, to see
/// whether an expectation is the reference's or our own.
pub fn binary() -> OsString {
    std::env::var_os("TERRACE_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_terrace").into())
}

/// One run of the binary, still to be started.
pub struct Invocation {
    args: Vec<OsString>,
    env: BTreeMap<String, OsString>,
    dir: PathBuf,
    root: PathBuf,
    stdin: Vec<u8>,
    prelude: Option<String>,
    patience: Duration,
}

impl Invocation {
    /// Sets a variable for this run.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a variable for this run.
    pub fn without_env(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// Runs in a folder below the root.
    pub fn in_dir(mut self, relative: &str) -> Self {
        self.dir = self.root.join(relative);
        self
    }

    /// Text on standard input; without it, standard input is empty.
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.as_bytes().to_vec();
        self
    }

    /// Shell commands such as `ulimit -n 256` or `exec >/dev/full` that run first in the same process.
    pub fn after_shell(mut self, commands: &str) -> Self {
        self.prelude = Some(commands.to_owned());
        self
    }

    /// Lets it take longer than a test should.
    #[allow(dead_code, reason = "only tests on emulators are that slow")]
    pub fn patient(mut self, factor: u32) -> Self {
        self.patience = PATIENCE * factor;
        self
    }

    /// Starts it and does not wait.
    pub fn spawn(self) -> Running {
        let mut command = match &self.prelude {
            None => Command::new(binary()),
            Some(prelude) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(format!("{prelude}\nexec \"$@\"")).arg("sh").arg(binary());
                shell
            }
        };
        command.args(&self.args).current_dir(&self.dir).env_clear().envs(&self.env);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", binary().to_string_lossy()));
        let mut stdin = child.stdin.take().expect("its input");
        // The child may close its input early: that is its right.
        let _ = stdin.write_all(&self.stdin);
        drop(stdin);
        let stdout = drain(child.stdout.take().expect("its output"));
        let stderr = drain(child.stderr.take().expect("its errors"));
        let peak = watch_peak(child.id());
        let told = self.args.iter().map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
        Running { child, stdout, stderr, peak, told, root: self.root, patience: self.patience }
    }

    /// Starts it and waits for its end.
    pub fn run(self) -> Ran {
        self.spawn().wait()
    }
}

type Drain = thread::JoinHandle<Vec<u8>>;

fn drain(mut from: impl Read + Send + 'static) -> Drain {
    thread::spawn(move || {
        let mut all = Vec::new();
        let _ = from.read_to_end(&mut all);
        all
    })
}

/// Follows the high-water mark of a process's own memory, in kilobytes, for as long as it lives.
fn watch_peak(pid: u32) -> Arc<AtomicU64> {
    let peak = Arc::new(AtomicU64::new(0));
    let kept = Arc::clone(&peak);
    thread::spawn(move || {
        while let Some(kilobytes) = read_peak(pid) {
            kept.fetch_max(kilobytes, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(5));
        }
    });
    peak
}

fn read_peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A run that has been started.
pub struct Running {
    child: Child,
    stdout: Drain,
    stderr: Drain,
    peak: Arc<AtomicU64>,
    told: String,
    root: PathBuf,
    patience: Duration,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name (`INT`, `TERM`, `KILL`) to this process alone.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
    }

    /// Waits for its end; a run that lasts too long is killed and fails the test.
    pub fn wait(mut self) -> Ran {
        let until = Instant::now() + self.patience;
        let status = loop {
            match self.child.try_wait().expect("its status") {
                Some(status) => break status,
                None if Instant::now() > until => {
                    let _ = self.child.kill();
                    panic!("`{}` still runs after {:?}", self.told, self.patience);
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        Ran {
            status,
            stdout: String::from_utf8_lossy(&self.stdout.join().expect("its output")).into_owned(),
            stderr: String::from_utf8_lossy(&self.stderr.join().expect("its errors")).into_owned(),
            peak_kilobytes: self.peak.load(Ordering::Relaxed),
            told: self.told,
            root: self.root,
        }
    }
}

/// What a run that has ended said.
pub struct Ran {
    pub status: std::process::ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// The high-water mark of the process's own memory.
    pub peak_kilobytes: u64,
    told: String,
    root: PathBuf,
}

impl Ran {
    /// Wants exit code 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    /// Wants this exit code.
    #[track_caller]
    pub fn code(self, wanted: i32) -> Self {
        assert!(self.status.code() == Some(wanted), "wanted exit code {wanted} of {self}");
        self
    }

    /// Wants any exit code but 0, and an end that is no signal.
    #[track_caller]
    pub fn failure(self) -> Self {
        assert!(self.status.code().is_some_and(|c| c != 0), "wanted a failure of {self}");
        self
    }

    /// Wants each of these texts on standard error.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "wanted `{text}` on stderr of {self}");
        }
        self
    }

    /// Wants each of these texts on standard output.
    #[track_caller]
    pub fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stdout.contains(text), "wanted `{text}` on stdout of {self}");
        }
        self
    }

    /// Wants this text neither on standard output nor on standard error.
    #[track_caller]
    pub fn never_tells(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "`{text}` leaked in {self}");
        self
    }

    /// Standard output with the root's path replaced.
    pub fn scrubbed_stdout(&self) -> String {
        scrub(&self.stdout, &self.root)
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr, told, .. } = self;
        write!(f, "`{told}` ({status})\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Puts `$ROOT` for the root's path and `$HASH` for the hashed folders of a cache.
pub fn scrub(text: &str, root: &Path) -> String {
    let cache =
        regex::Regex::new(r"\.terragrunt-cache/[A-Za-z0-9_-]{27}/[A-Za-z0-9_-]{27}").expect("a pattern");
    let plain = text.replace(&*root.to_string_lossy(), "$ROOT");
    cache.replace_all(&plain, ".terragrunt-cache/$$HASH").into_owned()
}

/// Whether a tool is on `PATH`. Without it a test says so and is skipped, unless
/// `TERRACE_REQUIRE_EMULATORS=1` makes that a failure.
pub fn require(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|dir| dir.join(tool).is_file()) {
        return true;
    }
    let wanted = std::env::var_os("TERRACE_REQUIRE_EMULATORS").is_some_and(|v| v == "1");
    assert!(!wanted, "this test needs `{tool}`, which is not on PATH");
    // Not by a macro: what those print is shown of failed tests only.
    let _ = writeln!(std::io::stderr(), "skipped: this test needs `{tool}`, which is not on PATH");
    false
}

/// Polls until something holds; false when it does not come to hold in time.
pub fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}
