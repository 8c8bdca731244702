//! Lines of the log, written with a template. Pure.

use super::super::line::{Line, Voice, unit_colour};
use super::super::time;
use super::{Align, Case, Colour, Field, Kind, Piece, Template};

/// What a template needs beside the line itself.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub line: &'a Line<'a>,
    pub coloured: bool,
}

/// The line, without a line break at its end.
#[must_use]
pub fn write(template: &Template, said: Said<'_>) -> String {
    template
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(field) => write_field(field, said),
        })
        .collect()
}

/// An empty value stays empty: neither padded nor dressed, so that what belongs to it goes with it.
fn write_field(field: &Field, said: Said<'_>) -> String {
    let mut text = field.content.clone().unwrap_or_else(|| value(field, said.line));
    if field.json {
        let quoted = serde_json::Value::from(text).to_string();
        text = quoted[1..quoted.len() - 1].to_owned();
    }
    text = match field.case {
        Case::AsIs => text,
        Case::Upper => text.to_uppercase(),
        Case::Lower => text.to_lowercase(),
        Case::Capital => capitalised(&text),
    };
    if field.width > 0 {
        text = fitted(&text, field.width, field.align);
    }
    if text.is_empty() {
        return text;
    }
    text = format!("{}{text}{}", field.prefix, field.suffix);
    match colour(&field.colour, said.line).filter(|_| said.coloured) {
        Some(code) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        None => text,
    }
}

fn colour(colour: &Colour, line: &Line<'_>) -> Option<String> {
    match colour {
        Colour::None => None,
        Colour::Code(code) => Some(code.clone()),
        Colour::Preset => Some(line.voice.colour().to_owned()),
        Colour::Gradient => Some(unit_colour(line.prefix).to_owned()),
    }
}

fn value(field: &Field, line: &Line<'_>) -> String {
    match field.kind {
        Kind::Plain => String::new(),
        Kind::Tab => "\t".to_owned(),
        Kind::Newline => "\n".to_owned(),
        Kind::Time => time_text(field.format.as_deref(), line),
        Kind::Interval => format!("{:04}", line.since.as_secs()),
        Kind::Level => level(field.format.as_deref(), line.voice).to_owned(),
        Kind::Prefix => match (field.path.as_deref(), line.prefix) {
            (Some("relative"), name) if !name.is_empty() && !name.starts_with('/') => format!("./{name}"),
            (_, name) => name.to_owned(),
        },
        Kind::Message => line.text.to_owned(),
        Kind::Tool => match (field.path.as_deref(), line.tool.rsplit_once('/')) {
            (Some("filename"), Some((_, name))) => name.to_owned(),
            (Some("dir"), parts) => parts.map_or("", |(dir, _)| dir).to_owned(),
            _ => line.tool.to_owned(),
        },
        Kind::Command => line.args.first().cloned().unwrap_or_default(),
        Kind::CommandArgs => line.args.join(" "),
    }
}

fn level(format: Option<&str>, voice: Voice) -> &'static str {
    let (short, tiny) = match voice {
        Voice::Stderr => ("std", "s"),
        Voice::Stdout => ("std", "s"),
        Voice::Error => ("err", "e"),
        Voice::Warn => ("wrn", "w"),
        Voice::Info => ("inf", "i"),
        Voice::Debug => ("deb", "d"),
        Voice::Trace => ("trc", "t"),
    };
    match format {
        Some("short") => short,
        Some("tiny") => tiny,
        _ => voice.word(),
    }
}

fn time_text(format: Option<&str>, line: &Line<'_>) -> String {
    let letters = match format {
        None => return time::time_of_day(line.at),
        Some("rfc3339") => return time::rfc3339(line.at),
        Some("rfc3339-nano") => return time::rfc3339_nanos(line.at),
        Some("date-time") => "Y-m-d H:i:s",
        Some("date-only") => "Y-m-d",
        Some("time-only") => "H:i:s",
        Some(letters) => letters,
    };
    let parts = time::parts(line.at);
    letters.chars().map(|letter| time::letter(&parts, letter).unwrap_or_else(|| letter.into())).collect()
}

/// The first letter of each word.
fn capitalised(text: &str) -> String {
    let mut starts = true;
    let raise = |c: char| {
        let upper = starts && c.is_alphabetic();
        starts = !c.is_alphanumeric() && c != '\'';
        if upper { c.to_uppercase().collect::<String>() } else { c.to_string() }
    };
    text.chars().map(raise).collect()
}

/// Cut or padded to a width; escape sequences take no room.
fn fitted(text: &str, width: usize, align: Align) -> String {
    let (mut out, mut seen, mut escaped) = (String::new(), 0, false);
    for c in text.chars() {
        escaped = escaped || c == '\u{1b}';
        if !escaped {
            if seen == width {
                continue;
            }
            seen += 1;
        }
        out.push(c);
        escaped = escaped && !(c.is_ascii_alphabetic());
    }
    let room = width - seen;
    let left = match align {
        Align::Left => 0,
        Align::Center => room / 2,
        Align::Right => room,
    };
    format!("{}{out}{}", " ".repeat(left), " ".repeat(room - left))
}

#[cfg(test)]
mod tests {
    use super::super::super::line::{Line, Voice};
    use super::super::parse;
    use super::{Said, write};
    use std::time::{Duration, UNIX_EPOCH};

    fn shown(template: &str, coloured: bool, prefix: &str) -> String {
        let args = ["plan".to_owned(), "-input=false".to_owned()];
        let line = Line {
            at: UNIX_EPOCH + Duration::from_millis(1_795_466_784_820),
            since: Duration::from_secs(7),
            voice: Voice::Info,
            prefix,
            tool: "tofu",
            args: &args,
            text: "some words",
        };
        write(&parse(template).unwrap(), Said { line: &line, coloured })
    }

    #[test]
    fn placeholders_and_options() {
        for (template, want) in [
            ("%time %level %prefix %msg", "20:46:24.820 info a/b some words"),
            ("%level(case=upper,width=8,align=right)|%interval|", "    INFO|0007|"),
            ("%level(format=short)%level(format=tiny)", "infi"),
            (
                "%time(format='Y-m-d H:i:sv T') %time(format=date-only)",
                "2026-11-23 20:46:24.820 UTC 2026-11-23",
            ),
            (
                "%time(format='D d M y, g:i A P O n j h u a')",
                "Mon 23 Nov 26, 8:46 PM +00:00 +0000 11 23 08 .820000 pm",
            ),
            ("%time(format=rfc3339)", "2026-11-23T20:46:24Z"),
            ("%prefix(path=relative,prefix='<',suffix=\">\")", "<./a/b>"),
            ("%tf-path(suffix=': ')%tf-command|%tf-command-args", "tofu: plan|plan -input=false"),
            (
                "%msg(case=capitalize) %msg(width=6)| %msg(width=12,align=center)|",
                "Some Words some w|  some words |",
            ),
            ("%%x%t%n%levelx %level()x", "%x\t\ninfox infox"),
            ("%(content='a \"b\"',escape=json)", "a \\\"b\\\""),
            ("plain", "plain"),
        ] {
            assert_eq!(shown(template, false, "a/b"), want, "{template}");
        }
        assert_eq!(shown("[%prefix(suffix=' ')%msg]", false, ""), "[some words]");
    }

    #[test]
    fn colours_only_where_they_are_wanted() {
        let template =
            "%level(color=preset) %msg(color=light-blue) %msg(color=200,width=4) %msg(color=disable)";
        assert_eq!(shown(template, false, "a"), "info some words some some words");
        assert_eq!(
            shown(template, true, "a"),
            "\u{1b}[32minfo\u{1b}[0m \u{1b}[94msome words\u{1b}[0m \u{1b}[38;5;200msome\u{1b}[0m some words"
        );
    }

    #[test]
    fn escape_sequences_take_no_room() {
        assert_eq!(super::fitted("\u{1b}[1mabc\u{1b}[0m", 2, super::Align::Left), "\u{1b}[1mab\u{1b}[0m");
    }
}
