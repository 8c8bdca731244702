//! Numbers to text and back: decimal literals, and the shortest decimal that stands for exactly one number.

use super::{LITERAL, Number, Repr, Sign, signed};
use dashu_int::ops::BitTest;
use dashu_int::{IBig, UBig};
use std::fmt;

/// Decimal exponents beyond this are infinite, or zero, whatever the mantissa.
const MAX_DECIMAL_EXPONENT: i64 = 130_000;

impl Number {
    /// A decimal number with optional sign, fraction and exponent (`e` of ten, `p` of two), or `inf`. Base prefixes
    /// and blanks are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            return text.parse().ok().map(|value| Self::int(value, LITERAL));
        }
        let (sign, rest) = match text.as_bytes().first()? {
            b'-' => (Sign::Minus, &text[1..]),
            b'+' => (Sign::Plus, &text[1..]),
            _ => (Sign::Plus, text),
        };
        if matches!(rest, "inf" | "Inf") {
            return Some(Self::infinite(sign, LITERAL));
        }
        let magnitude = parse_magnitude(rest)?;
        Some(if sign == Sign::Minus { -magnitude } else { magnitude })
    }

    /// A whole number in base 2 to 36 with optional sign, as a counted number.
    #[must_use]
    pub fn parse_radix(text: &str, radix: u8) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !(2..=36).contains(&radix)
            || digits.is_empty()
            || !digits.chars().all(|c| c.is_digit(radix.into()))
        {
            return None;
        }
        let magnitude = UBig::from_str_radix(digits, radix.into()).ok()?;
        let mantissa = IBig::from(magnitude);
        let mantissa = if text.starts_with('-') { -mantissa } else { mantissa };
        let precision = mantissa.bit_len().max(usize::from(super::COUNTED));
        Some(Self::exact(mantissa, 0, u16::try_from(precision).unwrap_or(u16::MAX)))
    }

    /// A whole number in base 2 to 36, lower case; `None` for a fraction.
    #[must_use]
    pub fn to_radix(&self, radix: u8) -> Option<String> {
        if !self.is_integer() || !(2..=36).contains(&radix) {
            return None;
        }
        let (mantissa, exponent) = self.parts()?;
        Some((mantissa << exponent.unsigned_abs() as usize).in_radix(radix).to_string())
    }

    /// With exactly `digits` digits after the point, rounded to nearest, ties to even; infinities as they are.
    #[must_use]
    pub fn to_fixed(&self, digits: usize) -> String {
        let Some((mantissa, exponent)) = self.parts() else { return self.to_string() };
        let (_, magnitude) = mantissa.into_parts();
        let scaled = magnitude * UBig::from(10u8).pow(digits);
        let rounded = if exponent >= 0 {
            scaled << exponent.unsigned_abs() as usize
        } else {
            round_shift(&scaled, exponent.unsigned_abs() as usize)
        };
        let mut text = rounded.to_string();
        if text.len() <= digits {
            text.insert_str(0, &"0".repeat(digits + 1 - text.len()));
        }
        if digits > 0 {
            text.insert(text.len() - digits, '.');
        }
        if self.is_negative() { format!("-{text}") } else { text }
    }
}

/// Divides by 2^`shift`, ties to even.
fn round_shift(magnitude: &UBig, shift: usize) -> UBig {
    let mut kept: UBig = magnitude >> shift;
    let half = magnitude.bit(shift - 1);
    let below = magnitude.trailing_zeros().is_some_and(|zeros| zeros < shift - 1);
    if half && (below || kept.bit(0)) {
        kept += 1u8;
    }
    kept
}

fn parse_magnitude(text: &str) -> Option<Number> {
    let (mantissa, exponent, base) = match text.find(['e', 'E', 'p', 'P']) {
        None => (text, 0, b'e'),
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?, text.as_bytes()[at].to_ascii_lowercase()),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digits = UBig::from_str_radix(&format!("{whole}{fraction}"), 10).ok()?;
    let shift = signed(fraction.len());
    let (twos, tens) = if base == b'p' { (exponent, -shift) } else { (0, exponent.saturating_sub(shift)) };
    Some(scaled(digits, tens, twos))
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// `digits` × 10^`tens` × 2^`twos`.
fn scaled(digits: UBig, tens: i64, twos: i64) -> Number {
    if digits == UBig::ZERO || twos < -2 * super::MAX_EXPONENT {
        return Number::int(0, LITERAL);
    }
    let size = signed(digits.bit_len()) * 3 / 10;
    if tens + size > MAX_DECIMAL_EXPONENT || twos > super::MAX_EXPONENT {
        return Number::infinite(Sign::Plus, LITERAL);
    }
    if tens + size < -MAX_DECIMAL_EXPONENT {
        return Number::int(0, LITERAL);
    }
    let fives = UBig::from(5u8).pow(tens.unsigned_abs() as usize);
    if tens >= 0 {
        return Number::rounded(IBig::from(digits * fives), tens + twos, LITERAL);
    }
    // Whole first: `rounded` sees the quotient's lost bits in a last one.
    let shift = usize::from(LITERAL) + 2 + fives.bit_len().saturating_sub(digits.bit_len());
    let shifted = digits << shift;
    let quotient: UBig = &shifted / &fives;
    let inexact = &quotient * &fives != shifted;
    let mantissa = (quotient << 1) + UBig::from(inexact);
    Number::rounded(IBig::from(mantissa), tens + twos - signed(shift) - 1, LITERAL)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Int(value)
                if i64::BITS - value.unsigned_abs().leading_zeros() <= u32::from(self.precision) =>
            {
                write!(f, "{value}")
            }
            Repr::Int(value) => {
                let zeros = value.trailing_zeros();
                let odd = UBig::from(value.unsigned_abs() >> zeros);
                f.write_str(if *value < 0 { "-" } else { "" })?;
                f.write_str(&shortest(&odd, i64::from(zeros), usize::from(self.precision)))
            }
            Repr::NegativeZero => f.write_str("-0"),
            Repr::Infinite(Sign::Plus) => f.write_str("+Inf"),
            Repr::Infinite(Sign::Minus) => f.write_str("-Inf"),
            Repr::Big(big) => {
                if self.is_negative() {
                    f.write_str("-")?;
                }
                let (_, magnitude) = big.mantissa.clone().into_parts();
                let bits = signed(magnitude.bit_len()) + big.exponent;
                if big.exponent >= 0 && bits <= i64::from(self.precision) {
                    return write!(f, "{}", magnitude << big.exponent.unsigned_abs() as usize);
                }
                f.write_str(&shortest(&magnitude, big.exponent, usize::from(self.precision)))
            }
        }
    }
}

/// Decimal digits: 0.`digits` × 10^`point`, without zeros at the end.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// `mantissa` × 2^`exponent`.
    fn new(mantissa: UBig, exponent: i64) -> Self {
        let distance = exponent.unsigned_abs() as usize;
        let (whole, tens) = if exponent >= 0 {
            (mantissa << distance, 0)
        } else {
            (mantissa * UBig::from(5u8).pow(distance), exponent)
        };
        let mut digits = whole.to_string().into_bytes();
        let point = signed(digits.len()) + tens;
        digits.truncate(digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1));
        Self { digits, point }
    }

    fn digit(&self, at: usize) -> u8 {
        self.digits.get(at).copied().unwrap_or(b'0')
    }

    /// Keeps `count` digits, the last one raised by one.
    fn round_up(&mut self, count: usize) {
        self.digits.truncate(count);
        while let Some(last) = self.digits.pop() {
            if last < b'9' {
                self.digits.push(last + 1);
                return;
            }
        }
        self.digits.push(b'1');
        self.point += 1;
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        self.digits.truncate(self.digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1));
    }

    fn round(&mut self, count: usize) {
        let up = match self.digit(count) {
            b'5' if self.digits.len() == count + 1 => count > 0 && self.digit(count - 1) % 2 == 1,
            next => next >= b'5',
        };
        if up { self.round_up(count) } else { self.round_down(count) }
    }

    fn into_text(self) -> String {
        let digits = String::from_utf8(self.digits).unwrap_or_default();
        let length = signed(digits.len());
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.point <= 0 {
            format!("0.{}{digits}", zeros(-self.point))
        } else if length <= self.point {
            format!("{digits}{}", zeros(self.point - length))
        } else {
            let (whole, fraction) = digits.split_at(self.point.unsigned_abs() as usize);
            format!("{whole}.{fraction}")
        }
    }
}

/// The fewest digits that no other number of this precision is nearer to. Walks the digits of the number and of the
/// middles to its two neighbours in step, and stops at the first digit where cutting or raising stays in between.
fn shortest(magnitude: &UBig, exponent: i64, precision: usize) -> String {
    let shift = (precision + 1).saturating_sub(magnitude.bit_len());
    let (mantissa, exponent) = (magnitude << shift, exponent - signed(shift));
    let inclusive = !mantissa.bit(1);
    let lower = Decimal::new(&mantissa - 1u8, exponent);
    let upper = Decimal::new(&mantissa + 1u8, exponent);
    let mut middle = Decimal::new(mantissa, exponent);
    for at in 0..middle.digits.len() {
        let (low, digit, high) = (lower.digit(at), middle.digit(at), upper.digit(at));
        let can_cut = low != digit || inclusive && at + 1 == lower.digits.len();
        let can_raise = digit != high && (inclusive || digit + 1 < high || at + 1 < upper.digits.len());
        match (can_cut, can_raise) {
            (true, true) => middle.round(at + 1),
            (true, false) => middle.round_down(at + 1),
            (false, true) => middle.round_up(at + 1),
            (false, false) => continue,
        }
        break;
    }
    middle.into_text()
}
