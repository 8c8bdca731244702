//! The parity data against the evaluator.
use crate::diag::{SourceMap, Diagnostic};
use crate::hcl::{eval, parse, show, Call, Fault, Reference, Resolved, Scope, Value};
use std::path::Path;

struct Bare;
impl Scope for Bare {
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        Err(Box::new(Diagnostic::error(format!("no {}", reference.root))))
    }
    fn call(&self, _call: &Call<'_>) -> Option<Result<Value, Fault>> { None }
    fn function_names(&self) -> Vec<&'static str> { Vec::new() }
}

fn run(text: &str) -> Result<String, String> {
    let map = SourceMap::default();
    let file = map.add(Path::new("t"), text.into());
    let (expr, diags) = parse::parse_expression(text, file);
    let Some(expr) = expr.filter(|_| diags.is_empty()) else { return Err(format!("PARSE {:?}", diags.first().map(|d| d.summary.clone()))) };
    match eval(&expr, &Bare) {
        Ok(value) => Ok(show::render_console(&value)),
        Err(fault) => Err(format!("{} | {:?} | {:?}", fault.summary, fault.detail, fault.primary.map(|p| p.text))),
    }
}

fn check(name: &str, data: &str) -> usize {
    let mut failed = 0; let mut total = 0;
    let mut lines = data.split('\n').filter(|l| !l.is_empty()).peekable();
    while let Some(expr) = lines.next() {
        let first = lines.next().unwrap_or_default();
        let mut want = first.get(2..).unwrap_or_default().to_owned();
        while let Some(l) = lines.peek() {
            if let Some(r) = l.strip_prefix("  ") { want.push('\n'); want.push_str(r); lines.next(); } else { break }
        }
        total += 1;
        let got = run(expr);
        let ok = match &got { Ok(t) => first.starts_with('=') && *t.trim_end_matches('\n') == *want.trim_end_matches('\n'), Err(e) => first.starts_with('!') && !e.starts_with("PARSE") };
        if !ok { failed += 1; eprintln!("[{name}] {expr}\n   want {} {}\n   got  {:?}", &first[..1], want.chars().take(300).collect::<String>(), got.map(|s| s.chars().take(300).collect::<String>())); }
    }
    eprintln!("[{name}] {failed} of {total} fail");
    failed
}

#[test]
fn parity() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/functions");
    let mut failed = 0;
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    for p in names { failed += check(p.file_name().unwrap().to_str().unwrap(), &std::fs::read_to_string(&p).unwrap()); }
    assert_eq!(failed, 0);
}
