//! `hcl validate`: every fault of every unit, without running anything.

mod inputs;

use super::pick::{self, Picked};
use super::units;
use crate::cli::args::ValidateArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::cli::screen::sorted;
use crate::config::stack::check_stack;
use crate::config::{FactsDepth, check_unit};
use crate::diag::{Code, Diagnostic, Severity, SourceFile, Span, veil};
use crate::estate::{Circles, Estate, Wanted, cycle_fault, distinct};
use crate::graph::discover::Hidden;
use crate::graph::unit::Kind as ComponentKind;
use crate::graph::unit::UnitId;
use crate::hcl::format::quote;
use crate::hcl::parse::parse_body;
use crate::host::env::parallelism;
use crate::host::parallel::in_order;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// Checks and reports.
///
/// # Errors
/// When there is at least one fault.
pub(super) fn run(args: &ValidateArgs, mut context: Context) -> Result<u8, Failure> {
    context.session.invoked.terraform = vec!["validate".to_owned()];
    // A hook looks and touches nothing.
    if context.settings.files.is_some() {
        context.session = context.session.of_files_only();
    }
    let context = &context;
    refuse_contradictions(args)?;
    let filters = pick::filters(context)?;
    let wanted = Wanted { root: None, hidden: Hidden::Search, depth: Some(FactsDepth::Check), from: None };
    let Picked { estate, units: picked, changes: _work_trees, commit } =
        pick::pick_alone(context, &filters, &wanted)?;
    let of_commit = commit.map(|commit| commit.faults(context, (&estate, &picked))).unwrap_or_default();
    let mut all = distinct(of_commit.into_iter().chain(faults(context, &estate, &picked)));
    if context.session.memory.is_blurred.load(Ordering::Relaxed) {
        all.retain(|fault| fault.code != Code::NeededEarlier);
    }
    let mut faults: Vec<Diagnostic> = all.into_iter().filter(Diagnostic::is_error).collect();
    if args.inputs {
        let unused = if args.strict { Severity::Error } else { Severity::Warning };
        let found = inputs::check(context, &estate, &picked, unused);
        faults.extend(found);
        units::diagnose(context, &faults);
        return finish(faults.iter().filter(|fault| fault.is_error()).count());
    }
    if args.show_config_path {
        show_paths(args, context, &faults)?;
    } else if args.json {
        let rows: Vec<Value> = sorted(&faults, &context.session.files.sources)
            .into_iter()
            .map(|fault| row(context, fault))
            .collect();
        context.screen.print(&format!("{}\n", Value::Array(rows)))?;
    } else {
        units::diagnose(context, &faults);
    }
    finish(faults.len())
}

fn refuse_contradictions(args: &ValidateArgs) -> Result<(), Failure> {
    if args.strict && !args.inputs {
        return Err(Failure::usage("--strict is about inputs").coded(Code::LacksFlag).hint("add --inputs"));
    }
    for (flag, used) in [("--json", args.json), ("--show-config-path", args.show_config_path)] {
        if used && args.inputs {
            return Err(
                Failure::usage(format!("{flag} and --inputs exclude each other")).coded(Code::Exclusive)
            );
        }
    }
    Ok(())
}

fn finish(faults: usize) -> Result<u8, Failure> {
    match faults {
        0 => Ok(exit::SUCCESS),
        1 => Err(Failure::new(Kind::Config, "1 fault was found")),
        many => Err(Failure::new(Kind::Config, format!("{many} faults were found"))),
    }
}

/// The faults of the tree, the graph, and of each unit decoded in full with outputs unknown.
fn faults(context: &Context, estate: &Estate, picked: &[UnitId]) -> Vec<Diagnostic> {
    let mut all = estate.faults.clone();
    let of_each = in_order(picked, parallelism(), |id| faults_of(context, estate, *id));
    all.extend(of_each.into_iter().flatten());
    match estate.is_linked() {
        true => {
            all.extend(estate.links.cycles(&estate.components).iter().map(|cycle| cycle_fault(cycle, estate)))
        }
        false => {
            let loaded = picked.iter().filter_map(|id| estate.facts_of(*id));
            let units = loaded.filter(|facts| !facts.config_path.as_os_str().is_empty());
            let mut circles = Circles::new(&context.session);
            all.extend(units.filter_map(|facts| circles.around(&facts.config_path)));
        }
    }
    distinct(all)
}

/// Those of one component.
fn faults_of(context: &Context, estate: &Estate, id: UnitId) -> Vec<Diagnostic> {
    let Some(facts) = estate.facts_of(id) else { return Vec::new() };
    let mut all = facts.faults.clone();
    let stack = estate.components.get(id).filter(|component| component.kind == ComponentKind::Stack);
    if let Some(stack) = stack {
        all.extend(check_stack(&context.session, &stack.path));
    }
    if !facts.config_path.as_os_str().is_empty() {
        all.extend(check_unit(&context.session, &facts.config_path));
    }
    all
}

fn show_paths(args: &ValidateArgs, context: &Context, faults: &[Diagnostic]) -> Result<(), Failure> {
    let places = faults.iter().filter_map(|fault| fault.primary.as_ref()).map(|label| label.span);
    let files = places.filter_map(|span| context.session.files.sources.get(span.file));
    let paths: BTreeSet<String> = files.map(|file| file.path.display().to_string()).collect();
    let text = if args.json {
        format!("{}\n", json!(paths))
    } else {
        paths.iter().map(|path| format!("{path}\n")).collect()
    };
    context.screen.print(&text)
}

/// One fault in the form that editors know from `terraform validate -json`.
fn row(context: &Context, fault: &Diagnostic) -> Value {
    let severity = match fault.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let detail: Vec<&str> = fault.detail.iter().chain(&fault.hint).map(String::as_str).collect();
    let mut row = json!({ "severity": severity, "summary": fault.summary, "detail": detail.join("\n") });
    let place = fault.primary.as_ref().map(|label| label.span);
    if let Some((span, file)) =
        place.and_then(|span| Some((span, context.session.files.sources.get(span.file)?)))
    {
        row["range"] = range(span, &file);
        row["snippet"] = snippet(span, &file);
    }
    row
}

fn range(span: Span, file: &SourceFile) -> Value {
    let point = |offset: u32| {
        let at = file.position(offset as usize);
        json!({ "line": at.line, "column": at.column, "byte": offset })
    };
    json!({ "filename": file.path.display().to_string(), "start": point(span.start), "end": point(span.end) })
}

/// The lines of the fault, and where in them the guilty piece lies, in bytes.
fn snippet(span: Span, file: &SourceFile) -> Value {
    let start = (span.start as usize).min(file.text.len());
    let end = (span.end as usize).clamp(start, file.text.len());
    let line_start = file.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = file.text[end..].find('\n').map_or(file.text.len(), |at| end + at);
    json!({
        "context": veil(&context_of(span, file)),
        "code": veil(&file.text[line_start..line_end]),
        "start_line": file.position(start).line,
        "highlight_start_offset": start - line_start,
        "highlight_end_offset": end - line_start,
        "values": [],
    })
}

/// The block at the top of the file that the span lies in, as its first line names it; empty if there is none.
fn context_of(span: Span, file: &SourceFile) -> String {
    let (Some(body), _) = parse_body(&file.text, span.file) else { return String::new() };
    let around =
        body.blocks.iter().find(|block| block.span.start <= span.start && span.end <= block.span.end);
    let header = around.map(|block| {
        let labels = block.labels.iter().map(|label| format!(" {}", quote(&label.name)));
        std::iter::once(block.kind.name.to_string()).chain(labels).collect()
    });
    header.unwrap_or_default()
}
