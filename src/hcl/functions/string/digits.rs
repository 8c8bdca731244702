//! Numbers under the numeric verbs of `format`: bases, fixed, scientific and general notation, signs and padding.

use super::verb::Verb;
use crate::hcl::Number;

/// The number under a verb; the reason why not otherwise.
pub fn spell(verb: &Verb<'_>, number: &Number) -> Result<String, String> {
    match verb.mode {
        'b' => whole(verb, number, 2),
        'o' => whole(verb, number, 8),
        'd' => whole(verb, number, 10),
        'x' | 'X' => whole(verb, number, 16),
        _ => Ok(float(verb, number)),
    }
}

/// In general notation, with as few digits as name the number.
pub fn shortest(number: &Number) -> String {
    if number.is_infinite() {
        return number.to_string();
    }
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{}", Decimal::shortest(number).general(None, 'e'))
}

fn whole(verb: &Verb<'_>, number: &Number, radix: u8) -> Result<String, String> {
    let text = number.to_radix(radix).ok_or("a whole number is needed")?;
    let mut digits = text.trim_start_matches('-').to_owned();
    let prefix = match verb.mode {
        _ if !verb.flags.sharp => "",
        'b' => "0b",
        'o' => "0",
        'x' => "0x",
        'X' => "0X",
        _ => "",
    };
    if verb.mode == 'X' {
        digits.make_ascii_uppercase();
    }
    if let Some(least) = verb.precision {
        if digits == "0" && least == 0 {
            return Ok(String::new());
        }
        digits.insert_str(0, &"0".repeat(least.saturating_sub(digits.len())));
    }
    let head = format!("{}{prefix}", sign(verb, number.signum() < 0));
    let missing = verb.width.saturating_sub(head.len() + digits.len());
    Ok(if verb.flags.left {
        head + &digits + &" ".repeat(missing)
    } else if verb.flags.zero && verb.precision.is_none() {
        head + &"0".repeat(missing) + &digits
    } else {
        " ".repeat(missing) + &head + &digits
    })
}

fn sign(verb: &Verb<'_>, negative: bool) -> &'static str {
    match (negative, verb.flags.plus, verb.flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

fn float(verb: &Verb<'_>, number: &Number) -> String {
    if number.is_infinite() {
        let text = number.to_string();
        let missing = " ".repeat(verb.width.saturating_sub(text.len()));
        return if verb.flags.left { text + &missing } else { missing + &text };
    }
    let body = match verb.mode {
        'f' => number.to_fixed(verb.precision.unwrap_or(6)).trim_start_matches('-').to_owned(),
        'e' | 'E' => {
            let places = verb.precision.unwrap_or(6);
            let mut decimal = Decimal::exact(number);
            decimal.round(places + 1);
            decimal.scientific(places, verb.mode)
        }
        mode => {
            let mark = if mode == 'G' { 'E' } else { 'e' };
            match verb.precision {
                None => Decimal::shortest(number).general(None, mark),
                Some(most) => {
                    let mut decimal = Decimal::exact(number);
                    decimal.round(most.max(1));
                    decimal.general(Some(most.max(1)), mark)
                }
            }
        }
    };
    let sign = sign(verb, number.is_negative());
    let missing = verb.width.saturating_sub(sign.len() + body.len());
    if verb.flags.zero {
        sign.to_owned() + &"0".repeat(missing) + &body
    } else if verb.flags.left {
        sign.to_owned() + &body + &" ".repeat(missing)
    } else {
        " ".repeat(missing) + sign + &body
    }
}

/// 0.`digits` × 10^`point`, without sign and without zeros at either end; zero has no digits.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn shortest(number: &Number) -> Self {
        Self::read(&number.to_string())
    }

    /// Every digit that the binary number has.
    fn exact(number: &Number) -> Self {
        let short = Self::shortest(number);
        let zeros = usize::try_from(-short.point).unwrap_or(0);
        // Each zero behind the point puts the lowest of up to 512 bits less than four bits deeper.
        Self::read(&number.to_fixed(520 + zeros * 4))
    }

    /// Plain notation: digits with at most one point.
    fn read(text: &str) -> Self {
        let text = text.trim_start_matches('-');
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        if leading == digits.len() {
            return Self { digits: Vec::new(), point: 0 };
        }
        digits.drain(..leading);
        let mut decimal = Self { digits, point: signed(whole.len()) - signed(leading) };
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        let kept = self.digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        self.digits.truncate(kept);
    }

    /// Keeps `count` digits, ties to even.
    fn round(&mut self, count: usize) {
        let Some(next) = self.digits.get(count).copied() else { return };
        let tie = next == b'5' && self.digits.len() == count + 1;
        let odd = count > 0 && self.digits[count - 1] % 2 == 1;
        let up = if tie { odd } else { next >= b'5' };
        self.digits.truncate(count);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    self.digits.push(b'1');
                    self.point += 1;
                }
            }
        }
        self.trim();
    }

    fn digit(&self, at: usize) -> char {
        self.digits.get(at).map_or('0', |digit| char::from(*digit))
    }

    fn scientific(&self, places: usize, mark: char) -> String {
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let mut text = self.digit(0).to_string();
        if places > 0 {
            text.push('.');
            text.extend((1..=places).map(|at| self.digit(at)));
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{text}{mark}{sign}{:02}", exponent.abs())
    }

    /// `most` is the number of digits asked for; without it, six decide between the notations.
    fn general(&self, most: Option<usize>, mark: char) -> String {
        let count = signed(self.digits.len());
        let limit = match most.map(signed) {
            None => 6,
            Some(most) if most > count && count >= self.point => count,
            Some(most) => most,
        };
        let exponent = self.point - 1;
        if exponent < -4 || exponent >= limit {
            return self.scientific(self.digits.len().saturating_sub(1), mark);
        }
        let places = usize::try_from(count - self.point).unwrap_or(0);
        self.plain(places)
    }

    fn plain(&self, places: usize) -> String {
        let at = |index: i64| usize::try_from(index).map_or('0', |index| self.digit(index));
        let mut text: String = (0..self.point.max(0)).map(at).collect();
        if text.is_empty() {
            text.push('0');
        }
        if places > 0 {
            text.push('.');
            text.extend((0..signed(places)).map(|index| at(self.point + index)));
        }
        text
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
