//! One line of a log in each format. Pure.

use super::template::{self, Said, Template};
use super::time::{rfc3339, time_of_day};
use std::time::{Duration, SystemTime};

/// `--log-format`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Pretty,
    Bare,
    Json,
    KeyValue,
    /// `--log-custom-format`; it lives as long as the process.
    Custom(&'static Template),
}

impl Format {
    /// The word of the flag.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "pretty" => Some(Self::Pretty),
            "bare" => Some(Self::Bare),
            "json" => Some(Self::Json),
            "key-value" => Some(Self::KeyValue),
            _ => None,
        }
    }
}

/// Whose voice a line is in; the order is that of loudness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Voice {
    /// terraform's stderr and stdout are never silenced by a level.
    Stderr,
    Stdout,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Voice {
    /// Level words as `--log-level` takes them.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Stderr, Self::Stdout, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];
        all.into_iter().find(|voice| voice.word() == word)
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stderr => "stderr",
            Self::Stdout => "stdout",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Stderr | Self::Error => "31",
            Self::Warn => "33",
            Self::Info => "32",
            Self::Debug | Self::Trace => "36",
            Self::Stdout => "37",
        }
    }
}

/// Everything that a line may say.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub at: SystemTime,
    /// Since the start of the process.
    pub since: Duration,
    pub voice: Voice,
    /// The unit's name; empty for the run itself and for the working root.
    pub prefix: &'a str,
    /// The program that speaks; empty when we do.
    pub tool: &'a str,
    /// What it was called with.
    pub args: &'a [String],
    pub text: &'a str,
}

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub format: Format,
    pub coloured: bool,
}

/// Renders one line, with its line break.
#[must_use]
pub fn render(line: &Line<'_>, look: Look) -> String {
    let mut out = Vec::with_capacity(line.text.len() + 64);
    Frame::of(line, look).put(&mut out, line.text.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// What stands around the text of a line. Many lines of one moment share it.
pub struct Frame {
    before: String,
    after: String,
    quoting: Quoting,
    custom: Option<Custom>,
}

/// A line whose text stands somewhere in a template.
struct Custom {
    template: &'static Template,
    at: SystemTime,
    since: Duration,
    voice: Voice,
    prefix: String,
    tool: String,
    args: Vec<String>,
    coloured: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// Byte for byte.
    None,
    Json,
}

impl Frame {
    /// The frame of a line; its text does not matter.
    #[must_use]
    pub fn of(line: &Line<'_>, look: Look) -> Self {
        let (before, after) = match look.format {
            Format::Pretty => (pretty(line, look.coloured), String::new()),
            Format::Bare => bare(line),
            Format::Json => (json(line), "}".to_owned()),
            Format::KeyValue => (key_value(line), String::new()),
            Format::Custom(_) => (String::new(), String::new()),
        };
        let custom = match look.format {
            Format::Custom(template) => Some(Custom::of(line, template, look.coloured)),
            _ => None,
        };
        let quoting = if look.format == Format::Json { Quoting::Json } else { Quoting::None };
        Self { before, after, quoting, custom }
    }

    /// Puts one line of JSON with a member more.
    pub fn put_with(&self, out: &mut Vec<u8>, text: &str, (name, value): (&str, &serde_json::Value)) {
        let line = format!("{}{}, {}:{value}{}\n", self.before, quoted(text), quoted(name), self.after);
        out.extend_from_slice(line.as_bytes());
    }

    /// Puts one line, with its line break.
    pub fn put(&self, out: &mut Vec<u8>, text: &[u8]) {
        if let Some(custom) = &self.custom {
            out.extend_from_slice(custom.line(&String::from_utf8_lossy(text)).as_bytes());
            return out.push(b'\n');
        }
        out.extend_from_slice(self.before.as_bytes());
        match self.quoting {
            Quoting::None => out.extend_from_slice(text),
            Quoting::Json => out.extend_from_slice(quoted(&String::from_utf8_lossy(text)).as_bytes()),
        }
        out.extend_from_slice(self.after.as_bytes());
        out.push(b'\n');
    }
}

impl Custom {
    fn of(line: &Line<'_>, template: &'static Template, coloured: bool) -> Self {
        Self {
            template,
            at: line.at,
            since: line.since,
            voice: line.voice,
            prefix: line.prefix.to_owned(),
            tool: line.tool.to_owned(),
            args: line.args.to_vec(),
            coloured,
        }
    }

    fn line(&self, text: &str) -> String {
        let Self { at, since, voice, prefix, tool, args, .. } = self;
        let line = Line { at: *at, since: *since, voice: *voice, prefix, tool, args, text };
        template::write(self.template, Said { line: &line, coloured: self.coloured })
    }
}

fn pretty(line: &Line<'_>, coloured: bool) -> String {
    let paint = |code: &str, text: &str| {
        if coloured && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    let time = paint("90", &time_of_day(line.at));
    let level = paint(line.voice.colour(), &format!("{:<6}", line.voice.word().to_uppercase()));
    let prefix = match line.prefix {
        "" => String::new(),
        name => format!("{} ", paint(unit_colour(name), &format!("[{name}]"))),
    };
    let tool = if line.tool.is_empty() { String::new() } else { format!("{}: ", paint("36", line.tool)) };
    format!("{time} {level} {prefix}{tool}")
}

/// The same unit, the same colour, in every run.
pub(super) fn unit_colour(name: &str) -> &'static str {
    const COLOURS: [&str; 6] = ["34", "35", "36", "94", "95", "96"];
    let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    COLOURS[sum % COLOURS.len()]
}

fn bare(line: &Line<'_>) -> (String, String) {
    if matches!(line.voice, Voice::Stdout | Voice::Stderr) {
        return (String::new(), String::new());
    }
    let level: String = line.voice.word().to_uppercase().chars().take(4).collect();
    let prefix = if line.prefix.is_empty() { String::new() } else { format!("\t prefix=[{}] ", line.prefix) };
    (format!("{level}[{:04}] ", line.since.as_secs()), prefix)
}

fn json(line: &Line<'_>) -> String {
    let mut members =
        vec![format!("\"time\":\"{}\"", rfc3339(line.at)), format!("\"level\":\"{}\"", line.voice.word())];
    if !line.prefix.is_empty() {
        members.push(format!("\"working-dir\":{}", quoted(line.prefix)));
    }
    if !line.tool.is_empty() {
        members.push(format!("\"tf-path\":{}", quoted(line.tool)));
    }
    if !line.args.is_empty() {
        let args: Vec<String> = line.args.iter().map(|arg| quoted(arg)).collect();
        members.push(format!("\"tf-command-args\":[{}]", args.join(",")));
    }
    format!("{{{}, \"msg\":", members.join(", "))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn key_value(line: &Line<'_>) -> String {
    let member =
        |key: &str, text: &str| if text.is_empty() { String::new() } else { format!(" {key}={text}") };
    let level = line.voice.word();
    let (prefix, tool) = (member("prefix", line.prefix), member("tf-path", line.tool));
    format!("time={} level={level}{prefix}{tool} msg=", rfc3339(line.at))
}

#[cfg(test)]
mod tests {
    use super::{Format, Line, Look, Voice, render};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn every_format_says_the_same() {
        let args = ["plan".to_owned(), "-no-color".to_owned()];
        let line = Line {
            at: UNIX_EPOCH + Duration::from_millis(1_795_466_784_820),
            since: Duration::from_secs(7),
            voice: Voice::Stdout,
            prefix: "a/b",
            tool: "terraform",
            args: &args,
            text: "No \"changes\".",
        };
        let ours = Line { voice: Voice::Warn, tool: "", args: &[], ..line };
        for (format, theirs_want, ours_want) in [
            (
                Format::Pretty,
                "20:46:24.820 STDOUT [a/b] terraform: No \"changes\".\n",
                "20:46:24.820 WARN   [a/b] No \"changes\".\n",
            ),
            (Format::Bare, "No \"changes\".\n", "WARN[0007] No \"changes\".\t prefix=[a/b] \n"),
            (
                Format::Json,
                r#"{"time":"2026-11-23T20:46:24Z", "level":"stdout", "working-dir":"a/b", "tf-path":"terraform", "tf-command-args":["plan","-no-color"], "msg":"No \"changes\"."}
"#,
                r#"{"time":"2026-11-23T20:46:24Z", "level":"warn", "working-dir":"a/b", "msg":"No \"changes\"."}
"#,
            ),
            (
                Format::KeyValue,
                "time=2026-11-23T20:46:24Z level=stdout prefix=a/b tf-path=terraform msg=No \"changes\".\n",
                "time=2026-11-23T20:46:24Z level=warn prefix=a/b msg=No \"changes\".\n",
            ),
        ] {
            let look = Look { format, coloured: false };
            assert_eq!(render(&line, look), theirs_want);
            assert_eq!(render(&ours, look), ours_want);
        }
    }

    #[test]
    fn colours_surround_words_and_leave_the_text_alone() {
        let line = Line {
            at: UNIX_EPOCH,
            since: Duration::ZERO,
            voice: Voice::Error,
            prefix: "",
            tool: "",
            args: &[],
            text: "x",
        };
        let text = render(&line, Look { format: Format::Pretty, coloured: true });
        assert_eq!(text, "\u{1b}[90m00:00:00.000\u{1b}[0m \u{1b}[31mERROR \u{1b}[0m x\n");
    }
}
