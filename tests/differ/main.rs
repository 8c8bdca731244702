//! Random estates, asked of the reference binary and of ours: `just differ SEED [COUNT]`.
//!
//! `TERRAGRUNT_BIN` names the reference, `DIFFER_OURS` another binary than the built one. A seed whose answers differ is printed with the differing answers and left
//! in a folder (`DIFFER_KEEP`); with `DIFFER_SHRINK=1` without the files and members that the first difference does not
//! need. `intended.txt` lists differences that are meant, with their reasons.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for developers: it talks to a person and may fail loudly"
)]

mod ask;
mod dice;
mod estate;
mod expr;
mod json;
mod shrink;
mod stack;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ask::{ALL, Answers, Bench, Group};
use estate::Estate;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let Some(reference) = std::env::var_os("TERRAGRUNT_BIN").map(PathBuf::from) else {
        println!("TERRAGRUNT_BIN must name the reference binary");
        return ExitCode::from(2);
    };
    let first = numbers.first().copied().unwrap_or(1);
    let count = numbers.get(1).copied().unwrap_or(1);
    let pair = Pair {
        reference,
        ours: std::env::var_os("DIFFER_OURS").unwrap_or_else(|| env!("CARGO_BIN_EXE_terrace").into()).into(),
        bench: Bench::new(),
    };
    let keep =
        std::env::var_os("DIFFER_KEEP").map_or_else(|| std::env::temp_dir().join("differ"), PathBuf::from);
    let mut differing = Vec::new();
    for seed in first..first + count {
        let estate = estate::estate(seed);
        let mut differences = pair.differences(&estate, seed, ALL);
        if let Some(first) = differences.first() {
            differing.push(seed);
            let mut small = estate.clone();
            if std::env::var_os("DIFFER_SHRINK").is_some() {
                small = pair.shrink(&estate, seed, first);
                differences = pair.differences(&small, seed, &[Group::of(&first.question)]);
            }
            report(&small, seed, &differences, &keep);
        }
    }
    println!("{} of {count} seeds agree; differing: {differing:?}", count - differing.len() as u64);
    if differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Both binaries, and where they are asked.
struct Pair {
    reference: PathBuf,
    ours: PathBuf,
    bench: Bench,
}

/// One question with two answers.
struct Difference {
    question: String,
    theirs: String,
    ours: String,
}

impl Pair {
    fn differences(&self, estate: &Estate, seed: u64, groups: &[Group]) -> Vec<Difference> {
        let theirs = self.bench.ask(&self.reference, estate, seed, groups);
        let ours = self.bench.ask(&self.ours, estate, seed, groups);
        compare(&theirs, &ours)
    }

    /// The estate without what the first difference does not need. A smaller one must differ in the same question,
    /// and neither side may begin to refuse what it answered.
    fn shrink(&self, estate: &Estate, seed: u64, first: &Difference) -> Estate {
        let group = Group::of(&first.question);
        shrink::shrink(estate, |smaller| {
            let found = self.differences(smaller, seed, &[group]);
            found.iter().any(|difference| difference.question == first.question && difference.is_like(first))
        })
    }
}

impl Difference {
    fn is_like(&self, other: &Self) -> bool {
        let kind = |text: &str| (text == "refused", text == "(nothing)", text.starts_with('0'));
        kind(&self.theirs) == kind(&other.theirs) && kind(&self.ours) == kind(&other.ours)
    }
}

fn compare(theirs: &Answers, ours: &Answers) -> Vec<Difference> {
    let questions: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    let answer =
        |of: &Answers, question: &String| of.get(question).cloned().unwrap_or_else(|| "(nothing)".to_owned());
    questions
        .into_iter()
        .map(|question| Difference {
            question: question.clone(),
            theirs: answer(theirs, question),
            ours: answer(ours, question),
        })
        .filter(|difference| difference.theirs != difference.ours && !is_intended(difference))
        .collect()
}

/// Whether every line that differs has a row in `intended.txt`: a question's start, a text of theirs, a text of ours, a
/// reason.
fn is_intended(difference: &Difference) -> bool {
    let (theirs, ours): (Vec<&str>, Vec<&str>) =
        (difference.theirs.lines().collect(), difference.ours.lines().collect());
    let mut pairs = theirs.iter().zip(&ours).filter(|(theirs, ours)| theirs != ours);
    theirs.len() == ours.len() && pairs.all(|(theirs, ours)| has_row(&difference.question, theirs, ours))
}

fn has_row(question: &str, theirs: &str, ours: &str) -> bool {
    include_str!("intended.txt").lines().filter(|line| !line.starts_with('#')).any(|line| {
        let fields: Vec<&str> = line.split(" ## ").collect();
        let [start, their_text, our_text, _reason] = fields[..] else { return false };
        question.starts_with(start) && theirs.contains(their_text) && ours.contains(our_text)
    })
}

fn report(estate: &Estate, seed: u64, differences: &[Difference], keep: &Path) {
    let folder = keep.join(seed.to_string());
    let _ = std::fs::remove_dir_all(&folder);
    let stack = estate.stack.iter().map(|(path, text)| (format!("of-stack/{path}"), text));
    for (path, text) in estate.files.iter().map(|(path, text)| (path.clone(), text)).chain(stack) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
        std::fs::write(path, text).expect("a file");
    }
    // Some functions ask for the repository's root.
    let _ = std::process::Command::new("git").args(["init", "-q"]).current_dir(&folder).status();
    println!("=== seed {seed}, kept in {}, {} differences", folder.display(), differences.len());
    let most = if std::env::var_os("DIFFER_SHRINK").is_some() { usize::MAX } else { 4 };
    // What came of it first, then what it was made of.
    let rank = |difference: &&Difference| {
        (!difference.question.ends_with("exit"), difference.question.starts_with("file"))
    };
    let mut ordered: Vec<&Difference> = differences.iter().collect();
    ordered.sort_by_key(rank);
    for difference in ordered.into_iter().take(most) {
        println!("--- {}\n{}", difference.question, lines_that_differ(&difference.theirs, &difference.ours));
    }
}

/// The lines that only one of two texts has, each with its side.
fn lines_that_differ(theirs: &str, ours: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (theirs.lines().collect(), ours.lines().collect());
    let only = |of: &[&str], other: &[&str], mark: char| -> Vec<String> {
        of.iter().filter(|line| !other.contains(line)).map(|line| format!("  {mark} {line}")).collect()
    };
    let mut lines = only(&left, &right, '-');
    lines.extend(only(&right, &left, '+'));
    if lines.is_empty() {
        return "  the same lines in another order".to_owned();
    }
    lines.truncate(8);
    lines.iter().map(|line| line.chars().take(200).collect::<String>()).collect::<Vec<_>>().join("\n")
}
