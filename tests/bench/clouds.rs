//! `just bench-clouds`: states in the emulators of `tests/emulators`, terrace beside the binary that `TERRAGRUNT_BIN`
//! names. The emulators are what is slow here, so tools are compared on the same emulator, not clouds.
//!
//! `BENCH_PAIRS` (3) interleaved runs, `BENCH_ROWS=locks-s3,outputs-gcs` only these rows, `BENCH_QUICK=1` for 100 states,
//! `BENCH_LATE=50` so many milliseconds later each answer, as from afar. `TERRACE_TEST_BINARY` measures another binary.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark drives the machine itself and prints what it measured"
)]

#[path = "../emulators/mod.rs"]
mod emulators;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod generate;
mod measure;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use emulators::{Backend, Fault, Latch, On, Place};
use generate::put;
use measure::{Cost, median_cost};

const MODULE: &str = r#"variable "word" {
  type    = string
  default = "none"
}

resource "terraform_data" "this" {
  input = var.word
}

output "word" {
  value = "deep"
}
"#;

const STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 3,
  "lineage": "7f5d9c4e-0000-1111-2222-333344445555",
  "outputs": {"word": {"value": "deep", "type": "string"}, "key": {"value": "hush", "type": "string", "sensitive": true}},
  "resources": [],
  "check_results": null
}
"#;

const INCLUDE: &str = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";

/// Held locks among the states.
const HELD: usize = 20;

/// How long nobody has to come before we say that all have come.
const LULL: Duration = Duration::from_secs(2);

/// How much is measured.
struct Plan {
    pairs: u32,
    rows: Option<Vec<String>>,
    quick: bool,
    late: Option<Duration>,
    reference: Option<OsString>,
    base: PathBuf,
}

/// Units on disk and the place of their states.
struct Estate {
    place: Place,
    root: PathBuf,
    units: usize,
    late: Option<Duration>,
}

/// The runs of one tool, and how many requests came of each.
#[derive(Default)]
struct Runs {
    costs: Vec<Cost>,
    requests: Vec<usize>,
}

/// What a row says.
struct Row {
    name: String,
    what: String,
    units: usize,
    ours: Runs,
    theirs: Runs,
    flight: Option<usize>,
    wanted: &'static str,
}

fn main() {
    let quick = std::env::var_os("BENCH_QUICK").is_some_and(|v| v == "1");
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u32>().ok());
    let pairs = number("BENCH_PAIRS");
    let late = number("BENCH_LATE").filter(|late| *late > 0);
    let dir = tempfile::Builder::new().prefix("terrace-bench-").tempdir().expect("a temporary folder");
    let plan = Plan {
        pairs: pairs.unwrap_or(if quick { 1 } else { 3 }).max(1),
        rows: std::env::var("BENCH_ROWS").ok().map(|v| v.split(',').map(|r| r.trim().to_owned()).collect()),
        quick,
        late: late.map(|late| Duration::from_millis(late.into())),
        reference: std::env::var_os("TERRAGRUNT_BIN"),
        base: dir.path().canonicalize().expect("its path"),
    };
    println!("{}", measure::machine());
    let late = plan.late.unwrap_or_default().as_millis();
    println!("terrace {}, {} pairs, answers {late} ms late\n", env!("CARGO_PKG_VERSION"), plan.pairs);
    println!(
        "| row | work | terrace: wall, own CPU, peak | requests | most in flight | reference: wall, peak | requests | we want |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    plan.shared_rows();
    plan.lock_rows();
    plan.output_rows();
}

impl Plan {
    fn wants(&self, name: &str) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.iter().any(|r| r == name))
    }

    fn states(&self) -> usize {
        if self.quick { 100 } else { 1000 }
    }

    /// One dependency that many units share, its state and theirs in S3, planned by the real terraform.
    fn shared_rows(&self) {
        let (first, again) = ("shared-plan-first", "shared-plan-again");
        if !self.wants(first) && !self.wants(again) {
            return;
        }
        let units = if self.quick { 20 } else { 100 };
        let Some(estate) = self.estate(Backend::S3, units) else { return };
        estate.share();
        let reference = self.reference.as_deref().filter(|binary| estate.is_planned_by(binary));
        let args = ["run", "--all", "--non-interactive", "plan"];
        for (name, what) in [(first, "init and plan"), (again, "again")] {
            if !self.wants(name) {
                continue;
            }
            let what = format!("`run --all plan`, {units} units that share one dependency, S3, {what}");
            let mut row = Row::new(name, what, units);
            let (mut asked, ours) = (Vec::new(), terrace());
            for tool in self.tools(reference) {
                if name == first {
                    estate.forget();
                }
                let runs = if tool.is_some() { &mut row.theirs } else { &mut row.ours };
                let before = runs.requests.len();
                runs.add(&estate, tool.unwrap_or(&ours), &args);
                if before == 0 {
                    let name = if tool.is_some() { "reference" } else { "terrace" };
                    asked.push(format!("{name}: {}", estate.reads_of_base()));
                }
            }
            row.what = format!("{}; reads of its state by {}", row.what, asked.join("; "));
            row.print();
        }
    }

    /// Who does the next run: ours and theirs in turn, the order changing from pair to pair.
    fn tools<'a>(&self, reference: Option<&'a OsStr>) -> Vec<Option<&'a OsStr>> {
        let pair = |number: u32| match reference {
            None => vec![None],
            Some(_) if number.is_multiple_of(2) => vec![None, reference],
            Some(_) => vec![reference, None],
        };
        (0..self.pairs).flat_map(pair).collect()
    }

    fn lock_rows(&self) {
        for backend in [Backend::S3, Backend::Gcs] {
            let name = format!("locks-{}", backend.name());
            if !self.wants(&name) {
                continue;
            }
            let Some(estate) = self.estate(backend, self.states()) else { continue };
            let apart = estate.units / HELD;
            for unit in (0..estate.units).step_by(apart) {
                estate.place.take_lock(&key(&unit_name(unit)), "ci@runner-7");
            }
            let what = format!(
                "`lock list --all --json`, {} states, {HELD} held locks, {}",
                estate.units,
                backend.name()
            );
            self.read_row(&estate, Row::new(&name, what, estate.units), &["lock", "list", "--all", "--json"]);
        }
    }

    fn output_rows(&self) {
        for backend in [Backend::S3, Backend::Gcs] {
            let name = format!("outputs-{}", backend.name());
            if !self.wants(&name) {
                continue;
            }
            let Some(estate) = self.estate(backend, self.states()) else { continue };
            let what = format!("`outputs --json`, {} units, {}", estate.units, backend.name());
            self.read_row(&estate, Row::new(&name, what, estate.units), &["outputs", "--json"]);
        }
    }

    /// A command of ours alone: it has no counterpart in the reference.
    fn read_row(&self, estate: &Estate, mut row: Row, args: &[&str]) {
        row.flight = Some(estate.most_in_flight(args));
        row.wanted = "≤ 64 in flight";
        for _ in 0..self.pairs {
            row.ours.add(estate, &terrace(), args);
        }
        row.print();
    }

    /// Units with a state each.
    fn estate(&self, backend: Backend, units: usize) -> Option<Estate> {
        let place = backend.require()?;
        let root = self.base.join(format!("{}-{}", backend.name(), place.proxy().port));
        put(&root.join("modules/unit/main.tf"), MODULE);
        put(&root.join("live/root.hcl"), &place.remote_state(&key("${path_relative_to_include()}")));
        for unit in 0..units {
            let name = unit_name(unit);
            put(&root.join("live").join(&name).join("terragrunt.hcl"), &unit_file(""));
            place.write(&place.state_object(&key(&name)), STATE);
        }
        Some(Estate { place, root, units, late: self.late })
    }
}

impl Estate {
    fn live(&self) -> PathBuf {
        self.root.join("live")
    }

    /// Gives all units one dependency.
    fn share(&self) {
        put(&self.live().join("base/terragrunt.hcl"), &unit_file(""));
        self.place.write(&self.place.state_object(&key("base")), STATE);
        let rest = "\ndependency \"base\" {\n  config_path = \"../base\"\n}\n\ninputs = {\n  word = dependency.base.outputs.word\n}\n";
        for unit in 0..self.units {
            put(&self.live().join(unit_name(unit)).join("terragrunt.hcl"), &unit_file(rest));
        }
    }

    /// How often the state of the dependency was read, by whom.
    fn reads_of_base(&self) -> String {
        let on = On::new("GET", "/base/terraform.tfstate").without(".tflock");
        let seen = self.place.proxy().seen().into_iter().filter(|seen| on.matches(seen));
        let is_terraforms: Vec<bool> = seen
            .map(|seen| seen.sent("user-agent").is_some_and(|agent| agent.contains("Terraform/")))
            .collect();
        let terraforms = is_terraforms.iter().filter(|is| **is).count();
        format!("{} itself, {terraforms} its terraforms", is_terraforms.len() - terraforms)
    }

    /// Forgets caches: the next run is a first one.
    fn forget(&self) {
        for unit in (0..self.units).map(unit_name).chain(["base".to_owned()]) {
            let _ = std::fs::remove_dir_all(self.live().join(unit).join(".terragrunt-cache"));
        }
    }

    /// Whether the reference can do the work on the emulator at all; says why not.
    fn is_planned_by(&self, binary: &OsStr) -> bool {
        let mut command = self.command(binary, &["run", "--non-interactive", "plan"]);
        let ran = command.current_dir(self.live().join(unit_name(0))).output();
        let told = match &ran {
            Ok(ran) if ran.status.success() => return true,
            Ok(ran) => String::from_utf8_lossy(&ran.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        eprintln!("no column for the reference, which cannot plan on the emulator: {told}");
        false
    }

    /// A tool in the folder of the estate, with no settings from outside and the way to the emulator.
    fn command(&self, binary: &OsStr, args: &[&str]) -> Command {
        let mut command = Command::new(binary);
        let ours = std::env::vars_os().filter(|(name, _)| {
            let name = name.to_string_lossy();
            !["TG_", "TERRAGRUNT_", "TF_", "AWS_", "GOOGLE_"].iter().any(|prefix| name.starts_with(prefix))
        });
        command.args(args).current_dir(self.live()).env_clear().envs(ours).envs(self.place.env());
        command.env("TG_TF_PATH", "terraform").env("CHECKPOINT_DISABLE", "1");
        if self.place.backend == Backend::S3 {
            command
                .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.place.proxy().port))
                .env("AWS_REGION", "us-east-1");
        }
        command
    }

    /// How many requests wait at once when nobody is answered. Then all are, and what was printed is looked at.
    fn most_in_flight(&self, args: &[&str]) -> usize {
        let (proxy, latch) = (self.place.proxy(), Latch::default());
        proxy.inject(On::any(""), Fault::Hold(latch.clone()));
        let mut command = self.command(&terrace(), args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("terrace");
        let mut came = 0;
        // The estate is read before the first of them.
        assert!(latch.reached(1), "{args:?}: no request comes");
        while latch.reached_within(came + 1, LULL) {
            came += 1;
        }
        latch.open();
        proxy.heal();
        let ran = child.wait_with_output().expect("its end");
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        let printed: Vec<serde_json::Value> = serde_json::from_slice(&ran.stdout).expect("a list");
        let wanted = if args[0] == "lock" { HELD } else { self.units };
        assert_eq!(printed.len(), wanted, "{args:?}");
        came
    }
}

impl Runs {
    fn add(&mut self, estate: &Estate, binary: &OsStr, args: &[&str]) {
        let proxy = estate.place.proxy();
        proxy.forget();
        if let Some(late) = estate.late {
            proxy.inject(On::any(""), Fault::Late(late));
        }
        self.costs.push(measure::run(&mut estate.command(binary, args)));
        self.requests.push(proxy.seen().len());
        proxy.heal();
    }

    /// The requests of one run, or the fewest and the most.
    fn requests(&self) -> String {
        match (self.requests.iter().min(), self.requests.iter().max()) {
            (Some(least), Some(most)) if least == most => least.to_string(),
            (Some(least), Some(most)) => format!("{least}–{most}"),
            _ => "–".to_owned(),
        }
    }
}

impl Row {
    fn new(name: &str, what: String, units: usize) -> Self {
        let (ours, theirs) = (Runs::default(), Runs::default());
        Self { name: name.to_owned(), what, units, ours, theirs, flight: None, wanted: "one read by us" }
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of units is small")]
    fn print(&self) {
        let ours = median_cost(&self.ours.costs);
        let per_unit = ours.cpu.as_secs_f64() * 1000.0 / self.units as f64;
        let own =
            format!("{}, {per_unit:.2} ms a unit, {} MB", seconds(ours.wall), ours.peak_kilobytes / 1024);
        let theirs = match self.theirs.costs.as_slice() {
            [] => "–".to_owned(),
            costs => {
                let cost = median_cost(costs);
                format!("{}, {} MB", seconds(cost.wall), cost.peak_kilobytes / 1024)
            }
        };
        let flight = self.flight.map_or("–".to_owned(), |most| most.to_string());
        println!(
            "| {} | {} | {own} | {} | {flight} | {theirs} | {} | {} |",
            self.name,
            self.what,
            self.ours.requests(),
            self.theirs.requests(),
            self.wanted
        );
    }
}

/// The binary that was just built, or the one that `TERRACE_TEST_BINARY` names.
fn terrace() -> OsString {
    std::env::var_os("TERRACE_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_terrace").into())
}

fn unit_name(unit: usize) -> String {
    format!("u{unit:05}")
}

/// The key of a unit's state.
fn key(unit: &str) -> String {
    Path::new(unit).join("terraform.tfstate").to_string_lossy().into_owned()
}

fn unit_file(rest: &str) -> String {
    format!("{INCLUDE}\nterraform {{\n  source = \"../../modules//unit\"\n}}\n{rest}")
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
