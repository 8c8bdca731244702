//! Time: the wall clock and the stopwatch.
#![expect(clippy::disallowed_methods, reason = "this is the door that the ban points to")]

use std::time::{Duration, Instant, SystemTime};

#[must_use]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// For measuring durations.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}

/// UTC as `2026-01-31T12:00:00Z`, to the second.
#[must_use]
pub fn rfc3339(time: SystemTime) -> String {
    format!("{}Z", to_the_second(time))
}

/// UTC with as many fractional digits as say something, at most nine, as Go's programs write it.
#[must_use]
pub fn rfc3339_nanos(time: SystemTime) -> String {
    let nanos = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let fraction = format!(".{nanos:09}");
    format!("{}{}Z", to_the_second(time), fraction.trim_end_matches('0').trim_end_matches('.'))
}

fn to_the_second(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Reads RFC 3339 with any offset; to the nanosecond. `None` when it is something else or before 1970.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    let offset_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, offset) = time.split_at(offset_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, ':')?;
    let nanos: u32 =
        if fraction.is_empty() { 0 } else { format!("{fraction:0<9}").get(..9)?.parse().ok()? };
    let away = match offset.as_bytes().first()? {
        b'Z' | b'z' => 0,
        sign => {
            let [hours, minutes] = numbers(&offset[1..], ':')?;
            let minutes = i64::try_from(hours * 60 + minutes).ok()?;
            if *sign == b'-' { -minutes * 60 } else { minutes * 60 }
        }
    };
    since_epoch(year, month, day, hour * 3600 + minute * 60 + second)
        .and_then(|seconds| u64::try_from(i64::try_from(seconds).ok()? - away).ok())
        .map(|seconds| SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos))
}

/// Reads what HTTP servers write: `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_once(", ")?.1.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let month = MONTHS.find(month).filter(|_| month.len() == 3)? as u64 / 3 + 1;
    let [hour, minute, second] = numbers(words.next()?, ':')?;
    let seconds =
        since_epoch(year.parse().ok()?, month, day.parse().ok()?, hour * 3600 + minute * 60 + second)?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn numbers<const COUNT: usize>(text: &str, between: char) -> Option<[u64; COUNT]> {
    let parsed: Option<Vec<u64>> = text.split(between).map(|part| part.parse().ok()).collect();
    parsed?.try_into().ok()
}

/// Seconds from 1970 to a second of a day; the inverse of `civil`.
fn since_epoch(year: u64, month: u64, day: u64, second: u64) -> Option<u64> {
    let is_date = (1970..10_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || second > 86_400 {
        return None;
    }
    let year = year - u64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some((days - 719_468) * 86_400 + second)
}

/// The Gregorian date of a day counted from 1970-01-01, by eras of 400 years that start in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{parse_http_date, parse_rfc3339, rfc3339, rfc3339_nanos};
    use std::time::{Duration, SystemTime};

    #[test]
    fn instants_are_read_back() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T23:59:59Z",
            "2026-11-23T11:49:46.756847794Z",
            "2026-01-01T00:00:00.5Z",
        ] {
            assert_eq!(rfc3339_nanos(parse_rfc3339(text).unwrap()), text);
        }
        assert_eq!(parse_rfc3339("2026-11-23T13:49:46+02:00"), parse_rfc3339("2026-11-23T11:49:46Z"));
        for text in ["", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T11:49:46", "yesterday"] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn the_dates_of_servers_are_read() {
        let time = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(rfc3339(time), "1994-11-06T08:49:37Z");
        assert_eq!(parse_http_date("Sun, 06 nov 1994 08:49:37 GMT"), None);
    }

    #[test]
    fn instants_are_written_in_utc() {
        for (seconds, want) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), want);
        }
    }
}
