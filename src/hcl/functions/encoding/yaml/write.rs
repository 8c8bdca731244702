//! Values as YAML, laid out as Terraform lays them out: every string and key in double quotes, text of several lines
//! as a literal block, sorted keys, long quoted text folded.

use crate::hcl::{Data, Value};

/// The value as a YAML document; the reason why not otherwise.
pub fn encode(value: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), column: 0, indent: -1, blank: true, fresh: true };
    writer.node(value, Place::Root)?;
    writer.indent();
    let bare = matches!(value.data, Data::Null(_) | Data::Bool(_) | Data::Number(_));
    if bare {
        writer.out.push_str("...\n");
    }
    Ok(writer.out)
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// A key of one line, with its colon behind it.
    Key,
    /// What follows a colon, or a key with a mark of its own.
    Entry,
}

/// Spaces a level.
const STEP: i32 = 2;
/// Quoted text goes on in the next line at the first blank beyond this column.
const WIDTH: usize = 80;
/// Longer keys get a mark of their own.
const LONGEST_KEY: usize = 128;

struct Writer {
    out: String,
    column: usize,
    indent: i32,
    /// Whether a blank or nothing stands before the place.
    blank: bool,
    /// Whether only indentation and marks stand before it in the line.
    fresh: bool,
}

impl Writer {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column = if is_break(c) { 0 } else { self.column + 1 };
    }

    fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.put(c));
    }

    /// Goes to the indentation, in a new line unless this one can still be used.
    fn indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.fresh || self.column > indent || (self.column == indent && !self.blank) {
            self.put('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.blank = true;
        self.fresh = true;
    }

    /// A mark that may open a line, such as a dash.
    fn lead(&mut self, mark: &str) {
        self.separate();
        self.text(mark);
        self.blank = false;
    }

    /// Text behind which the line is no longer fresh.
    fn word(&mut self, text: &str) {
        self.separate();
        self.text(text);
        self.blank = false;
        self.fresh = false;
    }

    fn separate(&mut self) {
        if !self.blank {
            self.put(' ');
        }
    }

    fn deeper(&mut self) -> i32 {
        let before = self.indent;
        self.indent = if before < 0 { 0 } else { before + STEP };
        before
    }

    fn node(&mut self, value: &Value, place: Place) -> Result<(), String> {
        match &value.data {
            Data::Unknown(_) => return Err("a value is not known yet".into()),
            Data::Null(_) => self.word("null"),
            Data::Bool(flag) => self.word(if *flag { "true" } else { "false" }),
            Data::Number(number) => self.word(&number.to_string()),
            Data::String(text) => self.string(text, place),
            Data::List(_) | Data::Set(_) | Data::Tuple(_) => return self.sequence(value, place),
            Data::Map(_) | Data::Object(_) => return self.mapping(value),
        }
        Ok(())
    }

    fn sequence(&mut self, value: &Value, place: Place) -> Result<(), String> {
        let items = value.items().unwrap_or_default();
        if items.is_empty() {
            self.word("[]");
            return Ok(());
        }
        let before = self.indent;
        // Behind a key in the line, the dashes stand under the key.
        if place != Place::Entry || self.fresh {
            self.deeper();
        }
        for item in items {
            self.indent();
            self.lead("-");
            self.node(item, Place::Item)?;
        }
        self.indent = before;
        Ok(())
    }

    fn mapping(&mut self, value: &Value) -> Result<(), String> {
        let entries = value.entries().into_iter().flatten();
        if value.children().next().is_none() {
            self.word("{}");
            return Ok(());
        }
        let before = self.deeper();
        for (key, item) in entries {
            self.indent();
            if key.len() <= LONGEST_KEY && !key.contains(is_break) {
                self.string(key, Place::Key);
                self.text(":");
            } else {
                self.lead("?");
                self.string(key, Place::Entry);
                self.indent();
                self.lead(":");
            }
            self.node(item, Place::Entry)?;
        }
        self.indent = before;
        Ok(())
    }

    fn string(&mut self, text: &str, place: Place) {
        let before = self.indent;
        self.indent = if before < 0 { STEP } else { before + STEP };
        if text.contains('\n') && fits_block(text) {
            self.literal(text);
        } else {
            self.quoted(text, place);
        }
        self.indent = before;
    }

    fn literal(&mut self, text: &str) {
        self.separate();
        self.put('|');
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.put('2');
        }
        let mut ends = text.chars().rev();
        match (ends.next(), ends.next()) {
            (Some(last), _) if !is_break(last) => self.put('-'),
            (_, None) => self.put('+'),
            (_, Some(before)) if is_break(before) => self.put('+'),
            _ => {}
        }
        self.put('\n');
        self.fresh = true;
        self.blank = true;
        let mut starts = true;
        for c in text.chars() {
            if is_break(c) {
                self.put(c);
                self.fresh = true;
                starts = true;
            } else {
                if starts {
                    self.indent();
                }
                self.put(c);
                self.fresh = false;
                starts = false;
            }
        }
    }

    fn quoted(&mut self, text: &str, place: Place) {
        self.word("\"");
        // A mark at the start makes every character suspect.
        let suspect = text.starts_with('\u{feff}');
        let mut chars = text.chars().enumerate().peekable();
        let count = text.chars().count();
        let mut blanks = false;
        while let Some((index, c)) = chars.next() {
            if c == ' ' && !suspect {
                let inner = index > 0 && index + 1 < count;
                if place != Place::Key && !blanks && self.column > WIDTH && inner {
                    self.indent();
                    if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                blanks = true;
                continue;
            }
            blanks = false;
            if suspect || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\' | '\u{feff}') {
                self.text(&escape(c));
            } else {
                self.put(c);
            }
        }
        self.put('"');
        self.blank = false;
        self.fresh = false;
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that need no escape. Those beyond the basic plane are left out as in the reference.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// A literal block can hold neither special characters nor blanks at the end of a line.
fn fits_block(text: &str) -> bool {
    let trailing = text.ends_with(' ') || text.split(is_break).any(|line| line.ends_with(' '));
    !trailing && text.chars().all(is_printable)
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if code <= 0xff => return format!("\\x{code:02X}"),
        _ if code <= 0xffff => return format!("\\u{code:04X}"),
        _ => return format!("\\U{code:08X}"),
    };
    format!("\\{letter}")
}
