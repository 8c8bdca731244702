//! Logarithm and power of machine numbers, to the last bit as the reference has them: a library's own may differ there,
//! and the digits are printed.

/// The natural logarithm by the classic series of `fdlibm`. A number is 2^k × (1 + f) with 1 + f around one; `s` is
/// f / (2 + f).
pub(super) fn logarithm(value: f64) -> f64 {
    const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    const ODD: [u64; 4] =
        [0x3fe5_5555_5555_5593, 0x3fd2_4924_9422_9359, 0x3fc7_4664_96cb_03de, 0x3fc2_f112_df3e_5244];
    const EVEN: [u64; 3] = [0x3fd9_9999_9997_fa04, 0x3fcc_71c5_1d8e_78af, 0x3fc3_9a09_d078_c69f];
    if !value.is_normal() || value < 0.0 {
        return value.ln();
    }
    let (fraction, exponent) = parts(value);
    let low = fraction < std::f64::consts::FRAC_1_SQRT_2;
    let (f, k) = if low { (fraction * 2.0 - 1.0, exponent - 1) } else { (fraction - 1.0, exponent) };
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let k = k as f64;
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let series =
        |terms: &[u64]| terms.iter().rev().fold(0.0, |sum, term| f64::from_bits(*term) + fourth * sum);
    let (odd, even) = (square * series(&ODD), fourth * series(&EVEN));
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + (odd + even)) + k * LN2_LOW)) - f)
}

/// e to a power: what is left of it beside a power of two, by a short series for a sixteenth of it, squared four times
/// (as e^x - 1, which keeps the digits). Products and sums are rounded once, as on machines that fuse them.
fn exponential(value: f64) -> f64 {
    const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fefa_3000);
    const LN2_LOW: f64 = f64::from_bits(0x3d53_de6a_f278_ece6);
    const FACTORIALS: [f64; 8] =
        [1.0, 0.5, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0, 1.0 / 40320.0];
    if value.abs() > 709.0 {
        return value.exp();
    }
    let twos = (value * std::f64::consts::LOG2_E).round_ties_even();
    let left = (-LN2_LOW).mul_add(twos, (-LN2_HIGH).mul_add(twos, value)) * 0.0625;
    let series = FACTORIALS.iter().rev().copied().reduce(|sum, term| sum.mul_add(left, term));
    let mut less_one = left * series.unwrap_or_default();
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is small")]
    scaled(less_one.mul_add(less_one + 2.0, 1.0), twos as i64)
}

/// By squaring for the whole part of the exponent, with powers of two set aside, and by the logarithm for the rest.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    let times = exponent.abs();
    if times == 0.5 && base.is_finite() && base != 0.0 {
        return if exponent < 0.0 { 1.0 / base.sqrt() } else { base.sqrt() };
    }
    let plain = !base.is_finite() || base == 0.0 || base == 1.0 || times == 0.0 || exponent == 1.0;
    if plain || times >= 9e18 || base < 0.0 && times.fract() != 0.0 {
        return base.powf(exponent);
    }
    let (mut times, mut rest) = (times.trunc(), times.fract());
    if rest > 0.5 {
        times += 1.0;
        rest -= 1.0;
    }
    let start = if rest == 0.0 { 1.0 } else { exponential(rest * logarithm(base)) };
    let (result, twos) = by_squaring(start, base, times);
    if exponent < 0.0 { scaled(1.0 / result, -twos) } else { scaled(result, twos) }
}

/// `start` × `base` to a whole power, as a number and the power of two that it is to be multiplied by.
fn by_squaring(start: f64, base: f64, times: f64) -> (f64, i64) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
    let mut times = times as u64;
    let (mut result, mut result_twos) = (start, 0);
    let (mut square, mut twos) = parts(base);
    while times != 0 {
        if twos.abs() > 4096 {
            // Beyond all numbers already, and squared once more it would be beyond this counter.
            return (result, result_twos + twos);
        }
        if times & 1 == 1 {
            result *= square;
            result_twos += twos;
        }
        square *= square;
        twos *= 2;
        if square < 0.5 {
            square *= 2.0;
            twos -= 1;
        }
        times >>= 1;
    }
    (result, result_twos)
}

/// A finite number other than zero as a half or more, below one, and the power of two that it is multiplied by.
fn parts(value: f64) -> (f64, i64) {
    if value.is_subnormal() {
        let (fraction, twos) = parts(value * two_to(64));
        return (fraction, twos - 64);
    }
    let bits = value.to_bits();
    let twos = i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), twos)
}

/// A number times a power of two, rounded once where the result is small.
fn scaled(value: f64, twos: i64) -> f64 {
    let twos = twos.clamp(-2000, 2000);
    if twos < -1000 {
        scaled(value, twos + 200) * two_to(-200)
    } else if twos > 1000 {
        scaled(value, twos - 1000) * two_to(1000)
    } else {
        value * two_to(twos)
    }
}

/// A power of two that is a normal number.
fn two_to(twos: i64) -> f64 {
    f64::from_bits(u64::try_from(twos + 1023).unwrap_or(0) << 52)
}
