//! The types of flag values that are more than text, with the words that people write for them.

use clap::ValueEnum;
use std::str::FromStr;

/// What is logged, from least to most. terraform's own lines stand above errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum LogLevel {
    /// The former way to say: no log lines, terraform's output unchanged.
    #[value(name = "fatal", alias = "panic", hide = true)]
    Silent,
    Stderr,
    Stdout,
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Pretty,
    Bare,
    Json,
    KeyValue,
}

/// How the report of a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Csv,
    Json,
}

/// `key=value` with exactly one sign of equality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub key: String,
    pub value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !value.contains('=') => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            Some(_) => Err("write one key=value; repeat the flag for each pair".to_owned()),
            None => Err("write it as key=value".to_owned()),
        }
    }
}

impl Pair {
    /// `old=new` where either side may be a URL with a query: the sign that belongs to a query parameter of the
    /// left side does not split.
    ///
    /// # Errors
    /// When nothing splits the two sides.
    pub fn parse_sources(text: &str) -> Result<Self, String> {
        let mut in_parameter = false;
        for (at, letter) in text.char_indices() {
            match letter {
                '?' | '&' => in_parameter = true,
                '=' if in_parameter => in_parameter = false,
                '=' => {
                    return Ok(Self { key: text[..at].to_owned(), value: text[at + 1..].to_owned() });
                }
                _ => {}
            }
        }
        Err("write it as old-source=new-source".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Pair;

    #[test]
    fn a_source_map_splits_outside_of_queries() {
        for (text, key, value) in [
            ("a=b", "a", "b"),
            ("a=b?ref=1", "a", "b?ref=1"),
            ("git::x?ref=1=git::y?ref=2", "git::x?ref=1", "git::y?ref=2"),
            ("x?ref=1&depth=1=../y", "x?ref=1&depth=1", "../y"),
        ] {
            let pair = Pair::parse_sources(text).unwrap();
            assert_eq!((pair.key.as_str(), pair.value.as_str()), (key, value), "{text}");
        }
        assert!(Pair::parse_sources("x?ref=1").is_err());
        assert!(Pair::parse_sources("x").is_err());
    }

    #[test]
    fn a_pair_has_one_sign() {
        assert_eq!("a=b".parse(), Ok(Pair { key: "a".into(), value: "b".into() }));
        assert!("a".parse::<Pair>().is_err());
        assert!("a=b,c=d".parse::<Pair>().is_err());
    }
}
