//! Moments and durations as text. Pure: UTC, since a log is compared with other machines' logs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment taken apart.
struct Civil {
    year: i64,
    month: u64,
    day: u64,
    seconds: u64,
    nanos: u32,
}

/// `2026-11-23T20:46:24Z`
#[must_use]
pub fn rfc3339(at: SystemTime) -> String {
    let Civil { year, month, day, seconds, .. } = civil(at);
    format!("{year:04}-{month:02}-{day:02}T{}Z", clock(seconds))
}

/// `2026-11-23T20:46:24.820413602Z`
#[must_use]
pub fn rfc3339_nanos(at: SystemTime) -> String {
    let whole = rfc3339(at);
    format!("{}.{:09}Z", whole.trim_end_matches('Z'), civil(at).nanos)
}

/// `20:46:24.820`
#[must_use]
pub fn time_of_day(at: SystemTime) -> String {
    let Civil { seconds, nanos, .. } = civil(at);
    format!("{}.{:03}", clock(seconds), nanos / 1_000_000)
}

fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The parts of a moment that templates ask for.
#[must_use]
pub fn parts(at: SystemTime) -> Parts {
    let civil = civil(at);
    let days = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
    // The first day of 1970 was a Thursday.
    Parts { weekday: (days + 4) % 7, civil }
}

/// A moment by its parts.
pub struct Parts {
    civil: Civil,
    /// From Sunday.
    weekday: u64,
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What a letter of a date format stands for; `None` where it stands for itself.
#[must_use]
pub fn letter(parts: &Parts, letter: char) -> Option<String> {
    let Civil { year, month, day, seconds, nanos } = &parts.civil;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = |names: &[&str], at: u64| {
        usize::try_from(at).ok().and_then(|at| names.get(at)).map_or_else(String::new, |it| (*it).to_owned())
    };
    Some(match letter {
        'H' => format!("{hour:02}"),
        'h' => format!("{twelve:02}"),
        'g' => twelve.to_string(),
        'i' => format!("{minute:02}"),
        's' => format!("{second:02}"),
        'v' => format!(".{:03}", nanos / 1_000_000),
        'u' => format!(".{:06}", nanos / 1_000),
        'Y' => format!("{year:04}"),
        'y' => format!("{:02}", year % 100),
        'm' => format!("{month:02}"),
        'n' => month.to_string(),
        'M' => name(&MONTHS, month - 1),
        'd' => format!("{day:02}"),
        'j' => day.to_string(),
        'D' => name(&WEEKDAYS, parts.weekday),
        'a' => if hour < 12 { "am" } else { "pm" }.to_owned(),
        'A' => if hour < 12 { "AM" } else { "PM" }.to_owned(),
        'T' => "UTC".to_owned(),
        'P' => "+00:00".to_owned(),
        'O' => "+0000".to_owned(),
        _ => return None,
    })
}

/// Days since 1970 to a date, by eras of 400 years that begin in March.
fn civil(at: SystemTime) -> Civil {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = since.as_secs() / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = i64::try_from(year_of_era + era * 400).unwrap_or(i64::MAX) + i64::from(month <= 2);
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    Civil { year, month, day, seconds: since.as_secs() % 86_400, nanos: since.subsec_nanos() }
}

/// As people say it: `62ms`, `5.2s`, `2m05s`, `1h02m`.
#[must_use]
pub fn span(took: Duration) -> String {
    let (millis, seconds) = (took.as_millis(), took.as_secs());
    match seconds {
        0 if millis == 0 => format!("{}µs", took.as_micros()),
        0 => format!("{millis}ms"),
        1..60 => format!("{}.{}s", seconds, took.subsec_millis() / 100),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// For what moves: whole seconds.
#[must_use]
pub fn coarse(took: Duration) -> String {
    match took.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        _ => span(took),
    }
}

#[cfg(test)]
mod tests {
    use super::{rfc3339, rfc3339_nanos, span, time_of_day};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn moments() {
        for (seconds, want) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_795_466_784, "2026-11-23T20:46:24Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), want);
        }
        let at = UNIX_EPOCH + Duration::new(1_795_466_784, 82_413_602);
        assert_eq!(rfc3339_nanos(at), "2026-11-23T20:46:24.082413602Z");
        assert_eq!(time_of_day(at), "20:46:24.082");
    }

    #[test]
    fn durations() {
        for (millis, want) in
            [(0, "0µs"), (62, "62ms"), (5_260, "5.2s"), (125_000, "2m05s"), (3_725_000, "1h02m")]
        {
            assert_eq!(span(Duration::from_millis(millis)), want);
        }
    }
}
