//! Case and counting of characters, with the simple (one to one) case mapping that Terraform uses and with
//! characters as a reader counts them (grapheme clusters).

use unicode_segmentation::UnicodeSegmentation;

pub fn count(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') { text.len() } else { text.graphemes(true).count() }
}

pub fn reverse(text: &str) -> String {
    text.graphemes(true).rev().collect()
}

/// `length` characters from `offset`; a negative offset counts from the end. A negative length takes the rest, and so
/// does none behind a negative offset.
pub fn part(text: &str, offset: i64, length: i64) -> &str {
    let clusters = || text.grapheme_indices(true).map(|(at, _)| at);
    let total = i64::try_from(count(text)).unwrap_or(i64::MAX);
    let start = if offset < 0 { (total + offset).max(0) } else { offset };
    let byte = |index: i64| {
        let index = usize::try_from(index).unwrap_or(0);
        clusters().nth(index).unwrap_or(text.len())
    };
    let from = byte(start);
    let to = if length < 0 || (length == 0 && offset < 0) {
        text.len()
    } else {
        byte(start.saturating_add(length))
    };
    &text[from..to]
}

/// The first `count` characters.
pub fn head(text: &str, count: usize) -> &str {
    match text.grapheme_indices(true).nth(count) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

pub fn lower(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

pub fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

fn upper_char(c: char) -> char {
    let mut letters = c.to_uppercase();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => capital_with_iota(c),
    }
}

/// Greek letters whose capital alone carries the iota; no other letter without a single capital has one.
fn capital_with_iota(c: char) -> char {
    let code = u32::from(c);
    let capital = match code {
        0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7 => code + 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => code + 9,
        _ => code,
    };
    char::from_u32(capital).unwrap_or(c)
}

/// Capitalises the first letter behind every separator.
pub fn title(text: &str) -> String {
    let mut before = ' ';
    let capitalise = |c| {
        let letter = if separates(before) { title_char(c) } else { c };
        before = c;
        letter
    };
    text.chars().map(capitalise).collect()
}

fn separates(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() }
}

/// Digraphs have a third form; Georgian has none.
fn title_char(c: char) -> char {
    match c {
        '\u{01C4}'..='\u{01C6}' => '\u{01C5}',
        '\u{01C7}'..='\u{01C9}' => '\u{01C8}',
        '\u{01CA}'..='\u{01CC}' => '\u{01CB}',
        '\u{01F1}'..='\u{01F3}' => '\u{01F2}',
        '\u{10D0}'..='\u{10FF}' => c,
        c => upper_char(c),
    }
}
