//! Other people's text: what servers, programs and locks say. Pure.

use std::fmt::Write;

/// Other people's text for a terminal: what would move the cursor, change colours or turn the writing direction is
/// spelled out.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || turns {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

/// A server's text for a message: one line, harmless, at most 300 characters.
#[must_use]
pub fn said(text: &str) -> String {
    let clean: String = escaped(text.trim()).chars().take(300).collect();
    if clean.is_empty() { "it gives no reason".to_owned() } else { clean }
}
