//! Whole runs over a script that plays terraform: order, tries, hooks, files, signals.

use super::argv::{Approval, Colour, Scope};
use super::child::{Audience, Call, run_child};
use super::command::TerraformCommand;
use super::dispatcher::{ExitCodes, Ran, Run, dispatch, runtime};
use super::executor::Executor;
use super::lines::Cut;
use super::prepare::{Prepare, PrepareError, Prepared, Tool};
use super::rescue::Rescues;
use super::settings::{Action, Automatic, RunSettings, Terminal};
use super::wire::{Stop, Wire};
use crate::config::unit::{
    Errors, Generate, Hook, IfDisabled, IfExists, Placed, ReadyUnit, Retry, Terraform, UnitConfig,
};
use crate::custody::journal::Journal;
use crate::diag::{SourceMap, Span};
use crate::event::{PlannedUnit, Reason, Reporter, RunEvent, Speaker, Status, UnitReport};
use crate::graph::queue::{Member, Options, Queue};
use crate::graph::unit::UnitId;
use crate::hcl::Value;
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::host::process::{Invocation, Origin, Signal};
use crate::provider::Flavour;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Units `u0`, `u1`, … in a folder of their own, each with a config made by the test.
struct Stage {
    folder: tempfile::TempDir,
    plan: &'static str,
    config: fn(usize) -> UnitConfig,
}

/// Plays terraform. The tool is the shell itself, which takes terraform's first word for the name of a script: nothing
/// that was just written is executed (another thread's fork could still hold it open).
const HEAD: &str = "unit=$(basename \"$PWD\")\necho \"$unit $0 $*\" >> ../log\n";
const INIT: &str = "mkdir -p .terraform/providers; touch .terraform.lock.hcl\n";

impl Stage {
    fn new(plan: &'static str, config: fn(usize) -> UnitConfig) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), plan, config }
    }

    fn dir(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("u{at}"))
    }

    fn log(&self) -> String {
        fs::read_text(&self.folder.path().join("log")).unwrap_or_default()
    }

    fn prepare(&self, at: usize) -> Prepared {
        let dir = self.dir(at);
        fs::create_dir_all(&dir).unwrap();
        for (name, text) in [("main.tf", ""), ("init", INIT), ("plan", self.plan), ("apply", self.plan)] {
            let head = if name == "main.tf" { "" } else { HEAD };
            fs::write_atomic(&dir.join(name), format!("{head}{text}\n").as_bytes(), Access::Shared).unwrap();
        }
        let mut env = Env::default();
        env.set("PATH", "/usr/bin:/bin");
        Prepared {
            ready: ReadyUnit {
                config_path: dir.join("terragrunt.hcl"),
                dir: dir.clone(),
                config: (self.config)(at),
                mocked: Vec::new(),
            },
            name: format!("u{at}"),
            working_dir: dir,
            tool: Tool {
                program: "/bin/sh".into(),
                name: "terraform".to_owned(),
                version: "1.11.4".to_owned(),
                flavour: Flavour::Terraform,
            },
            env,
            source: String::new(),
            fetched_anew: false,
        }
    }

    /// Runs `count` units, each one needing the one before it.
    fn run(self: &Arc<Self>, count: usize, line: &str) -> (Ran, Heard) {
        let ids: Vec<UnitId> = (0..count).map(UnitId::new).collect();
        let members: Vec<Member> =
            ids.iter().map(|&unit| Member { unit, direction: Default::default() }).collect();
        let links = ids.windows(2).map(|pair| (pair[1], pair[0]));
        let planned = |unit: &UnitId| PlannedUnit {
            unit: *unit,
            name: format!("u{}", unit.index()),
            dir: self.dir(unit.index()),
            tool: "terraform".to_owned(),
        };
        let run = Run {
            units: ids.iter().map(planned).collect(),
            queue: Queue::new(&members, links, Options::default()),
            command: Vec::new(),
            parallelism: 4,
            reported: Vec::new(),
        };
        let executor = Arc::new(Executor::new(settings(line), Arc::clone(self) as Arc<dyn Prepare>));
        let mut heard = Heard::default();
        let ran = runtime().unwrap().block_on(dispatch(run, executor, &mut heard)).unwrap();
        (ran, heard)
    }
}

impl Prepare for Stage {
    fn prepare(&self, wire: &Wire) -> Result<Prepared, PrepareError> {
        Ok(self.prepare(wire.unit().index()))
    }

    fn forget_outputs(&self, _: &Prepared) {}
}

fn settings(line: &str) -> RunSettings {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    RunSettings {
        action: Action::Terraform(TerraformCommand::parse(&words).unwrap()),
        scope: Scope::Many,
        terminal: Terminal::Apart,
        approval: Approval::Given,
        colour: Colour::On,
        auto_init: Automatic::On,
        auto_retry: Automatic::On,
        out_dir: None,
        json_out_dir: None,
        inputs_debug: false,
        wait_for_locks: None,
        stores: None,
        run_lock: None,
        rescues: Rescues::of_user(&Env::default()),
        journal: Journal::default(),
    }
}

#[derive(Default)]
struct Heard {
    events: Vec<RunEvent>,
}

impl Heard {
    fn output(&self) -> String {
        let bytes = self.events.iter().filter_map(|event| match event {
            RunEvent::Output { bytes, .. } => Some(bytes.as_slice()),
            _ => None,
        });
        String::from_utf8(bytes.collect::<Vec<_>>().concat()).unwrap()
    }
}

impl Reporter for Heard {
    fn take(&mut self, event: RunEvent) {
        self.events.push(event);
    }

    fn has_lost_output(&self) -> bool {
        false
    }
}

fn plain(_: usize) -> UnitConfig {
    UnitConfig::default()
}

fn statuses(ran: &Ran) -> Vec<(usize, Status)> {
    let mut all: Vec<_> =
        ran.reports.iter().map(|report| (report.unit.index(), report.outcome.status)).collect();
    all.sort();
    all
}

fn report(ran: &Ran, at: usize) -> &UnitReport {
    ran.reports.iter().find(|report| report.unit.index() == at).unwrap()
}

#[test]
fn units_run_in_their_order_and_a_failure_spares_nobody_who_waits() {
    let plan = "echo out; echo err >&2; [ $unit != u1 ] || { echo 'Error: no' >&2; exit 3; }";
    let stage = Arc::new(Stage::new(plan, plain));
    let (ran, heard) = stage.run(3, "plan");
    assert_eq!(statuses(&ran), [(0, Status::Succeeded), (1, Status::Failed), (2, Status::EarlyExit)]);
    let words = "u0 init -input=false\nu0 plan -input=false\nu1 init -input=false\nu1 plan -input=false\n";
    assert_eq!(stage.log(), words);
    assert_eq!(ran.exit_code(ExitCodes::Plain), 3);
    assert_eq!(report(&ran, 1).error_tail, ["err", "Error: no"]);
    assert_eq!(report(&ran, 2).outcome.cause.as_deref(), Some("u1"));
    assert!(heard.output().contains("out\n") && heard.output().contains("Error: no\n"));
    let last_of_u1 = heard
        .events
        .iter()
        .rposition(|event| matches!(event, RunEvent::Output { unit, .. } if unit.index() == 1));
    let end_of_u1 = heard
        .events
        .iter()
        .position(|event| matches!(event, RunEvent::Finished(report) if report.unit.index() == 1));
    assert!(last_of_u1 < end_of_u1, "a unit's words come before its end");
}

#[test]
fn a_second_try_may_succeed() {
    fn config(_: usize) -> UnitConfig {
        let retry = Retry {
            name: "flaky".into(),
            retryable_errors: vec![".*try later.*".to_owned()],
            max_attempts: 3,
            sleep_interval_sec: 0,
        };
        UnitConfig {
            errors: Some(Errors { retry: vec![retry], ignore: Vec::new() }),
            ..UnitConfig::default()
        }
    }
    let stage =
        Arc::new(Stage::new("[ -e again ] || { touch again; echo 'Error: try later' >&2; exit 1; }", config));
    let (ran, _) = stage.run(1, "apply");
    let outcome = &report(&ran, 0).outcome;
    assert_eq!((outcome.status, outcome.reason), (Status::Succeeded, Some(Reason::RetrySucceeded)));
    assert_eq!(outcome.cause.as_deref(), Some("flaky"));
    assert_eq!(stage.log().matches("u0 apply").count(), 2);
}

#[test]
fn inputs_hooks_and_generated_files_surround_terraform() {
    fn span() -> Span {
        Span::new(SourceMap::default().add(Path::new("a"), "".into()), 0, 0)
    }
    fn hook(name: &str, run_on_error: Option<bool>) -> Hook {
        let script = format!("echo \"hook {name} $TG_CTX_COMMAND $TF_VAR_a\" >> ../log");
        Hook {
            name: name.into(),
            commands: vec!["plan".to_owned()],
            execute: vec!["sh".to_owned(), "-c".to_owned(), script],
            condition: None,
            run_on_error,
            suppress_stdout: None,
            working_dir: None,
            span: span(),
        }
    }
    fn config(_: usize) -> UnitConfig {
        let generate = Generate {
            name: "x".into(),
            path: "x.tf".to_owned(),
            if_exists: IfExists::Overwrite,
            if_disabled: IfDisabled::Skip,
            comment_prefix: "# ".to_owned(),
            contents: "locals {}\n".to_owned(),
            disable: false,
            disable_signature: false,
            hcl_fmt: None,
            span: span(),
        };
        let terraform = Terraform {
            before_hook: vec![hook("before", None)],
            after_hook: vec![hook("after", None), hook("always", Some(true))],
            ..Terraform::default()
        };
        UnitConfig {
            generate: vec![generate],
            terraform: Some(terraform),
            inputs: Some(Placed {
                value: Value::object([("a", Value::string("one")), ("n", Value::NULL)]),
                span: span(),
            }),
            ..UnitConfig::default()
        }
    }
    let plan = "cat .terragrunt-null-vars.auto.tfvars.json; head -1 x.tf; exit 4";
    let stage = Arc::new(Stage::new(plan, config));
    fs::create_dir_all(&stage.dir(0)).unwrap();
    fs::write_atomic(&stage.dir(0).join("vars.tf"), b"variable \"n\" {}\n", Access::Shared).unwrap();
    let (ran, heard) = stage.run(1, "plan");
    assert_eq!(ran.exit_code(ExitCodes::Plain), 4);
    let log = "u0 init -input=false\nhook before plan one\nu0 plan -input=false\nhook always plan one\n";
    assert_eq!(stage.log(), log);
    assert_eq!(heard.output(), "{\"n\":null}\n# Generated by Terragrunt. Sig: nIlQXj57tbuaRZEa\n");
    assert!(!fs::exists(&stage.dir(0).join(".terragrunt-null-vars.auto.tfvars.json")));
}

#[test]
fn changes_are_no_failure_where_exit_codes_are_detailed() {
    let stage = Arc::new(Stage::new("[ $unit != u0 ] || exit 2", plain));
    let (ran, _) = stage.run(2, "plan -detailed-exitcode");
    assert_eq!(statuses(&ran), [(0, Status::Succeeded), (1, Status::Succeeded)]);
    assert_eq!(ran.exit_code(ExitCodes::Detailed), 2);
}

#[test]
fn a_missing_tool_is_named() {
    let stage = Arc::new(Stage::new("", plain));
    let prepared = stage.prepare(0);
    let invocation = Invocation {
        program: "no-such-tool".into(),
        args: Vec::new(),
        cwd: prepared.working_dir,
        env: prepared.env,
    };
    let io = Terminal::Apart.io();
    let error = runtime().unwrap().block_on(async { invocation.start(io).unwrap_err() });
    assert_eq!(error.to_string(), "no-such-tool was not found on PATH");
}

/// A child that counts what it hears, and how it ended.
fn hear(stops: &[Signal], script: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let ready = folder.path().join("ready");
    let mut env = Env::default();
    env.set("PATH", "/usr/bin:/bin");
    let invocation = Invocation {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        cwd: folder.path().to_path_buf(),
        env,
    };
    runtime().unwrap().block_on(async {
        let (events, mut heard) = tokio::sync::mpsc::channel(64);
        let stop = tokio::sync::watch::Sender::new(Stop::default());
        let mut wire = Wire::new(UnitId::new(0), events, stop.subscribe());
        let call = Call {
            invocation: &invocation,
            io: Terminal::Apart.io(),
            from: &Speaker::Terraform,
            cut: Cut::Lines,
            audience: Audience::All,
            locking: None,
        };
        let ask = async {
            while !fs::exists(&ready) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            for (at, signal) in stops.iter().enumerate() {
                let count = at + 1;
                stop.send_modify(|stop| *stop = Stop { count, signal: Some(*signal), by: Origin::Process });
                let answer = folder.path().join(format!("heard{count}"));
                while count < 3 && !fs::exists(&answer) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        };
        let (ended, ()) = tokio::join!(run_child(&mut wire, &call), ask);
        let ended = ended.unwrap();
        drop(wire);
        let mut words = String::new();
        while let Some(event) = heard.recv().await {
            if let RunEvent::Output { bytes, .. } = event {
                words.push_str(&String::from_utf8(bytes).unwrap());
            }
        }
        (ended.code, words)
    })
}

#[test]
fn two_stops_are_forwarded_and_a_third_kills() {
    let script = "n=0; hear() { n=$((n+1)); echo $1; touch heard$n; }\n\
        trap 'hear int' INT; trap 'hear term' TERM; touch ready\n\
        while [ $n -lt $LAST ]; do sleep 0.02; done; echo saved; exit 1";
    let until = |last: usize| format!("LAST={last}; {script}");
    assert_eq!(hear(&[Signal::Interrupt], &until(1)), (1, "int\nsaved\n".to_owned()));
    let two = [Signal::Interrupt, Signal::Terminate];
    assert_eq!(hear(&two, &until(2)), (1, "int\nterm\nsaved\n".to_owned()));
    let three = [Signal::Interrupt, Signal::Terminate, Signal::Terminate];
    assert_eq!(hear(&three, &until(9)), (137, "int\nterm\n".to_owned()));
}
