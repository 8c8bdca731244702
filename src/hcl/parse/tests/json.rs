use super::{
    file,
    shape::{body_shape, shape},
    told,
};
use crate::hcl::ast::{Body, ExprKind};
use crate::hcl::parse::{json_blocks, json_body, parse_json_body};

fn body(text: &str) -> Body {
    match parse_json_body(text, file()) {
        (Some(body), faults) if faults.is_empty() => body,
        (_, faults) => panic!("{text:?} has faults: {faults:#?}"),
    }
}

#[test]
fn properties_become_attributes_with_templates() {
    let text = r#"{"//": "note", "a": 1.5, "b": "x ${y} z", "c": "${y}", "d": [true, null, "\u00e9\ud83d\ude00\n"],
        "e": {"k": 1, "k": 2, "${v}": 3}, "f": "$${no} \"q\" C:\\dir"}"#;
    let wanted = "a = 1.5\nb = t(\"x \" y \" z\")\nc = ${y}\nd = [true, null, \"é😀\\n\"]\n\
                  e = {\"k\" = 1, \"k\" = 2, ${v} = 3}\nf = \"${no} \\\"q\\\" C:\\\\dir\"\n";
    assert_eq!(body_shape(&body(text)), wanted);
}

#[test]
fn an_attribute_can_be_read_as_blocks() {
    let text =
        r#"{"a": {"x": {"n": 1, "//": ""}, "y": [{"n": 2}, {"n": 3}]}, "b": [{"m": 1}, {"m": 2}], "c": 5}"#;
    let body = body(text);
    let told = |name: &str, labels| {
        let blocks = json_blocks(body.find_attribute(name).unwrap(), labels);
        blocks
            .iter()
            .map(|block| {
                let labels: Vec<_> = block.labels.iter().map(|label| &*label.name).collect();
                format!("{} {}", labels.join("."), body_shape(&block.body))
            })
            .collect::<String>()
    };
    assert_eq!(told("a", 1), "x n = 1\ny n = 2\ny n = 3\n");
    assert_eq!(told("b", 0), " m = 1\n m = 2\n");
    assert_eq!(told("c", 0), "");
    let inner = json_body(&body.find_attribute("a").unwrap().expr).unwrap();
    assert_eq!(inner.attributes.len(), 2);
}

#[test]
fn spans_lead_through_escapes_to_the_file() {
    let text = r#"{"a": "\"\u00e9\" ${f(\"x\", nope)} \n"}"#;
    let body = body(text);
    let ExprKind::Template(parts) = &body.attributes[0].expr.kind else { panic!() };
    let crate::hcl::ast::TemplatePart::Interpolation(call) = &parts[1] else { panic!() };
    assert_eq!(shape(call), "f(\"x\", nope)");
    assert_eq!(&text[call.span.start as usize..call.span.end as usize], r#"f(\"x\", nope)"#);
    let ExprKind::Call { args, .. } = &call.kind else { panic!() };
    assert_eq!(&text[args[1].span.start as usize..args[1].span.end as usize], "nope");
}

#[test]
fn json_faults_have_places() {
    for (text, wanted) in [
        ("", "1: file is not a JSON object @ \"\""),
        ("[]", "1: file is not a JSON object @ \"[\""),
        ("{\"a\": }", "1: JSON value is missing @ \"}\""),
        ("{\"a\": 1,}", "1: comma before the closing mark @ \",\""),
        ("{\"a\": 1\n \"b\": 2}", "2: two JSON values without a comma @ \"\\\"\""),
        ("{\"a\" 1}", "1: property without a value @ \"1\""),
        ("{a: 1}", "1: property name is missing @ \"a\""),
        ("{\"a\": 01}", "1: not a JSON number @ \"0\""),
        ("{\"a\": yes}", "1: not a JSON value @ \"y\""),
        ("{\"a\": \"x}", "1: string is never ended @ \"\\\"\""),
        ("{\"a\": [1", "1: bracket is never closed @ \"[\""),
        ("{} x", "1: text after the end of the JSON object @ \"x\""),
        ("{\"a\": \"\\u00e9 ${b c}\"}", "1: interpolation goes on with `c` @ \"c\""),
    ] {
        assert_eq!(told(text, &parse_json_body(text, file()).1), [wanted], "{text}");
    }
}
