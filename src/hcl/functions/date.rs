//! Points in time as RFC 3339 text: formatting, adding, comparing. Knows no clock and no time zone but the offset
//! that stands in the text.

mod duration;
mod moment;

use super::Function;
use super::args::{Outcome, row, text, text_of};
use crate::hcl::{FunctionError, Value};
use moment::Moment;
use std::cmp::Ordering;

pub use moment::rfc3339;

/// A span of time as Go spells it: `1h30m`; `None` where the text is none, or the span negative.
#[must_use]
pub fn parse_duration(text: &str) -> Option<std::time::Duration> {
    let nanoseconds = duration::parse(text.trim())?;
    u64::try_from(nanoseconds).ok().map(std::time::Duration::from_nanos)
}

pub(super) use moment::yaml_timestamp;

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![
        row("formatdate", vec![text("format"), text("time")], formatdate),
        row("timeadd", vec![text("timestamp"), text("duration")], timeadd),
        row("timecmp", vec![text("timestamp_a"), text("timestamp_b")], timecmp),
    ]
}

fn moment_of(args: &[Value], index: usize) -> Result<Moment, FunctionError> {
    let text = text_of(args, index);
    Moment::parse(text).map_err(|reason| FunctionError {
        hint: Some("a timestamp looks like 2006-01-02T15:04:05Z".into()),
        ..FunctionError::argument(index, format!("`{text}` is not an RFC 3339 timestamp: {reason}"))
    })
}

fn timeadd(args: &[Value]) -> Outcome {
    let moment = moment_of(args, 0)?;
    let text = text_of(args, 1);
    let nanoseconds = duration::parse(text).ok_or_else(|| FunctionError {
        hint: Some("a duration is a row of numbers with units (h m s ms us ns), as in 1h30m".into()),
        ..FunctionError::argument(1, format!("`{text}` is not a duration"))
    })?;
    Ok(Value::normalized(&moment.plus(nanoseconds).to_string()))
}

fn timecmp(args: &[Value]) -> Outcome {
    let order = moment_of(args, 0)?.instant().cmp(&moment_of(args, 1)?.instant());
    Ok(Value::number(match order {
        Ordering::Less => -1_i64,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

fn formatdate(args: &[Value]) -> Outcome {
    let moment = moment_of(args, 1)?;
    let format = text_of(args, 0);
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest, &mut out).ok_or_else(|| {
                FunctionError::argument(
                    0,
                    "a quote in the format is not closed; a quote itself is written ''",
                )
            })?,
            c if c.is_ascii_alphabetic() => {
                let length = rest.len() - rest.trim_start_matches(c).len();
                let verb = &rest[..length];
                match field(&moment, verb) {
                    Some(text) => out.push_str(&text),
                    None => return Err(no_such_verb(verb)),
                }
                length
            }
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Ok(Value::normalized(&out))
}

fn no_such_verb(verb: &str) -> FunctionError {
    FunctionError {
        hint: Some("verbs are YYYY YY MMMM MMM MM M DD D EEEE EEE hh h HH H AA aa mm m ss s ZZZZZ ZZZZ ZZZ Z; other letters stand in single quotes".into()),
        ..FunctionError::argument(0, format!("`{verb}` is not a verb of date formats"))
    }
}

/// Appends the quoted text at the start of `rest`; its length with the quotes.
fn quoted(rest: &str, out: &mut String) -> Option<usize> {
    let body = &rest[1..];
    if body.starts_with('\'') {
        out.push('\'');
        return Some(2);
    }
    let mut from = 0;
    loop {
        let end = from + body[from..].find('\'')?;
        out.push_str(&body[from..end]);
        if !body[end + 1..].starts_with('\'') {
            return Some(end + 2);
        }
        out.push('\'');
        from = end + 2;
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn field(moment: &Moment, verb: &str) -> Option<String> {
    let month = || MONTHS[usize::from(moment.month - 1)];
    let twelve = if moment.hour.is_multiple_of(12) { 12 } else { moment.hour % 12 };
    Some(match verb {
        "YYYY" => format!("{:04}", moment.year),
        "YY" => format!("{:02}", moment.year % 100),
        "MMMM" => month().into(),
        "MMM" => month()[..3].into(),
        "MM" => format!("{:02}", moment.month),
        "M" => moment.month.to_string(),
        "DD" => format!("{:02}", moment.day),
        "D" => moment.day.to_string(),
        "EEEE" => DAYS[moment.weekday()].into(),
        "EEE" => DAYS[moment.weekday()][..3].into(),
        "hh" => format!("{:02}", moment.hour),
        "h" => moment.hour.to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => if moment.hour < 12 { "AM" } else { "PM" }.into(),
        "aa" => if moment.hour < 12 { "am" } else { "pm" }.into(),
        "mm" => format!("{:02}", moment.minute),
        "m" => moment.minute.to_string(),
        "ss" => format!("{:02}", moment.second),
        "s" => moment.second.to_string(),
        "Z" => moment.zone(),
        "ZZZ" if moment.offset == 0 => "UTC".into(),
        "ZZZ" | "ZZZZ" => moment.offset_text(""),
        "ZZZZZ" => moment.offset_text(":"),
        _ => return None,
    })
}
