//! `just bench`: one run on one machine. terrace beside bare terraform under `xargs -P4` and, when
//! `TERRAGRUNT_BIN` is set, beside that binary, over generated estates.
//!
//! `BENCH_PAIRS` (7) pairs of interleaved runs, `BENCH_ROWS=find-1000,plan-100-again` only these rows,
//! `BENCH_REFERENCE_RUNS` (1) runs of the other binary, `BENCH_QUICK=1` for a look in a minute.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark drives the machine itself and prints what it measured"
)]

mod generate;
mod measure;
mod pinned;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use generate::{Estate, put};
use measure::{Cost, median, median_cost};

/// The work that a row is about, and what is wanted of it.
struct Row {
    name: &'static str,
    what: String,
    wanted: &'static str,
    ours: Vec<Cost>,
    bare: Vec<Duration>,
    reference: Vec<Cost>,
    units: usize,
}

/// How much is measured.
struct Plan {
    pairs: usize,
    reference_runs: usize,
    rows: Option<Vec<String>>,
    quick: bool,
    reference: Option<OsString>,
    base: PathBuf,
}

fn main() {
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
    let quick = std::env::var_os("BENCH_QUICK").is_some_and(|v| v == "1");
    let dir = tempfile::Builder::new().prefix("terrace-bench-").tempdir().expect("a temporary folder");
    let plan = Plan {
        pairs: number("BENCH_PAIRS", if quick { 1 } else { 7 }).max(1),
        reference_runs: number("BENCH_REFERENCE_RUNS", 1),
        rows: std::env::var("BENCH_ROWS").ok().map(|v| v.split(',').map(|r| r.trim().to_owned()).collect()),
        quick,
        reference: std::env::var_os("TERRAGRUNT_BIN"),
        base: dir.path().canonicalize().expect("its path"),
    };
    println!("{}", measure::machine());
    println!("terrace {}, {} pairs\n", env!("CARGO_PKG_VERSION"), plan.pairs);
    println!(
        "| row | work | terrace: wall, own CPU, peak | bare terraform | ratio: median (spread) | reference | we want |"
    );
    println!("|---|---|---|---|---|---|---|");
    plan.find_rows();
    plan.used_tree_row();
    plan.editor_rows();
    plan.plan_rows();
    plan.output_and_apply_rows();
    plan.git_row();
    plan.pins_rows();
    plan.commit_rows();
    plan.usual_hook_row();
}

impl Plan {
    fn wants(&self, name: &str) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.iter().any(|r| r == name))
    }

    fn size(&self, units: usize) -> usize {
        if self.quick { (units / 10).max(10) } else { units }
    }

    fn estate(&self, name: &str, units: usize, layers: usize) -> Estate {
        Estate::write(&self.base.join(name), units, layers, "../../../modules//unit")
    }

    fn find_rows(&self) {
        let graph: &[&str] = &["find", "--json", "--dag", "--dependencies"];
        let rows: [(&'static str, usize, usize, &[&str], &'static str); 3] = [
            ("find-10000", 10_000, 20, graph, "≤ 0.5 s, ≤ 150 MB"),
            ("find-1000", 1000, 10, graph, "≤ 0.06 s"),
            ("find-1000-text", 1000, 10, &["find"], "≤ 0.02 s"),
        ];
        for (name, units, layers, args, wanted) in rows {
            if !self.wants(name) {
                continue;
            }
            let units = self.size(units);
            let estate = self.estate(name, units, layers);
            let mut row = Row::new(
                name,
                format!("`{}`, {units} units, {layers} layers", args.join(" ")),
                wanted,
                units,
            );
            for _ in 0..self.pairs {
                row.ours.push(measure::run(terrace(args).current_dir(estate.live())));
            }
            self.measure_reference(&mut row, (args, &estate), || {});
            row.print();
        }
    }

    /// `find` over a tree with a populated cache beside every unit, against the same tree without.
    fn used_tree_row(&self) {
        if !self.wants("find-used") {
            return;
        }
        let units = self.size(1000);
        let (clean, used) = (self.estate("clean", units, 10), self.estate("used", units, 10));
        used.populate_caches();
        let mut row = Row::new(
            "find-used",
            format!("`find`, {units} populated caches, beside the clean tree"),
            "≤ 1.5 × clean",
            units,
        );
        for _ in 0..self.pairs.max(7) {
            row.ours.push(measure::run(terrace(&["find"]).current_dir(used.live())));
            row.bare.push(measure::run(terrace(&["find"]).current_dir(clean.live())).wall);
        }
        row.print();
    }

    /// What an editor asks for on each save: the faults of one unit of a large estate, from its folder and from above.
    fn editor_rows(&self) {
        let units = self.size(1000);
        for name in ["validate-unit", "validate-filter"] {
            if !self.wants(name) {
                continue;
            }
            let estate = self.estate(name, units, 10);
            let last = estate.name(units - 1);
            let filter = format!("./{last}");
            let (args, dir) = match name {
                "validate-unit" => (vec!["hcl", "validate", "--json"], estate.live().join(&last)),
                _ => (vec!["hcl", "validate", "--json", "--filter", filter.as_str()], estate.live()),
            };
            let shown = args.iter().take(4).copied().collect::<Vec<_>>().join(" ");
            let mut row = Row::new(name, format!("`{shown}`, one unit of {units}"), "≤ 0.05 s", 1);
            for _ in 0..self.pairs {
                row.ours.push(measure::run(terrace(&args).current_dir(&dir)));
            }
            row.print();
        }
    }

    fn plan_rows(&self) {
        for (first, again, units) in
            [("plan-100-first", "plan-100-again", 100), ("plan-1000-first", "plan-1000-again", 1000)]
        {
            if !self.wants(first) && !self.wants(again) {
                continue;
            }
            let units = self.size(units);
            let estate = self.estate(first, units, 5);
            estate.write_bare();
            let args = ["run", "--all", "plan"];
            if self.wants(first) {
                let mut row = Row::new(
                    first,
                    format!("`run --all plan`, {units} units, init and plan"),
                    "≤ 1.10 × bare",
                    units,
                );
                self.measure_pairs(
                    &mut row,
                    || {
                        estate.forget();
                        measure::run(terrace(&args).current_dir(estate.live()))
                    },
                    || {
                        estate.forget();
                        bare(&estate, "terraform init -input=false && terraform plan -input=false")
                    },
                );
                self.measure_reference(&mut row, (&args, &estate), || estate.forget());
                row.print();
            }
            if self.wants(again) {
                let mut row = Row::new(
                    again,
                    format!("`run --all plan`, {units} units, again"),
                    "≤ 1.10 × bare; own CPU ≤ 1 ms a unit",
                    units,
                );
                estate.forget();
                measure::run(terrace(&args).current_dir(estate.live()));
                bare(&estate, "terraform init -input=false");
                self.measure_pairs(
                    &mut row,
                    || measure::run(terrace(&args).current_dir(estate.live())),
                    || bare(&estate, "terraform plan -input=false"),
                );
                self.measure_reference(&mut row, (&args, &estate), || {});
                row.print();
            }
        }
    }

    fn output_and_apply_rows(&self) {
        if !self.wants("apply-100") && !self.wants("output-100") {
            return;
        }
        let units = self.size(100);
        let estate = self.estate("apply-100", units, 5);
        estate.write_bare();
        let apply = ["run", "--all", "--non-interactive", "apply"];
        let (prepare, layer) = ("terraform init -input=false", "terraform apply -input=false -auto-approve");
        measure::run(terrace(&apply).current_dir(estate.live()));
        bare(&estate, prepare);
        if self.wants("apply-100") {
            let mut row = Row::new(
                "apply-100",
                format!("`run --all apply`, {units} units, 5 layers, initialised"),
                "≤ 1.3 × bare",
                units,
            );
            self.measure_pairs(
                &mut row,
                || {
                    estate.forget_states();
                    measure::run(terrace(&apply).current_dir(estate.live()))
                },
                || {
                    estate.forget_states();
                    bare(&estate, layer)
                },
            );
            self.measure_reference(&mut row, (&apply, &estate), || estate.forget_states());
            row.print();
        }
        if self.wants("output-100") {
            let mut row = Row::new(
                "output-100",
                format!("`run --all output`, {units} applied units"),
                "≤ 1.10 × bare",
                units,
            );
            estate.forget_states();
            measure::run(terrace(&apply).current_dir(estate.live()));
            bare(&estate, layer);
            let args = ["run", "--all", "output"];
            self.measure_pairs(
                &mut row,
                || measure::run(terrace(&args).current_dir(estate.live())),
                || bare(&estate, "terraform output"),
            );
            self.measure_reference(&mut row, (&args, &estate), || {});
            row.print();
        }
    }

    /// Many units that share one source of many files in git: how often is it fetched?
    fn git_row(&self) {
        if !self.wants("git-100") {
            return;
        }
        let (units, base) = (self.size(100), self.base.join("git"));
        let repository = base.join("repository");
        for file in 0..300 {
            put(&repository.join(format!("unit/file{file:03}.txt")), "text\n");
        }
        put(
            &repository.join("unit/main.tf"),
            "variable \"name\" {}\nvariable \"needs\" { default = [] }\noutput \"id\" { value = var.name }\n",
        );
        let script = "git init -q -b main && git add -A && git -c user.name=b -c user.email=b@example.com -c commit.gpgsign=false commit -q -m one && git tag v1";
        measure::run(Command::new("sh").arg("-c").arg(script).current_dir(&repository));
        let source = format!("git::file://{}//unit?ref=v1", repository.display());
        let estate = Estate::write(&base.join("estate"), units, 1, &source);
        let calls = counting_git(&base);
        let path = format!("{}:{}", base.join("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut row = Row::new("git-100", String::new(), "one fetch", units);
        row.ours.push(measure::run(
            terrace(&["run", "--all", "validate"]).env("PATH", path).current_dir(estate.live()),
        ));
        let fetches = std::fs::read_to_string(calls).unwrap_or_default().lines().count();
        row.what = format!("{units} units sharing a git source of 300 files: {fetches} fetches");
        row.print();
    }

    /// Pairs of ours and bare, the order changing from pair to pair.
    fn measure_pairs(&self, row: &mut Row, ours: impl Fn() -> Cost, bare: impl Fn() -> Duration) {
        for pair in 0..self.pairs {
            if pair % 2 == 0 {
                row.ours.push(ours());
                row.bare.push(bare());
            } else {
                row.bare.push(bare());
                row.ours.push(ours());
            }
        }
    }

    fn measure_reference(&self, row: &mut Row, work: (&[&str], &Estate), before: impl Fn()) {
        let (args, estate) = work;
        let Some(binary) = &self.reference else { return };
        for _ in 0..self.reference_runs {
            before();
            row.reference
                .push(measure::run(in_clean_env(Command::new(binary).args(args)).current_dir(estate.live())));
        }
    }
}

/// A git in front of the real one that writes down every clone and fetch; gives the list's file.
fn counting_git(base: &Path) -> PathBuf {
    let (script, calls) = (base.join("bin/git"), base.join("calls"));
    let real = Command::new("sh").args(["-c", "command -v git"]).output().expect("git").stdout;
    let real = String::from_utf8_lossy(&real).trim().to_owned();
    put(
        &script,
        &format!(
            "#!/bin/sh\nfor a in \"$@\"; do case $a in clone|fetch) echo \"$*\" >>{} ;; esac; done\nexec {real} \"$@\"\n",
            calls.display()
        ),
    );
    measure::run(Command::new("chmod").arg("+x").arg(&script));
    calls
}

fn terrace(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    in_clean_env(command.args(args));
    command
}

/// The same variables for every tool: no settings from outside, terraform and not tofu.
fn in_clean_env(command: &mut Command) -> &mut Command {
    let ours = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !["TG_", "TERRAGRUNT_", "TF_"].iter().any(|prefix| name.starts_with(prefix))
    });
    command.env_clear().envs(ours).env("TG_TF_PATH", "terraform").env("CHECKPOINT_DISABLE", "1")
}

/// The same work with terraform alone, four at a time, one layer after the other.
fn bare(estate: &Estate, script: &str) -> Duration {
    let layers = estate.bare_layers();
    let is_layered = script.contains("apply");
    let batches = if is_layered { layers } else { vec![layers.concat()] };
    let begin = std::time::Instant::now();
    for batch in batches {
        let mut xargs = Command::new("xargs");
        xargs.args(["-P4", "-I{}", "sh", "-c", &format!("cd {{}} && {script}")]);
        in_clean_env(&mut xargs).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let mut child = xargs.spawn().expect("xargs");
        let mut stdin = child.stdin.take().expect("its input");
        for dir in batch {
            writeln!(stdin, "{}", dir.display()).expect("a line");
        }
        drop(stdin);
        assert!(child.wait().expect("its end").success(), "bare terraform fails");
    }
    begin.elapsed()
}

impl Row {
    fn new(name: &'static str, what: String, wanted: &'static str, units: usize) -> Self {
        Self { name, what, wanted, ours: Vec::new(), bare: Vec::new(), reference: Vec::new(), units }
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of units is small")]
    fn print(&self) {
        let ours = median_cost(&self.ours);
        let per_unit = ours.cpu.as_secs_f64() * 1000.0 / self.units as f64;
        let own =
            format!("{}, {per_unit:.2} ms a unit, {} MB", seconds(ours.wall), ours.peak_kilobytes / 1024);
        let bare = if self.bare.is_empty() { "–".to_owned() } else { seconds(middle(&self.bare)) };
        println!(
            "| {} | {} | {own} | {bare} | {} | {} | {} |",
            self.name,
            self.what,
            self.ratio(),
            self.theirs(),
            self.wanted
        );
    }

    /// The ratio in the middle of the pairs, and the smallest and the largest of them.
    fn ratio(&self) -> String {
        let pairs = self.ours.iter().zip(&self.bare);
        let ratios: Vec<f64> = pairs.map(|(o, b)| o.wall.as_secs_f64() / b.as_secs_f64()).collect();
        if ratios.is_empty() {
            return "–".to_owned();
        }
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        format!("{:.2} ({least:.2}–{most:.2})", median(&ratios))
    }

    fn theirs(&self) -> String {
        if self.reference.is_empty() {
            return "–".to_owned();
        }
        let cost = median_cost(&self.reference);
        format!("{}, {} CPU, {} MB", seconds(cost.wall), seconds(cost.cpu), cost.peak_kilobytes / 1024)
    }
}

fn middle(times: &[Duration]) -> Duration {
    Duration::from_secs_f64(median(&times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>()))
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
