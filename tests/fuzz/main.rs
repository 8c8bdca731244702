//! Random text for the parser, the formatter, the evaluator and every pure function: nothing panics, hangs or runs out
//! of stack, and what is written is read back as it was.
//!
//! As a test it tries a fixed number of inputs. `just fuzz MINUTES` goes on from seed to seed for that long
//! (`FUZZ_MINUTES`, `FUZZ_SEED`) and prints the input that fails.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "a test keeps time and talks to a person; the generator is shared with the differ, which uses more of it"
)]

#[path = "../differ/dice.rs"]
mod dice;
#[path = "../differ/expr.rs"]
mod expr;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dice::Dice;
use expr::{KINDS, Names};
use terrace::diag::{FileId, SourceMap};
use terrace::hcl::Value;
use terrace::hcl::eval::{Bare, eval, eval_template};
use terrace::hcl::format::format_source;
use terrace::hcl::parse::{parse_body, parse_expression, parse_json_body, parse_template};

/// Inputs of the bounded run.
const BOUNDED: u64 = 1_500;

/// No input may take longer, on a slow machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn nothing_panics_and_what_is_written_is_read_back() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FUZZ_SEED").unwrap_or(1);
    let until = number("FUZZ_MINUTES").map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let watch = Watch::start();
    let mut tried = 0;
    for seed in first.. {
        let is_done = until.map_or(tried >= BOUNDED, |until| Instant::now() > until);
        if is_done {
            break;
        }
        let input = input(seed);
        watch.begin(&input);
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&input)));
        if !matches!(outcome, Ok(Ok(()))) {
            let reason = outcome.map_or_else(|_| "it panics".to_owned(), |result| result.unwrap_err());
            panic!("seed {seed}: {reason}\n{input}");
        }
        tried += 1;
        if until.is_some() && tried % 20_000 == 0 {
            eprintln!("{tried} inputs, seed {seed}");
        }
    }
    eprintln!("{tried} inputs from seed {first}");
}

/// Ends the process when an input takes too long, since a thread that hangs cannot be ended alone.
struct Watch {
    current: Arc<Mutex<(String, Instant)>>,
    count: AtomicU64,
}

impl Watch {
    fn start() -> Self {
        let current = Arc::new(Mutex::new((String::new(), Instant::now())));
        let seen = Arc::clone(&current);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_secs(1));
                let (input, since) = &*seen.lock().unwrap();
                if since.elapsed() > PATIENCE && !input.is_empty() {
                    eprintln!("this input takes longer than {PATIENCE:?}:\n{input}");
                    std::process::abort();
                }
            }
        });
        Self { current, count: AtomicU64::new(0) }
    }

    fn begin(&self, input: &str) {
        self.count.fetch_add(1, Ordering::Relaxed);
        *self.current.lock().unwrap() = (input.to_owned(), Instant::now());
    }
}

/// What may stand in place of any piece: bounds, extremes, what no function wants.
const WILD: &[&str] = &[
    "1e400",
    "-1e400",
    "1e-400",
    "99999999999999999999999",
    "-1",
    "0.5",
    "null",
    "tonumber(null)",
    "tolist(null)",
    "sensitive(\"s\")",
    "sensitive([1, { a = 2 }])",
    "[]",
    "{}",
    "toset([])",
    "tomap({})",
    "[[[[]]]]",
    "\"\"",
    "\"%\"",
    "\"%!d(\"",
    "\"%999999999d\"",
    "\"%*d\"",
    "\"%[3]s\"",
    "\"\\u0000\"",
    "\"\\U0010FFFF\"",
    "\"(?P<a>\"",
    "\"/(/\"",
    "\"[\"",
    "\"::/0\"",
    "\"0.0.0.0/0\"",
    "\"2024-13-45T99:99:99Z\"",
    "\"99999999h\"",
    "\"-1ns\"",
    "\"&a [*a]\"",
    "\"- - - -\"",
    "\"{\\\"a\\\":\"",
    "\"é\\u0301\\u0301\"",
    "\"\\ud800\"",
    "range(1024)",
    "join(\",\", range(1024))",
    "try()",
    "can()",
    "-9223372036854775808",
    "9223372036854775807",
    "9223372036854775808",
    "1 / 3",
    "toset([1, \"a\", true])",
    "{ for x in [1, 2] : x => x }",
    "[for x in [1, 2] : x...]",
    "\"${[1]}\"",
    "\"%{ for x in [1, 2] }${x}%{ endfor }\"",
];

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "<<E\n",
    "\nE\n",
    "\n",
    "\r\n",
    "\\",
    ",",
    "=",
    ":",
    "=>",
    "...",
    ".",
    "*",
    "[*]",
    ".*",
    "?",
    "&&",
    "||",
    "!",
    "-",
    "for x in ",
    " if ",
    "else",
    "endif",
    "endfor",
    "#",
    "/*",
    "*/",
    "//",
    "é",
    "\u{feff}",
    "\0",
    "0x",
    "1e",
    "..",
    "::",
    "provider::a::b(",
    "null",
    "true",
    "local.a",
    "a",
    " ",
    "\t",
    "%",
    "/",
    "<",
    ">=",
    "==",
];

const CORPUS: &[&str] = &[
    include_str!("../hcl_corpus/root.hcl"),
    include_str!("../hcl_corpus/unit.hcl"),
    include_str!("../hcl_corpus/expressions.hcl"),
    include_str!("../hcl_corpus/templates.hcl"),
    include_str!("../hcl_corpus/unit.hcl.json"),
];

/// The input of a seed.
fn input(seed: u64) -> String {
    let dice = &mut Dice::new(seed);
    let names = Names::default();
    match dice.below(10) {
        0..=3 => {
            let text = expr::daring(dice, &names, 2);
            wild(dice, &text)
        }
        4..=5 => {
            let kind = *dice.pick(KINDS);
            expr::expression(dice, &names, kind, 4)
        }
        6..=7 => {
            let text = expr::daring(dice, &names, 2);
            broken(dice, &text)
        }
        _ => {
            let text = (*dice.pick(CORPUS)).to_owned();
            let from = text.floor_char_boundary(dice.below(text.len()));
            let to = text.ceil_char_boundary((from + 400).min(text.len()));
            broken(dice, &text[from..to])
        }
    }
}

/// Without its `try`, and with extremes in place of some values.
fn wild(dice: &mut Dice, daring: &str) -> String {
    let bare =
        daring.strip_prefix("try(").and_then(|rest| rest.strip_suffix(", \"refused\")")).unwrap_or(daring);
    let mut out = String::new();
    for part in bare.split_inclusive([',', '(', '[']) {
        out.push_str(part);
        if dice.chance(15) {
            let piece = *dice.pick(WILD);
            out.push_str(piece);
            if !part.ends_with(',') && !part.ends_with('(') || dice.chance(80) {
                out.push(',');
            }
        }
    }
    out
}

/// With pieces put in, taken out and doubled.
fn broken(dice: &mut Dice, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + dice.below(4) {
        let at = text.floor_char_boundary(dice.below(text.len() + 1));
        match dice.below(3) {
            0 => {
                let piece = *dice.pick(PIECES);
                text.insert_str(at, piece);
            }
            1 => {
                let end = text.ceil_char_boundary((at + 1 + dice.below(8)).min(text.len()));
                text.replace_range(at..end, "");
            }
            _ => {
                let end = text.ceil_char_boundary((at + dice.below(40)).min(text.len()));
                let twice = text[at..end].to_owned();
                text.insert_str(at, &twice);
            }
        }
    }
    text
}

fn check(input: &str) -> Result<(), String> {
    let sources = SourceMap::default();
    let file = sources.add(Path::new("fuzz.hcl"), input.into());
    let _ = parse_json_body(input, file);
    let (template, _) = parse_template(input, file);
    if let Some(template) = template {
        let _ = eval(&template, &Bare);
    }
    check_layout(input, file)?;
    let (expression, faults) = parse_expression(input, file);
    let Some(expression) = expression.filter(|_| faults.is_empty()) else { return Ok(()) };
    match eval(&expression, &Bare) {
        Ok(value) => check_round_trips(&value),
        Err(fault) if fault.primary.is_none() => Err(format!("a fault without a place: {}", fault.summary)),
        Err(_) => Ok(()),
    }
}

/// The formatter changes blanks alone: the file means the same, and a second time changes nothing.
fn check_layout(input: &str, file: FileId) -> Result<(), String> {
    // `a[1. 5]` means two steps, and is `a[1.5]` in the canonical layout: HCL's own formatter does the same.
    let apart = regex::Regex::new(r"\d\.\s+\w|\w\s+\.\d").expect("a pattern");
    if apart.is_match(input) {
        return Ok(());
    }
    for text in [input.to_owned(), format!("x = {input}\n")] {
        let (body, faults) = parse_body(&text, file);
        let Some(body) = body.filter(|_| faults.is_empty()) else { continue };
        let pretty = format_source(&text);
        let (again, faults) = parse_body(&pretty, file);
        if !faults.is_empty() {
            return Err(format!("formatted, it has a fault: {}\n{pretty}", faults[0].summary));
        }
        if shape(&body) != shape(&again.expect("no fault, so a tree")) {
            return Err(format!("formatted, it means something else:\n{pretty}"));
        }
        if format_source(&pretty) != pretty {
            return Err(format!("formatted twice, it changes again:\n{pretty}"));
        }
    }
    Ok(())
}

/// A tree without its places.
fn shape(tree: &impl std::fmt::Debug) -> String {
    let places = regex::Regex::new(r"Span \{[^}]*\}").expect("a pattern");
    places.replace_all(&format!("{tree:?}"), "_").into_owned()
}

/// What is written as JSON or YAML is read back as it was.
fn check_round_trips(value: &Value) -> Result<(), String> {
    if !value.is_wholly_known() || value.has_sensitive() {
        return Ok(());
    }
    let with = |text: &str, value: &Value| apply(text, value);
    let Ok(json) = with("jsonencode(v)", value) else { return Ok(()) };
    let back = with("jsonencode(jsondecode(v))", &json)
        .map_err(|fault| format!("JSON is not read back: {fault}"))?;
    if back != json {
        return Err(format!("JSON comes back as something else: {json:?} {back:?}"));
    }
    let Ok(yaml) = with("yamlencode(v)", value) else { return Ok(()) };
    let back = with("jsonencode(yamldecode(v))", &yaml)
        .map_err(|fault| format!("YAML is not read back: {fault}\n{yaml:?}"))?;
    if back != json {
        return Err(format!("YAML comes back as something else: {json:?} {yaml:?} {back:?}"));
    }
    Ok(())
}

/// An expression over one variable, `v`.
fn apply(text: &str, value: &Value) -> Result<Value, String> {
    let sources = SourceMap::default();
    let file = sources.add(Path::new("apply.hcl"), text.into());
    let expression = parse_expression(text, file).0.expect("it is valid");
    let variables = BTreeMap::from([(Arc::from("v"), value.clone())]);
    eval_template(&expression, &variables, &Bare).map_err(|fault| fault.summary.clone())
}
