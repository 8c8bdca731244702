//! What `terraform console` cannot show: unknowns, laziness, names, depth. Plain values are compared in
//! `tests/parity`.

use super::{Bare, eval, eval_template};
use crate::diag::{Code, Diagnostic, SourceMap};
use crate::hcl::ast::Expr;
use crate::hcl::parse::{parse_expression, parse_template};
use crate::hcl::show::render_console;
use crate::hcl::{Call, Data, Fault, Reference, Resolved, Scope, Type, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

fn parse(text: &str) -> Expr {
    let file = SourceMap::default().add(Path::new("case.hcl"), text.into());
    let (expr, faults) = parse_expression(text, file);
    expr.unwrap_or_else(|| panic!("{text}: {faults:?}"))
}

/// Names `known`, `unknown`, `text` (an unknown string), `partly` and `secret`; functions `host` (counted, not free)
/// and `free`.
#[derive(Default)]
struct Names {
    calls: RefCell<Vec<String>>,
    asked: RefCell<Vec<String>>,
}

impl Scope for Names {
    fn resolve(&self, reference: &Reference<'_>) -> Result<Resolved, Fault> {
        let steps: Vec<&str> = reference.steps.iter().map(|step| step.name).collect();
        self.asked.borrow_mut().push(format!("{}:{}", reference.root, steps.join(",")));
        let value = match reference.root {
            "known" => Value::object([("a", Value::number(1)), ("list", Value::strings(["x", "y"]))]),
            "unknown" => Value::UNKNOWN,
            "text" => Value::unknown(Type::String),
            "partly" => Value::object([("a", Value::UNKNOWN), ("b", Value::number(2))]),
            "secret" => Value::object([("hidden", Value::string("hush"))]).with_mark(true),
            "deep" if steps.len() == 2 => {
                return Ok(Resolved { value: Value::string(steps.join("/")), used: 2 });
            }
            _ => {
                let fault =
                    Diagnostic::error(Code::UnknownVariable, "no such name").at(reference.root_span, "");
                return Err(Box::new(fault));
            }
        };
        Ok(Resolved { value, used: 0 })
    }

    fn call(&self, call: &Call<'_>) -> Option<Result<Value, Fault>> {
        if !self.function_names().contains(&call.name) {
            return None;
        }
        self.calls.borrow_mut().push(call.name.to_owned());
        Some(Ok(Value::string("called")))
    }

    fn function_names(&self) -> Vec<&'static str> {
        vec!["free", "host"]
    }

    fn is_free(&self, name: &str) -> bool {
        name == "free"
    }
}

fn shown(text: &str) -> String {
    match eval(&parse(text), &Names::default()) {
        Ok(Value { data: Data::Unknown(kind), sensitive }) => {
            format!("unknown {kind}{}", if sensitive { ", sensitive" } else { "" })
        }
        Ok(value) => render_console(&value).replace("\n  ", " ").replace('\n', ""),
        Err(fault) => format!("! {}", fault.summary),
    }
}

#[test]
fn what_is_unknown_stays_unknown() {
    let cases = [
        ("unknown", "unknown any"),
        ("unknown.a.b[0][\"c\"]", "unknown any"),
        ("unknown + 1", "unknown number"),
        ("unknown < 1", "unknown bool"),
        ("unknown == 1", "unknown bool"),
        ("!unknown", "unknown bool"),
        ("-unknown", "unknown number"),
        ("partly == { a = 1, b = 3 }", "false"),
        ("partly == { a = 1, b = 2 }", "unknown bool"),
        ("\"x${unknown}\"", "unknown string"),
        ("\"x%{ for x in unknown }y%{ endfor }\"", "unknown string"),
        ("\"x%{ if unknown }y%{ endif }\"", "unknown string"),
        ("\"x${unknown}${[]}\"", "! what becomes part of a string must be a string, not a tuple"),
        ("unknown ? 1 : \"a\"", "unknown string"),
        ("unknown ? 1 : 2", "unknown number"),
        ("true ? unknown : 1", "unknown any"),
        ("false ? unknown : 1", "1"),
        ("[for x in unknown : x]", "unknown any"),
        ("[for x in [1, 2] : x if unknown]", "unknown any"),
        ("{ for x in [1] : unknown => x }", "unknown any"),
        ("{ (unknown) = 1 }", "unknown any"),
        ("[unknown, 1][1]", "1"),
        ("partly.b", "2"),
        ("[for x in [unknown, 1] : 5]", "[ 5, 5,]"),
        ("unknown[*].a", "unknown any"),
        ("[1, 2][unknown]", "unknown any"),
        ("known.list[unknown]", "unknown string"),
        ("unknown && false", "false"),
        ("unknown || true", "true"),
        ("unknown && true", "unknown bool"),
        ("text.a", "! a string has no attribute `a`"),
        ("try(unknown.a, 1)", "unknown any"),
        ("try(partly.missing, 1)", "1"),
        ("try({ x = unknown.a }, 1)", "unknown any"),
        ("can(unknown.a)", "unknown bool"),
        ("can(partly.missing)", "false"),
        ("tonumber(unknown)", "unknown number"),
        ("upper(unknown)", "unknown any"),
        ("max(unknown...)", "unknown any"),
        ("tolist([unknown, []])", "unknown list(any)"),
        ("secret.hidden == unknown", "unknown bool, sensitive"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_needed_is_not_called() {
    let cases = [
        ("true ? 1 : host()", "1", 0),
        ("false ? host() : 1", "1", 0),
        ("true ? 1 : missing", "1", 0),
        ("true ? 1 : [for x in [1] : { a = host() }]", "1", 0),
        ("true ? 1 : free()", "\"1\"", 1),
        ("true ? 1 : \"a\"", "\"1\"", 0),
        ("true || host()", "true", 0),
        ("false && host()", "false", 0),
        ("true || missing", "true", 0),
        ("try(1, host())", "1", 0),
        ("try(missing, host())", "\"called\"", 1),
        ("can(missing) || true", "true", 0),
    ];
    for (text, expected, calls) in cases {
        let names = Names::default();
        let value = eval(&parse(text), &names).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(
            (render_console(&value).as_str(), names.calls.borrow().len()),
            (expected, calls),
            "{text}"
        );
    }
}

#[test]
fn a_scope_gets_the_constant_steps_behind_a_root() {
    let cases = [
        ("known.a", "known:a"),
        ("known[\"list\"][0]", "known:list"),
        ("known.list[known.a]", "known:list known:a"),
        ("deep.one[\"two\"]", "deep:one,two"),
        ("[for known in [1] : known]", ""),
        ("[for x in [1] : known.a + x]", "known:a"),
        ("known.list[*]", "known:list"),
    ];
    for (text, expected) in cases {
        let names = Names::default();
        eval(&parse(text), &names).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(names.asked.borrow().join(" "), expected, "{text}");
    }
    assert_eq!(shown("deep.one.two"), "\"one/two\"");
    assert_eq!(shown("upper(deep.one.two)"), "\"ONE/TWO\"");
}

#[test]
fn faults_suggest_but_never_show_secrets() {
    let fault = |text: &str| {
        let fault = eval(&parse(text), &Names::default()).expect_err(text);
        format!("{} | {}", fault.summary, fault.hint.unwrap_or_default())
    };
    let cases = [
        ("known.lst", "the object has no attribute `lst` | did you mean `list`?"),
        ("known.zzz", "the object has no attribute `zzz` | it has `a`, `list`"),
        (
            "secret.hiden",
            "the object has no attribute `hiden` | its keys are not listed, because the value is sensitive",
        ),
        (
            "tonumber(secret.hidden)",
            "tonumber: argument 1 (`value`) must be a number | it is called as `tonumber(value)`",
        ),
        (
            "1 + secret.hidden",
            "an operand of `+` must be a number | write digits, or turn it into a number with `tonumber(…)`",
        ),
        (
            "[1][secret.hidden]",
            "an index of a tuple must be a number | write digits, or turn it into a number with `tonumber(…)`",
        ),
        (
            "{ a = 1 }[secret.hidden]",
            "there is no element with this sensitive key | fall back with `lookup(…)` or `try(…)` where the key may be missing",
        ),
        ("hots()", "there is no function `hots` | did you mean `host`?"),
    ];
    for (text, expected) in cases {
        assert_eq!(fault(text), expected, "{text}");
    }
}

#[test]
fn depth_ends_in_a_fault_and_length_does_not_matter() {
    let sum = vec!["1"; 1_500].join(" + ");
    assert_eq!(eval(&parse(&sum), &Bare).map(|value| render_console(&value)), Ok("1500".to_owned()));
    let path = format!("{{ a = 1 }}{}", "[\"a\"]".repeat(1_000));
    assert!(eval(&parse(&path), &Bare).is_err());
    let nested = format!("{}1{}", "[".repeat(150), "]".repeat(150));
    if let Err(fault) = eval(&parse(&nested), &Bare) {
        assert_eq!(fault.summary, "the expression is nested too deep");
    }
    struct Endless(Expr);
    impl Scope for Endless {
        fn resolve(&self, _: &Reference<'_>) -> Result<Resolved, Fault> {
            Ok(Resolved { value: eval(&self.0, self)?, used: 0 })
        }
        fn call(&self, _: &Call<'_>) -> Option<Result<Value, Fault>> {
            None
        }
        fn function_names(&self) -> Vec<&'static str> {
            Vec::new()
        }
    }
    let fault = eval(&parse("round"), &Endless(parse("round"))).expect_err("no end");
    assert_eq!(fault.summary, "the expression is nested too deep");
}

#[test]
fn a_template_sees_its_variables_and_the_functions_around() {
    let file = SourceMap::default().add(Path::new("greeting.tpl"), "".into());
    let text = "Hello ${name}, %{ for x in list }${upper(x)} %{ endfor }${host()}";
    let (expr, _) = parse_template(text, file);
    let variables: BTreeMap<Arc<str>, Value> =
        [("name".into(), Value::string("Ada")), ("list".into(), Value::strings(["a", "b"]))].into();
    let names = Names::default();
    let template = expr.expect("a template");
    let value = eval_template(&template, &variables, &names).expect("a text");
    assert_eq!(value.as_str(), Some("Hello Ada, A B called"));
    let fault = eval_template(&template, &BTreeMap::new(), &names).expect_err("no variables");
    assert_eq!(fault.summary, "there is no variable `name` here");
}
