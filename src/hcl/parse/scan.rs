//! Bytes to tokens, one at a time. Knows nothing of grammar: a quote or a heredoc mark is one token, and what stands
//! inside is read by `template`.

use unicode_ident::{is_xid_continue, is_xid_start};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hcl) enum TokenKind {
    /// A line break, or a `#` or `//` comment with the break that ends it.
    Newline,
    End,
    Ident,
    Number,
    Quote,
    /// `<<` or `<<-`
    Heredoc,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Comma,
    Dot,
    Ellipsis,
    Colon,
    DoubleColon,
    Assign,
    Arrow,
    Question,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Bang,
    And,
    Or,
    /// `~` before a closing brace of a template sequence.
    Tilde,
    /// `/*` without `*/`
    OpenComment,
    /// A character of no meaning.
    Strange,
}

/// A piece of text with its kind; offsets in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hcl) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
}

/// The token at or after `from`; blanks and block comments are passed over.
pub(in crate::hcl) fn scan(text: &str, from: usize) -> Token {
    let bytes = text.as_bytes();
    let mut start = from;
    loop {
        match bytes.get(start) {
            Some(b' ' | b'\t') => start += 1,
            Some(b'/') if bytes.get(start + 1) == Some(&b'*') => match block_comment_end(bytes, start) {
                Some(end) => start = end,
                None => return Token { kind: TokenKind::OpenComment, start, end: start + 2 },
            },
            Some(byte) => return token_at(text, start, *byte),
            None => return Token { kind: TokenKind::End, start, end: start },
        }
    }
}

fn block_comment_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start + 2..)?;
    rest.windows(2).position(|pair| pair == b"*/").map(|at| start + 2 + at + 2)
}

fn token_at(text: &str, start: usize, byte: u8) -> Token {
    let bytes = text.as_bytes();
    let (kind, end) = match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => (TokenKind::Ident, ident_end(text, start)),
        b'0'..=b'9' => (TokenKind::Number, number_end(bytes, start)),
        b'\n' => (TokenKind::Newline, start + 1),
        b'\r' if bytes.get(start + 1) == Some(&b'\n') => (TokenKind::Newline, start + 2),
        b'#' => (TokenKind::Newline, line_end(bytes, start)),
        b'/' if bytes.get(start + 1) == Some(&b'/') => (TokenKind::Newline, line_end(bytes, start)),
        128.. => beyond_ascii(text, start),
        _ => punctuation(bytes.get(start..).unwrap_or_default(), start),
    };
    Token { kind, start, end }
}

fn beyond_ascii(text: &str, start: usize) -> (TokenKind, usize) {
    match text.get(start..).and_then(|rest| rest.chars().next()) {
        Some(first) if is_xid_start(first) => (TokenKind::Ident, ident_end(text, start)),
        Some(first) => (TokenKind::Strange, start + first.len_utf8()),
        None => (TokenKind::Strange, start + 1),
    }
}

fn punctuation(rest: &[u8], start: usize) -> (TokenKind, usize) {
    use TokenKind::{
        And, Arrow, Assign, Bang, CloseBrace, CloseBracket, CloseParen, Colon, Comma, Dot, DoubleColon,
        Ellipsis, Equal, Greater, GreaterEqual, Heredoc, Less, LessEqual, Minus, NotEqual, OpenBrace,
        OpenBracket, OpenParen, Or, Percent, Plus, Question, Quote, Slash, Star, Strange, Tilde,
    };
    let (kind, length) = match rest {
        [b'"', ..] => (Quote, 1),
        [b'{', ..] => (OpenBrace, 1),
        [b'}', ..] => (CloseBrace, 1),
        [b'[', ..] => (OpenBracket, 1),
        [b']', ..] => (CloseBracket, 1),
        [b'(', ..] => (OpenParen, 1),
        [b')', ..] => (CloseParen, 1),
        [b',', ..] => (Comma, 1),
        [b'.', b'.', b'.', ..] => (Ellipsis, 3),
        [b'.', ..] => (Dot, 1),
        [b':', b':', ..] => (DoubleColon, 2),
        [b':', ..] => (Colon, 1),
        [b'=', b'=', ..] => (Equal, 2),
        [b'=', b'>', ..] => (Arrow, 2),
        [b'=', ..] => (Assign, 1),
        [b'!', b'=', ..] => (NotEqual, 2),
        [b'!', ..] => (Bang, 1),
        [b'<', b'<', b'-', ..] => (Heredoc, 3),
        [b'<', b'<', ..] => (Heredoc, 2),
        [b'<', b'=', ..] => (LessEqual, 2),
        [b'<', ..] => (Less, 1),
        [b'>', b'=', ..] => (GreaterEqual, 2),
        [b'>', ..] => (Greater, 1),
        [b'+', ..] => (Plus, 1),
        [b'-', ..] => (Minus, 1),
        [b'*', ..] => (Star, 1),
        [b'/', ..] => (Slash, 1),
        [b'%', ..] => (Percent, 1),
        [b'&', b'&', ..] => (And, 2),
        [b'|', b'|', ..] => (Or, 2),
        [b'?', ..] => (Question, 1),
        [b'~', ..] => (Tilde, 1),
        _ => (Strange, 1),
    };
    (kind, start + length)
}

/// After the break that ends the line of `from`, or the end of the text.
pub(in crate::hcl) fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| from + at + 1)
}

/// The end of the identifier that starts at `start` (which is known to start one).
pub(super) fn ident_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        match bytes.get(at) {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-') => at += 1,
            Some(128..) => match text.get(at..).and_then(|rest| rest.chars().next()) {
                Some(next) if is_xid_continue(next) => at += next.len_utf8(),
                _ => return at,
            },
            _ => return at,
        }
    }
}

/// Whether the whole text is one identifier.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let starts = text.chars().next().is_some_and(|first| first == '_' || is_xid_start(first));
    starts && ident_end(text, 0) == text.len()
}

/// Digits, a fraction and an exponent; a dot or `e` without digits behind it is not part of the number.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let mut end = digits_end(bytes, start);
    if bytes.get(end) == Some(&b'.') && digits_end(bytes, end + 1) > end + 1 {
        end = digits_end(bytes, end + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_end(bytes, end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

fn digits_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
