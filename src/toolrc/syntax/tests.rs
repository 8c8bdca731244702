use super::{Item, Node, NodeKind, parse};
use crate::diag::SourceMap;
use std::path::Path;

fn shown(text: &str) -> String {
    let sources = SourceMap::default();
    match parse(text, sources.add(Path::new("rc"), text.into())) {
        Ok(items) => items.iter().map(item).collect::<Vec<_>>().join(" "),
        Err(fault) => {
            let label = fault.primary.clone().unwrap();
            let place = sources.locate(label.span).replace("rc:", "");
            format!("{place} {}", label.text)
        }
    }
}

fn item(item: &Item) -> String {
    let keys: Vec<&str> = item.keys.iter().map(|key| key.text.as_str()).collect();
    format!("{}={}", keys.join("/"), node(&item.value))
}

fn node(it: &Node) -> String {
    match &it.kind {
        NodeKind::Text(text) | NodeKind::Number(text) => format!("<{text}>"),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Null => "null".to_owned(),
        NodeKind::List(nodes) => format!("[{}]", nodes.iter().map(node).collect::<Vec<_>>().join(" ")),
        NodeKind::Object(items) => format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(" ")),
    }
}

/// Each was given to terraform 1.11.
#[test]
fn the_older_grammar_is_read() {
    for (text, want) in [
        ("", ""),
        ("a = \"x\"\nb = 12 c = true\n", "a=<x> b=<12> c=true"),
        ("h \"a.test\" { s = { \"m.v1\" = \"u\" } }", "h/a.test={s={m.v1=<u>}}"),
        ("credentials a.test {\n token = \"t\"\n}", "credentials/a.test={token=<t>}"),
        ("c = {\n \"a\" = {\n t = \"x\" } }", "c={a={t=<x>}}"),
        ("a = [\"x\", \"y\",]", "a=[<x> <y>]"),
        ("a = \"$HOME/${X}/y\"", "a=<$HOME/${X}/y>"),
        ("a = \"x${foo(\"a\")}y\"", "a=<x${foo(\"a\")}y>"),
        ("# c\n/* d */ // e\na = \"\\u0061\\\"b\"", "a=<a\"b>"),
        ("a = <<E\nb\n  E\nc = \"d\"", "a=<b\n> c=<d>"),
        ("dev { \"acme/x\" = \"/p\" acme-y = \"/q\" }", "dev={acme/x=</p> acme-y=</q>}"),
        ("\u{feff}a = \"é\"", "a=<é>"),
    ] {
        assert_eq!(shown(text), want, "{text}");
    }
}

#[test]
fn a_text_that_begins_with_a_brace_is_json() {
    for (text, want) in [
        (" {\"a\": {\"b\": [\"c\", {\"d\": 1}]}}\n", "a={b=[<c> {d=<1>}]}"),
        ("{\"a\": \"\\ud83d\\ude00\\/${x}\", \"b\": null}", "a=<😀/${x}> b=null"),
        ("{}", ""),
        ("{\"a\": 1,}", "1:9 a name has to stand here"),
        ("{\"a\": 1} x", "1:10 nothing may stand behind the object that is the file"),
        ("{\"a\" = 1}", "1:6 a colon and a value have to stand here"),
        ("{\"a\": [1,]}", "1:10 JSON has no comma before `]`"),
        ("{\"a\": 1 \"b\": 2}", "1:9 a comma or the closing `}` is missing before this"),
    ] {
        assert_eq!(shown(text), want, "{text}");
    }
}

#[test]
fn a_fault_has_its_place() {
    for (text, want) in [
        ("a = \n", "2:1 the file ends before this does"),
        ("h \"x\" {\n s = 1\n", "3:1 the file ends before this does"),
        ("a = \"x\n y\"", "1:5 this text is never closed"),
        ("a \"x\"", "1:6 the file ends before this does"),
        ("a = b", "1:5 a text has to stand in quotes"),
        ("'a' = 3", "1:1 this sign has no meaning here"),
        ("a : \"x\"", "1:3 this sign has no meaning here"),
        ("a \"x\" = 1", "1:7 `=` and a value, or `{` and a block, have to stand here"),
        ("}", "1:1 a name has to stand here"),
        ("a = [\"x\" \"y\"]", "1:10 a comma or the closing `]` is missing before this"),
        ("a = <<\nx", "1:5 the word that ends this text is missing"),
        ("a = <<E\nx", "1:5 this text is never closed"),
        ("a = \"\\q\"", "1:6 no such escape is known"),
        ("/* a", "1:1 this comment is never closed"),
    ] {
        assert_eq!(shown(text), want, "{text}");
    }
    let deep = "a = ".to_owned() + &"[".repeat(10_000);
    assert!(shown(&deep).contains("nested too deep"));
}
