//! What one process costs: wall time, its own processor time without its children, its own memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// The cost of one run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub wall: Duration,
    /// Own processor time: children are not in it.
    pub cpu: Duration,
    /// The high-water mark of the process's own memory.
    pub peak_kilobytes: u64,
}

/// Runs a command to its end, its output thrown away, and says what it cost.
pub fn run(command: &mut Command) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut stderr = child.stderr.take().expect("its errors");
    let told = thread::spawn(move || {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut stderr, &mut text);
        text
    });
    let pid = child.id();
    let (peak, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let watcher = watch(pid, &peak, &over);
    // Left unreaped for a moment, so that its own times can still be read.
    let id = WaitId::Pid(Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("a pid"));
    let _ = waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    let wall = begin.elapsed();
    over.store(true, Ordering::Relaxed);
    let cpu = own_cpu(pid);
    let status = child.wait().expect("its end");
    watcher.join().expect("the watcher");
    let told = told.join().expect("its errors");
    assert!(status.success(), "{command:?} ends with {status}:\n{told}");
    Cost { wall, cpu, peak_kilobytes: peak.load(Ordering::Relaxed) }
}

fn watch(pid: u32, peak: &Arc<AtomicU64>, over: &Arc<AtomicBool>) -> thread::JoinHandle<()> {
    let (peak, over) = (Arc::clone(peak), Arc::clone(over));
    thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            peak.fetch_max(read_peak(pid).unwrap_or(0), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(2));
        }
    })
}

fn read_peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find(|l| l.starts_with("VmHWM:"))?.split_whitespace().nth(1)?.parse().ok()
}

/// User and system time of the process itself; a tick is a hundredth of a second on Linux.
fn own_cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = |field: usize| {
        after_name.split_whitespace().nth(field).and_then(|t| t.parse::<u64>().ok()).unwrap_or(0)
    };
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// The middle of several values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The cost in the middle of several, each of its figures by itself.
pub fn median_cost(costs: &[Cost]) -> Cost {
    let of = |f: fn(&Cost) -> f64| median(&costs.iter().map(f).collect::<Vec<_>>());
    Cost {
        wall: Duration::from_secs_f64(of(|c| c.wall.as_secs_f64())),
        cpu: Duration::from_secs_f64(of(|c| c.cpu.as_secs_f64())),
        peak_kilobytes: costs.iter().map(|c| c.peak_kilobytes).max().unwrap_or(0),
    }
}

/// One line about the machine and the tools.
pub fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let model = cpus
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map_or("unknown processor", |l| l.trim_start_matches(['\t', ' ', ':']));
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = read("/proc/meminfo");
    let kilobytes: u64 =
        memory.lines().next().and_then(|l| l.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{model}, {cores} cores, {} MB, Linux {}, {}",
        kilobytes / 1024,
        kernel.trim(),
        first_line("terraform", "version")
    )
}

/// The first line that a tool says about its version.
pub fn first_line(tool: impl AsRef<Path>, word: &str) -> String {
    let out = Command::new(tool.as_ref()).arg(word).output();
    let text = out.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}
