//! Values to JSON and back. Numbers keep all their digits.

use super::{Data, Number, Value};
use serde_json::{Map, Value as Json};
use std::fmt::Write as _;

/// What JSON has no word for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    #[error("infinity cannot be written as JSON")]
    Infinite,
    #[error("a value that is not known yet cannot be written as JSON")]
    Unknown,
}

/// The value as compact JSON text, as Terraform's `jsonencode` writes it: keys sorted, `<`, `>`, `&` escaped.
///
/// # Errors
/// An infinite number or an unknown value inside.
pub fn render_json(value: &Value) -> Result<String, JsonFault> {
    let mut out = String::new();
    write_value(value, &mut out)?;
    Ok(out)
}

/// The value as compact JSON text for programs that read numbers as 64-bit floats; what is unknown is null.
#[must_use]
pub fn render_rounded_json(value: &Value) -> String {
    to_rounded(value).to_string()
}

fn to_rounded(value: &Value) -> Json {
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(number) => float_text(number.to_f64()).parse().map_or(Json::Null, Json::Number),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            Json::Array(value.items().unwrap_or_default().iter().map(to_rounded).collect())
        }
        Data::Map(_) | Data::Object(_) => {
            let entries = value.entries().into_iter().flatten();
            Json::Object(entries.map(|(key, value)| (key.to_string(), to_rounded(value))).collect())
        }
    }
}

/// The shortest digits that give the same float, with an exponent only for the very large and very small.
fn float_text(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    float.to_string()
}

fn write_value(value: &Value, out: &mut String) -> Result<(), JsonFault> {
    match &value.data {
        Data::Null(_) => out.push_str("null"),
        Data::Unknown(_) => return Err(JsonFault::Unknown),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) if number.is_infinite() => return Err(JsonFault::Infinite),
        Data::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Data::String(text) => quote(text, out),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            out.push('[');
            for (at, item) in value.items().unwrap_or_default().iter().enumerate() {
                separate(at, out);
                write_value(item, out)?;
            }
            out.push(']');
        }
        Data::Map(_) | Data::Object(_) => {
            out.push('{');
            for (at, (key, item)) in value.entries().into_iter().flatten().enumerate() {
                separate(at, out);
                quote(key, out);
                out.push(':');
                write_value(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn separate(at: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
    }
}

/// A JSON string, safe to stand in a page of HTML or a script, as Go writes it.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The value as a JSON tree, to be written by others.
///
/// # Errors
/// An infinite number or an unknown value inside.
pub fn to_json(value: &Value) -> Result<Json, JsonFault> {
    Ok(match &value.data {
        Data::Null(_) => Json::Null,
        Data::Unknown(_) => return Err(JsonFault::Unknown),
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(number) => Json::Number(json_number(number)?),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(_) | Data::Set(_) | Data::Tuple(_) => {
            Json::Array(value.items().unwrap_or_default().iter().map(to_json).collect::<Result<_, _>>()?)
        }
        Data::Map(_) | Data::Object(_) => {
            let entries = value.entries().into_iter().flatten();
            let members = entries.map(|(key, item)| Ok((key.to_string(), to_json(item)?)));
            Json::Object(members.collect::<Result<Map<_, _>, _>>()?)
        }
    })
}

fn json_number(number: &Number) -> Result<serde_json::Number, JsonFault> {
    match number.to_i64() {
        Some(value) => Ok(value.into()),
        // With all its digits: the text of a finite number is always JSON.
        None => serde_json::from_str(&number.to_string()).map_err(|_| JsonFault::Infinite),
    }
}

/// The value of a JSON tree: arrays become tuples, objects become objects.
#[must_use]
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::NULL,
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => Number::parse(number.as_str()).map_or(Value::NULL, Value::number),
        Json::String(text) => Value::normalized(text),
        Json::Array(items) => Value::tuple(items.iter().map(from_json)),
        Json::Object(members) => {
            Value::object(members.iter().map(|(key, item)| (key.as_str(), from_json(item))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonFault, from_json, render_json, to_json};
    use crate::hcl::{Number, Value};

    #[test]
    fn text_is_what_jsonencode_writes() {
        let value = Value::object([
            (
                "b",
                Value::tuple([Value::NULL, Value::bool(true), Value::string("<a & b>\n\u{2028}\u{1}é\"\\")]),
            ),
            ("a", Number::parse("12345678901234567890.5").map_or(Value::NULL, Value::number)),
        ]);
        let text = render_json(&value);
        let expected =
            r#"{"a":12345678901234567890.5,"b":[null,true,"\u003ca \u0026 b\u003e\n\u2028\u0001é\"\\"]}"#;
        assert_eq!(text.as_deref(), Ok(expected));
    }

    #[test]
    fn numbers_keep_their_digits_both_ways() {
        let text = "[1,0.1,123456789012345678901234567890,1e-7,-0.5]";
        let value = from_json(&serde_json::from_str(text).expect("JSON"));
        let expected = "[1,0.1,123456789012345678901234567890,0.0000001,-0.5]";
        assert_eq!(render_json(&value).as_deref(), Ok(expected));
        assert_eq!(to_json(&value).map(|json| json.to_string()).as_deref(), Ok(expected));
    }

    #[test]
    fn what_json_cannot_say_is_a_fault() {
        let infinite = Number::parse("inf").map_or(Value::NULL, Value::number);
        for (value, fault) in [(Value::UNKNOWN, JsonFault::Unknown), (infinite, JsonFault::Infinite)] {
            assert_eq!(render_json(&value), Err(fault));
            assert_eq!(to_json(&Value::tuple([value])), Err(fault));
        }
    }
}
