//! Functions over numbers.

use super::Function;
use super::args::{Outcome, any, number, number_of, row, text_of, whole};
use super::float::{logarithm, power};
use crate::hcl::{Data, FunctionError, Number, Value};
use dashu_int::UBig;

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![
        row("abs", vec![number("num")], |args| Ok(Value::number(number_of(args, 0).abs()))),
        row("ceil", vec![number("num")], |args| Ok(Value::number(number_of(args, 0).ceil()))),
        row("floor", vec![number("num")], |args| Ok(Value::number(number_of(args, 0).floor()))),
        row("log", vec![number("num"), number("base")], log),
        row("max", vec![], |args| extreme(args, larger)).rest(number("numbers")),
        row("min", vec![], |args| extreme(args, Number::min)).rest(number("numbers")),
        row("parseint", vec![any("number"), number("base")], parseint),
        row("pow", vec![number("num"), number("power")], pow),
        row("signum", vec![number("num")], |args| Ok(Value::number(whole(args, 0)?.signum()))),
    ]
}

fn machine(value: f64) -> Outcome {
    Number::from_f64(value).map(Value::number).ok_or_else(|| FunctionError::new("the result is not a number"))
}

fn log(args: &[Value]) -> Outcome {
    machine(logarithm(number_of(args, 0).to_f64()) / logarithm(number_of(args, 1).to_f64()))
}

fn pow(args: &[Value]) -> Outcome {
    machine(power(number_of(args, 0).to_f64(), number_of(args, 1).to_f64()))
}

/// Of equals the first, as Terraform chooses between zero and negative zero.
fn larger(left: Number, right: Number) -> Number {
    if right > left { right } else { left }
}

fn extreme(args: &[Value], pick: fn(Number, Number) -> Number) -> Outcome {
    let numbers = (0..args.len()).map(|index| number_of(args, index).clone());
    numbers.reduce(pick).map(Value::number).ok_or_else(|| FunctionError::new("at least one number is needed"))
}

fn parseint(args: &[Value]) -> Outcome {
    if !matches!(args.first().map(|value| &value.data), Some(Data::String(_))) {
        return Err(FunctionError::argument(0, "a string is needed"));
    }
    let text = text_of(args, 0);
    let base = whole(args, 1)?;
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)) else {
        return Err(FunctionError::argument(1, "the base is a whole number from 2 to 62"));
    };
    let fault = || FunctionError::argument(0, format!("`{text}` is not a whole number in base {base}"));
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut value = UBig::ZERO;
    for c in digits.chars() {
        let digit = digit_of(c, base).filter(|digit| *digit < base).ok_or_else(fault)?;
        value = value * base + digit;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    if digits.is_empty() {
        return Err(fault());
    }
    Number::parse_radix(&format!("{sign}{value}"), 10).map(Value::number).ok_or_else(fault)
}

/// Up to base 36 capitals are small letters; beyond, they follow them.
fn digit_of(c: char, base: u32) -> Option<u32> {
    match c {
        'A'..='Z' if base > 36 => Some(u32::from(c) - u32::from('A') + 36),
        c => c.to_digit(36),
    }
}
