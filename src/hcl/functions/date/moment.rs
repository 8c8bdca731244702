//! One point in time with its offset, on the Gregorian calendar.

use std::fmt;

const DAY: i128 = 86_400 * SECOND;
const SECOND: i128 = 1_000_000_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub year: i64,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    nanosecond: u32,
    /// Minutes east of Greenwich.
    pub offset: i32,
}

/// The timestamp of this many seconds since 1970 in UTC.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    Moment::at(i128::from(seconds) * SECOND, 0).to_string()
}

/// A timestamp as YAML has it, normalised: `2001-12-14`, `2001-12-14 2:59:43.10`, `2001-12-14T2:59:43Z`. Fields may
/// lack their leading zero; without an offset it is UTC.
pub fn yaml_timestamp(text: &str) -> Option<String> {
    let mut reader = Reader(text);
    let year = i64::from(reader.number(4)?);
    reader.mark('-', "").ok()?;
    let month = reader.short(1, 12)?;
    reader.mark('-', "").ok()?;
    let day = reader.short(1, days_in(year, month))?;
    let mut moment = Moment { year, month, day, hour: 0, minute: 0, second: 0, nanosecond: 0, offset: 0 };
    if reader.0.is_empty() {
        return Some(moment.to_string());
    }
    let zoned = reader.0.starts_with(['T', 't']);
    if !zoned && !reader.0.starts_with(' ') {
        return None;
    }
    reader.0 = &reader.0[1..];
    moment.hour = reader.short(0, 23)?;
    reader.mark(':', "").ok()?;
    moment.minute = reader.short(0, 59)?;
    reader.mark(':', "").ok()?;
    moment.second = reader.short(0, 59)?;
    if reader.0.starts_with(['.', ',']) {
        let digits = reader.0[1..].trim_start_matches(|c: char| c.is_ascii_digit());
        if digits.len() + 1 == reader.0.len() {
            return None;
        }
        reader.0 = digits;
    }
    if zoned {
        moment.offset = reader.offset()?;
    } else if !reader.0.is_empty() {
        return None;
    }
    Some(moment.to_string())
}

impl Moment {
    /// `2006-01-02T15:04:05Z`, `2006-01-02T15:04:05.999-07:00`
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut reader = Reader(text);
        let year = reader.number(4).ok_or("a year has four digits")?;
        reader.mark('-', "a dash follows the year")?;
        let month = reader.field(1, 12).ok_or("the month is 01 to 12")?;
        reader.mark('-', "a dash follows the month")?;
        let last = days_in(i64::from(year), month);
        let day = reader.field(1, last).ok_or("the month has no such day")?;
        reader.mark('T', "a capital T stands between date and time")?;
        let hour = reader.field(0, 23).ok_or("the hour is 00 to 23")?;
        reader.mark(':', "a colon follows the hour")?;
        let minute = reader.field(0, 59).ok_or("the minute is 00 to 59")?;
        reader.mark(':', "a colon follows the minute")?;
        let second = reader.field(0, 59).ok_or("the second is 00 to 59")?;
        let nanosecond = reader.fraction()?;
        let offset = reader.offset().ok_or("the time ends with Z or an offset such as +02:00")?;
        Ok(Self { year: year.into(), month, day, hour, minute, second, nanosecond, offset })
    }

    /// From nanoseconds since 1970.
    fn at(instant: i128, offset: i32) -> Self {
        let local = instant + i128::from(offset) * 60 * SECOND;
        let (days, rest) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = date_of(days);
        let small = |value: i128| u8::try_from(value).unwrap_or(0);
        let seconds = rest / SECOND;
        Self {
            year,
            month,
            day,
            hour: small(seconds / 3600),
            minute: small(seconds / 60 % 60),
            second: small(seconds % 60),
            nanosecond: u32::try_from(rest % SECOND).unwrap_or(0),
            offset,
        }
    }

    /// Nanoseconds since 1970.
    pub fn instant(&self) -> i128 {
        let minutes = i128::from(self.hour) * 60 + i128::from(self.minute) - i128::from(self.offset);
        let seconds = minutes * 60 + i128::from(self.second);
        self.days() * DAY + seconds * SECOND + i128::from(self.nanosecond)
    }

    fn days(&self) -> i128 {
        days_before(self.year, self.month) + i128::from(self.day) - 1
    }

    #[must_use]
    pub fn plus(&self, nanoseconds: i128) -> Self {
        Self::at(self.instant() + nanoseconds, self.offset)
    }

    /// 0 is Sunday.
    pub fn weekday(&self) -> usize {
        usize::try_from((self.days() + 4).rem_euclid(7)).unwrap_or(0)
    }

    /// `Z` for none.
    pub fn zone(&self) -> String {
        if self.offset == 0 { "Z".into() } else { self.offset_text(":") }
    }

    /// `+05:30` with the given separator.
    pub fn offset_text(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, .. } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}", self.zone())
    }
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days of a month.
pub fn days_in(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of a month. Years are counted from March, so that the leap day is the last.
fn days_before(year: i64, month: u8) -> i128 {
    let year = i128::from(year) - i128::from(month <= 2);
    let month = (i128::from(month) + 9) % 12;
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5;
    era * 146_097 + days - 719_468
}

/// Year, month and day of a day counted from 1970-01-01.
fn date_of(days: i128) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i128::from(month <= 2);
    (i64::try_from(year).unwrap_or(0), u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn number(&mut self, length: usize) -> Option<u16> {
        let digits = self.0.get(..length).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        self.0 = &self.0[length..];
        digits.parse().ok()
    }

    fn field(&mut self, least: u8, most: u8) -> Option<u8> {
        self.number(2)
            .and_then(|value| u8::try_from(value).ok())
            .filter(|value| (least..=most).contains(value))
    }

    /// One or two digits.
    fn short(&mut self, least: u8, most: u8) -> Option<u8> {
        let count = self.0.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits.parse().ok().filter(|value| (least..=most).contains(value))
    }

    fn mark(&mut self, mark: char, otherwise: &'static str) -> Result<(), &'static str> {
        self.0 = self.0.strip_prefix(mark).ok_or(otherwise)?;
        Ok(())
    }

    /// `.123` as nanoseconds; digits beyond are dropped.
    fn fraction(&mut self) -> Result<u32, &'static str> {
        let Some(rest) = self.0.strip_prefix('.') else { return Ok(0) };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return Err("digits follow the point");
        }
        self.0 = &rest[count..];
        let digits = &rest[..count.min(9)];
        Ok(format!("{digits:0<9}").parse().unwrap_or(0))
    }

    /// Nothing may follow.
    fn offset(&mut self) -> Option<i32> {
        if self.0 == "Z" {
            return Some(0);
        }
        let sign = match self.0.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hours = self.field(0, 23)?;
        self.0 = self.0.strip_prefix(':')?;
        let minutes = self.field(0, 59)?;
        if self.0.is_empty() { Some(sign * (i32::from(hours) * 60 + i32::from(minutes))) } else { None }
    }
}
