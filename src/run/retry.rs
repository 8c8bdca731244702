//! What to do about an error: try again, look away, or fail. Pure; knows no clock and no child.

use crate::config::retryable::{DEFAULT_MAX_ATTEMPTS, DEFAULT_RETRYABLE_ERRORS, DEFAULT_SLEEP_SECONDS};
use crate::config::unit::{Errors, Ignore};
use regex::Regex;
use std::sync::Arc;
use std::time::Duration;

/// The answer to an error.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<'a> {
    Fail,
    Retry {
        /// The block's label.
        name: Arc<str>,
        wait: Duration,
    },
    /// It was worth trying again, but not that often.
    Exhausted {
        name: Arc<str>,
        attempts: u32,
    },
    Ignore(&'a Ignore),
}

/// A pattern that is no regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` in errors block `{block}` is not a regular expression: {reason}")]
pub struct PatternError {
    pub block: String,
    pub pattern: String,
    pub reason: String,
}

/// Judges the error of try number `attempt`, counted from 1. Ignore blocks come before retry blocks; a unit that has
/// any block of either kind has left the built-in patterns behind.
///
/// # Errors
/// When a pattern that had to be tried is none.
pub fn judge<'a>(errors: Option<&'a Errors>, text: &str, attempt: u32) -> Result<Verdict<'a>, PatternError> {
    let text = &normalise(text);
    let Some(errors) = errors else { return judge_by_default(text, attempt) };
    for block in &errors.ignore {
        if matches_any(&block.name, block.ignorable_errors.iter().map(String::as_str), text)? {
            return Ok(Verdict::Ignore(block));
        }
    }
    for block in &errors.retry {
        if matches_any(&block.name, block.retryable_errors.iter().map(String::as_str), text)? {
            let wait = Duration::from_secs(block.sleep_interval_sec.into());
            return Ok(again(block.name.clone(), attempt, block.max_attempts, wait));
        }
    }
    Ok(Verdict::Fail)
}

fn judge_by_default(text: &Normalised, attempt: u32) -> Result<Verdict<'static>, PatternError> {
    if !matches_any("default", DEFAULT_RETRYABLE_ERRORS.iter().copied(), text)? {
        return Ok(Verdict::Fail);
    }
    let wait = Duration::from_secs(DEFAULT_SLEEP_SECONDS.into());
    Ok(again("default".into(), attempt, DEFAULT_MAX_ATTEMPTS, wait))
}

fn again<'a>(name: Arc<str>, attempt: u32, max_attempts: u32, wait: Duration) -> Verdict<'a> {
    if attempt < max_attempts {
        Verdict::Retry { name, wait }
    } else {
        Verdict::Exhausted { name, attempts: max_attempts }
    }
}

/// The first pattern that matches decides; a leading `!` makes it decide against.
fn matches_any<'a>(
    block: &str,
    mut patterns: impl Iterator<Item = &'a str>,
    text: &Normalised,
) -> Result<bool, PatternError> {
    patterns
        .find_map(|pattern| {
            let (wanted, bare) = pattern.strip_prefix('!').map_or((true, pattern), |bare| (false, bare));
            match Regex::new(bare) {
                Ok(regex) => text.is_match(&regex).then_some(Ok(wanted)),
                Err(error) => Some(Err(PatternError {
                    block: block.to_owned(),
                    pattern: bare.to_owned(),
                    reason: error.to_string(),
                })),
            }
        })
        .unwrap_or(Ok(false))
}

/// The text that patterns see: terraform's frames, colours and line breaks would make every pattern fragile. The
/// reference keeps few characters; a pattern may also match what it drops (`_`, `,`, brackets).
struct Normalised {
    narrow: String,
    wide: String,
}

impl Normalised {
    fn is_match(&self, regex: &Regex) -> bool {
        regex.is_match(&self.narrow) || regex.is_match(&self.wide)
    }
}

fn normalise(text: &str) -> Normalised {
    let plain = super::tail::strip_ansi(text);
    let narrow = |c: char| c.is_ascii_alphanumeric() || "./'\"():=- ".contains(c);
    let wide = |c: char| narrow(c) || "_,[]{}%@#+*!?<>&;$^~`\\".contains(c);
    Normalised { narrow: keep(&plain, narrow), wide: keep(&plain, wide) }
}

/// Every run of other characters and of white space becomes one space.
fn keep(text: &str, kept: impl Fn(char) -> bool) -> String {
    let spaced: String = text.chars().map(|c| if kept(c) { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge};
    use crate::config::unit::{Errors, Ignore, Retry};
    use std::time::Duration;

    fn retry(name: &str, patterns: &[&str], max_attempts: u32) -> Retry {
        let retryable_errors = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Retry { name: name.into(), retryable_errors, max_attempts, sleep_interval_sec: 7 }
    }

    fn ignore(patterns: &[&str]) -> Ignore {
        let ignorable_errors = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Ignore { name: "quiet".into(), ignorable_errors, message: None, signals: None }
    }

    #[test]
    fn built_in_patterns_hold_until_a_unit_speaks() {
        let text = "\u{1b}[31mError:\u{1b}[0m Failed to install provider\n│ registry: net/http: TLS\n│   handshake timeout";
        let wait = Duration::from_secs(5);
        assert_eq!(judge(None, text, 2), Ok(Verdict::Retry { name: "default".into(), wait }));
        assert_eq!(judge(None, text, 3), Ok(Verdict::Exhausted { name: "default".into(), attempts: 3 }));
        assert_eq!(judge(None, "no such file", 1), Ok(Verdict::Fail));
        assert_eq!(judge(Some(&Errors::default()), text, 1), Ok(Verdict::Fail));
    }

    #[test]
    fn the_first_pattern_that_matches_decides() {
        let errors = Errors {
            retry: vec![
                retry("a", &["!.*fatal.*", ".*boom.*"], 2),
                retry("b", &[".*fatal boom.*", "aws_vpc: it went b_o_o_m"], 9),
            ],
            ignore: vec![ignore(&["!.*loud.*", ".*hush.*"])],
        };
        let wait = Duration::from_secs(7);
        for (text, want) in [
            ("boom", Verdict::Retry { name: "a".into(), wait }),
            ("fatal\nboom", Verdict::Retry { name: "b".into(), wait }),
            ("boom hush", Verdict::Ignore(&errors.ignore[0])),
            ("loud hush", Verdict::Fail),
            ("aws_vpc: it went\n│ b_o_o_m", Verdict::Retry { name: "b".into(), wait }),
        ] {
            assert_eq!(judge(Some(&errors), text, 1), Ok(want), "{text}");
        }
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let errors = Errors { retry: vec![retry("a", &["("], 2)], ignore: Vec::new() };
        assert_eq!(judge(Some(&errors), "x", 1).unwrap_err().pattern, "(");
    }
}
