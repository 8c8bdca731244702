//! Lines that terraform writes for `TF_LOG`: they have a level of their own. Pure.

use super::line::Voice;

/// What stands before such a line among ours.
pub const MARK: &[u8] = b"TF_LOG: ";

/// The level and the text of such a line: `2026-11-25T19:37:45.787Z [INFO]  text`. `None` for any other line.
#[must_use]
pub fn parse(line: &[u8]) -> Option<(Voice, &[u8])> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (time, rest) = line.split_at(space);
    let is_time =
        time.len() >= 20 && time[4] == b'-' && time[10] == b'T' && time[..4].iter().all(u8::is_ascii_digit);
    let rest = rest.strip_prefix(b" [").filter(|_| is_time)?;
    let end = rest.iter().position(|byte| *byte == b']')?;
    let voice = match &rest[..end] {
        b"TRACE" => Voice::Trace,
        b"DEBUG" => Voice::Debug,
        b"INFO" => Voice::Info,
        b"WARN" => Voice::Warn,
        b"ERROR" => Voice::Error,
        _ => return None,
    };
    Some((voice, rest[end + 1..].trim_ascii_start()))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::report::line::Voice;

    #[test]
    fn only_lines_of_that_shape_have_a_level() {
        let line = b"2026-11-25T19:37:45.787Z [INFO]  Go runtime version: x";
        assert_eq!(parse(line), Some((Voice::Info, &b"Go runtime version: x"[..])));
        let zone = b"2026-11-25T19:37:45.787+0100 [TRACE] a: [b] c";
        assert_eq!(parse(zone), Some((Voice::Trace, &b"a: [b] c"[..])));
        for other in [
            &b"Error: x"[..],
            b"",
            b"2026-11-25T19:37:45.787Z [ODD] x",
            b"x [INFO] y",
            b"2026-11-25T19:37:45.787Z [INFO",
        ] {
            assert_eq!(parse(other), None);
        }
    }
}
