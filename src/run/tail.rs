//! The last words of a stream: enough to match errors against and to quote in the summary. Pure.

use std::collections::VecDeque;

/// The last bytes of a stream, at most as many as asked for.
#[derive(Clone, Debug)]
pub struct Tail {
    limit: usize,
    bytes: VecDeque<u8>,
}

impl Tail {
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, bytes: VecDeque::new() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(self.limit)..];
        let surplus = (self.bytes.len() + bytes.len()).saturating_sub(self.limit);
        self.bytes.drain(..surplus);
        self.bytes.extend(bytes);
    }

    /// As text without colours.
    #[must_use]
    pub fn text(&self) -> String {
        let (front, back) = self.bytes.as_slices();
        strip_ansi(&String::from_utf8_lossy(&[front, back].concat()))
    }
}

/// Drops escape sequences: colours, cursor moves, hyperlinks.
#[must_use]
pub fn strip_ansi(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('[') => drop(chars.find(|c| ('\u{40}'..='\u{7e}').contains(c))),
            Some(']') => drop(chars.find(|c| matches!(c, '\u{7}' | '\\'))),
            _ => {}
        }
    }
    out
}

/// How many lines of an error the summary quotes.
const QUOTED: usize = 12;

/// How many characters of a line it quotes: one line may hold a whole document.
const LINE: usize = 600;

/// The last lines that say something, without terraform's frame around them.
#[must_use]
pub fn last_lines(text: &str) -> Vec<String> {
    let bare = |line: &str| {
        let framed = line.strip_prefix(['│', '╷', '╵', '|']);
        framed.map_or(line, |text| text.strip_prefix(' ').unwrap_or(text)).trim_end().to_owned()
    };
    let said = text.lines().map(bare).filter(|line| !line.trim().is_empty());
    let mut lines: VecDeque<String> = VecDeque::new();
    for line in said {
        if lines.len() == QUOTED {
            lines.pop_front();
        }
        lines.push_back(line);
    }
    lines.iter().map(|line| shortened(line)).collect()
}

fn shortened(line: &str) -> String {
    let mut kept: String = line.chars().take(LINE).collect();
    if kept.len() < line.len() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Tail, last_lines, strip_ansi};

    #[test]
    fn a_tail_forgets_the_beginning() {
        let mut tail = Tail::new(4);
        for piece in ["ab", "cd", "e", "0123456789", "x"] {
            tail.push(piece.as_bytes());
        }
        assert_eq!(tail.text(), "789x");
    }

    #[test]
    fn colours_go() {
        assert_eq!(
            strip_ansi("\u{1b}[31m\u{1b}[1mError:\u{1b}[0m no\u{1b}]8;;http://x\u{7}link"),
            "Error: nolink"
        );
    }

    #[test]
    fn the_frame_goes_and_the_words_stay() {
        let text = "╷\n│ Error: no such thing\n│ \n│   on main.tf line 1:\n╵\n\n";
        assert_eq!(last_lines(text), ["Error: no such thing", "  on main.tf line 1:"]);
        assert_eq!(last_lines(&"x\n".repeat(50)).len(), 12);
        let long = last_lines(&"ß".repeat(5_000_000)).concat();
        assert_eq!((long.chars().count(), long.chars().last()), (601, Some('…')));
    }
}
