//! Sums, products, quotients and rounding to whole numbers.

use super::{Number, Repr, Sign, signed};
use dashu_int::IBig;
use dashu_int::ops::{BitTest, DivRem};
use std::ops::Neg;

/// A sum that has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    #[error("zero cannot be divided by zero, nor infinity by infinity")]
    Undivided,
    #[error("infinity cannot be subtracted from itself")]
    InfiniteDifference,
    #[error("zero cannot be multiplied by infinity")]
    InfiniteProduct,
    #[error("the remainder of an infinite division has no value")]
    InfiniteRemainder,
}

impl Number {
    /// # Errors
    /// The sum of opposite infinities.
    pub fn add(&self, other: &Self) -> Result<Self, NumberFault> {
        let precision = self.precision.max(other.precision);
        if let (Repr::Int(left), Repr::Int(right)) = (&self.repr, &other.repr)
            && let Some(sum) = left.checked_add(*right).filter(|_| precision >= super::COUNTED)
        {
            return Ok(Self::int(sum, precision));
        }
        match (&self.repr, &other.repr) {
            (Repr::Infinite(left), Repr::Infinite(right)) if left != right => {
                Err(NumberFault::InfiniteDifference)
            }
            (Repr::Infinite(sign), _) | (_, Repr::Infinite(sign)) => Ok(Self::infinite(*sign, precision)),
            (Repr::NegativeZero, Repr::NegativeZero) => Ok(Self::zero(Sign::Minus, precision)),
            _ => Ok(self.finite_sum(other, precision)),
        }
    }

    fn finite_sum(&self, other: &Self, precision: u16) -> Self {
        let (Some((left, left_exponent)), Some((right, right_exponent))) = (self.parts(), other.parts())
        else {
            return Self::int(0, precision);
        };
        let lowest = left_exponent.min(right_exponent);
        let left = left << (left_exponent - lowest).unsigned_abs() as usize;
        let right = right << (right_exponent - lowest).unsigned_abs() as usize;
        Self::rounded(left + right, lowest, precision)
    }

    /// # Errors
    /// The difference of equal infinities.
    pub fn sub(&self, other: &Self) -> Result<Self, NumberFault> {
        self.add(&-other.clone())
    }

    /// # Errors
    /// Zero times infinity.
    pub fn mul(&self, other: &Self) -> Result<Self, NumberFault> {
        let precision = self.precision.max(other.precision);
        let sign = if self.sign() == other.sign() { Sign::Plus } else { Sign::Minus };
        if self.is_zero() || other.is_zero() {
            let finite = !self.is_infinite() && !other.is_infinite();
            return if finite { Ok(Self::zero(sign, precision)) } else { Err(NumberFault::InfiniteProduct) };
        }
        if let (Repr::Int(left), Repr::Int(right)) = (&self.repr, &other.repr)
            && let Some(product) = left.checked_mul(*right).filter(|_| precision >= super::COUNTED)
        {
            return Ok(Self::int(product, precision));
        }
        let (Some((left, left_exponent)), Some((right, right_exponent))) = (self.parts(), other.parts())
        else {
            return Ok(Self::infinite(sign, precision));
        };
        Ok(Self::rounded(left * right, left_exponent + right_exponent, precision))
    }

    /// A division by zero is infinite.
    ///
    /// # Errors
    /// Zero by zero, infinity by infinity.
    pub fn div(&self, other: &Self) -> Result<Self, NumberFault> {
        let precision = self.precision.max(other.precision);
        let sign = if self.sign() == other.sign() { Sign::Plus } else { Sign::Minus };
        match (self.parts(), other.parts()) {
            (None, None) => Err(NumberFault::Undivided),
            (None, Some(_)) => Ok(Self::infinite(sign, precision)),
            (Some(_), None) => Ok(Self::zero(sign, precision)),
            _ if self.is_zero() && other.is_zero() => Err(NumberFault::Undivided),
            _ if other.is_zero() => Ok(Self::infinite(sign, precision)),
            _ if self.is_zero() => Ok(Self::zero(sign, precision)),
            (Some(left), Some(right)) => Ok(quotient(left, right, precision)),
        }
    }

    /// What is left of a division towards zero, as precise as `self`, whose sign it has. By zero, it is `self`.
    ///
    /// # Errors
    /// An infinity on either side.
    pub fn rem(&self, other: &Self) -> Result<Self, NumberFault> {
        if self.is_infinite() || other.is_infinite() {
            return Err(NumberFault::InfiniteRemainder);
        }
        if other.is_zero() {
            return Ok(self.clone());
        }
        if self.is_zero() {
            // What is taken away is a zero with the sign of the divisor.
            let stays = matches!(self.repr, Repr::NegativeZero) && !other.is_negative();
            return Ok(Self::zero(if stays { Sign::Minus } else { Sign::Plus }, self.precision));
        }
        if let (Repr::Int(left), Repr::Int(right)) = (&self.repr, &other.repr) {
            return Ok(Self::int(left.checked_rem(*right).unwrap_or(0), self.precision));
        }
        let times = self.div(other)?.trunc();
        let (Some((times, times_exponent)), Some((step, step_exponent))) = (times.parts(), other.parts())
        else {
            return Err(NumberFault::InfiniteRemainder);
        };
        let whole = Self::rounded(times * step, times_exponent + step_exponent, self.precision);
        Ok(self.finite_sum(&-whole, self.precision))
    }

    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() { -self.clone() } else { self.clone() }
    }

    /// The whole part, towards zero.
    #[must_use]
    pub fn trunc(&self) -> Self {
        match &self.repr {
            Repr::Big(big) if big.exponent < 0 => {
                let (sign, magnitude) = big.mantissa.clone().into_parts();
                let whole = IBig::from_parts(sign, magnitude >> big.exponent.unsigned_abs() as usize);
                Self::exact(whole, 0, self.precision)
            }
            _ => self.clone(),
        }
    }

    /// The greatest whole number that is not greater.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.step_from_trunc(Sign::Minus)
    }

    /// The smallest whole number that is not smaller.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.step_from_trunc(Sign::Plus)
    }

    fn step_from_trunc(&self, towards: Sign) -> Self {
        let whole = self.trunc();
        if whole.is_zero() && (self.is_zero() || self.sign() != towards) {
            return Self::ZERO;
        }
        if self.is_integer() || self.is_infinite() || self.sign() != towards {
            return whole;
        }
        let step = Self::int(if towards == Sign::Plus { 1 } else { -1 }, 1);
        whole.finite_sum(&step, self.precision)
    }
}

/// Both not zero.
fn quotient(
    (left, left_exponent): (IBig, i64),
    (right, right_exponent): (IBig, i64),
    precision: u16,
) -> Number {
    let wanted = usize::from(precision) + 2 + right.bit_len();
    let shift = wanted.saturating_sub(left.bit_len());
    let (mut result, rest) = (left << shift).div_rem(&right);
    let mut exponent = left_exponent - right_exponent - signed(shift);
    if rest != IBig::ZERO {
        // A last bit stands for everything below, so that rounding is right.
        result = (result << 1) + rest.signum() * right.signum();
        exponent -= 1;
    }
    Number::rounded(result, exponent, precision)
}

impl Neg for Number {
    type Output = Self;

    fn neg(self) -> Self {
        let precision = self.precision;
        match &self.repr {
            Repr::Int(0) => Self::zero(Sign::Minus, precision),
            Repr::Int(value) => match value.checked_neg() {
                Some(value) => Self::int(value, precision),
                None => Self::exact(-IBig::from(*value), 0, precision),
            },
            Repr::Big(big) => Self::exact(-big.mantissa.clone(), big.exponent, precision),
            Repr::NegativeZero => Self::zero(Sign::Plus, precision),
            Repr::Infinite(Sign::Plus) => Self::infinite(Sign::Minus, precision),
            Repr::Infinite(Sign::Minus) => Self::infinite(Sign::Plus, precision),
        }
    }
}
