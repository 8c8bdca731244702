//! Walls: who may import whom, how long a file may be, who may print, and what the README promises.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test reads the source tree itself, and its helpers may fail loudly"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms by floor, lowest first; a room imports lower floors only.
const FLOORS: &[&[&str]] = &[
    &["diag", "host"],
    &["cloud", "hcl", "toolrc"],
    &["graph", "source", "state", "plan", "provider"],
    &["config", "custody"],
    &["estate", "event"],
    &["pins", "policy", "run", "report", "stacks"],
    &["gitops"],
    &["cli"],
];

/// Neighbours on one floor that may be imported all the same: (who, whom).
const FRIENDS: &[(&str, &str)] = &[("host", "diag"), ("estate", "event")];

/// A file longer than this is two files.
const LONGEST_FILE: usize = 500;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(relative: &str) -> String {
    std::fs::read_to_string(top().join(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
}

/// Every Rust file below `src`, with its path from there.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![top().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push((name_of(&path), std::fs::read_to_string(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    let relative: PathBuf = path.strip_prefix(top().join("src")).expect("below src").to_owned();
    relative.to_string_lossy().replace('\\', "/")
}

/// The room that a file belongs to: its first folder, or its own name at the top.
fn room_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

/// The rooms that a text names through `crate::`, in a `use` (nested braces too) or in a path.
fn rooms_named_in(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().map(without_comment).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(inside) => rooms.extend(first_names_in_braces(inside)),
            None => rooms.extend(first_name(rest)),
        }
    }
    rooms
}

fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

fn first_name(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// `a::{b, c}, d}` names `a` and `d`.
fn first_names_in_braces(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut expecting) = (0, Vec::new(), true);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expecting = true,
            c if expecting && !c.is_whitespace() => {
                names.extend(first_name(&text[at..]));
                expecting = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn every_room_has_a_floor() {
    for (file, _) in sources() {
        let room = room_of(&file);
        assert!(matches!(room, "lib" | "main") || floor_of(room).is_some(), "src/{file} is on no floor");
    }
}

#[test]
fn imports_go_down() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let room = room_of(&file);
        let Some(here) = floor_of(room) else { continue };
        for named in rooms_named_in(&text) {
            let Some(there) = floor_of(&named) else { continue };
            let is_friend = FRIENDS.contains(&(room, named.as_str()));
            if named != room && there >= here && !is_friend {
                faults.push(format!("src/{file} imports {named}, which is not below {room}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn names_of_rooms_are_found_in_every_shape() {
    let found = |text: &str| rooms_named_in(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(found("use crate::hcl::ast;"), "hcl");
    assert_eq!(found("use crate::{diag::{Span, Label}, host};"), "diag host");
    assert_eq!(found("use crate::{\n    diag,\n    hcl::{self, ast},\n};"), "diag hcl");
    assert_eq!(found("let x = crate::run::go(); // crate::cli"), "run");
}

#[test]
fn no_file_is_too_long() {
    let too_long: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LONGEST_FILE)
        .map(|(file, text)| format!("src/{file}: {} lines", text.lines().count()))
        .collect();
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

#[test]
fn only_the_command_line_and_the_report_print() {
    let words = ["println!", "print!(", "eprintln!", "eprint!("];
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let prints = text.lines().map(without_comment).any(|line| words.iter().any(|w| line.contains(w)));
        if prints && !matches!(room_of(&file), "cli" | "report") {
            faults.push(file);
        }
    }
    assert!(faults.is_empty(), "these print: {faults:?}");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let empty_names = ["util", "utils", "helper", "helpers", "common", "misc", "imp"];
    for (file, _) in sources() {
        let says_nothing = file.trim_end_matches(".rs").split('/').any(|part| empty_names.contains(&part));
        assert!(!says_nothing, "src/{file}");
    }
}

#[test]
fn no_module_imports_everything() {
    for (file, text) in sources() {
        let globs: Vec<&str> =
            text.lines().filter(|l| l.trim_start().starts_with("use ") && l.contains("*;")).collect();
        assert!(globs.is_empty(), "src/{file}: {globs:?}");
    }
}

/// The commands of the README's fenced blocks, without the prompt.
fn commands_of_the_readme() -> Vec<String> {
    let readme = text_of("README.md");
    let mut commands = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            commands.push(command.to_owned());
        }
    }
    commands
}

/// The line after a marker comment of the README, `<!-- name -->`, inside its fence.
fn marked_command(name: &str) -> String {
    let readme = text_of("README.md");
    let after =
        readme.split_once(&format!("<!-- {name} -->")).unwrap_or_else(|| panic!("the README marks {name}")).1;
    let line = after.lines().find_map(|l| l.strip_prefix("$ "));
    line.expect("a command after the mark").to_owned()
}

#[test]
fn the_check_runs_the_commands_of_the_readme() {
    let check = text_of(".ci/run");
    let test = marked_command("test command");
    assert!(check.lines().any(|l| l.trim() == test), ".ci/run has the line `{test}`");
    let main = marked_command("main command");
    assert!(main.starts_with("cargo run -- run --all plan"), "{main}");
    let workflow = text_of(".github/workflows/ci.yml");
    assert!(workflow.contains(".ci/run"), "the workflow runs the same check");
}

#[test]
fn the_readme_names_folders_that_exist() {
    let commands = commands_of_the_readme();
    assert!(commands.len() >= 10, "a tour of ten commands: {commands:?}");
    for command in &commands {
        for word in command.split_whitespace().filter(|w| w.starts_with("live/") || w.starts_with("modules/"))
        {
            assert!(top().join(word).exists(), "{word} of `{command}`");
        }
    }
}

#[test]
fn pages_link_to_files_that_exist() {
    let link = regex::Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").expect("a pattern");
    let mut pages = vec![top().join("README.md"), top().join("CHANGELOG.md")];
    let docs = std::fs::read_dir(top().join("docs")).expect("docs").flatten().map(|e| e.path());
    pages.extend(docs.filter(|p| p.extension().is_some_and(|e| e == "md")));
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        for found in link.captures_iter(&text) {
            let target = page.parent().expect("a folder").join(&found[1]);
            assert!(target.exists(), "{} links to {}", page.display(), &found[1]);
        }
    }
}
