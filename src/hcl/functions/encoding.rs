//! Functions between text and its encodings. The formats stand in the parts.

mod binary;
mod charset;
mod csv;
mod deflate;
mod huffman;
mod json;
mod yaml;

use super::Function;
use super::args::{Outcome, any, row, text, text_of};
use crate::hcl::json::render_json;
use crate::hcl::{FunctionError, Type, Value};

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    let mut rows = vec![
        row("csvdecode", vec![text("str")], |args| csv::decode(text_of(args, 0)).map_err(refusal("CSV"))),
        row("jsondecode", vec![text("str")], |args| json::decode(text_of(args, 0)).map_err(refusal("JSON"))),
        row("jsonencode", vec![any("val").or_null().open()], |args| encode(args, encode_json)),
        row("urlencode", vec![text("str")], |args| Ok(Value::string(urlencode(text_of(args, 0))))),
        row("yamldecode", vec![text("src")], |args| yaml::decode(text_of(args, 0)).map_err(refusal("YAML"))),
        row("yamlencode", vec![any("value").or_null().open()], |args| encode(args, yaml::encode)),
    ];
    rows.extend(binary::rows());
    rows.extend(charset::rows());
    rows
}

fn refusal(format: &'static str) -> impl Fn(String) -> FunctionError {
    move |reason| FunctionError::argument(0, format!("the text is not valid {format}: {reason}"))
}

fn encode_json(value: &Value) -> Result<String, String> {
    render_json(value).map_err(|fault| fault.to_string())
}

fn encode(args: &[Value], encode: fn(&Value) -> Result<String, String>) -> Outcome {
    let Some(value) = args.first().filter(|value| value.is_wholly_known()) else {
        return Ok(Value::unknown(Type::String));
    };
    encode(value).map(|text| Value::normalized(&text)).map_err(|reason| FunctionError::argument(0, reason))
}

/// As in the query of a URL: a blank becomes a plus.
fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
