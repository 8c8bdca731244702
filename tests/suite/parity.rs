//! Expressions whose values `terraform console` printed: ours must print the same. See `tests/parity/README.md` for
//! the files and how they are made anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use terrace::diag::{FileId, SourceMap, Span};
use terrace::hcl::eval::{Bare, eval};
use terrace::hcl::parse::parse_expression;
use terrace::hcl::show::render_console;

/// Set to `update`, it asks the real terraform and writes the files anew; set to `messages`, it rewrites only our
/// own words for what is refused.
const MODE: &str = "TERRACE_PARITY";

/// One expression with what is expected of it, or a line that is neither.
enum Part {
    Note(String),
    Case { expr: String, expected: String },
}

#[test]
fn core_expressions_print_what_terraform_prints() {
    check("core");
}

#[test]
fn functions_print_what_terraform_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/functions");
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(!names.is_empty());
    for path in names {
        check(&format!("functions/{}", path.file_stem().unwrap().to_str().unwrap()));
    }
}

fn check(name: &str) {
    check_with(name, &Answers { ours, theirs });
}

/// Who is asked.
pub struct Answers {
    /// What we make of an expression, in the form of the files.
    pub ours: fn(&str) -> String,
    /// What terraform makes of it, or our message where it refuses.
    pub theirs: fn(&str) -> String,
}

pub fn check_with(name: &str, answers: &Answers) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(name).with_extension("txt");
    let parts = load(&path);
    let reworded = |expr: &str, expected: &str| reworded((answers.ours)(expr), expected);
    let new = match std::env::var(MODE).as_deref() {
        Ok("update") => Some(rewritten(&parts, &|expr, _| (answers.theirs)(expr))),
        Ok("messages") => Some(rewritten(&parts, &reworded)),
        _ => None,
    };
    if let Some(new) = new {
        std::fs::write(&path, new).unwrap();
        return;
    }
    let mut differences = String::new();
    let mut count = 0;
    for part in &parts {
        let Part::Case { expr, expected } = part else { continue };
        count += 1;
        let ours = (answers.ours)(expr);
        if ours != *expected {
            let _ = writeln!(differences, "{expr}\n  expected {expected}  we say   {ours}");
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(count > 0, "{} holds no case", path.display());
}

fn load(path: &Path) -> Vec<Part> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut parts = Vec::new();
    for line in text.lines() {
        let (mark, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        match (mark.trim_end(), parts.last_mut()) {
            (">", _) => parts.push(Part::Case { expr: rest.to_owned(), expected: String::new() }),
            (".", Some(Part::Case { expr, .. })) => {
                expr.push('\n');
                expr.push_str(rest);
            }
            ("=" | "!", Some(Part::Case { expected, .. })) => {
                expected.push_str(line);
                expected.push('\n');
            }
            _ => parts.push(Part::Note(line.to_owned())),
        }
    }
    parts
}

/// What we make of an expression, in the form of the files.
fn ours(expr: &str) -> String {
    let sources = SourceMap::default();
    // The end mark of a heredoc needs a line of its own.
    let text: Arc<str> = format!("{expr}\n").into();
    let file = sources.add(Path::new("case.hcl"), text.clone());
    match value_of(&text, file) {
        Ok(shown) => marked('=', &shown),
        Err((summary, span)) => {
            let guilty = span.map_or("", |span| &text[span.start as usize..span.end as usize]);
            marked('!', &format!("{summary} [{}]", guilty.replace('\n', "\\n")))
        }
    }
}

fn value_of(text: &str, file: FileId) -> Result<String, (String, Option<Span>)> {
    let (expr, faults) = parse_expression(text, file);
    if let Some(fault) = faults.into_iter().next() {
        return Err((fault.summary, fault.primary.map(|label| label.span)));
    }
    match eval(&expr.expect("no fault, so a tree"), &Bare) {
        Ok(value) => Ok(render_console(&value)),
        Err(fault) => Err((fault.summary, fault.primary.map(|label| label.span))),
    }
}

pub fn marked(mark: char, text: &str) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        let _ = writeln!(out, "{}", format!("{mark} {line}").trim_end());
    }
    out
}

/// Our message of today in place of an older one, if both sides refuse.
fn reworded(ours: String, expected: &str) -> String {
    if expected.starts_with('!') && ours.starts_with('!') { ours } else { expected.to_owned() }
}

/// The file with other answers, which are made from an expression and the answer that stands there.
fn rewritten(parts: &[Part], answer: &dyn Fn(&str, &str) -> String) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Note(line) => {
                let _ = writeln!(out, "{line}");
            }
            Part::Case { expr, expected } => {
                for (at, line) in expr.split('\n').enumerate() {
                    let mark = if at == 0 { '>' } else { '.' };
                    let _ = writeln!(out, "{}", format!("{mark} {line}").trim_end());
                }
                out.push_str(&answer(expr, expected));
            }
        }
    }
    out
}

/// What terraform makes of an expression, or our message where it refuses. It goes into a local value, since the console reads single lines only.
fn theirs(expr: &str) -> String {
    console("", expr).unwrap_or_else(|| {
        let ours = ours(expr);
        if ours.starts_with('!') { ours } else { "! refused by terraform\n".to_owned() }
    })
}

/// What `terraform console` prints in a module with this code; nothing where it refuses.
pub fn console(code: &str, expr: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("named.tf", code);
    let one_line = !expr.contains('\n');
    let asked = if one_line { expr } else { "local.case" };
    if !one_line {
        write("main.tf", &format!("locals {{\ncase = {expr}\n}}\n"));
    }
    write("asked", &format!("{asked}\n"));
    write("rc", "");
    let input = std::fs::File::open(folder.path().join("asked")).unwrap();
    let output = Command::new("terraform")
        .arg("console")
        .current_dir(folder.path())
        .env("TF_CLI_CONFIG_FILE", PathBuf::from(folder.path()).join("rc"))
        .stdin(input)
        .stderr(Stdio::piped())
        .output()
        .expect("terraform runs");
    let shown = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || errors.contains("Error") {
        return None;
    }
    Some(marked('=', shown.strip_suffix('\n').unwrap_or(&shown)))
}
