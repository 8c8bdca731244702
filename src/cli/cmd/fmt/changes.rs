//! The lines that differ between two texts, in the form that `diff -u` made usual. Knows nothing of files.

use std::collections::HashMap;
use std::fmt::Write;

/// Lines shown around a change.
const AROUND: usize = 3;

/// What stands under the last line of a text that does not end it.
const UNENDED: &str = "\\ No newline at end of file";

/// How `old` became `new`; empty if it did not change. `name` stands in the heading, below `old` and below `new`.
#[must_use]
pub(in crate::cli::cmd) fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (from, to): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut out = format!("diff old{name} new{name}\n--- old{name}\n+++ new{name}\n");
    for hunk in hunks(&changes(&from, &to), from.len()) {
        push_hunk(&mut out, &hunk, (&from, &to));
    }
    out
}

/// Lines `old.0..old.1` became lines `new.0..new.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

/// The changes in order. Lines that stand once in each text hold the two together; what is equal around them, too.
fn changes(from: &[&str], to: &[&str]) -> Vec<Change> {
    let mut out = Vec::new();
    let mut done = (0, 0);
    let ends = (from.len(), to.len());
    let inner = anchors(from, to).into_iter();
    for (old, new) in std::iter::once((0, 0)).chain(inner).chain([ends]) {
        if old < done.0 || new < done.1 {
            continue;
        }
        let before = (from.get(done.0..old), to.get(done.1..new));
        let same = match before {
            (Some(left), Some(right)) => {
                left.iter().rev().zip(right.iter().rev()).take_while(|(a, b)| a == b).count()
            }
            _ => 0,
        };
        let (start_old, start_new) = (old - same, new - same);
        if (start_old, start_new) != done {
            out.push(Change { old: (done.0, start_old), new: (done.1, start_new) });
        }
        let behind = (from.get(old..).unwrap_or_default(), to.get(new..).unwrap_or_default());
        let same = behind.0.iter().zip(behind.1).take_while(|(a, b)| a == b).count();
        done = (old + same, new + same);
    }
    out
}

/// The places of lines that stand once in both, in the longest row that keeps the order of both.
fn anchors(from: &[&str], to: &[&str]) -> Vec<(usize, usize)> {
    let (mine, theirs) = (places_of_singles(from), places_of_singles(to));
    let mut pairs: Vec<(usize, usize)> =
        mine.iter().filter_map(|(line, old)| Some((*old, *theirs.get(line)?))).collect();
    pairs.sort_unstable();
    longest_rising(&pairs)
}

fn places_of_singles<'a>(lines: &[&'a str]) -> HashMap<&'a str, usize> {
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        places.entry(line).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places.into_iter().filter_map(|(line, place)| Some((line, place?))).collect()
}

/// The longest subsequence whose second members rise; the first ones do already.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best row of each length, and for each pair the one before it.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |at: usize| pairs.get(at).map(|pair| pair.1);
    for (at, pair) in pairs.iter().enumerate() {
        let length = tails.partition_point(|tail| second(*tail) < Some(pair.1));
        before.push(length.checked_sub(1).and_then(|shorter| tails.get(shorter).copied()));
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let last = tails.last().copied();
    let mut row: Vec<(usize, usize)> = std::iter::successors(last, |at| before.get(*at).copied().flatten())
        .filter_map(|at| pairs.get(at).copied())
        .collect();
    row.reverse();
    row
}

/// Changes that are shown together.
#[derive(Debug)]
struct Hunk {
    changes: Vec<Change>,
    /// Lines of the old text above and below.
    old: (usize, usize),
}

fn hunks(changes: &[Change], lines: usize) -> Vec<Hunk> {
    let mut out: Vec<Hunk> = Vec::new();
    for change in changes {
        let start = change.old.0.saturating_sub(AROUND);
        let end = (change.old.1 + AROUND).min(lines);
        match out.last_mut() {
            Some(hunk) if start < hunk.old.1 => {
                hunk.changes.push(*change);
                hunk.old.1 = end;
            }
            _ => out.push(Hunk { changes: vec![*change], old: (start, end) }),
        }
    }
    out
}

fn push_hunk(out: &mut String, hunk: &Hunk, (from, to): (&[&str], &[&str])) {
    let Some(first) = hunk.changes.first() else { return };
    let grown: usize = hunk.changes.iter().map(|change| change.new.1 - change.new.0).sum();
    let shrunk: usize = hunk.changes.iter().map(|change| change.old.1 - change.old.0).sum();
    let (old_start, old_count) = (hunk.old.0, hunk.old.1 - hunk.old.0);
    let (new_start, new_count) = (first.new.0 - (first.old.0 - old_start), old_count + grown - shrunk);
    // A side without lines is named by the line before it.
    let shown = |start: usize, count: usize| if count == 0 { start } else { start + 1 };
    let _ = writeln!(
        out,
        "@@ -{},{old_count} +{},{new_count} @@",
        shown(old_start, old_count),
        shown(new_start, new_count)
    );
    let mut at = hunk.old.0;
    for change in &hunk.changes {
        push_lines(out, ' ', from.get(at..change.old.0));
        push_lines(out, '-', from.get(change.old.0..change.old.1));
        push_lines(out, '+', to.get(change.new.0..change.new.1));
        at = change.old.1;
    }
    push_lines(out, ' ', from.get(at..hunk.old.1));
}

fn push_lines(out: &mut String, sign: char, lines: Option<&[&str]>) {
    for line in lines.unwrap_or_default() {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            let _ = writeln!(out, "\n{UNENDED}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    fn body(old: &str, new: &str) -> String {
        unified("/x", old, new).lines().skip(3).map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let numbers = |from: u32, to: u32| (from..=to).map(|n| format!("{n}\n")).collect::<String>();
        let old = numbers(1, 20);
        let new = old.replace("\n5\n", "\nfive\n").replace("\n18\n", "\neighteen\n");
        assert_eq!(
            body(&old, &new),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n\
             @@ -15,6 +15,6 @@\n 15\n 16\n 17\n-18\n+eighteen\n 19\n 20\n"
        );
        let near = old.replace("\n5\n", "\nfive\n").replace("\n10\n", "\nten\n");
        assert_eq!(body(&old, &near).matches("@@ -").count(), 1, "what is near is shown together");
    }

    #[test]
    fn changes_whose_surroundings_only_touch_are_apart() {
        let numbers = |from: u32, to: u32| (from..=to).map(|n| format!("{n}\n")).collect::<String>();
        for (second, hunks) in [(10, 1), (11, 2), (12, 2)] {
            let old = numbers(1, 20);
            let new = old.replace("\n4\n", "\nfour\n").replace(&format!("\n{second}\n"), "\nother\n");
            assert_eq!(body(&old, &new).matches("@@ -").count(), hunks, "{second}");
        }
    }

    #[test]
    fn equal_lines_at_both_ends_stay_though_they_are_repeated() {
        let text = "a {\n  x  = 1\n}\na {\n  x  = 2\n}\n";
        assert_eq!(
            body(text, &text.replace("x  =", "x =")),
            "@@ -1,6 +1,6 @@\n a {\n-  x  = 1\n-}\n-a {\n-  x  = 2\n+  x = 1\n+}\n+a {\n+  x = 2\n }\n"
        );
    }

    #[test]
    fn repeated_lines_do_not_hold_the_texts_together() {
        let text = "{\n  a\n}\n{\n  b\n}\n";
        assert_eq!(body(text, &text.replace("  b", "b")), "@@ -2,5 +2,5 @@\n   a\n }\n {\n-  b\n+b\n }\n");
    }

    #[test]
    fn a_text_that_does_not_end_its_line_says_so() {
        assert_eq!(
            unified("/x", "a=1", "a = 1"),
            "diff old/x new/x\n--- old/x\n+++ new/x\n@@ -1,1 +1,1 @@\n-a=1\n\\ No newline at end of file\n+a = 1\n\\ No newline at end of file\n"
        );
        assert_eq!(body("a\n", "a\nb\n"), "@@ -1,1 +1,2 @@\n a\n+b\n");
        assert_eq!(unified("/x", "a\n", "a\n"), "");
    }
}
