//! Exact numbers: binary floating point with a precision per number, so that every sum, quotient and printed digit
//! is the one that Terraform shows (`docs/adr/0002-numbers.md`). Knows nothing of values and types.

mod arithmetic;
mod text;

use dashu_int::IBig;
use dashu_int::ops::BitTest;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use arithmetic::NumberFault;

/// Bits of mantissa of a number that was written down.
const LITERAL: u16 = 512;
/// Bits of mantissa of a counted number (a length, an index).
const COUNTED: u16 = 64;
/// Bits of mantissa of a number that came out of machine arithmetic.
const MACHINE: u16 = 53;
/// Binary exponents beyond this are infinite, or zero: a guard against literals that fill the memory.
const MAX_EXPONENT: i64 = 400_000;

/// A number as Terraform has it. The precision decides how results are rounded and printed; equality and order see
/// the value alone.
#[derive(Clone)]
pub struct Number {
    repr: Repr,
    precision: u16,
}

#[derive(Clone)]
enum Repr {
    Int(i64),
    /// What `Int` cannot hold.
    Big(Arc<Big>),
    NegativeZero,
    Infinite(Sign),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sign {
    Plus,
    Minus,
}

/// `mantissa` × 2^`exponent`, the mantissa odd, so that equal numbers have equal parts.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Big {
    mantissa: IBig,
    exponent: i64,
}

impl Number {
    pub const ZERO: Self = Self { repr: Repr::Int(0), precision: COUNTED };

    const fn int(value: i64, precision: u16) -> Self {
        Self { repr: Repr::Int(value), precision }
    }

    const fn infinite(sign: Sign, precision: u16) -> Self {
        Self { repr: Repr::Infinite(sign), precision }
    }

    /// `mantissa` × 2^`exponent`, rounded to `precision` bits, ties to even.
    fn rounded(mantissa: IBig, exponent: i64, precision: u16) -> Self {
        let bits = mantissa.bit_len();
        let excess = bits.saturating_sub(usize::from(precision));
        if excess == 0 {
            return Self::exact(mantissa, exponent, precision);
        }
        let (sign, magnitude) = mantissa.into_parts();
        let half = magnitude.bit(excess - 1);
        let below = magnitude.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
        let mut kept = magnitude >> excess;
        if half && (below || kept.bit(0)) {
            kept += 1u8;
        }
        Self::exact(IBig::from_parts(sign, kept), exponent + signed(excess), precision)
    }

    /// `mantissa` × 2^`exponent`, which fits into `precision` bits.
    fn exact(mantissa: IBig, exponent: i64, precision: u16) -> Self {
        let Some(zeros) = mantissa.trailing_zeros() else { return Self::int(0, precision) };
        let (mantissa, exponent) = (mantissa >> zeros, exponent + signed(zeros));
        let top = exponent + signed(mantissa.bit_len());
        if top > MAX_EXPONENT {
            return Self::infinite(sign_of(&mantissa), precision);
        }
        if top < -MAX_EXPONENT {
            return Self::int(0, precision);
        }
        if (0..=63).contains(&exponent)
            && top <= 64
            && let Ok(value) = i64::try_from(&mantissa << exponent.unsigned_abs() as usize)
        {
            return Self::int(value, precision);
        }
        Self { repr: Repr::Big(Arc::new(Big { mantissa, exponent })), precision }
    }

    /// Mantissa and exponent; `None` for the infinities.
    fn parts(&self) -> Option<(IBig, i64)> {
        match &self.repr {
            Repr::Int(value) => Some((IBig::from(*value), 0)),
            Repr::Big(big) => Some((big.mantissa.clone(), big.exponent)),
            Repr::NegativeZero => Some((IBig::ZERO, 0)),
            Repr::Infinite(_) => None,
        }
    }

    /// The number that a machine float holds exactly; `None` for what is no number.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        let sign = if value.is_sign_negative() { Sign::Minus } else { Sign::Plus };
        if value.is_infinite() {
            return Some(Self::infinite(sign, MACHINE));
        }
        if value == 0.0 {
            return Some(Self::zero(sign, MACHINE));
        }
        let bits = value.to_bits();
        let field = i64::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if field == 0 { (fraction, -1074) } else { (fraction | (1 << 52), field - 1075) };
        let mantissa = IBig::from(mantissa);
        let mantissa = if sign == Sign::Minus { -mantissa } else { mantissa };
        Some(Self::exact(mantissa, exponent, MACHINE))
    }

    fn zero(sign: Sign, precision: u16) -> Self {
        let repr = if sign == Sign::Minus { Repr::NegativeZero } else { Repr::Int(0) };
        Self { repr, precision }
    }

    /// The nearest machine float.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        match &self.repr {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
            Repr::Int(value) => *value as f64,
            Repr::Big(_) => self.to_string().parse().unwrap_or(f64::NAN),
            Repr::NegativeZero => -0.0,
            Repr::Infinite(Sign::Plus) => f64::INFINITY,
            Repr::Infinite(Sign::Minus) => f64::NEG_INFINITY,
        }
    }

    /// The value of a whole number that fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match &self.repr {
            Repr::Int(value) => Some(*value),
            Repr::NegativeZero => Some(0),
            Repr::Big(_) | Repr::Infinite(_) => None,
        }
    }

    /// The value of a whole number that can count elements.
    #[must_use]
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|value| usize::try_from(value).ok())
    }

    /// Whether it is whole (and finite).
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.repr {
            Repr::Int(_) | Repr::NegativeZero => true,
            Repr::Big(big) => big.exponent >= 0,
            Repr::Infinite(_) => false,
        }
    }

    #[must_use]
    pub fn is_infinite(&self) -> bool {
        matches!(self.repr, Repr::Infinite(_))
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.repr, Repr::Int(0) | Repr::NegativeZero)
    }

    /// Below zero; the sign of a negative zero counts.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.sign() == Sign::Minus
    }

    fn sign(&self) -> Sign {
        match &self.repr {
            Repr::Int(value) if *value < 0 => Sign::Minus,
            Repr::Int(_) => Sign::Plus,
            Repr::Big(big) => sign_of(&big.mantissa),
            Repr::NegativeZero => Sign::Minus,
            Repr::Infinite(sign) => *sign,
        }
    }

    /// -1, 0 or 1.
    #[must_use]
    pub fn signum(&self) -> i64 {
        match self.sign() {
            _ if self.is_zero() => 0,
            Sign::Plus => 1,
            Sign::Minus => -1,
        }
    }
}

fn sign_of(mantissa: &IBig) -> Sign {
    if mantissa.sign() == dashu_int::Sign::Negative { Sign::Minus } else { Sign::Plus }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::int(value, COUNTED)
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self::int(value.into(), COUNTED)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::exact(IBig::from(value), 0, COUNTED)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(left), Some(right)) = (self.to_i64(), other.to_i64()) {
            return left.cmp(&right);
        }
        let signs = self.signum().cmp(&other.signum());
        if signs != Ordering::Equal {
            return signs;
        }
        match (self.parts(), other.parts()) {
            (Some(left), Some(right)) => compare_parts(left, right),
            (None, None) => Ordering::Equal,
            (None, Some(_)) => self.signum().cmp(&0),
            (Some(_), None) => 0.cmp(&other.signum()),
        }
    }
}

/// Two numbers of one sign.
fn compare_parts(left: (IBig, i64), right: (IBig, i64)) -> Ordering {
    let lowest = left.1.min(right.1);
    let aligned = |(mantissa, exponent): (IBig, i64)| mantissa << (exponent - lowest).unsigned_abs() as usize;
    aligned(left).cmp(&aligned(right))
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.repr {
            Repr::NegativeZero => 0i64.hash(state),
            Repr::Int(value) => value.hash(state),
            Repr::Big(big) => big.hash(state),
            Repr::Infinite(sign) => sign.hash(state),
        }
    }
}

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Number({self})")
    }
}

#[cfg(test)]
mod tests;
