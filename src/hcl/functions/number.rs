//! Functions over numbers.

use super::Function;
use super::args::{Outcome, any, number, number_of, row, text_of, whole};
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

/// The natural logarithm by the classic series of `fdlibm`, whose last digits Terraform prints. A number is 2^k × (1 + f)
/// with 1 + f around one; `s` is f / (2 + f).
fn logarithm(value: f64) -> f64 {
    const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    const ODD: [u64; 4] =
        [0x3fe5_5555_5555_5593, 0x3fd2_4924_9422_9359, 0x3fc7_4664_96cb_03de, 0x3fc2_f112_df3e_5244];
    const EVEN: [u64; 3] = [0x3fd9_9999_9997_fa04, 0x3fcc_71c5_1d8e_78af, 0x3fc3_9a09_d078_c69f];
    if !value.is_normal() || value < 0.0 {
        return value.ln();
    }
    let exponent = i32::try_from(value.to_bits() >> 52).unwrap_or(0) - 1022;
    let fraction = f64::from_bits(value.to_bits() & ((1 << 52) - 1) | 1022 << 52);
    let low = fraction < std::f64::consts::FRAC_1_SQRT_2;
    let (f, k) = if low { (fraction * 2.0 - 1.0, exponent - 1) } else { (fraction - 1.0, exponent) };
    let k = f64::from(k);
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let series =
        |terms: &[u64]| terms.iter().rev().fold(0.0, |sum, term| f64::from_bits(*term) + fourth * sum);
    let (odd, even) = (square * series(&ODD), fourth * series(&EVEN));
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + (odd + even)) + k * LN2_LOW)) - f)
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

/// By squaring where the exponent is whole, so that the last digits are those that Terraform prints.
fn power(base: f64, exponent: f64) -> f64 {
    let times = exponent.abs();
    if times.fract() != 0.0 || times > 4_294_967_296.0 {
        return if times == 0.5 { root(base, exponent) } else { base.powf(exponent) };
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
    let mut times = times as u64;
    let (mut result, mut square) = (1.0_f64, base);
    while times != 0 {
        if times & 1 == 1 {
            result *= square;
        }
        times >>= 1;
        if times != 0 {
            square *= square;
        }
    }
    if exponent < 0.0 { 1.0 / result } else { result }
}

fn root(base: f64, exponent: f64) -> f64 {
    if exponent < 0.0 { 1.0 / base.sqrt() } else { base.sqrt() }
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
