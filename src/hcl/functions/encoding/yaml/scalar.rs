//! What a scalar means: the rules of YAML 1.1 as Terraform has them (`yes` and `y` are true, `010` is ten, `0o10`
//! eight, dates are normalised). Knows no documents.

use crate::hcl::functions::date::yaml_timestamp;
use crate::hcl::functions::encoding::binary;
use crate::hcl::{Number, Type, Value, convert};
use saphyr_parser::ScalarStyle;

const CORE: &str = "tag:yaml.org,2002:";

/// The value of a scalar with its tag, written out in full.
pub fn value_of(text: &str, style: ScalarStyle, tag: Option<&str>) -> Result<Value, String> {
    let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    match tag {
        None if quoted => Ok(Value::normalized(text)),
        None if style == ScalarStyle::Plain => Ok(resolve(text)?.unwrap_or_else(|| Value::normalized(text))),
        None => block(text),
        Some(tag) => tagged(text, quoted, tag),
    }
}

/// A block of text is resolved like a plain scalar, and is a string all the same.
fn block(text: &str) -> Result<Value, String> {
    let value = resolve(text)?.unwrap_or_else(|| Value::normalized(text));
    convert(&value, &Type::String).map_err(|misfit| misfit.to_string())
}

fn tagged(text: &str, quoted: bool, tag: &str) -> Result<Value, String> {
    let unreadable = || format!("`{text}` cannot be read as {tag}");
    match tag.strip_prefix(CORE) {
        Some("str") => Ok(Value::normalized(text)),
        Some("binary") => match binary::bytes_of(text) {
            Some(_) => Ok(Value::normalized(text)),
            None => Err(unreadable()),
        },
        Some("int" | "float" | "bool" | "timestamp" | "null") if quoted && text.is_empty() => {
            Ok(Value::normalized(text))
        }
        Some("null") => Ok(resolve(text)?.filter(|_| !quoted).unwrap_or(Value::NULL)),
        Some("int" | "float" | "bool" | "timestamp") => {
            let value = resolve(text)?.or_else(|| loose_number(text)).ok_or_else(unreadable)?;
            Ok(if quoted { Value::normalized(text) } else { value })
        }
        _ => Err(format!("the tag {tag} is not supported")),
    }
}

/// What a plain scalar is, if it is not a string.
fn resolve(text: &str) -> Result<Option<Value>, String> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::NULL,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => return Err("what is not a number (NaN) has no value here".into()),
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            return Ok(None);
        }
        _ => match number_in(text)? {
            Some(number) => Value::number(number),
            None => return Ok(yaml_timestamp(text).map(Value::string)),
        },
    };
    Ok(Some(value))
}

fn number_in(text: &str) -> Result<Option<Number>, String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Ok(Number::parse(if text.starts_with('-') { "-inf" } else { "inf" }));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        let Some(digits) = text.strip_prefix(prefix) else { continue };
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return Ok(None);
        }
        let value = u64::from_str_radix(digits, radix).map_err(|_| format!("`{text}` is too large"))?;
        return Ok(Number::parse(&value.to_string()));
    }
    Ok(if is_decimal(unsigned) { Number::parse(text) } else { None })
}

/// Digits with at most one point, and an exponent.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    !exponent.is_empty()
        && digits(exponent)
        && !(whole.is_empty() && fraction.is_empty())
        && digits(whole)
        && digits(fraction)
}

/// Behind a tag, more spellings are numbers: `1_000`, `0b101`, `-0x1F`.
fn loose_number(text: &str) -> Option<Value> {
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find_map(|(prefix, radix)| {
        let digits = digits.strip_prefix(prefix).filter(|digits| !digits.starts_with(['+', '-']))?;
        u64::from_str_radix(digits, radix).ok()
    });
    let number = match radix {
        Some(value) => Number::parse(&format!("{sign}{value}")),
        None if is_decimal(digits) => Number::parse(&text),
        None => None,
    };
    number.map(Value::number)
}
