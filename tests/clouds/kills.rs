//! `kill -9` in the middle of an apply: of the binary, of terraform, of both. Whatever dies, the state in the store is a
//! whole snapshot of before, after or between, and a lock that stays behind can be seen and released.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::emulators::{Backend, Place};
use crate::space::{TestSpace, eventually, require};

const KEY: &str = "team/killed.tfstate";
const RESOURCES: usize = 3;

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Terrace,
    Terraform,
    Both,
}

/// How many rounds for each backend; `just kills` wants more.
fn rounds() -> usize {
    std::env::var("KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

/// A unit whose every apply makes all its resources anew, one after the other, each taking a while.
struct Killed {
    place: Place,
    space: TestSpace,
    /// There once the apply has begun to make resources.
    begun: PathBuf,
    /// The word that the last apply that ended well gave to all resources.
    word: String,
    /// How many rounds left a lock behind.
    left: usize,
}

/// What the store has of the unit.
struct Snapshot {
    lineage: String,
    serial: u64,
    words: Vec<String>,
}

impl Snapshot {
    fn of(state: &Value) -> Self {
        assert_eq!(state["version"], 4, "{state}");
        let resources = state["resources"].as_array().expect("resources");
        let instances =
            resources.iter().flat_map(|resource| resource["instances"].as_array().expect("instances"));
        let word = |instance: &Value| instance["attributes"]["input"]["value"].as_str().map(str::to_owned);
        Self {
            lineage: state["lineage"].as_str().expect("a lineage").to_owned(),
            serial: state["serial"].as_u64().expect("a serial"),
            words: instances.filter_map(word).collect(),
        }
    }
}

impl Killed {
    fn new(place: Place) -> Self {
        let mut space = TestSpace::new();
        for (name, value) in place.env() {
            space.set_env(name, value);
        }
        let begun = space.path("begun");
        let mut module = "variable \"word\" {}\n".to_owned();
        for n in 0..RESOURCES {
            let needs =
                n.checked_sub(1).map(|before| format!("terraform_data.r{before}")).unwrap_or_default();
            module.push_str(&format!(
                "resource \"terraform_data\" \"r{n}\" {{\n  input            = var.word\n  triggers_replace = var.word\n  depends_on       = [{needs}]\n  provisioner \"local-exec\" {{\n    command = \"touch {}; sleep $${{PACE:-0.2}}\"\n  }}\n}}\n",
                begun.display()
            ));
        }
        let unit = format!("{}inputs = {{ word = get_env(\"WORD\") }}\n", place.remote_state(KEY));
        space.write("unit/main.tf", &module).write("unit/terragrunt.hcl", &unit);
        let mut this = Self { place, space, begun, word: String::new(), left: 0 };
        this.apply_whole("first");
        this
    }

    fn apply(&self, word: &str) -> crate::space::Invocation {
        self.space.terrace(&["apply", "-auto-approve"]).in_dir("unit").env("WORD", word)
    }

    /// An apply that nobody disturbs.
    fn apply_whole(&mut self, word: &str) {
        self.apply(word).run().success();
        word.clone_into(&mut self.word);
        assert_eq!(self.snapshot().words, vec![word; RESOURCES]);
        assert_eq!(self.place.lock(KEY), None);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.place.state(KEY).expect("a state"))
    }

    /// Begins an apply, kills after so long, and gives the state when everything has come to rest.
    fn kill(&self, victim: Victim, word: &str, after: Duration) -> Snapshot {
        let _ = std::fs::remove_file(&self.begun);
        let running = self.apply(word).spawn();
        assert!(eventually(|| self.begun.exists()), "the apply has begun");
        std::thread::sleep(after);
        let children = children_of(running.pid());
        if victim != Victim::Terraform {
            running.signal("KILL");
        }
        if victim != Victim::Terrace {
            children.iter().for_each(|child| kill(*child));
        }
        running.wait();
        assert!(eventually(|| !children.iter().any(|child| is_alive(*child))), "terraform has ended");
        self.snapshot()
    }

    fn round(&mut self, n: usize) {
        let victim = [Victim::Terrace, Victim::Terraform, Victim::Both][n % 3];
        let after = Duration::from_millis(n as u64 * 277 % 700);
        let (before, old) = (self.snapshot(), self.word.clone());
        let word = format!("killed-{n}");
        let told = format!("{}, round {n}, {victim:?} after {after:?}", self.place.backend.name());
        let now = self.kill(victim, &word, after);
        assert_eq!(now.lineage, before.lineage, "{told}");
        assert!(now.serial >= before.serial, "{told}: {} after {}", now.serial, before.serial);
        assert!(now.words.iter().all(|found| *found == old || *found == word), "{told}: {:?}", now.words);
        let lock = self.place.lock(KEY);
        if victim == Victim::Terrace {
            assert_eq!(now.words, vec![word; RESOURCES], "{told}: terraform finishes");
            assert_eq!(lock, None, "{told}: and its lock is gone");
        }
        if let Some(lock) = lock {
            self.left += 1;
            self.release(&lock, &told);
        }
        self.apply_whole(&format!("whole-{n}"));
        assert!(self.snapshot().serial > now.serial, "{told}");
    }

    /// What a person would do: find the lock in the list, and paste the command that stands there.
    fn release(&self, lock: &Value, told: &str) {
        let listed = self.terrace(&["lock", "list", "--all", "--json"]);
        let rows: Vec<Value> = serde_json::from_str(&listed.stdout).expect("a list");
        assert_eq!(rows.len(), 1, "{told}: {listed}");
        assert_eq!(rows[0]["unit"], "unit", "{told}: {listed}");
        match rows[0]["release"].as_str() {
            Some(command) => {
                assert_eq!(rows[0]["id"], lock["ID"], "{told}: {listed}");
                assert_eq!(rows[0]["life"], "gone", "{told}: {listed}");
                assert!(rows[0]["who"].as_str().is_some_and(|who| who.contains('@')), "{told}: {listed}");
                let words: Vec<&str> = command.split(' ').skip(1).chain(["--non-interactive"]).collect();
                self.terrace(&words);
            }
            // It died between taking off its note and letting go: there is no id to paste.
            None => {
                assert_eq!(lock["ID"], Value::Null, "{told}: {listed}");
                self.place.free_lock(KEY);
            }
        }
        assert_eq!(self.place.lock(KEY), None, "{told}");
    }

    fn terrace(&self, args: &[&str]) -> crate::space::Ran {
        self.space.terrace(args).env("WORD", "any").run().success()
    }
}

/// The processes that this one has started.
fn children_of(pid: u32) -> Vec<u32> {
    let out = std::process::Command::new("pgrep").args(["-P", &pid.to_string()]).output().expect("pgrep");
    String::from_utf8_lossy(&out.stdout).lines().filter_map(|line| line.parse().ok()).collect()
}

fn kill(pid: u32) {
    let _ =
        std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Whether it runs: one that only waits to be noticed by its parent does not.
fn is_alive(pid: u32) -> bool {
    let out = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
    let stat = String::from_utf8_lossy(&out.expect("ps").stdout).trim().to_owned();
    !stat.is_empty() && !stat.starts_with('Z')
}

fn survives(place: Place) {
    let mut killed = Killed::new(place);
    for n in 0..rounds() {
        killed.round(n);
    }
    assert!(killed.left > 0, "no round was in time to leave a lock");
}

/// What `lock list` says of the one lock that is held.
fn listed(killed: &Killed) -> Value {
    let ran = killed.terrace(&["lock", "list", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).expect("a list");
    assert_eq!(rows.len(), 1, "{ran}");
    rows[0].clone()
}

#[test]
fn a_lock_tells_whether_its_holder_lives() {
    if !require("terraform") || !require("pgrep") {
        return;
    }
    let Some(place) = Backend::Gcs.require() else { return };
    let killed = Killed::new(place);
    let journal = killed.space.path("../home/.local/share/terrace/children");
    let _ = std::fs::remove_file(&killed.begun);
    let running = killed.apply("killed").env("PACE", "60").spawn();
    assert!(eventually(|| killed.begun.exists()), "the apply has begun");
    let children = children_of(running.pid());
    let row = listed(&killed);
    let pid = row["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).expect("a process");
    assert!(row["life"] == "alive" && children.contains(&pid), "{row} {children:?}");
    let text = killed.terrace(&["lock", "show", "unit"]);
    assert!(text.stdout.contains(&format!("alive (process {pid})")), "{text}");
    running.signal("KILL");
    kill(pid);
    running.wait();
    assert!(eventually(|| !is_alive(pid)), "terraform has ended");
    let row = listed(&killed);
    assert_eq!((&row["life"], &row["pid"]), (&"gone".into(), &Value::Null), "{row}");
    let doctor = killed.space.terrace(&["lock", "doctor", "--older-than", "9h"]).env("WORD", "any").run();
    doctor.prints(&["whose process is gone"]);

    // Nothing of this is a reason by itself: only the very id releases it.
    killed
        .space
        .terrace(&["lock", "release", "unit", "--non-interactive"])
        .env("WORD", "any")
        .run()
        .failure();
    assert!(killed.place.lock(KEY).is_some());
    let id = row["id"].as_str().expect("an id");
    killed.terrace(&["lock", "release", "unit", "--id", id, "--non-interactive"]);
    killed.apply("whole").env("PACE", "0").run().success();
    let left = std::fs::read_dir(&journal).map(Iterator::count);
    assert_eq!(left.ok(), Some(0), "notes are for what runs or was killed: {}", journal.display());
}

/// All three at once: they mostly wait.
#[test]
fn a_state_in_any_cloud_survives_kill_9() {
    if !require("terraform") || !require("pgrep") {
        return;
    }
    let places = Backend::CLOUDS.map(Backend::require);
    std::thread::scope(|scope| {
        for place in places.into_iter().flatten() {
            scope.spawn(move || survives(place));
        }
    });
}
